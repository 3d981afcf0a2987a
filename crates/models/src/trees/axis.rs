//! An axis: how the values of one column become small integers a tree can split.
//!
//! On an ordered axis the code of a number is how many cuts lie below it, so `x ≤ cuts[k]` exactly
//! when `code ≤ k`. A cut lies halfway between the last value before it and the first after it.

use serde::{Deserialize, Serialize};

use crate::learn::MISSING_CATEGORY;

/// Most codes of a binned axis: with one more for the missing they fit a byte.
pub(crate) const MAX_BINS: usize = 255;

/// How one column is coded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Axis {
    /// Numbers by increasing cuts.
    Ordered(#[serde(with = "crate::exact::numbers")] Vec<f64>),
    /// So many categories; the missing have the code after the last.
    Categories(u32),
}

impl Axis {
    /// The axis of numbers (NaN is missing) with a code for each distinct one.
    pub(crate) fn exact(values: &[f64]) -> Axis {
        let sorted = sorted(values);
        let cuts = sorted
            .windows(2)
            .filter(|pair| pair[0] < pair[1])
            .map(|pair| between(pair[0], pair[1]));
        Axis::Ordered(cuts.collect())
    }

    /// The axis of numbers with at most `n_bins` codes of about equally many rows; exact when there
    /// are no more distinct values than that.
    pub(crate) fn binned(values: &[f64], n_bins: usize) -> Axis {
        let sorted = sorted(values);
        let n_distinct = sorted.chunk_by(|a, b| a == b).count();
        let mut cuts = Vec::with_capacity(n_bins);
        let mut n_before = 0;
        let mut n_in_bin = 0;
        for equal in sorted.chunk_by(|a, b| a == b) {
            n_before += equal.len();
            n_in_bin += equal.len();
            let Some(&next) = sorted.get(n_before) else { break };
            let n_bins_left = n_bins - cuts.len();
            // A full bin ends here: the rows left are shared out evenly among the bins left.
            let full = n_in_bin * n_bins_left >= sorted.len() - n_before + n_in_bin;
            if n_bins_left > 1 && (full || n_distinct <= n_bins) {
                cuts.push(between(equal[0], next));
                n_in_bin = 0;
            }
        }
        Axis::Ordered(cuts)
    }

    /// How many codes values can have, the missing apart.
    pub(crate) fn n_codes(&self) -> usize {
        match self {
            Axis::Ordered(cuts) => cuts.len() + 1,
            Axis::Categories(n) => *n as usize,
        }
    }

    /// The code of a number, or `None` when it is missing.
    pub(crate) fn code_of_number(cuts: &[f64], value: f64) -> Option<u32> {
        (!value.is_nan()).then(|| cuts.partition_point(|&cut| cut < value) as u32)
    }

    /// The code of a category of the model, the missing after the last.
    pub(crate) fn code_of_category(n_categories: u32, category: u32) -> u32 {
        if category == MISSING_CATEGORY { n_categories } else { category }
    }
}

/// The values that are there, in order.
fn sorted(values: &[f64]) -> Vec<f64> {
    let mut known: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    known.sort_unstable_by(f64::total_cmp);
    known
}

/// A cut with `low ≤ cut < high`, halfway where numbers are dense enough.
fn between(low: f64, high: f64) -> f64 {
    let middle = low / 2.0 + high / 2.0;
    if middle >= low && middle < high { middle } else { low }
}
