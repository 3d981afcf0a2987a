//! A question on its way: first the numbers, then the customers of the one asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_engine::fold::Fold;
use perennial_types::event::Column;
use perennial_types::question::Warning;

use super::answer::{RevenueRetentionAnswer, Shown};
use super::fold::{Purpose, RevenueFold};
use super::members::Wanted;
use super::plan::Plan;
use super::question::{CellRef, SetName};
use super::tally::{self, Counts};
use super::words;
use crate::belonging::Merged;
use crate::catalog::{Names, unknown_events};
use crate::grouping::Group;
use crate::insight::{AskError, Asking, Step};
use crate::listing::{self, Whose};
use crate::money::one_currency;
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
    Members { counted: Counted, whose: Whose },
    Over,
}

/// The numbers, group by group as they are shown.
#[derive(Default)]
struct Counted {
    /// Groups in order of size, `None` for the computed rest.
    groups: Vec<(Option<Group>, Vec<Counts>)>,
    /// Everybody.
    everybody: Vec<Counts>,
    currency: Option<String>,
    warnings: Vec<Warning>,
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
            return Ok(Step::Done(Box::new(self.reply(Counted::default(), None))));
        }
        self.stage = Stage::Tally;
        let mut folds: Vec<Arc<dyn Fold>> =
            vec![Arc::new(RevenueFold::new(self.plan.clone(), Purpose::Tally))];
        if !self.plan.rule.asked_names().is_empty() {
            folds.push(Arc::new(Names { column: Column::Event }));
        }
        Ok(Step::Scan(folds))
    }

    fn with_counts(&mut self, partials: &[Vec<RecordBatch>]) -> Result<Step, AskError> {
        let plan = &*self.plan;
        let found = partials.first().map(Vec::as_slice).unwrap_or_default();
        let currency = one_currency(found)?;
        let mut names = Merged::default();
        let by_group = tally::merged(plan, &mut names, found)?;
        let mut counted = counted(plan, &names, &by_group);
        counted.currency = currency;
        if let Some(found) = partials.get(1) {
            counted.warnings = unknown_events(&plan.rule.asked_names(), found);
        }
        let Some(cell) = &plan.question.cell else {
            return Ok(Step::Done(Box::new(self.reply(counted, None))));
        };
        let wanted = wanted(plan, cell, &counted)?;
        let whose = wanted.whose.clone();
        let fold = RevenueFold::new(self.plan.clone(), Purpose::Members(wanted));
        self.stage = Stage::Members { counted, whose };
        Ok(Step::Scan(vec![Arc::new(fold)]))
    }

    fn reply(&self, counted: Counted, found: Option<(&Whose, &[RecordBatch])>) -> Reply {
        let plan = &*self.plan;
        let customers = found.map(|(whose, partials)| listing::merged(whose, partials));
        let periods = |counts: &[Counts], shown: Shown| {
            let each = counts.iter().enumerate();
            each.map(|(period, counts)| plan.period(period, counts, &shown)).collect::<Vec<_>>()
        };
        let groups = counted.groups.iter().flat_map(|(group, counts)| {
            periods(counts, Shown { group: group.clone(), other: group.is_none() })
        });
        let answer = RevenueRetentionAnswer {
            kind: "revenue_retention".to_owned(),
            currency: counted.currency,
            periods: periods(&counted.everybody, Shown::default()),
            overall: plan.overall(&counted.everybody),
            groups: groups.collect(),
            definition: words::definition(plan),
            warnings: counted.warnings,
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
            Stage::Members { counted, whose } => {
                let first = partials.first().map(Vec::as_slice).unwrap_or_default();
                Ok(Step::Done(Box::new(self.reply(counted, Some((&whose, first))))))
            }
            Stage::Over => Err(AskError::bad("the question is answered", "ask it again")),
        }
    }
}

/// The groups as they are shown: the largest by themselves, the rest added up.
fn counted(plan: &Plan, names: &Merged, by_group: &BTreeMap<u32, Vec<Counts>>) -> Counted {
    let add_up = |numbers: &mut dyn Iterator<Item = &Vec<Counts>>| {
        let mut total = vec![Counts::default(); plan.n_periods()];
        for counts in numbers {
            total.iter_mut().zip(counts).for_each(|(total, more)| total.absorb(more));
        }
        total
    };
    // A group is as large as its customers with money, period by period.
    let size = |counts: &Vec<Counts>| -> u64 {
        counts.iter().map(|one| one.of(SetName::Current.lines()).customers).sum()
    };
    let top = (!plan.question.breakdown.is_empty()).then_some(plan.question.top);
    let (everybody, groups) = names.added_up(by_group, top, size, add_up);
    Counted { groups, everybody, ..Counted::default() }
}

fn no_period(name: &str) -> AskError {
    AskError::bad(
        format!("no period starts at `{name}`"),
        "give the `start` of one of the answer's periods",
    )
}

/// The number whose customers are wanted.
fn wanted(plan: &Plan, cell: &CellRef, counted: &Counted) -> Result<Wanted, AskError> {
    let is_period =
        |period: &usize| date_name(&plan.calendar, &plan.all, period + plan.lag) == cell.period;
    let period = (0..plan.n_periods()).find(is_period).ok_or_else(|| no_period(&cell.period))?;
    let shown = counted.groups.iter().map(|(group, _)| group.as_ref());
    let n_values = plan.question.breakdown.len();
    let whose = Whose::named(cell.group.as_ref(), cell.other, n_values, shown)?;
    Ok(Wanted { period, lines: cell.set.lines(), whose })
}
