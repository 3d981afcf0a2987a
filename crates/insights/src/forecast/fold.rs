//! The folds of a question: the same active periods, with different things made of them.

use std::fmt;
use std::sync::Arc;

use perennial_engine::fold::{Fold, Needs, Visitor};

use super::plan::Plan;
use super::tally::{Members, Tally, Wanted};
use crate::occurring::Occurring;

/// What is made of the active periods.
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    /// The numbers of every cohort.
    Tally,
    /// The customers of one number.
    Members(Wanted),
}

/// A question, folded.
pub struct ForecastFold {
    plan: Arc<Plan>,
    purpose: Purpose,
}

impl ForecastFold {
    /// A fold.
    pub fn new(plan: Arc<Plan>, purpose: Purpose) -> ForecastFold {
        ForecastFold { plan, purpose }
    }
}

impl fmt::Debug for ForecastFold {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ForecastFold").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

impl Fold for ForecastFold {
    fn description(&self) -> (&'static str, serde_json::Value) {
        ("forecast", serde_json::to_value(&self.plan.question).unwrap_or_default())
    }

    fn needs(&self) -> Needs {
        let rule = &self.plan.rule;
        Needs { columns: rule.columns(), events: rule.events(), ts: self.plan.range() }
    }

    fn visitor(&self) -> Box<dyn Visitor> {
        let (rule, plan) = (self.plan.rule.clone(), self.plan.clone());
        match self.purpose {
            Purpose::Tally => Box::new(Occurring::new(rule, Tally::new(plan))),
            Purpose::Members(wanted) => Box::new(Occurring::new(rule, Members::new(plan, wanted))),
        }
    }
}
