//! Calibration: of a hundred customers called 30 %, thirty leave.
//!
//! Answers "may I multiply this probability by money?". A learner ranks; a [`Calibrator`], fitted on
//! probabilities of rows the learner had not seen, maps its probabilities to what happened without
//! changing their order (isotonic regression can make some of them equal).
//!
//! * **Isotonic** ([`isotonic`]): any increasing curve; wants about a thousand rows or more.
//! * **Platt** ([`platt`]): a slope and a shift of the log-odds; steady on few rows.
//!
//! [`Calibrated`] wraps a learner: probabilities out of fold fit the calibrator, then the learner
//! is fitted on all rows (B. Zadrozny, C. Elkan (2002), KDD, 694–699; A. Niculescu-Mizil, R. Caruana
//! (2005), ICML, 625–632).

pub mod isotonic;
mod learner;
pub mod platt;

use serde::{Deserialize, Serialize};

use crate::learn::LearnError;
pub use isotonic::Isotonic;
pub use learner::{Calibrated, CalibratedClassifier};
pub use platt::Platt;

/// Which curve maps probabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Any increasing curve.
    Isotonic,
    /// A slope and a shift of the log-odds.
    Platt,
}

/// A fitted curve from probabilities to probabilities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calibrator {
    /// Any increasing curve.
    Isotonic(Isotonic),
    /// A slope and a shift of the log-odds.
    Platt(Platt),
}

impl Calibrator {
    /// Fits a curve to probabilities of rows their model had not seen.
    ///
    /// # Errors
    /// Lengths that differ, one label only, a probability outside 0 to 1, bad weights.
    pub fn fit(
        method: Method,
        probabilities: &[f64],
        labels: &[bool],
        weights: Option<&[f64]>,
    ) -> Result<Calibrator, LearnError> {
        crate::learn::check_labels(probabilities.len(), labels, weights)?;
        if let Some(row) = probabilities.iter().position(|value| !(0.0..=1.0).contains(value)) {
            return Err(LearnError::Score { row, value: probabilities[row] });
        }
        Ok(match method {
            Method::Isotonic => Calibrator::Isotonic(Isotonic::of(probabilities, labels, weights)),
            Method::Platt => Calibrator::Platt(Platt::of(probabilities, labels, weights)?),
        })
    }

    /// The calibrated probability.
    #[must_use]
    pub fn apply(&self, probability: f64) -> f64 {
        match self {
            Calibrator::Isotonic(curve) => curve.apply(probability),
            Calibrator::Platt(curve) => curve.apply(probability),
        }
    }
}

#[cfg(test)]
mod tests;
