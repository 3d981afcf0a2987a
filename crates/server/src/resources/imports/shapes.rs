//! What is said of imports, in JSON.

use std::collections::BTreeMap;

use perennial_store::{DeadLetter, Import, ImportCounts, ImportState};
use serde::Serialize;
use utoipa::ToSchema;

/// Rows by what became of them: accepted + rejected + duplicate = read once the import is done.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub(crate) struct Counts {
    /// Rows read.
    pub(crate) read: u64,
    /// Rows now in the lake.
    pub(crate) accepted: u64,
    /// Rows that could not be taken.
    pub(crate) rejected: u64,
    /// Rows the lake had already.
    pub(crate) duplicate: u64,
    /// Rejected rows by reason.
    pub(crate) by_reason: BTreeMap<String, u64>,
}

impl From<ImportCounts> for Counts {
    fn from(counts: ImportCounts) -> Counts {
        let ImportCounts { read, accepted, rejected, duplicate, by_reason } = counts;
        Counts { read, accepted, rejected, duplicate, by_reason }
    }
}

/// Where an import stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    /// Its turn has not come.
    Waiting,
    /// Reading or writing.
    Running,
    /// Everything published.
    Done,
    /// Ended with an error, nothing published.
    Failed,
    /// Stopped midway, nothing published.
    Interrupted,
    /// Its rows were taken back.
    Undone,
}

impl From<ImportState> for Standing {
    fn from(state: ImportState) -> Standing {
        match state {
            ImportState::Running => Standing::Running,
            ImportState::Done => Standing::Done,
            ImportState::Failed => Standing::Failed,
            ImportState::Undone => Standing::Undone,
            ImportState::Interrupted => Standing::Interrupted,
        }
    }
}

/// How an import stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ImportReport {
    /// Its id, from the moment it waits.
    pub(crate) id: String,
    /// The import that holds its rows: its own id, or an earlier one's that took the very same
    /// file. Null until there is one.
    #[schema(required)]
    pub(crate) import: Option<String>,
    /// Where it stands.
    pub(crate) state: Standing,
    /// What the file is called.
    pub(crate) name: String,
    #[serde(flatten)]
    pub(crate) counts: Counts,
    /// Bytes read.
    pub(crate) bytes: u64,
    /// Bytes there are, where that is known.
    #[schema(required)]
    pub(crate) total_bytes: Option<u64>,
    /// Rows written so far.
    pub(crate) written: u64,
    /// When it began.
    #[schema(required)]
    pub(crate) started_at: Option<String>,
    /// When it ended.
    #[schema(required)]
    pub(crate) finished_at: Option<String>,
    /// Code of what went wrong.
    #[schema(required)]
    pub(crate) code: Option<String>,
    /// What went wrong.
    #[schema(required)]
    pub(crate) error: Option<String>,
    /// What went wrong, in Chinese.
    #[schema(required)]
    pub(crate) error_zh: Option<String>,
    /// What went wrong, without the mend.
    #[schema(required)]
    pub(crate) reason: Option<String>,
    /// How to mend it.
    #[schema(required)]
    pub(crate) hint: Option<String>,
    /// Whether the very same file was already in, so that nothing was read.
    pub(crate) known: bool,
}

impl ImportReport {
    /// An import of which nothing is known but that it waits.
    pub(crate) fn waiting(id: &str, name: &str) -> ImportReport {
        ImportReport {
            id: id.to_owned(),
            import: None,
            state: Standing::Waiting,
            name: name.to_owned(),
            counts: Counts::default(),
            bytes: 0,
            total_bytes: None,
            written: 0,
            started_at: None,
            finished_at: None,
            code: None,
            error: None,
            error_zh: None,
            reason: None,
            hint: None,
            known: false,
        }
    }
}

impl From<Import> for ImportReport {
    fn from(import: Import) -> ImportReport {
        let instant = |ts: i64| jiff::Timestamp::from_microsecond(ts).map(|ts| ts.to_string()).ok();
        let n_bytes = u64::try_from(import.n_bytes).unwrap_or_default();
        ImportReport {
            import: Some(import.id.clone()),
            state: import.state.into(),
            bytes: n_bytes,
            total_bytes: Some(n_bytes),
            started_at: instant(import.started_at),
            finished_at: import.finished_at.and_then(instant),
            error: import.error,
            error_zh: import.error_zh,
            written: import.counts.accepted,
            counts: import.counts.into(),
            ..ImportReport::waiting(&import.id, &import.name)
        }
    }
}

/// What was found in a file.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Found {
    /// csv, jsonl, parquet or xlsx.
    pub(crate) format: String,
    /// How it is packed.
    pub(crate) compression: String,
    /// Encoding of its text, where it is text.
    #[schema(required)]
    pub(crate) encoding: Option<String>,
    /// Its delimiter, where it has one.
    #[schema(required)]
    pub(crate) delimiter: Option<String>,
    /// The sheet read, where it is a workbook.
    #[schema(required)]
    pub(crate) sheet: Option<String>,
    /// Its columns, in its order.
    pub(crate) columns: Vec<String>,
    /// Where every field comes from.
    pub(crate) mapping: Vec<Mapped>,
    /// Columns that become properties.
    pub(crate) properties: Vec<String>,
    /// What a reader of the mapping should know.
    pub(crate) notes: Vec<String>,
    /// The same in Chinese, one by one.
    pub(crate) notes_zh: Vec<String>,
}

/// Where a field comes from.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Mapped {
    /// The field.
    pub(crate) field: String,
    /// The column, or the arithmetic over columns.
    pub(crate) from: String,
    /// Why that one.
    pub(crate) why: String,
    /// The same in Chinese.
    pub(crate) why_zh: String,
}

/// A row as it would be taken; decimals as text.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SampleRow {
    /// Its place in the file, from 1.
    pub(crate) row: u64,
    #[schema(required)]
    pub(crate) customer: Option<String>,
    #[schema(required)]
    pub(crate) ts: Option<String>,
    #[schema(required)]
    pub(crate) event: Option<String>,
    #[schema(required)]
    pub(crate) order_id: Option<String>,
    #[schema(required)]
    pub(crate) item: Option<String>,
    #[schema(required)]
    pub(crate) quantity: Option<String>,
    #[schema(required)]
    pub(crate) amount: Option<String>,
    #[schema(required)]
    pub(crate) currency: Option<String>,
    #[schema(required)]
    pub(crate) session: Option<String>,
    /// A JSON object.
    #[schema(required)]
    pub(crate) properties: Option<String>,
}

/// How a file is read.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    pub(crate) detected: Found,
    pub(crate) rows: Vec<SampleRow>,
    pub(crate) counts: Counts,
}

/// What an import would make of a file.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DryRun {
    /// What was found out about it.
    pub(crate) detected: Found,
    /// Its first rows, as they would be taken.
    pub(crate) rows: Vec<SampleRow>,
    /// Its rows by what would become of them.
    pub(crate) counts: Counts,
    /// The file, kept so that it need not be sent again.
    pub(crate) upload: Kept,
}

/// A file kept for a while.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Kept {
    /// What to give as `upload` instead of the file.
    pub(crate) token: String,
    /// For how long it is kept, in seconds from now.
    pub(crate) seconds: u64,
}

/// An import that has its turn coming.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Queued {
    /// Its id.
    pub(crate) id: String,
}

/// An import whose rows were taken back.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TakenBack {
    /// Its id.
    pub(crate) id: String,
    /// `undone`.
    pub(crate) state: Standing,
    /// Rows that left.
    pub(crate) n_rows: u64,
}

/// Rows that could not be taken.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Letters {
    /// The rows, in the order of the file.
    pub(crate) letters: Vec<Letter>,
    /// Where the following page begins; null on the last one.
    #[schema(required)]
    pub(crate) next: Option<i64>,
}

/// A row that could not be taken.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Letter {
    /// Its place in the list.
    pub(crate) id: i64,
    /// File it stood in.
    pub(crate) file: String,
    /// Its row, from 1.
    pub(crate) row: i64,
    /// Column at fault, if one is.
    #[schema(required)]
    pub(crate) column: Option<String>,
    /// Value at fault, if one is.
    #[schema(required)]
    pub(crate) value: Option<String>,
    /// Why, as a stable code.
    pub(crate) reason: String,
    /// The row as it was read.
    pub(crate) raw: String,
    /// Whether `raw` or `value` was longer than what is kept.
    pub(crate) capped: bool,
}

impl From<DeadLetter> for Letter {
    fn from(one: DeadLetter) -> Letter {
        Letter {
            id: one.id,
            file: one.letter.file,
            row: one.letter.row,
            column: one.letter.column,
            value: one.letter.value,
            reason: one.letter.reason,
            raw: String::from_utf8_lossy(&one.letter.raw).into_owned(),
            capped: one.is_capped,
        }
    }
}
