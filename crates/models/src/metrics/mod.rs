//! How good a prediction is: does it rank, are its probabilities true, what does acting on it find?
//!
//! Answers "if we call the tenth of our customers most at risk, how many of those who leave do we
//! reach?". Accuracy is left out on purpose: where one in four leaves, "nobody leaves" is right
//! three times in four and finds no one.
//!
//! | | question | source |
//! |---|---|---|
//! | [`auc`] | how often does one who left score above one who stayed? | J. Hanley, B. McNeil (1982), Radiology 143, 29–36 |
//! | [`average_precision`] | how many of those called left, over all thresholds? | as scikit-learn sums it |
//! | [`brier`] | mean squared error of the probability | G. Brier (1950), Monthly Weather Review 78, 1–3 |
//! | [`log_loss`] | mean surprise, in nats | I. Good (1952), JRSS B 14, 107–114 |
//! | [`expected_calibration_error`] | how far are probabilities from what happened? | M. Naeini et al. (2015), AAAI, 2901–2907 |
//! | [`top_share`] | lift and capture of the highest scores | |
//! | [`Confusion`] | precision, recall and balanced accuracy at a threshold | |
//!
//! Ties are exact: equal scores are one group, and no figure depends on the order of the rows.

mod confusion;
mod probability;
mod ranking;
mod report;

pub use confusion::Confusion;
pub use probability::{
    N_BINS, ReliabilityBin, brier, expected_calibration_error, log_loss, reliability_curve,
};
pub use ranking::{Top, auc, average_precision, top_share};
pub use report::{Report, SHARES};

use crate::learn::LearnError;

/// Scores and labels that can be ranked: as many of each, no NaN, both labels.
fn check_scores(scores: &[f64], labels: &[bool]) -> Result<(), LearnError> {
    crate::learn::check_labels(scores.len(), labels, None).map_err(|error| match error {
        LearnError::OneClass { n_rows: 0, .. } => LearnError::NoRows,
        other => other,
    })?;
    match scores.iter().position(|score| score.is_nan()) {
        Some(row) => Err(LearnError::Score { row, value: scores[row] }),
        None => Ok(()),
    }
}

/// Probabilities and labels: as many of each, each between 0 and 1.
fn check_probabilities(probabilities: &[f64], labels: &[bool]) -> Result<(), LearnError> {
    if labels.len() != probabilities.len() {
        let (found, expected) = (labels.len(), probabilities.len());
        return Err(LearnError::Length { what: "the list of labels".to_owned(), found, expected });
    }
    if probabilities.is_empty() {
        return Err(LearnError::NoRows);
    }
    match probabilities.iter().position(|value| !(0.0..=1.0).contains(value)) {
        Some(row) => Err(LearnError::Score { row, value: probabilities[row] }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
