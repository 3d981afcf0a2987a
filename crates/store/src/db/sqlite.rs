//! SQLite: one connection that writes, a few that only read.
//!
//! `synchronous = FULL` makes a commit durable before it returns; the reading connections are
//! opened read-only, so that only the writer ever checkpoints the log.

use std::path::Path;
use std::time::Duration;

use sea_orm::sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sea_orm::{ConnectionTrait, DatabaseConnection, SqlxSqliteConnector, Statement, sqlx};

use super::Dialect;
use super::failure::{Phase, classify};
use crate::{Result, StoreError};

/// Older ones can lose committed data when a log is reset under a checkpoint.
const OLDEST: [u32; 3] = [3, 51, 3];
const _: () = assert!(libsqlite3_sys::SQLITE_VERSION_NUMBER >= 3_051_003);
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const N_READERS: u32 = 4;
/// The log is cut back to this size after a large transaction: 64 MiB.
const LOG_LIMIT: &str = "67108864";
/// In KiB when negative: a million new identities keep their index pages in memory.
const WRITER_CACHE: &str = "-65536";
const OPENING: &str = "opening the database";

pub(super) async fn writer(path: &Path, may_create: bool) -> Result<DatabaseConnection> {
    if may_create {
        create_private(path)?;
    }
    let options = options(path)?
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("secure_delete", "ON")
        .pragma("wal_autocheckpoint", "1000")
        .pragma("journal_size_limit", LOG_LIMIT)
        .pragma("cache_size", WRITER_CACHE);
    let connection = connect(options, 1).await?;
    refuse_old(&connection).await?;
    Ok(connection)
}

pub(super) async fn readers(path: &Path) -> Result<DatabaseConnection> {
    if !path.exists() {
        return Err(StoreError::NotFound { place: path.display().to_string() });
    }
    let connection = connect(options(path)?.read_only(true), N_READERS).await?;
    refuse_old(&connection).await?;
    Ok(connection)
}

fn options(path: &Path) -> Result<SqliteConnectOptions> {
    // The driver reads `:memory:` and `file:…` as more than a path.
    let path = std::path::absolute(path).map_err(|source| StoreError::Url {
        url: path.display().to_string(),
        reason: source.to_string(),
    })?;
    use sqlx::ConnectOptions;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        .pragma("trusted_schema", "OFF")
        .pragma("cell_size_check", "ON")
        .row_buffer_size(1000)
        .disable_statement_logging();
    Ok(options)
}

async fn connect(options: SqliteConnectOptions, n_connections: u32) -> Result<DatabaseConnection> {
    let pool = SqlitePoolOptions::new()
        .max_connections(n_connections)
        // A connection that is never thrown away keeps its cache and prepared statements.
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options)
        .await
        .map_err(|error| {
            let error = sea_orm::DbErr::Conn(sea_orm::RuntimeErr::SqlxError(error.into()));
            classify(Dialect::Sqlite, OPENING, Phase::Work, error)
        })?;
    Ok(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool))
}

async fn refuse_old(connection: &DatabaseConnection) -> Result<()> {
    let ask = Statement::from_string(sea_orm::DbBackend::Sqlite, "SELECT sqlite_version()");
    let failed = |error| classify(Dialect::Sqlite, OPENING, Phase::Work, error);
    let row = connection.query_one_raw(ask).await.map_err(failed)?;
    let found: String = match row {
        Some(row) => row.try_get_by_index(0).map_err(failed)?,
        None => String::new(),
    };
    if is_old(&found) {
        return Err(StoreError::SqliteTooOld { found });
    }
    Ok(())
}

fn is_old(version: &str) -> bool {
    let parts: Vec<u32> = version.split('.').map_while(|part| part.parse().ok()).collect();
    parts.len() < 3 || parts.as_slice() < OLDEST.as_slice()
}

/// Creates the file readable by its owner alone; SQLite gives its log the same permissions.
fn create_private(path: &Path) -> Result<()> {
    let mut create = std::fs::OpenOptions::new();
    create.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut create, 0o600);
    match create.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => {
            Err(StoreError::Url { url: path.display().to_string(), reason: error.to_string() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_old;

    #[test]
    fn versions_compare_as_numbers() {
        for version in ["3.51.2", "3.9.99", "3.50.10", "2.99.99", "", "3.51"] {
            assert!(is_old(version), "{version}");
        }
        for version in ["3.51.3", "3.52.0", "3.100.0", "4.0.0", "3.51.3.1"] {
            assert!(!is_old(version), "{version}");
        }
    }
}
