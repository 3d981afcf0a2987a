//! What a curve promises of periods it has not seen.

use super::{Counts, Shape, fit};
use crate::lifetime::LifetimeError;
use crate::lifetime::sbg::Cohort;

/// How far off the promises were.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Holdout {
    /// Σ |promised − seen| ÷ Σ seen, over cohorts and held-out periods.
    pub error: f64,
    /// Σ (promised − seen) ÷ Σ seen: above 0 where too many were promised.
    pub bias: f64,
    /// Customers seen, cohort by cohort and period by period.
    pub n_seen: u64,
}

/// Fits what was known `n_periods` ago, and compares with what came: a cohort is carried on from
/// those last known to be there, one that started since from all of it.
///
/// # Errors
/// Those of [`fit`]; [`LifetimeError::TooFewCustomers`] where nobody is seen in the held-out periods.
pub fn holdout(
    shape: Shape,
    cohorts: &[Cohort],
    n_periods: usize,
) -> Result<Holdout, LifetimeError> {
    let known = |cohort: &Cohort| cohort.n_lost.len().saturating_sub(n_periods);
    let earlier: Vec<Cohort> = cohorts
        .iter()
        .map(|cohort| Cohort {
            n_started: cohort.n_started,
            n_lost: cohort.n_lost.iter().take(known(cohort)).copied().collect(),
        })
        .collect();
    let curve = fit(shape, &Counts::new(&earlier)?)?.curve;
    let (mut off, mut bias, mut n_seen) = (0.0, 0.0, 0);
    for cohort in cohorts {
        let mut there = cohort.n_started;
        let (mut base, mut last) = (there as f64, 1.0);
        for (at, lost) in cohort.n_lost.iter().enumerate() {
            there = there.saturating_sub(*lost);
            let share = curve.survival(at as u32 + 1);
            if at < known(cohort) {
                (base, last) = (there as f64, share);
                continue;
            }
            let promised = base * share / last;
            off += (promised - there as f64).abs();
            bias += promised - there as f64;
            n_seen += there;
        }
    }
    if n_seen == 0 {
        return Err(LifetimeError::TooFewCustomers { n_customers: 0, needed: 1 });
    }
    Ok(Holdout { error: off / n_seen as f64, bias: bias / n_seen as f64, n_seen })
}
