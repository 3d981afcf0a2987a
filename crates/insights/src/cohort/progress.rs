//! A question on its way: first the numbers, then the customers of the one asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_engine::fold::Fold;
use perennial_types::event::Column;
use perennial_types::question::Warning;
use perennial_types::text::nearest_names;

use super::answer::{CohortAnswer, CohortRow, GroupAnswer, Series};
use super::fold::{CohortFold, Purpose};
use super::members::Wanted;
use super::payback::is_of;
use super::plan::{MAX_CELLS, Plan};
use super::question::{By, CellRef, SetName};
use super::tally::{self, Tallied};
use super::words;
use crate::belonging::Merged;
use crate::catalog::{Names, unknown_events};
use crate::grouping::Group;
use crate::insight::{AskError, Asking, Step};
use crate::listing::{self, Whose};
use crate::money::one_currency;
use crate::range::too_many;
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
    Members { found: Box<Found>, wanted: Arc<Wanted> },
    Over,
}

/// Everything that is known once the cohorts are added up.
struct Found {
    names: Merged,
    by_group_and_row: BTreeMap<(u32, usize), Tallied>,
    /// The groups as they are shown, `None` for the computed rest, with their numbers.
    shown: Vec<(Option<Group>, Vec<u32>)>,
    currency: Option<String>,
    warnings: Vec<Warning>,
}

impl Progress {
    /// A question at its beginning.
    pub fn new(plan: Plan) -> Progress {
        Progress { plan: Arc::new(plan), stage: Stage::Begun }
    }

    fn begin(&mut self) -> Step {
        self.stage = Stage::Tally;
        let mut folds: Vec<Arc<dyn Fold>> =
            vec![Arc::new(CohortFold::new(self.plan.clone(), Purpose::Tally))];
        if !self.plan.asked_names().is_empty() {
            folds.push(Arc::new(Names { column: Column::Event }));
        }
        Step::Scan(folds)
    }

    fn with_numbers(&mut self, partials: &[Vec<RecordBatch>]) -> Result<Step, AskError> {
        let plan = &*self.plan;
        let found = Found::new(plan, partials)?;
        let Some(cell) = &plan.question.cell else {
            return Ok(Step::Done(Box::new(self.reply(&found, None))));
        };
        let wanted = Arc::new(found.wanted(plan, cell)?);
        let fold = CohortFold::new(self.plan.clone(), Purpose::Members(wanted.clone()));
        self.stage = Stage::Members { found: Box::new(found), wanted };
        Ok(Step::Scan(vec![Arc::new(fold)]))
    }

    fn reply(&self, found: &Found, listed: Option<(&Wanted, &[RecordBatch])>) -> Reply {
        let plan = &*self.plan;
        let customers = listed.map(|(wanted, partials)| listing::merged(&wanted.whose, partials));
        let series: Vec<Series> = found.shown(plan).collect();
        let everybody = found.everybody(plan);
        let cohorts: Vec<CohortRow> = match plan.question.by {
            Some(By::Group | By::Both) => series.iter().flat_map(|one| plan.cohorts(one)).collect(),
            Some(By::Period) | None => plan.cohorts(&everybody),
        };
        let groups = series.iter().filter(|_| plan.question.by == Some(By::Both));
        let groups = groups.map(|one| GroupAnswer {
            group: one.group.clone(),
            other: one.other,
            pooled: plan.pooled(one),
        });
        let mut warnings = found.warnings.clone();
        warnings.extend(unused_costs(plan, &cohorts));
        let answer = CohortAnswer {
            kind: "cohort".to_owned(),
            currency: found.currency.clone(),
            groups: groups.collect(),
            overall: plan.pooled(&everybody),
            cohorts,
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
            Stage::Members { found, wanted } => {
                let first = partials.first().map(Vec::as_slice).unwrap_or_default();
                Ok(Step::Done(Box::new(self.reply(&found, Some((&wanted, first))))))
            }
            Stage::Over => Err(AskError::bad("the question is answered", "ask it again")),
        }
    }
}

impl Found {
    fn new(plan: &Plan, partials: &[Vec<RecordBatch>]) -> Result<Found, AskError> {
        let counted = partials.first().map(Vec::as_slice).unwrap_or_default();
        let mut names = Merged::default();
        let by_group_and_row = tally::merged(plan, &mut names, counted)?;
        let mut sizes: BTreeMap<u32, u64> = BTreeMap::new();
        for ((group, _), one) in &by_group_and_row {
            *sizes.entry(*group).or_default() += one.size;
        }
        let shown = match plan.fields.is_empty() {
            true => Vec::new(),
            false => names.shown(&sizes, plan.question.top),
        };
        let n_cohorts = (shown.len() + 1).saturating_mul(plan.n_rows());
        if n_cohorts.saturating_mul(plan.n_columns) > MAX_CELLS {
            let what = format!("{n_cohorts} cohorts of {} ages", plan.n_columns);
            let what_zh = format!("{n_cohorts} 个群组、每组 {} 期", plan.n_columns);
            return Err(too_many(&what, &what_zh).into());
        }
        let warnings = match partials.get(1) {
            Some(events) => unknown_events(&plan.asked_names(), events),
            None => Vec::new(),
        };
        let currency = one_currency(counted)?;
        Ok(Found { names, by_group_and_row, shown, currency, warnings })
    }

    /// The cohorts of the groups that pass, added up.
    fn rows(&self, plan: &Plan, passes: impl Fn(u32) -> bool) -> Vec<Tallied> {
        let mut rows = vec![Tallied::new(plan); plan.n_rows()];
        for ((group, row), one) in &self.by_group_and_row {
            if passes(*group)
                && let Some(total) = rows.get_mut(*row)
            {
                total.absorb(one);
            }
        }
        rows
    }

    fn everybody(&self, plan: &Plan) -> Series {
        Series { group: None, other: false, rows: self.rows(plan, |_| true) }
    }

    /// The groups as they are shown.
    fn shown(&self, plan: &Plan) -> impl Iterator<Item = Series> {
        self.shown.iter().map(|(group, numbers)| Series {
            group: group.clone(),
            other: group.is_none(),
            rows: self.rows(plan, |number| numbers.contains(&number)),
        })
    }

    /// The number whose customers are wanted.
    fn wanted(&self, plan: &Plan, cell: &CellRef) -> Result<Wanted, AskError> {
        let groups = self.shown.iter().map(|(group, _)| group.as_ref());
        let whose = Whose::named(cell.group.as_ref(), cell.other, plan.fields.len(), groups)?;
        let belongs = |number: u32| whose.holds(&self.names.value(number));
        let tallied = self.rows(plan, belongs);
        let age = cell.index.map(|index| index as usize);
        let mut rows = vec![false; plan.n_rows()];
        match &cell.cohort {
            Some(name) => {
                let position = position_of(plan, name, age)?;
                rows.iter_mut().skip(position).take(1).for_each(|row| *row = true);
            }
            None => {
                let begun = tallied.iter().enumerate().take(plan.n_begun());
                for (is_in, (position, row)) in rows.iter_mut().zip(begun) {
                    *is_in = age.is_none_or(|age| plan.takes_part(position, age, row));
                }
            }
        }
        let whole = if age.is_some() { SetName::Customers } else { SetName::Size };
        let set = cell.set.unwrap_or(whole);
        Ok(Wanted { rows, age, set, is_eligible: plan.is_eligible, whose })
    }
}

/// The cohort of that name, which has that age.
fn position_of(plan: &Plan, name: &str, age: Option<usize>) -> Result<usize, AskError> {
    let is_meant = |position: &usize| plan.row_name(*position) == name;
    let position = (0..plan.n_begun()).find(is_meant).ok_or_else(|| {
        AskError::bad(
            format!("no cohort starts at `{name}`"),
            "give the `start` of one of the answer's cohorts, or leave it away for all of them",
        )
    })?;
    match age.filter(|age| !plan.has_begun(position, *age)) {
        None => Ok(position),
        Some(age) => Err(AskError::bad(
            format!("the cohort `{name}` has not reached the age {age}"),
            "give the `index` of one of its cells",
        )),
    }
}

/// A warning for every cost that no cohort has: a date or a value is not as the answer writes it.
fn unused_costs(plan: &Plan, cohorts: &[CohortRow]) -> Vec<Warning> {
    let costs = plan.question.costs.iter();
    let unused =
        costs.filter(|cost| !cohorts.iter().any(|row| is_of(cost, &row.start, row.group.as_ref())));
    let warning = |cost: &super::CostOf| {
        let group =
            cost.group.as_ref().map(|_| crate::present::group_text(cost.group.as_ref(), false));
        let parts = cost.cohort.iter().cloned().chain(group.flatten());
        let name = parts.collect::<Vec<_>>().join(" · ");
        let starts = cohorts.iter().map(|row| row.start.as_str());
        let nearest = cost.cohort.as_ref().map(|cohort| nearest_names(cohort, starts, 3));
        Warning {
            code: "unknown_cohort".to_owned(),
            message: format!("a cost is given for `{name}`, which no cohort shown is"),
            message_zh: format!("为“{name}”给出了成本，但显示的群组中没有它"),
            nearest: nearest.unwrap_or_default(),
        }
    };
    unused.map(warning).collect()
}
