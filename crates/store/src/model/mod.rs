//! The words the store speaks: plain structs, no database types.
//!
//! Instants are microseconds since 1970-01-01T00:00:00Z ([`Micros`]), ids of imports are UUIDv7
//! text, digests are lower-case hex.

mod commit;
mod dashboard;
mod file;
mod import;
mod registry;
mod score;
mod segment;
mod workspace;

pub use commit::{Change, Commit};
pub use dashboard::{Dashboard, NewDashboard};
pub use file::{Bounds, ColumnStats, DataFile, NewDataFile, StatValue};
pub use import::{
    DeadLetter, Import, ImportCounts, ImportState, ImportUpdate, MAX_RAW_BYTES, NewDeadLetter,
};
pub use registry::{Model, NewModel};
pub use score::{DayStats, NewScoreFile, NewScoring, ScoreCommit, Scores, Scoring};
pub use segment::{NewSegment, Segment};
pub use workspace::{
    Accepted, Finding, Head, Identity, NewIdentity, NewPending, NewWorkspace, PendingBatch,
    ReservedKeys, ScheduledFile, Snapshot, Workspace,
};

/// Microseconds since 1970-01-01T00:00:00Z.
pub type Micros = i64;
