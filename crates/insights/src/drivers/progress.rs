//! A question on its way: one scan for the sample, then everything else.

use std::sync::Arc;

use arrow::array::RecordBatch;
use jiff::civil::Date;
use perennial_engine::fold::Fold;
use perennial_types::event::Column;
use perennial_types::key::CustomerKey;
use perennial_types::question::{Refusal, Warning};

use super::answer::{CutAnswer, DriversAnswer};
use super::columns::Columns;
use super::found::{Found, found};
use super::plan::Plan;
use super::question::{CellRef, Method, Outcome};
use super::words;
use crate::catalog::{Names, unknown_events};
use crate::insight::{AskError, Asking, Step};
use crate::reply::{Answer, Reply};
use crate::retention::Members;
use crate::training::Sample;
use crate::training::traits::Traits;

/// A question in progress.
pub struct Progress {
    plan: Plan,
    has_begun: bool,
}

impl Progress {
    /// A question at its beginning.
    pub fn new(plan: Plan) -> Progress {
        Progress { plan, has_begun: false }
    }

    fn folds(&self) -> Vec<Arc<dyn Fold>> {
        let mut folds = self.plan.folds();
        if !self.plan.sampling.asked_names().is_empty() {
            folds.push(Arc::new(Names { column: Column::Event }));
        }
        folds
    }
}

impl Asking for Progress {
    fn step(&mut self, mut partials: Vec<Vec<RecordBatch>>) -> Result<Step, AskError> {
        if !self.has_begun {
            self.has_begun = true;
            return Ok(Step::Scan(self.folds()));
        }
        let plan = &self.plan;
        let asked_names = plan.sampling.asked_names();
        let names = if asked_names.is_empty() { None } else { partials.pop() };
        let warnings = names.map_or_else(Vec::new, |names| unknown_events(&asked_names, &names));
        let traits = match plan.question.properties.is_empty() {
            true => Traits::default(),
            false => Traits::new(&partials.pop().unwrap_or_default()),
        };
        match plan.sampling.read(partials) {
            Ok(sample) => reply(plan, &sample, &traits, warnings),
            // Nobody is at risk in an empty world: an empty answer that says so.
            Err(AskError::Refused(refusal)) if refusal.code == "nobody_at_risk" => {
                Ok(done(empty(plan, refusal, warnings), None))
            }
            Err(error) => Err(error),
        }
    }

    fn learns_from(&self) -> Option<Date> {
        self.plan.sampling.windows().first().map(|first| first.date)
    }
}

fn done(answer: DriversAnswer, customers: Option<Vec<CustomerKey>>) -> Step {
    let answer = Answer::of(answer);
    Step::Done(Box::new(Reply { answer, customers }))
}

/// The answer of a sample: what cannot be weighed leaves it with the counts and the reason.
fn reply(
    plan: &Plan,
    sample: &Sample,
    traits: &Traits,
    mut warnings: Vec<Warning>,
) -> Result<Step, AskError> {
    let customers =
        plan.question.cell.as_ref().map(|cell| members(plan, sample, cell)).transpose()?;
    let columns = Columns::new(plan, sample, traits);
    warnings.extend(words::warnings(Some(sample), columns.as_ref().ok()));
    let mut answer = DriversAnswer {
        cuts: cuts(sample),
        n_rows: sample.left.iter().filter(|left| left.is_some()).count() as u64,
        currency: sample.currency.clone(),
        customers: customers.as_ref().map(|keys| Members { total: keys.len(), ids: Vec::new() }),
        ..bare(plan, warnings)
    };
    let weighed = columns.and_then(|columns| {
        answer.n_used = columns.n_rows() as u64;
        answer.n_customers = columns.n_customers as u64;
        answer.base_rate = Some(columns.base_rate());
        found(plan, columns, &sample.cuts)
    });
    match weighed {
        Ok(Found { drivers, left_out, forest, no_forest, factors }) => {
            answer.drivers = drivers;
            answer.left_out = left_out;
            answer.forest = forest;
            answer.warnings.extend(no_forest.map(|refusal| words::no_forest(&refusal)));
            answer.factors = factors;
        }
        Err(AskError::Refused(refusal)) => refuse(&mut answer, refusal),
        Err(error) => return Err(error),
    }
    Ok(done(answer, customers))
}

fn empty(plan: &Plan, refusal: Refusal, mut warnings: Vec<Warning>) -> DriversAnswer {
    warnings.extend(words::warnings(None, None));
    let mut answer = bare(plan, warnings);
    if plan.question.cell.is_some() {
        answer.customers = Some(Members { total: 0, ids: Vec::new() });
    }
    refuse(&mut answer, refusal);
    answer
}

/// Says why there are no drivers, where it is seen first.
fn refuse(answer: &mut DriversAnswer, refusal: Refusal) {
    let warning = Warning {
        code: refusal.code.clone(),
        message: format!("nothing can be weighed: {}; {}", refusal.reason, refusal.hint),
        message_zh: format!("无法衡量任何驱动因素：{}；{}", refusal.reason_zh, refusal.hint_zh),
        nearest: Vec::new(),
    };
    answer.warnings.insert(0, warning);
    answer.refusal = Some(refusal);
}

/// An answer with nothing in it yet.
fn bare(plan: &Plan, warnings: Vec<Warning>) -> DriversAnswer {
    let ratio_of = match plan.question.method {
        Method::Logistic => "odds",
        Method::Cox => "hazard",
    };
    DriversAnswer {
        kind: "drivers".to_owned(),
        cuts: Vec::new(),
        n_rows: 0,
        n_used: 0,
        n_customers: 0,
        base_rate: None,
        ratio_of: ratio_of.to_owned(),
        drivers: Vec::new(),
        refusal: None,
        left_out: Vec::new(),
        forest: None,
        factors: None,
        currency: None,
        definition: words::definition(plan),
        warnings,
        customers: None,
        question: plan.question.clone(),
    }
}

fn cuts(sample: &Sample) -> Vec<CutAnswer> {
    let answer = |(position, cut): (usize, &crate::training::SampleCut)| {
        let count = |outcome| outcomes(sample, position, outcome).count() as u64;
        CutAnswer {
            date: cut.date.to_string(),
            horizon_end: cut.horizon_end.to_string(),
            complete: cut.complete,
            at_risk: count(Outcome::AtRisk),
            left: count(Outcome::Left),
            stayed: count(Outcome::Stayed),
            not_known: count(Outcome::NotKnown),
        }
    };
    sample.cuts.iter().enumerate().map(answer).collect()
}

/// The rows of a cut with an outcome.
fn outcomes(sample: &Sample, cut: usize, outcome: Outcome) -> impl Iterator<Item = usize> + '_ {
    let is_meant = move |row: &usize| {
        let left = sample.left.get(*row).copied().flatten();
        match outcome {
            Outcome::AtRisk => true,
            Outcome::Left => left == Some(true),
            Outcome::Stayed => left == Some(false),
            Outcome::NotKnown => left.is_none(),
        }
    };
    let is_of = move |row: &usize| sample.cut_of.get(*row).is_some_and(|own| *own as usize == cut);
    (0..sample.n_rows()).filter(is_of).filter(is_meant)
}

/// The customers of a cell.
fn members(plan: &Plan, sample: &Sample, cell: &CellRef) -> Result<Vec<CustomerKey>, AskError> {
    let cut = plan.cut_of(cell)?;
    let rows = outcomes(sample, cut, cell.outcome);
    Ok(rows.filter_map(|row| sample.customers.get(row).copied()).collect())
}
