//! Files in and out of the catalog.

use crate::catalog::{PARTITION_ID, TABLE_FOLDER, TABLE_ID, kept_text};
use crate::db::{Tx, Value, values};
use crate::{Change, ColumnStats, Commit, Conflict, NewDataFile, Result, StoreError};

/// Takes files out of sight of the new snapshot; older snapshots still show them.
pub(super) async fn remove(tx: &Tx, commit: &Commit, snapshot: i64) -> Result<()> {
    let sql = "SELECT data_file_id, record_count FROM ducklake_data_file \
               WHERE end_snapshot IS NULL AND data_file_id IN {keys}";
    let (mut live, mut n_removed) = (Vec::new(), 0_i64);
    for row in tx.rows_for(sql, &commit.remove).await? {
        live.push(row.get::<i64>(0)?);
        n_removed += row.get::<i64>(1)?;
    }
    if let Some(&gone) = commit.remove.iter().find(|id| !live.contains(id)) {
        return Err(StoreError::Conflict(Conflict::FileGone(gone)));
    }
    let n_added: i64 = commit.add.iter().map(|file| file.n_rows).sum();
    if commit.change == Change::Compact && n_added != n_removed {
        let reason = format!("compacting {n_removed} rows into {n_added}");
        return Err(StoreError::invalid(reason));
    }
    let sql = format!(
        "UPDATE ducklake_data_file SET end_snapshot = {snapshot} WHERE data_file_id IN {{keys}}"
    );
    tx.execute_for(&sql, &commit.remove).await?;
    Ok(())
}

/// Publishes files, with ids from `first_id`.
pub(super) async fn add(tx: &Tx, commit: &Commit, snapshot: i64, first_id: i64) -> Result<()> {
    if commit.add.is_empty() {
        return Ok(());
    }
    let paths = commit.add.iter().map(|file| file.path.clone()).collect();
    refuse_known_paths(tx, TABLE_FOLDER, paths).await?;
    let table = Place { table_id: TABLE_ID, partition_id: Some(PARTITION_ID), snapshot, first_id };
    let sizes = commit.add.iter().map(|file| Size {
        path: &file.path,
        n_rows: file.n_rows,
        n_bytes: file.n_bytes,
        footer_size: file.footer_size,
    });
    insert_files(tx, &table, sizes.collect()).await?;
    insert_ours(tx, &commit.add, first_id).await?;
    let columns = ["data_file_id", "table_id", "partition_key_index", "partition_value"];
    let rows = (first_id..)
        .zip(&commit.add)
        .map(|(id, file)| values![id, TABLE_ID, 0_i64, file.bucket.to_string()]);
    tx.insert("ducklake_file_partition_value", columns, rows, "").await?;
    let columns = [
        "data_file_id",
        "table_id",
        "column_id",
        "column_size_bytes",
        "value_count",
        "null_count",
        "min_value",
        "max_value",
    ];
    let rows = (first_id..).zip(&commit.add).flat_map(|(id, file)| {
        file.column_stats.iter().map(move |stats| stats_row(id, file.n_rows, stats))
    });
    tx.insert("ducklake_file_column_stats", columns, rows, "").await?;
    Ok(())
}

/// Where files go: which table and partitioning, from which snapshot on, with ids from which on.
pub(in crate::store) struct Place {
    pub(in crate::store) table_id: i64,
    pub(in crate::store) partition_id: Option<i64>,
    pub(in crate::store) snapshot: i64,
    pub(in crate::store) first_id: i64,
}

/// What the catalog says of every file, whatever its table.
pub(in crate::store) struct Size<'a> {
    pub(in crate::store) path: &'a str,
    pub(in crate::store) n_rows: i64,
    pub(in crate::store) n_bytes: i64,
    pub(in crate::store) footer_size: i64,
}

/// Refuses paths, relative to the folder of their table, that the catalog knows already.
pub(in crate::store) async fn refuse_known_paths(
    tx: &Tx,
    folder: &str,
    paths: Vec<String>,
) -> Result<()> {
    let sql = "SELECT path FROM ducklake_data_file WHERE path IN {keys}";
    if let Some(row) = tx.rows_for(sql, &paths).await?.first() {
        return Err(StoreError::Conflict(Conflict::PathTaken(row.get(0)?)));
    }
    let scheduled: Vec<String> = paths.iter().map(|path| format!("{folder}{path}")).collect();
    let sql = "SELECT path FROM ducklake_files_scheduled_for_deletion WHERE path IN {keys}";
    if let Some(row) = tx.rows_for(sql, &scheduled).await?.first() {
        return Err(StoreError::Conflict(Conflict::PathTaken(row.get(0)?)));
    }
    Ok(())
}

/// Row ids of DuckLake are never used again, so that a change feed can tell rows apart.
async fn take_row_ids(tx: &Tx, table_id: i64, n_rows: i64) -> Result<i64> {
    let sql = "UPDATE ducklake_table_stats SET next_row_id = next_row_id + $1 \
               WHERE table_id = $2 RETURNING next_row_id";
    if let Some(row) = tx.row(sql, values![n_rows, table_id]).await? {
        return Ok(row.get::<i64>(0)? - n_rows);
    }
    tx.execute(
        "INSERT INTO ducklake_table_stats (table_id, record_count, next_row_id, file_size_bytes) \
         VALUES ($1, 0, $2, 0)",
        values![table_id, n_rows],
    )
    .await?;
    Ok(0)
}

/// Writes the rows every file of the catalog has.
pub(in crate::store) async fn insert_files(
    tx: &Tx,
    place: &Place,
    files: Vec<Size<'_>>,
) -> Result<()> {
    let n_rows: i64 = files.iter().map(|file| file.n_rows).sum();
    let mut row_id = take_row_ids(tx, place.table_id, n_rows).await?;
    let columns = [
        "data_file_id",
        "table_id",
        "begin_snapshot",
        "path",
        "path_is_relative",
        "file_format",
        "record_count",
        "file_size_bytes",
        "footer_size",
        "row_id_start",
        "partition_id",
    ];
    let rows = (place.first_id..).zip(files).map(|(id, file)| {
        let row_id_start = row_id;
        row_id += file.n_rows;
        values![
            id,
            place.table_id,
            place.snapshot,
            file.path,
            true,
            "parquet",
            file.n_rows,
            file.n_bytes,
            file.footer_size,
            row_id_start,
            place.partition_id
        ]
    });
    tx.insert("ducklake_data_file", columns, rows, "").await?;
    Ok(())
}

async fn insert_ours(tx: &Tx, files: &[NewDataFile], first_id: i64) -> Result<()> {
    let columns = [
        "data_file_id",
        "import_id",
        "bucket",
        "sha256",
        "min_customer",
        "max_customer",
        "min_ts",
        "max_ts",
        "min_sequence",
        "max_sequence",
        "chunk_checksums",
    ];
    let rows = (first_id..).zip(files).map(|(id, file)| {
        let bounds = &file.bounds;
        values![
            id,
            file.import_id.clone(),
            i64::from(file.bucket),
            file.sha256.as_str(),
            bounds.min_customer,
            bounds.max_customer,
            bounds.min_ts,
            bounds.max_ts,
            bounds.min_sequence,
            bounds.max_sequence,
            file.chunk_checksums.clone()
        ]
    });
    tx.insert("lake_file", columns, rows, "").await?;
    Ok(())
}

fn stats_row(file_id: i64, n_rows: i64, stats: &ColumnStats) -> [Value; 8] {
    let kept = |value: &Option<_>| value.as_ref().and_then(|v| kept_text(stats.column_id, v));
    let (mut min, mut max) = (kept(&stats.min), kept(&stats.max));
    if min.is_none() || max.is_none() {
        // Half a range is none: what one end leaves out may be what the other one promises.
        (min, max) = (None, None);
    }
    let n_values = n_rows - stats.n_nulls;
    let column_id = i64::from(stats.column_id);
    values![file_id, TABLE_ID, column_id, stats.n_bytes, n_values, stats.n_nulls, min, max]
}
