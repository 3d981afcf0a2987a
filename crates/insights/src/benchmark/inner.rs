//! A question of another insight, asked inside ours: its folds join our scans.

use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_engine::fold::Fold;
use perennial_types::question::Refusal;

use crate::insight::{AskError, Asking, Step};
use crate::reply::Reply;

/// A question of another insight on its way.
pub enum Inner {
    /// It waits for the partial results of so many folds.
    Asking(Box<dyn Asking>, usize),
    /// It is answered.
    Answered(Box<Reply>),
    /// It is refused.
    Refused(Refusal),
}

impl Inner {
    /// A question at its beginning.
    ///
    /// # Errors
    /// When it is none; a refusal is no error here.
    pub fn begin(asking: Result<Box<dyn Asking>, AskError>) -> Result<Inner, AskError> {
        match asking {
            Ok(asking) => Ok(Inner::Asking(asking, 0)),
            Err(AskError::Refused(refusal)) => Ok(Inner::Refused(refusal)),
            Err(other) => Err(other),
        }
    }

    /// Takes its share of the partial results and gives the folds it wants next.
    ///
    /// # Errors
    /// When reading failed or the question is none.
    pub fn step(
        &mut self,
        partials: &mut impl Iterator<Item = Vec<RecordBatch>>,
    ) -> Result<Vec<Arc<dyn Fold>>, AskError> {
        let Inner::Asking(asking, n_folds) = self else { return Ok(Vec::new()) };
        let own = partials.by_ref().take(*n_folds).collect();
        match asking.step(own) {
            Ok(Step::Scan(folds)) => {
                *n_folds = folds.len();
                Ok(folds)
            }
            Ok(Step::Done(reply)) => {
                *self = Inner::Answered(reply);
                Ok(Vec::new())
            }
            Err(AskError::Refused(refusal)) => {
                *self = Inner::Refused(refusal);
                Ok(Vec::new())
            }
            Err(other) => Err(other),
        }
    }
}
