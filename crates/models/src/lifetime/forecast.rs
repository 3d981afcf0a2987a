//! The purchases of many customers together, with the range they will lie in.
//!
//! Answers "how many orders will these customers place in the next 39 weeks, give or take?". Two
//! things make the total uncertain: chance, customer by customer (the variance of each one's
//! distribution, added up), and the parameters, which are estimates (the delta method: the
//! gradient of the total by the logarithms of the parameters, with their covariance).
//!
//! Limits: a normal approximation, for hundreds of customers and more; it does not know that the
//! next period may differ from the last ([`super::backtest`] shows by how much it did before).

use serde::{Deserialize, Serialize};

use super::error::check_argument;
use super::model::{Interval, check_level};
use super::{Fit, History, LifetimeError, PurchaseModel};
use crate::special::normal_quantile;

/// The total of many customers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Total {
    /// Expected purchases.
    pub expected: f64,
    /// Variance by chance.
    pub variance_of_chance: f64,
    /// Variance by the estimated parameters; `None` where their covariance is not known, and then
    /// the interval holds chance alone.
    pub variance_of_parameters: Option<f64>,
    /// Where the total lies with the level asked for.
    pub interval: Interval,
}

/// Step in the logarithm of a parameter for the gradient of the total.
const STEP: f64 = 1e-4;

/// The purchases of all customers within `horizon`, with an interval of probability `level`.
///
/// # Errors
/// [`LifetimeError::BadRow`] with the row, [`LifetimeError::BadArgument`],
/// [`LifetimeError::OutOfReach`].
pub fn total(
    model: &dyn PurchaseModel,
    fit: Option<&Fit>,
    histories: &[History],
    horizon: f64,
    level: f64,
) -> Result<Total, LifetimeError> {
    check_argument("horizon", horizon, 0.0)?;
    check_level(level)?;
    let rows = counted(histories)?;
    let mut variance_of_chance = 0.0;
    for (history, weight) in &rows {
        let (mut mean, mut square, mut n) = (0.0, 0.0, 0.0);
        for mass in model.distribution(history, horizon)? {
            mean += mass * n;
            square += mass * n * n;
            n += 1.0;
        }
        variance_of_chance += weight * (square - mean * mean);
    }
    let expected = summed(model, &rows, horizon)?;
    let covariance = fit.and_then(|fit| fit.log_covariance.as_ref());
    let variance_of_parameters = match covariance {
        Some(covariance) => {
            let values: Vec<f64> = model.parameters().into_iter().map(|(_, value)| value).collect();
            let sum = |values: &[f64]| summed(&*model.with_parameters(values)?, &rows, horizon);
            Some(delta_variance(&values, covariance, sum)?)
        }
        None => None,
    };
    Ok(total_of(expected, variance_of_chance, variance_of_parameters, level))
}

/// A total with its range: the normal one of both variances, cut off at 0.
pub(super) fn total_of(
    expected: f64,
    variance_of_chance: f64,
    variance_of_parameters: Option<f64>,
    level: f64,
) -> Total {
    let spread = (variance_of_chance + variance_of_parameters.unwrap_or(0.0)).sqrt();
    let width = normal_quantile(0.5 * (1.0 + level)) * spread;
    let interval = Interval { lower: (expected - width).max(0.0), upper: expected + width };
    Total { expected, variance_of_chance, variance_of_parameters, interval }
}

/// Equal histories once, with how often they occur.
fn counted(histories: &[History]) -> Result<Vec<(History, f64)>, LifetimeError> {
    for (row, history) in histories.iter().enumerate() {
        history.check(row)?;
    }
    let mut sorted = histories.to_vec();
    sorted.sort_unstable_by(|a, b| {
        a.n_repeats
            .cmp(&b.n_repeats)
            .then(a.age.total_cmp(&b.age))
            .then(a.last_repeat.total_cmp(&b.last_repeat))
    });
    let alike = sorted.chunk_by(|a, b| a == b);
    Ok(alike.filter_map(|rows| Some((*rows.first()?, rows.len() as f64))).collect())
}

fn summed(
    model: &dyn PurchaseModel,
    rows: &[(History, f64)],
    horizon: f64,
) -> Result<f64, LifetimeError> {
    let mut sum = 0.0;
    for (history, weight) in rows {
        sum += weight * model.expected(history, horizon)?;
    }
    Ok(sum)
}

/// gᵀ C g with g by central differences in the logarithms of the parameters: the delta method's
/// variance of `sum`, a function of the parameters. `covariance` is that of their logarithms,
/// row-major.
pub(super) fn delta_variance(
    values: &[f64],
    covariance: &[f64],
    sum: impl Fn(&[f64]) -> Result<f64, LifetimeError>,
) -> Result<f64, LifetimeError> {
    let mut gradient = Vec::with_capacity(values.len());
    for i in 0..values.len() {
        let moved = |factor: f64| {
            let turned = values.iter().enumerate();
            let turned = turned.map(|(j, value)| if i == j { value * factor } else { *value });
            sum(&turned.collect::<Vec<f64>>())
        };
        gradient.push((moved(STEP.exp())? - moved((-STEP).exp())?) / (2.0 * STEP));
    }
    let rows_of = covariance.chunks(values.len().max(1)).zip(&gradient);
    Ok(rows_of
        .map(|(row, slope)| slope * row.iter().zip(&gradient).map(|(c, g)| c * g).sum::<f64>())
        .sum())
}
