//! Segments: saved conditions over customers.

use serde_json::Value;

use crate::Micros;

/// One version of a segment.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// Its name.
    pub name: String,
    /// Its version, from 1.
    pub version: i64,
    /// Its condition, as the JSON form has it.
    pub condition: Value,
    /// Who answers for it.
    pub owner: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// When its first version was made.
    pub created_at: Micros,
    /// When this version was made.
    pub updated_at: Micros,
}

/// A segment to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct NewSegment {
    /// Its name: 1 to 200 characters, not only blanks, none of them a control character.
    pub name: String,
    /// Its condition, as the JSON form has it.
    pub condition: Value,
    /// Who answers for it.
    pub owner: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// The caller's clock.
    pub at: Micros,
}
