//! Pareto/NBD: customers buy at random at a rate of their own and may leave at any time.
//!
//! Answers who has left without saying so where leaving has nothing to do with buying.
//!
//! Purchases are Poisson at rate λ ~ Gamma(r, α), the lifetime is exponential with rate
//! μ ~ Gamma(s, β). Likelihood of (x, t_x, T) (Fader, Hardie 2005, eq. 17–19):
//! L = Γ(r+x) αʳ βˢ / Γ(r) · [ (α+T)^−(r+x) (β+T)^−s
//!   + s ∫ from t_x to T of (α+τ)^−(r+x) (β+τ)^−(s+1) dτ ].
//!
//! The papers write the integral as a difference of two ₂F₁, which cancels where t_x is near T;
//! here it is integrated as it stands, which also gives its derivatives.
//!
//! *What the parameters mean*: r/α purchases per unit of time while active, s/β the hazard of
//! leaving; small r or s: customers differ much.
//!
//! Sources: D. C. Schmittlein, D. G. Morrison, R. Colombo (1987), Counting your customers,
//! Management Science 33(1), 1–24; P. S. Fader, B. G. S. Hardie (2005), A note on deriving the
//! Pareto/NBD model and related expressions. Limits: rates neither drift nor know seasons.

mod integral;

use serde::{Deserialize, Serialize};

use super::bg_nbd::{COARSE_ROWS, LEAST_GAIN};
use super::fit::{Finding, Fitted, Likelihood, Search};
use super::history::Rows;
use super::model::{PurchaseModel, check_parameters, check_question, negative_binomial, spell_out};
use super::{History, LifetimeError, nbd};
use crate::special::{digamma, integrate, ln_rising, log_sum_exp};
use integral::Left;

/// The model and its four parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParetoNbd {
    /// Shape of the purchase rates.
    pub r: f64,
    /// Rate of the purchase rates, in units of time.
    pub alpha: f64,
    /// Shape of the rates of leaving.
    pub s: f64,
    /// Rate of the rates of leaving, in units of time.
    pub beta: f64,
}

const NAMES: [&str; 4] = ["r", "alpha", "s", "beta"];

/// Fits the four parameters by maximum likelihood.
///
/// # Errors
/// Those of [`super::bg_nbd::fit`].
pub fn fit(histories: &[History]) -> Result<Fitted<ParetoNbd>, LifetimeError> {
    let rows = Rows::new(histories)?;
    let start = |r: f64, s: f64, ages: f64| [r, r / rows.mean_rate, s, ages * rows.mean_age];
    let problem = Search {
        model: "pareto_nbd",
        names: NAMES,
        lower: [1e-4, 1e-5 * rows.mean_age, 1e-5, 1e-5 * rows.mean_age],
        upper: [1e3, 1e5 * rows.mean_age, 1e3, 1e5 * rows.mean_age],
        starts: vec![start(0.3, 0.5, 0.5), start(1.0, 1.0, 1.0), start(0.5, 0.1, 1.0)],
        n_customers: rows.n_customers,
    };
    let likelihood = |rows: &Rows, [r, alpha, s, beta]: [f64; 4]| {
        ParetoNbd { r, alpha, s, beta }.log_likelihood(rows)
    };
    let thinned = rows.thinned(COARSE_ROWS);
    let coarse = thinned.as_ref().map(|few| move |at: &[f64; 4]| likelihood(few, *at));
    let coarse = coarse.as_ref().map(|f| f as Likelihood<'_, 4>);
    let ([r, alpha, s, beta], mut fit) = problem.maximise(coarse, &|at| likelihood(&rows, *at))?;
    let gain = fit.log_likelihood - nbd::search(&rows)?.1.log_likelihood;
    if gain < LEAST_GAIN {
        fit.findings.insert(0, Finding::NoDropOut { gain });
    }
    Ok(Fitted { model: ParetoNbd { r, alpha, s, beta }, fit })
}

impl ParetoNbd {
    /// The log-likelihood of all rows and its gradient by r, α, s, β.
    fn log_likelihood(&self, rows: &Rows) -> (f64, [f64; 4]) {
        let ParetoNbd { r, alpha, s, beta } = *self;
        let n = rows.n_customers;
        let mut sum = n * (r * alpha.ln() + s * beta.ln());
        let mut gradient = [n * alpha.ln(), n * r / alpha, n * beta.ln(), n * s / beta];
        let digamma_r = digamma(r);
        for level in &rows.levels {
            sum += level.weight * ln_rising(r, level.n_repeats);
            gradient[0] += level.weight * (digamma(r + level.n_repeats) - digamma_r);
        }
        for row in &rows.rows {
            let Some(level) = rows.levels.get(row.level) else { continue };
            let k = r + level.n_repeats;
            let (end_alpha, end_beta) = (alpha + row.age, beta + row.age);
            let here = -k * end_alpha.ln() - s * end_beta.ln();
            let left = self.left(k, row.last, row.age);
            let gone_log = s.ln() + left.log;
            let total = log_sum_exp(here, gone_log);
            let (gone, stay) = ((gone_log - total).exp(), (here - total).exp());
            sum += row.weight * total;
            gradient[0] -= row.weight * (stay * end_alpha.ln() + gone * left.ln_alpha);
            gradient[1] -= row.weight * k * (stay / end_alpha + gone * left.per_alpha);
            gradient[2] -= row.weight * (stay * end_beta.ln() + gone * (left.ln_beta - 1.0 / s));
            gradient[3] -= row.weight * (stay * s / end_beta + gone * (s + 1.0) * left.per_beta);
        }
        (sum, gradient)
    }

    fn left(&self, k: f64, last: f64, age: f64) -> Left {
        integral::left_between(k, self.alpha, self.s + 1.0, self.beta, last, age)
    }

    /// P(alive) (Fader, Hardie 2005, eq. 20).
    fn alive(&self, history: &History) -> f64 {
        let k = self.r + f64::from(history.n_repeats);
        let here = -k * (self.alpha + history.age).ln() - self.s * (self.beta + history.age).ln();
        let gone = self.s.ln() + self.left(k, history.last_repeat, history.age).log;
        1.0 / (1.0 + (gone - here).exp())
    }

    /// P(N(t) = n) for n = 0, 1, 2 … of a customer alive at the end, who starts anew with r+x, α+T,
    /// s, β+T: the counts if still there at the end, and an integral over the moment of leaving.
    fn counts_if_alive(&self, history: &History, horizon: f64) -> impl Iterator<Item = f64> {
        let (r, alpha) = (self.r + f64::from(history.n_repeats), self.alpha + history.age);
        let (s, beta) = (self.s, self.beta + history.age);
        let stay = (-s * (horizon / beta).ln_1p()).exp();
        let length = (horizon / beta).ln_1p();
        // Counts are the more sharply peaked in time the more of them there are.
        let panel = (length / (1.0 + (r * horizon / alpha).sqrt() / 3.0)).min(1.0);
        let mut n = 0.0;
        negative_binomial(r, alpha, horizon).map(move |count| {
            let ln_ways = ln_rising(r, n) - crate::special::ln_gamma(n + 1.0);
            let left = integrate(0.0, length, panel, |v| {
                let time = beta * v.exp_m1();
                let share = if n > 0.0 { n * (time / (alpha + time)).ln() } else { 0.0 };
                s * (ln_ways - r * (time / alpha).ln_1p() + share - s * v).exp()
            });
            n += 1.0;
            stay * count + left
        })
    }
}

impl PurchaseModel for ParetoNbd {
    fn name(&self) -> &'static str {
        "pareto_nbd"
    }

    fn parameters(&self) -> Vec<(&'static str, f64)> {
        NAMES.into_iter().zip([self.r, self.alpha, self.s, self.beta]).collect()
    }

    fn with_parameters(&self, values: &[f64]) -> Result<Box<dyn PurchaseModel>, LifetimeError> {
        let [r, alpha, s, beta] = check_parameters(NAMES, values)?;
        Ok(Box::new(ParetoNbd { r, alpha, s, beta }))
    }

    fn p_alive(&self, history: &History) -> Result<f64, LifetimeError> {
        history.check(0)?;
        Ok(self.alive(history))
    }

    /// Fader, Hardie (2005), eq. 41, written so that s = 1 is no exception.
    fn expected(&self, history: &History, horizon: f64) -> Result<f64, LifetimeError> {
        check_question(history, horizon)?;
        let k = self.r + f64::from(history.n_repeats);
        let beta = self.beta + history.age;
        let log = (horizon / beta).ln_1p();
        let y = (self.s - 1.0) * log;
        let lived = if y.abs() < 1e-12 { log } else { log * -(-y).exp_m1() / y };
        Ok(self.alive(history) * k / (self.alpha + history.age) * beta * lived)
    }

    fn rate(&self, history: &History, ahead: f64) -> Result<f64, LifetimeError> {
        check_question(history, ahead)?;
        let k = self.r + f64::from(history.n_repeats);
        let stay = (-self.s * (ahead / (self.beta + history.age)).ln_1p()).exp();
        Ok(self.alive(history) * k / (self.alpha + history.age) * stay)
    }

    fn distribution(&self, history: &History, horizon: f64) -> Result<Vec<f64>, LifetimeError> {
        check_question(history, horizon)?;
        Ok(spell_out(self.alive(history), self.counts_if_alive(history, horizon)))
    }
}

#[cfg(test)]
mod tests;
