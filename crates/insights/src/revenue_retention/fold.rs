//! The folds of a question: the same money, with different things made of it.

use std::fmt;
use std::sync::Arc;

use perennial_engine::fold::{Fold, Needs, Visitor};
use perennial_types::calendar::Micros;

use super::members::{Members, Wanted};
use super::plan::Plan;
use super::tally::Tally;
use crate::ledger::Ledger;

/// What is made of the money.
#[derive(Clone, Debug)]
pub enum Purpose {
    /// The numbers of every period.
    Tally,
    /// The customers of one number.
    Members(Wanted),
}

/// A question, folded.
pub struct RevenueFold {
    plan: Arc<Plan>,
    purpose: Purpose,
}

impl RevenueFold {
    /// A fold.
    pub fn new(plan: Arc<Plan>, purpose: Purpose) -> RevenueFold {
        RevenueFold { plan, purpose }
    }
}

impl fmt::Debug for RevenueFold {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("RevenueFold").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

impl Fold for RevenueFold {
    fn description(&self) -> (&'static str, serde_json::Value) {
        ("revenue_retention", serde_json::to_value(&self.plan.question).unwrap_or_default())
    }

    fn needs(&self) -> Needs {
        // Whoever is new is so by all of history.
        let rule = &self.plan.rule;
        Needs { columns: rule.columns(), events: rule.events(), ts: Micros::MIN..self.plan.as_of }
    }

    fn visitor(&self) -> Box<dyn Visitor> {
        let rule = self.plan.rule.clone();
        match &self.purpose {
            Purpose::Tally => Box::new(Ledger::new(rule, Tally::new(self.plan.clone()))),
            Purpose::Members(wanted) => {
                Box::new(Ledger::new(rule, Members::new(self.plan.clone(), wanted.clone())))
            }
        }
    }
}
