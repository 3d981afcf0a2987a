//! sBG: customers under contract renew it or not, each with a chance of their own.
//!
//! Answers how a retention curve goes on after the periods seen so far, and why a cohort's
//! retention rate rises although nobody becomes more loyal: those likely to leave leave first.
//!
//! A customer does not renew with probability θ ~ Beta(α, β), period by period (eq. 5, 6):
//! P(T = t) = B(α+1, β+t−1) / B(α, β), S(t) = B(α, β+t) / B(α, β), and the retention rate of
//! period t is (β+t−1) / (α+β+t−1) (eq. 8).
//!
//! *What the parameters mean*: α/(α+β) the first period's churn; α+β small: customers differ much
//! (U-shaped), large: they are alike.
//!
//! Sources: P. S. Fader, B. G. S. Hardie (2007), How to project customer retention, Journal of
//! Interactive Marketing 21(1), 76–90; (2010), Customer-base valuation in a contractual setting,
//! Marketing Science 29(1), 85–93. Limits: no covariates, no seasons; every period is alike.

use serde::{Deserialize, Serialize};

use super::LifetimeError;
use super::error::check_argument;
use super::fit::{Fitted, Search};
use super::model::check_parameters;
use crate::special::{digamma, hyp2f1, ln_rising};

/// One cohort followed from its start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cohort {
    /// Customers at the start.
    pub n_started: u64,
    /// Customers lost in period 1, 2, …; whoever is not among them is still there at the end.
    pub n_lost: Vec<u64>,
}

/// The model and its two parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sbg {
    /// First parameter of leaving.
    pub alpha: f64,
    /// Second parameter of leaving.
    pub beta: f64,
}

const NAMES: [&str; 2] = ["alpha", "beta"];
/// Fewest customers a fit is tried on.
const LEAST_CUSTOMERS: usize = 30;

/// Customers by period: lost in it, and still there when their cohort was last seen after it.
struct Totals {
    lost: Vec<f64>,
    kept: Vec<f64>,
    n_customers: u64,
}

impl Totals {
    fn new(cohorts: &[Cohort]) -> Result<Totals, LifetimeError> {
        let n_periods = cohorts.iter().map(|cohort| cohort.n_lost.len()).max().unwrap_or(0);
        let mut totals =
            Totals { lost: vec![0.0; n_periods], kept: vec![0.0; n_periods], n_customers: 0 };
        let mut n_lost = 0;
        for (row, cohort) in cohorts.iter().enumerate() {
            let gone: u64 = cohort.n_lost.iter().sum();
            let Some(kept) = cohort.n_started.checked_sub(gone) else {
                let reason = "is more than the cohort had";
                let value = gone as f64;
                return Err(LifetimeError::BadRow { row, field: "number lost", value, reason });
            };
            if let Some(last) = cohort.n_lost.len().checked_sub(1) {
                totals.n_customers += cohort.n_started;
                n_lost += gone;
                totals.kept[last] += kept as f64;
            }
            for (total, lost) in totals.lost.iter_mut().zip(&cohort.n_lost) {
                *total += *lost as f64;
            }
        }
        let n_customers = totals.n_customers;
        if n_customers < LEAST_CUSTOMERS as u64 {
            let n_customers = usize::try_from(n_customers).unwrap_or(usize::MAX);
            return Err(LifetimeError::TooFewCustomers { n_customers, needed: LEAST_CUSTOMERS });
        }
        if n_lost == 0 || n_lost == n_customers {
            return Err(LifetimeError::OneOutcome { n_lost, n_customers });
        }
        Ok(totals)
    }

    /// The log-likelihood (eq. B3) and its gradient by α and β.
    fn log_likelihood(&self, alpha: f64, beta: f64) -> (f64, [f64; 2]) {
        let both = alpha + beta;
        let (digamma_alpha, digamma_beta, digamma_both) =
            (digamma(alpha), digamma(beta), digamma(both));
        let (mut sum, mut by_alpha, mut by_beta) = (0.0, 0.0, 0.0);
        // ln S(t) = ln (β)_t − ln (α+β)_t, rising factorials.
        let survival = |t: f64| ln_rising(beta, t) - ln_rising(both, t);
        for ((lost, kept), t) in self.lost.iter().zip(&self.kept).zip(1_u32..) {
            let t = f64::from(t);
            if *lost > 0.0 {
                // P(T = t) = S(t−1) α / (α+β+t−1).
                sum += lost * (survival(t - 1.0) + (alpha / (both + t - 1.0)).ln());
                by_alpha += lost
                    * (digamma(alpha + 1.0) - digamma(both + t) - digamma_alpha + digamma_both);
                by_beta += lost
                    * (digamma(beta + t - 1.0) - digamma(both + t) - digamma_beta + digamma_both);
            }
            if *kept > 0.0 {
                sum += kept * survival(t);
                by_alpha += kept * (digamma_both - digamma(both + t));
                by_beta +=
                    kept * (digamma(beta + t) - digamma(both + t) - digamma_beta + digamma_both);
            }
        }
        (sum, [by_alpha, by_beta])
    }
}

/// Fits the two parameters to all cohorts together, however long each was followed.
///
/// # Errors
/// [`LifetimeError::BadRow`], [`LifetimeError::TooFewCustomers`],
/// [`LifetimeError::OneOutcome`], [`LifetimeError::NotSettled`].
pub fn fit(cohorts: &[Cohort]) -> Result<Fitted<Sbg>, LifetimeError> {
    let totals = Totals::new(cohorts)?;
    let problem = Search {
        model: "sbg",
        names: NAMES,
        lower: [1e-5; 2],
        upper: [1e5; 2],
        starts: vec![[1.0, 1.0], [0.5, 4.0], [20.0, 100.0]],
        n_customers: totals.n_customers as f64,
    };
    let ([alpha, beta], fit) =
        problem.maximise(None, &|[alpha, beta]| totals.log_likelihood(*alpha, *beta))?;
    Ok(Fitted { model: Sbg { alpha, beta }, fit })
}

impl Sbg {
    /// The same model with other parameters: α, β.
    ///
    /// # Errors
    /// [`LifetimeError::BadArgument`].
    pub fn with_parameters(values: &[f64]) -> Result<Sbg, LifetimeError> {
        let [alpha, beta] = check_parameters(NAMES, values)?;
        Ok(Sbg { alpha, beta })
    }

    /// S(t): the share of a new cohort that is still there after `n_periods`.
    pub fn survival(&self, n_periods: u32) -> f64 {
        let t = f64::from(n_periods);
        (ln_rising(self.beta, t) - ln_rising(self.alpha + self.beta, t)).exp()
    }

    /// The share of those there after `n_periods` that is still there one period later.
    pub fn retention(&self, n_periods: u32) -> f64 {
        let lived = self.beta + f64::from(n_periods);
        lived / (self.alpha + lived)
    }

    /// Expected further renewals of a customer who has renewed `n_renewals` times and is there,
    /// each discounted by `discount` per period (2010, eq. 6, with the next renewal due now:
    /// β'/(α+β') · ₂F₁(1, β'+1; α+β'+1; 1/(1+d)), β' = β + n).
    ///
    /// # Errors
    /// [`LifetimeError::BadArgument`] for a discount that is not above 0;
    /// [`LifetimeError::OutOfReach`].
    pub fn discounted_renewals(
        &self,
        n_renewals: u32,
        discount: f64,
    ) -> Result<f64, LifetimeError> {
        check_argument("discount", discount, f64::MIN_POSITIVE)?;
        let lived = self.beta + f64::from(n_renewals);
        let sum = hyp2f1(1.0, lived + 1.0, self.alpha + lived + 1.0, 1.0 / (1.0 + discount));
        let sum = sum.ok_or(LifetimeError::OutOfReach { horizon: 1.0 / discount })?;
        Ok(lived / (self.alpha + lived) * sum)
    }

    /// Expected further renewals within the next `n_periods`, without a discount.
    pub fn expected_renewals(&self, n_renewals: u32, n_periods: u32) -> f64 {
        let mut there = 1.0;
        let mut sum = 0.0;
        for i in 0..n_periods {
            there *= self.retention(n_renewals.saturating_add(i));
            sum += there;
        }
        sum
    }
}

#[cfg(test)]
mod tests;
