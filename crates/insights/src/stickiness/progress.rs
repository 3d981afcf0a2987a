//! A question on its way: first the numbers, then the customers of the one asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_engine::fold::Fold;
use perennial_types::event::Column;
use perennial_types::key::CustomerKey;
use perennial_types::question::Warning;

use super::answer::{GapsAnswer, GroupAnswer, Ratios, StickinessAnswer, points, size};
use super::fold::{Purpose, StickinessFold};
use super::members::{Number, Wanted};
use super::plan::Plan;
use super::question::{CellRef, DaySet};
use super::tally::{self, Numbers};
use super::words;
use crate::belonging::Merged;
use crate::catalog::{Names, unknown_events};
use crate::grouping::Group;
use crate::insight::{AskError, Asking, Step};
use crate::listing::{self, Whose};
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
    Members { shown: Box<Shown>, warnings: Vec<Warning>, wanted: Wanted },
    Over,
}

/// The numbers, group by group as they are shown.
#[derive(Default)]
struct Shown {
    numbers: Numbers,
    /// Groups in order of size, `None` for the computed rest.
    groups: Vec<(Option<Group>, BTreeMap<usize, u64>)>,
    everybody: BTreeMap<usize, u64>,
}

impl Progress {
    /// A question at its beginning.
    pub fn new(plan: Plan) -> Progress {
        Progress { plan: Arc::new(plan), stage: Stage::Begun }
    }

    fn begin(&mut self) -> Step {
        if self.plan.n_periods == 0 {
            let nobody = self.plan.question.cell.as_ref().map(|_| Vec::new());
            return Step::Done(Box::new(self.reply(&Shown::default(), Vec::new(), nobody)));
        }
        self.stage = Stage::Tally;
        let mut folds: Vec<Arc<dyn Fold>> =
            vec![Arc::new(StickinessFold::new(self.plan.clone(), Purpose::Tally))];
        if !self.plan.rule.asked_names().is_empty() {
            folds.push(Arc::new(Names { column: Column::Event }));
        }
        Step::Scan(folds)
    }

    fn with_numbers(&mut self, partials: &[Vec<RecordBatch>]) -> Result<Step, AskError> {
        let plan = &*self.plan;
        let counted = partials.first().map(Vec::as_slice).unwrap_or_default();
        let mut names = Merged::default();
        let numbers = tally::merged(plan, &mut names, counted)?;
        let shown = shown(plan, &names, numbers);
        let warnings = match partials.get(1) {
            Some(found) => unknown_events(&plan.rule.asked_names(), found),
            None => Vec::new(),
        };
        let Some(cell) = &plan.question.cell else {
            return Ok(Step::Done(Box::new(self.reply(&shown, warnings, None))));
        };
        let wanted = wanted(plan, cell, &shown)?;
        let fold = StickinessFold::new(self.plan.clone(), Purpose::Members(wanted.clone()));
        self.stage = Stage::Members { shown: Box::new(shown), warnings, wanted };
        Ok(Step::Scan(vec![Arc::new(fold)]))
    }

    fn reply(
        &self,
        shown: &Shown,
        warnings: Vec<Warning>,
        customers: Option<Vec<CustomerKey>>,
    ) -> Reply {
        let plan = &*self.plan;
        let groups = shown.groups.iter().map(|(group, counts)| {
            let (customers_active, mean_periods) = size(counts);
            GroupAnswer {
                group: group.clone(),
                other: group.is_none(),
                customers_active,
                mean_periods,
                points: points(counts),
            }
        });
        let (customers_active, mean_periods) = size(&shown.everybody);
        let days = plan.day_answers(&shown.numbers);
        let answer = StickinessAnswer {
            kind: "stickiness".to_owned(),
            periods: plan.n_periods,
            customers_active,
            mean_periods,
            complete: plan.is_complete(),
            points: points(&shown.everybody),
            ratios: Ratios::of(&days),
            days,
            gaps: GapsAnswer::of(&shown.numbers),
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
            Stage::Begun => Ok(self.begin()),
            Stage::Tally => self.with_numbers(&partials),
            Stage::Members { shown, warnings, wanted } => {
                let first = partials.first().map(Vec::as_slice).unwrap_or_default();
                let keys = listing::merged(&wanted.whose, first);
                Ok(Step::Done(Box::new(self.reply(&shown, warnings, Some(keys)))))
            }
            Stage::Over => Err(AskError::bad("the question is answered", "ask it again")),
        }
    }
}

/// The groups as they are shown: the largest by themselves, the rest added up.
fn shown(plan: &Plan, names: &Merged, numbers: Numbers) -> Shown {
    let add_up = |all: &mut dyn Iterator<Item = &BTreeMap<usize, u64>>| {
        let mut total: BTreeMap<usize, u64> = BTreeMap::new();
        for (n, customers) in all.flatten() {
            *total.entry(*n).or_default() += customers;
        }
        total
    };
    let top = (!plan.question.breakdown.is_empty()).then_some(plan.question.top);
    let size = |counts: &BTreeMap<usize, u64>| -> u64 { counts.values().sum() };
    let (everybody, groups) = names.added_up(&numbers.by_group, top, size, add_up);
    Shown { groups, everybody, numbers }
}

/// The number whose customers are wanted.
fn wanted(plan: &Plan, cell: &CellRef, shown: &Shown) -> Result<Wanted, AskError> {
    let number = match (cell.exactly, cell.at_least, cell.regularity, cell.day) {
        (Some(n), ..) => Number::Exactly(n as usize),
        (None, Some(n), ..) => Number::AtLeast(n as usize),
        (None, None, Some(kind), _) => Number::Regularity(kind),
        (None, None, None, date) => {
            let found = (plan.n_before..plan.n_days).find(|day| plan.days.date(*day) == date);
            let day = found.ok_or_else(|| {
                let date = date.map_or_else(String::new, |date| date.to_string());
                AskError::bad(
                    format!("`{date}` is none of the days of the range"),
                    "give the `date` of one of the answer's days",
                )
            })?;
            Number::Day(day, cell.set.unwrap_or(DaySet::Dau))
        }
    };
    let groups = shown.groups.iter().map(|(group, _)| group.as_ref());
    let n_values = plan.question.breakdown.len();
    let whose = Whose::named(cell.group.as_ref(), cell.other, n_values, groups)?;
    Ok(Wanted { number, whose })
}
