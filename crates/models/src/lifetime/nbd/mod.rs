//! NBD: customers buy at random at rates of their own and never leave.
//!
//! Answers what is left of a lifetime model when the data show no drop-out, and is the yardstick
//! for that: purchases are Poisson at rate λ ~ Gamma(r, α), so
//! L = Γ(r+x) / Γ(r) · αʳ · (α+T)^−(r+x), and a customer is expected to buy (r+x)/(α+T) · t times:
//! the own rate, drawn towards that of everybody the more the less has been seen.
//!
//! Source: A. S. C. Ehrenberg (1959), The pattern of consumer purchases, Applied Statistics 8,
//! 26–41; D. G. Morrison, D. C. Schmittlein (1988), JBES 6, 145–159.

use serde::{Deserialize, Serialize};

use super::fit::{Fit, Fitted, Search};
use super::history::Rows;
use super::model::{PurchaseModel, check_parameters, check_question, negative_binomial, spell_out};
use super::{History, LifetimeError};
use crate::special::{digamma, ln_rising};

/// The model and its two parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Nbd {
    /// Shape of the purchase rates.
    pub r: f64,
    /// Rate of the purchase rates, in units of time.
    pub alpha: f64,
}

const NAMES: [&str; 2] = ["r", "alpha"];

/// Fits the two parameters by maximum likelihood.
///
/// # Errors
/// Those of [`super::bg_nbd::fit`].
pub fn fit(histories: &[History]) -> Result<Fitted<Nbd>, LifetimeError> {
    let ([r, alpha], fit) = search(&Rows::new(histories)?)?;
    Ok(Fitted { model: Nbd { r, alpha }, fit })
}

pub(super) fn search(rows: &Rows) -> Result<([f64; 2], Fit), LifetimeError> {
    // The last repeat does not matter here, so neighbours with the same age are one row.
    let mut ages: Vec<(f64, f64, f64)> = Vec::new();
    for row in &rows.rows {
        let x = rows.levels.get(row.level).map_or(0.0, |level| level.n_repeats);
        match ages.last_mut().filter(|(n, age, _)| *n == x && *age == row.age) {
            Some((_, _, weight)) => *weight += row.weight,
            None => ages.push((x, row.age, row.weight)),
        }
    }
    let problem = Search {
        model: "nbd",
        names: NAMES,
        lower: [1e-4, 1e-5 * rows.mean_age],
        upper: [1e3, 1e5 * rows.mean_age],
        starts: vec![[0.3, 0.3 / rows.mean_rate], [2.0, 2.0 / rows.mean_rate]],
        n_customers: rows.n_customers,
    };
    problem.maximise(None, &|[r, alpha]| {
        let (mut sum, mut by_r) =
            (rows.n_customers * r * alpha.ln(), rows.n_customers * alpha.ln());
        let mut by_alpha = rows.n_customers * r / alpha;
        let digamma_r = digamma(*r);
        for level in &rows.levels {
            sum += level.weight * ln_rising(*r, level.n_repeats);
            by_r += level.weight * (digamma(r + level.n_repeats) - digamma_r);
        }
        for (x, age, weight) in &ages {
            let ln_age = (alpha + age).ln();
            sum -= weight * (r + x) * ln_age;
            by_r -= weight * ln_age;
            by_alpha -= weight * (r + x) / (alpha + age);
        }
        (sum, [by_r, by_alpha])
    })
}

impl PurchaseModel for Nbd {
    fn name(&self) -> &'static str {
        "nbd"
    }

    fn parameters(&self) -> Vec<(&'static str, f64)> {
        NAMES.into_iter().zip([self.r, self.alpha]).collect()
    }

    fn with_parameters(&self, values: &[f64]) -> Result<Box<dyn PurchaseModel>, LifetimeError> {
        let [r, alpha] = check_parameters(NAMES, values)?;
        Ok(Box::new(Nbd { r, alpha }))
    }

    fn p_alive(&self, history: &History) -> Result<f64, LifetimeError> {
        history.check(0)?;
        Ok(1.0)
    }

    fn expected(&self, history: &History, horizon: f64) -> Result<f64, LifetimeError> {
        Ok(self.rate(history, horizon)? * horizon)
    }

    fn rate(&self, history: &History, ahead: f64) -> Result<f64, LifetimeError> {
        check_question(history, ahead)?;
        Ok((self.r + f64::from(history.n_repeats)) / (self.alpha + history.age))
    }

    fn distribution(&self, history: &History, horizon: f64) -> Result<Vec<f64>, LifetimeError> {
        check_question(history, horizon)?;
        let (r, alpha) = (self.r + f64::from(history.n_repeats), self.alpha + history.age);
        Ok(spell_out(1.0, negative_binomial(r, alpha, horizon)))
    }
}

#[cfg(test)]
mod tests;
