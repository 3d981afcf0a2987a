//! The shapes: ln S(t) with its gradient, and the search for their parameters.

use serde::{Deserialize, Serialize};

use super::Counts;
use crate::lifetime::LifetimeError;
use crate::lifetime::fit::{Fit, Search};
use crate::lifetime::sbg;
use crate::special::ln_rising;

/// Fewest customers a fit is tried on.
const LEAST_CUSTOMERS: usize = 30;

/// What a curve may look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Chances of leaving that differ between customers.
    Sbg,
    /// One chance of leaving for all.
    Exponential,
    /// A risk that falls or rises with age.
    Weibull,
    /// A first drop, then a power of the age.
    Power,
}

impl Shape {
    /// Every shape.
    pub const ALL: [Shape; 4] = [Shape::Sbg, Shape::Exponential, Shape::Weibull, Shape::Power];

    /// The names of its parameters.
    pub fn parameters(self) -> &'static [&'static str] {
        match self {
            Shape::Sbg => &["alpha", "beta"],
            Shape::Exponential => &["rate"],
            Shape::Weibull => &["scale", "shape"],
            Shape::Power => &["drop", "decay"],
        }
    }

    /// ln S(t) and, but for the sBG, its gradient by the parameters.
    pub(super) fn ln_survival(self, parameters: &[f64], n_periods: u32) -> (f64, [f64; 2]) {
        let t = f64::from(n_periods);
        let (Some(first), second) = (parameters.first(), parameters.get(1).unwrap_or(&0.0)) else {
            return (f64::NAN, [f64::NAN; 2]);
        };
        if n_periods == 0 {
            return (0.0, [0.0; 2]);
        }
        match self {
            Shape::Sbg => (ln_rising(*second, t) - ln_rising(first + second, t), [0.0; 2]),
            Shape::Exponential => (-first * t, [-t, 0.0]),
            Shape::Weibull => {
                let ratio = (t / first).ln();
                let gathered = (second * ratio).exp();
                (-gathered, [second / first * gathered, -gathered * ratio])
            }
            Shape::Power => (-first - second * t.ln(), [-1.0, -t.ln()]),
        }
    }

    /// The parameters that make the counts most likely.
    pub(super) fn fit(self, counts: &Counts) -> Result<(Vec<f64>, Fit), LifetimeError> {
        check(counts)?;
        let n_customers = counts.n_customers() as f64;
        match self {
            Shape::Sbg => {
                let found = sbg::fit(&counts.cohorts())?;
                Ok((vec![found.model.alpha, found.model.beta], found.fit))
            }
            Shape::Exponential => {
                let search = Search {
                    model: "exponential",
                    names: ["rate"],
                    lower: [1e-9],
                    upper: [50.0],
                    starts: vec![[0.05], [0.5]],
                    n_customers,
                };
                let (found, fit) = search.maximise(None, &|at| {
                    let (value, [slope, _]) = self.log_likelihood(counts, at);
                    (value, [slope])
                })?;
                Ok((found.to_vec(), fit))
            }
            Shape::Weibull | Shape::Power => {
                let is_weibull = self == Shape::Weibull;
                let search = Search {
                    model: if is_weibull { "weibull" } else { "power" },
                    names: if is_weibull { ["scale", "shape"] } else { ["drop", "decay"] },
                    lower: if is_weibull { [1e-6, 0.01] } else { [1e-9, 1e-9] },
                    upper: if is_weibull { [1e9, 30.0] } else { [50.0, 50.0] },
                    starts: if is_weibull {
                        vec![[5.0, 1.0], [20.0, 0.5]]
                    } else {
                        vec![[0.5, 0.5], [0.1, 0.1]]
                    },
                    n_customers,
                };
                let (found, fit) = search.maximise(None, &|at| self.log_likelihood(counts, at))?;
                Ok((found.to_vec(), fit))
            }
        }
    }

    /// The log-likelihood of the counts and its gradient by the parameters.
    fn log_likelihood(self, counts: &Counts, parameters: &[f64]) -> (f64, [f64; 2]) {
        let (mut sum, mut gradient) = (0.0, [0.0; 2]);
        let mut add = |n: f64, value: f64, slope: [f64; 2]| {
            sum += n * value;
            gradient.iter_mut().zip(slope).for_each(|(total, one)| *total += n * one);
        };
        let mut before = self.ln_survival(parameters, 0);
        for ((t, lost), kept) in (1_u32..).zip(&counts.lost).zip(&counts.kept) {
            let now = self.ln_survival(parameters, t);
            if *lost > 0 {
                // ln(S(t−1) − S(t)) = ln S(t−1) + ln(1 − e^Δ) with Δ = ln S(t) − ln S(t−1).
                let fall = (now.0 - before.0).min(-f64::MIN_POSITIVE);
                let gone = -libm::expm1(fall);
                let pull = fall.exp() / gone;
                let slope = [0, 1].map(|at| before.1[at] - pull * (now.1[at] - before.1[at]));
                add(*lost as f64, before.0 + gone.ln(), slope);
            }
            if *kept > 0 {
                add(*kept as f64, now.0, now.1);
            }
            before = now;
        }
        (sum, gradient)
    }
}

fn check(counts: &Counts) -> Result<(), LifetimeError> {
    let n_customers = counts.n_customers();
    if n_customers < LEAST_CUSTOMERS as u64 {
        let n_customers = usize::try_from(n_customers).unwrap_or(usize::MAX);
        return Err(LifetimeError::TooFewCustomers { n_customers, needed: LEAST_CUSTOMERS });
    }
    let n_lost: u64 = counts.lost.iter().sum();
    if n_lost == 0 || n_lost == n_customers {
        return Err(LifetimeError::OneOutcome { n_lost, n_customers });
    }
    Ok(())
}
