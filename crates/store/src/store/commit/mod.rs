//! The one transaction that changes the lake: catalog, pending batches, identities, imports and
//! dead letters move together or not at all.

pub(super) mod files;
pub(super) mod shape;
mod totals;

use super::Store;
use super::dead_letter::insert_letters;
use super::identity::insert_identities;
use super::import::update;
use super::snapshot::{Newest, newest};
use crate::catalog::{TABLE_ID, instant_text};
use crate::db::{Tx, values};
use crate::{Change, Commit, Conflict, Result, StoreError};

pub(super) use totals::{
    Totals, compute as compute_totals, refresh as refresh_totals, refresh_counts,
};

impl Store {
    /// Makes a change of the lake true, wholly or not at all; returns the newest snapshot.
    ///
    /// A commit that neither adds nor removes files makes no snapshot and returns the newest one.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the catalog is not what the caller believed,
    /// [`StoreError::Invalid`] if the change contradicts itself. Nothing was written then. After
    /// an error that is not [`StoreError::is_certain`] the files may be live: keep them.
    pub async fn commit(&self, commit: Commit) -> Result<i64> {
        shape::check(&commit)?;
        self.db
            .write("committing to the lake", move |tx| {
                Box::pin(async move { apply(tx, &commit).await })
            })
            .await
    }
}

async fn apply(tx: &Tx, commit: &Commit) -> Result<i64> {
    let newest = newest(tx).await?;
    if let Some(expected) = commit.expect_snapshot.filter(|&expected| expected != newest.id) {
        return Err(StoreError::Conflict(Conflict::Snapshot { expected, found: newest.id }));
    }
    shape::check_against_workspace(tx, commit).await?;
    insert_identities(tx, &commit.identities).await?;
    finish_pending(tx, &commit.pending_done).await?;
    for import in &commit.imports {
        update(tx, import).await?;
    }
    insert_letters(tx, &commit.dead_letters).await?;
    if !commit.moves_files() {
        return Ok(newest.id);
    }
    let id = newest.id + 1;
    files::remove(tx, commit, id).await?;
    files::add(tx, commit, id, newest.next_file_id).await?;
    totals::refresh(tx).await?;
    let next = Newest {
        id,
        at: commit.at.max(newest.at),
        next_file_id: newest.next_file_id + count(commit.add.len()),
        ..newest
    };
    insert_snapshot(tx, &next, changes_made(commit)).await?;
    Ok(id)
}

/// A number of things as the catalog counts them.
pub(super) fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

async fn finish_pending(tx: &Tx, ids: &[i64]) -> Result<()> {
    let found = tx.rows_for("SELECT id FROM pending_batch WHERE id IN {keys}", ids).await?;
    let found = found.iter().map(|row| row.get(0)).collect::<Result<Vec<i64>>>()?;
    if let Some(&gone) = ids.iter().find(|id| !found.contains(id)) {
        return Err(StoreError::Conflict(Conflict::PendingGone(gone)));
    }
    tx.execute_for("DELETE FROM pending_batch WHERE id IN {keys}", ids).await?;
    Ok(())
}

/// Writes the next snapshot. Its time is never before that of the last one: DuckDB finds snapshots
/// by their time, and a clock that was set back must not reorder history.
pub(super) async fn insert_snapshot(tx: &Tx, next: &Newest, changes: String) -> Result<()> {
    let at = instant_text(next.at).ok_or_else(|| {
        StoreError::invalid(format!("`{}` µs is not a time of this era", next.at))
    })?;
    let sql = format!(
        "INSERT INTO ducklake_snapshot \
         (snapshot_id, snapshot_time, schema_version, next_catalog_id, next_file_id) \
         VALUES ($2, {}, $3, $4, $5)",
        tx.dialect().instant("$1")
    );
    let row = values![at, next.id, next.schema_version, next.next_catalog_id, next.next_file_id];
    tx.execute(&sql, row).await?;
    tx.execute(
        "INSERT INTO ducklake_snapshot_changes (snapshot_id, changes_made) VALUES ($1, $2)",
        values![next.id, changes],
    )
    .await?;
    Ok(())
}

/// The change in the words of DuckLake.
fn changes_made(commit: &Commit) -> String {
    let (inserted, deleted) =
        (format!("inserted_into_table:{TABLE_ID}"), format!("deleted_from_table:{TABLE_ID}"));
    match commit.change {
        Change::Insert => inserted,
        Change::Compact => format!("merge_adjacent:{TABLE_ID}"),
        Change::Rewrite | Change::Delete if commit.add.is_empty() => deleted,
        Change::Rewrite | Change::Delete => format!("{inserted},{deleted}"),
    }
}
