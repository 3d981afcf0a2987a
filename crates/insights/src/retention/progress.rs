//! A retention question on its way: first the usual cycle where one is needed, then the cells,
//! then whatever only the cells can tell: the groups worth keeping, intervals, customers, names.

use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_engine::fold::Fold;
use perennial_types::event::Column;
use perennial_types::filter::Field;
use perennial_types::question::Refusal;

use super::answer::{GroupRow, IntervalKind, Members, RetentionAnswer, Triangle};
use super::cycle::{Gaps, merged_gaps};
use super::entries::{EVERY_RETURN, OTHER, other_group};
use super::fold::{Purpose, RetentionFold};
use super::members::{self, Wanted};
use super::plan::{Plan, Value};
use super::question::{Attribution, CellRef};
use super::spread::{bootstrap_intervals, merged_spread};
use super::tally::{Cells, Matrix};
use super::words;
use crate::catalog::{Names, PropertyNames, unknown_events, unknown_properties};
use crate::grouping::Group;
use crate::insight::{AskError, Asking, Step};
use crate::orders;
use crate::reply::{Answer, Reply};

/// A retention question in progress.
pub struct Progress {
    plan: Arc<Plan>,
    stage: Stage,
}

enum Stage {
    Begun,
    Cycle,
    Tally { kept: Option<Arc<Vec<Group>>> },
    Details { shown: Box<Shown>, wants: Vec<Want> },
    Over,
}

/// The cells, group by group as they are shown.
struct Shown {
    /// Groups in order of size, `None` for the computed rest.
    groups: Vec<(Option<Group>, Matrix)>,
    /// Everybody.
    everybody: Matrix,
    currency: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Want {
    Spread,
    Resamples,
    Members,
    Names,
    Properties,
}

impl Progress {
    /// A question at its beginning.
    pub fn new(plan: Plan) -> Progress {
        Progress { plan: Arc::new(plan), stage: Stage::Begun }
    }

    fn scan(&mut self, kept: Option<Arc<Vec<Group>>>) -> Step {
        let fold = RetentionFold::new(self.plan.clone(), kept.clone(), Purpose::Tally);
        self.stage = Stage::Tally { kept };
        Step::Scan(vec![Arc::new(fold)])
    }

    fn with_cycle(&mut self, partials: &[RecordBatch]) -> Result<Step, AskError> {
        if self.plan.is_world_empty {
            return Ok(self.scan(None));
        }
        let mut gaps = merged_gaps(partials);
        let usual = orders::median(&mut gaps).filter(|gap| *gap > 0).ok_or_else(|| {
            Refusal::new(
                "no_purchase_cycle",
                format!("{} gaps between purchases are known, too few for a cycle", gaps.len()),
                "choose a fixed `period`, or a population that buys more than once",
            )
            .in_chinese(
                format!("只知道 {} 个购买间隔，不足以得出购买周期", gaps.len()),
                "请选择固定的 `period`，或购买不止一次的人群",
            )
        })?;
        Arc::make_mut(&mut self.plan).usual_cycle = usual;
        Ok(self.scan(None))
    }

    /// After the cells: told apart once more by return value, or on to the details.
    fn with_cells(
        &mut self,
        kept: Option<Arc<Vec<Group>>>,
        partials: &[RecordBatch],
    ) -> Result<Step, AskError> {
        let cells = Cells::merged(&self.plan, partials)?;
        let by_return = self.plan.breakdown.iter().any(|(_, at)| *at == Attribution::Return);
        if by_return && kept.is_none() {
            let found: Vec<&Group> =
                cells.by_group.keys().filter(|group| !is_every_return(group)).collect();
            if found.len() > self.plan.question.top {
                return Ok(self.scan(Some(Arc::new(largest(&self.plan, &cells)))));
            }
        }
        let shown = shown(&self.plan, cells);
        self.details(shown, kept)
    }

    fn details(&mut self, shown: Shown, kept: Option<Arc<Vec<Group>>>) -> Result<Step, AskError> {
        let plan = &self.plan;
        let mut wants = Vec::new();
        let mut folds: Vec<Arc<dyn Fold>> = Vec::new();
        let mut want = |want: Want, fold: Arc<dyn Fold>| {
            wants.push(want);
            folds.push(fold);
        };
        let retention = |purpose| -> Arc<dyn Fold> {
            Arc::new(RetentionFold::new(plan.clone(), kept.clone(), purpose))
        };
        let everybody = Triangle { plan, matrix: &shown.everybody };
        match IntervalKind::of(plan) {
            Some(IntervalKind::Clustered) => {
                let complete = Arc::new(everybody.completeness());
                want(Want::Spread, retention(Purpose::Spread(complete)));
            }
            Some(IntervalKind::Bootstrap) => want(Want::Resamples, retention(Purpose::Resamples)),
            Some(IntervalKind::Wilson) | None => {}
        }
        if let Some(cell) = &plan.question.cell {
            let wanted = wanted(plan, cell, &shown)?;
            want(Want::Members, retention(Purpose::Members(wanted)));
        }
        if !plan.named_events().is_empty() && shown.everybody.n_returned() == 0 {
            want(Want::Names, Arc::new(Names { column: Column::Event }));
        }
        if idle_property(plan, &shown).is_some() {
            want(Want::Properties, Arc::new(PropertyNames));
        }
        if folds.is_empty() {
            return Ok(Step::Done(Box::new(self.reply(&shown, &[], Vec::new()))));
        }
        self.stage = Stage::Details { shown: Box::new(shown), wants };
        Ok(Step::Scan(folds))
    }

    fn reply(&self, shown: &Shown, wants: &[Want], partials: Vec<Vec<RecordBatch>>) -> Reply {
        let plan = &*self.plan;
        let everybody = Triangle { plan, matrix: &shown.everybody };
        let mut intervals = Vec::new();
        let mut customers = None;
        let mut warnings = Vec::new();
        for (want, partials) in wants.iter().zip(&partials) {
            match want {
                Want::Spread => {
                    let spread = merged_spread(partials);
                    intervals = spread.iter().map(|column| column.interval()).collect();
                }
                Want::Resamples => {
                    intervals = bootstrap_intervals(plan, &everybody.completeness(), partials);
                }
                Want::Members => customers = Some(members::merged(partials)),
                Want::Names => warnings.extend(unknown_events(&plan.named_events(), partials)),
                Want::Properties => {
                    let idle: Vec<&str> = idle_property(plan, shown).into_iter().collect();
                    warnings.extend(unknown_properties(&idle, partials));
                }
            }
        }
        let answer = RetentionAnswer {
            kind: "retention".to_owned(),
            cohorts: cohorts(plan, shown),
            mean: everybody.mean(&intervals),
            groups: groups(plan, shown),
            definition: words::definition(plan),
            warnings,
            currency: shown.currency.clone(),
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
            Stage::Begun if self.plan.needs_cycle() => {
                self.stage = Stage::Cycle;
                let gaps = Gaps { as_of: self.plan.as_of, by_order: self.plan.by_order };
                Ok(Step::Scan(vec![Arc::new(gaps)]))
            }
            Stage::Begun => Ok(self.scan(None)),
            Stage::Cycle => self.with_cycle(first),
            Stage::Tally { kept } => self.with_cells(kept, first),
            Stage::Details { shown, wants } => {
                Ok(Step::Done(Box::new(self.reply(&shown, &wants, partials))))
            }
            Stage::Over => Err(AskError::bad("the question is answered", "ask it again")),
        }
    }
}

/// The property whose numbers add up to nothing; it may be misspelt.
fn idle_property<'a>(plan: &'a Plan, shown: &Shown) -> Option<&'a str> {
    match &plan.value {
        Value::Number(Field::Property(name)) if shown.everybody.adds_up_to_nothing() => Some(name),
        _ => None,
    }
}

fn is_every_return(group: &Group) -> bool {
    group.iter().any(|value| value.as_deref() == Some(EVERY_RETURN))
}

fn is_other(group: &Group) -> bool {
    !group.is_empty() && group.iter().all(|value| value.as_deref() == Some(OTHER))
}

/// What makes a group large: its customers, or its returns where it is made by return values.
fn weight(plan: &Plan, matrix: &Matrix) -> u64 {
    let by_return = plan.breakdown.iter().any(|(_, at)| *at == Attribution::Return);
    if by_return { matrix.n_returned() } else { matrix.n_entries() }
}

/// The groups that stay apart: the largest, ties in order of their values.
fn largest(plan: &Plan, cells: &Cells) -> Vec<Group> {
    let mut groups: Vec<(&Group, u64)> = cells
        .by_group
        .iter()
        .filter(|(group, _)| !is_every_return(group) && !is_other(group))
        .map(|(group, matrix)| (group, weight(plan, matrix)))
        .collect();
    groups.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    groups.into_iter().take(plan.question.top).map(|(group, _)| group.clone()).collect()
}

/// The groups as they are shown: the largest by themselves, the rest added up.
fn shown(plan: &Plan, cells: Cells) -> Shown {
    let empty = || Matrix::new(plan);
    let by_return = plan.breakdown.iter().any(|(_, at)| *at == Attribution::Return);
    let kept = largest(plan, &cells);
    let mut everybody = empty();
    let mut rest: Option<Matrix> = None;
    let mut groups: Vec<(Option<Group>, Matrix)> =
        kept.iter().map(|group| (Some(group.clone()), empty())).collect();
    for (group, matrix) in &cells.by_group {
        if !by_return || is_every_return(group) {
            everybody.absorb(matrix);
        }
        if is_every_return(group) {
            continue;
        }
        match groups.iter_mut().find(|(known, _)| known.as_ref() == Some(group)) {
            Some((_, known)) => known.absorb(matrix),
            None => rest.get_or_insert_with(empty).absorb(matrix),
        }
    }
    groups.extend(rest.map(|rest| (None, rest)));
    if by_return {
        for (group, matrix) in &mut groups {
            add_sizes(plan, group.as_ref(), matrix, &cells);
        }
    }
    if plan.breakdown.is_empty() {
        groups.clear();
    }
    Shown { groups, everybody, currency: cells.currency }
}

/// A group made by return values has the size of everybody who could return to it.
fn add_sizes(plan: &Plan, group: Option<&Group>, matrix: &mut Matrix, cells: &Cells) {
    for (members, sizes) in cells.by_group.iter().filter(|(members, _)| is_every_return(members)) {
        let belongs = group.is_none_or(|group| {
            let pairs = group.iter().zip(members).zip(&plan.breakdown);
            pairs
                .into_iter()
                .all(|((own, other), (_, at))| *at == Attribution::Return || own == other)
        });
        if belongs {
            matrix.absorb_members(sizes);
        }
    }
}

fn cohorts(plan: &Plan, shown: &Shown) -> Vec<super::Cohort> {
    if plan.breakdown.is_empty() {
        return Triangle { plan, matrix: &shown.everybody }.cohorts(None, false);
    }
    let groups = shown.groups.iter();
    groups
        .flat_map(|(group, matrix)| {
            Triangle { plan, matrix }.cohorts(group.clone(), group.is_none())
        })
        .collect()
}

fn groups(plan: &Plan, shown: &Shown) -> Vec<GroupRow> {
    let groups = shown.groups.iter();
    groups
        .map(|(group, matrix)| GroupRow {
            group: group.clone(),
            other: group.is_none(),
            size: matrix.n_entries(),
            mean: Triangle { plan, matrix }.mean(&[]),
        })
        .collect()
}

/// The cell whose customers are wanted.
fn wanted(plan: &Plan, cell: &CellRef, shown: &Shown) -> Result<Wanted, AskError> {
    let row = (0..plan.rows.len()).find(|row| plan.row_name(*row) == cell.cohort);
    let row = row.ok_or_else(|| {
        AskError::bad(
            format!("no row starts at `{}`", cell.cohort),
            "give the `start` of one of the answer's cohorts",
        )
    })?;
    if cell.index >= plan.n_columns {
        let hint = format!("give 0 to {}", plan.n_columns - 1);
        return Err(AskError::bad(format!("`cell.index` is `{}`", cell.index), hint));
    }
    let kept: Vec<Group> = shown.groups.iter().filter_map(|(group, _)| group.clone()).collect();
    let by_return = plan.breakdown.iter().any(|(_, at)| *at == Attribution::Return);
    // Without a group, everybody. So is the size of the rest of the return values: whoever could
    // return with one of them.
    let everybody = || (Vec::new(), true);
    let (mut groups, is_rest) = match (&cell.group, cell.other) {
        _ if plan.breakdown.is_empty() => everybody(),
        (Some(group), false) => (vec![group.clone()], false),
        (_, true) if by_return && cell.index == 0 => everybody(),
        (_, true) if by_return => (vec![other_group(plan.breakdown.len())], false),
        (_, true) => (kept, true),
        (None, false) => everybody(),
    };
    let members_only = cell.group.is_none() && !cell.other;
    if by_return && cell.index == 0 {
        for group in &mut groups {
            for (value, (_, at)) in group.iter_mut().zip(&plan.breakdown) {
                if *at == Attribution::Return {
                    *value = Some(EVERY_RETURN.to_owned());
                }
            }
        }
    }
    let groups = Arc::new(groups);
    Ok(Wanted { row: row as u32, column: cell.index, groups, is_rest, members_only })
}
