//! Logistic regression: each column multiplies the odds, and says by how much and how surely.
//!
//! Answers "what goes with leaving, and how strongly, the other columns held fixed?". With columns
//! `x` standardised to mean 0 and deviation 1, `p(x) = 1 / (1 + exp(−b₀ − x·b))`, where `b`
//! minimises
//!
//! `− Σ wᵢ [yᵢ ln p(xᵢ) + (1 − yᵢ) ln(1 − p(xᵢ))] + l2/2 · Σ bⱼ² + l1 · Σ |bⱼ|`
//!
//! * **No penalty**: Newton's method, that is iteratively reweighted least squares (P. McCullagh,
//!   J. Nelder (1989), Generalized Linear Models, §4.4.1). Standard errors from the inverse of the
//!   Fisher information (eq. 4.18 there), Wald's `z`, two-sided `p`, odds ratios with intervals. One
//!   category of each column is the reference: the one with most rows.
//! * **L2** (scikit-learn's `C` is `1 / l2`): the same steps; every category keeps a coefficient.
//! * **L1**: coordinate descent on the quadratic of each Newton step (J. Friedman, T. Hastie,
//!   R. Tibshirani (2010), Journal of Statistical Software 33, 1, eq. 10 and §2.1).
//!
//! A penalty buys steadier predictions with biased coefficients, so penalised fits give no standard
//! errors. Refused: missing values, one class, constant or collinear columns, and labels that some
//! sum of columns tells apart without error (without a penalty, the best coefficients would be
//! infinite). The columns are named.
//!
//! ```
//! use perennial_models::learn::{Column, Table};
//! use perennial_models::logistic::LogisticSettings;
//! let calls = [0.0, 0.0, 1.0, 1.0, 2.0, 3.0, 3.0, 4.0, 5.0, 5.0];
//! let left = [false, false, false, true, false, false, true, true, false, true];
//! let table = Table::new(vec![Column::numbers("support_calls", calls.to_vec())])?;
//! let fitted = LogisticSettings::unpenalised().regress(&table, &left, None)?;
//! let effect = &fitted.effects()[0];
//! assert!(effect.odds_ratio > 1.0); // each call raises the odds of leaving …
//! assert!(effect.uncertainty.as_ref().is_some_and(|wald| wald.p > 0.05)); // … perhaps by chance
//! # Ok::<(), perennial_models::learn::LearnError>(())
//! ```

mod descent;
mod design;
mod inference;
mod newton;
mod objective;

use serde::{Deserialize, Serialize};

use crate::learn::parallel::in_pieces;
use crate::learn::{
    Classifier, Contributions, LearnError, Learner, Scale, Schema, Table, check_labels,
};
use design::Design;
pub use inference::{Effect, Uncertainty};
pub(crate) use objective::probability;
use objective::{Penalty, Problem};

/// How a regression is fitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogisticSettings {
    /// The weight of the sum of squares of the standardised coefficients, halved.
    pub l2: f64,
    /// The weight of the sum of the magnitudes of the standardised coefficients.
    pub l1: f64,
    /// The confidence of intervals, between 0 and 1.
    pub confidence: f64,
    /// Steps at most.
    pub max_iterations: usize,
    /// Threads that sum over rows; 0 counts as 1.
    pub n_threads: usize,
}

impl Default for LogisticSettings {
    /// For prediction: `l2` of 1, as scikit-learn has it.
    fn default() -> LogisticSettings {
        LogisticSettings { l2: 1.0, l1: 0.0, confidence: 0.95, max_iterations: 100, n_threads: 1 }
    }
}

impl LogisticSettings {
    /// For understanding: no penalty, with standard errors.
    #[must_use]
    pub fn unpenalised() -> LogisticSettings {
        LogisticSettings { l2: 0.0, ..LogisticSettings::default() }
    }

    /// Fits a regression; [`Learner::fit`] gives the same behind the trait. Weights count as that
    /// many rows.
    ///
    /// # Errors
    /// See the module.
    pub fn regress(
        &self,
        table: &Table,
        labels: &[bool],
        weights: Option<&[f64]>,
    ) -> Result<Logistic, LearnError> {
        self.check()?;
        check_labels(table.n_rows(), labels, weights)?;
        let penalty = Penalty { l1: self.l1, l2: self.l2 };
        let design = Design::of(table, weights, penalty.is_none())?;
        let rows = design.rows(table)?;
        let problem = Problem {
            rows: &rows,
            width: design.width(),
            labels,
            weights,
            penalty,
            n_threads: self.n_threads,
        };
        if penalty.is_none() {
            design.refuse_collinear(&problem)?;
        }
        let minimum =
            newton::minimise(&problem, self.max_iterations, &|term| design.term_name(term))?;
        let effects = inference::effects(&design, &minimum, penalty, self.confidence)?;
        let null = problem.null_log_likelihood();
        Ok(Logistic {
            intercept: inference::intercept(&design, &minimum.coefficients),
            effects,
            log_likelihood: -minimum.loss,
            null_log_likelihood: null,
            n_iterations: minimum.n_iterations,
            coefficients: minimum.coefficients,
            design,
            n_threads: self.n_threads,
        })
    }

    fn check(&self) -> Result<(), LearnError> {
        let refuse = |name, value: f64, allowed| {
            Err(LearnError::Setting { name, value: value.to_string(), allowed })
        };
        for (name, value) in [("l1", self.l1), ("l2", self.l2)] {
            if !(value >= 0.0 && value.is_finite()) {
                return refuse(name, value, "0 or more");
            }
        }
        if !(self.confidence > 0.0 && self.confidence < 1.0) {
            return refuse("confidence", self.confidence, "between 0 and 1");
        }
        Ok(())
    }
}

impl Learner for LogisticSettings {
    fn name(&self) -> &'static str {
        "logistic"
    }

    fn fit(
        &self,
        table: &Table,
        labels: &[bool],
        weights: Option<&[f64]>,
    ) -> Result<Box<dyn Classifier>, LearnError> {
        Ok(Box::new(self.regress(table, labels, weights)?))
    }
}

/// A fitted regression.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Logistic {
    design: Design,
    /// Intercept and one coefficient per term, on standardised columns.
    #[serde(with = "crate::exact::numbers")]
    coefficients: Vec<f64>,
    intercept: f64,
    effects: Vec<Effect>,
    log_likelihood: f64,
    null_log_likelihood: f64,
    n_iterations: usize,
    #[serde(skip)]
    n_threads: usize,
}

/// Rows scored by one thread at a time.
const ROWS_PER_PIECE: usize = 1 << 12;

impl Logistic {
    /// One effect per column of numbers, and per category but the reference.
    #[must_use]
    pub fn effects(&self) -> &[Effect] {
        &self.effects
    }

    /// The same without effects: for probabilities alone, nothing else is stored.
    pub(crate) fn for_prediction(mut self) -> Logistic {
        self.effects.clear();
        self
    }

    /// The log-odds of a row whose numbers are 0 and whose categories are the references.
    #[must_use]
    pub fn intercept(&self) -> f64 {
        self.intercept
    }

    /// The log-likelihood, without the penalty.
    #[must_use]
    pub fn log_likelihood(&self) -> f64 {
        self.log_likelihood
    }

    /// The log-likelihood of giving every row the base rate.
    #[must_use]
    pub fn null_log_likelihood(&self) -> f64 {
        self.null_log_likelihood
    }

    /// Steps made.
    #[must_use]
    pub fn n_iterations(&self) -> usize {
        self.n_iterations
    }

    /// What `score` makes of each row of `table` (intercept first, then standardised terms).
    fn in_pieces<R: Clone + Send>(
        &self,
        table: &Table,
        score: impl Fn(&[f64]) -> Vec<R> + Sync,
    ) -> Result<Vec<R>, LearnError> {
        let columns = self.design.schema().align(table)?;
        let n_rows = table.n_rows();
        let piece = |(): &mut (), piece: usize| -> Result<Vec<R>, LearnError> {
            let from = piece * ROWS_PER_PIECE;
            let rows = self.design.fill(&columns, from, (from + ROWS_PER_PIECE).min(n_rows))?;
            Ok(rows.chunks_exact(self.design.width()).flat_map(&score).collect())
        };
        let pieces = in_pieces(n_rows.div_ceil(ROWS_PER_PIECE), self.n_threads, || (), piece);
        Ok(pieces.into_iter().collect::<Result<Vec<_>, _>>()?.concat())
    }
}

impl Classifier for Logistic {
    fn schema(&self) -> &Schema {
        self.design.schema()
    }

    fn probabilities(&self, table: &Table) -> Result<Vec<f64>, LearnError> {
        self.in_pieces(table, |row| vec![probability(objective::dot(row, &self.coefficients))])
    }

    /// `bⱼ (xⱼ − mean)`, terms of a column together: the Shapley values of a sum of columns.
    fn contributions(&self, table: &Table) -> Result<Contributions, LearnError> {
        let n_columns = self.schema().n_columns();
        let values = self.in_pieces(table, |row| {
            let mut shares = vec![0.0; n_columns];
            let terms = row.iter().zip(&self.coefficients).skip(1).zip(self.design.columns());
            terms.for_each(|((value, coefficient), column)| shares[column] += value * coefficient);
            shares
        })?;
        Ok(Contributions { scale: Scale::LogOdds, base: self.coefficients[0], n_columns, values })
    }
}

#[cfg(test)]
mod tests;
