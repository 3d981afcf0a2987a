//! Imports and the rows they could not take.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Micros;

/// Most bytes of a rejected row that are kept.
pub const MAX_RAW_BYTES: usize = 64 * 1024;

/// Where an import stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// Reading.
    Running,
    /// Everything published.
    Done,
    /// Ended with an error; nothing of it was published after that.
    Failed,
    /// Its rows were taken back.
    Undone,
    /// Stopped midway; can be resumed.
    Interrupted,
}

/// Rows by what became of them. `accepted + rejected + duplicate = read` once the import is done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImportCounts {
    /// Rows read.
    pub read: u64,
    /// Rows now in the lake.
    pub accepted: u64,
    /// Rows that could not be taken.
    pub rejected: u64,
    /// Rows the lake had already.
    pub duplicate: u64,
    /// Rejected rows by reason.
    pub by_reason: BTreeMap<String, u64>,
}

impl ImportCounts {
    /// Whether every row read is accounted for.
    pub fn is_balanced(&self) -> bool {
        let by_reason: u64 = self.by_reason.values().sum();
        self.accepted + self.rejected + self.duplicate == self.read && by_reason == self.rejected
    }
}

/// One import of one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// UUIDv7.
    pub id: String,
    /// Where it stands.
    pub state: ImportState,
    /// When it began.
    pub started_at: Micros,
    /// When it ended.
    pub finished_at: Option<Micros>,
    /// Name of the source: file names, or `-`.
    pub name: String,
    /// SHA-256 of the source's bytes, hex; `None` until they have all been read.
    pub sha256: Option<String>,
    /// Bytes of the source read so far.
    pub n_bytes: i64,
    /// How columns were mapped to fields, as JSON.
    pub mapping: Value,
    /// Rows by what became of them.
    pub counts: ImportCounts,
    /// The import this one replaces.
    pub replaces: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
    /// The same in Chinese.
    pub error_zh: Option<String>,
}

/// A change of an import; `None` leaves a field as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportUpdate {
    /// Which import.
    pub id: String,
    /// Its new state.
    pub state: ImportState,
    /// When it ended.
    pub finished_at: Option<Micros>,
    /// Its counts. A done import must be balanced.
    pub counts: Option<ImportCounts>,
    /// SHA-256 of the source's bytes, hex.
    pub sha256: Option<String>,
    /// Bytes of the source.
    pub n_bytes: Option<i64>,
    /// Why it failed.
    pub error: Option<String>,
    /// The same in Chinese.
    pub error_zh: Option<String>,
}

/// A row that could not be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDeadLetter {
    /// The import it came by; `None` for rows sent to the interface.
    pub import_id: Option<String>,
    /// File it stood in.
    pub file: String,
    /// Its row, from 1.
    pub row: i64,
    /// Column at fault, if one is.
    pub column: Option<String>,
    /// Value at fault, if one is.
    pub value: Option<String>,
    /// Why, as a stable code such as `no_customer`.
    pub reason: String,
    /// The row as it was read; at most [`MAX_RAW_BYTES`] are kept.
    pub raw: Vec<u8>,
}

/// A kept row that could not be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its place in the list, ascending.
    pub id: i64,
    /// The row. Zero bytes in its texts are shown as U+FFFD; `raw` has them.
    pub letter: NewDeadLetter,
    /// Whether `raw` or `value` was longer than what is kept.
    pub is_capped: bool,
}
