//! Isotonic regression: the increasing curve nearest to what happened, by pooling neighbours that
//! are out of order.
//!
//! Minimises `Σ wᵢ (yᵢ − f(xᵢ))²` over increasing `f` (M. Ayer et al. (1955), Annals of Mathematical
//! Statistics 26, 641–647: pool adjacent violators). Equal scores are one point; between pools the
//! curve is a straight line, outside it goes on level.
//!
//! A pool of which nobody left proves no certainty: the ends say (k + 1) / (n + 2) of a pool of n rows
//! with k of them `true` (Laplace's rule of succession), so that no customer has a risk of 0 or of 1.
//! An end that would thereby cross its neighbour is one with it.

use serde::{Deserialize, Serialize};

/// An increasing curve through corners.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Isotonic {
    /// Score and level of each corner; scores increase, levels do not fall.
    #[serde(with = "crate::exact::pairs")]
    corners: Vec<(f64, f64)>,
}

/// Neighbouring scores with one level.
#[derive(Clone, Copy)]
pub(super) struct Pool {
    pub first: f64,
    pub last: f64,
    weight: f64,
    sum: f64,
}

impl Pool {
    pub fn level(&self) -> f64 {
        self.sum / self.weight
    }

    fn join(self, next: Pool) -> Pool {
        Pool {
            first: self.first,
            last: next.last,
            weight: self.weight + next.weight,
            sum: self.sum + next.sum,
        }
    }
}

impl Isotonic {
    /// The curve nearest to `labels`, its ends off 0 and 1; lengths are equal, some weight is above 0.
    pub(super) fn of(scores: &[f64], labels: &[bool], weights: Option<&[f64]>) -> Isotonic {
        let mut pools = Isotonic::pools(scores, labels, weights);
        keep_off_zero(&mut pools);
        keep_off_one(&mut pools);
        let mut corners = Vec::with_capacity(2 * pools.len());
        for pool in &pools {
            corners.push((pool.first, pool.level()));
            if pool.last > pool.first {
                corners.push((pool.last, pool.level()));
            }
        }
        Isotonic { corners }
    }

    /// The pools of the curve nearest to `labels`, in order of their scores.
    pub(super) fn pools(scores: &[f64], labels: &[bool], weights: Option<&[f64]>) -> Vec<Pool> {
        let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
        let mut rows: Vec<usize> = (0..scores.len()).filter(|&row| weight(row) > 0.0).collect();
        rows.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]));
        let mut pools: Vec<Pool> = Vec::new();
        for tied in rows.chunk_by(|&a, &b| scores[a] == scores[b]) {
            let total: f64 = tied.iter().map(|&row| weight(row)).sum();
            // From 0 on: the sum of nothing is −0 otherwise.
            let leavers = tied.iter().filter(|&&row| labels[row]).map(|&row| weight(row));
            let sum = leavers.fold(0.0, |total, one| total + one);
            let score = scores[tied[0]];
            let mut pool = Pool { first: score, last: score, weight: total, sum };
            while let Some(before) = pools.pop_if(|before| before.level() >= pool.level()) {
                pool = before.join(pool);
            }
            pools.push(pool);
        }
        pools
    }

    /// The corners of the curve: score and level.
    #[must_use]
    pub fn corners(&self) -> &[(f64, f64)] {
        &self.corners
    }

    /// The level at `score`; NaN for NaN.
    #[must_use]
    pub fn apply(&self, score: f64) -> f64 {
        let next = self.corners.partition_point(|corner| corner.0 < score);
        let before = next.checked_sub(1).and_then(|place| self.corners.get(place));
        match (before, self.corners.get(next)) {
            _ if score.is_nan() => f64::NAN,
            (Some(low), Some(high)) => {
                let share = (score - low.0) / (high.0 - low.0);
                // Rounding may not lift a point of the line above its end.
                (low.1 + share * (high.1 - low.1)).min(high.1)
            }
            (None, Some(end)) | (Some(end), None) => end.1,
            (None, None) => f64::NAN,
        }
    }
}

/// Lifts the first pool off 0, joined with the second where it would come to lie above it.
fn keep_off_zero(pools: &mut Vec<Pool>) {
    let Some(first) = pools.first().copied().filter(|first| first.sum <= 0.0) else { return };
    let lifted = Pool { sum: first.weight / (first.weight + 2.0), ..first };
    match pools.get(1).copied().filter(|second| lifted.level() > second.level()) {
        Some(second) => drop(pools.splice(..2, [first.join(second)])),
        None => drop(pools.splice(..1, [lifted])),
    }
}

/// Takes the last pool off 1, joined with the one before where it would come to lie below it.
fn keep_off_one(pools: &mut Vec<Pool>) {
    let Some(last) = pools.pop_if(|last| last.sum >= last.weight) else { return };
    let lowered = Pool { sum: last.weight * (last.weight + 1.0) / (last.weight + 2.0), ..last };
    match pools.pop_if(|before| before.level() > lowered.level()) {
        Some(before) => pools.push(before.join(last)),
        None => pools.push(lowered),
    }
}
