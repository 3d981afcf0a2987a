//! A question on its way: first the numbers, then the customers of the one asked for.

use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_engine::fold::Fold;
use perennial_types::event::Column;
use perennial_types::question::Warning;

use super::answer::{
    CohortAnswer, CurvePoint, Ends, ForecastAnswer, MethodAnswer, Methods, PeriodAhead, PeriodSeen,
    Told, TriedAnswer, WhatIfAnswer,
};
use super::fold::{ForecastFold, Purpose};
use super::looking::{Foretold, Seen, look, sums};
use super::plan::Plan;
use super::tally::{self, Wanted};
use super::words;
use crate::catalog::{Names, unknown_events};
use crate::insight::{AskError, Asking, Step};
use crate::listing::{self, Whose};
use crate::range;
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
    Members { answer: Box<ForecastAnswer> },
    Over,
}

impl Progress {
    /// A question at its beginning.
    pub fn new(plan: Plan) -> Progress {
        Progress { plan: Arc::new(plan), stage: Stage::Begun }
    }

    fn begin(&mut self) -> Step {
        self.stage = Stage::Tally;
        let mut folds: Vec<Arc<dyn Fold>> =
            vec![Arc::new(ForecastFold::new(self.plan.clone(), Purpose::Tally))];
        if !self.plan.rule.asked_names().is_empty() {
            folds.push(Arc::new(Names { column: Column::Event }));
        }
        Step::Scan(folds)
    }

    fn with_counts(&mut self, partials: &[Vec<RecordBatch>]) -> Result<Step, AskError> {
        let counted = partials.first().map(Vec::as_slice).unwrap_or_default();
        let seen = Seen::new(&tally::merged(&self.plan, counted));
        let names = self.plan.rule.asked_names();
        let warnings =
            partials.get(1).map(|found| unknown_events(&names, found)).unwrap_or_default();
        let answer = answer(&self.plan, &seen, warnings);
        let Some(cell) = &self.plan.question.cell else { return Ok(done(answer, None)) };
        let period = answer.history.iter().position(|one| one.start == cell.period);
        let period = period.ok_or_else(|| {
            AskError::bad(
                format!("no period that is over starts at `{}`", cell.period),
                "give the `start` of one of the answer's `history`",
            )
        })?;
        let purpose = Purpose::Members(Wanted { period, set: cell.set });
        self.stage = Stage::Members { answer: Box::new(answer) };
        Ok(Step::Scan(vec![Arc::new(ForecastFold::new(self.plan.clone(), purpose))]))
    }
}

fn done(answer: ForecastAnswer, customers: Option<Vec<perennial_types::key::CustomerKey>>) -> Step {
    let answer = Answer::of(answer);
    Step::Done(Box::new(Reply { answer, customers }))
}

impl Asking for Progress {
    fn step(&mut self, partials: Vec<Vec<RecordBatch>>) -> Result<Step, AskError> {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Begun => Ok(self.begin()),
            Stage::Tally => self.with_counts(&partials),
            Stage::Members { mut answer } => {
                let found = partials.first().map(Vec::as_slice).unwrap_or_default();
                let everybody = Whose::named(None, false, 0, std::iter::empty())?;
                let keys = listing::merged(&everybody, found);
                answer.customers = Some(Members { total: keys.len(), ids: Vec::new() });
                Ok(done(*answer, Some(keys)))
            }
            Stage::Over => Err(AskError::bad("the question is answered", "ask it again")),
        }
    }
}

fn answer(plan: &Plan, seen: &Seen, warnings: Vec<Warning>) -> ForecastAnswer {
    let foretold = look(plan, seen);
    let told = foretold.as_ref().ok();
    ForecastAnswer {
        kind: "forecast".to_owned(),
        history: history(plan, seen),
        ahead: told.map(|told| periods_ahead(plan, told)).unwrap_or_default(),
        methods: told.map(|told| methods(plan, told)),
        curve: told.map(|told| curve(seen, told)).unwrap_or_default(),
        cohorts: told.map(|told| cohorts(plan, seen, told)).unwrap_or_default(),
        what_if: told.and_then(|told| what_if(plan, told)),
        refused: foretold.as_ref().err().cloned(),
        crr_refused: told.and_then(|told| told.crr.as_ref().err().cloned()),
        definition: words::definition(plan),
        warnings,
        customers: None,
        question: plan.question.clone(),
    }
}

fn history(plan: &Plan, seen: &Seen) -> Vec<PeriodSeen> {
    let numbers = seen.active.iter().zip(&seen.new).zip(&seen.kept).enumerate();
    let row = |(period, ((active, new), kept)): (usize, ((&f64, &f64), &f64))| PeriodSeen {
        start: range::date_name(&plan.calendar, &plan.periods, period),
        label: range::label(&plan.calendar, &plan.periods, period),
        active: *active as u64,
        new: *new as u64,
        kept: *kept as u64,
        crr: seen.crr(period),
    };
    numbers.map(row).collect()
}

/// A number with its intervals, kept between what it can be.
fn number(
    plan: &Plan,
    at: usize,
    values: &[f64],
    intervals: &[Option<Vec<(f64, f64)>>],
    most: f64,
) -> Told {
    let inside = |value: f64| value.clamp(0.0, most);
    let ends = |(level, ends): (&f64, &Option<Vec<(f64, f64)>>)| {
        let own = ends.as_ref().and_then(|ends| ends.get(at));
        Ends {
            level: *level,
            low: own.map(|(low, _)| inside(*low)),
            high: own.map(|(_, high)| inside(*high)),
        }
    };
    Told {
        value: inside(values.get(at).copied().unwrap_or_default()),
        intervals: plan.question.levels.iter().zip(intervals).map(ends).collect(),
    }
}

fn is_by_cohort(told: &Foretold) -> bool {
    let direct = told.direct.tried.first().map_or(f64::MAX, |best| best.error);
    told.by_cohort_error < direct
}

fn periods_ahead(plan: &Plan, told: &Foretold) -> Vec<PeriodAhead> {
    let n_ahead = plan.question.ahead as usize;
    let supposed = told.supposed.as_ref().map(|cohorts| sums(cohorts, n_ahead));
    let row = |at: usize| {
        let period = plan.n_over + at;
        let count = |values: &[f64], intervals: &[Option<Vec<(f64, f64)>>]| {
            number(plan, at, values, intervals, f64::MAX)
        };
        let direct = count(&told.direct.values, &told.direct.intervals);
        let by_cohort = count(&told.by_cohort.0, &told.by_cohort.1);
        let supposed = supposed.as_ref().and_then(|sums| sums.get(at)).copied();
        let crr = told.crr.as_ref().ok();
        PeriodAhead {
            start: range::date_name(&plan.calendar, &plan.periods, period),
            label: range::label(&plan.calendar, &plan.periods, period),
            active: if is_by_cohort(told) { by_cohort.clone() } else { direct.clone() },
            new: count(&told.new.values, &told.new.intervals),
            crr: crr.map(|crr| number(plan, at, &crr.values, &crr.intervals, 1.0)),
            additional: supposed.map(|supposed| supposed - by_cohort.value),
            supposed,
            direct,
            by_cohort,
        }
    };
    (0..n_ahead).map(row).collect()
}

fn methods(plan: &Plan, told: &Foretold) -> Methods {
    let method = |found: &perennial_models::forecast::Forecast| MethodAnswer {
        method: found.method.name(),
        error: found.tried.first().map_or(0.0, |best| best.error),
        tried: found
            .tried
            .iter()
            .map(|one| TriedAnswer { method: one.method.name(), error: one.error })
            .collect(),
    };
    Methods {
        proposed: if is_by_cohort(told) { "by_cohort" } else { "direct" }.to_owned(),
        origins: told.direct.origins.len(),
        season: plan.question.season.filter(|_| told.direct.has_season),
        direct: method(&told.direct),
        by_cohort_error: told.by_cohort_error,
        new: method(&told.new),
        crr: told.crr.as_ref().ok().map(method),
    }
}

fn curve(seen: &Seen, told: &Foretold) -> Vec<CurvePoint> {
    let point = |(age, share): (usize, &f64)| {
        let rows = seen.triangle.0.iter().filter(|row| row.len() > age);
        let customers: f64 = rows.filter_map(|row| row.first()).sum();
        CurvePoint { age: age as u32, customers: customers as u64, share: *share }
    };
    told.shared.shares.iter().enumerate().map(point).collect()
}

fn cohorts(plan: &Plan, seen: &Seen, told: &Foretold) -> Vec<CohortAnswer> {
    let n_known = seen.triangle.n_periods();
    let row = |(cohort, active): (usize, &Vec<f64>)| {
        let ahead = cohort.checked_sub(n_known);
        let customers = match ahead {
            Some(ahead) => active.get(ahead).copied(),
            None => seen.new.get(cohort).copied(),
        };
        CohortAnswer {
            start: range::date_name(&plan.calendar, &plan.periods, cohort),
            label: range::label(&plan.calendar, &plan.periods, cohort),
            customers: customers.unwrap_or_default(),
            foretold: ahead.is_some(),
            level: told.shared.levels.get(cohort).copied().unwrap_or(1.0),
            active: active.clone(),
        }
    };
    told.cohorts.iter().enumerate().map(row).collect()
}

fn what_if(plan: &Plan, told: &Foretold) -> Option<WhatIfAnswer> {
    let points = plan.question.what_if?.points;
    let n_ahead = plan.question.ahead as usize;
    let supposed = sums(told.supposed.as_ref()?, n_ahead);
    let more: Vec<f64> =
        supposed.iter().zip(&told.by_cohort.0).map(|(supposed, as_is)| supposed - as_is).collect();
    let share = told.shared.share(1);
    Some(WhatIfAnswer {
        share,
        supposed_share: share + points,
        additional_at_end: more.last().copied().unwrap_or_default(),
        additional_in_all: more.iter().sum(),
    })
}
