//! Accepted rows that are in no file yet.
//!
//! A pending batch is Arrow IPC in the operational database, in the order of arrival: its row `i`
//! has the sequence `first_sequence + i`. Whoever reads a snapshot sees the pending
//! rows that no file and no earlier pending row has: the same rows the next flush will write.

use std::io::Cursor;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{
    ArrayRef, AsArray, Int32Array, Int64Array, RecordBatch, StringArray, UInt32Array,
};
use arrow::compute::{concat_batches, take_record_batch};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use perennial_engine::schema::event_schema;
use perennial_store::{DataFile, PendingBatch};
use perennial_types::event::Column;
use tokio::task::spawn_blocking;

use crate::dedupe::{Incoming, Judge, Verdict};
use crate::error::{LakeError, Result};
use crate::layout::bucket_of;
use crate::message_id::ID_BYTES;
use crate::read::LakeFile;

/// The unseen pending rows of the snapshot that was read last.
pub(crate) type Cache = Arc<Mutex<Option<Cached>>>;

/// Pending rows by bucket.
pub(crate) type ByBucket = Vec<(i32, RecordBatch)>;

/// Unseen pending rows and what they depend on.
#[derive(Debug)]
pub(crate) struct Cached {
    snapshot_id: i64,
    batches: Vec<i64>,
    rows: ByBucket,
}

/// A batch of rows as it is accepted.
pub(crate) fn encode(rows: &RecordBatch) -> Result<Vec<u8>> {
    let mut writer = StreamWriter::try_new(Vec::new(), rows.schema_ref())?;
    writer.write(rows)?;
    Ok(writer.into_inner()?)
}

/// The rows of a pending batch, with their buckets and sequences.
pub(crate) fn decode(batch: &PendingBatch, n_buckets: i32) -> Result<RecordBatch> {
    let unreadable = |reason: String| LakeError::Pending { id: batch.id, reason };
    let reader = StreamReader::try_new(Cursor::new(&batch.body), None);
    let reader = reader.map_err(|error| unreadable(error.to_string()))?;
    let rows =
        reader.collect::<Result<Vec<_>, _>>().map_err(|error| unreadable(error.to_string()))?;
    let rows =
        concat_batches(&event_schema(), &rows).map_err(|error| unreadable(error.to_string()))?;
    if i64::try_from(rows.num_rows()) != Ok(batch.n_rows) {
        return Err(unreadable(format!("{} rows instead of {}", rows.num_rows(), batch.n_rows)));
    }
    let customers = rows.column(Column::Customer as usize).as_primitive::<Int64Type>();
    let buckets: Int32Array =
        customers.values().iter().map(|customer| bucket_of(*customer, n_buckets)).collect();
    let sequences: Int64Array =
        (batch.first_sequence..batch.first_sequence + batch.n_rows).collect();
    let mut columns: Vec<ArrayRef> = rows.columns().to_vec();
    columns[Column::Bucket as usize] = Arc::new(buckets);
    columns[Column::Sequence as usize] = Arc::new(sequences);
    Ok(RecordBatch::try_new(event_schema(), columns)?)
}

/// Pending rows of one bucket.
struct Rows {
    batch: RecordBatch,
    customers: Int64Array,
    ts: Vec<i64>,
    sequences: Int64Array,
    ids: StringArray,
}

impl Rows {
    fn new(batch: RecordBatch) -> Rows {
        let integers =
            |column: Column| batch.column(column as usize).as_primitive::<Int64Type>().clone();
        let ts = batch.column(Column::Ts as usize).as_primitive::<TimestampMicrosecondType>();
        Rows {
            customers: integers(Column::Customer),
            ts: ts.values().to_vec(),
            sequences: integers(Column::Sequence),
            ids: batch.column(Column::MessageId as usize).as_string::<i32>().clone(),
            batch,
        }
    }
}

impl Incoming for Rows {
    fn len(&self) -> usize {
        self.batch.num_rows()
    }

    fn customer(&self, index: usize) -> i64 {
        self.customers.value(index)
    }

    fn ts(&self, index: usize) -> i64 {
        self.ts[index]
    }

    fn message_id<'a>(&'a self, index: usize, _scratch: &'a mut [u8; ID_BYTES]) -> &'a [u8] {
        self.ids.value(index).as_bytes()
    }

    fn is_mapped(&self, _index: usize) -> bool {
        true
    }

    fn arrival(&self, index: usize) -> u64 {
        self.sequences.value(index).unsigned_abs()
    }

    fn rows(&self, range: std::ops::Range<usize>) -> Result<RecordBatch> {
        Ok(self.batch.slice(range.start, range.len()))
    }
}

/// Pending rows that were not unseen: their batch of the bucket, row and verdict.
pub(crate) struct Judged {
    /// New rows by bucket, sorted by customer, instant and sequence.
    pub(crate) new: ByBucket,
    /// Rows whose id another row has, by bucket.
    pub(crate) reused: Vec<RecordBatch>,
}

/// Judges pending rows against files and among themselves. Blocks.
pub(crate) fn judge(
    batches: &[PendingBatch],
    files: &[(DataFile, LakeFile)],
    n_buckets: i32,
) -> Result<Judged> {
    let decoded =
        batches.iter().map(|batch| decode(batch, n_buckets)).collect::<Result<Vec<_>>>()?;
    let all = concat_batches(&event_schema(), &decoded)?;
    let rows = Rows::new(all);
    let buckets =
        rows.batch.column(Column::Bucket as usize).as_primitive::<arrow::datatypes::Int32Type>();
    let mut order: Vec<u32> = (0..rows.len() as u32).collect();
    order.sort_unstable_by_key(|row| {
        let row = *row as usize;
        (buckets.value(row), rows.customers.value(row), rows.ts[row], rows.sequences.value(row))
    });
    let mut judged = Judged { new: Vec::new(), reused: Vec::new() };
    for of_bucket in order
        .chunk_by(|left, right| buckets.value(*left as usize) == buckets.value(*right as usize))
    {
        let Some(bucket) = of_bucket.first().map(|row| buckets.value(*row as usize)) else {
            continue;
        };
        let picked = take_record_batch(&rows.batch, &UInt32Array::from(of_bucket.to_vec()))?;
        let picked = Rows::new(picked);
        let mut judge = Judge::new(&picked);
        for (_, place) in files.iter().filter(|(file, _)| file.file.bucket == bucket) {
            judge.against_file(place)?;
        }
        judge.among_themselves()?;
        let verdicts = judge.finish();
        let with = |verdict: Verdict| -> UInt32Array {
            (0..)
                .zip(&verdicts)
                .filter(|(_, found)| **found == verdict)
                .map(|(row, _)| row)
                .collect()
        };
        let (new, reused) = (with(Verdict::New), with(Verdict::Reused));
        if !new.is_empty() {
            judged.new.push((bucket, take_record_batch(&picked.batch, &new)?));
        }
        if !reused.is_empty() {
            judged.reused.push(take_record_batch(&picked.batch, &reused)?);
        }
    }
    Ok(judged)
}

/// The pending rows a snapshot shows beside its files, by bucket, each sorted.
pub(crate) async fn unseen(
    cache: &Cache,
    snapshot_id: i64,
    batches: Vec<PendingBatch>,
    files: &[(DataFile, LakeFile)],
    n_buckets: i32,
) -> Result<ByBucket> {
    if batches.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = batches.iter().map(|batch| batch.id).collect();
    if let Some(cached) = cache.lock().unwrap_or_else(PoisonError::into_inner).as_ref()
        && cached.snapshot_id == snapshot_id
        && cached.batches == ids
    {
        return Ok(cached.rows.clone());
    }
    let files = files.to_vec();
    let judged = spawn_blocking(move || judge(&batches, &files, n_buckets)).await??;
    let rows = judged.new;
    *cache.lock().unwrap_or_else(PoisonError::into_inner) =
        Some(Cached { snapshot_id, batches: ids, rows: rows.clone() });
    Ok(rows)
}
