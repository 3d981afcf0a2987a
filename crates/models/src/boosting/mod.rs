//! Gradient boosting: small trees one after another, each mending what those before it got wrong.
//!
//! Answers "how likely is it that this customer leaves?" where effects add up and a forest blurs
//! them. The log-odds are `F(x) = F₀ + ν Σ_t f_t(x)`; with `p = 1/(1 + exp(−F))` tree `t` is grown
//! on gradients `w (y − p)` and hessians `w p (1 − p)`, and a leaf says `G/(H + λ)`: Newton's step
//! for the log-likelihood (T. Chen, C. Guestrin (2016), XGBoost, KDD, 785–794, equations 5 and 7),
//! on binned values (G. Ke et al. (2017), LightGBM, NIPS 30, algorithm 1). Each tree sees a share of
//! the rows and columns drawn anew (J. Friedman (2002), Stochastic gradient boosting, Computational
//! Statistics & Data Analysis 38, 367–378).
//!
//! **How many trees** is found by holding out a share of the rows: the number at which their log
//! loss is least, after which the trees are grown anew on all rows. A holdout share of 0 grows
//! exactly `n_rounds`.
//!
//! **What is known beforehand** can be said: with [`BoostingSettings::monotone`] the probability never
//! falls, or never rises, as a column does, the others held fixed. A split against the way is not made,
//! and no leaf below a split crosses the middle between its sides (XGBoost and LightGBM's "basic"
//! method; P. Auguste, S. Malory, I. Smirnov (2020), A better method to enforce monotonic constraints,
//! §2). A missing value is on neither end of the column.
//!
//! Limits: two classes, 255 bins a column; missing values and categories as in `trees`. Seed and
//! data decide the result, never the number of threads.

mod fit;

use serde::{Deserialize, Serialize};

use crate::learn::{Classifier, Contributions, LearnError, Learner, Scale, Schema, Table};
use crate::logistic::probability;
use crate::shap;
use crate::trees::Ensemble;

/// Which way the probability goes as a column rises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trend {
    /// It never falls.
    Rising,
    /// It never rises.
    Falling,
}

/// How trees are boosted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BoostingSettings {
    /// Trees at most, 1 or more.
    pub n_rounds: usize,
    /// `ν`: the share of each tree's step that is taken, above 0 to 1.
    pub learning_rate: f64,
    /// Splits on the way to the deepest leaf, 1 to 64.
    pub max_depth: u32,
    /// Rows each side of a split keeps at least.
    pub min_leaf_rows: u32,
    /// `λ`: added to the hessian of a leaf, 0 or more.
    pub l2: f64,
    /// The share of the rows each tree sees, above 0 to 1.
    pub row_share: f64,
    /// The share of the columns each tree sees, above 0 to 1; at least one column.
    pub column_share: f64,
    /// The share of the rows held out to find how many trees are best; 0 to 0.5.
    pub holdout_share: f64,
    /// Trees in a row that may fail to lower the log loss held out.
    pub patience: usize,
    /// Columns of numbers by name with which the probability may only rise, or only fall.
    #[serde(default)]
    pub monotone: Vec<(String, Trend)>,
    /// The seed of all that is drawn.
    pub seed: u64,
    /// Threads that grow and score; 0 counts as 1.
    pub n_threads: usize,
}

impl Default for BoostingSettings {
    fn default() -> BoostingSettings {
        BoostingSettings {
            n_rounds: 1000,
            learning_rate: 0.05,
            max_depth: 3,
            min_leaf_rows: 10,
            l2: 1.0,
            row_share: 0.7,
            column_share: 0.5,
            holdout_share: 0.2,
            patience: 50,
            monotone: Vec::new(),
            seed: 0,
            n_threads: 1,
        }
    }
}

impl BoostingSettings {
    /// Boosts; [`Learner::fit`] gives the same behind the trait.
    ///
    /// # Errors
    /// Settings outside what they may be, labels or weights of another length, one class only, too
    /// few rows of a class to hold some out.
    pub fn boost(
        &self,
        table: &Table,
        labels: &[bool],
        weights: Option<&[f64]>,
    ) -> Result<Boosted, LearnError> {
        fit::boost(self, table, labels, weights)
    }
}

impl Learner for BoostingSettings {
    fn name(&self) -> &'static str {
        "boosting"
    }

    fn fit(
        &self,
        table: &Table,
        labels: &[bool],
        weights: Option<&[f64]>,
    ) -> Result<Box<dyn Classifier>, LearnError> {
        Ok(Box::new(self.boost(table, labels, weights)?))
    }
}

/// Boosted trees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Boosted {
    ensemble: Ensemble,
    #[serde(with = "crate::exact::numbers")]
    gain_importance: Vec<f64>,
    #[serde(with = "crate::exact::numbers")]
    held_out_log_loss: Vec<f64>,
}

impl Boosted {
    /// How many trees were kept.
    #[must_use]
    pub fn n_trees(&self) -> usize {
        self.ensemble.trees.len()
    }

    /// The share of each column in the gains of all splits, in the order of the schema, adding up to
    /// 1 (all 0 when no tree has a split).
    #[must_use]
    pub fn gain_importance(&self) -> &[f64] {
        &self.gain_importance
    }

    /// The mean log loss of the rows held out after each tree; empty without a holdout.
    #[must_use]
    pub fn held_out_log_loss(&self) -> &[f64] {
        &self.held_out_log_loss
    }

    /// The same trees scoring on `n_threads` threads.
    #[must_use]
    pub fn with_threads(mut self, n_threads: usize) -> Boosted {
        self.ensemble.n_threads = n_threads;
        self
    }
}

impl Classifier for Boosted {
    fn schema(&self) -> &Schema {
        self.ensemble.encoder.schema()
    }

    fn probabilities(&self, table: &Table) -> Result<Vec<f64>, LearnError> {
        Ok(self.ensemble.outputs(table)?.into_iter().map(probability).collect())
    }

    fn contributions(&self, table: &Table) -> Result<Contributions, LearnError> {
        shap::contributions(&self.ensemble, table, Scale::LogOdds)
    }
}

#[cfg(test)]
mod tests;
