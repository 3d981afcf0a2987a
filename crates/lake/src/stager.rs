//! The reading half of an import: rows read and mapped on one thread, resolved and scattered to
//! buckets on another, spilled to disk when they outgrow memory.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, mpsc};

use perennial_store::{ImportCounts, NewDeadLetter};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::accept::StoreKeys;
use crate::durable::hex;
use crate::error::{LakeError, Result};
use crate::identity::Entry;
use crate::ingest::{Step, Watch};
use crate::lake::{Lake, SharedResolver};
use crate::source::{Reject, Rows, Source, reject as reasons};
use crate::spill::Spill;
use crate::staging::Staging;

/// Batches that may wait between the reading and the resolving thread.
const WAITING: usize = 4;
/// Dead letters written at a time.
const LETTERS: usize = 2_000;

/// An input that has been read to its end.
pub(crate) struct Staged {
    pub(crate) staging: Staging,
    /// The rows, if they did not fit memory.
    pub(crate) spill: Option<Spill>,
    pub(crate) counts: ImportCounts,
    pub(crate) sha256: Option<String>,
    pub(crate) n_bytes: u64,
}

/// Reads, resolves and scatters, on threads that may block.
pub(crate) struct Stager {
    pub(crate) lake: Lake,
    pub(crate) import_id: String,
    pub(crate) name: String,
    pub(crate) resolver: SharedResolver,
    pub(crate) watch: Arc<dyn Watch>,
    pub(crate) cancel: CancellationToken,
    pub(crate) runtime: Handle,
    pub(crate) memory_bytes: usize,
}

impl Stager {
    /// Reads a source to its end.
    pub(crate) fn run(self, mut source: Source) -> Result<Staged> {
        let (sender, receiver) = mpsc::sync_channel::<(Rows, u64)>(WAITING);
        let total_bytes = source.total_bytes();
        std::thread::scope(|scope| {
            let reader = scope.spawn(move || {
                while let Some(rows) = source.next()? {
                    // The other side only hangs up when it has failed, and reports that itself.
                    if sender.send((rows, source.bytes_read())).is_err() {
                        break;
                    }
                }
                Ok::<_, LakeError>((source.sha256(), source.bytes_read()))
            });
            let staged = self.stage(receiver, total_bytes);
            let read = reader.join().map_err(|_| LakeError::Worker("reader".to_owned()))?;
            let (staging, spill, counts) = staged?;
            let (sha256, n_bytes) = read?;
            let sha256 = sha256.map(|digest| hex(&digest));
            Ok(Staged { staging, spill, counts, sha256, n_bytes })
        })
    }

    fn stage(
        &self,
        batches: mpsc::Receiver<(Rows, u64)>,
        total_bytes: Option<u64>,
    ) -> Result<(Staging, Option<Spill>, ImportCounts)> {
        let mut staging = Staging::new(self.lake.inner.workspace.n_buckets);
        let mut spill = None;
        let mut counts = ImportCounts::default();
        let mut letters = Vec::new();
        let mut entries: Vec<Entry> = Vec::new();
        for (rows, bytes) in batches {
            if self.cancel.is_cancelled() {
                return Err(LakeError::Cancelled(self.name.clone()));
            }
            counts.read += rows.n_read;
            self.watch.at(Step::Reading { rows: counts.read, bytes, total_bytes });
            entries.clear();
            {
                let mut resolver = self.resolver.lock().unwrap_or_else(PoisonError::into_inner);
                resolver.resolve(&rows.customer, &mut self.keys(), &mut entries)?;
                staging.add(&rows, &entries, resolver.entries(), &self.name)?;
            }
            if staging.n_bytes() > self.memory_bytes {
                let spill = match &mut spill {
                    Some(spill) => spill,
                    none => none.insert(self.spill()?),
                };
                staging.spill(spill)?;
            }
            reject(rows.rejects, &mut counts, &mut letters, &self.import_id, &self.name);
            if letters.len() >= LETTERS {
                self.send(std::mem::take(&mut letters))?;
            }
        }
        self.send(letters)?;
        if let Some(spill) = &mut spill {
            staging.spill(spill)?;
        }
        Ok((staging, spill, counts))
    }

    fn spill(&self) -> Result<Spill> {
        let inner = &self.lake.inner;
        let n_buckets = inner.workspace.n_buckets.unsigned_abs() as usize;
        Spill::new(inner.folder.tmp().join(&self.import_id), n_buckets, inner.failures.clone())
    }

    fn keys(&self) -> StoreKeys<'_> {
        StoreKeys { lake: &self.lake, runtime: &self.runtime }
    }

    fn send(&self, letters: Vec<NewDeadLetter>) -> Result<()> {
        if !letters.is_empty() {
            self.runtime.block_on(self.lake.inner.store.put_dead_letters(letters))?;
        }
        Ok(())
    }
}

/// Counts rejected rows and turns them into dead letters.
fn reject(
    rejects: Vec<Reject>,
    counts: &mut ImportCounts,
    letters: &mut Vec<NewDeadLetter>,
    import_id: &str,
    file: &str,
) {
    let by_reason: &mut BTreeMap<String, u64> = &mut counts.by_reason;
    counts.rejected += rejects.len() as u64;
    for reject in rejects {
        match by_reason.get_mut(reject.reason) {
            Some(n) => *n += 1,
            None => drop(by_reason.insert(reject.reason.to_owned(), 1)),
        }
        if reject.reason != reasons::FILTERED {
            letters.push(NewDeadLetter {
                import_id: Some(import_id.to_owned()),
                file: file.to_owned(),
                row: i64::try_from(reject.row).unwrap_or(i64::MAX),
                column: reject.column,
                value: Some(reject.value),
                reason: reject.reason.to_owned(),
                raw: reject.raw,
            });
        }
    }
}
