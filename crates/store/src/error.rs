//! Everything that can go wrong in the operational database, and what mends it.
//!
//! [`StoreError`] names the offending thing; [`StoreError::hint`] says what to do. The text of the
//! database driver is kept as a source for logs and never needed to decide what to do next.

use std::error::Error;

use thiserror::Error;

/// Result of every operation of the store.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Why an operation of the store did not happen.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A database URL or path that cannot be used.
    #[error("`{url}` is not a database: {reason}")]
    Url {
        /// What was given, without its password.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No workspace at that place, and this access may not create one.
    #[error("no workspace at `{place}`")]
    NotFound {
        /// Path or URL.
        place: String,
    },
    /// A database that holds tables but not ours.
    #[error("the database at `{place}` belongs to another program")]
    Foreign {
        /// Path or URL.
        place: String,
    },
    /// The linked SQLite has known ways to lose committed data.
    #[error("SQLite `{found}` is older than 3.51.3 and can lose committed data")]
    SqliteTooOld {
        /// Version the library reports.
        found: String,
    },
    /// A PostgreSQL database whose settings cannot hold our text.
    #[error("the PostgreSQL database stores text as `{encoding}`, not as UTF8")]
    Encoding {
        /// Its `server_encoding`.
        encoding: String,
    },
    /// Written by a newer version of this program.
    #[error("the workspace has schema version {found}, this program knows up to {known}")]
    SchemaTooNew {
        /// Version in the database.
        found: i64,
        /// Newest version this program knows.
        known: i64,
    },
    /// Written by an older version, and this access may not migrate it.
    #[error("the workspace has schema version {found}, this program needs {known}")]
    SchemaTooOld {
        /// Version in the database.
        found: i64,
        /// Version this program needs.
        known: i64,
    },
    /// A write through a store that was opened read-only.
    #[error("the workspace was opened for reading only")]
    ReadOnly,
    /// The catalog is no longer what the caller believed. Nothing was written.
    #[error("the catalog has changed: {0}")]
    Conflict(Conflict),
    /// The caller asked for something that would break the catalog. Nothing was written.
    #[error("the catalog refuses the change: {reason}")]
    Invalid {
        /// What is wrong, naming the value.
        reason: String,
    },
    /// Something stored is not what was written.
    #[error("{what} is damaged: {reason}")]
    Corrupt {
        /// Which row or table.
        what: String,
        /// How it shows.
        reason: String,
    },
    /// Another process holds the write lock for longer than the time-out of five seconds.
    #[error("the workspace is busy: another process is writing")]
    Busy,
    /// No room left on the device of the database. Nothing was written.
    #[error("the device of the database is full")]
    Full,
    /// The device failed while writing. The store stopped writing until it is opened again.
    #[error("writing stopped after the device failed")]
    Stopped,
    /// The connection broke during the commit, so the change may or may not have happened.
    /// Read the catalog again before undoing anything: files may already be visible.
    #[error("the connection broke while committing; the change may or may not have happened")]
    OutcomeUnknown,
    /// Anything else the database reports.
    #[error("the database failed while {doing}")]
    Database {
        /// What was being done.
        doing: &'static str,
        /// The driver's error.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

/// Which belief of the caller no longer holds.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Conflict {
    /// Another commit came first.
    #[error("snapshot {expected} was expected, {found} is the newest")]
    Snapshot {
        /// What the caller expected.
        expected: i64,
        /// What is there.
        found: i64,
    },
    /// A file to be removed is not live.
    #[error("data file {0} is not live")]
    FileGone(i64),
    /// A pending batch to be finished is not there.
    #[error("pending batch {0} is not there")]
    PendingGone(i64),
    /// An identity, or its id, exists already.
    #[error("identity `{outside_id}` in `{namespace}` exists already, or its id does")]
    IdentityTaken {
        /// Namespace of the outside id.
        namespace: String,
        /// The outside id.
        outside_id: String,
    },
    /// A segment that is in force in another version.
    #[error("segment `{name}` was expected in version {expected}, it is in version {found}")]
    SegmentVersion {
        /// Name of the segment.
        name: String,
        /// What the caller expected; 0 where it should not exist.
        expected: i64,
        /// What is there; 0 where it does not exist.
        found: i64,
    },
    /// A dashboard that is in force in another version.
    #[error("dashboard `{name}` was expected in version {expected}, it is in version {found}")]
    DashboardVersion {
        /// Name of the dashboard.
        name: String,
        /// What the caller expected; 0 where it should not exist.
        expected: i64,
        /// What is there; 0 where it does not exist.
        found: i64,
    },
    /// A day that was scored with that version of the model before.
    #[error("`{name}` of {day} was scored with `{model}` already")]
    Scored {
        /// Name of the score.
        name: String,
        /// The day.
        day: String,
        /// The model and its version.
        model: String,
    },
    /// A path the catalog knows already.
    #[error("the catalog already knows a file `{0}`")]
    PathTaken(String),
}

impl StoreError {
    /// What mends it, where something does.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            StoreError::Url { .. } => "give a file path or `postgres://host/database`",
            StoreError::NotFound { .. } => "import something first, or check the path",
            StoreError::Foreign { .. } => "give Perennial a database of its own",
            StoreError::SqliteTooOld { .. } => "build with the bundled SQLite",
            StoreError::Encoding { .. } => "create the database with `ENCODING 'UTF8'`",
            StoreError::SchemaTooNew { .. } => "install the version of Perennial that wrote it",
            StoreError::SchemaTooOld { .. } => {
                "run a command that writes, such as `perennial serve`, to migrate it"
            }
            StoreError::ReadOnly => "open the workspace for writing",
            StoreError::Conflict(_) => "read the catalog again and retry",
            StoreError::Corrupt { .. } => "run `perennial doctor`, then restore a backup",
            StoreError::Busy => "wait for the other process, or stop it",
            StoreError::Full => "free some space; writing resumes by itself",
            StoreError::Stopped => "check the device, then restart",
            StoreError::OutcomeUnknown => "check that the database runs, then ask it again",
            StoreError::Invalid { .. } | StoreError::Database { .. } => return None,
        })
    }

    /// Whether reading the catalog again and retrying can succeed.
    pub fn is_conflict(&self) -> bool {
        matches!(self, StoreError::Conflict(_))
    }

    /// Whether the change certainly did not happen. Otherwise it may have: read before undoing.
    pub fn is_certain(&self) -> bool {
        !matches!(self, StoreError::OutcomeUnknown | StoreError::Stopped)
    }

    /// The same error for another caller whose change was in the same transaction.
    pub(crate) fn again(&self) -> StoreError {
        match self {
            StoreError::ReadOnly => StoreError::ReadOnly,
            StoreError::Busy => StoreError::Busy,
            StoreError::Full => StoreError::Full,
            StoreError::Stopped => StoreError::Stopped,
            StoreError::OutcomeUnknown => StoreError::OutcomeUnknown,
            StoreError::Conflict(conflict) => StoreError::Conflict(conflict.clone()),
            StoreError::Invalid { reason } => StoreError::invalid(reason.clone()),
            StoreError::Corrupt { what, reason } => {
                StoreError::corrupt(what.clone(), reason.clone())
            }
            StoreError::Database { doing, source } => {
                StoreError::Database { doing, source: source.to_string().into() }
            }
            // These arise on opening only.
            other => {
                StoreError::Database { doing: "accepting events", source: other.to_string().into() }
            }
        }
    }

    pub(crate) fn invalid(reason: impl Into<String>) -> StoreError {
        StoreError::Invalid { reason: reason.into() }
    }

    pub(crate) fn corrupt(what: impl Into<String>, reason: impl Into<String>) -> StoreError {
        StoreError::Corrupt { what: what.into(), reason: reason.into() }
    }
}
