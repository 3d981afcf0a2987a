//! Random forest: many trees, each grown on rows drawn at random and splitting by columns drawn at
//! random, agree on a probability.
//!
//! Answers "how likely is it that this customer leaves?" without asking how the reasons act
//! together. The probability is the mean over the trees of the share of leavers in the leaf a row
//! comes to: `p(x) = 1/B Σ_b p_b(x)`, `B` trees, each on `n` rows drawn with replacement and the
//! best of `m` columns drawn anew at each split (L. Breiman (2001), Random forests, Machine Learning
//! 45, 5–32, §1 and §4). Splits maximise the decrease of the Gini impurity `2 p (1 − p)`.
//!
//! * **Rows a tree has not drawn judge it**: [`Forest::out_of_bag`] gives each row its probability by
//!   those trees only (§3.1 there).
//! * **Leaves of ten rows** are the default: with scikit-learn's leaves of one
//!   ([`ForestSettings::scikit_learn`]) probabilities are torn towards 0 and 1 and rank worse.
//! * **Missing values and categories** are split as they are; see `trees`.
//! * **Importance** by Gini ([`Forest::gini_importance`], G. Louppe (2014), eq. 6.2) favours columns
//!   with many values; [`crate::importance`] asks what permuting a column costs instead.
//! * Seed and data decide the forest, never the number of threads.
//!
//! Limits: two classes; at most 255 categories a column; at most 2³² − 2 rows; a tree is at most
//! [`MAX_DEPTH`] splits deep.

mod fit;

use serde::{Deserialize, Serialize};

use crate::learn::{Classifier, Contributions, LearnError, Learner, Scale, Schema, Table};
use crate::shap;
use crate::trees::Ensemble;

/// Deepest a tree may be: explanations walk down it recursively.
pub const MAX_DEPTH: u32 = 256;

/// How many columns are tried at each split.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tried {
    /// The square root of their number, rounded down.
    SquareRoot,
    /// All of them.
    All,
    /// So many, at most all.
    Columns(usize),
}

/// Which splits are tried.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Splits {
    /// Between any two values.
    Exact,
    /// Between at most so many (2 to 255) bins of about equally many rows.
    Binned(usize),
}

/// How much the classes weigh.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassWeights {
    /// Every row as much as its own weight.
    Equal,
    /// Both classes the same in sum. Probabilities are then those of a world in which every other
    /// customer leaves: calibrate them.
    Balanced,
    /// Rows of each class this much more.
    Given {
        /// Of `false` rows.
        r#false: f64,
        /// Of `true` rows.
        r#true: f64,
    },
}

/// How a forest is grown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ForestSettings {
    /// Trees, 1 to a million.
    pub n_trees: usize,
    /// Columns tried at each split.
    pub tried: Tried,
    /// Rows each side of a split keeps at least; rows drawn twice count once.
    pub min_leaf_rows: u32,
    /// Splits on the way to the deepest leaf, 1 to [`MAX_DEPTH`].
    pub max_depth: u32,
    /// Splits tried.
    pub splits: Splits,
    /// Weights of the classes.
    pub class_weights: ClassWeights,
    /// Whether each row is also judged by the trees that have not drawn it.
    pub out_of_bag: bool,
    /// The seed of all that is drawn.
    pub seed: u64,
    /// Threads that grow and score; 0 counts as 1.
    pub n_threads: usize,
}

impl Default for ForestSettings {
    fn default() -> ForestSettings {
        ForestSettings {
            n_trees: 100,
            tried: Tried::SquareRoot,
            min_leaf_rows: 10,
            max_depth: MAX_DEPTH,
            splits: Splits::Binned(255),
            class_weights: ClassWeights::Equal,
            out_of_bag: true,
            seed: 0,
            n_threads: 1,
        }
    }
}

impl ForestSettings {
    /// The defaults of scikit-learn's `RandomForestClassifier`: 100 trees, the square root of the
    /// columns, exact splits, leaves of one row, no out-of-bag probabilities.
    #[must_use]
    pub fn scikit_learn() -> ForestSettings {
        ForestSettings {
            min_leaf_rows: 1,
            splits: Splits::Exact,
            out_of_bag: false,
            ..ForestSettings::default()
        }
    }

    /// Grows a forest; [`Learner::fit`] gives the same behind the trait.
    ///
    /// # Errors
    /// Settings outside what they may be, labels or weights of another length, one class only,
    /// weights that are negative or not finite.
    pub fn grow(
        &self,
        table: &Table,
        labels: &[bool],
        weights: Option<&[f64]>,
    ) -> Result<Forest, LearnError> {
        fit::grow(self, table, labels, weights)
    }
}

impl Learner for ForestSettings {
    fn name(&self) -> &'static str {
        "forest"
    }

    fn fit(
        &self,
        table: &Table,
        labels: &[bool],
        weights: Option<&[f64]>,
    ) -> Result<Box<dyn Classifier>, LearnError> {
        Ok(Box::new(self.grow(table, labels, weights)?))
    }
}

/// A grown forest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Forest {
    pub(crate) ensemble: Ensemble,
    #[serde(with = "crate::exact::numbers")]
    gini_importance: Vec<f64>,
    out_of_bag: Option<Vec<Option<f64>>>,
}

impl Forest {
    /// The probability of each row it was grown on by the trees that had not drawn it; `None` for a
    /// row that every tree had. `None` altogether unless the settings asked for it.
    #[must_use]
    pub fn out_of_bag(&self) -> Option<&[Option<f64>]> {
        self.out_of_bag.as_deref()
    }

    /// The share of each column in the decrease of impurity, in the order of the schema, adding up
    /// to 1 (all 0 when no tree has a split).
    #[must_use]
    pub fn gini_importance(&self) -> &[f64] {
        &self.gini_importance
    }

    /// How many trees it has.
    #[must_use]
    pub fn n_trees(&self) -> usize {
        self.ensemble.trees.len()
    }

    /// How many nodes its trees have together.
    #[must_use]
    pub fn n_nodes(&self) -> usize {
        self.ensemble.trees.iter().map(|tree| tree.nodes.len()).sum()
    }

    /// The same forest scoring on `n_threads` threads.
    #[must_use]
    pub fn with_threads(mut self, n_threads: usize) -> Forest {
        self.ensemble.n_threads = n_threads;
        self
    }
}

impl Classifier for Forest {
    fn schema(&self) -> &Schema {
        self.ensemble.encoder.schema()
    }

    fn probabilities(&self, table: &Table) -> Result<Vec<f64>, LearnError> {
        // A mean of shares: rounding alone can push it past 1.
        let outputs = self.ensemble.outputs(table)?;
        Ok(outputs.into_iter().map(|output| output.clamp(0.0, 1.0)).collect())
    }

    fn contributions(&self, table: &Table) -> Result<Contributions, LearnError> {
        shap::contributions(&self.ensemble, table, Scale::Probability)
    }
}

#[cfg(test)]
mod tests;
