//! Old files: from "no snapshot needs them" to "gone".
//!
//! A removed file stays in the catalog, and on disk, until [`Store::purge_files`] says that no
//! reader needs it; then it is scheduled for deletion, deleted by the lake, and forgotten.

use std::collections::HashSet;

use super::Store;
use super::commit::refresh_totals;
use super::snapshot::files;
use crate::catalog::{TABLE_FOLDER, TABLE_ID, instant_text};
use crate::db::{Tx, values};
use crate::{Conflict, DataFile, Micros, Result, ScheduledFile, StoreError};

impl Store {
    /// The files that no snapshot from `before_snapshot` on shows, by id.
    pub async fn expired_files(&self, before_snapshot: i64) -> Result<Vec<DataFile>> {
        let condition = format!("f.end_snapshot <= {before_snapshot}");
        self.db
            .read("reading expired files", move |tx| {
                Box::pin(async move { files(tx, &condition).await })
            })
            .await
    }

    /// Drops expired files from the catalog, with the snapshots that showed them, and schedules
    /// them for deletion.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] if a file is live, [`Conflict::FileGone`] if it is not known.
    pub async fn purge_files(&self, ids: &[i64], at: Micros) -> Result<()> {
        let ids = ids.to_vec();
        self.db
            .write("purging files", move |tx| Box::pin(async move { purge(tx, &ids, at).await }))
            .await
    }

    /// The files scheduled for deletion, by id.
    pub async fn scheduled_files(&self) -> Result<Vec<ScheduledFile>> {
        self.db.read("reading scheduled files", |tx| Box::pin(scheduled(tx))).await
    }

    /// Forgets scheduled files once they are deleted.
    pub async fn forget_scheduled(&self, ids: &[i64]) -> Result<()> {
        let ids = ids.to_vec();
        let sql = "DELETE FROM ducklake_files_scheduled_for_deletion WHERE data_file_id IN {keys}";
        self.db
            .write("forgetting deleted files", move |tx| {
                Box::pin(async move { tx.execute_for(sql, &ids).await.map(drop) })
            })
            .await
    }

    /// Every path the catalog still knows, live, removed or scheduled, relative to the table's
    /// folder. Any other file in it is an orphan.
    pub async fn all_paths(&self) -> Result<HashSet<String>> {
        self.db
            .read("reading paths", |tx| {
                Box::pin(async move {
                    let sql = "SELECT path FROM ducklake_data_file WHERE table_id = $1";
                    let rows = tx.rows(sql, values![TABLE_ID]).await?;
                    let known: Result<HashSet<String>> =
                        rows.iter().map(|row| row.get(0)).collect();
                    let mut paths = known?;
                    paths.extend(scheduled(tx).await?.into_iter().map(|file| file.path));
                    Ok(paths)
                })
            })
            .await
    }
}

async fn scheduled(tx: &Tx) -> Result<Vec<ScheduledFile>> {
    let sql = "SELECT data_file_id, path FROM ducklake_files_scheduled_for_deletion \
               ORDER BY data_file_id";
    let mut scheduled = Vec::new();
    for row in tx.rows(sql, []).await? {
        let path: String = row.get(1)?;
        // Another program may have scheduled files of tables of its own.
        if let Some(path) = path.strip_prefix(TABLE_FOLDER) {
            scheduled.push(ScheduledFile { id: row.get(0)?, path: path.to_owned() });
        }
    }
    Ok(scheduled)
}

async fn purge(tx: &Tx, ids: &[i64], at: Micros) -> Result<()> {
    let sql = "SELECT data_file_id, path, begin_snapshot, end_snapshot FROM ducklake_data_file \
               WHERE data_file_id IN {keys}";
    let (mut files, mut shown) = (Vec::new(), Vec::new());
    for row in tx.rows_for(sql, ids).await? {
        let (id, path): (i64, String) = (row.get(0)?, row.get(1)?);
        let end: Option<i64> = row.get(3)?;
        let end = end.ok_or_else(|| StoreError::invalid(format!("data file {id} is live")))?;
        shown.push((row.get::<i64>(2)?, end));
        files.push((id, path));
    }
    if let Some(&gone) = ids.iter().find(|&&id| !files.iter().any(|(known, _)| *known == id)) {
        return Err(StoreError::Conflict(Conflict::FileGone(gone)));
    }
    schedule(tx, &files, at).await?;
    // A snapshot that shows a file which is no longer there must go with it.
    shown.sort_unstable();
    shown.dedup();
    for (begin, end) in shown {
        for table in ["ducklake_snapshot", "ducklake_snapshot_changes"] {
            let sql = format!("DELETE FROM {table} WHERE snapshot_id >= $1 AND snapshot_id < $2");
            tx.execute(&sql, values![begin, end]).await?;
        }
    }
    for table in [
        "ducklake_file_column_stats",
        "ducklake_file_partition_value",
        "lake_file",
        "ducklake_data_file",
    ] {
        let sql = format!("DELETE FROM {table} WHERE data_file_id IN {{keys}}");
        tx.execute_for(&sql, ids).await?;
    }
    refresh_totals(tx).await
}

async fn schedule(tx: &Tx, files: &[(i64, String)], at: Micros) -> Result<()> {
    let at = instant_text(at)
        .ok_or_else(|| StoreError::invalid(format!("`{at}` µs is not a time of this era")))?;
    let sql = format!(
        "INSERT INTO ducklake_files_scheduled_for_deletion \
         (schedule_start, data_file_id, path, path_is_relative) VALUES ({}, $2, $3, $4)",
        tx.dialect().instant("$1")
    );
    for (id, path) in files {
        let row = values![at.as_str(), *id, format!("{TABLE_FOLDER}{path}"), true];
        tx.execute(&sql, row).await?;
    }
    Ok(())
}
