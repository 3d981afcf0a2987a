//! Dashboards: saved lists of questions.

use serde_json::Value;

use crate::Micros;

/// One version of a dashboard.
#[derive(Clone, Debug, PartialEq)]
pub struct Dashboard {
    /// Its name.
    pub name: String,
    /// Its version, from 1.
    pub version: i64,
    /// Title, filters and tiles, as they are written in JSON.
    pub definition: Value,
    /// Who answers for it.
    pub owner: Option<String>,
    /// When its first version was made.
    pub created_at: Micros,
    /// When this version was made.
    pub updated_at: Micros,
}

/// A dashboard to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct NewDashboard {
    /// Its name: 1 to 200 characters, not only blanks, none of them a control character.
    pub name: String,
    /// Title, filters and tiles, as they are written in JSON.
    pub definition: Value,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The caller's clock.
    pub at: Micros,
}
