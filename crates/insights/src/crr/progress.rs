//! A question on its way: first the window where it has to be measured, then the numbers, then the
//! customers of the set asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_engine::fold::Fold;
use perennial_types::event::Column;
use perennial_types::question::Warning;

use super::answer::{CrrAnswer, Rates, Whose};
use super::fold::{CrrFold, Purpose};
use super::members::{Age, Wanted};
use super::plan::{Plan, Rule, measured};
use super::question::CellRef;
use super::tally::{self, Counts};
use super::words;
use crate::benchmarks::{self, Measure};
use crate::catalog::{Names, unknown_events};
use crate::grouping::Group;
use crate::insight::{AskError, Asking, Step};
use crate::listing;
use crate::reply::{Answer, Reply};
use crate::retention::{Gaps, Members, merged_gaps};

/// Name of the whole range in a cell.
const OVERALL: &str = "overall";

/// A question in progress.
pub struct Progress {
    plan: Arc<Plan>,
    stage: Stage,
}

enum Stage {
    Begun,
    Window,
    Tally,
    Members { shown: Shown, warnings: Vec<Warning> },
    Over,
}

/// The numbers, group by group as they are shown.
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

    fn begin(&mut self) -> Step {
        if self.plan.n_periods() == 0 {
            let shown = Shown { groups: Vec::new(), everybody: Vec::new() };
            return Step::Done(Box::new(self.reply(&shown, Vec::new(), None)));
        }
        if !self.plan.needs_window() {
            return self.count();
        }
        self.stage = Stage::Window;
        let gaps = Gaps { as_of: self.plan.as_of, by_order: self.plan.by_order };
        Step::Scan(vec![Arc::new(gaps)])
    }

    fn with_gaps(&mut self, partials: &[RecordBatch]) -> Result<Step, AskError> {
        let gaps = merged_gaps(partials);
        Arc::make_mut(&mut self.plan).rule = Rule::Trailing(measured(&gaps)?);
        Ok(self.count())
    }

    fn count(&mut self) -> Step {
        self.stage = Stage::Tally;
        let mut folds: Vec<Arc<dyn Fold>> =
            vec![Arc::new(CrrFold::new(self.plan.clone(), Purpose::Tally))];
        // An end that never happens looks like perfect retention, so names are always checked.
        if self.plan.question.active.subscription.is_some() {
            folds.push(Arc::new(Names { column: Column::Event }));
        }
        Step::Scan(folds)
    }

    fn with_counts(&mut self, partials: &[Vec<RecordBatch>]) -> Result<Step, AskError> {
        let plan = &*self.plan;
        let counted = partials.first().map(Vec::as_slice).unwrap_or_default();
        let shown = shown(plan, tally::merged(plan, counted)?);
        let warnings = match (&plan.question.active.subscription, partials.get(1)) {
            (Some(one), Some(names)) => {
                unknown_events(&[one.start.as_str(), one.end.as_str()], names)
            }
            _ => Vec::new(),
        };
        let Some(cell) = &plan.question.cell else {
            return Ok(Step::Done(Box::new(self.reply(&shown, warnings, None))));
        };
        let wanted = wanted(plan, cell, &shown)?;
        let fold = CrrFold::new(self.plan.clone(), Purpose::Members(wanted));
        self.stage = Stage::Members { shown, warnings };
        Ok(Step::Scan(vec![Arc::new(fold)]))
    }

    fn reply(
        &self,
        shown: &Shown,
        mut warnings: Vec<Warning>,
        partials: Option<&[RecordBatch]>,
    ) -> Reply {
        let plan = &*self.plan;
        let question = &plan.question;
        let customers = partials.map(listing::keys);
        let (own, industry) = (question.benchmarks.as_deref(), question.industry.as_deref());
        let is_told = |measure: Measure| measure == Measure::RetentionRate;
        let (bands, unknown) = benchmarks::chosen(own, industry, is_told);
        let differing = industry.filter(|_| unknown.is_none()).map(definitions_differ);
        warnings.extend(unknown.into_iter().chain(differing));
        let everybody = Whose { group: None, other: false, age: None };
        let whole = plan.spans().last().zip(shown.everybody.last());
        let (periods, groups) = told_apart(plan, shown);
        let answer = CrrAnswer {
            kind: "crr".to_owned(),
            active: words::active(plan),
            periods,
            overall: whole.map(|(span, counts)| plan.rates(span, counts, &everybody)),
            groups,
            benchmarks: bands,
            definition: words::definition(plan),
            warnings,
            customers: customers
                .as_ref()
                .map(|keys| Members { total: keys.len(), ids: Vec::new() }),
            question: question.clone(),
        };
        Reply { answer: Answer::of(answer), customers }
    }
}

impl Asking for Progress {
    fn step(&mut self, partials: Vec<Vec<RecordBatch>>) -> Result<Step, AskError> {
        let first = partials.first().map(Vec::as_slice).unwrap_or_default();
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Begun => Ok(self.begin()),
            Stage::Window => self.with_gaps(first),
            Stage::Tally => self.with_counts(&partials),
            Stage::Members { shown, warnings } => {
                Ok(Step::Done(Box::new(self.reply(&shown, warnings, Some(first)))))
            }
            Stage::Over => Err(AskError::bad("the question is answered", "ask it again")),
        }
    }
}

/// Whatever the band, it says nothing of when a customer is active.
fn definitions_differ(industry: &str) -> Warning {
    Warning {
        code: "definitions_differ".to_owned(),
        message: format!(
            "the band of `{industry}` was published with a definition of its own; it is no measure of this one"
        ),
        message_zh: format!("“{industry}”的参考区间按其自身口径发布，不能用来衡量这里的数字"),
        nearest: Vec::new(),
    }
}

/// The groups as they are shown: the largest by themselves, the rest added up.
fn shown(plan: &Plan, by_group: BTreeMap<Group, Vec<Counts>>) -> Shown {
    let empty = || vec![Counts::default(); plan.spans().len()];
    let absorb = |total: &mut Vec<Counts>, more: &[Counts]| {
        total.iter_mut().zip(more).for_each(|(total, more)| total.absorb(more));
    };
    let mut everybody = empty();
    by_group.values().for_each(|counts| absorb(&mut everybody, counts));
    if plan.breakdown.is_empty() {
        return Shown { groups: Vec::new(), everybody };
    }
    let size = |counts: &[Counts]| -> u64 {
        let periods = counts.iter().take(plan.n_periods());
        periods
            .map(|one| one.older.kept + one.older.lost + one.newer.kept + one.newer.lost + one.n)
            .sum()
    };
    let mut groups: Vec<(Option<Group>, Vec<Counts>)> =
        by_group.into_iter().map(|(group, counts)| (Some(group), counts)).collect();
    // A stable sort: groups of one size stay in order of their values.
    groups.sort_by_key(|(_, counts)| std::cmp::Reverse(size(counts)));
    if groups.len() > plan.question.top {
        let mut rest = empty();
        groups.drain(plan.question.top..).for_each(|(_, counts)| absorb(&mut rest, &counts));
        groups.push((None, rest));
    }
    Shown { groups, everybody }
}

/// The periods of every group, and the whole range of every group; of everybody, where nobody is
/// told apart.
fn told_apart(plan: &Plan, shown: &Shown) -> (Vec<Rates>, Vec<Rates>) {
    let ages: &[Option<Age>] =
        if plan.splits_new() { &[Some(Age::New), Some(Age::Old)] } else { &[None] };
    let mut all: Vec<(Whose, &[Counts])> = Vec::new();
    for age in ages.iter().copied() {
        if plan.breakdown.is_empty() {
            all.push((Whose { group: None, other: false, age }, &shown.everybody));
        }
    }
    for (group, counts) in &shown.groups {
        for age in ages.iter().copied() {
            all.push((Whose { group: group.clone(), other: group.is_none(), age }, counts));
        }
    }
    let (mut periods, mut whole) = (Vec::new(), Vec::new());
    for (whose, counts) in all {
        let spans = plan.spans().zip(counts);
        let mut rates: Vec<Rates> =
            spans.map(|(span, counts)| plan.rates(span, counts, &whose)).collect();
        whole.extend(rates.pop());
        periods.extend(rates);
    }
    if plan.breakdown.is_empty() && !plan.splits_new() {
        whole.clear();
    }
    (periods, whole)
}

/// The set whose customers are wanted.
fn wanted(plan: &Plan, cell: &CellRef, shown: &Shown) -> Result<Wanted, AskError> {
    let is_period = |position: usize| plan.date_name(position) == cell.period;
    let position = match cell.period.as_str() {
        OVERALL => Some(plan.n_periods()),
        _ => (0..plan.n_periods()).find(|position| is_period(*position)),
    };
    let span = position.and_then(|position| plan.spans().nth(position)).ok_or_else(|| {
        AskError::bad(
            format!("no period starts at `{}`", cell.period),
            "give the `start` of one of the answer's periods, or `overall`",
        )
    })?;
    let mut group = cell.group.clone();
    let age = match &mut group {
        Some(values) if plan.splits_new() => match values.pop().flatten().as_deref() {
            Some("new") => Some(Age::New),
            Some("old") => Some(Age::Old),
            _ => {
                return Err(AskError::bad(
                    "`cell.group` does not end in `new` or `old`",
                    "add one of them",
                ));
            }
        },
        _ => None,
    };
    let groups = shown.groups.iter().map(|(group, _)| group.as_ref());
    let whose = listing::Whose::named(group.as_ref(), cell.other, plan.breakdown.len(), groups)?;
    Ok(Wanted { span, set: cell.set, age, whose })
}
