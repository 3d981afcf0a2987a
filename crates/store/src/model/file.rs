//! A file of the lake as the catalog knows it.

use crate::Micros;

/// Smallest and largest key, instant and sequence in a file, all inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Smallest customer key.
    pub min_customer: i64,
    /// Largest customer key.
    pub max_customer: i64,
    /// Earliest instant.
    pub min_ts: Micros,
    /// Latest instant.
    pub max_ts: Micros,
    /// Smallest sequence.
    pub min_sequence: i64,
    /// Largest sequence.
    pub max_sequence: i64,
}

/// Smallest or largest value of a column in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StatValue {
    /// `int32` and `int64` columns.
    Int(i64),
    /// `timestamptz` columns.
    Timestamp(Micros),
    /// `decimal(18,4)` columns, in ten-thousandths.
    Decimal(i64),
    /// `varchar` columns.
    Text(String),
}

/// What a file holds in one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnStats {
    /// Column id, as in `perennial_types::event::COLUMNS`.
    pub column_id: i32,
    /// Compressed bytes of the column.
    pub n_bytes: i64,
    /// Rows without a value.
    pub n_nulls: i64,
    /// Smallest value. The catalog keeps it only for columns that are `in_statistics`, so that no
    /// contact data ever stands outside the files.
    pub min: Option<StatValue>,
    /// Largest value, kept like `min`.
    pub max: Option<StatValue>,
}

/// A Parquet file to be published. It must be complete and durable before the commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDataFile {
    /// Bucket all its customers fall into.
    pub bucket: i32,
    /// Path relative to the table's folder: `bucket=3/0198….parquet`, with `/` everywhere.
    pub path: String,
    /// Rows, at least one.
    pub n_rows: i64,
    /// Size of the whole file.
    pub n_bytes: i64,
    /// Size of the Parquet footer's metadata, without its length and magic.
    pub footer_size: i64,
    /// The import all its rows came by, if one.
    pub import_id: Option<String>,
    /// SHA-256 of the whole file, 64 lower-case hex digits.
    pub sha256: String,
    /// Smallest and largest key, instant, sequence.
    pub bounds: Bounds,
    /// Checksums of the column chunks, in a form only the lake knows.
    pub chunk_checksums: Vec<u8>,
    /// One entry per column, in any order.
    pub column_stats: Vec<ColumnStats>,
}

/// A file of the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFile {
    /// `data_file_id` of the catalog.
    pub id: i64,
    /// First snapshot that shows it.
    pub begin_snapshot: i64,
    /// First snapshot that no longer shows it; `None` while it is live.
    pub end_snapshot: Option<i64>,
    /// What was published. `column_stats` are in column order.
    pub file: NewDataFile,
}
