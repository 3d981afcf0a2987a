//! Isotonic regression: the increasing curve nearest to what happened, by pooling neighbours that
//! are out of order.
//!
//! Minimises `Σ wᵢ (yᵢ − f(xᵢ))²` over increasing `f` (M. Ayer et al. (1955), Annals of Mathematical
//! Statistics 26, 641–647: pool adjacent violators). Equal scores are one point; between pools the
//! curve is a straight line, outside it goes on level. Its ends may say exactly 0 or 1.

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
struct Pool {
    first: f64,
    last: f64,
    weight: f64,
    sum: f64,
}

impl Pool {
    fn level(&self) -> f64 {
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
    /// The curve nearest to `labels`; lengths are equal, some weight is above 0.
    pub(super) fn of(scores: &[f64], labels: &[bool], weights: Option<&[f64]>) -> Isotonic {
        let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
        let mut rows: Vec<usize> = (0..scores.len()).filter(|&row| weight(row) > 0.0).collect();
        rows.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]));
        let mut pools: Vec<Pool> = Vec::new();
        for tied in rows.chunk_by(|&a, &b| scores[a] == scores[b]) {
            let total: f64 = tied.iter().map(|&row| weight(row)).sum();
            let sum = tied.iter().filter(|&&row| labels[row]).map(|&row| weight(row)).sum();
            let score = scores[tied[0]];
            let mut pool = Pool { first: score, last: score, weight: total, sum };
            while let Some(before) = pools.pop_if(|before| before.level() >= pool.level()) {
                pool = before.join(pool);
            }
            pools.push(pool);
        }
        let mut corners = Vec::with_capacity(2 * pools.len());
        for pool in &pools {
            corners.push((pool.first, pool.level()));
            if pool.last > pool.first {
                corners.push((pool.last, pool.level()));
            }
        }
        Isotonic { corners }
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
                low.1 + share * (high.1 - low.1)
            }
            (None, Some(end)) | (Some(end), None) => end.1,
            (None, None) => f64::NAN,
        }
    }
}
