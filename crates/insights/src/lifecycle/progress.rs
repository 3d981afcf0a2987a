//! A question on its way: first the numbers, then the customers of the one asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_engine::fold::Fold;
use perennial_types::event::Column;
use perennial_types::question::Warning;

use super::answer::{LifecycleAnswer, Whose};
use super::fold::{LifecycleFold, Purpose};
use super::members::Wanted;
use super::plan::Plan;
use super::question::CellRef;
use super::state::State;
use super::tally::{self, Counts};
use super::words;
use crate::belonging::Merged;
use crate::catalog::{Names, unknown_events};
use crate::grouping::Group;
use crate::insight::{AskError, Asking, Step};
use crate::listing;
use crate::range::date_name;
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
    Members { shown: Shown, warnings: Vec<Warning>, wanted: Wanted },
    Over,
}

/// The numbers, group by group as they are shown.
#[derive(Default)]
struct Shown {
    /// Groups in order of size, `None` for the computed rest.
    groups: Vec<(Option<Group>, Vec<Counts>)>,
    /// Everybody.
    everybody: Vec<Counts>,
}

impl Progress {
    /// A question at its beginning.
    pub fn new(plan: Plan) -> Progress {
        Progress { plan: Arc::new(plan), stage: Stage::Begun }
    }

    fn begin(&mut self) -> Result<Step, AskError> {
        if self.plan.n_periods() == 0 {
            if let Some(cell) = &self.plan.question.cell {
                return Err(no_period(&cell.period));
            }
            return Ok(Step::Done(Box::new(self.reply(&Shown::default(), Vec::new(), None))));
        }
        self.stage = Stage::Tally;
        let mut folds: Vec<Arc<dyn Fold>> =
            vec![Arc::new(LifecycleFold::new(self.plan.clone(), Purpose::Tally))];
        if !self.plan.rule.asked_names().is_empty() {
            folds.push(Arc::new(Names { column: Column::Event }));
        }
        Ok(Step::Scan(folds))
    }

    fn with_counts(&mut self, partials: &[Vec<RecordBatch>]) -> Result<Step, AskError> {
        let plan = &*self.plan;
        let counted = partials.first().map(Vec::as_slice).unwrap_or_default();
        let mut names = Merged::default();
        let by_group = tally::merged(plan, &mut names, counted)?;
        let shown = shown(plan, &names, &by_group);
        let warnings = match partials.get(1) {
            Some(found) => unknown_events(&plan.rule.asked_names(), found),
            None => Vec::new(),
        };
        let Some(cell) = &plan.question.cell else {
            return Ok(Step::Done(Box::new(self.reply(&shown, warnings, None))));
        };
        let wanted = wanted(plan, cell, &shown)?;
        let fold = LifecycleFold::new(self.plan.clone(), Purpose::Members(wanted.clone()));
        self.stage = Stage::Members { shown, warnings, wanted };
        Ok(Step::Scan(vec![Arc::new(fold)]))
    }

    fn reply(
        &self,
        shown: &Shown,
        warnings: Vec<Warning>,
        found: Option<(&Wanted, &[RecordBatch])>,
    ) -> Reply {
        let plan = &*self.plan;
        let customers = found.map(|(wanted, partials)| listing::merged(&wanted.whose, partials));
        let periods = |counts: &[Counts], whose: Whose| {
            let each = counts.iter().enumerate();
            each.map(|(period, counts)| plan.period(period, counts, &whose)).collect::<Vec<_>>()
        };
        let groups = shown.groups.iter().flat_map(|(group, counts)| {
            periods(counts, Whose { group: group.clone(), other: group.is_none() })
        });
        let answer = LifecycleAnswer {
            kind: "lifecycle".to_owned(),
            periods: periods(&shown.everybody, Whose::default()),
            matrix: plan.matrix(&shown.everybody),
            groups: groups.collect(),
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
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Begun => self.begin(),
            Stage::Tally => self.with_counts(&partials),
            Stage::Members { shown, warnings, wanted } => {
                let first = partials.first().map(Vec::as_slice).unwrap_or_default();
                Ok(Step::Done(Box::new(self.reply(&shown, warnings, Some((&wanted, first))))))
            }
            Stage::Over => Err(AskError::bad("the question is answered", "ask it again")),
        }
    }
}

/// The groups as they are shown: the largest by themselves, the rest added up.
fn shown(plan: &Plan, names: &Merged, by_group: &BTreeMap<u32, Vec<Counts>>) -> Shown {
    let add_up = |numbers: &mut dyn Iterator<Item = &Vec<Counts>>| {
        let mut total = vec![Counts::default(); plan.n_periods()];
        for counts in numbers {
            total.iter_mut().zip(counts).for_each(|(total, more)| total.absorb(more));
        }
        total
    };
    // A group is as large as the customers ever known in it.
    let size = |counts: &Vec<Counts>| -> u64 {
        counts.last().map_or(0, |last| State::ALL.iter().map(|state| last.of(*state)).sum())
    };
    let top = (!plan.question.breakdown.is_empty()).then_some(plan.question.top);
    let (everybody, groups) = names.added_up(by_group, top, size, add_up);
    Shown { groups, everybody }
}

fn no_period(name: &str) -> AskError {
    AskError::bad(
        format!("no period starts at `{name}`"),
        "give the `start` of one of the answer's periods",
    )
}

/// The number whose customers are wanted.
fn wanted(plan: &Plan, cell: &CellRef, shown: &Shown) -> Result<Wanted, AskError> {
    let is_period =
        |period: &usize| date_name(&plan.calendar, &plan.periods, *period) == cell.period;
    let period = (0..plan.n_periods()).find(is_period).ok_or_else(|| no_period(&cell.period))?;
    if cell.from.is_some() && period == 0 {
        return Err(AskError::bad(
            "`cell.from` is given for the first period, before which nothing is told",
            "ask for an earlier `from`, or a later period",
        ));
    }
    let groups = shown.groups.iter().map(|(group, _)| group.as_ref());
    let n_values = plan.question.breakdown.len();
    let whose = listing::Whose::named(cell.group.as_ref(), cell.other, n_values, groups)?;
    Ok(Wanted { period, states: cell.set.states(), from: cell.from, whose })
}
