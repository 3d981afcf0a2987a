//! What was learnt, in one form that can be stored, whatever the learner.
//!
//! Answers "may I train today and score tomorrow, on another machine?". [`Settings`] are ways to
//! learn by name; [`Learnt`] is what came out, with the curve that calibrates it. It goes to JSON and
//! comes back bit for bit: the same customer gets the same probability.
//!
//! | name | what |
//! |---|---|
//! | `forest` | random forest, leaves of ten rows or a thousandth of them, see [`crate::forest`] |
//! | `forest_scikit_learn` | random forest with scikit-learn's defaults |
//! | `boosting` | gradient boosting, see [`crate::boosting`] |
//! | `logistic` | logistic regression with an L2 penalty on columns made whole, see [`Filled`] |
//!
//! ```
//! use perennial_models::learn::{Classifier, Column, Table};
//! use perennial_models::learnt::Settings;
//! let days = (0..200).map(f64::from).collect();
//! let table = Table::new(vec![Column::numbers("days_since_order", days)])?;
//! let left: Vec<bool> = (0..200).map(|day| day > 120).collect();
//! let learnt = Settings::named("logistic", 1, 1)?.learn(&table, &left, None)?;
//! assert!(learnt.probabilities(&table)?[190] > 0.9);
//! # Ok::<(), perennial_models::learn::LearnError>(())
//! ```

mod filled;

use serde::{Deserialize, Serialize};

use crate::boosting::{Boosted, BoostingSettings};
use crate::calibration::Calibrator;
use crate::forest::{Forest, ForestSettings};
use crate::learn::{Classifier, Contributions, LearnError, Scale, Schema, Table};
use crate::logistic::{LogisticSettings, probability};
pub use filled::Filled;

/// The names of [`Settings`].
pub const NAMES: [&str; 4] = ["forest", "forest_scikit_learn", "boosting", "logistic"];

/// Rows of a leaf of the `forest` are at least this share of all: trees stay small enough to store.
const LEAF_SHARE: f64 = 0.001;

/// A way to learn, with its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settings {
    /// A random forest.
    Forest(ForestSettings),
    /// Gradient boosting.
    Boosting(BoostingSettings),
    /// Logistic regression on columns made whole.
    Logistic(LogisticSettings),
}

impl Settings {
    /// The settings of that name.
    ///
    /// # Errors
    /// When there are none of that name.
    pub fn named(name: &str, seed: u64, n_threads: usize) -> Result<Settings, LearnError> {
        let forest = |settings: ForestSettings| {
            Settings::Forest(ForestSettings { out_of_bag: false, seed, n_threads, ..settings })
        };
        Ok(match name {
            "forest" => forest(ForestSettings::default()),
            "forest_scikit_learn" => forest(ForestSettings::scikit_learn()),
            "boosting" => {
                Settings::Boosting(BoostingSettings { seed, n_threads, ..Default::default() })
            }
            "logistic" => Settings::Logistic(LogisticSettings { n_threads, ..Default::default() }),
            _ => {
                let allowed = "forest, forest_scikit_learn, boosting or logistic";
                return Err(LearnError::Setting {
                    name: "learner",
                    value: name.to_owned(),
                    allowed,
                });
            }
        })
    }

    /// Learns to tell `labels` from `table`, rows counting by `weights` (1 each when not given).
    ///
    /// # Errors
    /// As the learner has them.
    pub fn learn(
        &self,
        table: &Table,
        labels: &[bool],
        weights: Option<&[f64]>,
    ) -> Result<Learnt, LearnError> {
        let learner = match self {
            Settings::Forest(settings) => {
                let share = (table.n_rows() as f64 * LEAF_SHARE) as u32;
                let min_leaf_rows = match settings.min_leaf_rows {
                    1 => 1,
                    rows => rows.max(share),
                };
                let settings = ForestSettings { min_leaf_rows, ..settings.clone() };
                Fitted::Forest(settings.grow(table, labels, weights)?)
            }
            Settings::Boosting(settings) => {
                Fitted::Boosting(settings.boost(table, labels, weights)?)
            }
            Settings::Logistic(settings) => {
                Fitted::Logistic(Filled::fit(settings, table, labels, weights)?)
            }
        };
        Ok(Learnt { learner, calibrator: None })
    }
}

/// What was learnt, and the curve that makes its probabilities true.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Learnt {
    learner: Fitted,
    calibrator: Option<Calibrator>,
}

/// What a learner came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Fitted {
    Forest(Forest),
    Boosting(Boosted),
    Logistic(Filled),
}

impl Learnt {
    /// The same, its probabilities passed through a curve.
    #[must_use]
    pub fn calibrated(self, calibrator: Option<Calibrator>) -> Learnt {
        Learnt { calibrator, ..self }
    }

    /// The curve its probabilities pass through.
    #[must_use]
    pub fn calibrator(&self) -> Option<&Calibrator> {
        self.calibrator.as_ref()
    }

    /// A stable word for what learnt it.
    #[must_use]
    pub fn learner(&self) -> &'static str {
        match &self.learner {
            Fitted::Forest(_) => "forest",
            Fitted::Boosting(_) => "boosting",
            Fitted::Logistic(_) => "logistic",
        }
    }

    /// What each column adds to the probability of each row, in points of probability: what the
    /// probability is more than it would be without the column's share of the output. Shares do not
    /// add up to the probability exactly, as that bends; [`Classifier::contributions`] do.
    ///
    /// # Errors
    /// A column it needs is not there or of another kind.
    pub fn points(&self, table: &Table) -> Result<Vec<Vec<f64>>, LearnError> {
        let contributions = self.contributions(table)?;
        let rows = contributions.rows().zip(contributions.outputs());
        let of_row = |(shares, output): (&[f64], f64)| {
            let whole = self.probability_of(contributions.scale, output);
            let without = |share| whole - self.probability_of(contributions.scale, output - share);
            shares.iter().map(|share| without(*share)).collect()
        };
        Ok(rows.map(of_row).collect())
    }

    /// The calibrated probability of an output of the learner.
    #[must_use]
    pub fn probability_of(&self, scale: Scale, output: f64) -> f64 {
        let raw = match scale {
            Scale::Probability => output.clamp(0.0, 1.0),
            Scale::LogOdds => probability(output),
        };
        self.calibrator.as_ref().map_or(raw, |curve| curve.apply(raw).clamp(0.0, 1.0))
    }

    fn classifier(&self) -> &dyn Classifier {
        match &self.learner {
            Fitted::Forest(forest) => forest,
            Fitted::Boosting(boosted) => boosted,
            Fitted::Logistic(filled) => filled,
        }
    }
}

impl Classifier for Learnt {
    fn schema(&self) -> &Schema {
        self.classifier().schema()
    }

    fn probabilities(&self, table: &Table) -> Result<Vec<f64>, LearnError> {
        let raw = self.classifier().probabilities(table)?;
        Ok(match &self.calibrator {
            None => raw,
            Some(curve) => raw.into_iter().map(|one| curve.apply(one).clamp(0.0, 1.0)).collect(),
        })
    }

    /// The contributions to the output before calibration, which keeps the order of customers.
    fn contributions(&self, table: &Table) -> Result<Contributions, LearnError> {
        self.classifier().contributions(table)
    }
}

#[cfg(test)]
mod tests;
