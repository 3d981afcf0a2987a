//! Scorings: one name's values of one day, by one version of one model, each a file of the table
//! `customer_day`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::Micros;

/// What a file of `customer_day` holds in one column. Values are the catalog's text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DayStats {
    /// Compressed bytes of the column.
    pub n_bytes: i64,
    /// Rows without a value.
    pub n_nulls: i64,
    /// Smallest value; kept only for columns that are `in_statistics`.
    pub min: Option<String>,
    /// Largest value, kept like `min`.
    pub max: Option<String>,
}

/// A Parquet file of `customer_day`, complete and durable before the commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewScoreFile {
    /// Its name in the folder of the table.
    pub path: String,
    /// Rows, at least one.
    pub n_rows: i64,
    /// Size of the whole file.
    pub n_bytes: i64,
    /// Size of the Parquet footer's metadata, without its length and magic.
    pub footer_size: i64,
    /// SHA-256 of the whole file, 64 lower-case hex digits.
    pub sha256: String,
    /// Checksums of the file's blocks, in a form only the lake knows.
    pub chunk_checksums: Vec<u8>,
    /// One entry per column of `perennial_types::day::DAY_COLUMNS`, in their order.
    pub column_stats: Vec<DayStats>,
}

/// One name's values of one day.
#[derive(Clone, Debug, PartialEq)]
pub struct NewScoring {
    /// What the values are called.
    pub name: String,
    /// The civil day, `2024-01-31`.
    pub day: String,
    /// Which version of which model gave them: `name@version`.
    pub model: String,
    /// What is worth showing of them: distribution and drift.
    pub detail: Value,
    /// The values.
    pub file: NewScoreFile,
}

/// Scorings that become true together.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreCommit {
    /// Time of the snapshot; never before that of the newest one.
    pub at: Micros,
    /// The reserved sequence every row has.
    pub sequence: i64,
    /// What is added, at least one.
    pub scorings: Vec<NewScoring>,
}

/// A scoring that was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Scoring {
    /// `data_file_id` of the catalog.
    pub file_id: i64,
    /// Sequence of its rows; the largest of a name and day is in force.
    pub sequence: i64,
    /// When it was made.
    pub scored_at: Micros,
    /// What was published.
    pub scoring: NewScoring,
}

/// Every scoring, seen at one instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// Newest snapshot of the catalog.
    pub snapshot_id: i64,
    /// The scorings, by id of their file.
    pub scorings: Vec<Scoring>,
}

impl Scores {
    /// The scorings in force, by name and day: of each the one with the largest sequence.
    pub fn in_force(&self) -> Vec<&Scoring> {
        let mut newest: BTreeMap<(&str, &str), &Scoring> = BTreeMap::new();
        for one in &self.scorings {
            let known = newest.entry((&one.scoring.name, &one.scoring.day)).or_insert(one);
            if known.sequence < one.sequence {
                *known = one;
            }
        }
        newest.into_values().collect()
    }
}
