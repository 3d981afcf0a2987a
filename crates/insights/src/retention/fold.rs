//! The folds of a retention question: the same reading of rows, with different things made of it.

use std::fmt;
use std::sync::Arc;

use perennial_engine::fold::{Fold, Needs, Visitor};
use perennial_types::event::Column;
use perennial_types::question::Population;

use super::gather::Gathering;
use super::members::{Members, Wanted};
use super::plan::{Plan, Value};
use super::question::Attribution;
use super::sink::Sink;
use super::spread::{Resamples, Spread};
use super::stream::{self, Streaming};
use super::tally::Tally;
use crate::grouping::Group;
use crate::orders;

/// What is made of the entries and hits.
#[derive(Clone, Debug)]
pub enum Purpose {
    /// The cells.
    Tally,
    /// The customers of one cell.
    Members(Wanted),
    /// The clustered interval of the mean row; which cells enter it.
    Spread(Arc<Vec<bool>>),
    /// The bootstrap of the mean row.
    Resamples,
}

/// A retention question, folded.
#[derive(Clone)]
pub struct RetentionFold {
    plan: Arc<Plan>,
    kept: Option<Arc<Vec<Group>>>,
    purpose: Purpose,
}

impl RetentionFold {
    /// A fold. `kept` are the groups told apart by return values, once they are known.
    pub fn new(plan: Arc<Plan>, kept: Option<Arc<Vec<Group>>>, purpose: Purpose) -> RetentionFold {
        RetentionFold { plan, kept, purpose }
    }

    fn reading<S: Sink + 'static>(&self, sink: S) -> Box<dyn Visitor> {
        if stream::suits(&self.plan) {
            Box::new(Streaming::new(self.plan.clone(), sink))
        } else {
            Box::new(Gathering::new(self.plan.clone(), self.kept.clone(), sink))
        }
    }

    /// The general way, whatever the question: what the straight way is tested against.
    #[cfg(test)]
    pub fn gathering(&self) -> Box<dyn Visitor> {
        Box::new(Gathering::new(self.plan.clone(), None, Tally::default()))
    }
}

impl fmt::Debug for RetentionFold {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("RetentionFold").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

impl Fold for RetentionFold {
    fn description(&self) -> (&'static str, serde_json::Value) {
        ("retention", serde_json::to_value(&self.plan.question).unwrap_or_default())
    }

    fn needs(&self) -> Needs {
        Needs {
            columns: columns(&self.plan),
            events: self.plan.events(),
            ts: self.plan.first_ts()..self.plan.as_of,
        }
    }

    fn visitor(&self) -> Box<dyn Visitor> {
        match &self.purpose {
            Purpose::Tally => self.reading(Tally::default()),
            Purpose::Members(wanted) => self.reading(Members::new(wanted.clone())),
            Purpose::Spread(complete) => self.reading(Spread::new(&self.plan, complete.clone())),
            Purpose::Resamples => self.reading(Resamples::new(&self.plan)),
        }
    }
}

/// The columns a question looks at, besides customer and instant.
fn columns(plan: &Plan) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    columns.extend(plan.start.columns());
    columns.extend(plan.return_.columns());
    if plan.by_order || plan.needs_orders() {
        columns
            .extend(orders::COLUMNS.iter().filter(|one| plan.by_order || **one != Column::OrderId));
    }
    if let Value::Number(field) = &plan.value {
        columns.push(field.column());
    }
    if plan.question.min.amount.is_some() {
        columns.push(Column::Amount);
    }
    if plan.adds_money() {
        columns.push(Column::Currency);
    }
    if plan.question.population == Population::NetBuyers {
        columns.push(Column::Currency);
    }
    columns.extend(plan.breakdown.iter().map(|(field, _)| field.column()));
    let by_current = plan.breakdown.iter().any(|(_, at)| *at == Attribution::Current);
    debug_assert!(!by_current || plan.events().is_none());
    columns.sort_unstable();
    columns.dedup();
    columns
}
