//! The folds of a question: the same activity, with different things made of it.

use std::fmt;
use std::sync::Arc;

use perennial_engine::fold::{Fold, Needs, Visitor};

use super::members::{Members, Wanted};
use super::plan::Plan;
use super::tally::Tally;
use crate::occurring::Occurring;

/// What is made of the activity.
#[derive(Clone, Debug)]
pub enum Purpose {
    /// The numbers.
    Tally,
    /// The customers of one number.
    Members(Wanted),
}

/// A question, folded.
pub struct StickinessFold {
    plan: Arc<Plan>,
    purpose: Purpose,
}

impl StickinessFold {
    /// A fold.
    pub fn new(plan: Arc<Plan>, purpose: Purpose) -> StickinessFold {
        StickinessFold { plan, purpose }
    }
}

impl fmt::Debug for StickinessFold {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("StickinessFold").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

impl Fold for StickinessFold {
    fn description(&self) -> (&'static str, serde_json::Value) {
        ("stickiness", serde_json::to_value(&self.plan.question).unwrap_or_default())
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
