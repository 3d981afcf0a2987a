//! How many of some sorted instants are not after another, without a search.
//!
//! Time is cut into steps of equal length, a power of two, much shorter than the gaps between the
//! instants. Each step knows how many instants come before it, so only those within it, mostly
//! none, have to be looked at.

use super::Micros;

/// Steps per instant, where that is not too many: most steps then hold no instant.
const PER_INSTANT: usize = 16;
/// Fewest and most steps: few fit the nearest cache, more would not pay for being made.
const N_STEPS: std::ops::RangeInclusive<usize> = 64..=1 << 18;

/// Steps over a sorted list of instants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Steps {
    first: Micros,
    /// A step is `1 << shift` long.
    shift: u32,
    /// For each step, how many instants are not after its first one.
    n_begun: Vec<u32>,
}

impl Steps {
    /// Steps over these instants, at most `u32::MAX` of them.
    pub(super) fn new(instants: &[Micros]) -> Steps {
        let first = instants.first().copied().unwrap_or_default();
        let last = instants.last().copied().unwrap_or_default();
        let n_steps = (instants.len().saturating_mul(PER_INSTANT))
            .clamp(*N_STEPS.start(), *N_STEPS.end()) as u64;
        let length = (last.abs_diff(first) / n_steps).max(1);
        let shift = u64::BITS - (length - 1).leading_zeros();
        let mut n_begun = Vec::new();
        let mut passed = 0;
        for step in 0..=last.abs_diff(first) >> shift {
            let begin = first.saturating_add_unsigned(step << shift);
            while instants.get(passed).is_some_and(|&instant| instant <= begin) {
                passed += 1;
            }
            n_begun.push(passed as u32);
        }
        Steps { first, shift, n_begun }
    }

    /// How many of the instants, the same as before, are at or before `ts`.
    #[inline]
    pub(super) fn n_begun(&self, instants: &[Micros], ts: Micros) -> usize {
        if ts < self.first {
            return 0;
        }
        let step = (ts.abs_diff(self.first) >> self.shift) as usize;
        let Some(&n_begun) = self.n_begun.get(step) else { return instants.len() };
        let mut n_begun = n_begun as usize;
        while instants.get(n_begun).is_some_and(|&instant| instant <= ts) {
            n_begun += 1;
        }
        n_begun
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_step_says_what_a_search_would(
            mut instants in prop::collection::vec(
                prop_oneof![-50_i64..50, any::<i32>().prop_map(i64::from), any::<i64>()], 0..40),
            others in prop::collection::vec(prop_oneof![-60_i64..60, any::<i64>()], 1..20),
        ) {
            instants.sort_unstable();
            let steps = Steps::new(&instants);
            let near = instants.iter().flat_map(|at| [at.saturating_sub(1), *at, at.saturating_add(1)]);
            for ts in near.chain(others) {
                let searched = instants.partition_point(|instant| *instant <= ts);
                prop_assert_eq!(steps.n_begun(&instants, ts), searched, "{} of {:?}", ts, instants);
            }
        }
    }
}
