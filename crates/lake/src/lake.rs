//! The lake: a data folder and its operational database, opened.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use perennial_store::{
    Change, Commit, DataFile, DatabaseUrl, Identity, Import, ImportState, ImportUpdate,
    NewWorkspace, Store, StoreError, Workspace,
};
use perennial_types::calendar::Micros;

use crate::durable::Drafts;
use crate::error::{LakeError, Result};
use crate::failpoint::FailPoints;
use crate::folder::{Folder, WriterLock};
use crate::identity::{Entry, Resolver};
use crate::pin::Pins;
use crate::read::{Footers, LakeFile};
use crate::scan::{LakeSource, View};
use crate::write::{FileMaker, Made};

/// What a lake is opened for.
#[derive(Clone, Debug)]
pub enum Access {
    /// Reading; works beside a writer.
    Read,
    /// Reading and writing, by one process at a time. Makes what is missing.
    Write {
        /// What this process does, for those it keeps out: `serve`, `import` …
        role: String,
        /// What a new workspace is created with.
        created: NewWorkspace,
    },
}

/// The lake. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Lake {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) folder: Folder,
    pub(crate) store: Store,
    pub(crate) workspace: Workspace,
    pub(crate) footers: Footers,
    pub(crate) score_footers: Footers,
    pub(crate) pins: Pins,
    pub(crate) failures: Arc<FailPoints>,
    /// Pending rows of the last snapshot, as they were found not to be in any file.
    pub(crate) pending: crate::pending::Cache,
    writer: Option<Writer>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Lake").field("folder", &self.folder.root()).finish_non_exhaustive()
    }
}

/// What only the writer has.
pub(crate) struct Writer {
    pub(crate) lock: WriterLock,
    pub(crate) files: FileMaker,
    /// Files of every table that are not committed yet.
    pub(crate) drafts: Drafts,
    /// Held from looking for duplicates until the commit, by whatever publishes rows.
    pub(crate) publishing: tokio::sync::Mutex<()>,
    /// Held from looking for what was scored until the commit.
    pub(crate) scoring: tokio::sync::Mutex<()>,
    /// Held by one compaction at a time.
    pub(crate) compacting: tokio::sync::Mutex<()>,
    /// Held while a commit brings identities along.
    pub(crate) committing: tokio::sync::Mutex<()>,
    resolvers: Mutex<HashMap<String, SharedResolver>>,
}

/// A resolver that imports share.
pub(crate) type SharedResolver = Arc<Mutex<Resolver>>;

impl Lake {
    /// Opens the lake in a data folder. Without `database` it is the SQLite file in the folder.
    pub async fn open(data: &Path, database: Option<DatabaseUrl>, access: Access) -> Result<Lake> {
        Lake::open_with(data, database, access, Arc::default()).await
    }

    /// Opens the lake with failures asked for by a test.
    #[doc(hidden)]
    pub async fn open_with(
        data: &Path,
        database: Option<DatabaseUrl>,
        access: Access,
        failures: Arc<FailPoints>,
    ) -> Result<Lake> {
        let folder = Folder::new(data);
        let database = database.unwrap_or_else(|| DatabaseUrl::Sqlite(folder.database()));
        let (store, writer) = match access {
            Access::Read => {
                if !folder.root().is_dir() {
                    return Err(LakeError::NoLake(folder.root().to_owned()));
                }
                (Store::open(&database, perennial_store::Access::ReadOnly).await?, None)
            }
            Access::Write { role, created } => {
                folder.create()?;
                let lock = WriterLock::take(&folder, &role)?;
                let access = perennial_store::Access::ReadWrite { now: now(), created };
                let store = Store::open(&database, access).await?;
                close_interrupted(&store).await?;
                let drafts = Drafts::new(failures.clone());
                let files = FileMaker::new(folder.clone(), drafts.clone());
                let writer = Writer {
                    lock,
                    files,
                    drafts,
                    scoring: Default::default(),
                    publishing: Default::default(),
                    compacting: Default::default(),
                    committing: Default::default(),
                    resolvers: Mutex::default(),
                };
                (store, Some(writer))
            }
        };
        let workspace = store.workspace().await?;
        let (footers, score_footers, pins, pending) = Default::default();
        if writer.is_some() {
            folder.bind(&workspace.id, store.all_paths().await?.is_empty())?;
            folder.clear_tmp()?;
        }
        let inner = Inner {
            folder,
            store,
            workspace,
            footers,
            score_footers,
            pins,
            failures,
            pending,
            writer,
        };
        let lake = Lake { inner: Arc::new(inner) };
        if lake.inner.writer.is_some() {
            lake.remove_orphans().await?;
        }
        Ok(lake)
    }

    /// The operational database.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// The workspace as it was when the lake was opened.
    pub fn workspace(&self) -> &Workspace {
        &self.inner.workspace
    }

    /// The data folder.
    pub fn folder(&self) -> &Folder {
        &self.inner.folder
    }

    /// Says in the lock file where this process takes jobs.
    pub fn announce(&self, address: Option<String>) -> Result<()> {
        self.writer()?.lock.announce(address)
    }

    /// Everything accepted up to now, as a source of sorted rows.
    pub async fn snapshot(&self) -> Result<LakeSource> {
        let inner = &self.inner;
        // Pinning the first snapshot keeps every file until the one that is read is pinned.
        let all = inner.pins.pin(0);
        let snapshot = inner.store.snapshot().await?;
        let pin = inner.pins.pin(snapshot.id);
        drop(all);
        inner.footers.retain(&snapshot.files);
        let files = self.places(snapshot.files)?;
        let n_buckets = inner.workspace.n_buckets;
        let pending = crate::pending::unseen(
            &inner.pending,
            snapshot.id,
            snapshot.pending,
            &files,
            n_buckets,
        )
        .await?;
        let view = View {
            snapshot_id: snapshot.id,
            next_sequence: snapshot.next_sequence,
            known_at: snapshot.known_at,
            n_buckets,
            files,
            pending,
            pin,
        };
        Ok(LakeSource::new(view, inner.store.clone()))
    }

    /// Files of the catalog with their places, by bucket.
    pub(crate) fn places(&self, files: Vec<DataFile>) -> Result<Vec<(DataFile, LakeFile)>> {
        let mut placed = Vec::with_capacity(files.len());
        for file in files {
            let place = LakeFile::new(&self.inner.folder, &file, &self.inner.footers)?;
            placed.push((file, place));
        }
        placed.sort_by_key(|(file, _)| (file.file.bucket, file.id));
        Ok(placed)
    }

    /// Every import, newest first.
    pub async fn imports(&self) -> Result<Vec<Import>> {
        Ok(self.inner.store.imports().await?)
    }

    /// The outside ids of customers, by customer.
    pub async fn outside_ids(&self, customers: &[i64]) -> Result<Vec<Identity>> {
        Ok(self.inner.store.identities_of(customers).await?)
    }

    /// Ends what is running and closes the database; the lock goes with the last clone.
    pub async fn close(&self) {
        self.inner.store.close().await;
    }

    pub(crate) fn writer(&self) -> Result<&Writer> {
        self.inner.writer.as_ref().ok_or(LakeError::ReadOnly)
    }

    /// The resolver of a namespace, read from the database when it is first needed.
    pub(crate) async fn resolver(&self, namespace: &str) -> Result<SharedResolver> {
        let writer = self.writer()?;
        let known = |resolvers: &HashMap<String, SharedResolver>| resolvers.get(namespace).cloned();
        let lock = || writer.resolvers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(resolver) = known(&lock()) {
            return Ok(resolver);
        }
        // Nobody commits identities between reading them and sharing the resolver.
        let _committing = writer.committing.lock().await;
        if let Some(resolver) = known(&lock()) {
            return Ok(resolver);
        }
        let identities = self.inner.store.identities(namespace).await?;
        let resolver = Resolver::new(namespace, self.inner.workspace.n_buckets, identities);
        let resolver = Arc::new(Mutex::new(resolver));
        lock().insert(namespace.to_owned(), resolver.clone());
        Ok(resolver)
    }

    /// Commits with the identities its rows use, in one transaction; returns how many of them are
    /// new. Files that did not become part of the lake are removed.
    pub(crate) async fn commit(
        &self,
        mut commit: Commit,
        mut made: Vec<Made>,
        used: Option<(&SharedResolver, Vec<Entry>, Option<&str>)>,
    ) -> Result<u64> {
        let writer = self.writer()?;
        let _committing = writer.committing.lock().await;
        let mut entries = Vec::new();
        if let Some((resolver, used, import_id)) = &used {
            let resolver = resolver.lock().unwrap_or_else(PoisonError::into_inner);
            let new = resolver.uncommitted(used.iter().copied(), *import_id);
            (entries, commit.identities) = new.into_iter().unzip();
        }
        commit.add = made.iter().map(|made| made.file.clone()).collect();
        self.inner.failures.hit("before_commit")?;
        // From here on the files may be part of the lake, whatever becomes of this task.
        made.iter_mut().for_each(Made::keep);
        let committed = self.inner.store.commit(commit).await;
        if committed.as_ref().is_err_and(is_certain) {
            made.iter_mut().for_each(Made::discard);
        }
        committed?;
        let n_new = entries.len() as u64;
        if let Some((resolver, ..)) = used {
            resolver.lock().unwrap_or_else(PoisonError::into_inner).committed(entries);
        }
        self.inner.failures.hit("after_commit")?;
        Ok(n_new)
    }
}

/// Whether an error of a commit says for certain that nothing of it happened.
pub(crate) fn is_certain(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Conflict(_)
            | StoreError::Invalid { .. }
            | StoreError::Full
            | StoreError::Busy
            | StoreError::ReadOnly
    )
}

/// Imports whose process ended midway have published nothing; what they left is forgotten.
async fn close_interrupted(store: &Store) -> Result<()> {
    for import in store.imports().await? {
        if import.state == ImportState::Running {
            store.discard_dead_letters(&import.id).await?;
            store
                .update_import(ImportUpdate {
                    id: import.id,
                    state: ImportState::Interrupted,
                    finished_at: Some(now()),
                    counts: None,
                    sha256: None,
                    n_bytes: None,
                    error: None,
                    error_zh: None,
                })
                .await?;
        }
    }
    Ok(())
}

/// An empty commit of a kind, at this instant.
pub(crate) fn commit_of(change: Change) -> Commit {
    Commit::new(now(), change)
}

/// The clock: the lake is where acceptance is dated.
#[expect(
    clippy::disallowed_methods,
    reason = "the lake is an edge to the outside, where rows are dated"
)]
pub(crate) fn now() -> Micros {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
