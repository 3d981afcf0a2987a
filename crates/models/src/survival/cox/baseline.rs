//! The hazard of the mean customer, gathered over time: Breslow's estimate by stratum.

use serde::{Deserialize, Serialize};

use super::partial::Prepared;

/// The baseline of one stratum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// Its code; 0 without strata.
    pub stratum: u32,
    /// Times at which somebody left, ascending, with the hazard of a customer with mean covariates
    /// gathered up to then.
    pub steps: Vec<(f64, f64)>,
    /// The longest anybody of the stratum was watched.
    pub watched_until: f64,
}

impl Baseline {
    /// The gathered hazard; `None` for negative times and beyond what was watched.
    pub fn hazard_at(&self, time: f64) -> Option<f64> {
        if !(0.0..=self.watched_until).contains(&time) {
            return None;
        }
        let after = self.steps.partition_point(|(at, _)| *at <= time);
        Some(
            after
                .checked_sub(1)
                .and_then(|at| self.steps.get(at))
                .map_or(0.0, |(_, hazard)| *hazard),
        )
    }
}

impl Prepared {
    /// The baselines at β, ascending by stratum. z-scores are 0 at the means, so the sums of the
    /// likelihood are those of the mean customer already.
    pub(super) fn baselines(&self, beta: &[f64]) -> Vec<Baseline> {
        let down = self.down(beta, false);
        let strata = self.rows.chunk_by(|a, b| a.stratum == b.stratum);
        strata
            .filter_map(|rows| {
                // The longest row of a stratum comes first.
                let first = rows.first()?;
                let mut hazard = 0.0;
                let own =
                    down.moments.iter().rev().filter(|moment| moment.stratum == first.stratum);
                let steps = own.map(|moment| {
                    hazard += moment.breslow;
                    (moment.time, hazard)
                });
                let steps = steps.collect();
                Some(Baseline { stratum: first.stratum, steps, watched_until: first.stop })
            })
            .collect()
    }
}
