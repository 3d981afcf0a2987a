//! One write transaction at a time, and reads that see one instant.
//!
//! Every transaction runs in a task of its own: a caller that stops waiting neither holds the
//! write lock nor leaves half a change behind (sqlx 0.9 `begin` is not safe to cancel).

mod dialect;
mod failure;
mod postgres;
mod sqlite;
mod tx;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::BoxFuture;
use sea_orm::{
    AccessMode, DatabaseConnection, DatabaseTransaction, IsolationLevel, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};
use tokio::sync::Mutex;

pub(crate) use dialect::Dialect;
pub(crate) use sea_orm::Value;
pub(crate) use tx::{Row, Tx, values};

use crate::{DatabaseUrl, Result, StoreError};
use failure::Phase;

/// Connections to one database.
pub(crate) struct Database {
    url: DatabaseUrl,
    dialect: Dialect,
    /// `None` when reading only.
    writer: Option<Mutex<Writer>>,
    readers: DatabaseConnection,
    /// Set once the device has failed under a write; only opening again clears it.
    is_stopped: AtomicBool,
}

/// The one connection that writes, opened again after a transaction that could not be ended.
struct Writer(Option<DatabaseConnection>);

impl Database {
    /// Opens the connections; with `is_writable` it creates a missing SQLite file.
    pub(crate) async fn open(url: &DatabaseUrl, is_writable: bool) -> Result<Database> {
        let dialect = Dialect::of(url);
        let writer = match is_writable {
            true => Some(open_writer(url, true).await?),
            false => None,
        };
        let readers = match url {
            DatabaseUrl::Sqlite(path) => sqlite::readers(path).await?,
            DatabaseUrl::Postgres(url) => postgres::readers(url).await?,
        };
        Ok(Database {
            url: url.clone(),
            dialect,
            writer: writer.map(|connection| Mutex::new(Writer(Some(connection)))),
            readers,
            is_stopped: AtomicBool::new(false),
        })
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    pub(crate) fn place(&self) -> String {
        self.url.to_string()
    }

    /// Runs `work` in a write transaction, to its end even if the caller stops waiting.
    /// It is committed durably when `work` returns `Ok`, rolled back otherwise.
    pub(crate) async fn write<T, F>(self: &Arc<Self>, doing: &'static str, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a Tx) -> BoxFuture<'a, Result<T>> + Send + 'static,
    {
        let database = Arc::clone(self);
        let task = tokio::spawn(async move { database.write_in_turn(doing, work).await });
        task.await.map_err(|source| died(doing, source))?
    }

    /// Runs `work` in a read transaction that sees one instant.
    pub(crate) async fn read<T, F>(self: &Arc<Self>, doing: &'static str, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a Tx) -> BoxFuture<'a, Result<T>> + Send + 'static,
    {
        let database = Arc::clone(self);
        let task = tokio::spawn(async move {
            let options = match database.dialect {
                Dialect::Sqlite => TransactionOptions::default(),
                Dialect::Postgres => TransactionOptions {
                    isolation_level: Some(IsolationLevel::RepeatableRead),
                    access_mode: Some(AccessMode::ReadOnly),
                    ..TransactionOptions::default()
                },
            };
            let tx = database.begin(&database.readers, options, doing).await?;
            let result = work(&tx).await;
            // Nothing was written, so how the transaction ends changes nothing.
            let _ = tx.into_inner().rollback().await;
            result
        });
        task.await.map_err(|source| died(doing, source))?
    }

    async fn write_in_turn<T, F>(&self, doing: &'static str, work: F) -> Result<T>
    where
        F: for<'a> FnOnce(&'a Tx) -> BoxFuture<'a, Result<T>>,
    {
        let mut writer = self.writer.as_ref().ok_or(StoreError::ReadOnly)?.lock().await;
        if self.is_stopped.load(Ordering::Acquire) {
            return Err(StoreError::Stopped);
        }
        let connection = match writer.0.take() {
            Some(connection) => connection,
            None => open_writer(&self.url, false).await?,
        };
        let tx = match self.begin(&connection, self.write_options(), doing).await {
            Ok(tx) => tx,
            Err(error) => {
                self.stop_if_device_failed(&error);
                writer.0 = Some(connection);
                return Err(error);
            }
        };
        let (result, is_ended) = match self.run(&tx, work).await {
            Ok(value) => match tx.into_inner().commit().await {
                Ok(()) => (Ok(value), true),
                Err(error) => {
                    (Err(failure::classify(self.dialect, doing, Phase::Commit, error)), false)
                }
            },
            Err(error) => (Err(error), tx.into_inner().rollback().await.is_ok()),
        };
        if let Err(error) = &result {
            self.stop_if_device_failed(error);
        }
        if is_ended {
            writer.0 = Some(connection);
        } else {
            // A transaction may still be open on it; the next write starts on a fresh connection.
            let _ = connection.close().await;
        }
        result
    }

    async fn run<T, F>(&self, tx: &Tx, work: F) -> Result<T>
    where
        F: for<'a> FnOnce(&'a Tx) -> BoxFuture<'a, Result<T>>,
    {
        tx.lock_out_other_writers().await?;
        work(tx).await
    }

    fn write_options(&self) -> TransactionOptions {
        TransactionOptions {
            // A deferred transaction that turns into a writing one fails at once when another
            // process has written in between; an immediate one waits its turn.
            sqlite_transaction_mode: match self.dialect {
                Dialect::Sqlite => Some(SqliteTransactionMode::Immediate),
                Dialect::Postgres => None,
            },
            ..TransactionOptions::default()
        }
    }

    async fn begin(
        &self,
        connection: &DatabaseConnection,
        options: TransactionOptions,
        doing: &'static str,
    ) -> Result<Tx> {
        let inner: DatabaseTransaction = connection
            .begin_with_options(options)
            .await
            .map_err(|error| failure::classify(self.dialect, doing, Phase::Work, error))?;
        Ok(Tx::new(inner, self.dialect, doing))
    }

    /// After a failed write or flush the kernel may have dropped dirty pages: a retry that
    /// "succeeds" would acknowledge what is lost.
    fn stop_if_device_failed(&self, error: &StoreError) {
        if matches!(error, StoreError::Stopped) {
            tracing::error!(database = %self.url, "the device failed, writing stops");
            self.is_stopped.store(true, Ordering::Release);
        }
    }

    /// Runs one statement outside of a transaction on the writing connection.
    pub(crate) async fn maintain(&self, doing: &'static str, sql: &'static str) -> Result<()> {
        use sea_orm::ConnectionTrait;
        let writer = self.writer.as_ref().ok_or(StoreError::ReadOnly)?.lock().await;
        let connection = writer.0.as_ref().ok_or(StoreError::Busy)?;
        let ended = connection.execute_unprepared(sql).await;
        ended.map_err(|error| failure::classify(self.dialect, doing, Phase::Work, error))?;
        Ok(())
    }

    /// Closes all connections, the writing one last: SQLite folds its log into the file when the
    /// last connection closes, which one that only reads cannot do, and whoever opens the file next
    /// would have to read the whole log first.
    pub(crate) async fn close(&self) {
        let _ = self.readers.close_by_ref().await;
        if let Some(writer) = &self.writer {
            let mut writer = writer.lock().await;
            if let Some(connection) = writer.0.take() {
                let _ = connection.close().await;
            }
            self.is_stopped.store(true, Ordering::Release);
        }
    }
}

async fn open_writer(url: &DatabaseUrl, may_create: bool) -> Result<DatabaseConnection> {
    match url {
        DatabaseUrl::Sqlite(path) => sqlite::writer(path, may_create).await,
        DatabaseUrl::Postgres(url) => postgres::writer(url).await,
    }
}

/// The task of a transaction ended without an answer: it panicked, or the runtime shut down.
fn died(doing: &'static str, source: tokio::task::JoinError) -> StoreError {
    StoreError::Database { doing, source: Box::new(source) }
}
