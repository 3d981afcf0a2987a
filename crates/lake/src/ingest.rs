//! The bulk import: one input, published as a whole or not at all.
//!
//! One thread reads and maps, one resolves customers and scatters rows to buckets; at the end of
//! the input the buckets are sorted and written by all cores, and one commit makes files,
//! identities, counts and the import's state true together. Before that commit nothing of the
//! import can be seen, so a killed import is simply run again.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use perennial_store::{Change, Import, ImportCounts, ImportState, ImportUpdate};
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::durable::digest_of;
use crate::error::{LakeError, Result};
use crate::lake::{Lake, SharedResolver, commit_of, now};
use crate::publish::{Publication, REUSED, publish};
use crate::source::{self, Detected, Field, Input, Source, SourceOptions};
use crate::stager::Stager;
use crate::undo::undone_update;

/// Namespace of customer ids that come in without another.
pub const CUSTOMERS: &str = "customer";
/// Memory an import takes for rows before it spills, unless told otherwise.
pub const MEMORY_BYTES: usize = 512 * 1024 * 1024;
/// What to import and how.
pub struct ImportRequest {
    /// Its id, UUIDv7: whoever waits for an import knows it before it begins.
    pub id: String,
    /// The file or stream.
    pub input: Input,
    /// How it is read and mapped.
    pub options: SourceOptions,
    /// What kind of id its customers have.
    pub namespace: String,
    /// An import whose rows go when these come.
    pub replaces: Option<String>,
    /// Memory for rows before they spill to disk, in bytes.
    pub memory_bytes: usize,
    /// Threads that sort and write.
    pub n_threads: NonZeroUsize,
}

impl ImportRequest {
    /// An import with everything at its default.
    pub fn new(input: Input, options: SourceOptions) -> ImportRequest {
        ImportRequest {
            id: Uuid::now_v7().to_string(),
            input,
            options,
            namespace: CUSTOMERS.to_owned(),
            replaces: None,
            memory_bytes: MEMORY_BYTES,
            n_threads: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
        }
    }
}

/// How far an import has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Reading; bytes are those of the input as it is stored.
    Reading {
        /// Rows read.
        rows: u64,
        /// Bytes read.
        bytes: u64,
        /// Bytes there are, if that is known.
        total_bytes: Option<u64>,
    },
    /// Sorting and writing.
    Writing {
        /// Rows written.
        rows: u64,
        /// Rows to be written.
        total_rows: u64,
    },
}

/// Watches an import.
pub trait Watch: Send + Sync {
    /// Called often, from any thread.
    fn at(&self, step: Step);
}

/// Watches nothing.
impl Watch for () {
    fn at(&self, _step: Step) {}
}

/// What became of an import.
#[derive(Clone, Debug)]
pub struct Imported {
    /// Its id; of the earlier one if the same input was already there.
    pub id: String,
    /// Name of the input.
    pub name: String,
    /// Rows by what became of them.
    pub counts: ImportCounts,
    /// Customers nobody had met before.
    pub n_new_customers: u64,
    /// Files written.
    pub n_files: u64,
    /// Whether the same input had been imported before, so that it was not read again.
    pub is_known: bool,
    /// What was found out about the input.
    pub detected: Detected,
}

impl Lake {
    /// Imports one input. Nothing of it is visible before all of it is.
    pub async fn ingest(
        &self,
        request: ImportRequest,
        watch: Arc<dyn Watch>,
        cancel: CancellationToken,
    ) -> Result<Imported> {
        let lake = self.clone();
        // On a task of its own: a caller that stops waiting must not stop it between a commit
        // and what follows from it.
        tokio::spawn(async move { lake.import(request, watch, cancel).await }).await?
    }

    async fn import(
        &self,
        request: ImportRequest,
        watch: Arc<dyn Watch>,
        cancel: CancellationToken,
    ) -> Result<Imported> {
        self.writer()?;
        let ImportRequest { id, input, options, namespace, replaces, memory_bytes, n_threads } =
            request;
        let path = match &input {
            Input::Path(path) => Some(path.clone()),
            Input::Stream { .. } => None,
        };
        let replaced_by = match &replaces {
            Some(replaced) => self.replaced_by(replaced).await?,
            None => None,
        };
        let (source, options) =
            spawn_blocking(move || source::open(input, &options).map(|source| (source, options)))
                .await??;
        let detected = source.report().clone();
        let import = Import {
            id,
            state: ImportState::Running,
            started_at: now(),
            finished_at: None,
            name: detected.name.clone(),
            sha256: None,
            n_bytes: 0,
            mapping: mapping(&options, &detected, &namespace),
            counts: ImportCounts::default(),
            replaces,
            error: None,
            error_zh: None,
        };
        // An import to be replaced is there, so this one is new, unless it was what replaced it.
        let may_be_known = import.replaces.is_none() || replaced_by.is_some();
        if let Some(path) = path.filter(|_| may_be_known)
            && let Some(known) = self.known(&import, path, source.total_bytes()).await?
        {
            let counts = as_duplicates(known.counts);
            let (id, name, is_known) = (known.id, import.name, true);
            return Ok(Imported {
                id,
                name,
                counts,
                n_new_customers: 0,
                n_files: 0,
                is_known,
                detected,
            });
        }
        if let (Some(id), Some(by)) = (import.replaces.clone(), replaced_by) {
            return Err(LakeError::Replaced { id, by });
        }
        let resolver = self.resolver(&namespace).await?;
        self.inner.store.put_import(&import).await?;
        self.inner.failures.hit("import_begin")?;
        let job =
            Job { lake: self, import: &import, resolver, watch, cancel, memory_bytes, n_threads };
        match job.run(source).await {
            Ok((counts, n_new_customers, n_files)) => {
                let (id, name, is_known) = (import.id, import.name, false);
                Ok(Imported { id, name, counts, n_new_customers, n_files, is_known, detected })
            }
            Err(error) => {
                self.give_up(&import.id, &error).await;
                Err(error)
            }
        }
    }

    /// The import that took the place of another; none while the other's rows are there.
    async fn replaced_by(&self, replaced: &str) -> Result<Option<String>> {
        let Err(error) = self.undoable(replaced).await else { return Ok(None) };
        let imports = self.inner.store.imports().await?;
        let took_its_place = |import: &&Import| {
            import.state == ImportState::Done && import.replaces.as_deref() == Some(replaced)
        };
        imports.iter().find(took_its_place).map(|by| Some(by.id.clone())).ok_or(error)
    }

    /// The import that took the same bytes with the same mapping, and the place of the same other
    /// if any, if all its rows are still there.
    async fn known(
        &self,
        new: &Import,
        path: PathBuf,
        total_bytes: Option<u64>,
    ) -> Result<Option<Import>> {
        let imports = self.inner.store.imports().await?;
        // Rows that were duplicates of an import that was taken back since are no longer there.
        let undone: Vec<(&str, i64)> = imports
            .iter()
            .filter(|import| import.state == ImportState::Undone)
            .filter_map(|import| Some((import.id.as_str(), import.finished_at?)))
            .collect();
        // What it replaced was gone when its own duplicates were looked for.
        let is_whole = |import: &Import| {
            let replaced = import.replaces.as_deref();
            undone.iter().all(|(id, at)| *at < import.started_at || replaced == Some(*id))
        };
        let n_bytes = total_bytes.and_then(|n_bytes| i64::try_from(n_bytes).ok());
        let is_same = |import: &Import| {
            import.state == ImportState::Done
                && Some(import.n_bytes) == n_bytes
                && import.mapping == new.mapping
                && (new.replaces.is_none() || import.replaces == new.replaces)
                && is_whole(import)
                // What lay in the future then may lie in the past now.
                && !import.counts.by_reason.contains_key(source::reject::TS_OUT_OF_RANGE)
        };
        let candidates: Vec<Import> =
            imports.iter().filter(|import| is_same(import)).cloned().collect();
        if candidates.is_empty() {
            return Ok(None);
        }
        let (_, digest) = spawn_blocking(move || digest_of(&path)).await??;
        Ok(candidates.into_iter().find(|import| import.sha256.as_deref() == Some(digest.as_str())))
    }

    /// Notes that an import has ended without publishing anything.
    async fn give_up(&self, id: &str, error: &LakeError) {
        if self.inner.failures.is_dead() {
            return;
        }
        let is_cancelled = matches!(error, LakeError::Cancelled(_));
        let said = (!is_cancelled).then(|| error.said().0);
        let update = ImportUpdate {
            id: id.to_owned(),
            state: if is_cancelled { ImportState::Interrupted } else { ImportState::Failed },
            finished_at: Some(now()),
            counts: None,
            sha256: None,
            n_bytes: None,
            error: said.as_ref().map(|said| said.en.clone()),
            error_zh: said.map(|said| said.zh),
        };
        // The import's own error is the one to report; a state left behind is mended at the next
        // start.
        let forgotten = self.inner.store.discard_dead_letters(id).await;
        let noted = self.inner.store.update_import(update).await;
        if let Err(error) = forgotten.map(|_| ()).and(noted) {
            tracing::warn!(import = id, %error, "the failed import could not be noted as such");
        }
    }
}

/// How an input was read: two imports of the same bytes with equal mappings take the same rows.
fn mapping(options: &SourceOptions, detected: &Detected, namespace: &str) -> serde_json::Value {
    let fields: BTreeMap<Field, &str> =
        detected.mapping.iter().map(|mapped| (mapped.field, mapped.from.as_str())).collect();
    serde_json::json!({
        "preset": options.preset,
        "namespace": namespace,
        "fields": fields,
        "drop": options.drop,
        "zone": options.zone.name(),
        "date_format": detected.date_format.as_ref().map(ToString::to_string),
        "currency": options.currency,
        "where": options.where_,
        "delimiter": detected.delimiter.map(char::from),
        "encoding": detected.encoding,
        "sheet": detected.sheet,
        "decimal_comma": options.decimal_comma,
    })
}

/// The counts of an import whose rows were all there.
fn as_duplicates(mut counts: ImportCounts) -> ImportCounts {
    counts.duplicate += std::mem::take(&mut counts.accepted);
    counts
}

/// One import at work.
struct Job<'a> {
    lake: &'a Lake,
    import: &'a Import,
    resolver: SharedResolver,
    watch: Arc<dyn Watch>,
    cancel: CancellationToken,
    memory_bytes: usize,
    n_threads: NonZeroUsize,
}

impl Job<'_> {
    /// Imports; the counts, the new customers and the files written.
    async fn run(self, source: Source) -> Result<(ImportCounts, u64, u64)> {
        let stager = Stager {
            lake: self.lake.clone(),
            import_id: self.import.id.clone(),
            name: self.import.name.clone(),
            resolver: self.resolver.clone(),
            watch: self.watch.clone(),
            cancel: self.cancel.clone(),
            runtime: Handle::current(),
            memory_bytes: self.memory_bytes,
        };
        let staged = spawn_blocking(move || stager.run(source)).await??;
        let writer = self.lake.writer()?;
        let _publishing = writer.publishing.lock().await;
        let mut commit = commit_of(Change::Insert);
        let mut there = self.lake.snapshot().await?;
        let mut made = Vec::new();
        // A compaction must not replace files that are being written without the replaced rows.
        let mut _compacting = None;
        if let Some(replaced) = &self.import.replaces {
            _compacting = Some(writer.compacting.lock().await);
            self.lake.undoable(replaced).await?;
            let without = self.lake.without(replaced).await?;
            there = self.lake.snapshot().await?.with(&without, self.lake)?;
            commit.change = Change::Rewrite;
            commit.remove = without.remove;
            commit.imports.push(undone_update(replaced));
            made = without.made;
        }
        let first_sequence = match i64::try_from(staged.staging.last_row).unwrap_or(i64::MAX) {
            0 => 0,
            n_sequences => {
                let store = &self.lake.inner.store;
                store.reserve_sequence_of(&self.import.id, n_sequences).await?
            }
        };
        let publication = Publication {
            source: self.import.id.clone(),
            file_name: self.import.name.clone(),
            ingested_at: now(),
            first_sequence,
            resolver: self.resolver.clone(),
            watch: self.watch.clone(),
            cancel: self.cancel.clone(),
            n_threads: self.n_threads,
            there,
            memory_bytes: self.memory_bytes,
        };
        let published = publish(self.lake, staged.staging, staged.spill, publication).await?;
        let mut counts = staged.counts;
        counts.accepted = published.n_accepted;
        counts.duplicate = published.n_duplicate;
        if !published.reused.is_empty() {
            counts.rejected += published.reused.len() as u64;
            counts.by_reason.insert(REUSED.to_owned(), published.reused.len() as u64);
        }
        let n_files = published.made.len() as u64;
        made.extend(published.made);
        commit.imports.push(ImportUpdate {
            id: self.import.id.clone(),
            state: ImportState::Done,
            finished_at: Some(now()),
            counts: Some(counts.clone()),
            sha256: staged.sha256,
            n_bytes: Some(i64::try_from(staged.n_bytes).unwrap_or(i64::MAX)),
            error: None,
            error_zh: None,
        });
        commit.dead_letters = published.reused;
        let used = (&self.resolver, published.used, Some(self.import.id.as_str()));
        let n_new_customers = self.lake.commit(commit, made, Some(used)).await?;
        Ok((counts, n_new_customers, n_files))
    }
}
