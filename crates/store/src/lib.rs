//! The operational database: the one place where Perennial keeps what must be true.
//!
//! It holds the catalog of the lake (the public DuckLake 1.0 tables), the batches not yet in
//! files, identities, imports and settings, on SQLite or PostgreSQL, chosen by [`DatabaseUrl`].
//! Every change is one transaction, run to its end even when the caller stops waiting; every
//! reader sees one instant. A method that returns `Ok` has made its change durable.
//!
//! Nothing outside this crate names the database library. The store opens no lake file, reads no
//! clock, and knows neither Arrow nor Parquet.

mod catalog;
mod db;
mod error;
mod migrate;
mod model;
mod store;
mod url;

pub use catalog::DAY_TABLE;
pub use error::{Conflict, Result, StoreError};
pub use model::{
    Accepted, Bounds, Change, ColumnStats, Commit, Dashboard, DataFile, DayStats, DeadLetter,
    Finding, Head, Identity, Import, ImportCounts, ImportState, ImportUpdate, MAX_RAW_BYTES,
    Micros, Model, NewDashboard, NewDataFile, NewDeadLetter, NewIdentity, NewModel, NewPending,
    NewScoreFile, NewScoring, NewSegment, NewWorkspace, PendingBatch, ReservedKeys, ScheduledFile,
    ScoreCommit, Scores, Scoring, Segment, Snapshot, StatValue, Workspace,
};
pub use store::{Access, Store};
pub use url::DatabaseUrl;
