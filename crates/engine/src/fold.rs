//! A fold: a computation that visits every customer's run once.
//!
//! The description of a fold is plain JSON, so that the same node can be made again elsewhere;
//! its visitors hold what one bucket has added up so far; partial results merge in any order.

use std::fmt::Debug;
use std::ops::Range;

use arrow::array::RecordBatch;
use perennial_types::calendar::Micros;
use perennial_types::event::Column;

use crate::batch::{Batch, Run};
use crate::error::EngineError;

/// What a fold reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needs {
    /// Columns besides customer and instant.
    pub columns: Vec<Column>,
    /// Names of the only events it looks at; `None` is all.
    pub events: Option<Vec<String>>,
    /// The half-open range of instants it looks at.
    pub ts: Range<Micros>,
}

/// A computation over customers.
pub trait Fold: Debug + Send + Sync {
    /// Name of the fold and the question it was made from.
    fn description(&self) -> (&'static str, serde_json::Value);
    /// What it reads. A shared scan may show it more rows than these: a visitor judges each row
    /// itself.
    fn needs(&self) -> Needs;
    /// A visitor for one bucket.
    fn visitor(&self) -> Box<dyn Visitor>;
    /// Whether it looks at what customers did. One about the rows as such, the names of events for
    /// one, sees every row whichever customers a question is about.
    fn is_about_customers(&self) -> bool {
        true
    }
}

/// What one bucket has added up so far.
pub trait Visitor: Send {
    /// Visits the runs of a batch. Rows outside of the runs belong to customers who are left out. A run that `continues` belongs to the customer visited last; a
    /// customer is complete when another run begins, or at the end.
    fn visit(&mut self, batch: &Batch, runs: &[Run]) -> Result<(), EngineError>;
    /// Ends the last customer and gives the partial result.
    fn finish(self: Box<Self>) -> Result<RecordBatch, EngineError>;
}

impl Needs {
    /// What a scan shared by several folds has to read.
    pub fn united(all: impl IntoIterator<Item = Needs>) -> Needs {
        let mut all = all.into_iter();
        let empty = Needs { columns: Vec::new(), events: Some(Vec::new()), ts: 0..0 };
        let Some(mut union) = all.next() else { return empty };
        for needs in all {
            union.columns.extend(needs.columns);
            union.events = match (union.events, needs.events) {
                (Some(mut left), Some(right)) => {
                    left.extend(right);
                    Some(left)
                }
                _ => None,
            };
            union.ts = match (union.ts.is_empty(), needs.ts.is_empty()) {
                (true, _) => needs.ts,
                (_, true) => union.ts,
                _ => union.ts.start.min(needs.ts.start)..union.ts.end.max(needs.ts.end),
            };
        }
        union
    }
}
