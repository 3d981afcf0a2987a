//! Learning: the words every learner shares — a table, labels, a fit, probabilities, a refusal.
//!
//! Answers "what do I hand over, and what do I get back?" for forests, boosting and regression
//! alike. A [`Table`] holds columns of numbers or categories; a [`Learner`] fits it to labels; a
//! [`Classifier`] gives the probability of `true` for each row and says which columns moved it.
//!
//! ```
//! use perennial_models::forest::ForestSettings;
//! use perennial_models::learn::{Classifier, Column, Learner, Table};
//! let days = (0..200).map(f64::from).collect();
//! let table = Table::new(vec![Column::numbers("days_since_order", days)])?;
//! let left: Vec<bool> = (0..200).map(|day| day > 120).collect();
//! let forest = ForestSettings::default().fit(&table, &left, None)?;
//! let probabilities = forest.probabilities(&table)?;
//! assert!(probabilities[10] < 0.1 && probabilities[190] > 0.9);
//! # Ok::<(), perennial_models::learn::LearnError>(())
//! ```
//!
//! Limits: two classes. Seeds and the number of threads are arguments, and the number of threads
//! never changes a result.

mod classifier;
mod error;
mod folds;
pub(crate) mod parallel;
mod random;
mod table;

pub use classifier::{Classifier, Contributions, Learner, Scale, check_labels, out_of_fold};
pub use error::LearnError;
pub use folds::stratified_folds;
pub use random::Random;
pub(crate) use table::Aligned;
pub use table::{Column, MAX_CATEGORIES, MISSING_CATEGORY, Schema, Table, Values};

#[cfg(test)]
mod tests;
