//! A trained model as a document: weights, ranks and warning of one day, for the days that follow.
//!
//! Scores made with the same document can be compared over any time: the ranks are those of the
//! customers who were here on the day it was trained.

use jiff::civil::Date;
use perennial_models::drift;
use perennial_models::health::{Reference, Weights};
use perennial_types::question::Refusal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::Backtest;
use super::judged::backtest;
use super::plan::Plan;
use super::progress::training_cuts;
use super::question::HealthQuestion;
use super::refusals;
use super::scores::Basis;
use super::warning::{Seen, Warner};
use super::words;
use crate::insight::AskError;
use crate::reply::Reply;
use crate::training::Sample;
use crate::training::refusals::{model_damaged, model_from_the_future, model_of_another_kind};

/// The only form there is.
const FORMAT: u32 = 1;

/// A model is good for at least so many days.
const LEAST_DAYS: u32 = 30;

/// A model's document.
#[derive(Debug, Serialize, Deserialize)]
pub struct Document {
    format: u32,
    kind: String,
    question: HealthQuestion,
    trained: When,
    report: Option<Backtest>,
    stale_after_days: u32,
    model: Parts,
    reference: Vec<drift::Reference>,
}

/// What it was trained on.
#[derive(Debug, Serialize, Deserialize)]
struct When {
    as_of: String,
    day: Date,
    cuts: Vec<Date>,
    first_label: Option<Date>,
    last_label: Option<Date>,
    n_rows: u64,
    n_customers: u64,
    base_rate: Option<f64>,
}

/// What scores are made with.
#[derive(Debug, Serialize, Deserialize)]
struct Parts {
    weights: Weights,
    ranks: Reference,
    warner: Option<Warner>,
}

/// A document as a question uses it.
#[derive(Debug)]
pub struct Trained {
    question: HealthQuestion,
    /// Ranks.
    pub reference: Reference,
    /// Weights of the dimensions.
    pub weights: Weights,
    /// What foretells leaving.
    pub warner: Option<Warner>,
    /// How good that is.
    pub report: Option<Backtest>,
    /// The past cuts it learned from.
    pub learned_from: Vec<Date>,
    /// How the features were spread.
    pub drift: Vec<drift::Reference>,
}

impl Document {
    /// Reads a document for scores of a day.
    ///
    /// # Errors
    /// `stale_model` past its time; a document that is none of this kind.
    pub fn read(document: &Value, day: Date) -> Result<Trained, AskError> {
        let kind = document.get("kind").and_then(Value::as_str);
        if let Some(kind) = kind.filter(|kind| *kind != "health") {
            return Err(model_of_another_kind(kind, "health").into());
        }
        let damaged = |what: String| model_damaged(&what);
        let document: Document =
            serde_json::from_value(document.clone()).map_err(|error| damaged(error.to_string()))?;
        if document.format != FORMAT {
            return Err(damaged(format!("form {} instead of {FORMAT}", document.format)).into());
        }
        let age_days = (day - document.trained.day).get_days();
        if age_days < 0 {
            let trained = document.trained.day.to_string();
            return Err(model_from_the_future(&trained, &day.to_string()).into());
        }
        if age_days > i32::try_from(document.stale_after_days).unwrap_or(i32::MAX) {
            let days = jiff::Span::new().days(i64::from(document.stale_after_days) + 1);
            let stale_from = document.trained.day.saturating_add(days);
            return Err(refusals::stale_model(
                &document.trained.day.to_string(),
                &stale_from.to_string(),
            )
            .into());
        }
        let n_dimensions = document.question.dimensions.len();
        let Parts { weights, ranks, warner } = document.model;
        if weights.n_dimensions() != n_dimensions || ranks.n_dimensions() != n_dimensions {
            return Err(damaged("weights of other dimensions than it names".to_owned()).into());
        }
        Ok(Trained {
            reference: ranks,
            weights,
            warner,
            report: document.report,
            learned_from: document.trained.cuts,
            drift: document.reference,
            question: document.question,
        })
    }
}

impl Trained {
    /// Makes a question ask what the model knows: dates, threshold, budget and paging stay the
    /// question's, everything else is the model's.
    pub fn settle(&self, question: &mut HealthQuestion) {
        let asked = std::mem::replace(question, self.question.clone());
        question.dates = asked.dates;
        (question.n_dates, question.every_days) = (asked.n_dates, asked.every_days);
        (question.as_of, question.zone) = (asked.as_of, asked.zone);
        question.threshold = asked.threshold.or(self.question.threshold);
        (question.budget, question.order) = (asked.budget, asked.order);
        (question.limit, question.offset, question.cell) = (asked.limit, asked.offset, asked.cell);
        question.model = asked.model;
    }
}

/// The document of what was learned.
///
/// # Errors
/// Nobody to rank among; no warning could be learned though one was asked for.
pub fn reply(
    plan: &Plan,
    sample: &Sample,
    basis: Option<&Basis>,
    seen: Option<Seen<'_>>,
    warner: Result<Warner, Refusal>,
) -> Result<Reply, AskError> {
    let (Some(basis), Some(seen)) = (basis, seen) else {
        return Err(words::nobody().into());
    };
    let warner = match warner {
        Ok(warner) => Some(warner),
        // A model may be of scores alone where the question wants no warning.
        Err(refusal) if refusal.code == refusals::NO_WARNING => None,
        Err(refusal) => return Err(refusal.into()),
    };
    let cuts = training_cuts(plan, sample).unwrap_or_default();
    let report = match warner.is_some() {
        true => backtest(seen, plan.question.warning, &cuts, plan.question.threshold),
        false => Err(words::model_without_backtest().into()),
    };
    let report = match report {
        Ok(report) => Some(report),
        Err(AskError::Refused(_)) => None,
        Err(other) => return Err(other),
    };
    let rows = rows_today(plan, sample);
    let table =
        sample.table.take(&rows).map_err(|error| crate::training::refusals::refused(&error))?;
    let document = Document {
        format: FORMAT,
        kind: "health".to_owned(),
        question: plan.question.clone(),
        trained: when(plan, sample, &cuts, warner.as_ref()),
        report,
        stale_after_days: plan.question.horizon_days.max(LEAST_DAYS),
        model: Parts { weights: basis.weights.clone(), ranks: basis.reference.clone(), warner },
        reference: table.columns().iter().map(drift::Reference::of).collect(),
    };
    let answer = serde_json::to_value(&document)
        .map_err(|error| AskError::bad(error.to_string(), "leave infinite numbers out"))?;
    Ok(Reply { answer: answer.into(), customers: None })
}

/// The rows of those who are here on the day of the training.
fn rows_today(plan: &Plan, sample: &Sample) -> Vec<usize> {
    let today = sample.cuts.iter().position(|cut| cut.date == plan.last_date());
    today.map(|today| sample.rows_of(today)).unwrap_or_default()
}

/// What the warning was trained on; without one, those who are here on the day.
fn when(plan: &Plan, sample: &Sample, cuts: &[usize], warner: Option<&Warner>) -> When {
    let windows = || cuts.iter().filter_map(|cut| sample.cuts.get(*cut));
    let rows: Vec<usize> = match warner {
        Some(_) => cuts.iter().flat_map(|cut| sample.labelled(*cut).0).collect(),
        None => rows_today(plan, sample),
    };
    let mut customers: Vec<_> = rows.iter().filter_map(|row| sample.customers.get(*row)).collect();
    customers.sort_unstable();
    customers.dedup();
    When {
        as_of: plan.question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
        day: plan.last_date(),
        cuts: windows().map(|cut| cut.date).collect(),
        first_label: windows().next().and_then(|cut| cut.date.tomorrow().ok()),
        last_label: windows().next_back().map(|cut| cut.horizon_end),
        n_rows: rows.len() as u64,
        n_customers: customers.len() as u64,
        base_rate: warner.map(|warner| warner.base_rate),
    }
}
