//! A change of the lake: files, pending batches, identities and imports that move together.

use crate::{ImportUpdate, Micros, NewDataFile, NewDeadLetter, NewIdentity};

/// What kind of change a commit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// New rows; removes no file.
    Insert,
    /// The same rows in other files; as many rows are added as removed.
    Compact,
    /// Files replaced by others whose rows differ: a merge of customers, a replaced import.
    Rewrite,
    /// Rows taken out: an undone import, an erasure.
    Delete,
}

/// Everything that becomes true at once, or not at all.
#[derive(Clone, Debug)]
pub struct Commit {
    /// Time of the snapshot. It never goes back: an earlier one is set to the newest snapshot's.
    pub at: Micros,
    /// If given, the commit is a conflict unless this is the newest snapshot.
    pub expect_snapshot: Option<i64>,
    /// What kind of change it is.
    pub change: Change,
    /// Files to publish.
    pub add: Vec<NewDataFile>,
    /// Ids of live files to take out of sight.
    pub remove: Vec<i64>,
    /// Ids of pending batches whose rows are now in files.
    pub pending_done: Vec<i64>,
    /// Identities the rows bring.
    pub identities: Vec<NewIdentity>,
    /// Imports whose state changes with it.
    pub imports: Vec<ImportUpdate>,
    /// Rows that could not be taken.
    pub dead_letters: Vec<NewDeadLetter>,
}

impl Commit {
    /// A commit that changes nothing yet.
    pub fn new(at: Micros, change: Change) -> Commit {
        Commit {
            at,
            expect_snapshot: None,
            change,
            add: Vec::new(),
            remove: Vec::new(),
            pending_done: Vec::new(),
            identities: Vec::new(),
            imports: Vec::new(),
            dead_letters: Vec::new(),
        }
    }

    /// Whether it changes which files are live, and so makes a snapshot.
    pub(crate) fn moves_files(&self) -> bool {
        !self.add.is_empty() || !self.remove.is_empty()
    }
}
