//! The plain rate: everybody carries on as before.
//!
//! Answers what any model must beat: a customer with x repeats in T units of time is expected to
//! buy x/T · t times. Nobody leaves, nobody is drawn towards the others. Whose age is 0 has no rate
//! of their own and gets that of everybody.

use serde::{Deserialize, Serialize};

use super::model::{PurchaseModel, check_parameters, check_question, spell_out};
use super::{History, LifetimeError};

/// The baseline, with the rate of everybody for customers of age 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// Repeats of all customers per unit of time.
    pub of_all: f64,
}

/// The rate of everybody: all repeats over all time.
///
/// # Errors
/// [`LifetimeError::BadRow`], and [`LifetimeError::NoTime`] where no time has passed.
pub fn fit(histories: &[History]) -> Result<Rate, LifetimeError> {
    let (mut n_repeats, mut time) = (0.0, 0.0);
    for (row, history) in histories.iter().enumerate() {
        history.check(row)?;
        n_repeats += f64::from(history.n_repeats);
        time += history.age;
    }
    if time <= 0.0 {
        return Err(LifetimeError::NoTime { n_customers: histories.len() });
    }
    Ok(Rate { of_all: n_repeats / time })
}

impl PurchaseModel for Rate {
    fn name(&self) -> &'static str {
        "rate"
    }

    fn parameters(&self) -> Vec<(&'static str, f64)> {
        vec![("rate", self.of_all)]
    }

    fn with_parameters(&self, values: &[f64]) -> Result<Box<dyn PurchaseModel>, LifetimeError> {
        let [of_all] = check_parameters(["rate"], values)?;
        Ok(Box::new(Rate { of_all }))
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
        let own = f64::from(history.n_repeats) / history.age;
        Ok(if history.age > 0.0 { own } else { self.of_all })
    }

    /// Poisson at that rate.
    fn distribution(&self, history: &History, horizon: f64) -> Result<Vec<f64>, LifetimeError> {
        let mean = self.expected(history, horizon)?;
        let mut log_term = -mean;
        let mut n = 0.0;
        let terms = std::iter::from_fn(move || {
            let term = log_term.exp();
            n += 1.0;
            log_term += (mean / n).ln();
            Some(term)
        });
        Ok(spell_out(1.0, terms))
    }
}

#[cfg(test)]
mod tests;
