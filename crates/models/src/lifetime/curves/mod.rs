//! Curves of staying: four shapes a retention curve may have, fitted alike, judged by what they
//! promise of periods they have not seen.
//!
//! Answers "how does our retention go on, and which curve should we believe?" All shapes give S(t),
//! the share of a cohort still there after t whole periods, with S(0) = 1:
//!
//! | shape | S(t) | what it says |
//! |---|---|---|
//! | sBG | B(α, β+t) / B(α, β) | everybody has a chance of leaving of their own ([`super::sbg`]) |
//! | exponential | e^(−λt) | everybody leaves alike, for ever |
//! | Weibull | e^(−(t/τ)^k) | the risk falls (k < 1) or rises with age |
//! | power | e^(−A) · t^(−B), t ≥ 1 | a first drop, then a straight line on log-log paper |
//!
//! Every shape maximises the same likelihood of the same counts: Σ lost_t · ln(S(t−1) − S(t)) +
//! Σ kept_t · ln S(t), with kept_t the customers there when their cohort was last seen after t periods
//! (P. S. Fader, B. G. S. Hardie (2007), Journal of Interactive Marketing 21(1), eq. B3), so their
//! log-likelihoods compare. Intervals come from the bootstrap of the counts
//! (B. Efron, R. J. Tibshirani (1993), An Introduction to the Bootstrap, §13.3: percentiles), in its
//! Poisson form: each count is drawn anew with itself as the mean.
//!
//! Limits. Periods are alike: no season, no calendar. The interval says how sure the fit is of its
//! curve, not whether the shape is right; the error on held-out periods ([`holdout`]) says that.

mod bootstrap;
mod holdout;
mod shapes;

use serde::{Deserialize, Serialize};

pub use bootstrap::{Draws, bootstrap};
pub use holdout::{Holdout, holdout};
pub use shapes::Shape;

use super::LifetimeError;
use super::error::check_argument;
use super::fit::Fit;
use super::sbg::Cohort;

/// Customers of all cohorts by whole periods.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lost in period 1, 2, ….
    pub lost: Vec<u64>,
    /// There when their cohort was last seen, after 1, 2, … periods.
    pub kept: Vec<u64>,
}

impl Counts {
    /// The counts of some cohorts, however long each was followed; those of no period say nothing.
    ///
    /// # Errors
    /// [`LifetimeError::BadRow`] where more were lost than started.
    pub fn new(cohorts: &[Cohort]) -> Result<Counts, LifetimeError> {
        let n_periods = cohorts.iter().map(|cohort| cohort.n_lost.len()).max().unwrap_or(0);
        let mut counts = Counts { lost: vec![0; n_periods], kept: vec![0; n_periods] };
        for (row, cohort) in cohorts.iter().enumerate() {
            let gone: u64 = cohort.n_lost.iter().sum();
            let Some(kept) = cohort.n_started.checked_sub(gone) else {
                let reason = "is more than the cohort had";
                return Err(LifetimeError::BadRow {
                    row,
                    field: "number lost",
                    value: gone as f64,
                    reason,
                });
            };
            if let Some(last) = cohort.n_lost.len().checked_sub(1) {
                counts.kept[last] += kept;
            }
            for (total, lost) in counts.lost.iter_mut().zip(&cohort.n_lost) {
                *total += lost;
            }
        }
        Ok(counts)
    }

    /// Longest time followed, in periods.
    pub fn n_periods(&self) -> usize {
        self.lost.len()
    }

    /// All customers.
    pub fn n_customers(&self) -> u64 {
        self.lost.iter().chain(&self.kept).sum()
    }

    /// Customers there when each period began and followed through it.
    pub fn at_risk(&self) -> Vec<u64> {
        let mut rest = self.n_customers();
        let steps = self.lost.iter().zip(&self.kept);
        let at_risk = |(lost, kept): (&u64, &u64)| {
            let own = rest;
            rest -= lost + kept;
            own
        };
        steps.map(at_risk).collect()
    }

    /// The share still there after 1, 2, … periods as it was seen: the product of 1 − lost ÷ at risk
    /// (Kaplan–Meier); `None` from where nobody was followed.
    pub fn observed(&self) -> Vec<Option<f64>> {
        let mut share = Some(1.0);
        let steps = self.at_risk().into_iter().zip(&self.lost);
        let after = |(at_risk, lost): (u64, &u64)| {
            share = share
                .filter(|_| at_risk > 0)
                .map(|share| share * (1.0 - *lost as f64 / at_risk as f64));
            share
        };
        steps.map(after).collect()
    }

    /// The same counts as cohorts.
    fn cohorts(&self) -> Vec<Cohort> {
        let last = self.kept.iter().zip(1_usize..).filter(|(kept, _)| **kept > 0);
        let mut cohorts: Vec<Cohort> = last
            .map(|(kept, n_periods)| Cohort { n_started: *kept, n_lost: vec![0; n_periods] })
            .collect();
        cohorts.push(Cohort { n_started: self.lost.iter().sum(), n_lost: self.lost.clone() });
        cohorts
    }
}

/// A shape with its parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StayCurve {
    /// The shape.
    pub shape: Shape,
    /// Its parameters in the order of [`Shape::parameters`]; all are above 0.
    pub parameters: Vec<f64>,
}

/// Most periods added up.
const MOST_TERMS: u32 = 10_000_000;
/// Share of the sum below which what is left of it does not matter.
const SETTLED: f64 = 1e-12;

impl StayCurve {
    /// S(t): the share of a new cohort still there after `n_periods`.
    pub fn survival(&self, n_periods: u32) -> f64 {
        self.shape.ln_survival(&self.parameters, n_periods).0.exp()
    }

    /// The share of those there after `n_periods` still there one period later.
    pub fn retention(&self, n_periods: u32) -> f64 {
        let at = |t: u32| self.shape.ln_survival(&self.parameters, t).0;
        (at(n_periods.saturating_add(1)) - at(n_periods)).exp()
    }

    /// Expected periods a new customer is there, the first one counted, each discounted by `discount`
    /// per period: Σ S(t) / (1 + d)^t from t = 0 on.
    ///
    /// # Errors
    /// [`LifetimeError::BadArgument`] for a discount that is not above 0;
    /// [`LifetimeError::OutOfReach`] where the sum does not settle.
    pub fn discounted_periods(&self, discount: f64) -> Result<f64, LifetimeError> {
        check_argument("discount", discount, f64::MIN_POSITIVE)?;
        let factor = 1.0 / (1.0 + discount);
        let (mut sum, mut weight) = (0.0, 1.0);
        for t in 0..MOST_TERMS {
            let term = weight * self.survival(t);
            sum += term;
            weight *= factor;
            // S never rises, so what is left is at most a geometric series.
            if term * factor / (1.0 - factor) <= SETTLED * sum {
                return Ok(sum);
            }
        }
        Err(LifetimeError::OutOfReach { horizon: f64::from(MOST_TERMS) })
    }

    /// Expected periods within the first `n_periods`, without a discount: Σ S(t) for t < n.
    pub fn expected_periods(&self, n_periods: u32) -> f64 {
        (0..n_periods).map(|t| self.survival(t)).sum()
    }
}

/// A fitted curve.
#[derive(Clone, Debug)]
pub struct FittedCurve {
    /// The curve.
    pub curve: StayCurve,
    /// How it was found.
    pub fit: Fit,
}

impl FittedCurve {
    /// Akaike's criterion.
    pub fn aic(&self) -> f64 {
        2.0 * self.curve.parameters.len() as f64 - 2.0 * self.fit.log_likelihood
    }

    /// Root of the mean squared difference from what was seen, by customers at risk; `None` where
    /// nobody was followed.
    pub fn error(&self, counts: &Counts) -> Option<f64> {
        let (mut squares, mut weights) = (0.0, 0.0);
        let seen = counts.observed().into_iter().zip(counts.at_risk());
        for (t, (observed, at_risk)) in (1_u32..).zip(seen) {
            if let Some(observed) = observed {
                squares += at_risk as f64 * (observed - self.curve.survival(t)).powi(2);
                weights += at_risk as f64;
            }
        }
        (weights > 0.0).then(|| (squares / weights).sqrt())
    }
}

/// Fits a shape to counts.
///
/// # Errors
/// [`LifetimeError::TooFewCustomers`], [`LifetimeError::OneOutcome`], [`LifetimeError::NotSettled`].
pub fn fit(shape: Shape, counts: &Counts) -> Result<FittedCurve, LifetimeError> {
    let (parameters, fit) = shape.fit(counts)?;
    Ok(FittedCurve { curve: StayCurve { shape, parameters }, fit })
}

#[cfg(test)]
mod tests;
