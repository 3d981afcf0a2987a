//! The folds of a question: the same lives, with different things made of them.

use std::fmt;
use std::sync::Arc;

use perennial_engine::fold::{Fold, Needs, Visitor};
use perennial_types::calendar::Micros;
use perennial_types::event::Column;
use perennial_types::question::Population;

use super::members::{Members, Wanted};
use super::plan::{Plan, Rule};
use super::reading::Reading;
use super::tally::Tally;
use crate::orders;

/// What is made of the lives.
#[derive(Clone, Debug)]
pub enum Purpose {
    /// The numbers of every period.
    Tally,
    /// The customers of one set.
    Members(Wanted),
}

/// A question, folded.
pub struct CrrFold {
    plan: Arc<Plan>,
    purpose: Purpose,
}

impl CrrFold {
    /// A fold.
    pub fn new(plan: Arc<Plan>, purpose: Purpose) -> CrrFold {
        CrrFold { plan, purpose }
    }
}

impl fmt::Debug for CrrFold {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("CrrFold").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

impl Fold for CrrFold {
    fn description(&self) -> (&'static str, serde_json::Value) {
        ("crr", serde_json::to_value(&self.plan.question).unwrap_or_default())
    }

    fn needs(&self) -> Needs {
        // Whoever was acquired was acquired at the first of all their events, so history is read.
        Needs {
            columns: columns(&self.plan),
            events: self.plan.events(),
            ts: Micros::MIN..self.plan.as_of,
        }
    }

    fn visitor(&self) -> Box<dyn Visitor> {
        match &self.purpose {
            Purpose::Tally => Box::new(Reading::new(self.plan.clone(), Tally::default())),
            Purpose::Members(wanted) => {
                Box::new(Reading::new(self.plan.clone(), Members::new(wanted.clone())))
            }
        }
    }
}

/// The columns a question looks at, besides customer and instant.
fn columns(plan: &Plan) -> Vec<Column> {
    let mut columns: Vec<Column> = plan.breakdown.iter().map(|(field, _)| field.column()).collect();
    if plan.by_order || plan.needs_orders() {
        columns
            .extend(orders::COLUMNS.iter().filter(|one| plan.by_order || **one != Column::OrderId));
    }
    if plan.question.population == Population::NetBuyers {
        columns.push(Column::Currency);
    }
    if matches!(plan.rule, Rule::Subscription { .. }) {
        columns.push(Column::Event);
    }
    columns.sort_unstable();
    columns.dedup();
    columns
}
