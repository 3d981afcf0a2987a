//! From staged rows to files: buckets sorted, judged and written by all cores.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use perennial_store::NewDeadLetter;
use perennial_types::event::Column;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::dedupe::{Incoming, Judge, Verdict};
use crate::error::{LakeError, Result};
use crate::identity::Entry;
use crate::ingest::{Step, Watch};
use crate::lake::{Lake, SharedResolver};
use crate::message_id::ID_BYTES;
use crate::refunds;
use crate::scan::LakeSource;
use crate::sorted::{Common, Sorted};
use crate::spill::{Part, Spill};
use crate::staging::{Buffer, Staging};
use crate::write::{FileMaker, Made};

/// Rows gathered and encoded at a time.
const BATCH_ROWS: usize = 64 * 1024;
/// A row whose message id another row of the customer has.
pub(crate) const REUSED: &str = "message_id_reused";

/// How an import is published.
pub(crate) struct Publication {
    /// What stands in the column `source`: the import's id.
    pub(crate) source: String,
    pub(crate) file_name: String,
    pub(crate) ingested_at: i64,
    /// Sequence of row 1 of the input.
    pub(crate) first_sequence: i64,
    pub(crate) resolver: SharedResolver,
    pub(crate) watch: Arc<dyn Watch>,
    pub(crate) cancel: CancellationToken,
    pub(crate) n_threads: NonZeroUsize,
    /// The rows that are there.
    pub(crate) there: LakeSource,
    /// Memory for rows read back from disk, in bytes.
    pub(crate) memory_bytes: usize,
}

/// Files that are durable but not committed, and what became of the rows.
#[derive(Debug, Default)]
pub(crate) struct Published {
    pub(crate) made: Vec<Made>,
    /// Identities of the accepted rows.
    pub(crate) used: Vec<Entry>,
    pub(crate) n_accepted: u64,
    pub(crate) n_duplicate: u64,
    pub(crate) reused: Vec<NewDeadLetter>,
}

impl Published {
    fn add(&mut self, other: Published) {
        self.made.extend(other.made);
        self.used.extend(other.used);
        self.n_accepted += other.n_accepted;
        self.n_duplicate += other.n_duplicate;
        self.reused.extend(other.reused);
    }
}

/// Writes every bucket's new rows into a file.
pub(crate) async fn publish(
    lake: &Lake,
    staging: Staging,
    spill: Option<Spill>,
    publication: Publication,
) -> Result<Published> {
    let resolved = {
        let resolver = publication.resolver.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::from(resolver.entries())
    };
    let common = Common {
        source: publication.source.clone(),
        ingested_at: publication.ingested_at,
        first_sequence: publication.first_sequence,
        events: Arc::new(staging.events.array()),
        currencies: Arc::new(staging.currencies.array()),
        resolved,
    };
    let part_bytes = publication.memory_bytes / publication.n_threads;
    let parts = spill.as_ref().map(|spill| (spill, spill.parts(part_bytes, &common.resolved)));
    let buckets = (0..).zip(staging.buckets).flat_map(|(bucket, buffer)| match &parts {
        Some((spill, _)) if !spill.has_rows(bucket as usize) => Vec::new(),
        Some((_, parts)) => {
            parts.iter().map(|part| (bucket, Staged::Spilled(part.clone()))).collect()
        }
        None if buffer.len() == 0 => Vec::new(),
        None => vec![(bucket, Staged::Buffer(Box::new(buffer)))],
    });
    let buckets = Mutex::new(buckets.collect());
    let work = Arc::new(Work {
        buckets,
        spill,
        files: lake.writer()?.files.clone(),
        common,
        publication,
        n_written: AtomicU64::new(0),
        total_rows: staging.n_rows,
        is_stopped: AtomicBool::new(false),
    });
    let mut workers = JoinSet::new();
    for _ in 0..work.publication.n_threads.get() {
        let work = work.clone();
        workers.spawn_blocking(move || {
            work.run().inspect_err(|_| work.is_stopped.store(true, Ordering::Relaxed))
        });
    }
    let mut published = Ok(Published::default());
    while let Some(done) = workers.join_next().await {
        // All workers are waited for, so that no file appears after an error was reported.
        match (&mut published, done.map_err(LakeError::from).flatten()) {
            (Ok(published), Ok(done)) => published.add(done),
            // A worker that stopped because another failed is not the one to report.
            (Ok(_) | Err(LakeError::Cancelled(_)), Err(error)) => published = Err(error),
            (Err(_), _) => {}
        }
    }
    published
}

/// Rows of a bucket that become one file.
enum Staged {
    Buffer(Box<Buffer>),
    Spilled(Part),
}

/// What the workers share.
struct Work {
    buckets: Mutex<VecDeque<(i32, Staged)>>,
    spill: Option<Spill>,
    files: FileMaker,
    common: Common,
    publication: Publication,
    n_written: AtomicU64,
    total_rows: u64,
    is_stopped: AtomicBool,
}

impl Work {
    fn run(&self) -> Result<Published> {
        let mut published = Published::default();
        loop {
            let next = self.buckets.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some((bucket, staged)) = next else { return Ok(published) };
            let buffer = match (staged, &self.spill) {
                (Staged::Buffer(buffer), _) => *buffer,
                (Staged::Spilled(part), Some(spill)) => {
                    spill.read(bucket as usize, &part, &self.common.resolved)?
                }
                (Staged::Spilled(_), None) => Buffer::default(),
            };
            published.add(self.bucket(bucket, buffer)?);
        }
    }

    fn bucket(&self, bucket: i32, buffer: Buffer) -> Result<Published> {
        let mut sorted = Sorted::new(bucket, buffer, self.common.clone());
        refunds::link(&mut sorted);
        let verdicts = self.judge(&sorted)?;
        let mut published = self.take_out(&mut sorted, &verdicts);
        if sorted.len() == 0 {
            return Ok(published);
        }
        let mut file = self.files.begin(bucket, sorted.len(), sorted.ids())?;
        for start in (0..sorted.len()).step_by(BATCH_ROWS) {
            if self.publication.cancel.is_cancelled() || self.is_stopped.load(Ordering::Relaxed) {
                return Err(LakeError::Cancelled(self.publication.file_name.clone()));
            }
            let end = (start + BATCH_ROWS).min(sorted.len());
            file.write(&sorted.batch(start..end)?)?;
            let n_rows = (end - start) as u64;
            let rows = self.n_written.fetch_add(n_rows, Ordering::Relaxed) + n_rows;
            self.publication.watch.at(Step::Writing { rows, total_rows: self.total_rows });
        }
        published.made.push(file.finish(Some(self.common.source.clone()))?);
        published.used = sorted.entries();
        published.n_accepted = sorted.len() as u64;
        Ok(published)
    }

    fn judge(&self, sorted: &Sorted) -> Result<Vec<Verdict>> {
        let view = self.publication.there.view();
        let mut judge = Judge::new(sorted);
        for (file, place) in &view.files {
            if file.file.bucket == sorted.bucket {
                judge.against_file(place)?;
            }
        }
        for (bucket, rows) in &view.pending {
            if *bucket == sorted.bucket {
                judge.against_rows(rows)?;
            }
        }
        // Last, so that of two rows with one id the first is compared with what is there.
        judge.among_themselves()?;
        Ok(judge.finish())
    }

    /// Takes out what is not new.
    fn take_out(&self, sorted: &mut Sorted, verdicts: &[Verdict]) -> Published {
        let mut published = Published::default();
        for (index, verdict) in verdicts.iter().enumerate() {
            match verdict {
                Verdict::New => {}
                Verdict::Duplicate => published.n_duplicate += 1,
                Verdict::Reused => published.reused.push(self.letter(sorted, index)),
            }
        }
        if verdicts.iter().any(|verdict| *verdict != Verdict::New) {
            let keep: Vec<bool> = verdicts.iter().map(|verdict| *verdict == Verdict::New).collect();
            sorted.retain(&keep);
        }
        published
    }

    fn letter(&self, sorted: &Sorted, index: usize) -> NewDeadLetter {
        let mut scratch = [0; ID_BYTES];
        let id = String::from_utf8_lossy(sorted.message_id(index, &mut scratch)).into_owned();
        let row = sorted.buffer.row[sorted.keys[index].position as usize];
        NewDeadLetter {
            import_id: Some(self.common.source.clone()),
            file: self.publication.file_name.clone(),
            row: i64::from(row),
            column: Some(Column::MessageId.name().to_owned()),
            value: Some(id),
            reason: REUSED.to_owned(),
            raw: sorted.json(index).into_bytes(),
        }
    }
}
