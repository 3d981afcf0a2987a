//! A question on its way: the numbers, then the customers of the one asked for.

use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_types::event::Column;
use perennial_types::filter::EventNames;
use perennial_types::question::Warning;

use super::answer::SessionsAnswer;
use super::fold::SessionsFold;
use super::plan::Plan;
use super::tally::{Counts, What};
use super::words;
use crate::catalog::{Names, unknown_events};
use crate::funnel::merged_keys;
use crate::insight::{AskError, Asking, Step};
use crate::reply::{Answer, Reply};
use crate::retention::Members;

/// A question in progress.
pub struct Progress {
    plan: Arc<Plan>,
    stage: Stage,
}

enum Stage {
    Begun,
    Tally,
    Names(Counts),
    Members { counts: Counts, warnings: Vec<Warning> },
    Over,
}

impl Progress {
    /// A question at its beginning.
    pub fn new(plan: Plan) -> Progress {
        Progress { plan: Arc::new(plan), stage: Stage::Begun }
    }

    fn with_counts(&mut self, partials: &[RecordBatch]) -> Step {
        let counts = Counts::merged(partials);
        // A return that never happens looks like customers who never stay.
        if counts.n(What::Sessions) == 0 || counts.n(What::FirstsReturned) == 0 {
            self.stage = Stage::Names(counts);
            return Step::Scan(vec![Arc::new(Names { column: Column::Event })]);
        }
        self.list(counts, Vec::new())
    }

    fn list(&mut self, counts: Counts, warnings: Vec<Warning>) -> Step {
        let Some(cell) = self.plan.question.cell.clone() else {
            return Step::Done(Box::new(self.reply(&counts, warnings, None)));
        };
        self.stage = Stage::Members { counts, warnings };
        Step::Scan(vec![Arc::new(SessionsFold::new(self.plan.clone(), Some(cell)))])
    }

    fn reply(
        &self,
        counts: &Counts,
        warnings: Vec<Warning>,
        partials: Option<&[RecordBatch]>,
    ) -> Reply {
        let plan = &*self.plan;
        let customers = partials.map(merged_keys);
        let answer = SessionsAnswer {
            kind: "sessions".to_owned(),
            overall: plan.overall(counts),
            per_customer: plan.per_customer(counts),
            entries: plan.entries(counts),
            exits: plan.exits(counts),
            first_sessions: plan.first_sessions(counts),
            trend: plan.trend(counts),
            definition: words::definition(plan),
            warnings,
            customers: customers
                .as_ref()
                .map(|keys| Members { total: keys.len(), ids: Vec::new() }),
            question: plan.question.clone(),
        };
        Reply { answer: Answer::of(answer), customers }
    }
}

impl Asking for Progress {
    fn step(&mut self, partials: Vec<Vec<RecordBatch>>) -> Result<Step, AskError> {
        let first = partials.first().map(Vec::as_slice).unwrap_or_default();
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Begun => {
                self.stage = Stage::Tally;
                Ok(Step::Scan(vec![Arc::new(SessionsFold::new(self.plan.clone(), None))]))
            }
            Stage::Tally => Ok(self.with_counts(first)),
            Stage::Names(counts) => {
                let warnings = unknown_events(&named_events(&self.plan), first);
                Ok(self.list(counts, warnings))
            }
            Stage::Members { counts, warnings } => {
                Ok(Step::Done(Box::new(self.reply(&counts, warnings, Some(first)))))
            }
            Stage::Over => Err(AskError::bad("the question is answered", "ask it again")),
        }
    }
}

fn named_events(plan: &Plan) -> Vec<&str> {
    let filters = [&plan.question.events, &plan.question.retained.return_];
    let mut names: Vec<&str> = filters
        .into_iter()
        .filter_map(|filter| match &filter.event {
            EventNames::Any => None,
            EventNames::OneOf(names) => Some(names.iter().map(String::as_str)),
        })
        .flatten()
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}
