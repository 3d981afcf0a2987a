//! Weibull AFT: what stretches or shortens a stay, and how it goes on beyond the data.
//!
//! Answers "by what factor does a yearly plan lengthen the stay?" and "how long will this customer
//! still be here?", also past the longest stay seen. S(t | x) = exp(−(t/λ)^ρ) with
//! ln λ = β₀ + βᵀx: exp(β) is the factor by which one unit more stretches time. ρ > 1: the hazard of
//! leaving rises with the age of the relationship, ρ < 1: it falls.
//!
//! Log-likelihood, δ for those who left: Σ δ (ln ρ − ln t + z) − e^z with z = ρ (ln t − ln λ). It is
//! climbed in θ = ρ β and ρ, in which z is linear and the likelihood therefore concave: there is one
//! top, and every start leads to it (J. F. Lawless (2003), Statistical Models and Methods for Lifetime
//! Data, §6.3).
//!
//! Source: J. D. Kalbfleisch, R. L. Prentice (2002), The Statistical Analysis of Failure Time Data,
//! §2.2.2, §3.2. Limits: durations above 0, everybody watched from the start; the shape of the curve
//! is supposed, so compare it with [`super::kaplan_meier`] before trusting what lies beyond.

use serde::{Deserialize, Serialize};
use statrs::function::gamma::{checked_gamma_ur, gamma};

use super::concordance::concordance;
use super::covariates::Standardised;
use super::observations::{check_each, check_level};
use super::{Covariates, Observations, SurvivalError};
use crate::newton::{Local, Maximum, NoMaximum, maximise};
use crate::special::{normal_quantile, two_sided_p};

/// A fitted model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Weibull {
    /// β₀: ln λ where all columns are 0.
    pub intercept: Effect,
    /// β, one per column.
    pub effects: Vec<Effect>,
    /// ln ρ.
    pub log_shape: Effect,
    /// The log-likelihood.
    pub log_likelihood: f64,
    /// Rows.
    pub n_rows: usize,
    /// Rows that ended with leaving.
    pub n_events: usize,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The column.
    pub name: String,
    /// Its value; exp of it is a factor of time.
    pub value: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// P(|Z| ≥ |value / standard error|).
    pub p_value: f64,
    /// Its interval.
    pub interval: (f64, f64),
}

/// Fits the parameters by Newton's method.
///
/// # Errors
/// Those of [`super::cox::fit`]; [`SurvivalError::BadRow`] for durations of 0;
/// [`SurvivalError::BadArgument`] for late entries, which this model does not know.
pub fn fit(
    observations: &Observations,
    covariates: &Covariates,
    level: f64,
) -> Result<Weibull, SurvivalError> {
    check_level(level)?;
    check(observations)?;
    let n = observations.n_rows();
    let standard = covariates.check(n)?;
    let (p, n_events) = (standard.n_columns, observations.n_events());
    if n_events < p + 2 {
        return Err(SurvivalError::TooFewCustomers { n_customers: n_events, needed: p + 2 });
    }
    let x = standard.rows(covariates.columns, &(0..n));
    // From the exponential distribution without covariates: ln λ = ln (time watched / events).
    let (mut watched, mut left) = (0.0, 0.0);
    for (row, (time, has_left)) in
        observations.durations.iter().zip(observations.events).enumerate()
    {
        watched += observations.weight(row) * time;
        left += if *has_left { observations.weight(row) } else { 0.0 };
    }
    let centre = (watched / left).ln();
    let logs: Vec<f64> = observations.durations.iter().map(|time| time.ln() - centre).collect();
    let mut start = vec![0.0; p + 2];
    start[1] = 1.0;
    let found = maximise(start, |at| log_likelihood(observations, &logs, &x, at));
    let found = found.map_err(|reason| match reason {
        // The columns were told apart before; the first two coordinates are no columns.
        NoMaximum::Dependent { column: 0 | 1 } | NoMaximum::Diverging { column: 0 | 1 } => {
            SurvivalError::NotSettled { n_steps: 0 }
        }
        reason => SurvivalError::no_maximum(reason, |at| covariates.name(at.saturating_sub(2))),
    })?;
    let (intercept, effects, log_shape) =
        described(&told_in_time(&found), &standard, covariates, centre, level);
    // −ln t of the density was taken of the centred logarithm.
    let log_likelihood = found.local.value - centre * left;
    Ok(Weibull { intercept, effects, log_shape, log_likelihood, n_rows: n, n_events })
}

/// Refuses what this model does not know.
fn check(observations: &Observations) -> Result<(), SurvivalError> {
    observations.check()?;
    check_each("duration", observations.durations, |time| {
        (time <= 0.0).then_some("is not above 0")
    })?;
    match observations.entries.and_then(|entries| entries.iter().find(|entry| **entry > 0.0)) {
        Some(entry) => {
            let reason = "is not 0: only stays watched from the start can be fitted";
            Err(SurvivalError::BadArgument { name: "entry", value: *entry, reason })
        }
        None => Ok(()),
    }
}

/// Where the top is, and how surely, in (β₀, ln ρ, β) of the z-scores.
struct Told {
    at: Vec<f64>,
    /// Row-major.
    covariance: Vec<f64>,
}

/// From (θ₀, ρ, θ) to (β₀, ln ρ, β) with β = θ / ρ; the covariance by the derivatives of that.
fn told_in_time(found: &Maximum) -> Told {
    let (size, shape) = (found.at.len(), found.at[1]);
    let mut at: Vec<f64> = found.at.iter().map(|value| value / shape).collect();
    // By ρ every β changes by −θ / ρ², and ln ρ itself by 1 / ρ.
    let by_shape = |i: usize| if i == 1 { 0.0 } else { -at[i] / shape };
    let cell = |i: usize, j: usize| found.covariance[i * size + j];
    let mut covariance = Vec::with_capacity(size * size);
    for i in 0..size {
        for j in 0..size {
            covariance.push(
                cell(i, j) / (shape * shape)
                    + by_shape(i) * cell(1, j) / shape
                    + by_shape(j) * cell(i, 1) / shape
                    + by_shape(i) * by_shape(j) * cell(1, 1),
            );
        }
    }
    at[1] = shape.ln();
    Told { at, covariance }
}

/// The parameters in the units of the columns: intercept, effects, ln ρ.
fn described(
    found: &Told,
    standard: &Standardised,
    covariates: &Covariates,
    centre: f64,
    level: f64,
) -> (Effect, Vec<Effect>, Effect) {
    let p = standard.n_columns;
    let width = normal_quantile(0.5 * (1.0 + level));
    let effect = |name: String, value: f64, variance: f64| {
        let standard_error = variance.sqrt();
        let interval = (value - width * standard_error, value + width * standard_error);
        let p_value = two_sided_p(value / standard_error);
        Effect { name, value, standard_error, p_value, interval }
    };
    // Back from z-scores: β = b / s, and the intercept gives up Σ b m / s.
    let turn = standard.means.iter().zip(&standard.scales).map(|(mean, scale)| -mean / scale);
    let towards: Vec<f64> = [1.0, 0.0].into_iter().chain(turn).collect();
    let along = |values: &[f64]| values.iter().zip(&towards).map(|(a, b)| a * b).sum::<f64>();
    let turned: Vec<f64> = found.covariance.chunks_exact(p + 2).map(along).collect();
    let columns = found.at.iter().skip(2).zip(&standard.scales).enumerate();
    let effects = columns.map(|(at, (value, scale))| {
        let variance = found.covariance[(at + 2) * (p + 3)];
        effect(covariates.name(at), value / scale, variance / (scale * scale))
    });
    (
        effect("intercept".to_owned(), centre + along(&found.at), along(&turned)),
        effects.collect(),
        effect("log shape".to_owned(), found.at[1], found.covariance[p + 3]),
    )
}

/// The log-likelihood at (θ₀, ρ, θ) with its slope and curvature; no number where ρ is not above 0.
fn log_likelihood(observations: &Observations, logs: &[f64], x: &[f64], at: &[f64]) -> Local {
    let size = at.len();
    let p = size - 2;
    let (shape, theta) = (at[1], &at[2..]);
    let mut local =
        Local { value: 0.0, gradient: vec![0.0; size], information: vec![0.0; size * size] };
    // What each parameter is multiplied by in z.
    let mut row = vec![0.0; size];
    for (i, (log_time, has_left)) in logs.iter().zip(observations.events).enumerate() {
        let own = x.get(i * p..(i + 1) * p).unwrap_or_default();
        let weight = observations.weight(i);
        row[0] = -1.0;
        row[1] = *log_time;
        for (cell, x) in row.iter_mut().skip(2).zip(own) {
            *cell = -x;
        }
        let reach = at[0] + own.iter().zip(theta).map(|(x, b)| x * b).sum::<f64>();
        let z = shape * log_time - reach;
        let (e, d) = (z.exp(), if *has_left { 1.0 } else { 0.0 });
        local.value += weight * (d * (shape.ln() - log_time + z) - e);
        for (total, x) in local.gradient.iter_mut().zip(&row) {
            *total += weight * (d - e) * x;
        }
        for (cells, left) in local.information.chunks_exact_mut(size).zip(&row) {
            for (cell, right) in cells.iter_mut().zip(&row) {
                *cell += weight * e * left * right;
            }
        }
        local.gradient[1] += weight * d / shape;
        local.information[size + 1] += weight * d / (shape * shape);
    }
    local
}

impl Weibull {
    /// ρ: above 1 the hazard of leaving rises with age.
    pub fn shape(&self) -> f64 {
        self.log_shape.value.exp()
    }

    /// λ of a customer: the time by which a share of 1 − 1/e has left. `None` for the wrong number
    /// of values.
    pub fn scale(&self, values: &[f64]) -> Option<f64> {
        let terms = self.effects.iter().zip(values).map(|(effect, value)| effect.value * value);
        let log = self.intercept.value + terms.sum::<f64>();
        (values.len() == self.effects.len()).then(|| log.exp())
    }

    /// The share of customers like this one still here at `time`.
    pub fn survival(&self, values: &[f64], time: f64) -> Option<f64> {
        let scale = self.scale(values).filter(|_| time >= 0.0)?;
        Some((-(time / scale).powf(self.shape())).exp())
    }

    /// The time by which half have left: λ (ln 2)^(1/ρ).
    pub fn median(&self, values: &[f64]) -> Option<f64> {
        Some(self.scale(values)? * std::f64::consts::LN_2.powf(1.0 / self.shape()))
    }

    /// The mean stay: λ Γ(1 + 1/ρ).
    pub fn mean(&self, values: &[f64]) -> Option<f64> {
        Some(self.scale(values)? * gamma(1.0 + 1.0 / self.shape()))
    }

    /// The mean time a customer who is here at `age` will still be here:
    /// λ Γ(1 + 1/ρ) Q(1/ρ, u) e^u with u = (age/λ)^ρ. `None` where u leaves double precision.
    pub fn expected_remaining(&self, values: &[f64], age: f64) -> Option<f64> {
        let scale = self.scale(values).filter(|_| age >= 0.0)?;
        let u = (age / scale).powf(self.shape());
        let power = 1.0 / self.shape();
        if u == 0.0 {
            return self.mean(values);
        }
        let remaining = scale * gamma(1.0 + power) * checked_gamma_ur(power, u).ok()? * u.exp();
        (remaining.is_finite() && remaining > 0.0).then_some(remaining)
    }

    /// How well the model orders these customers ([`concordance`]).
    ///
    /// # Errors
    /// Those of [`fit`].
    pub fn concordance(
        &self,
        observations: &Observations,
        covariates: &Covariates,
    ) -> Result<Option<f64>, SurvivalError> {
        let mut risks = vec![0.0; observations.n_rows()];
        for (column, effect) in covariates.columns.iter().zip(&self.effects) {
            for (risk, value) in risks.iter_mut().zip(*column) {
                *risk -= effect.value * value;
            }
        }
        concordance(observations, &risks, None)
    }
}

#[cfg(test)]
mod tests;
