//! The stays of one group as curves, ages and lengths.

use perennial_models::survival::kaplan_meier::{self, Curve, RestrictedMean};
use perennial_models::survival::nelson_aalen::{self, Hazard};
use perennial_models::survival::weibull::{self, Weibull};
use perennial_models::survival::{Covariates, Observations, SurvivalError};

use super::answer::{AgeAnswer, GroupAnswer, Mean, Remaining, WeibullAnswer};
use super::question::SurvivalQuestion;
use crate::grouping::Group;
use crate::refused;
use crate::stays::Stay;

/// Stays in the columns of the models.
#[derive(Debug, Default)]
pub struct Columns {
    durations: Vec<f64>,
    has_left: Vec<bool>,
    /// Empty where everybody was watched from the start.
    entries: Vec<f64>,
}

impl Columns {
    /// Columns of these stays.
    pub fn new<'a>(stays: impl IntoIterator<Item = &'a Stay>) -> Columns {
        let mut columns = Columns::default();
        for stay in stays {
            columns.durations.push(f64::from(stay.n_days()));
            columns.has_left.push(stay.left);
            columns.entries.push(f64::from(stay.entry_days()));
        }
        if columns.entries.iter().all(|entry| *entry == 0.0) {
            columns.entries.clear();
        }
        columns
    }

    /// As the models take them.
    pub fn observations(&self) -> Observations<'_> {
        let known = Observations::new(&self.durations, &self.has_left);
        if self.entries.is_empty() { known } else { known.entering(&self.entries) }
    }

    /// The longest stay.
    pub fn longest(&self) -> f64 {
        self.durations.iter().copied().fold(0.0, f64::max)
    }
}

/// A group with its curves.
pub struct Curves {
    group: Option<Group>,
    other: bool,
    stays: Vec<Stay>,
    columns: Columns,
    fitted: Result<(Curve, Hazard), SurvivalError>,
    weibull: Result<Weibull, SurvivalError>,
}

impl Curves {
    /// Fits the curves of some stays.
    pub fn new(group: Option<Group>, other: bool, stays: Vec<Stay>, level: f64) -> Curves {
        let columns = Columns::new(&stays);
        let observations = columns.observations();
        let fitted = kaplan_meier::fit(&observations, level)
            .and_then(|curve| Ok((curve, nelson_aalen::fit(&observations, level)?)));
        let none = Covariates { names: &[], columns: &[] };
        let weibull = weibull::fit(&observations, &none, level);
        Curves { group, other, fitted, weibull, stays, columns }
    }

    /// Until when its curve is known; `None` without one, or where everybody has left.
    pub fn known_days(&self) -> Option<f64> {
        let (curve, _) = self.fitted.as_ref().ok()?;
        let is_known_ever = curve.steps.last().is_some_and(|step| step.survival == 0.0);
        (!is_known_ever).then(|| self.columns.longest())
    }

    /// Its longest stay.
    pub fn longest(&self) -> f64 {
        self.columns.longest()
    }

    /// The numbers of the group.
    pub fn answer(&self, question: &SurvivalQuestion, step: u32, until: f64) -> GroupAnswer {
        let left = self.stays.iter().filter(|stay| stay.left).count() as u64;
        let customers = self.stays.len() as u64;
        let curve = self.fitted.as_ref().ok().map(|(curve, _)| curve);
        let (low, high) = curve.map_or((None, None), |curve| curve.quantile_interval(0.5));
        GroupAnswer {
            group: self.group.clone(),
            other: self.other,
            customers,
            left,
            here: customers - left,
            delayed: self.stays.iter().filter(|stay| stay.entry_days() > 0).count() as u64,
            median_days: curve.and_then(Curve::median),
            median_low: low,
            median_high: high,
            mean: curve.and_then(|curve| curve.restricted_mean(until).ok()).map(mean),
            remaining: question
                .remaining_at
                .iter()
                .filter(|age| f64::from(**age) < until)
                .map(|age| self.remaining(*age, until))
                .collect(),
            weibull: self.weibull.as_ref().ok().and_then(distribution),
            refused: self.fitted.as_ref().err().map(refused::survival),
            weibull_refused: self.weibull.as_ref().err().map(refused::survival),
            ages: self.ages(step),
        }
    }

    fn remaining(&self, age: u32, until: f64) -> Remaining {
        let at_risk = self.stays.iter().filter(|stay| is_at_risk(stay, age)).count() as u64;
        let fitted = self.fitted.as_ref().ok();
        let more = fitted.and_then(|(curve, _)| curve.expected_remaining(age.into(), until).ok());
        let weibull = self.weibull.as_ref().ok();
        Remaining {
            age_days: age,
            at_risk,
            more: more.map(mean),
            weibull_days: weibull.and_then(|found| found.expected_remaining(&[], age.into())),
        }
    }

    fn ages(&self, step: u32) -> Vec<AgeAnswer> {
        let n_ages = (self.columns.longest() as u32).div_ceil(step);
        let mut ages: Vec<AgeAnswer> =
            (0..n_ages).map(|age| self.age(age * step, (age + 1) * step)).collect();
        // At risk, differences first: more from the age of entry on, fewer after the last one.
        let mut changes = vec![0_i64; ages.len() + 1];
        for stay in &self.stays {
            let (entry, last) = (stay.entry_days(), (stay.n_days() - 1) / step);
            let first = entry.div_ceil(step);
            if first <= last {
                changes[first as usize] += 1;
                changes[last as usize + 1] -= 1;
            }
            if let Some(within) =
                entry.checked_sub(1).and_then(|day| ages.get_mut((day / step) as usize))
            {
                within.entered += 1;
            }
            if let Some(end) = ages.get_mut(last as usize) {
                *(if stay.left { &mut end.left } else { &mut end.censored }) += 1;
            }
        }
        let mut at_risk = 0_i64;
        for (age, change) in ages.iter_mut().zip(changes) {
            at_risk += change;
            age.at_risk = at_risk.unsigned_abs();
        }
        ages
    }

    /// What the curves say of an age, nobody counted yet.
    fn age(&self, from_days: u32, to_days: u32) -> AgeAnswer {
        let (from, to) = (f64::from(from_days), f64::from(to_days));
        let fitted = self.fitted.as_ref().ok();
        let interval = fitted.and_then(|(curve, _)| curve.interval_at(to));
        let hazard = fitted.and_then(|(_, hazard)| hazard.at(to));
        let spread = fitted.filter(|_| hazard.is_some()).and_then(|(_, hazard)| {
            let after = hazard.steps.partition_point(|step| step.at.time <= to);
            hazard.steps.get(after.checked_sub(1)?)?.interval
        });
        AgeAnswer {
            from_days,
            to_days,
            at_risk: 0,
            entered: 0,
            left: 0,
            censored: 0,
            survival: fitted.and_then(|(curve, _)| curve.survival_at(to)),
            low: interval.map(|(low, _)| low),
            high: interval.map(|(_, high)| high),
            hazard,
            hazard_low: spread.map(|(low, _)| low),
            hazard_high: spread.map(|(_, high)| high),
            rate_per_day: fitted.and_then(|(_, hazard)| hazard.mean_rate(from, to)),
        }
    }
}

/// Whether a customer was watched just after an age.
pub fn is_at_risk(stay: &Stay, age_days: u32) -> bool {
    stay.entry_days() <= age_days && age_days < stay.n_days()
}

/// The distribution, where all its numbers stay in double precision.
fn distribution(found: &Weibull) -> Option<WeibullAnswer> {
    let answer = WeibullAnswer {
        shape: found.shape(),
        scale_days: found.scale(&[])?,
        median_days: found.median(&[])?,
        mean_days: found.mean(&[])?,
        log_likelihood: found.log_likelihood,
    };
    let numbers = [
        answer.shape,
        answer.scale_days,
        answer.median_days,
        answer.mean_days,
        answer.log_likelihood,
    ];
    numbers.iter().all(|number| number.is_finite()).then_some(answer)
}

fn mean(found: RestrictedMean) -> Mean {
    Mean {
        days: found.mean,
        standard_error: found.standard_error,
        until_days: found.until,
        is_cut: found.is_cut,
    }
}
