//! Models: what was learnt from the lake, kept by name and version.

use serde_json::Value;

use crate::Micros;

/// One version of a model, without what it has learnt.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// Its version, from 1.
    pub version: i64,
    /// The kind of question it answers.
    pub kind: String,
    /// When it was kept.
    pub created_at: Micros,
    /// What is worth showing of its document.
    pub summary: Value,
    /// The sequence the lake was known at when it was trained, as of `Snapshot::known_at`.
    pub sequence: i64,
    /// The snapshot they were read from.
    pub snapshot_id: i64,
    /// What its maker says of it.
    pub note: Option<String>,
    /// Since when it is no longer used.
    pub retired_at: Option<Micros>,
}

/// A model to be kept.
#[derive(Clone, Debug, PartialEq)]
pub struct NewModel {
    /// Its name: 1 to 200 characters, not only blanks, none of them a control character or `@`,
    /// which stands before a version.
    pub name: String,
    /// The kind of question it answers; that of its earlier versions.
    pub kind: String,
    /// When it is kept.
    pub at: Micros,
    /// All of it.
    pub document: Value,
    /// What is worth showing of it, read without the rest.
    pub summary: Value,
    /// The sequence the lake was known at when it was trained, as of `Snapshot::known_at`.
    pub sequence: i64,
    /// The snapshot they were read from.
    pub snapshot_id: i64,
    /// What its maker says of it.
    pub note: Option<String>,
}
