//! Nelson–Aalen: the hazard of leaving, gathered over time.
//!
//! Answers when customers leave: where the curve is steep, many of those still here go. H(t) is the
//! sum over the moments t_i ≤ t of d_i / n_i, its variance the sum of d_i (n_i − d_i) / n_i³, and the
//! interval is taken on ln H.
//!
//! Sources: W. Nelson (1972), Technometrics 14, 945–966; O. Aalen (1978), Annals of Statistics 6,
//! 701–726; J. P. Klein (1991), Scandinavian Journal of Statistics 18, 333–340 for the variance.

use serde::{Deserialize, Serialize};

use super::observations::check_level;
use super::{EventTable, EventTime, Observations, SurvivalError};
use crate::special::normal_quantile;

/// The gathered hazard: constant between its steps, 0 before the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hazard {
    /// One step per distinct duration, ascending.
    pub steps: Vec<Step>,
}

/// The hazard from one distinct duration to the next.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The duration with its counts.
    pub at: EventTime,
    /// H(t).
    pub hazard: f64,
    /// Its variance.
    pub variance: f64,
    /// Its interval; `None` before anybody has left.
    pub interval: Option<(f64, f64)>,
}

/// The gathered hazard with intervals of the given level.
///
/// # Errors
/// Those of [`Observations::check`]; [`SurvivalError::BadArgument`] for the level.
pub fn fit(observations: &Observations, level: f64) -> Result<Hazard, SurvivalError> {
    check_level(level)?;
    let width = normal_quantile(0.5 * (1.0 + level));
    let (mut hazard, mut variance) = (0.0, 0.0);
    let table = EventTable::new(observations)?;
    let step = |at: EventTime| {
        hazard += at.n_events / at.n_at_risk;
        variance += at.n_events * (at.n_at_risk - at.n_events) / at.n_at_risk.powi(3);
        let spread = (width * f64::sqrt(variance) / hazard).exp();
        let interval = (hazard > 0.0).then(|| (hazard / spread, hazard * spread));
        Step { at, hazard, variance, interval }
    };
    Ok(Hazard { steps: table.times.into_iter().map(step).collect() })
}

impl Hazard {
    /// H(t); `None` for negative times and beyond the last duration.
    pub fn at(&self, time: f64) -> Option<f64> {
        let last = self.steps.last()?.at.time;
        if !(0.0..=last).contains(&time) {
            return None;
        }
        let after = self.steps.partition_point(|step| step.at.time <= time);
        Some(after.checked_sub(1).and_then(|at| self.steps.get(at)).map_or(0.0, |step| step.hazard))
    }

    /// The mean hazard per unit of time between two times: (H(to) − H(from)) / (to − from); `None`
    /// outside what was observed.
    pub fn mean_rate(&self, from: f64, to: f64) -> Option<f64> {
        if to <= from {
            return None;
        }
        Some((self.at(to)? - self.at(from)?) / (to - from))
    }
}

#[cfg(test)]
mod tests;
