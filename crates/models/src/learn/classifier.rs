//! What every learner can do: fit a table to labels, give probabilities, say what moved them.

use serde::{Deserialize, Serialize};

use super::{LearnError, Schema, Table};

/// A way to learn, with its settings.
pub trait Learner: Send + Sync {
    /// A stable word for it.
    fn name(&self) -> &'static str;

    /// Learns to tell `labels` from `table`, rows counting by `weights` (1 each when not given).
    ///
    /// # Errors
    /// Settings, tables, labels and weights it cannot learn from; each with its code.
    fn fit(
        &self,
        table: &Table,
        labels: &[bool],
        weights: Option<&[f64]>,
    ) -> Result<Box<dyn Classifier>, LearnError>;
}

/// What was learnt.
pub trait Classifier: Send + Sync {
    /// The columns it needs.
    fn schema(&self) -> &Schema;

    /// The probability of `true` per row of `table`.
    ///
    /// # Errors
    /// A column it needs is not there or of another kind.
    fn probabilities(&self, table: &Table) -> Result<Vec<f64>, LearnError>;

    /// How much each column moved each row away from the average.
    ///
    /// # Errors
    /// A column it needs is not there or of another kind.
    fn contributions(&self, table: &Table) -> Result<Contributions, LearnError>;
}

/// What contributions add up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// A probability.
    Probability,
    /// The logarithm of the odds.
    LogOdds,
}

/// Shares of columns in the outputs of a model: base and shares of a row add up to its output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contributions {
    /// What they add up to.
    pub scale: Scale,
    /// The output when nothing is known of a row.
    pub base: f64,
    /// How many columns there are, in the order of the schema.
    pub n_columns: usize,
    /// The shares, row after row, one per column.
    pub values: Vec<f64>,
}

impl Contributions {
    /// The shares of each row.
    pub fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks_exact(self.n_columns.max(1))
    }

    /// The output of each row: base and shares added up.
    pub fn outputs(&self) -> impl Iterator<Item = f64> {
        self.rows().map(|shares| self.base + shares.iter().sum::<f64>())
    }
}

/// Refuses labels and weights nothing can be learnt from.
///
/// # Errors
/// Lengths that differ from `n_rows`, weights that are negative or not finite, or a label that no
/// row with a weight above 0 has.
pub fn check_labels(
    n_rows: usize,
    labels: &[bool],
    weights: Option<&[f64]>,
) -> Result<(), LearnError> {
    let length =
        |what: &str, found| LearnError::Length { what: what.to_owned(), found, expected: n_rows };
    if labels.len() != n_rows {
        return Err(length("the list of labels", labels.len()));
    }
    if let Some(weights) = weights {
        if weights.len() != n_rows {
            return Err(length("the list of weights", weights.len()));
        }
        let bad =
            |weight: &f64| !weight.is_finite() || *weight < 0.0 || *weight > f64::from(f32::MAX);
        if let Some(row) = weights.iter().position(bad) {
            return Err(LearnError::Weight { row, value: weights[row] });
        }
    }
    let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
    for label in [false, true] {
        let other = (0..n_rows).all(|row| labels[row] != label || weight(row) == 0.0);
        if other {
            return Err(LearnError::OneClass { n_rows, label: !label });
        }
    }
    Ok(())
}

/// The probability of each row by a model fitted on the other folds; `folds` gives the fold of each
/// row (any numbers).
///
/// # Errors
/// Whatever the learner refuses on the rows of any fold's complement; a single fold.
pub fn out_of_fold(
    learner: &dyn Learner,
    table: &Table,
    labels: &[bool],
    weights: Option<&[f64]>,
    folds: &[usize],
) -> Result<Vec<f64>, LearnError> {
    let n_rows = table.n_rows();
    check_labels(n_rows, labels, weights)?;
    if folds.len() != n_rows {
        let what = "the list of folds".to_owned();
        return Err(LearnError::Length { what, found: folds.len(), expected: n_rows });
    }
    let mut kinds = folds.to_vec();
    kinds.sort_unstable();
    kinds.dedup();
    let mut probabilities = vec![0.0; n_rows];
    for fold in kinds {
        let (held, rest): (Vec<usize>, Vec<usize>) =
            (0..n_rows).partition(|&row| folds[row] == fold);
        let rest_labels: Vec<bool> = rest.iter().map(|&row| labels[row]).collect();
        let rest_weights: Option<Vec<f64>> =
            weights.map(|weights| rest.iter().map(|&row| weights[row]).collect());
        let fitted = learner.fit(&table.take(&rest)?, &rest_labels, rest_weights.as_deref())?;
        for (row, probability) in held.iter().zip(fitted.probabilities(&table.take(&held)?)?) {
            probabilities[*row] = probability;
        }
    }
    Ok(probabilities)
}
