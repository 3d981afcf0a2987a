//! All figures of one set of predictions side by side, the base rate first.

use serde::{Deserialize, Serialize};

use super::probability::calibration_error;
use super::{
    ReliabilityBin, Top, auc, average_precision, brier, log_loss, reliability_curve, top_share,
};
use crate::learn::LearnError;

/// The shares of highest scores a report tells of.
pub const SHARES: [f64; 3] = [0.05, 0.1, 0.2];

/// How good a set of probabilities is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// How many rows were judged.
    pub n_rows: usize,
    /// How many of them are `true`.
    pub n_true: usize,
    /// Their share: what a random pick finds.
    pub base_rate: f64,
    /// See [`auc`].
    pub auc: f64,
    /// See [`average_precision`]; a random ranking has the base rate.
    pub average_precision: f64,
    /// See [`brier`].
    pub brier: f64,
    /// The Brier score of giving everyone the base rate, to compare with.
    pub brier_of_base_rate: f64,
    /// See [`log_loss`].
    pub log_loss: f64,
    /// See [`expected_calibration_error`](super::expected_calibration_error).
    pub calibration_error: f64,
    /// Lift and capture of the highest scores, for each of [`SHARES`] that is at least one row.
    pub top: Vec<Top>,
    /// See [`reliability_curve`].
    pub reliability: Vec<ReliabilityBin>,
}

impl Report {
    /// Judges `probabilities` of rows the model has not seen.
    ///
    /// # Errors
    /// Lengths that differ, one label only, something outside 0 to 1.
    pub fn of(probabilities: &[f64], labels: &[bool]) -> Result<Report, LearnError> {
        let reliability = reliability_curve(probabilities, labels)?;
        let n_true = labels.iter().filter(|&&label| label).count();
        let base_rate = n_true as f64 / labels.len() as f64;
        let mut top = Vec::new();
        for share in SHARES {
            top.extend(top_share(probabilities, labels, share)?);
        }
        Ok(Report {
            n_rows: labels.len(),
            n_true,
            base_rate,
            auc: auc(probabilities, labels)?,
            average_precision: average_precision(probabilities, labels)?,
            brier: brier(probabilities, labels)?,
            brier_of_base_rate: base_rate * (1.0 - base_rate),
            log_loss: log_loss(probabilities, labels)?,
            calibration_error: calibration_error(&reliability),
            top,
            reliability,
        })
    }
}
