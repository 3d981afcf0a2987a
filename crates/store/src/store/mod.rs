//! The store as its callers see it: opening, the workspace row, settings.
//!
//! The other files of this folder each hold the methods of one table.

mod accept;
mod check;
mod commit;
mod dashboard;
mod dead_letter;
mod identity;
mod import;
mod registry;
mod score;
mod segment;
mod snapshot;
mod sweep;

use std::sync::Arc;

use serde_json::Value;

use crate::db::{Database, Tx, values};
use crate::{
    DatabaseUrl, Head, Micros, NewWorkspace, ReservedKeys, Result, StoreError, Workspace, migrate,
};
use accept::AcceptQueue;

/// Longest name of something saved, in characters.
const MAX_NAME: usize = 200;
/// Most sequences or keys taken at once; with it, no sum of them overflows before 8 million calls.
const MAX_RESERVED: i64 = 1 << 40;

/// How a workspace is opened.
#[derive(Clone, Debug)]
pub enum Access {
    /// Reading and writing; creates and migrates what is missing.
    ReadWrite {
        /// The caller's clock.
        now: Micros,
        /// What a new workspace is created with; an existing one keeps what it has.
        created: NewWorkspace,
    },
    /// Reading only; the workspace must exist and be of this version.
    ReadOnly,
}

/// The operational database. Cloning is cheap; a clone is the same store.
///
/// Dropping the future of a method that writes does not take the change back: it happens wholly
/// or not at all, and whether it did is then for the caller to read.
#[derive(Clone)]
pub struct Store {
    db: Arc<Database>,
    accepting: AcceptQueue,
}

impl Store {
    /// Opens a workspace. Must be called within a Tokio runtime, which the store lives in.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Foreign`], [`StoreError::SchemaTooNew`],
    /// [`StoreError::SchemaTooOld`] (reading only), [`StoreError::SqliteTooOld`], and what the
    /// database reports.
    pub async fn open(url: &DatabaseUrl, access: Access) -> Result<Store> {
        let db = match access {
            Access::ReadWrite { now, created } => {
                let db = Arc::new(Database::open(url, true).await?);
                migrate::migrate(&db, now, created).await?;
                db
            }
            Access::ReadOnly => Arc::new(Database::open(url, false).await?),
        };
        migrate::require_current(&db).await?;
        let accepting = AcceptQueue::start(Arc::clone(&db));
        Ok(Store { db, accepting })
    }

    /// Waits for the running write, then closes every connection. Calls after that fail.
    pub async fn close(&self) {
        self.db.close().await;
    }

    /// The workspace row.
    pub async fn workspace(&self) -> Result<Workspace> {
        self.db.read("reading the workspace", |tx| Box::pin(workspace(tx))).await
    }

    /// Newest snapshot and next sequence: a cheap answer to "has anything changed".
    pub async fn head(&self) -> Result<Head> {
        let sql = format!(
            "SELECT (SELECT MAX(snapshot_id) FROM ducklake_snapshot), next_sequence, {KNOWN_AT} \
             FROM workspace"
        );
        self.db
            .read("reading the head", move |tx| {
                Box::pin(async move {
                    let row = tx.one(&sql, []).await?;
                    Ok(Head {
                        snapshot_id: row.get(0)?,
                        next_sequence: row.get(1)?,
                        known_at: row.get(2)?,
                    })
                })
            })
            .await
    }

    /// Newest snapshot of the catalog.
    pub async fn snapshot_id(&self) -> Result<i64> {
        Ok(self.head().await?.snapshot_id)
    }

    /// Reserves `n` sequences, at least one, and returns the first. What is never used leaves a
    /// gap.
    pub async fn reserve_sequence(&self, n: i64) -> Result<i64> {
        self.db.write("reserving sequences", move |tx| Box::pin(reserve_sequence(tx, n))).await
    }

    /// Reserves `n` sequences for the rows of a running import, at least one, and returns the
    /// first. Until the import has ended, [`Snapshot::known_at`](crate::Snapshot::known_at) stays
    /// before them: its rows are still to come.
    pub async fn reserve_sequence_of(&self, import_id: &str, n: i64) -> Result<i64> {
        let id = import_id.to_owned();
        self.db
            .write("reserving sequences", move |tx| {
                Box::pin(async move {
                    let first = reserve_sequence(tx, n).await?;
                    let sql = "UPDATE import SET first_sequence = $2 \
                               WHERE id = $1 AND state = 'running'";
                    match tx.execute(sql, values![id.as_str(), first]).await? {
                        1 => Ok(first),
                        _ => Err(StoreError::invalid(format!("no import `{id}` is running"))),
                    }
                })
            })
            .await
    }

    /// Reserves ids for new identities and keys for new customers, none or more of each.
    pub async fn reserve_keys(&self, n_identities: i64, n_customers: i64) -> Result<ReservedKeys> {
        let may_be = 0..=MAX_RESERVED;
        if !may_be.contains(&n_identities) || !may_be.contains(&n_customers) {
            let reason = format!("`{n_identities}` identities, `{n_customers}` customers");
            return Err(StoreError::invalid(format!("cannot reserve {reason}")));
        }
        let sql = "UPDATE workspace SET next_identity = next_identity + $1, \
                   next_customer = next_customer + $2 RETURNING next_identity, next_customer";
        self.db
            .write("reserving keys", move |tx| {
                Box::pin(async move {
                    let row = tx.one(sql, values![n_identities, n_customers]).await?;
                    let (identity, customer): (i64, i64) = (row.get(0)?, row.get(1)?);
                    Ok(ReservedKeys {
                        first_identity: identity - n_identities,
                        first_customer: customer - n_customers,
                    })
                })
            })
            .await
    }

    /// A setting, if it has been written.
    pub async fn setting(&self, key: &str) -> Result<Option<Value>> {
        let key = key.to_owned();
        self.db
            .read("reading a setting", move |tx| {
                Box::pin(async move {
                    let sql = "SELECT \"value\" FROM setting WHERE \"key\" = $1";
                    let Some(row) = tx.row(sql, values![key.as_str()]).await? else {
                        return Ok(None);
                    };
                    let text: String = row.get(0)?;
                    json(&format!("setting `{key}`"), &text).map(Some)
                })
            })
            .await
    }

    /// Writes a setting, new or known.
    pub async fn put_setting(&self, key: &str, value: &Value) -> Result<()> {
        if key.is_empty() || key.contains('\0') {
            return Err(StoreError::invalid(format!("`{key}` cannot be the name of a setting")));
        }
        let (key, value) = (key.to_owned(), value.to_string());
        self.db
            .write("writing a setting", move |tx| {
                Box::pin(async move {
                    tx.execute(
                        "INSERT INTO setting (\"key\", \"value\") VALUES ($1, $2) \
                         ON CONFLICT (\"key\") DO UPDATE SET \"value\" = excluded.\"value\"",
                        values![key, value],
                    )
                    .await?;
                    Ok(())
                })
            })
            .await
    }

    /// Moves everything committed into the main SQLite file and empties its log, so that a copy of
    /// the file is complete and nothing deleted lingers in the log. Does nothing on PostgreSQL,
    /// which does it by itself. A long-running reader makes it leave the rest in the log.
    pub async fn checkpoint(&self) -> Result<()> {
        match self.db.dialect() {
            crate::db::Dialect::Sqlite => {
                self.db.maintain("checkpointing", "PRAGMA wal_checkpoint(TRUNCATE)").await
            }
            crate::db::Dialect::Postgres => Ok(()),
        }
    }
}

/// The sequence before the first that rows may still come with, of the row of `workspace`.
const KNOWN_AT: &str = "COALESCE((SELECT MIN(first_sequence) FROM import \
                        WHERE state = 'running'), next_sequence) - 1";

async fn workspace(tx: &Tx) -> Result<Workspace> {
    let schema_version = migrate::version(tx).await?;
    let sql = "SELECT id, created_at, n_buckets, zone, week_start, next_sequence, next_customer, \
               next_identity FROM workspace";
    let row = tx.one(sql, []).await?;
    let n_buckets: i64 = row.get(2)?;
    Ok(Workspace {
        id: row.get(0)?,
        created_at: row.get(1)?,
        n_buckets: i32::try_from(n_buckets)
            .map_err(|_| StoreError::corrupt("the workspace", format!("{n_buckets} buckets")))?,
        zone: row.get(3)?,
        week_start: row.get(4)?,
        next_sequence: row.get(5)?,
        next_customer: row.get(6)?,
        next_identity: row.get(7)?,
        schema_version,
    })
}

/// Takes the next `n` sequences; returns the first.
async fn reserve_sequence(tx: &Tx, n: i64) -> Result<i64> {
    if !(1..=MAX_RESERVED).contains(&n) {
        return Err(StoreError::invalid(format!("cannot reserve `{n}` sequences")));
    }
    let sql = "UPDATE workspace SET next_sequence = next_sequence + $1 RETURNING next_sequence";
    let next: i64 = tx.one(sql, values![n]).await?.get(0)?;
    Ok(next - n)
}

/// Refuses what cannot be the name of something saved.
fn check_name(what: &str, name: &str) -> Result<()> {
    let is_name = !name.trim().is_empty()
        && name.chars().count() <= MAX_NAME
        && !name.contains(char::is_control);
    match is_name {
        true => Ok(()),
        false => Err(StoreError::invalid(format!(
            "`{}` cannot be the name of a {what}; give 1 to {MAX_NAME} characters",
            name.escape_debug()
        ))),
    }
}

/// JSON that was written by us.
fn json<T: serde::de::DeserializeOwned>(what: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| StoreError::corrupt(what, error.to_string()))
}
