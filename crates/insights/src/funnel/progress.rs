//! A question on its way: the numbers, the names where a step has nobody, then the customers of the
//! number asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_types::event::Column;
use perennial_types::filter::EventNames;
use perennial_types::question::Warning;

use super::answer::{Difference, FunnelAnswer, TrendRow, Whose};
use super::fold::{FunnelFold, Purpose};
use super::members::{Wanted, merged_keys};
use super::plan::{Plan, period_names};
use super::question::{CellRef, Touch};
use super::tally::{Periods, StepCounts, merged};
use super::words;
use crate::catalog::{Names, unknown_events};
use crate::grouping::Group;
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
    Names(Shown),
    Members { shown: Shown, warnings: Vec<Warning> },
    Over,
}

/// The numbers, group by group as they are shown.
struct Shown {
    /// Groups in order of size, `None` for the computed rest.
    groups: Vec<(Option<Group>, Periods)>,
    /// Everybody.
    everybody: Periods,
}

impl Progress {
    /// A question at its beginning.
    pub fn new(plan: Plan) -> Progress {
        Progress { plan: Arc::new(plan), stage: Stage::Begun }
    }

    fn count(&mut self) -> Step {
        self.stage = Stage::Tally;
        Step::Scan(vec![Arc::new(FunnelFold::new(self.plan.clone(), Purpose::Tally))])
    }

    fn with_counts(&mut self, partials: &[RecordBatch]) -> Result<Step, AskError> {
        let shown = shown(&self.plan, merged(&self.plan, partials)?);
        let everybody = added_up(&self.plan, &shown.everybody);
        // A step that never happens looks like a funnel that loses everybody there.
        if everybody.iter().any(|counts| counts.reached == 0) {
            self.stage = Stage::Names(shown);
            return Ok(Step::Scan(vec![Arc::new(Names { column: Column::Event })]));
        }
        self.list(shown, Vec::new())
    }

    fn list(&mut self, shown: Shown, warnings: Vec<Warning>) -> Result<Step, AskError> {
        let Some(cell) = &self.plan.question.cell else {
            return Ok(Step::Done(Box::new(self.reply(&shown, warnings, None))));
        };
        let wanted = wanted(&self.plan, cell, &shown)?;
        let fold = FunnelFold::new(self.plan.clone(), Purpose::Members(wanted));
        self.stage = Stage::Members { shown, warnings };
        Ok(Step::Scan(vec![Arc::new(fold)]))
    }

    fn reply(
        &self,
        shown: &Shown,
        warnings: Vec<Warning>,
        partials: Option<&[RecordBatch]>,
    ) -> Reply {
        let plan = &*self.plan;
        let customers = partials.map(merged_keys);
        let everybody = Whose { group: None, other: false };
        let mut counts = added_up(plan, &shown.everybody);
        let overall = plan.conversion(&mut counts, &everybody);
        let mut answer = FunnelAnswer {
            kind: "funnel".to_owned(),
            steps: plan.step_rows(&mut counts, &everybody),
            overall,
            groups: Vec::new(),
            group_conversions: Vec::new(),
            trend: trend(plan, &shown.everybody, &everybody),
            differences: differences(plan, shown),
            definition: words::definition(plan),
            warnings,
            customers: customers
                .as_ref()
                .map(|keys| Members { total: keys.len(), ids: Vec::new() }),
            question: plan.question.clone(),
        };
        for (group, periods) in &shown.groups {
            let whose = Whose { group: group.clone(), other: group.is_none() };
            let mut counts = added_up(plan, periods);
            answer.group_conversions.push(plan.conversion(&mut counts, &whose));
            answer.groups.extend(plan.step_rows(&mut counts, &whose));
            answer.trend.extend(trend(plan, periods, &whose));
        }
        Reply { answer: Answer::of(answer), customers }
    }
}

impl Asking for Progress {
    fn step(&mut self, partials: Vec<Vec<RecordBatch>>) -> Result<Step, AskError> {
        let first = partials.first().map(Vec::as_slice).unwrap_or_default();
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Begun => Ok(self.count()),
            Stage::Tally => self.with_counts(first),
            Stage::Names(shown) => {
                let warnings = unknown_events(&named_events(&self.plan), first);
                self.list(shown, warnings)
            }
            Stage::Members { shown, warnings } => {
                Ok(Step::Done(Box::new(self.reply(&shown, warnings, Some(first)))))
            }
            Stage::Over => Err(AskError::bad("the question is answered", "ask it again")),
        }
    }
}

fn named_events(plan: &Plan) -> Vec<&str> {
    let steps = plan.question.steps.iter().map(|step| &step.event);
    let mut names: Vec<&str> = steps
        .chain(plan.question.exclude.iter().map(|exclusion| &exclusion.event))
        .filter_map(|event| match event {
            EventNames::Any => None,
            EventNames::OneOf(names) => Some(names.iter().map(String::as_str)),
        })
        .flatten()
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The steps of all periods together.
fn added_up(plan: &Plan, periods: &Periods) -> Vec<StepCounts> {
    let mut total = vec![StepCounts::default(); plan.n_steps];
    for counts in periods.values() {
        total.iter_mut().zip(counts).for_each(|(total, counts)| total.absorb(counts));
    }
    total
}

fn absorb(plan: &Plan, total: &mut Periods, more: &Periods) {
    for (period, counts) in more {
        let steps =
            total.entry(*period).or_insert_with(|| vec![StepCounts::default(); plan.n_steps]);
        steps.iter_mut().zip(counts).for_each(|(total, counts)| total.absorb(counts));
    }
}

/// The groups as they are shown: the largest by themselves, the rest added up.
fn shown(plan: &Plan, by_group: BTreeMap<Group, Periods>) -> Shown {
    let mut everybody = Periods::new();
    by_group.values().for_each(|periods| absorb(plan, &mut everybody, periods));
    if plan.breakdown.is_empty() {
        return Shown { groups: Vec::new(), everybody };
    }
    let size = |periods: &Periods| -> u64 {
        let all = periods.values().flatten();
        // Where every step has its own group, a group may have nobody at the first.
        match plan.touch {
            Touch::Each => all.map(|counts| counts.reached).sum(),
            Touch::First | Touch::Last => {
                periods.values().filter_map(|steps| steps.first()).map(|first| first.reached).sum()
            }
        }
    };
    let mut groups: Vec<(Option<Group>, Periods)> =
        by_group.into_iter().map(|(group, periods)| (Some(group), periods)).collect();
    // A stable sort: groups of one size stay in order of their values.
    groups.sort_by_key(|(_, periods)| std::cmp::Reverse(size(periods)));
    if groups.len() > plan.question.top {
        let mut rest = Periods::new();
        let compared = |group: &Option<Group>| {
            let pair = plan.question.compare.as_ref().zip(group.as_ref());
            pair.is_some_and(|((left, right), group)| group == left || group == right)
        };
        let tail = groups.split_off(plan.question.top);
        let mut any_rest = false;
        for (group, periods) in tail {
            if compared(&group) {
                groups.push((group, periods));
            } else {
                absorb(plan, &mut rest, &periods);
                any_rest = true;
            }
        }
        if any_rest {
            groups.push((None, rest));
        }
    }
    Shown { groups, everybody }
}

fn trend(plan: &Plan, periods: &Periods, whose: &Whose) -> Vec<TrendRow> {
    let n_begun = plan.periods.as_ref().map_or(0, |boundaries| {
        boundaries.starts().partition_point(|start| *start < plan.as_of).min(boundaries.len())
    });
    let row = |period: usize| {
        plan.trend_row(period, periods.get(&(period as u32)).map(Vec::as_slice), whose)
    };
    (0..n_begun).map(row).collect()
}

/// The two groups asked for, or every shown group against the largest.
fn differences(plan: &Plan, shown: &Shown) -> Vec<Difference> {
    if plan.touch == Touch::Each {
        return Vec::new();
    }
    let all: Vec<(&Group, Vec<StepCounts>)> = shown
        .groups
        .iter()
        .filter_map(|(group, periods)| Some((group.as_ref()?, added_up(plan, periods))))
        .collect();
    let empty = || vec![StepCounts::default(); plan.n_steps];
    let counts_of = |wanted: &Group| {
        all.iter()
            .find(|(group, _)| *group == wanted)
            .map_or_else(empty, |(_, counts)| counts.clone())
    };
    let mut found: Vec<Difference> = match &plan.question.compare {
        Some((left, right)) => {
            plan.differences((left, &counts_of(left)), (right, &counts_of(right)))
        }
        None => {
            let Some((largest, rest)) = all.split_first() else { return Vec::new() };
            let against = (largest.0, largest.1.as_slice());
            rest.iter()
                .flat_map(|(group, counts)| plan.differences((group, counts), against))
                .collect()
        }
    };
    let p_values: Vec<f64> = found.iter().filter_map(|one| one.p).collect();
    let mut corrected = plan.question.correction.corrected(&p_values).into_iter();
    for difference in found.iter_mut().filter(|one| one.p.is_some()) {
        difference.p_corrected = corrected.next();
    }
    found
}

/// The number whose customers are wanted.
fn wanted(plan: &Plan, cell: &CellRef, shown: &Shown) -> Result<Wanted, AskError> {
    let step = cell.step.checked_sub(1).filter(|step| *step < plan.n_steps).ok_or_else(|| {
        AskError::bad(
            format!("`cell.step` is `{}`", cell.step),
            format!("give the number of a step, 1 to {}", plan.n_steps),
        )
    })?;
    let n_periods = plan.periods.as_ref().map_or(0, |periods| periods.len());
    let period = match &cell.period {
        None => None,
        Some(start) => {
            let known = (0..n_periods).find(|period| period_names(plan, *period).0 == *start);
            Some(known.ok_or_else(|| {
                AskError::bad(
                    format!("no period starts at `{start}`"),
                    "give the `start` of a row of the trend, and the `period` it has",
                )
            })? as u32)
        }
    };
    if let Some(values) = cell.group.as_ref().filter(|values| values.len() != plan.breakdown.len())
    {
        return Err(AskError::bad(
            format!("`cell.group` has {} values of the breakdown", values.len()),
            format!("give {}", plan.breakdown.len()),
        ));
    }
    let kept: Vec<Group> = shown.groups.iter().filter_map(|(group, _)| group.clone()).collect();
    let (groups, is_rest) = match &cell.group {
        _ if cell.other && !plan.breakdown.is_empty() => (kept, true),
        Some(group) if !plan.breakdown.is_empty() => (vec![group.clone()], false),
        _ => (Vec::new(), true),
    };
    Ok(Wanted { step, set: cell.set, period, groups: Arc::new(groups), is_rest })
}
