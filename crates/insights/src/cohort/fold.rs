//! The folds of a question: the same lives, with different things made of them.

use std::fmt;
use std::sync::Arc;

use perennial_engine::fold::{Fold, Needs, Visitor};
use perennial_types::calendar::Micros;

use super::members::{Members, Wanted};
use super::plan::Plan;
use super::reading::Reading;
use super::tally::Tally;

/// What is made of the lives.
#[derive(Clone, Debug)]
pub enum Purpose {
    /// The numbers of every cohort.
    Tally,
    /// The customers of one number.
    Members(Arc<Wanted>),
}

/// A question, folded.
pub struct CohortFold {
    plan: Arc<Plan>,
    purpose: Purpose,
}

impl CohortFold {
    /// A fold.
    pub fn new(plan: Arc<Plan>, purpose: Purpose) -> CohortFold {
        CohortFold { plan, purpose }
    }
}

impl fmt::Debug for CohortFold {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("CohortFold").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

impl Fold for CohortFold {
    fn description(&self) -> (&'static str, serde_json::Value) {
        ("cohort", serde_json::to_value(&self.plan.question).unwrap_or_default())
    }

    fn needs(&self) -> Needs {
        let plan = &self.plan;
        // A start is the first of all history, whatever cohorts are asked for.
        Needs { columns: plan.columns(), events: plan.events(), ts: Micros::MIN..plan.as_of }
    }

    fn visitor(&self) -> Box<dyn Visitor> {
        let plan = self.plan.clone();
        match &self.purpose {
            Purpose::Tally => Box::new(Reading::new(plan, Tally::new(self.plan.clone()))),
            Purpose::Members(wanted) => Box::new(Reading::new(plan, Members::new(wanted.clone()))),
        }
    }
}
