//! Fewer, larger files: the sorted files of a bucket merged while everybody goes on reading.
//!
//! After a compaction a bucket has at most [`MAX_FILES`] files. Which are merged is decided by
//! size: the smallest ones, and with them every file that is not clearly larger than all of those
//! together. So the sizes stay a geometric series of four, and a row is rewritten at most eight
//! times while rows are added a thousand times, if buckets of up to [`DUE_FILES`] files are
//! tolerated in between. Merging is streaming, so memory does not grow with the files.

use datafusion::error::DataFusionError;
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::stream;
use perennial_engine::merge::RunMerge;
use perennial_engine::schema::{event_schema, schema_of};
use perennial_store::{Change, DataFile};
use perennial_types::event::Column;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use crate::dedupe::ids_of;
use crate::error::{LakeError, Result};
use crate::lake::{Lake, commit_of};
use crate::layout::Ids;
use crate::read::LakeFile;
use crate::rows_of::RowsOf;
use crate::write::{FileMaker, Made};

/// Most files of a bucket at rest.
pub const MAX_FILES: usize = 4;
/// Files of a bucket from which a background compaction is worth its while.
pub const DUE_FILES: usize = 8;

/// What a compaction did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compacted {
    /// Files merged.
    pub n_files_in: u64,
    /// Files they became.
    pub n_files_out: u64,
    /// Rows rewritten.
    pub n_rows: u64,
    /// Bytes written.
    pub n_bytes: u64,
}

impl Lake {
    /// Merges files of every bucket that has more than `tolerated`, down to at most
    /// [`MAX_FILES`]. Reading and publishing go on meanwhile.
    pub async fn compact(&self, tolerated: usize) -> Result<Compacted> {
        self.writer()?;
        let lake = self.clone();
        tokio::spawn(async move { lake.compact_buckets(tolerated.max(MAX_FILES)).await }).await?
    }

    async fn compact_buckets(&self, tolerated: usize) -> Result<Compacted> {
        let mut total = Compacted::default();
        for bucket in 0..self.inner.workspace.n_buckets {
            let writer = self.writer()?;
            // Bucket by bucket: an undo that waits need not wait for all of them.
            let _compacting = writer.compacting.lock().await;
            let snapshot = self.inner.store.snapshot().await?;
            let mut files = self.places(snapshot.files)?;
            files.retain(|(file, _)| file.file.bucket == bucket);
            if files.len() <= tolerated {
                continue;
            }
            let merged = pick(files);
            let remove: Vec<i64> = merged.iter().map(|(file, _)| file.id).collect();
            let (maker, runtime) = (writer.files.clone(), Handle::current());
            let made = spawn_blocking(move || merge(&maker, &runtime, bucket, &merged)).await??;
            total.n_files_in += remove.len() as u64;
            total.n_files_out += 1;
            total.n_rows += made.file.n_rows.unsigned_abs();
            total.n_bytes += made.file.n_bytes.unsigned_abs();
            let mut commit = commit_of(Change::Compact);
            commit.remove = remove;
            self.commit(commit, vec![made], None).await?;
        }
        Ok(total)
    }
}

/// The files of a bucket that are to become one.
fn pick(mut files: Vec<(DataFile, LakeFile)>) -> Vec<(DataFile, LakeFile)> {
    files.sort_by_key(|(file, _)| std::cmp::Reverse(file.file.n_bytes));
    let sizes: Vec<i64> = files.iter().map(|(file, _)| file.file.n_bytes).collect();
    let n_kept = n_kept(&sizes);
    files.split_off(n_kept)
}

/// How many of files of these sizes, largest first, stay as they are.
fn n_kept(sizes: &[i64]) -> usize {
    let total: i64 = sizes.iter().sum();
    let mut n_kept = sizes.len().min(MAX_FILES - 1);
    let mut merged: i64 = sizes[n_kept..].iter().sum();
    let ratio = (total as f64 / merged.max(1) as f64).powf(0.25);
    while let Some(next) = n_kept.checked_sub(1).and_then(|last| sizes.get(last)) {
        if *next as f64 > ratio * merged as f64 {
            break;
        }
        merged += next;
        n_kept -= 1;
    }
    n_kept
}

/// Merges files into one. Blocks.
fn merge(
    maker: &FileMaker,
    runtime: &Handle,
    bucket: i32,
    files: &[(DataFile, LakeFile)],
) -> Result<Made> {
    let n_rows: i64 = files.iter().map(|(file, _)| file.file.n_rows).sum();
    let streams =
        files.iter().map(|(_, place)| stream_of(place, None)).collect::<Result<Vec<_>>>()?;
    let mut merge = RunMerge::new(streams);
    let ids = ids_of_all(files)?;
    let mut writer = maker.begin(bucket, usize::try_from(n_rows).unwrap_or(usize::MAX), ids)?;
    while let Some(batch) = runtime.block_on(merge.next())? {
        writer.write(&batch)?;
    }
    let import_id = shared_import(files);
    let made = writer.finish(import_id)?;
    if made.file.n_rows != n_rows {
        let reason = format!("{} rows were merged into {}", n_rows, made.file.n_rows);
        return Err(LakeError::Worker(reason));
    }
    Ok(made)
}

/// What kind of message ids some files hold together.
fn ids_of_all(files: &[(DataFile, LakeFile)]) -> Result<Ids> {
    for (_, place) in files {
        if ids_of(place)? == Ids::Chosen {
            return Ok(Ids::Chosen);
        }
    }
    Ok(Ids::Hashed)
}

/// The import all rows of some files came by, if it is one.
fn shared_import(files: &[(DataFile, LakeFile)]) -> Option<String> {
    let mut imports = files.iter().map(|(file, _)| &file.file.import_id);
    let first = imports.next()?.clone()?;
    imports.all(|other| other.as_deref() == Some(first.as_str())).then_some(first)
}

/// Some or all columns of a file as a stream; reading blocks the thread that polls.
pub(crate) fn stream_of(
    file: &LakeFile,
    columns: Option<&[Column]>,
) -> Result<SendableRecordBatchStream> {
    let (rows, schema) = match columns {
        Some(columns) => (RowsOf::open_columns(file, columns)?, schema_of(columns)),
        None => (RowsOf::open(file)?, event_schema()),
    };
    let rows = rows.map(|rows| rows.map_err(|error| DataFusionError::External(Box::new(error))));
    Ok(Box::pin(RecordBatchStreamAdapter::new(schema, stream::iter(rows))))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows written per row added, when `n` files of some sizes are added one by one and a bucket
    /// with more than `tolerated` is compacted.
    fn amplification(n: usize, tolerated: usize, size: impl Fn(usize) -> i64) -> f64 {
        let mut files: Vec<i64> = Vec::new();
        let (mut written, mut added) = (0, 0);
        for number in 0..n {
            files.push(size(number));
            added += size(number);
            written += size(number);
            if files.len() > tolerated {
                files.sort_unstable_by_key(|size| std::cmp::Reverse(*size));
                let merged: i64 = files.split_off(n_kept(&files)).iter().sum();
                written += merged;
                files.push(merged);
                assert!(files.len() <= MAX_FILES);
            }
        }
        written as f64 / added as f64
    }

    #[test]
    fn a_row_is_rewritten_at_most_eight_times() {
        for n in [10, 100, 1_000] {
            let even = amplification(n, DUE_FILES, |_| 1_000_000);
            let uneven =
                amplification(n, DUE_FILES, |number| [1, 40, 3, 7, 200][number % 5] * 10_000);
            let growing = amplification(n, DUE_FILES, |number| 1_000 + number as i64 * 10);
            let worst = even.max(uneven).max(growing);
            assert!(worst <= 8.0, "{n}: {even:.1} {uneven:.1} {growing:.1}");
        }
    }

    #[test]
    fn a_large_file_is_left_alone() {
        assert_eq!(n_kept(&[1_000_000, 1_000, 900, 800, 700]), 1);
        assert_eq!(n_kept(&[5, 5, 5, 5, 5]), 0);
    }
}
