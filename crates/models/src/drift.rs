//! Drift: how far today's customers are from those a model learnt from.
//!
//! Answers "may I still trust it?". A [`Reference`] keeps, of one column, the shares of its bins in
//! training: tenths of its values, or its categories, and the missing. The population stability index
//! of other values is `Σ (qᵢ − pᵢ) ln(qᵢ / pᵢ)` over the bins, `p` the share then, `q` now: Kullback
//! and Leibler's divergence both ways (S. Kullback, R. Leibler (1951), Annals of Mathematical
//! Statistics 22, 79–86, eq. 2.6). It is read by a rule of thumb of credit scoring (N. Siddiqi (2006),
//! Credit Risk Scorecards, ch. 9): below [`SLIGHT`] no shift, above [`STRONG`] one that calls for a new
//! model.
//!
//! Limits. A share of 0 is taken as half a row, as the logarithm of 0 would be infinite; so an index of
//! few rows is large by chance alone: its mean under no drift is about `(n_bins − 1)(1/n + 1/m)`
//! (B. Yurdakul (2018), Statistical Properties of Population Stability Index, §2.2).

use serde::{Deserialize, Serialize};

use crate::learn::{Column, MISSING_CATEGORY, Values};

/// Below this nothing has shifted.
pub const SLIGHT: f64 = 0.1;
/// Above this the model should be trained anew.
pub const STRONG: f64 = 0.25;
/// Bins of a column of numbers.
const N_BINS: usize = 10;

/// How one column was spread in training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    /// Name of the column.
    pub name: String,
    /// Rows it was taken of.
    pub n_rows: u64,
    bins: Bins,
    /// Rows per bin, the missing and the unknown last.
    counts: Vec<u64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Bins {
    /// Upper ends of the bins but the last, inclusive.
    Numbers(#[serde(with = "crate::exact::numbers")] Vec<f64>),
    /// Labels.
    Categories(Vec<String>),
}

/// How far a column has moved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// Name of the column.
    pub name: String,
    /// The population stability index.
    pub index: f64,
    /// What it would be by chance alone, with as many rows.
    pub by_chance: f64,
}

impl Reference {
    /// How a column is spread.
    #[must_use]
    pub fn of(column: &Column) -> Reference {
        let bins = match &column.values {
            Values::Numbers(values) => {
                let mut known: Vec<f64> =
                    values.iter().copied().filter(|value| !value.is_nan()).collect();
                known.sort_unstable_by(f64::total_cmp);
                let end = |bin: usize| known.get((known.len() * bin / N_BINS).saturating_sub(1));
                let mut ends: Vec<f64> = (1..N_BINS).filter_map(end).copied().collect();
                ends.dedup();
                // Nothing lies above the largest value, so it ends no bin but the last.
                ends.retain(|end| known.last().is_none_or(|last| end < last));
                Bins::Numbers(ends)
            }
            Values::Categories { labels, .. } => Bins::Categories(labels.clone()),
        };
        let mut reference =
            Reference { name: column.name.clone(), n_rows: 0, bins, counts: Vec::new() };
        reference.counts = reference.counts_of(column);
        reference.n_rows = reference.counts.iter().sum();
        reference
    }

    /// How far a column is from it; `None` without rows.
    #[must_use]
    pub fn drift(&self, column: &Column) -> Option<Drift> {
        let now = self.counts_of(column);
        let n_now: u64 = now.iter().sum();
        if n_now == 0 || self.n_rows == 0 {
            return None;
        }
        let share = |count: u64, n: u64| (count as f64).max(0.5) / n as f64;
        let bins = self.counts.iter().zip(&now).filter(|(then, now)| **then > 0 || **now > 0);
        let (mut index, mut n_bins) = (0.0, 0_usize);
        for (&then, &now) in bins {
            let (then, now) = (share(then, self.n_rows), share(now, n_now));
            index += (now - then) * (now / then).ln();
            n_bins += 1;
        }
        let per_row = 1.0 / self.n_rows as f64 + 1.0 / n_now as f64;
        let by_chance = n_bins.saturating_sub(1) as f64 * per_row;
        Some(Drift { name: self.name.clone(), index, by_chance })
    }

    fn counts_of(&self, column: &Column) -> Vec<u64> {
        let places: Vec<Option<usize>> = match (&self.bins, &column.values) {
            (Bins::Numbers(ends), Values::Numbers(values)) => {
                let place = |value: &f64| ends.partition_point(|end| end < value);
                values.iter().map(|value| (!value.is_nan()).then(|| place(value))).collect()
            }
            (Bins::Categories(known), Values::Categories { codes, labels }) => {
                let place = |label: &String| known.iter().position(|one| one == label);
                let by_code: Vec<Option<usize>> = labels.iter().map(place).collect();
                let place = |code: &u32| match *code {
                    MISSING_CATEGORY => None,
                    code => by_code.get(code as usize).copied().flatten(),
                };
                codes.iter().map(place).collect()
            }
            // Of another kind: nothing of it is known.
            (_, Values::Numbers(values)) => vec![None; values.len()],
            (_, Values::Categories { codes, .. }) => vec![None; codes.len()],
        };
        let n_bins = match &self.bins {
            Bins::Numbers(ends) => ends.len() + 1,
            Bins::Categories(labels) => labels.len(),
        };
        let mut counts = vec![0; n_bins + 1];
        for place in places {
            if let Some(count) = counts.get_mut(place.unwrap_or(n_bins)) {
                *count += 1;
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::Random;

    fn numbers(n_rows: usize, shift: f64, seed: u64) -> Column {
        let mut random = Random::stream(seed, 0);
        let mut normal = || (0..12).map(|_| random.unit()).sum::<f64>() - 6.0;
        Column::numbers("days", (0..n_rows).map(|_| normal() + shift).collect())
    }

    #[test]
    fn the_same_has_not_moved_and_a_shift_has() {
        let reference = Reference::of(&numbers(20_000, 0.0, 1));
        assert_eq!(reference.drift(&numbers(20_000, 0.0, 1)).unwrap().index, 0.0);
        let chance = reference.drift(&numbers(5_000, 0.0, 2)).unwrap();
        // Nine free bins: 9 (1/20,000 + 1/5,000) = .00225, its deviation half of it.
        assert!((chance.by_chance - 0.00225).abs() < 1e-9, "{chance:?}");
        assert!(chance.index < 0.006, "{chance:?}");
        // A normal shifted by half a deviation: the divergence both ways is δ² = 1/4, ten bins see
        // nearly all of it.
        let shifted = reference.drift(&numbers(20_000, 0.5, 3)).unwrap().index;
        assert!((0.2..0.26).contains(&shifted), "{shifted}");
    }

    #[test]
    fn two_bins_by_hand() {
        let plans = |n_free: usize, n_paid: usize| {
            let labels =
                std::iter::repeat_n("free", n_free).chain(std::iter::repeat_n("paid", n_paid));
            Column::categories("plan", labels.map(Some))
        };
        let found = Reference::of(&plans(50, 50)).drift(&plans(80, 20)).unwrap().index;
        let expected = 0.3 * (0.8_f64 / 0.5).ln() - 0.3 * (0.2_f64 / 0.5).ln();
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        // What was never seen, and what is missing, is a bin of its own.
        let gift = Column::categories("plan", ["gift", "gift"].map(Some));
        assert!(Reference::of(&plans(50, 50)).drift(&gift).unwrap().index > STRONG);
    }

    #[test]
    fn a_column_of_one_value_and_the_missing_have_bins() {
        let column = |values: &[f64]| Column::numbers("votes", values.to_vec());
        let reference = Reference::of(&column(&[1.0, 1.0, f64::NAN, f64::NAN]));
        assert_eq!(reference.drift(&column(&[1.0, f64::NAN])).unwrap().index, 0.0);
        assert!(reference.drift(&column(&[1.0, 1.0])).unwrap().index > 0.0);
        let nothing = Reference::of(&column(&[f64::NAN]));
        assert_eq!(nothing.drift(&column(&[f64::NAN])).unwrap().index, 0.0);
    }
}
