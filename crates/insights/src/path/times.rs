//! How long the steps took: exact to the second, kept as counts of equal durations.

use std::collections::BTreeMap;

/// Durations written down before they are counted.
const MOST_UNSORTED: usize = 1 << 20;

/// Seconds by place of the tree.
#[derive(Debug, Default)]
pub struct Times {
    /// Place and seconds, as they came.
    log: Vec<u64>,
    /// Place and seconds with how many, sorted.
    counted: Vec<(u64, u64)>,
}

impl Times {
    /// Notes how long it took to come to a place.
    pub fn note(&mut self, place: u32, micros: i64) {
        let seconds = u32::try_from(micros.max(0) / 1_000_000).unwrap_or(u32::MAX);
        self.log.push(u64::from(place) << 32 | u64::from(seconds));
        if self.log.len() >= MOST_UNSORTED {
            self.settle();
        }
    }

    fn settle(&mut self) {
        self.log.sort_unstable();
        let old = std::mem::take(&mut self.counted);
        let mut merged: Vec<(u64, u64)> = Vec::with_capacity(old.len() + 1024);
        let mut old = old.into_iter().peekable();
        for same in self.log.chunk_by(|left, right| left == right) {
            let Some(key) = same.first().copied() else { continue };
            while let Some(known) = old.next_if(|known| known.0 < key) {
                merged.push(known);
            }
            let more = old.next_if(|known| known.0 == key).map_or(0, |known| known.1);
            merged.push((key, same.len() as u64 + more));
        }
        merged.extend(old);
        self.log.clear();
        self.counted = merged;
    }

    /// Place, seconds and how many, sorted.
    pub fn finish(mut self) -> Vec<(u32, u32, u64)> {
        self.settle();
        self.counted.iter().map(|(key, n)| ((key >> 32) as u32, *key as u32, *n)).collect()
    }
}

/// How many took how many seconds.
pub type Spread = BTreeMap<u32, u64>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::durations::spread_quantile;

    #[test]
    fn counts_of_equal_durations_have_the_quantiles_of_the_durations() {
        let mut times = Times::default();
        let mut micros: Vec<i64> = (0..500).map(|n| (n * n % 37) * 1_000_000).collect();
        for value in &micros {
            times.note(7, *value + 999_999);
        }
        let spread: Spread =
            times.finish().into_iter().map(|(_, seconds, n)| (seconds, n)).collect();
        micros.sort_unstable();
        for share in [0.0, 0.5, 0.9, 1.0] {
            let exact = crate::durations::quantile(&micros, share).map(|at| at / 1_000_000.0);
            assert_eq!(spread_quantile(&spread, share), exact);
        }
        assert_eq!(spread_quantile(&Spread::new(), 0.5), None);
    }

    #[test]
    fn nothing_is_lost_when_the_log_is_counted() {
        let mut times = Times::default();
        for n in 0..(MOST_UNSORTED as i64 * 2 + 5) {
            times.note((n % 3) as u32, (n % 7) * 1_000_000);
        }
        let found = times.finish();
        assert_eq!(found.len(), 21);
        assert_eq!(found.iter().map(|(_, _, n)| n).sum::<u64>(), MOST_UNSORTED as u64 * 2 + 5);
    }
}
