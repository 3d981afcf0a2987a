//! Permutation importance: what a model loses when a column no longer belongs to its customer.
//!
//! Answers "which columns does the ranking rest on?" for any classifier. The values of a column are
//! moved at random between the rows, and the AUC on rows the model has not seen falls by so much
//! (L. Breiman (2001), Machine Learning 45, 5–32, §10, with the AUC in place of the error; mean and
//! deviation over repeats). Columns that say the same cover for each other and each looks
//! unimportant alone, so columns may be moved together as a group (all by one permutation).
//!
//! Limits: it tells what the model uses, not what causes leaving.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::learn::parallel::in_pieces;
use crate::learn::{Classifier, LearnError, Random, Table};
use crate::metrics::auc;

/// Columns that are moved together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// What the group is called.
    pub name: String,
    /// The names of its columns.
    pub columns: Vec<String>,
}

impl Group {
    /// Each column of `table` as a group of its own.
    #[must_use]
    pub fn of_each_column(table: &Table) -> Vec<Group> {
        let alone = |name: &String| Group { name: name.clone(), columns: vec![name.clone()] };
        table.columns().iter().map(|column| alone(&column.name)).collect()
    }
}

/// What the AUC loses without a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Importance {
    /// The group.
    pub name: String,
    /// The mean loss of AUC over the repeats; about 0, and perhaps below, for a group that says
    /// nothing.
    pub auc_lost: f64,
    /// The standard deviation of the loss over the repeats; none for a single one.
    pub deviation: Option<f64>,
}

/// How the loss is measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportanceSettings {
    /// Permutations of each group, 1 or more.
    pub n_repeats: usize,
    /// The seed of the permutations.
    pub seed: u64,
    /// Threads; 0 counts as 1. Never changes a result.
    pub n_threads: usize,
}

impl Default for ImportanceSettings {
    fn default() -> ImportanceSettings {
        ImportanceSettings { n_repeats: 5, seed: 0, n_threads: 1 }
    }
}

/// What `classifier` loses without each of `groups`, on rows it has not seen; one per group, in
/// their order.
///
/// # Errors
/// A group names a column that is not in the table; no repeats; whatever the classifier or the AUC
/// refuses.
pub fn permutation_importance(
    classifier: &dyn Classifier,
    table: &Table,
    labels: &[bool],
    groups: &[Group],
    settings: &ImportanceSettings,
) -> Result<Vec<Importance>, LearnError> {
    if settings.n_repeats == 0 {
        let (name, value, allowed) = ("n_repeats", "0".to_owned(), "1 or more");
        return Err(LearnError::Setting { name, value, allowed });
    }
    let places = places_of(table, groups)?;
    let whole = auc(&classifier.probabilities(table)?, labels)?;
    let n_repeats = settings.n_repeats;
    let one_loss = |(): &mut (), piece: usize| {
        let (group, repeat) = (piece / n_repeats, piece % n_repeats);
        // Every group meets the same permutations: its losses are compared with the others'.
        let mut order: Vec<usize> = (0..table.n_rows()).collect();
        Random::stream(settings.seed, repeat as u64).shuffle(&mut order);
        let moved = table.moved(&places[group], &order);
        Ok(whole - auc(&classifier.probabilities(&moved)?, labels)?)
    };
    let losses = in_pieces(groups.len() * n_repeats, settings.n_threads, || (), one_loss);
    let losses = losses.into_iter().collect::<Result<Vec<f64>, LearnError>>()?;
    let importance = |(group, losses): (&Group, &[f64])| {
        let mean = losses.iter().sum::<f64>() / n_repeats as f64;
        let squares: f64 = losses.iter().map(|loss| (loss - mean) * (loss - mean)).sum();
        let deviation = (n_repeats > 1).then(|| (squares / (n_repeats as f64 - 1.0)).sqrt());
        Importance { name: group.name.clone(), auc_lost: mean, deviation }
    };
    Ok(groups.iter().zip(losses.chunks(n_repeats)).map(importance).collect())
}

/// The places of the columns of each group.
fn places_of(table: &Table, groups: &[Group]) -> Result<Vec<Vec<usize>>, LearnError> {
    let by_name: HashMap<&str, usize> =
        table.columns().iter().map(|column| column.name.as_str()).zip(0..).collect();
    let place = |column: &String| {
        let absent = || LearnError::ColumnAbsent { column: column.clone() };
        by_name.get(column.as_str()).copied().ok_or_else(absent)
    };
    groups.iter().map(|group| group.columns.iter().map(place).collect()).collect()
}

#[cfg(test)]
mod tests;
