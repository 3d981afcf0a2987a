//! Failures asked for by tests, at every step that makes something durable.
//!
//! Each lake has its own set, so tests do not disturb one another. Outside of tests the check is
//! compiled to nothing.

#[cfg(any(test, feature = "failpoints"))]
use std::{
    collections::HashMap,
    sync::atomic::{AtomicBool, Ordering},
    sync::{Mutex, PoisonError},
};

#[cfg(any(test, feature = "failpoints"))]
use crate::error::LakeError;
use crate::error::Result;

/// Every step at which a failure can be asked for, in the order an import meets them.
pub const STEPS: &[&str] = &[
    "import_begin",
    "spill",
    "file_create",
    "file_write",
    "file_sync",
    "file_rename",
    "folder_sync",
    "before_commit",
    "after_commit",
    "accept_before",
    "accept_after",
    "purge_before",
    "purge_after",
    "delete_file",
];

/// The failures asked for. Once one has happened every later step fails too and nothing is cleaned
/// up, as if the process had been killed.
#[derive(Debug, Default)]
pub struct FailPoints {
    #[cfg(any(test, feature = "failpoints"))]
    armed: Mutex<HashMap<&'static str, u32>>,
    #[cfg(any(test, feature = "failpoints"))]
    is_dead: AtomicBool,
}

#[cfg(any(test, feature = "failpoints"))]
impl FailPoints {
    /// Asks for a failure when `step` is reached after `n_passes` more passes.
    pub fn arm(&self, step: &'static str, n_passes: u32) {
        debug_assert!(STEPS.contains(&step), "{step}");
        self.armed.lock().unwrap_or_else(PoisonError::into_inner).insert(step, n_passes);
    }

    /// Whether a failure has happened.
    pub fn is_dead(&self) -> bool {
        self.is_dead.load(Ordering::SeqCst)
    }

    /// Fails if a test asked for it.
    pub(crate) fn hit(&self, step: &'static str) -> Result<()> {
        debug_assert!(STEPS.contains(&step), "{step}");
        let mut armed = self.armed.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = match armed.get_mut(step) {
            Some(0) => true,
            Some(n_passes) => {
                *n_passes -= 1;
                false
            }
            None => false,
        };
        if is_due {
            self.is_dead.store(true, Ordering::SeqCst);
        }
        if self.is_dead() { Err(LakeError::FailPoint(step)) } else { Ok(()) }
    }
}

#[cfg(not(any(test, feature = "failpoints")))]
#[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "the test build does fail")]
impl FailPoints {
    /// No failure is ever asked for outside of tests.
    pub(crate) fn is_dead(&self) -> bool {
        false
    }

    /// Does nothing outside of tests.
    pub(crate) fn hit(&self, _step: &'static str) -> Result<()> {
        Ok(())
    }
}
