//! The folds of a question: the same states, with different things made of them.

use std::fmt;
use std::sync::Arc;

use perennial_engine::fold::{Fold, Needs, Visitor};

use super::members::{Members, Wanted};
use super::plan::Plan;
use super::tally::Tally;
use crate::occurring::Occurring;

/// What is made of the states.
#[derive(Clone, Debug)]
pub enum Purpose {
    /// The numbers of every period.
    Tally,
    /// The customers of one number.
    Members(Wanted),
}

/// A question, folded.
pub struct LifecycleFold {
    plan: Arc<Plan>,
    purpose: Purpose,
}

impl LifecycleFold {
    /// A fold.
    pub fn new(plan: Arc<Plan>, purpose: Purpose) -> LifecycleFold {
        LifecycleFold { plan, purpose }
    }
}

impl fmt::Debug for LifecycleFold {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("LifecycleFold").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

impl Fold for LifecycleFold {
    fn description(&self) -> (&'static str, serde_json::Value) {
        ("lifecycle", serde_json::to_value(&self.plan.question).unwrap_or_default())
    }

    fn needs(&self) -> Needs {
        let rule = &self.plan.rule;
        Needs { columns: rule.columns(), events: rule.events(), ts: self.plan.range() }
    }

    fn visitor(&self) -> Box<dyn Visitor> {
        let rule = self.plan.rule.clone();
        match &self.purpose {
            Purpose::Tally => Box::new(Occurring::new(rule, Tally::new(self.plan.clone()))),
            Purpose::Members(wanted) => {
                Box::new(Occurring::new(rule, Members::new(self.plan.clone(), wanted.clone())))
            }
        }
    }
}
