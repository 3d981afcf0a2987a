//! The workspace, its identities, and what a reader sees at one instant.

use crate::{DataFile, Micros};

/// What is decided when a workspace is created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewWorkspace {
    /// Buckets the customers are spread over, 1 to 4096; never changes.
    pub n_buckets: i32,
    /// IANA name of the time zone.
    pub zone: String,
    /// First day of the week: `monday` … `sunday`.
    pub week_start: String,
}

/// The one row every workspace has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    /// UUIDv7.
    pub id: String,
    /// When it was created.
    pub created_at: Micros,
    /// Buckets the customers are spread over.
    pub n_buckets: i32,
    /// IANA name of the time zone.
    pub zone: String,
    /// First day of the week: `monday` … `sunday`.
    pub week_start: String,
    /// The sequence the next accepted row gets.
    pub next_sequence: i64,
    /// The key the next new customer gets.
    pub next_customer: i64,
    /// The id the next new identity gets.
    pub next_identity: i64,
    /// Version of the tables.
    pub schema_version: i64,
}

/// Where the workspace stands; two equal heads show the same rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Newest snapshot of the catalog.
    pub snapshot_id: i64,
    /// The sequence the next accepted row gets.
    pub next_sequence: i64,
    /// As of [`Snapshot::known_at`].
    pub known_at: i64,
}

/// Everything a question reads, seen at one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Newest snapshot of the catalog.
    pub id: i64,
    /// When it was committed.
    pub at: Micros,
    /// The live files, by id.
    pub files: Vec<DataFile>,
    /// The accepted batches that are in no file yet, by id.
    pub pending: Vec<PendingBatch>,
    /// The sequence the next accepted row gets.
    pub next_sequence: i64,
    /// Every row of this sequence or a smaller one is seen, and none will ever be added: they can
    /// only be taken back. Smaller than `next_sequence - 1` while a bulk import is being
    /// published, whose sequences are allotted before its rows are there.
    pub known_at: i64,
}

/// A batch of rows to be accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPending {
    /// Rows in `body`, at least one.
    pub n_rows: i64,
    /// The rows, in a form only the lake knows.
    pub body: Vec<u8>,
    /// Import or interface they came by.
    pub source: String,
    /// When they arrived.
    pub received_at: Micros,
    /// Identities the rows bring, written in the same transaction.
    pub identities: Vec<NewIdentity>,
}

/// An accepted, durable batch: row `i` has the sequence `first_sequence + i`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Id of the pending batch.
    pub id: i64,
    /// Sequence of its first row.
    pub first_sequence: i64,
}

/// A batch that is accepted but in no file yet. Its checksum has been verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingBatch {
    /// Its id, ascending in the order of acceptance.
    pub id: i64,
    /// Sequence of its first row.
    pub first_sequence: i64,
    /// Rows in `body`.
    pub n_rows: i64,
    /// The rows as they were accepted.
    pub body: Vec<u8>,
    /// When they arrived.
    pub received_at: Micros,
    /// Import or interface they came by.
    pub source: String,
}

/// An outside id that gets a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewIdentity {
    /// Its id, from [`ReservedKeys`].
    pub id: i64,
    /// What kind of outside id it is: `customer`, `email` …
    pub namespace: String,
    /// The outside id.
    pub outside_id: String,
    /// Key of the customer it points to.
    pub customer: i64,
    /// The import that brought it first.
    pub first_import: Option<String>,
}

/// An outside id and the customer it points to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its id.
    pub id: i64,
    /// The outside id.
    pub outside_id: String,
    /// Key of the customer it points to.
    pub customer: i64,
}

/// Keys nobody else will get. Keys that are never used leave a gap, which harms nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReservedKeys {
    /// The first identity id.
    pub first_identity: i64,
    /// The first customer key.
    pub first_customer: i64,
}

/// A file of the lake that no snapshot shows any more and that may be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduledFile {
    /// Its former `data_file_id`.
    pub id: i64,
    /// Path relative to the table's folder: `bucket=3/0198….parquet`.
    pub path: String,
}

/// Something the integrity check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable code: `file_stats`, `table_stats`, `snapshots` …
    pub code: &'static str,
    /// What is wrong, naming the row.
    pub message: String,
}
