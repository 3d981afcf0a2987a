//! A clock that stands until it is moved.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use perennial_types::calendar::Micros;

use crate::text::instant;

/// A clock of a test; its clones show the same time.
#[derive(Clone, Debug)]
pub struct FakeClock {
    now: Arc<AtomicI64>,
}

impl FakeClock {
    /// A clock that shows a written instant.
    pub fn at(text: &str) -> FakeClock {
        FakeClock { now: Arc::new(AtomicI64::new(instant(text))) }
    }

    /// What it shows.
    pub fn now(&self) -> Micros {
        self.now.load(Ordering::SeqCst)
    }

    /// Moves it.
    pub fn advance(&self, micros: Micros) {
        self.now.fetch_add(micros, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_show_the_same_time() {
        let clock = FakeClock::at("2011-12-10");
        let other = clock.clone();
        clock.advance(1);
        assert_eq!(other.now(), instant("2011-12-10T00:00:00.000001Z"));
    }
}
