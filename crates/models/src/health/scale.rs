//! A scale: the mid-rank percentile of any value among those of a population.
//!
//! `rank(v) = (n below v + n equal to v / 2) / n`, the percentile rank of J. W. Tukey's ridits
//! (I. D. J. Bross (1958), "How to use ridit analysis", Biometrics 14, 18–38): ties share the middle
//! of their ranks, so the mean rank of the population is ½ whatever the ties. A value nobody has
//! lies on the line between its neighbours; below the smallest it is 0, above the largest 1.
//!
//! Limits. A scale keeps at most about [`MOST_POINTS`] values: of a population with more distinct
//! ones, a rank is off by at most `2 / MOST_POINTS`.

use serde::{Deserialize, Serialize};

use super::HealthError;

/// How finely ranks are kept: at steps of one over this.
const MOST_POINTS: usize = 512;

/// The ranks of a population's values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    /// How many values were ranked.
    n_values: usize,
    /// Distinct values, increasing. Kept bit for bit: a hair below the smallest is another rank.
    #[serde(with = "crate::exact::numbers")]
    values: Vec<f64>,
    /// The rank of each.
    #[serde(with = "crate::exact::numbers")]
    ranks: Vec<f64>,
}

impl Scale {
    /// The scale of values in any order.
    ///
    /// # Errors
    /// No values, or one that is not finite.
    pub fn of(values: &[f64]) -> Result<Scale, HealthError> {
        if let Some(row) = values.iter().position(|value| !value.is_finite()) {
            let value = values.get(row).copied().unwrap_or(f64::NAN);
            return Err(HealthError::NotFinite { row, value });
        }
        if values.is_empty() {
            return Err(HealthError::NoValues);
        }
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let n = sorted.len() as f64;
        let mut n_below = 0;
        // 0 and −0 are one value.
        let tied = sorted.chunk_by(|a, b| a == b).filter_map(|tied| {
            let rank = (n_below as f64 + tied.len() as f64 / 2.0) / n;
            n_below += tied.len();
            Some((*tied.first()?, rank))
        });
        let points = thinned(tied.collect());
        let (kept, ranks) = points.into_iter().unzip();
        Ok(Scale { n_values: values.len(), values: kept, ranks })
    }

    /// How many values were ranked.
    #[must_use]
    pub fn n_values(&self) -> usize {
        self.n_values
    }

    /// The rank of a value, 0 to 1; `None` for NaN.
    #[must_use]
    pub fn rank(&self, value: f64) -> Option<f64> {
        if value.is_nan() {
            return None;
        }
        let next = self.values.partition_point(|known| *known < value);
        let point = |place: usize| Some((*self.values.get(place)?, *self.ranks.get(place)?));
        Some(match (next.checked_sub(1).and_then(point), point(next)) {
            (_, Some((known, rank))) if known == value => rank,
            (Some((low, low_rank)), Some((high, high_rank))) => {
                // Halved first: the distance of two finite values may not be finite.
                let share = (value / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0);
                low_rank + share * (high_rank - low_rank)
            }
            (None, _) => 0.0,
            (Some(_), None) => 1.0,
        })
    }
}

/// Leaves out values whose rank hardly differs from the one kept before. A value far above that one
/// is kept together with its neighbour below, so that the line between kept values stays short.
fn thinned(all: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    if all.len() <= MOST_POINTS {
        return all;
    }
    let step = 1.0 / MOST_POINTS as f64;
    let last = all.len() - 1;
    let mut kept: Vec<(f64, f64)> = Vec::with_capacity(2 * MOST_POINTS + 2);
    let mut before: Option<(f64, f64)> = None;
    for (place, point) in all.into_iter().enumerate() {
        let is_far = kept.last().is_none_or(|known| point.1 - known.1 >= step);
        if is_far || place == last {
            let neighbour = before.filter(|one| kept.last().is_some_and(|known| known.0 < one.0));
            kept.extend(neighbour);
            kept.push(point);
        }
        before = Some(point);
    }
    kept
}
