//! A question on its way: one scan for customers at every date and past cut, then everything else.

use std::sync::Arc;

use arrow::array::RecordBatch;
use jiff::civil::Date;
use perennial_engine::fold::Fold;
use perennial_models::health::Reference;
use perennial_types::event::Column;
use perennial_types::key::CustomerKey;
use perennial_types::question::{Refusal, Warning};

use super::answer::{HealthAnswer, RowAnswer, WarningAnswer};
use super::judged::backtest;
use super::people::People;
use super::plan::Plan;
use super::question::{Learner, State};
use super::ranker::Ranker;
use super::reasons::{Sight, reasons};
use super::scores::Scored;
use super::tally::{self, money};
use super::warning::{Seen, Warner};
use super::{daily, document, words};
use crate::catalog::{Names, unknown_events};
use crate::insight::{AskError, Asking, Step};
use crate::reply::{Answer, Reply};
use crate::retention::Members;
use crate::training::Sample;

/// What is wanted of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The answer.
    Answer,
    /// A model's document.
    Model,
    /// The scores of the last date.
    Scores,
}

/// A question in progress.
pub struct Progress {
    plan: Plan,
    wanted: Wanted,
    has_begun: bool,
}

impl Progress {
    /// A question at its beginning.
    pub fn new(plan: Plan, wanted: Wanted) -> Progress {
        Progress { plan, wanted, has_begun: false }
    }
}

impl Asking for Progress {
    fn step(&mut self, partials: Vec<Vec<RecordBatch>>) -> Result<Step, AskError> {
        let asked_names = self.plan.sampling.asked_names();
        if !self.has_begun {
            self.has_begun = true;
            let mut folds: Vec<Arc<dyn Fold>> = vec![Arc::new(Names { column: Column::Event })];
            folds.extend(self.plan.sampling.folds());
            return Ok(Step::Scan(folds));
        }
        let mut partials = partials.into_iter();
        let names = partials.next().unwrap_or_default();
        let warnings = unknown_events(&asked_names, &names);
        let sample = match self.plan.sampling.read(partials.collect()) {
            Ok(sample) => Some(sample),
            // Nobody is here at any date: that is an answer, and a model of nobody is none.
            Err(AskError::Refused(refusal)) if is_empty(&refusal, self.wanted) => None,
            Err(other) => return Err(other),
        };
        let reply = match &sample {
            None => empty(&self.plan, self.wanted, warnings),
            Some(sample) => full(&self.plan, self.wanted, sample, warnings)?,
        };
        Ok(Step::Done(Box::new(reply)))
    }

    fn learns_from(&self) -> Option<Date> {
        self.plan.training.iter().flatten().min().copied()
    }
}

fn is_empty(refusal: &Refusal, wanted: Wanted) -> bool {
    refusal.code == "nobody_at_risk" && wanted != Wanted::Model
}

/// The answer about nobody.
fn empty(plan: &Plan, wanted: Wanted, warnings: Vec<Warning>) -> Reply {
    if wanted == Wanted::Scores {
        return daily::nobody(plan);
    }
    let answer = HealthAnswer {
        kind: "health".to_owned(),
        dates: Vec::new(),
        dimensions: Vec::new(),
        segments: Vec::new(),
        migration: None,
        warning: no_warning(plan, Some(words::nobody())),
        alerts: None,
        currency: None,
        total_rows: 0,
        offset: plan.question.offset,
        rows: Vec::new(),
        definition: words::definition(plan),
        warnings,
        customers: Some(Members { total: 0, ids: Vec::new() }),
        question: plan.question.clone(),
    };
    let answer = Answer::of(answer);
    Reply { answer, customers: Some(Vec::new()) }
}

fn full(
    plan: &Plan,
    wanted: Wanted,
    sample: &Sample,
    mut warnings: Vec<Warning>,
) -> Result<Reply, AskError> {
    let by_segment = plan.question.segment.is_some();
    let ranker = Ranker::new(sample, &plan.dimensions, by_segment);
    let scored = Scored::new(plan, sample, &ranker)?;
    let basis = scored.bases.iter().flatten().next_back().cloned();
    let seen = basis.as_ref().map(|basis| seen_by(plan, sample, &ranker, &basis.reference));
    let warner = match seen {
        Some(seen) => warner(plan, seen),
        None => Err(words::nobody().into()),
    };
    let warner = match warner {
        Ok(warner) => Ok(warner),
        Err(AskError::Refused(refusal)) => Err(refusal),
        Err(other) => return Err(other),
    };
    if wanted == Wanted::Model {
        return document::reply(plan, sample, basis.as_deref(), seen, warner);
    }
    let risks = match (&warner, seen) {
        (Ok(warner), Some(seen)) => risks(&scored, seen, warner, plan.dates.len())?,
        _ => Vec::new(),
    };
    let threshold = warner.as_ref().ok().map(|one| threshold(plan, one));
    let people = People::new(plan, sample, &ranker, &scored, risks, threshold);
    if wanted == Wanted::Scores {
        return Ok(daily::reply(&people));
    }
    warnings.extend(words::warnings(&people));
    let warning = match (warner, seen) {
        (Ok(warner), Some(seen)) => told(&people, seen, &warner)?,
        (Err(refusal), _) => no_warning(plan, Some(refusal)),
        (Ok(_), None) => no_warning(plan, Some(words::nobody())),
    };
    Ok(reply(&people, warning, warnings))
}

/// What a warner sees: with a model, the ranks it was trained with.
fn seen_by<'a>(
    plan: &'a Plan,
    sample: &'a Sample,
    ranker: &'a Ranker<'a>,
    reference: &'a Reference,
) -> Seen<'a> {
    let reference = plan.trained.as_ref().map_or(reference, |trained| &trained.reference);
    Seen { sample, ranker, reference }
}

/// Positions of the past cuts among those of the sample.
pub fn training_cuts(plan: &Plan, sample: &Sample) -> Result<Vec<usize>, Refusal> {
    let dates = plan.training.as_ref().map_err(Clone::clone)?;
    let is_past = |cut: &usize| {
        sample.cuts.get(*cut).is_some_and(|cut| cut.complete && dates.contains(&cut.date))
    };
    Ok((0..sample.cuts.len()).filter(is_past).collect())
}

/// What foretells leaving: the model's, or one learned from the past cuts.
fn warner(plan: &Plan, seen: Seen<'_>) -> Result<Warner, AskError> {
    if let Some(trained) = &plan.trained {
        return trained.warner.clone().ok_or_else(|| words::model_without_warning().into());
    }
    if plan.question.warning == Learner::None {
        return Err(super::refusals::nothing_to_learn().into());
    }
    let (mut rows, mut left) = (Vec::new(), Vec::new());
    for cut in training_cuts(plan, seen.sample)? {
        let (own_rows, own_left) = seen.sample.labelled(cut);
        rows.extend(own_rows);
        left.extend(own_left);
    }
    Warner::fit(seen, plan.question.warning, &rows, &left)
}

fn threshold(plan: &Plan, warner: &Warner) -> f64 {
    plan.question.threshold.unwrap_or(warner.base_rate)
}

/// The risk of each customer who is here at the last date.
fn risks(
    scored: &Scored,
    seen: Seen<'_>,
    warner: &Warner,
    n_dates: usize,
) -> Result<Vec<Option<f64>>, AskError> {
    let last = n_dates.saturating_sub(1);
    let row = |customer: usize| {
        let look = scored.look(customer, last);
        look.row.filter(|_| look.state.is_here())
    };
    let here: Vec<Option<usize>> = (0..scored.customers.len()).map(row).collect();
    let rows: Vec<usize> = here.iter().flatten().copied().collect();
    let mut risks = warner.risks(seen, &rows)?.into_iter();
    Ok(here.iter().map(|row| row.and_then(|_| risks.next())).collect())
}

fn no_warning(plan: &Plan, refusal: Option<Refusal>) -> WarningAnswer {
    WarningAnswer {
        refusal,
        horizon_days: plan.question.horizon_days,
        learned_from: Vec::new(),
        n_rows: 0,
        base_rate: None,
        threshold: None,
        warned: None,
        expected_leavers: None,
        backtest: None,
        backtest_refusal: None,
    }
}

/// What the warning says, and how good it is.
fn told(people: &People<'_>, seen: Seen<'_>, warner: &Warner) -> Result<WarningAnswer, AskError> {
    let plan = people.plan;
    let judged = match &plan.trained {
        Some(trained) => {
            trained.report.clone().ok_or_else(|| words::model_without_backtest().into())
        }
        None => {
            let cuts = training_cuts(plan, seen.sample)?;
            backtest(seen, plan.question.warning, &cuts, plan.question.threshold)
        }
    };
    let (backtest, backtest_refusal) = match judged {
        Ok(backtest) => (Some(backtest), None),
        Err(AskError::Refused(refusal)) => (None, Some(refusal)),
        Err(other) => return Err(other),
    };
    let learned_from = match &plan.trained {
        Some(trained) => trained.learned_from.clone(),
        None => plan.training.clone().unwrap_or_default(),
    };
    let warned = (0..people.scored.customers.len()).filter(|one| people.is_warned(*one)).count();
    Ok(WarningAnswer {
        refusal: None,
        learned_from,
        n_rows: warner.n_rows,
        base_rate: Some(warner.base_rate),
        threshold: people.threshold,
        warned: Some(warned as u64),
        expected_leavers: Some(people.risks.iter().flatten().sum()),
        backtest,
        backtest_refusal,
        ..no_warning(plan, None)
    })
}

fn reply(people: &People<'_>, warning: WarningAnswer, warnings: Vec<Warning>) -> Reply {
    let question = &people.plan.question;
    let (listed, date) = people.listed();
    let limit = question.limit.map_or(usize::MAX, |limit| limit as usize);
    let page: Vec<usize> =
        listed.iter().skip(question.offset as usize).take(limit).copied().collect();
    let members = if question.cell.is_some() { &listed } else { &page };
    let customers: Vec<CustomerKey> = members.iter().map(|one| people.key(*one)).collect();
    let first = if question.cell.is_some() { question.offset as usize } else { 0 };
    let rows = page.iter().enumerate();
    let (dates, dimensions) = tally::dates(people);
    let answer = HealthAnswer {
        kind: "health".to_owned(),
        dates,
        dimensions,
        segments: tally::segments(people),
        migration: tally::migration(people),
        warning,
        alerts: tally::alerts(people),
        currency: people.sample.currency.clone(),
        total_rows: listed.len() as u64,
        offset: question.offset,
        rows: rows.map(|(place, one)| row(people, *one, date, first + place)).collect(),
        definition: words::definition(people.plan),
        warnings,
        customers: Some(Members { total: customers.len(), ids: Vec::new() }),
        question: question.clone(),
    };
    let answer = Answer::of(answer);
    Reply { answer, customers: Some(customers) }
}

/// One customer at a date.
fn row(people: &People<'_>, customer: usize, date: usize, place: usize) -> RowAnswer {
    let look = people.look(customer, date);
    let here = people.scored.last_here(customer, date);
    let health = here.zip(look.row).and_then(|(here, row)| {
        Some((people.scored.health(people.plan, people.ranker, here, row)?, row))
    });
    // Who has left stays as they were: the reasons are those of the last date they were here.
    let before = here.and_then(|here| here.checked_sub(1)).and_then(|before| {
        let look = people.look(customer, before);
        let row = look.row.filter(|_| look.state.is_here())?;
        Some((people.scored.health(people.plan, people.ranker, before, row)?, row))
    });
    let [up, down] = match &health {
        Some(now) => {
            reasons(people.plan, people.ranker, before.as_ref().map(Sight::of), Sight::of(now))
        }
        None => [Vec::new(), Vec::new()],
    };
    let is_last = date == people.last();
    let scored_on = people.plan.dates.get(here.unwrap_or(date)).copied();
    RowAnswer {
        customer: place,
        state: look.state,
        score: look.score,
        scored_on: scored_on.unwrap_or_default(),
        frozen: look.state == State::Left,
        coverage: health.as_ref().map(|(health, _)| health.coverage),
        segment: people.segment(customer, date).map(str::to_owned),
        change: people.change(customer, date),
        up,
        down,
        risk: people.risk(customer).filter(|_| is_last),
        value: people.value(customer, date).map(money),
    }
}
