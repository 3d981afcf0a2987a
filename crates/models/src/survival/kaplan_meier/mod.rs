//! Kaplan–Meier: the share of customers still here after t, censoring respected.
//!
//! Answers the retention curve of customers who joined at different times: S(t) is the product over
//! the moments t_i ≤ t at which somebody left of 1 − d_i / n_i, with d_i who left and n_i who were
//! still watched. Greenwood's Σ d_i / (n_i (n_i − d_i)) is the variance of ln S; the interval is
//! taken on ln(−ln S), where it can leave neither 0 nor 1.
//!
//! Sources: E. L. Kaplan, P. Meier (1958), Nonparametric estimation from incomplete observations,
//! JASA 53, 457–481 (eq. 2b); M. Greenwood (1926); J. D. Kalbfleisch, R. L. Prentice (2002), The
//! Statistical Analysis of Failure Time Data, §1.4 for the interval. Limits: beyond the last
//! duration nothing is known unless everybody has left, and the answer there is `None`.

use serde::{Deserialize, Serialize};

use super::observations::check_level;
use super::{EventTable, EventTime, Observations, SurvivalError};
use crate::special::normal_quantile;

/// The curve: constant between its steps, 1 before the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// One step per distinct duration, ascending.
    pub steps: Vec<Step>,
    /// The level of the intervals.
    pub level: f64,
}

/// The curve from one distinct duration to the next.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The duration with its counts.
    pub at: EventTime,
    /// S(t).
    pub survival: f64,
    /// The variance of ln S(t); infinite once everybody has left.
    pub variance: f64,
    /// The interval; `None` where S is 1 or 0 and the method knows none.
    pub interval: Option<(f64, f64)>,
}

/// A mean time, cut off where the data end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RestrictedMean {
    /// The mean.
    pub mean: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Time after this did not count.
    pub until: f64,
    /// Whether somebody was still here then, so that the whole mean is larger.
    pub is_cut: bool,
}

/// The curve with intervals of the given level.
///
/// # Errors
/// Those of [`Observations::check`]; [`SurvivalError::BadArgument`] for the level.
pub fn fit(observations: &Observations, level: f64) -> Result<Curve, SurvivalError> {
    check_level(level)?;
    Ok(Curve::new(&EventTable::new(observations)?, level))
}

impl Curve {
    fn new(table: &EventTable, level: f64) -> Curve {
        let width = normal_quantile(0.5 * (1.0 + level));
        let (mut survival, mut variance) = (1.0, 0.0);
        let mut steps = Vec::with_capacity(table.times.len());
        for at in &table.times {
            if at.n_events > 0.0 {
                let left = (at.n_at_risk - at.n_events).max(0.0);
                survival *= left / at.n_at_risk;
                variance += at.n_events / (at.n_at_risk * left);
            }
            steps.push(Step {
                at: *at,
                survival,
                variance,
                interval: log_log(survival, variance, width),
            });
        }
        Curve { steps, level }
    }

    /// The last step at or before `time`.
    fn step_at(&self, time: f64) -> Option<&Step> {
        let after = self.steps.partition_point(|step| step.at.time <= time);
        self.steps.get(after.checked_sub(1)?)
    }

    /// Whether the curve is known at `time`: within the durations, or everywhere after all left.
    fn is_known(&self, time: f64) -> bool {
        let last = self.steps.last();
        time >= 0.0 && last.is_some_and(|step| time <= step.at.time || step.survival == 0.0)
    }

    /// S(t); `None` for negative times and beyond what was observed.
    pub fn survival_at(&self, time: f64) -> Option<f64> {
        self.is_known(time).then(|| self.step_at(time).map_or(1.0, |step| step.survival))
    }

    /// The interval of S(t); `None` where there is none.
    pub fn interval_at(&self, time: f64) -> Option<(f64, f64)> {
        if self.is_known(time) { self.step_at(time)?.interval } else { None }
    }

    /// The first time at which no more than `share` are still here; `None` if that is not reached.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        self.steps.iter().find(|step| step.survival <= share).map(|step| step.at.time)
    }

    /// The time by which half have left; `None` if half are still here.
    pub fn median(&self) -> Option<f64> {
        self.quantile(0.5)
    }

    /// Where the interval of S crosses `share` (R. Brookmeyer, J. Crowley (1982), Biometrics 38,
    /// 29–41); an end that is not reached is `None`.
    pub fn quantile_interval(&self, share: f64) -> (Option<f64>, Option<f64>) {
        let crossing = |end: fn((f64, f64)) -> f64| {
            let reached = |step: &&Step| match step.interval {
                Some(interval) => end(interval) <= share,
                None => step.survival == 0.0,
            };
            self.steps.iter().find(reached).map(|step| step.at.time)
        };
        (crossing(|(lower, _)| lower), crossing(|(_, upper)| upper))
    }

    /// The mean time spent here up to `until`: ∫ from 0 to `until` of S (J. P. Klein, M. L.
    /// Moeschberger (2003), Survival Analysis, §4.5).
    ///
    /// # Errors
    /// [`SurvivalError::BadArgument`] beyond what was observed.
    pub fn restricted_mean(&self, until: f64) -> Result<RestrictedMean, SurvivalError> {
        // Everybody was here before 0, so who left at 0 counts too.
        self.mean_between(0.0, until, 1.0, self.steps.partition_point(|step| step.at.time < 0.0))
    }

    /// The mean time a customer who is here at `age` will still be here, up to `until` (measured
    /// from the start): ∫ from `age` to `until` of S(u) / S(`age`).
    ///
    /// # Errors
    /// [`SurvivalError::BadArgument`] for ages nobody was seen beyond, and beyond what was observed.
    pub fn expected_remaining(
        &self,
        age: f64,
        until: f64,
    ) -> Result<RestrictedMean, SurvivalError> {
        let here = self.survival_at(age).filter(|share| *share > 0.0);
        let reason = "is not an age that somebody was seen beyond";
        let here = here.ok_or(SurvivalError::BadArgument { name: "age", value: age, reason })?;
        self.mean_between(age, until, here, self.steps.partition_point(|step| step.at.time <= age))
    }

    /// The area under the curve between two times, over the share `here` just before the first of
    /// the steps that count.
    fn mean_between(
        &self,
        age: f64,
        until: f64,
        here: f64,
        first_step: usize,
    ) -> Result<RestrictedMean, SurvivalError> {
        let known = self.survival_at(until).filter(|_| until >= age);
        let reason = "is before the age or beyond what was observed";
        let end = known.ok_or(SurvivalError::BadArgument { name: "end", value: until, reason })?;
        let steps = self.steps.get(first_step..).unwrap_or_default();
        let within = steps.partition_point(|step| step.at.time < until);
        // From the end backwards, so that the area to the right of each step is at hand.
        let (mut area, mut variance, mut right) = (0.0, 0.0, until);
        for step in steps.iter().take(within).rev() {
            area += step.survival * (right - step.at.time);
            right = step.at.time;
            let left = step.at.n_at_risk - step.at.n_events;
            if step.at.n_events > 0.0 && left > 0.0 {
                variance += (area / here).powi(2) * step.at.n_events / (step.at.n_at_risk * left);
            }
        }
        area += here * (right - age);
        let standard_error = variance.sqrt();
        Ok(RestrictedMean { mean: area / here, standard_error, until, is_cut: end > 0.0 })
    }
}

/// exp(−exp(ln(−ln S) ± z · se)), se = √variance / |ln S|.
fn log_log(survival: f64, variance: f64, width: f64) -> Option<(f64, f64)> {
    if !(survival > 0.0 && survival < 1.0) {
        return None;
    }
    let spread = (width * variance.sqrt() / survival.ln().abs()).exp();
    Some((survival.powf(spread), survival.powf(1.0 / spread)))
}

#[cfg(test)]
mod tests;
