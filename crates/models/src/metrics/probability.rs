//! Probabilities: whether of a hundred customers called 30 % thirty leave.

use serde::{Deserialize, Serialize};

use super::check_probabilities;
use crate::learn::LearnError;

/// Bins of the calibration error and of the reliability curve.
pub const N_BINS: usize = 10;

/// The mean squared difference of probability and outcome, 0 to 1.
///
/// # Errors
/// Lengths that differ, no rows, something outside 0 to 1.
pub fn brier(probabilities: &[f64], labels: &[bool]) -> Result<f64, LearnError> {
    check_probabilities(probabilities, labels)?;
    let squares = probabilities.iter().zip(labels).map(|(probability, &label)| {
        let error = probability - f64::from(u8::from(label));
        error * error
    });
    Ok(squares.sum::<f64>() / labels.len() as f64)
}

/// The mean negative logarithm of the probability given to what happened, in nats. A probability of
/// exactly 0 or 1 is taken as 2.2e-16 off, as scikit-learn takes it: one impossible outcome would
/// otherwise make the mean infinite.
///
/// # Errors
/// Lengths that differ, no rows, something outside 0 to 1.
pub fn log_loss(probabilities: &[f64], labels: &[bool]) -> Result<f64, LearnError> {
    check_probabilities(probabilities, labels)?;
    let surprises = probabilities.iter().zip(labels).map(|(&probability, &label)| {
        let given = if label { probability } else { 1.0 - probability };
        -given.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln()
    });
    Ok(surprises.sum::<f64>() / labels.len() as f64)
}

/// One bin of the reliability curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// Probabilities from here, inclusive.
    pub from: f64,
    /// To here, exclusive (inclusive in the last bin).
    pub to: f64,
    /// How many rows it holds.
    pub n_rows: usize,
    /// Their mean probability; none without rows.
    pub predicted: Option<f64>,
    /// The share of them that is `true`; none without rows.
    pub observed: Option<f64>,
}

/// Mean probability against what happened, in [`N_BINS`] bins of equal width.
///
/// # Errors
/// Lengths that differ, no rows, something outside 0 to 1.
pub fn reliability_curve(
    probabilities: &[f64],
    labels: &[bool],
) -> Result<Vec<ReliabilityBin>, LearnError> {
    check_probabilities(probabilities, labels)?;
    let mut bins = [(0_usize, 0.0, 0_usize); N_BINS];
    for (probability, &label) in probabilities.iter().zip(labels) {
        let place = ((probability * N_BINS as f64) as usize).min(N_BINS - 1);
        let (n_rows, sum, n_true) = &mut bins[place];
        *n_rows += 1;
        *sum += probability;
        *n_true += usize::from(label);
    }
    let bin = |(place, &(n_rows, sum, n_true)): (usize, &(usize, f64, usize))| {
        let mean = |total: f64| (n_rows > 0).then(|| total / n_rows as f64);
        let edge = |place: usize| place as f64 / N_BINS as f64;
        let (predicted, observed) = (mean(sum), mean(n_true as f64));
        ReliabilityBin { from: edge(place), to: edge(place + 1), n_rows, predicted, observed }
    };
    Ok(bins.iter().enumerate().map(bin).collect())
}

/// The mean distance of probability and outcome over the bins of the reliability curve, each with
/// the weight of its rows.
///
/// # Errors
/// Lengths that differ, no rows, something outside 0 to 1.
pub fn expected_calibration_error(
    probabilities: &[f64],
    labels: &[bool],
) -> Result<f64, LearnError> {
    Ok(calibration_error(&reliability_curve(probabilities, labels)?))
}

pub(super) fn calibration_error(bins: &[ReliabilityBin]) -> f64 {
    let n_rows: usize = bins.iter().map(|bin| bin.n_rows).sum();
    let gap = |bin: &ReliabilityBin| {
        let (predicted, observed) = (bin.predicted?, bin.observed?);
        Some((predicted - observed).abs() * bin.n_rows as f64)
    };
    bins.iter().filter_map(gap).sum::<f64>() / n_rows as f64
}
