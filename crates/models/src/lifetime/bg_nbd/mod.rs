//! BG/NBD: customers buy at random at a rate of their own and may leave right after a purchase.
//!
//! Answers who has left without saying so, and how often the others will buy.
//!
//! Purchases are Poisson at rate λ ~ Gamma(r, α); after each repeat purchase the customer leaves
//! with probability p ~ Beta(a, b). Likelihood of (x, t_x, T), eq. 6:
//! L = Γ(r+x) αʳ / Γ(r) · [ B(a, b+x) / B(a, b) · (α+T)^−(r+x)
//!   + 1(x>0) · B(a+1, b+x−1) / B(a, b) · (α+t_x)^−(r+x) ].
//!
//! *What the parameters mean*: r/α purchases per unit of time while active, a/(a+b) the chance to
//! leave at a purchase; small r or a+b: customers differ much.
//!
//! Source: P. S. Fader, B. G. S. Hardie, K. L. Lee (2005), "Counting your customers" the easy way,
//! Marketing Science 24(2), 275–284. Limits: who never repeats never leaves, so P(alive) is 1
//! there ([`super::mbg_nbd`] mends that); rates neither drift nor know seasons.

use serde::{Deserialize, Serialize};

use super::fit::{Finding, Fitted, Likelihood, Search};
use super::geometric::{Geometric, GeometricModel, NAMES};
use super::history::Rows;
use super::{History, LifetimeError, nbd};

/// The model and its four parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BgNbd {
    /// Shape of the purchase rates.
    pub r: f64,
    /// Rate of the purchase rates, in units of time.
    pub alpha: f64,
    /// First parameter of leaving.
    pub a: f64,
    /// Second parameter of leaving.
    pub b: f64,
}

/// Log-likelihood that two more parameters must gain before leaving is believed: half the 95 %
/// point of a chi-squared of two degrees of freedom.
pub(super) const LEAST_GAIN: f64 = 2.996;
/// Rows on which the starts are tried.
pub(super) const COARSE_ROWS: usize = 2048;

/// Fits the four parameters by maximum likelihood.
///
/// # Errors
/// [`LifetimeError::BadRow`], [`LifetimeError::TooFewCustomers`],
/// [`LifetimeError::NoRepeatBuyers`], [`LifetimeError::NotSettled`].
pub fn fit(histories: &[History]) -> Result<Fitted<BgNbd>, LifetimeError> {
    let rows = Rows::new(histories)?;
    let ([r, alpha, a, b], fit) = search(&rows, 0.0)?;
    Ok(Fitted { model: BgNbd { r, alpha, a, b }, fit })
}

/// The search of BG/NBD (no first coin) and MBG/NBD (one).
pub(super) fn search(
    rows: &Rows,
    first_coins: f64,
) -> Result<([f64; 4], super::Fit), LifetimeError> {
    let start = |r: f64, a: f64, b: f64| [r, r / rows.mean_rate, a, b];
    let problem = Search {
        model: "bg_nbd",
        names: NAMES,
        lower: [1e-4, 1e-5 * rows.mean_age, 1e-5, 1e-4],
        upper: [1e3, 1e5 * rows.mean_age, 1e3, 1e5],
        starts: vec![start(0.3, 0.7, 2.0), start(1.0, 0.2, 3.0), start(0.5, 0.02, 5.0)],
        n_customers: rows.n_customers,
    };
    let likelihood = |rows: &Rows, [r, alpha, a, b]: [f64; 4]| {
        Geometric { r, alpha, a, b, first_coins }.log_likelihood(rows)
    };
    let thinned = rows.thinned(COARSE_ROWS);
    let coarse = thinned.as_ref().map(|few| move |at: &[f64; 4]| likelihood(few, *at));
    let coarse = coarse.as_ref().map(|f| f as Likelihood<'_, 4>);
    let (at, mut fit) = problem.maximise(coarse, &|at| likelihood(rows, *at))?;
    let gain = fit.log_likelihood - nbd::search(rows)?.1.log_likelihood;
    if gain < LEAST_GAIN {
        fit.findings.insert(0, Finding::NoDropOut { gain });
    }
    Ok((at, fit))
}

impl GeometricModel for BgNbd {
    const NAME: &str = "bg_nbd";

    fn of([r, alpha, a, b]: [f64; 4]) -> BgNbd {
        BgNbd { r, alpha, a, b }
    }

    fn core(&self) -> Geometric {
        Geometric { r: self.r, alpha: self.alpha, a: self.a, b: self.b, first_coins: 0.0 }
    }
}

#[cfg(test)]
mod tests;
