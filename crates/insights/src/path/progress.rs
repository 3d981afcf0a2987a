//! A question on its way: the tree of all paths, names where nothing is found, then the customers
//! of the number asked for.

use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_types::event::Column;
use perennial_types::filter::EventNames;
use perennial_types::question::Warning;

use super::answer::PathAnswer;
use super::flow::Flow;
use super::fold::{PathFold, Purpose};
use super::members::{Node, Wanted};
use super::plan::Plan;
use super::question::CellRef;
use super::tally::{Forest, merged};
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
    Names(Box<Found>),
    Members(Box<Found>),
    Over,
}

struct Found {
    forest: Forest,
    flow: Flow,
    warnings: Vec<Warning>,
}

impl Progress {
    /// A question at its beginning.
    pub fn new(plan: Plan) -> Progress {
        Progress { plan: Arc::new(plan), stage: Stage::Begun }
    }

    fn with_paths(&mut self, partials: &[RecordBatch]) -> Result<Step, AskError> {
        let forest = merged(partials)?;
        let flow = Flow::new(&forest, self.plan.question.top);
        let found = Box::new(Found { forest, flow, warnings: Vec::new() });
        // An anchor that never happens looks like customers who do nothing.
        let between = found.forest.arrivals.is_empty() && self.plan.question.end.is_some();
        if found.flow.total.counts.all == 0 || between {
            self.stage = Stage::Names(found);
            return Ok(Step::Scan(vec![Arc::new(Names { column: Column::Event })]));
        }
        self.list(found)
    }

    fn list(&mut self, found: Box<Found>) -> Result<Step, AskError> {
        let Some(cell) = &self.plan.question.cell else {
            return Ok(Step::Done(Box::new(self.reply(&found, None))));
        };
        let wanted = wanted(cell, &found.flow)?;
        let fold = PathFold::new(self.plan.clone(), Purpose::Members(wanted));
        self.stage = Stage::Members(found);
        Ok(Step::Scan(vec![Arc::new(fold)]))
    }

    fn reply(&self, found: &Found, partials: Option<&[RecordBatch]>) -> Reply {
        let plan = &*self.plan;
        let customers = partials.map(merged_keys);
        let answer = PathAnswer {
            kind: "path".to_owned(),
            overall: plan.overall(&found.flow, &found.forest),
            nodes: plan.node_rows(&found.flow),
            edges: plan.edge_rows(&found.flow),
            sequences: plan.sequence_rows(&found.flow),
            n_sequences: found.flow.sequences.len(),
            definition: words::definition(plan),
            warnings: found.warnings.clone(),
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
                Ok(Step::Scan(vec![Arc::new(PathFold::new(self.plan.clone(), Purpose::Tally))]))
            }
            Stage::Tally => self.with_paths(first),
            Stage::Names(mut found) => {
                found.warnings = unknown_events(&named_events(&self.plan), first);
                self.list(found)
            }
            Stage::Members(found) => Ok(Step::Done(Box::new(self.reply(&found, Some(first))))),
            Stage::Over => Err(AskError::bad("the question is answered", "ask it again")),
        }
    }
}

fn named_events(plan: &Plan) -> Vec<&str> {
    let question = &plan.question;
    let filters = [Some(&question.events), question.start.as_ref(), question.end.as_ref()];
    let mut names: Vec<&str> = filters
        .into_iter()
        .flatten()
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

/// The number whose customers are wanted.
fn wanted(cell: &CellRef, flow: &Flow) -> Result<Wanted, AskError> {
    let kept = Arc::new(flow.names.clone());
    let node = |name: &str| {
        if flow.names.iter().any(|known| known == name) {
            return Ok(Node::Named(name.to_owned()));
        }
        if name == "Other" {
            return Ok(Node::Rest(kept.clone()));
        }
        Err(AskError::bad(
            format!("no node of the answer is called `{name}`"),
            format!("one of: {}, or `Other`", flow.names.join(", ")),
        ))
    };
    Ok(Wanted {
        step: cell.step - 1,
        node: node(&cell.node)?,
        next: cell.next.as_deref().map(node).transpose()?,
        end: cell.end,
    })
}
