//! What a question reads: the live files and the pending batches, seen at one instant.

use perennial_types::event::ColumnType;

use super::accept::checksum;
use super::{KNOWN_AT, Store};
use crate::catalog::{self, TABLE_ID, column_type};
use crate::db::{Row, Tx, values};
use crate::{
    Bounds, ColumnStats, DataFile, NewDataFile, PendingBatch, Result, Snapshot, StatValue,
    StoreError,
};

/// The newest row of `ducklake_snapshot`.
pub(super) struct Newest {
    pub(super) id: i64,
    pub(super) at: i64,
    pub(super) schema_version: i64,
    pub(super) next_catalog_id: i64,
    pub(super) next_file_id: i64,
}

impl Store {
    /// Everything a question reads, seen at one instant. Pending batches are verified against
    /// their checksums.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if a batch or a row of the catalog is not what was written, or if
    /// another program has changed the lake in a way Perennial does not read.
    pub async fn snapshot(&self) -> Result<Snapshot> {
        self.db.read("reading a snapshot", |tx| Box::pin(snapshot(tx))).await
    }
}

async fn snapshot(tx: &Tx) -> Result<Snapshot> {
    let newest = newest(tx).await?;
    refuse_foreign_rows(tx).await?;
    let sql = format!("SELECT next_sequence, {KNOWN_AT} FROM workspace");
    let sequences = tx.one(&sql, []).await?;
    Ok(Snapshot {
        id: newest.id,
        at: newest.at,
        files: files(tx, "f.end_snapshot IS NULL").await?,
        pending: pending(tx).await?,
        next_sequence: sequences.get(0)?,
        known_at: sequences.get(1)?,
    })
}

pub(super) async fn newest(tx: &Tx) -> Result<Newest> {
    let at = tx.dialect().instant_text("snapshot_time");
    let sql = format!(
        "SELECT snapshot_id, {at}, schema_version, next_catalog_id, next_file_id \
         FROM ducklake_snapshot ORDER BY snapshot_id DESC LIMIT 1"
    );
    let row = tx.one(&sql, []).await?;
    let (id, at): (i64, String) = (row.get(0)?, row.get(1)?);
    let at = catalog::instant_of(&at)
        .ok_or_else(|| StoreError::corrupt(format!("snapshot {id}"), format!("time `{at}`")))?;
    Ok(Newest {
        id,
        at,
        schema_version: row.get(2)?,
        next_catalog_id: row.get(3)?,
        next_file_id: row.get(4)?,
    })
}

/// Rows that only another program writes, and without which an answer would be wrong.
async fn refuse_foreign_rows(tx: &Tx) -> Result<()> {
    let sql = "SELECT (SELECT COUNT(*) FROM ducklake_delete_file WHERE end_snapshot IS NULL) \
               + (SELECT COUNT(*) FROM ducklake_inlined_data_tables)";
    let n_foreign: i64 = tx.one(sql, []).await?.get(0)?;
    match n_foreign {
        0 => Ok(()),
        _ => Err(StoreError::corrupt(
            "the catalog",
            "another program has deleted or inlined rows of the lake",
        )),
    }
}

/// The files for which `condition` on `f` (`ducklake_data_file`) holds, by id.
pub(super) async fn files(tx: &Tx, condition: &str) -> Result<Vec<DataFile>> {
    let sql = format!(
        "SELECT f.data_file_id, f.begin_snapshot, f.end_snapshot, f.path, f.record_count, \
         f.file_size_bytes, f.footer_size, l.import_id, l.bucket, l.sha256, l.min_customer, \
         l.max_customer, l.min_ts, l.max_ts, l.min_sequence, l.max_sequence, l.chunk_checksums \
         FROM ducklake_data_file f \
         LEFT JOIN lake_file l ON l.data_file_id = f.data_file_id \
         WHERE f.table_id = $1 AND {condition} ORDER BY f.data_file_id"
    );
    let rows = tx.rows(&sql, values![TABLE_ID]).await?;
    let mut files = rows.iter().map(file).collect::<Result<Vec<_>>>()?;
    add_stats(tx, condition, &mut files).await?;
    Ok(files)
}

fn file(row: &Row) -> Result<DataFile> {
    let id: i64 = row.get(0)?;
    let bucket: Option<i64> = row.get(8)?;
    let bucket = bucket.and_then(|bucket| i32::try_from(bucket).ok()).ok_or_else(|| {
        StoreError::corrupt(format!("data file {id}"), "it was not written by Perennial")
    })?;
    Ok(DataFile {
        id,
        begin_snapshot: row.get(1)?,
        end_snapshot: row.get(2)?,
        file: NewDataFile {
            bucket,
            path: row.get(3)?,
            n_rows: row.get(4)?,
            n_bytes: row.get(5)?,
            footer_size: row.get(6)?,
            import_id: row.get(7)?,
            sha256: row.get(9)?,
            bounds: Bounds {
                min_customer: row.get(10)?,
                max_customer: row.get(11)?,
                min_ts: row.get(12)?,
                max_ts: row.get(13)?,
                min_sequence: row.get(14)?,
                max_sequence: row.get(15)?,
            },
            chunk_checksums: row.get(16)?,
            column_stats: Vec::new(),
        },
    })
}

/// File, column, bytes, nulls, smallest, largest.
type PackedStats = (i64, i64, i64, i64, Option<String>, Option<String>);

async fn add_stats(tx: &Tx, condition: &str, files: &mut [DataFile]) -> Result<()> {
    let columns = "s.data_file_id, s.column_id, s.column_size_bytes, s.null_count, \
                   s.min_value, s.max_value";
    let from = format!(
        "FROM ducklake_file_column_stats s \
         JOIN ducklake_data_file f ON f.data_file_id = s.data_file_id \
         WHERE f.table_id = $1 AND {condition}"
    );
    let mut packed: Vec<PackedStats> = tx.packed(columns, &from, values![TABLE_ID]).await?;
    packed.sort_unstable_by_key(|stats| (stats.0, stats.1));
    let mut files = files.iter_mut().peekable();
    for (file_id, column_id, n_bytes, n_nulls, min, max) in packed {
        while files.next_if(|file| file.id < file_id).is_some() {}
        let damaged = || {
            let what = format!("statistics of data file {file_id}, column {column_id}");
            StoreError::corrupt(what, "they belong to no column or no file")
        };
        let file = files.peek_mut().filter(|file| file.id == file_id).ok_or_else(damaged)?;
        let column_type = column_type(column_id).ok_or_else(damaged)?;
        file.file.column_stats.push(ColumnStats {
            column_id: i32::try_from(column_id).map_err(|_| damaged())?,
            n_bytes,
            n_nulls,
            min: stat(column_type, min).ok_or_else(damaged)?,
            max: stat(column_type, max).ok_or_else(damaged)?,
        });
    }
    Ok(())
}

/// The value of a statistic; the outer `None` if its text is not of that type.
fn stat(column_type: ColumnType, text: Option<String>) -> Option<Option<StatValue>> {
    match text {
        None => Some(None),
        Some(text) => catalog::value_of(column_type, &text).map(Some),
    }
}

async fn pending(tx: &Tx) -> Result<Vec<PendingBatch>> {
    let sql = "SELECT id, first_sequence, n_rows, body, received_at, source, checksum \
               FROM pending_batch ORDER BY id";
    let mut pending = Vec::new();
    for row in tx.rows(sql, []).await? {
        let batch = PendingBatch {
            id: row.get(0)?,
            first_sequence: row.get(1)?,
            n_rows: row.get(2)?,
            body: row.get(3)?,
            received_at: row.get(4)?,
            source: row.get(5)?,
        };
        let written: i64 = row.get(6)?;
        if checksum(&batch.body, batch.first_sequence) != written {
            let what = format!("pending batch {}", batch.id);
            return Err(StoreError::corrupt(what, "its checksum does not match"));
        }
        pending.push(batch);
    }
    Ok(pending)
}
