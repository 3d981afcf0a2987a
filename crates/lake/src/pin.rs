//! Which snapshots are being read in this process, so that their files are not deleted.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The snapshots being read, each with its number of readers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pins {
    readers: Arc<Mutex<BTreeMap<i64, usize>>>,
}

impl Pins {
    /// Keeps every file of snapshots not older than this one for as long as the pin lives.
    pub(crate) fn pin(&self, snapshot_id: i64) -> Arc<Pin> {
        *self
            .readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(snapshot_id)
            .or_default() += 1;
        Arc::new(Pin { snapshot_id, pins: self.clone() })
    }

    /// The oldest snapshot being read.
    pub(crate) fn oldest(&self) -> Option<i64> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).keys().next().copied()
    }
}

/// One reader of a snapshot.
#[derive(Debug)]
pub(crate) struct Pin {
    snapshot_id: i64,
    pins: Pins,
}

impl Drop for Pin {
    fn drop(&mut self) {
        let mut readers = self.pins.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(n_readers) = readers.get_mut(&self.snapshot_id) {
            *n_readers -= 1;
            if *n_readers == 0 {
                readers.remove(&self.snapshot_id);
            }
        }
    }
}
