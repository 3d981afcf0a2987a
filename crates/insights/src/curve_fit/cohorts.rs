//! Stays by whole periods: who started together, and who was lost before which period.

use perennial_models::lifetime::sbg::Cohort;

use super::plan::Plan;
use crate::stays::Stay;

/// A customer among cohorts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The period of the start.
    pub cohort: usize,
    /// Periods for which it is known whether the cohort's customers were there.
    pub n_known: u32,
    /// The first period before whose begin the customer was lost, from 1 on; `None` while there.
    pub lost_in: Option<u32>,
}

impl Place {
    /// Whether the customer was there after so many periods; `None` where that is not known yet.
    pub fn is_there(&self, age: u32) -> Option<bool> {
        (age <= self.n_known).then(|| self.lost_in.is_none_or(|lost| lost > age))
    }
}

/// Day numbers of the first dates of the periods.
pub struct Calendared {
    first_days: Vec<i32>,
    /// The last period that has begun when all is known.
    last: usize,
}

impl Calendared {
    /// The periods of a question.
    pub fn new(plan: &Plan) -> Calendared {
        let dates = (0..plan.periods.len()).filter_map(|period| plan.periods.date(period));
        let begun = plan.periods.starts().iter().take(plan.periods.len());
        let n_begun = begun.filter(|start| **start <= plan.stays.known_until).count();
        Calendared {
            first_days: dates.map(crate::stays::day_number).collect(),
            last: n_begun.saturating_sub(1),
        }
    }

    fn period(&self, day: i32) -> usize {
        self.first_days.partition_point(|first| *first <= day).saturating_sub(1)
    }

    /// Where a stay stands.
    pub fn place(&self, stay: &Stay) -> Place {
        let cohort = self.period(stay.first);
        let n_known = self.last.saturating_sub(cohort) as u32;
        let gone = (self.period(stay.end).saturating_sub(cohort)) as u32 + 1;
        // Lost in the period that is running is not seen yet.
        let lost_in = Some(gone).filter(|gone| stay.left && *gone <= n_known);
        Place { cohort, n_known, lost_in }
    }
}

/// A cohort with the period it started in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    /// The period.
    pub period: usize,
    /// Its customers.
    pub cohort: Cohort,
}

/// The cohorts of some stays, in order, those without customers left out.
pub fn cohorts(calendared: &Calendared, stays: &[Stay]) -> Vec<Started> {
    let mut found: std::collections::BTreeMap<usize, Cohort> = std::collections::BTreeMap::new();
    for stay in stays {
        let place = calendared.place(stay);
        let own = found
            .entry(place.cohort)
            .or_insert_with(|| Cohort { n_started: 0, n_lost: vec![0; place.n_known as usize] });
        own.n_started += 1;
        let lost = place.lost_in.and_then(|lost| own.n_lost.get_mut(lost as usize - 1));
        lost.into_iter().for_each(|lost| *lost += 1);
    }
    found.into_iter().map(|(period, cohort)| Started { period, cohort }).collect()
}
