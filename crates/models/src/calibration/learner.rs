//! A learner with its calibrator: fitted out of fold, applied to every probability.

use super::{Calibrator, Method};
use crate::learn::{
    Classifier, Contributions, LearnError, Learner, Schema, Table, check_labels, out_of_fold,
    stratified_folds,
};

/// A learner whose probabilities are calibrated.
pub struct Calibrated {
    /// The learner.
    pub learner: Box<dyn Learner>,
    /// The curve.
    pub method: Method,
    /// The folds its probabilities out of fold come from, 2 or more.
    pub n_folds: usize,
    /// The seed of the folds.
    pub seed: u64,
}

impl Calibrated {
    /// Calibrates `learner` on five folds.
    #[must_use]
    pub fn new(learner: Box<dyn Learner>, method: Method) -> Calibrated {
        Calibrated { learner, method, n_folds: 5, seed: 0 }
    }
}

impl Learner for Calibrated {
    fn name(&self) -> &'static str {
        self.learner.name()
    }

    fn fit(
        &self,
        table: &Table,
        labels: &[bool],
        weights: Option<&[f64]>,
    ) -> Result<Box<dyn Classifier>, LearnError> {
        check_labels(table.n_rows(), labels, weights)?;
        let folds = stratified_folds(labels, self.n_folds, self.seed)?;
        let unseen = out_of_fold(self.learner.as_ref(), table, labels, weights, &folds)?;
        let calibrator = Calibrator::fit(self.method, &unseen, labels, weights)?;
        let classifier = self.learner.fit(table, labels, weights)?;
        Ok(Box::new(CalibratedClassifier { classifier, calibrator }))
    }
}

/// A classifier whose probabilities are calibrated.
pub struct CalibratedClassifier {
    /// What ranks.
    pub classifier: Box<dyn Classifier>,
    /// What turns its probabilities into true ones.
    pub calibrator: Calibrator,
}

impl Classifier for CalibratedClassifier {
    fn schema(&self) -> &Schema {
        self.classifier.schema()
    }

    fn probabilities(&self, table: &Table) -> Result<Vec<f64>, LearnError> {
        let probabilities = self.classifier.probabilities(table)?;
        Ok(probabilities.into_iter().map(|one| self.calibrator.apply(one)).collect())
    }

    /// The contributions to the output before calibration, which keeps the order of customers.
    fn contributions(&self, table: &Table) -> Result<Contributions, LearnError> {
        self.classifier.contributions(table)
    }
}
