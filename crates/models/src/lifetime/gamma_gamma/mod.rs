//! Gamma-Gamma: what a customer spends per order, drawn towards everybody's mean.
//!
//! Answers what the next order of a customer is worth when one order of 500 says less about them
//! than ten orders of 50.
//!
//! Orders of a customer are Gamma(p, ν) with mean p/ν, and ν ~ Gamma(q, v) differs between
//! customers. Likelihood of the mean m of x orders (eq. 1a):
//! L = Γ(px+q) / (Γ(px) Γ(q)) · v^q · m^(px−1) · x^(px) / (v + xm)^(px+q).
//! Expected mean of a customer (eq. 5): p (v + xm) / (px + q − 1); of a new one pv / (q − 1).
//!
//! *What the parameters mean*: 1/√p the relative spread of one customer's orders; q the smaller the
//! more customers differ.
//!
//! Source: P. S. Fader, B. G. S. Hardie (2013), The Gamma-Gamma model of monetary value,
//! <http://www.brucehardie.com/notes/025/>. Limits: spending must not depend on how often a
//! customer buys ([`independence`] gives the correlation); amounts are above 0.

use serde::{Deserialize, Serialize};
use statrs::function::beta::beta_reg;

use super::LifetimeError;
use super::fit::{Fitted, Search};
use super::model::{Interval, check_level, check_parameters};
use crate::special::{digamma, ln_gamma};

/// What one customer spent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spending {
    /// x: orders averaged over (the repeats, by the paper's convention); 0 where unknown.
    pub n_orders: u32,
    /// m: their mean amount.
    pub mean_amount: f64,
}

/// The model and its three parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GammaGamma {
    /// Shape of one customer's orders.
    pub p: f64,
    /// Shape of the differences between customers.
    pub q: f64,
    /// Scale of the differences between customers, in money.
    pub v: f64,
}

const NAMES: [&str; 3] = ["p", "q", "v"];
/// Fewest customers with orders a fit is tried on.
const LEAST_CUSTOMERS: usize = 30;

impl Spending {
    fn check(&self, row: usize) -> Result<(), LifetimeError> {
        let value = self.mean_amount;
        let reason = if self.n_orders == 0 {
            return Ok(());
        } else if !value.is_finite() {
            "is not a finite number"
        } else if value <= 0.0 {
            "is not above 0"
        } else {
            return Ok(());
        };
        Err(LifetimeError::BadRow { row, field: "mean amount", value, reason })
    }
}

/// Fits the three parameters by maximum likelihood; rows without orders are passed over.
///
/// # Errors
/// [`LifetimeError::BadRow`], [`LifetimeError::NoRepeatBuyers`],
/// [`LifetimeError::TooFewCustomers`], [`LifetimeError::NotSettled`].
pub fn fit(spendings: &[Spending]) -> Result<Fitted<GammaGamma>, LifetimeError> {
    for (row, spending) in spendings.iter().enumerate() {
        spending.check(row)?;
    }
    let mut rows: Vec<Spending> =
        spendings.iter().copied().filter(|row| row.n_orders > 0).collect();
    if rows.is_empty() {
        return Err(LifetimeError::NoRepeatBuyers { n_customers: spendings.len() });
    }
    if rows.len() < LEAST_CUSTOMERS {
        return Err(LifetimeError::TooFewCustomers {
            n_customers: rows.len(),
            needed: LEAST_CUSTOMERS,
        });
    }
    // Equal numbers of orders stand together and share their gamma functions.
    rows.sort_unstable_by_key(|row| row.n_orders);
    let n_customers = rows.len() as f64;
    let mean = rows.iter().map(|row| row.mean_amount).sum::<f64>() / n_customers;
    let start = |p: f64, q: f64| [p, q, mean * (q - 1.0) / p];
    let problem = Search {
        model: "gamma_gamma",
        names: NAMES,
        lower: [1e-3, 1e-3, 1e-5 * mean],
        upper: [1e4, 1e4, 1e5 * mean],
        starts: vec![start(5.0, 4.0), start(1.0, 2.0), start(20.0, 10.0)],
        n_customers,
    };
    let ([p, q, v], fit) = problem.maximise(None, &|at| log_likelihood(&rows, *at))?;
    Ok(Fitted { model: GammaGamma { p, q, v }, fit })
}

/// The log-likelihood of rows sorted by their number of orders, and its gradient by p, q, v.
fn log_likelihood(rows: &[Spending], [p, q, v]: [f64; 3]) -> (f64, [f64; 3]) {
    let mut sum = 0.0;
    let mut gradient = [0.0; 3];
    let (ln_gamma_q, digamma_q, ln_v) = (ln_gamma(q), digamma(q), v.ln());
    for alike in rows.chunk_by(|a, b| a.n_orders == b.n_orders) {
        let x = alike.first().map_or(0.0, |row| f64::from(row.n_orders));
        let (shape, both) = (p * x, p * x + q);
        let level = ln_gamma(both) - ln_gamma(shape) - ln_gamma_q + q * ln_v + shape * x.ln();
        let (by_both, by_shape) = (digamma(both), digamma(shape));
        for row in alike {
            let (ln_m, total) = (row.mean_amount.ln(), v + x * row.mean_amount);
            let ln_total = total.ln();
            sum += level + (shape - 1.0) * ln_m - both * ln_total;
            gradient[0] += x * (by_both - by_shape + ln_m + x.ln() - ln_total);
            gradient[1] += by_both - digamma_q + ln_v - ln_total;
            gradient[2] += q / v - both / total;
        }
    }
    (sum, gradient)
}

/// The correlation of orders and mean amount over customers with orders: the model supposes 0.
/// `None` with fewer than two of them, or where one of the two does not vary.
pub fn independence(spendings: &[Spending]) -> Option<f64> {
    let rows = spendings.iter().filter(|row| row.n_orders > 0);
    let pairs: Vec<(f64, f64)> =
        rows.map(|row| (f64::from(row.n_orders), row.mean_amount)).collect();
    super::backtest::correlation(&pairs)
}

impl GammaGamma {
    /// The same model with other parameters: p, q, v.
    ///
    /// # Errors
    /// [`LifetimeError::BadArgument`].
    pub fn with_parameters(values: &[f64]) -> Result<GammaGamma, LifetimeError> {
        let [p, q, v] = check_parameters(NAMES, values)?;
        Ok(GammaGamma { p, q, v })
    }

    /// Expected mean amount per order of a new customer: pv / (q − 1).
    ///
    /// # Errors
    /// [`LifetimeError::NoMean`] for q ≤ 1.
    pub fn mean_of_all(&self) -> Result<f64, LifetimeError> {
        self.expected(&Spending { n_orders: 0, mean_amount: 0.0 })
    }

    /// Expected mean amount per order of this customer (eq. 5).
    ///
    /// # Errors
    /// [`LifetimeError::BadRow`], [`LifetimeError::NoMean`].
    pub fn expected(&self, spending: &Spending) -> Result<f64, LifetimeError> {
        spending.check(0)?;
        let (shape, scale) = self.posterior(spending);
        if shape <= 1.0 {
            return Err(LifetimeError::NoMean { q: shape });
        }
        Ok(self.p * scale / (shape - 1.0))
    }

    /// Shape and rate of ν after what was seen.
    pub(super) fn posterior(&self, spending: &Spending) -> (f64, f64) {
        let x = f64::from(spending.n_orders);
        let amount = if spending.n_orders > 0 { x * spending.mean_amount } else { 0.0 };
        (self.p * x + self.q, self.v + amount)
    }

    /// The range in which the sum of the coming orders lies with probability `level`, given the
    /// distribution of their number: the sum of n orders is the rate's posterior scale times a
    /// beta-prime(pn, px+q), and the number is mixed over.
    ///
    /// # Errors
    /// [`LifetimeError::BadRow`], [`LifetimeError::BadArgument`].
    pub fn revenue_interval(
        &self,
        spending: &Spending,
        counts: &[f64],
        level: f64,
    ) -> Result<Interval, LifetimeError> {
        spending.check(0)?;
        check_level(level)?;
        let (shape, scale) = self.posterior(spending);
        // In the share y of the amount in amount + scale, which runs from 0 to 1.
        let at_most = |y: f64| {
            let reached = counts.iter().zip(0_u32..).map(|(mass, n)| match n {
                0 => *mass,
                _ if *mass < NEGLIGIBLE => *mass,
                n => mass * beta_reg(self.p * f64::from(n), shape, y.clamp(0.0, 1.0)),
            });
            reached.sum::<f64>()
        };
        let tail = 0.5 * (1.0 - level);
        let quantile = |share: f64| {
            let y = reaching(share, at_most);
            scale * y / (1.0 - y)
        };
        Ok(Interval { lower: quantile(tail), upper: quantile(1.0 - tail) })
    }
}

/// Counts so improbable do not move a quantile.
const NEGLIGIBLE: f64 = 1e-9;

/// The smallest y in [0, 1) at which the rising `f` reaches `share`: regula falsi with the Illinois
/// rule (M. Dowell, P. Jarratt 1971, BIT 11, 168–174), halving where that is slow.
fn reaching(share: f64, f: impl Fn(f64) -> f64) -> f64 {
    const CLOSE: f64 = 1e-9;
    const MOST_STEPS: usize = 100;
    // The distribution is spelt out to a billionth, so a tail thinner than that has no end.
    let (mut lower, mut upper) = (0.0, 1.0 - 1e-12);
    let (mut below, mut above) = (f(lower) - share, f(upper) - share);
    if below >= 0.0 {
        return lower;
    }
    // How often in a row the same end moved: from the second time on the other one pulls less.
    let (mut n_upper, mut n_lower) = (0, 0);
    for step in 1..=MOST_STEPS {
        if above <= 0.0 || upper - lower <= CLOSE * (upper * (1.0 - upper)) {
            break;
        }
        let middle = match step % 8 {
            0 => 0.5 * (lower + upper),
            _ => (lower * above - upper * below) / (above - below),
        };
        let value = f(middle) - share;
        if value >= 0.0 {
            (upper, above) = (middle, value);
            (n_upper, n_lower) = (n_upper + 1, 0);
            below *= if n_upper > 1 { 0.5 } else { 1.0 };
        } else {
            (lower, below) = (middle, value);
            (n_upper, n_lower) = (0, n_lower + 1);
            above *= if n_lower > 1 { 0.5 } else { 1.0 };
        }
    }
    upper
}

#[cfg(test)]
mod tests;
