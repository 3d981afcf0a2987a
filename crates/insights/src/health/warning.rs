//! The early warning: the probability that a customer leaves within the horizon.
//!
//! Learned from customers at past cuts whose horizon was over by the last date, and judged by time:
//! the newest of those cuts is foretold by a model that has seen only the cuts before it, whose
//! horizons were over when it was made.

use std::collections::BTreeMap;

use perennial_models::calibration::{Calibrator, Method};
use perennial_models::health::{Learned, MonotoneSettings, Reference, learn};
use perennial_models::learn::{Classifier, LearnError};
use perennial_models::learnt::{Learnt, Settings};
use perennial_types::key::CustomerKey;
use serde::{Deserialize, Serialize};

use super::question::Learner;
use super::ranker::Ranker;
use super::refusals;
use crate::insight::AskError;
use crate::training::Sample;
use crate::training::refusals::refused;

/// Fewest customers who left, and who stayed, to learn from.
const FEWEST: usize = 20;
/// Folds whose probabilities the calibration is fitted to.
const N_FOLDS: usize = 5;
/// Of fewer rows a calibration has a slope and a shift only.
const ENOUGH_FOR_ANY_CURVE: usize = 1_000;
/// The seed of what learners draw: the same question has the same answer.
const SEED: u64 = 0;
/// Threads that grow and score; their number never changes a result.
const N_THREADS: usize = 2;

/// What foretells leaving.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Model {
    /// On the values of the dimensions.
    Values(Box<Learnt>),
    /// On their ranks.
    Ranks(Learned),
}

/// A model of leaving whose probabilities are true ones.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Warner {
    model: Model,
    calibrator: Calibrator,
    /// Share of the rows it learned from that left.
    pub base_rate: f64,
    /// Rows it learned from.
    pub n_rows: u64,
}

/// Rows of a sample, and what they are ranked by.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    /// The sample.
    pub sample: &'a Sample,
    /// Its dimensions.
    pub ranker: &'a Ranker<'a>,
    /// The ranks.
    pub reference: &'a Reference,
}

impl Model {
    fn fit(
        seen: Seen<'_>,
        learner: Learner,
        rows: &[usize],
        left: &[bool],
    ) -> Result<Model, AskError> {
        if learner == Learner::Ranks {
            let columns = seen.ranker.columns(seen.reference, rows);
            let learned = learn(MonotoneSettings::default(), &columns, left);
            return Ok(Model::Ranks(learned.map_err(|error| refusals::of_health(&error))?));
        }
        let table = seen.sample.table.take(rows).map_err(|error| refused(&error))?;
        let settings = Settings::named(learner.name(), SEED, N_THREADS);
        let learnt = settings.and_then(|settings| settings.learn(&table, left, None));
        Ok(Model::Values(Box::new(learnt.map_err(|error| refused(&error))?)))
    }

    fn probabilities(&self, seen: Seen<'_>, rows: &[usize]) -> Result<Vec<f64>, AskError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        match self {
            Model::Ranks(learned) => {
                let mut ranks = Vec::new();
                let probability = |row: &usize| {
                    seen.ranker.oriented(seen.reference, *row, &mut ranks);
                    learned.probability(&ranks)
                };
                Ok(rows.iter().map(probability).collect())
            }
            Model::Values(learnt) => {
                let table = seen.sample.table.take(rows).map_err(|error| refused(&error))?;
                learnt.probabilities(&table).map_err(|error| refused(&error))
            }
        }
    }
}

impl Warner {
    /// Learns from rows and whether each left.
    ///
    /// # Errors
    /// Fewer than [`FEWEST`] rows of either outcome, and whatever the learner refuses.
    pub fn fit(
        seen: Seen<'_>,
        learner: Learner,
        rows: &[usize],
        left: &[bool],
    ) -> Result<Warner, AskError> {
        for label in [true, false] {
            let n_rows = left.iter().filter(|one| **one == label).count();
            if n_rows < FEWEST {
                return Err(refused(&LearnError::TooFewRows { label, n_rows, needed: FEWEST }));
            }
        }
        let folds = folds(rows.iter().filter_map(|row| seen.sample.customers.get(*row)));
        let mut unseen = vec![0.0; rows.len()];
        for fold in 0..N_FOLDS {
            let part = |is_held: bool| -> Vec<usize> {
                (0..rows.len()).filter(|at| (folds.get(*at) == Some(&fold)) == is_held).collect()
            };
            let take = |places: &[usize]| -> Vec<usize> {
                places.iter().filter_map(|at| rows.get(*at).copied()).collect()
            };
            let (held, rest) = (part(true), part(false));
            let rest_left: Vec<bool> =
                rest.iter().filter_map(|at| left.get(*at).copied()).collect();
            let model = Model::fit(seen, learner, &take(&rest), &rest_left)?;
            for (at, probability) in held.iter().zip(model.probabilities(seen, &take(&held))?) {
                if let Some(place) = unseen.get_mut(*at) {
                    *place = probability;
                }
            }
        }
        let method = match rows.len() >= ENOUGH_FOR_ANY_CURVE {
            true => Method::Isotonic,
            false => Method::Platt,
        };
        let calibrator =
            Calibrator::fit(method, &unseen, left, None).map_err(|error| refused(&error))?;
        let n_left = left.iter().filter(|left| **left).count();
        Ok(Warner {
            model: Model::fit(seen, learner, rows, left)?,
            calibrator,
            base_rate: n_left as f64 / left.len() as f64,
            n_rows: rows.len() as u64,
        })
    }

    /// The probability of leaving of each of some rows.
    ///
    /// # Errors
    /// A feature it knows is not there.
    pub fn risks(&self, seen: Seen<'_>, rows: &[usize]) -> Result<Vec<f64>, AskError> {
        let probabilities = self.model.probabilities(seen, rows)?;
        Ok(probabilities
            .into_iter()
            .map(|one| self.calibrator.apply(one).clamp(0.0, 1.0))
            .collect())
    }
}

/// The fold of each row: all rows of a customer lie in one, so that no row is judged by a model that
/// knows the customer.
fn folds<'a>(customers: impl Iterator<Item = &'a CustomerKey>) -> Vec<usize> {
    let mut fold_of: BTreeMap<CustomerKey, usize> = BTreeMap::new();
    let place = |customer: &CustomerKey| {
        let next = fold_of.len() % N_FOLDS;
        *fold_of.entry(*customer).or_insert(next)
    };
    customers.map(place).collect()
}
