//! Migrations: a list, each applied in one transaction, none ever changed once released.
//!
//! The table `perennial_migration` says which have been applied; a database that holds tables but
//! not this one belongs to somebody else.

use std::sync::Arc;

use crate::db::{Database, Dialect, Tx, values};
use crate::{Micros, NewWorkspace, Result, StoreError, catalog};

/// A step from one version of the tables to the next.
struct Migration {
    name: &'static str,
    sql: &'static str,
}

/// Every migration; the version of a migration is its place, from 1.
const MIGRATIONS: [Migration; 6] = [
    Migration { name: "catalog", sql: include_str!("migrations/0001_catalog.sql") },
    Migration { name: "workspace", sql: include_str!("migrations/0002_workspace.sql") },
    Migration { name: "segment", sql: include_str!("migrations/0003_segment.sql") },
    Migration { name: "dashboard", sql: include_str!("migrations/0004_dashboard.sql") },
    Migration { name: "model", sql: include_str!("migrations/0005_model.sql") },
    Migration { name: "import_sequence", sql: include_str!("migrations/0006_import_sequence.sql") },
];

const KNOWN: i64 = MIGRATIONS.len() as i64;

/// Brings the tables up to this version and creates the workspace if there is none.
pub(crate) async fn migrate(db: &Arc<Database>, now: Micros, new: NewWorkspace) -> Result<()> {
    let place = db.place();
    db.write("preparing the database", move |tx| {
        Box::pin(async move {
            if !has_table(tx, "perennial_migration").await? {
                refuse_foreign(tx, &place).await?;
                tx.script(
                    "CREATE TABLE perennial_migration(\
                     version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)",
                )
                .await?;
            }
            Ok(())
        })
    })
    .await?;
    for (version, migration) in (1..).zip(&MIGRATIONS) {
        db.write("migrating the database", move |tx| {
            Box::pin(async move { apply(tx, version, migration, now).await })
        })
        .await?;
    }
    db.write("creating the workspace", move |tx| {
        Box::pin(async move {
            match tx.row("SELECT id FROM workspace", []).await? {
                Some(_) => Ok(()),
                None => catalog::create(tx, now, &new).await,
            }
        })
    })
    .await
}

/// Refuses a database this version cannot read as it is.
pub(crate) async fn require_current(db: &Arc<Database>) -> Result<()> {
    let place = db.place();
    db.read("opening the workspace", move |tx| {
        Box::pin(async move {
            if !has_table(tx, "perennial_migration").await? {
                refuse_foreign(tx, &place).await?;
                return Err(StoreError::NotFound { place });
            }
            let found = version(tx).await?;
            refuse_newer(found)?;
            if found < KNOWN {
                return Err(StoreError::SchemaTooOld { found, known: KNOWN });
            }
            match tx.row("SELECT id FROM workspace", []).await? {
                Some(_) => Ok(()),
                None => Err(StoreError::NotFound { place }),
            }
        })
    })
    .await
}

/// Version of the tables.
pub(crate) async fn version(tx: &Tx) -> Result<i64> {
    let sql = "SELECT COALESCE(MAX(version), 0) FROM perennial_migration";
    tx.one(sql, []).await?.get(0)
}

async fn apply(tx: &Tx, version_to: i64, migration: &Migration, now: Micros) -> Result<()> {
    let found = version(tx).await?;
    refuse_newer(found)?;
    if found >= version_to {
        return Ok(());
    }
    tx.script(&tx.dialect().ddl(migration.sql)).await?;
    tx.execute(
        "INSERT INTO perennial_migration (version, name, applied_at) VALUES ($1, $2, $3)",
        values![version_to, migration.name, now],
    )
    .await?;
    tracing::info!(version = version_to, name = migration.name, "migrated the database");
    Ok(())
}

fn refuse_newer(found: i64) -> Result<()> {
    match found > KNOWN {
        true => Err(StoreError::SchemaTooNew { found, known: KNOWN }),
        false => Ok(()),
    }
}

async fn refuse_foreign(tx: &Tx, place: &str) -> Result<()> {
    let sql = match tx.dialect() {
        Dialect::Sqlite => "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table'",
        Dialect::Postgres => "SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema()",
    };
    let n_tables: i64 = tx.one(sql, []).await?.get(0)?;
    match n_tables {
        0 => Ok(()),
        _ => Err(StoreError::Foreign { place: place.to_owned() }),
    }
}

async fn has_table(tx: &Tx, name: &str) -> Result<bool> {
    let sql = match tx.dialect() {
        Dialect::Sqlite => "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = $1",
        Dialect::Postgres => {
            "SELECT COUNT(*) FROM pg_tables \
             WHERE schemaname = current_schema() AND tablename = $1"
        }
    };
    let n_tables: i64 = tx.one(sql, values![name]).await?.get(0)?;
    Ok(n_tables > 0)
}
