//! Above a threshold or not: of those called, how many left; of those who left, how many were called.
//!
//! Balanced accuracy is the mean of the shares of both classes that are told right: calling nobody
//! scores ½ whatever the base rate, where bare accuracy would score one minus it.

use serde::{Deserialize, Serialize};

use super::check_probabilities;
use crate::learn::LearnError;

/// Rows by what was said and what happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confusion {
    /// Called, and `true`.
    pub hits: u64,
    /// Called, and `false`.
    pub false_alarms: u64,
    /// Not called, and `true`.
    pub misses: u64,
    /// Not called, and `false`.
    pub correct_rejections: u64,
}

impl Confusion {
    /// Calls every row whose probability is at least `threshold`.
    ///
    /// # Errors
    /// Lengths that differ, no rows, something outside 0 to 1.
    pub fn at(
        probabilities: &[f64],
        labels: &[bool],
        threshold: f64,
    ) -> Result<Confusion, LearnError> {
        check_probabilities(probabilities, labels)?;
        let mut found = Confusion::default();
        for (probability, label) in probabilities.iter().zip(labels) {
            let place = match (*probability >= threshold, *label) {
                (true, true) => &mut found.hits,
                (true, false) => &mut found.false_alarms,
                (false, true) => &mut found.misses,
                (false, false) => &mut found.correct_rejections,
            };
            *place += 1;
        }
        Ok(found)
    }

    /// Of those called, the share that is `true`; none where nobody is called.
    #[must_use]
    pub fn precision(&self) -> Option<f64> {
        share(self.hits, self.hits + self.false_alarms)
    }

    /// Of the `true`, the share that is called; none without any.
    #[must_use]
    pub fn recall(&self) -> Option<f64> {
        share(self.hits, self.hits + self.misses)
    }

    /// Of the `false`, the share that is not called; none without any.
    #[must_use]
    pub fn specificity(&self) -> Option<f64> {
        share(self.correct_rejections, self.correct_rejections + self.false_alarms)
    }

    /// The mean of recall and specificity; none where one of them has no rows.
    #[must_use]
    pub fn balanced_accuracy(&self) -> Option<f64> {
        Some((self.recall()? + self.specificity()?) / 2.0)
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
