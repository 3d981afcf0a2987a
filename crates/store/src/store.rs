//! The store as its callers see it.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;

use crate::{
    Accepted, Commit, DataFile, DatabaseUrl, DeadLetter, Finding, Head, Identity, Import,
    ImportUpdate, Micros, NewDeadLetter, NewPending, NewWorkspace, ReservedKeys, Result,
    ScheduledFile, Snapshot, Workspace,
};

/// How a workspace is opened.
#[derive(Clone, Debug)]
pub enum Access {
    /// Reading and writing; creates and migrates what is missing.
    ReadWrite {
        /// The caller's clock.
        now: Micros,
        /// What a new workspace is created with; an existing one keeps what it has.
        created: NewWorkspace,
    },
    /// Reading only; the workspace must exist and be of this version.
    ReadOnly,
}

/// The operational database. Cloning is cheap.
#[derive(Clone)]
pub struct Store {
    _inner: Arc<()>,
}

impl Store {
    /// Opens a workspace.
    pub async fn open(_url: &DatabaseUrl, _access: Access) -> Result<Store> { todo!() }
    /// Finishes what is running and closes every connection.
    pub async fn close(&self) { todo!() }
    /// The workspace row.
    pub async fn workspace(&self) -> Result<Workspace> { todo!() }
    /// Newest snapshot id and next sequence: a cheap poll for "has anything changed".
    pub async fn head(&self) -> Result<Head> { todo!() }
    /// Newest snapshot of the catalog.
    pub async fn snapshot_id(&self) -> Result<i64> { todo!() }
    /// Everything a question reads, seen at one instant.
    pub async fn snapshot(&self) -> Result<Snapshot> { todo!() }
    /// Accepts batches; they are durable when this returns. Calls at the same time share one transaction.
    pub async fn accept(&self, _batches: Vec<NewPending>) -> Result<Vec<Accepted>> { todo!() }
    /// Reserves `n` sequences for a bulk import; returns the first.
    pub async fn reserve_sequence(&self, _n: i64) -> Result<i64> { todo!() }
    /// Reserves ids for new identities and keys for new customers.
    pub async fn reserve_keys(&self, _n_identities: i64, _n_customers: i64) -> Result<ReservedKeys> { todo!() }
    /// Makes a change of the lake true; returns the newest snapshot id.
    pub async fn commit(&self, _commit: Commit) -> Result<i64> { todo!() }
    /// Every identity of a namespace, by id.
    pub async fn identities(&self, _namespace: &str) -> Result<Vec<Identity>> { todo!() }
    /// Namespaces that hold an identity.
    pub async fn namespaces(&self) -> Result<Vec<String>> { todo!() }
    /// Customer key and outside id of every identity of these customers, by customer then id.
    pub async fn identities_of(&self, _customers: &[i64]) -> Result<Vec<Identity>> { todo!() }
    /// The identities with these outside ids, by id.
    pub async fn identities_named(&self, _namespace: &str, _outside_ids: &[String]) -> Result<Vec<Identity>> { todo!() }
    /// Every import, newest first.
    pub async fn imports(&self) -> Result<Vec<Import>> { todo!() }
    /// One import.
    pub async fn import(&self, _id: &str) -> Result<Option<Import>> { todo!() }
    /// Writes an import, new or known.
    pub async fn put_import(&self, _import: &Import) -> Result<()> { todo!() }
    /// Changes an import outside of a commit.
    pub async fn update_import(&self, _update: ImportUpdate) -> Result<()> { todo!() }
    /// Keeps rows that could not be taken, outside of a commit.
    pub async fn put_dead_letters(&self, _letters: Vec<NewDeadLetter>) -> Result<()> { todo!() }
    /// Forgets the dead letters of an import that is read again; returns how many.
    pub async fn discard_dead_letters(&self, _import_id: &str) -> Result<u64> { todo!() }
    /// Up to `limit` dead letters with an id above `after`, by id; of every import if `None`.
    pub async fn dead_letters(&self, _import_id: Option<&str>, _after: i64, _limit: u32) -> Result<Vec<DeadLetter>> { todo!() }
    /// How many dead letters there are.
    pub async fn count_dead_letters(&self, _import_id: Option<&str>) -> Result<u64> { todo!() }
    /// A setting.
    pub async fn setting(&self, _key: &str) -> Result<Option<Value>> { todo!() }
    /// Writes a setting.
    pub async fn put_setting(&self, _key: &str, _value: &Value) -> Result<()> { todo!() }
    /// Files that no snapshot from `before_snapshot` on shows, by id.
    pub async fn expired_files(&self, _before_snapshot: i64) -> Result<Vec<DataFile>> { todo!() }
    /// Drops expired files from the catalog and schedules them for deletion.
    pub async fn purge_files(&self, _ids: &[i64], _at: Micros) -> Result<()> { todo!() }
    /// Files scheduled for deletion, by id.
    pub async fn scheduled_files(&self) -> Result<Vec<ScheduledFile>> { todo!() }
    /// Forgets scheduled files once they are deleted.
    pub async fn forget_scheduled(&self, _ids: &[i64]) -> Result<()> { todo!() }
    /// Every path the catalog still knows, scheduled ones included, relative to the table's folder.
    pub async fn all_paths(&self) -> Result<HashSet<String>> { todo!() }
    /// Checks the database and the catalog; empty when all is well.
    pub async fn integrity_check(&self) -> Result<Vec<Finding>> { todo!() }
    /// Moves everything committed into the main database file and empties the log (SQLite).
    pub async fn checkpoint(&self) -> Result<()> { todo!() }
}
