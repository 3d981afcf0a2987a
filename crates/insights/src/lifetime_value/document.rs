//! A trained model as a document: what was learnt, from what, how it did, and until when it may be
//! used.
//!
//! Everything that values a customer is in it, so another day, another machine gives the same value.

use jiff::ToSpan;
use jiff::civil::Date;
use perennial_models::drift::Reference;
use perennial_models::lifetime::amounts::Amounts;
use perennial_models::lifetime::backtest::{Candidate, FITTED, model_named};
use perennial_models::lifetime::{Fit, LifetimeError};
use perennial_types::question::Refusal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::amounts::FittedAmounts;
use super::answer::{AmountsAnswer, ChosenAnswer, HoldoutAnswer, ModelAnswer};
use super::book::Book;
use super::fitting::{Because, Modelled, Models, RATE};
use super::plan::Plan;
use super::progress::Trained;
use super::question::{LifetimeValueQuestion, TimeUnit};
use super::reference::features;
use super::refusals::cannot_fit;
use super::tell;
use crate::insight::AskError;
use crate::training::refusals::model_from_the_future;

/// The kind of the document.
const KIND: &str = "lifetime_value";
/// The form of the document.
const FORMAT: u32 = 1;
/// More days than any calendar has.
const MAX_DAYS: u32 = 3_000_000;
/// Days a model may be used that has proved itself on none.
const UNPROVED_DAYS: u32 = 90;

/// A trained model. Whoever keeps it may write more beside, so unknown fields are passed over.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Document {
    /// 1.
    format: u32,
    /// `lifetime_value`.
    kind: String,
    /// What was asked, every default filled in.
    pub question: LifetimeValueQuestion,
    /// What it learnt from.
    pub trained: TrainedOn,
    /// How it did.
    pub report: Report,
    /// Days after which it is refused.
    pub stale_after_days: u32,
    model: Kept,
    /// What the customers it learnt from were like.
    pub reference: Vec<Reference>,
}

/// What a model learnt from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainedOn {
    /// End of the world known then.
    pub as_of: String,
    /// The dates customers were looked at: where the days held out begin, and the last one.
    pub cuts: Vec<Date>,
    /// First of the days held out; null where none were.
    pub first_label: Option<Date>,
    /// Last of them.
    pub last_label: Option<Date>,
    /// Customers it was fitted on.
    pub n_rows: u64,
    /// The same: a customer is one row.
    pub n_customers: u64,
    /// Share of the customers known before the days held out who bought in them.
    pub base_rate: Option<f64>,
    /// What had been accepted by then, where the caller knows it.
    #[serde(default)]
    pub sequence: Option<i64>,
}

/// How a model did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Every model of purchases.
    pub models: Vec<ModelAnswer>,
    /// The one that is kept.
    pub chosen: Option<ChosenAnswer>,
    /// The days held out.
    pub holdout: Option<HoldoutAnswer>,
    /// What an order is expected to bring.
    pub amounts: AmountsAnswer,
}

/// What values a customer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    learner: String,
    unit: TimeUnit,
    parameters: Vec<f64>,
    fit: Option<Fit>,
    amounts: Amounts,
    amounts_fit: Option<Fit>,
    mean_order: f64,
    kept_of_all: f64,
    independence: Option<f64>,
    currency: Option<String>,
}

impl Document {
    /// The document of what was learnt; nothing without any customer.
    pub fn new(plan: &Plan, book: &Book, trained: &Trained) -> Option<Document> {
        let (learner, candidate) = trained.models.believed()?;
        let known = book.at(plan, plan.now());
        let holdouts = if plan.calibration.is_some() { book.holdouts(plan) } else { Vec::new() };
        let bought = holdouts.iter().filter(|one| one.n_actual > 0).count() as f64;
        let date = plan.dates.last()?.date;
        let cut = plan.calibration.map(|cut| cut.date);
        let amounts = &trained.amounts;
        Some(Document {
            format: FORMAT,
            kind: KIND.to_owned(),
            question: LifetimeValueQuestion { cell: None, ..plan.question.clone() },
            trained: TrainedOn {
                as_of: plan.question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
                cuts: cut.into_iter().chain([date]).collect(),
                first_label: cut.and_then(|cut| cut.tomorrow().ok()),
                last_label: cut.map(|_| date),
                n_rows: known.rows.len() as u64,
                n_customers: known.rows.len() as u64,
                base_rate: (!holdouts.is_empty()).then(|| bought / holdouts.len() as f64),
                sequence: None,
            },
            report: Report {
                models: tell::models(plan, &trained.models),
                chosen: tell::chosen(plan, &trained.models),
                holdout: tell::holdout(plan, &trained.models),
                amounts: tell::amounts(amounts),
            },
            // It may be used as long as the days on which it proved itself.
            stale_after_days: plan.question.holdout_days.unwrap_or(UNPROVED_DAYS),
            model: Kept {
                learner: learner.to_owned(),
                unit: plan.question.unit,
                parameters: candidate.model.parameters().iter().map(|(_, one)| *one).collect(),
                fit: candidate.fit.clone(),
                amounts: amounts.model,
                amounts_fit: amounts.fit.clone(),
                mean_order: amounts.mean_order,
                kept_of_all: amounts.kept_of_all,
                independence: amounts.independence,
                currency: book.currency.clone(),
            },
            reference: features(plan, &known).iter().map(Reference::of).collect(),
        })
    }

    /// A document out of its JSON.
    ///
    /// # Errors
    /// When it is none of this kind and form.
    pub fn read(value: &Value) -> Result<Document, AskError> {
        let hint = "give a document as `perennial train lifetime_value` makes it";
        let said = |field: &str| value.get(field).map(Value::to_string).unwrap_or_default();
        if value.get("kind").and_then(Value::as_str) != Some(KIND) {
            let message = format!("`model` is of the kind `{}`", said("kind"));
            return Err(AskError::bad(message, hint));
        }
        if value.get("format").and_then(Value::as_u64) != Some(FORMAT.into()) {
            let message = format!("`model` has the form `{}`", said("format"));
            return Err(AskError::bad(message, "train it again: this program writes form 1"));
        }
        let document: Document = serde_json::from_value(value.clone())
            .map_err(|error| AskError::bad(format!("`model` is no document: {error}"), hint))?;
        document.trained()?;
        Ok(document)
    }

    /// The unit of time of its parameters.
    pub fn unit(&self) -> TimeUnit {
        self.model.unit
    }

    /// The date it was trained at.
    pub fn date(&self) -> Option<Date> {
        self.trained.cuts.last().copied()
    }

    /// Refuses a date past the document's time, or before what it has seen.
    ///
    /// # Errors
    /// `stale_model`; `model_from_the_future`.
    pub fn check_age(&self, date: Date) -> Result<(), Refusal> {
        let Some(trained) = self.date() else { return Ok(()) };
        let days = i64::from(self.stale_after_days.min(MAX_DAYS));
        let last = trained.saturating_add(days.days());
        if date < trained {
            return Err(model_from_the_future(&trained.to_string(), &date.to_string()));
        }
        if date <= last {
            return Ok(());
        }
        Err(Refusal::new(
            "stale_model",
            format!("the model was trained on {trained} and holds until {last}, not on {date}"),
            "train it again on what is known now",
        )
        .in_chinese(
            format!("模型训练于 {trained}，有效期至 {last}，不适用于 {date}"),
            "请用当前数据重新训练",
        ))
    }

    /// Refuses money of another currency than the model knows.
    ///
    /// # Errors
    /// `other_currency`.
    pub fn check_currency(&self, currency: Option<&str>) -> Result<(), Refusal> {
        match (self.model.currency.as_deref(), currency) {
            (Some(own), Some(found)) if own != found => Err(Refusal::new(
                "other_currency",
                format!("the model learnt from money in `{own}`, and this is in `{found}`"),
                "choose its currency with `currency`, or train another model",
            )
            .in_chinese(
                format!("模型由 `{own}` 金额训练，而此处为 `{found}`"),
                "请用 `currency` 选择其货币，或另行训练",
            )),
            _ => Ok(()),
        }
    }

    /// What values a customer.
    ///
    /// # Errors
    /// When the model is none that is known, or its parameters cannot be.
    pub fn trained(&self) -> Result<Trained, AskError> {
        let kept = &self.model;
        let name = FITTED.into_iter().chain([RATE]).find(|name| *name == kept.learner);
        let unknown = || {
            AskError::bad(
                format!("`model.learner` is `{}`", kept.learner),
                "one of bg_nbd, mbg_nbd, pareto_nbd, nbd, rate",
            )
        };
        let name = name.ok_or_else(unknown)?;
        let model = model_named(name, &kept.parameters).ok_or_else(unknown)?;
        let model = model.map_err(|error: LifetimeError| cannot_fit(&error))?;
        let candidate = Candidate { model, fit: kept.fit.clone() };
        Ok(Trained {
            models: Models {
                all: vec![Modelled { name, fitted: Ok(candidate), score: None }],
                chosen: 0,
                because: Because::Document,
                n_held_out: 0,
            },
            amounts: FittedAmounts {
                model: kept.amounts,
                fit: kept.amounts_fit.clone(),
                refused: None,
                independence: kept.independence,
                mean_order: kept.mean_order,
                kept_of_all: kept.kept_of_all,
            },
        })
    }
}
