//! What a driver's error means for the caller.
//!
//! Codes: SQLite result codes (<https://www.sqlite.org/rescode.html>, low byte = primary code),
//! PostgreSQL SQLSTATE (documentation, appendix A).

use sea_orm::{DbErr, RuntimeErr, sqlx};

use super::Dialect;
use crate::StoreError;

/// Whether the error came before or during the commit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Work,
    Commit,
}

/// The store's error for a driver's error.
pub(crate) fn classify(
    dialect: Dialect,
    doing: &'static str,
    phase: Phase,
    error: DbErr,
) -> StoreError {
    let known = match sqlx_error(&error) {
        Some(sqlx::Error::Database(reported)) => match (dialect, reported.code().as_deref()) {
            (Dialect::Sqlite, Some(code)) => sqlite(code),
            (Dialect::Postgres, Some(code)) => postgres(code, phase),
            (_, None) => None,
        },
        // The server may have committed before the answer was lost.
        Some(sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::Tls(_))
            if phase == Phase::Commit =>
        {
            Some(StoreError::OutcomeUnknown)
        }
        _ => None,
    };
    known.unwrap_or_else(|| StoreError::Database { doing, source: Box::new(error) })
}

fn sqlx_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(inner))
        | DbErr::Query(RuntimeErr::SqlxError(inner))
        | DbErr::Conn(RuntimeErr::SqlxError(inner)) => Some(inner),
        _ => None,
    }
}

fn sqlite(code: &str) -> Option<StoreError> {
    let code: i64 = code.parse().ok()?;
    match code & 0xff {
        // SQLITE_BUSY, SQLITE_LOCKED
        5 | 6 => Some(StoreError::Busy),
        // SQLITE_READONLY
        8 => Some(StoreError::ReadOnly),
        // SQLITE_IOERR
        10 => Some(StoreError::Stopped),
        // SQLITE_CORRUPT, SQLITE_NOTADB
        11 => Some(StoreError::corrupt("the database file", "SQLite cannot read its pages")),
        26 => Some(StoreError::corrupt("the database file", "it is not an SQLite database")),
        // SQLITE_FULL
        13 => Some(StoreError::Full),
        _ => None,
    }
}

fn postgres(code: &str, phase: Phase) -> Option<StoreError> {
    match code {
        "53100" => Some(StoreError::Full),
        "25006" => Some(StoreError::ReadOnly),
        // lock_not_available, serialization_failure, deadlock_detected
        "55P03" | "40001" | "40P01" => Some(StoreError::Busy),
        // data_corrupted, index_corrupted
        "XX001" | "XX002" => {
            Some(StoreError::corrupt("the database", "PostgreSQL reports damaged pages"))
        }
        // admin_shutdown, crash_shutdown, statement_completion_unknown
        "57P01" | "57P02" | "40003" if phase == Phase::Commit => Some(StoreError::OutcomeUnknown),
        _ => None,
    }
}
