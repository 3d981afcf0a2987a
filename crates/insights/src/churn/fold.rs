//! The folds of a question: the same lives, with different things made of them.

use std::fmt;
use std::sync::Arc;

use perennial_engine::fold::{Fold, Needs, Visitor};
use perennial_types::calendar::Micros;

use super::members::{Members, Wanted};
use super::plan::Plan;
use super::tally::Tally;
use super::tiers::Worth;
use crate::ledger::Ledger;

/// What is made of the lives.
#[derive(Clone, Debug)]
pub enum Purpose {
    /// The money of every customer at risk, to draw tiers by.
    Worth,
    /// The numbers.
    Tally,
    /// The customers of one number.
    Members(Wanted),
}

/// A question, folded.
pub struct ChurnFold {
    plan: Arc<Plan>,
    purpose: Purpose,
}

impl ChurnFold {
    /// A fold.
    pub fn new(plan: Arc<Plan>, purpose: Purpose) -> ChurnFold {
        ChurnFold { plan, purpose }
    }
}

impl fmt::Debug for ChurnFold {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ChurnFold").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

impl Fold for ChurnFold {
    fn description(&self) -> (&'static str, serde_json::Value) {
        ("churn", serde_json::to_value(&self.plan.question).unwrap_or_default())
    }

    fn needs(&self) -> Needs {
        // The age of a relationship is told by its first event, so history is read.
        let rule = &self.plan.rule;
        Needs { columns: rule.columns(), events: rule.events(), ts: Micros::MIN..self.plan.as_of }
    }

    fn visitor(&self) -> Box<dyn Visitor> {
        let (rule, plan) = (self.plan.rule.clone(), self.plan.clone());
        match &self.purpose {
            Purpose::Worth => Box::new(Ledger::new(rule, Worth::new(plan))),
            Purpose::Tally => Box::new(Ledger::new(rule, Tally::new(plan))),
            Purpose::Members(wanted) => {
                Box::new(Ledger::new(rule, Members::new(plan, wanted.clone())))
            }
        }
    }
}
