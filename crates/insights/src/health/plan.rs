//! A question made ready: dates and dimensions chosen, past cuts to learn from, what to scan for.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;
use perennial_engine::source::SourceFacts;
use perennial_models::health::Bounds;
use perennial_types::calendar::{Calendar, Micros, Weekday};
use perennial_types::event::Column;
use perennial_types::question::Refusal;
use perennial_types::text::nearest_names;

use super::dimensions::{self, DIMENSIONS, Dimension};
use super::document::{Document, Trained};
use super::question::{CellRef, HealthQuestion, Learner, State, WeightsFrom};
use super::refusals;
use crate::insight::AskError;
use crate::range;
use crate::training::{SampleQuestion, Sampling};

/// Most dates of a question.
const MAX_DATES: u32 = 400;

/// The feature by which customers are told apart: the latest value of a field.
pub const SEGMENT: &str = "last_channel";

/// The feature that says what a customer brought in the past year.
const REVENUE: &str = "money_365d";

/// A question that can be scanned for.
#[derive(Debug)]
pub struct Plan {
    /// The question, every default filled in.
    pub question: HealthQuestion,
    /// The dimensions, in the order of the answer.
    pub dimensions: Vec<&'static Dimension>,
    /// What each weighs by the question; not looked at where weights are learned or a model has them.
    pub points: Vec<f64>,
    /// The bounds of the bands.
    pub bounds: Bounds,
    /// The dates, the earliest first; at least one.
    pub dates: Vec<Date>,
    /// Whether each is over.
    pub complete: Vec<bool>,
    /// Past cuts whose horizon was over at the end of the last date, or why there is none.
    pub training: Result<Vec<Date>, Refusal>,
    /// Customers at all of them, and at the dates.
    pub sampling: Sampling,
    /// A model trained before.
    pub trained: Option<Trained>,
}

impl Plan {
    /// Resolves a question against what is known of the data.
    ///
    /// # Errors
    /// Names of no dimension, dates that are not known yet, settings outside what they may be, a model
    /// that is none or stale.
    pub fn new(mut question: HealthQuestion, facts: &SourceFacts) -> Result<Plan, AskError> {
        let as_of = range::as_of(question.as_of)?;
        let calendar = Calendar {
            zone: question.zone.clone(),
            week_start: Weekday::Monday,
            fiscal_year_start: 1,
        };
        let bounds = check(&question)?;
        let dates = dates_of(&question, &calendar, as_of, facts)?;
        let last = dates.last().copied().unwrap_or_default();
        let end_of =
            |date: Date| date.tomorrow().map_or(Micros::MAX, |next| calendar.start_of_day(next));
        check_cell(question.cell.as_ref(), &dates)?;
        let trained =
            question.model.as_ref().map(|model| Document::read(model, last)).transpose()?;
        if let Some(trained) = &trained {
            trained.settle(&mut question);
        }
        let (dimensions, points) = chosen(&question)?;
        question.dimensions = dimensions.iter().map(|one| one.name.to_owned()).collect();
        question.dates.clone_from(&dates);
        // Nothing after the last date is looked at, though the lake may know more.
        let known = end_of(last).min(as_of);
        let mut sampled = sample_question(&question, &dimensions, facts);
        let training = training_cuts(&question, &sampled, trained.is_some(), known, facts)?;
        let cuts: BTreeSet<Date> = training.iter().flatten().chain(&dates).copied().collect();
        sampled.cuts = cuts.into_iter().collect();
        let sampling = Sampling::named(&sampled, known, facts)?;
        question.stays.clone_from(&sampling.question.stays);
        question.active_within_days = sampling.question.active_within_days;
        Ok(Plan {
            complete: dates.iter().map(|date| end_of(*date) <= as_of).collect(),
            question,
            dimensions,
            points,
            bounds,
            dates,
            training,
            sampling,
            trained,
        })
    }

    /// The last date.
    pub fn last_date(&self) -> Date {
        self.dates.last().copied().unwrap_or_default()
    }

    /// Position of the date a cell is about.
    pub fn date_of(&self, cell: &CellRef) -> usize {
        let named = cell.date.and_then(|date| self.dates.iter().position(|one| *one == date));
        named.unwrap_or(self.dates.len().saturating_sub(1))
    }
}

/// Refuses settings outside what they may be; the bounds of the bands.
fn check(question: &HealthQuestion) -> Result<Bounds, AskError> {
    let share = |name: &str, value: Option<f64>| match value {
        Some(value) if !(0.0..=1.0).contains(&value) => {
            Err(AskError::bad(format!("`{name}` is `{value}`"), "give a share from 0 to 1"))
        }
        _ => Ok(()),
    };
    share("min_coverage", Some(question.min_coverage))?;
    share("threshold", question.threshold)?;
    for (name, value) in [("n_dates", question.n_dates), ("every_days", question.every_days)] {
        if !(1..=MAX_DATES).contains(&value) {
            let hint = format!("give 1 to {MAX_DATES}");
            return Err(AskError::bad(format!("`{name}` is `{value}`"), hint));
        }
    }
    let bands = question.bands;
    Bounds {
        at_risk_below: bands.at_risk_below,
        healthy_from: bands.healthy_from,
        margin: bands.margin,
        looks: bands.dates,
    }
    .checked()
    .map_err(|error| AskError::bad(format!("`bands`: {error}"), error.hint()))
}

/// The dates in order, each once.
fn dates_of(
    question: &HealthQuestion,
    calendar: &Calendar,
    as_of: Micros,
    facts: &SourceFacts,
) -> Result<Vec<Date>, AskError> {
    let known = calendar.date_of(as_of.saturating_sub(1));
    if let Some(late) = question.dates.iter().max().filter(|date| **date > known) {
        return Err(AskError::bad(
            format!("`dates` names {late}, which is after the known world ends"),
            format!("give a date up to {known}, or a later `as_of`"),
        ));
    }
    if question.dates.len() > MAX_DATES as usize {
        let n_dates = question.dates.len();
        return Err(
            range::too_many(&format!("{n_dates} dates"), &format!("{n_dates} 个日期")).into()
        );
    }
    if !question.dates.is_empty() {
        let dates: BTreeSet<Date> = question.dates.iter().copied().collect();
        return Ok(dates.into_iter().collect());
    }
    let first = facts.ts.map_or(known, |(first, _)| calendar.date_of(first).min(known));
    let step = i64::from(question.every_days).days();
    let back = std::iter::successors(Some(known), |date| date.checked_sub(step).ok());
    let mut dates: Vec<Date> =
        back.take_while(|date| *date >= first).take(question.n_dates as usize).collect();
    dates.reverse();
    Ok(dates)
}

/// The dimensions of the question and what they weigh.
fn chosen(question: &HealthQuestion) -> Result<(Vec<&'static Dimension>, Vec<f64>), AskError> {
    let find = |field: &str, name: &String| {
        dimensions::named(name).ok_or_else(|| {
            let near = nearest_names(name, DIMENSIONS.iter().map(|one| one.name), 3);
            let hint = match near.is_empty() {
                true => "the list is in the docs of `health`".to_owned(),
                false => format!("did you mean {}?", near.join(", ")),
            };
            AskError::bad(format!("`{field}` names `{name}`, which is no dimension"), hint)
        })
    };
    let mut dimensions: Vec<&'static Dimension> = Vec::new();
    for name in &question.dimensions {
        let dimension = find("dimensions", name)?;
        if !dimensions.iter().any(|known| known.name == dimension.name) {
            dimensions.push(dimension);
        }
    }
    if dimensions.is_empty() {
        dimensions = DIMENSIONS.iter().collect();
    }
    for (name, points) in &question.points {
        find("points", name)?;
        if !points.is_finite() || *points < 0.0 {
            return Err(AskError::bad(
                format!("`points` of `{name}` are `{points}`"),
                "give a weight of 0 or more",
            ));
        }
        if !dimensions.iter().any(|known| known.name == name) {
            return Err(AskError::bad(
                format!("`points` names `{name}`, which `dimensions` leaves out"),
                "add it to `dimensions`",
            ));
        }
    }
    let own = |one: &&Dimension| question.points.get(one.name).copied().unwrap_or(one.points);
    let points: Vec<f64> = dimensions.iter().map(own).collect();
    match points.iter().any(|points| *points > 0.0) {
        true => Ok((dimensions, points)),
        false => {
            Err(AskError::bad("`points` leave nothing above 0", "give some dimension a weight"))
        }
    }
}

/// Customers at dates and past cuts, and every feature the dimensions need.
fn sample_question(
    question: &HealthQuestion,
    dimensions: &[&'static Dimension],
    facts: &SourceFacts,
) -> SampleQuestion {
    let ages = dimensions.iter().filter_map(|one| one.aging.as_ref()).map(|aging| aging.age);
    let has_money = !facts.always_null.contains(&Column::Amount);
    let names = dimensions
        .iter()
        .map(|one| one.name)
        .chain(ages)
        .chain(question.segment.as_ref().map(|_| SEGMENT))
        .chain(has_money.then_some(REVENUE));
    let mut features: Vec<String> = Vec::new();
    for name in names {
        if !features.iter().any(|known| known == name) {
            features.push(name.to_owned());
        }
    }
    let default = SampleQuestion::default();
    SampleQuestion {
        cuts: Vec::new(),
        horizon_days: question.horizon_days,
        features,
        stays: question.stays.clone(),
        leaves: question.leaves.clone(),
        active_within_days: question.active_within_days,
        zone: question.zone.clone(),
        population: question.population,
        currency: question.currency.clone(),
        session: question.session.clone(),
        support: question.support.clone(),
        feedback: question.feedback.clone(),
        score: question.score.clone(),
        channel: question.segment.clone().unwrap_or(default.channel.clone()),
        category: question.category.clone(),
        ..default
    }
}

/// The past cuts there are to learn from, where anything is to be learned.
fn training_cuts(
    question: &HealthQuestion,
    sampled: &SampleQuestion,
    is_trained: bool,
    known: Micros,
    facts: &SourceFacts,
) -> Result<Result<Vec<Date>, Refusal>, AskError> {
    let learns_weights = question.weights == WeightsFrom::Learned;
    if is_trained || (question.warning == Learner::None && !learns_weights) {
        return Ok(Err(refusals::nothing_to_learn()));
    }
    match Sampling::new(sampled, known, facts) {
        Ok(sampling) => {
            let complete = sampling.windows().iter().filter(|window| window.complete);
            Ok(Ok(complete.map(|window| window.date).collect()))
        }
        // Scores need no past.
        Err(AskError::Refused(refusal)) => Ok(Err(refusal)),
        Err(other) => Err(other),
    }
}

fn check_cell(cell: Option<&CellRef>, dates: &[Date]) -> Result<(), AskError> {
    let Some(cell) = cell else { return Ok(()) };
    let date = cell.date.or(dates.last().copied()).unwrap_or_default();
    let Some(position) = dates.iter().position(|one| *one == date) else {
        let hint = "give one of `dates`, or none for the last";
        return Err(AskError::bad(format!("`cell.date` {date} is none of the dates"), hint));
    };
    if position == 0 && (cell.before.is_some() || cell.moved.is_some()) {
        return Err(AskError::bad(
            format!("`cell` asks what was before {date}, the first date"),
            "give a later `cell.date`",
        ));
    }
    let is_last = position + 1 == dates.len();
    if !is_last && (cell.warned.is_some() || cell.alerted.is_some()) {
        return Err(AskError::bad(
            format!("`cell` asks for warnings of {date}"),
            "warnings speak of the last date: leave `cell.date` out",
        ));
    }
    if cell.state == Some(State::NotYet) && cell.before == Some(State::NotYet) {
        return Err(AskError::bad(
            "`cell` asks for customers who have never been here",
            "give `cell.state`",
        ));
    }
    Ok(())
}
