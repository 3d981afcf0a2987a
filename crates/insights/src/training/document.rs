//! A model written down: everything needed to apply it tomorrow, judge it, and refuse it in time.
//!
//! A document is JSON. It holds the question it was trained for with every default filled in, what it
//! has seen, its backtest, the model itself bit for bit, and how features and scores were spread then,
//! so that drift can be told without the old rows.

use jiff::{Timestamp, ToSpan};
use perennial_models::drift::{Drift, Reference, SLIGHT, STRONG};
use perennial_models::learn::{Classifier, Column, LearnError, Table};
use perennial_models::learnt::Learnt;
use perennial_types::calendar::{Calendar, Micros, Weekday};
use perennial_types::question::Refusal;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::learning::{Calibration, Trained, labelled};
use super::plan::Sampling;
use super::refusals::{model_damaged, model_from_the_future, model_of_another_kind, refused};
use super::report::{ReportAnswer, method_name};
use super::sample::Sample;
use crate::insight::AskError;

/// The form of documents written today.
const FORMAT: u32 = 1;

/// A model is good for at least so many days.
const LEAST_DAYS: u32 = 30;

/// What the spread of the model's own output is called.
const SCORE: &str = "score";

/// A model of a kind, trained for a question.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Document<Q> {
    /// The form of the document.
    pub format: u32,
    /// The kind of the question.
    pub kind: String,
    /// The question, every default filled in.
    pub question: Q,
    /// What it has seen.
    pub trained: TrainedOn,
    /// How good it was on what it had not seen.
    pub report: ReportAnswer,
    /// It is refused when so many days have passed since it was trained.
    pub stale_after_days: u32,
    /// The model.
    pub model: Learnt,
    /// How its features and its output were spread when it was trained.
    pub reference: Vec<Reference>,
}

/// What a model has seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TrainedOn {
    /// The end of the world it knew.
    pub as_of: String,
    /// The cuts it learnt from.
    pub cuts: Vec<String>,
    /// The later cut it was calibrated on; null where it was not.
    #[schema(required)]
    pub calibrated_on: Option<String>,
    /// How it was calibrated.
    pub calibration: Calibration,
    /// The first date of the labels it has seen.
    pub first_label: String,
    /// The last date of them.
    pub last_label: String,
    /// Rows it learnt from.
    pub n_rows: u64,
    /// Customers it learnt from.
    pub n_customers: u64,
    /// The share of those rows that left.
    pub base_rate: f64,
}

/// How far today's customers are from those of the training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ModelDrift)]
pub struct DriftAnswer {
    /// The population stability index of the scores.
    #[schema(required)]
    pub score: Option<f64>,
    /// The features that have moved, the farthest first: those above what is slight and above chance.
    pub features: Vec<FeatureDrift>,
    /// `none`, `slight` or `strong`: the farthest of the scores and the features.
    pub verdict: String,
}

/// How far a feature has moved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FeatureDrift {
    /// Its name.
    pub name: String,
    /// The population stability index.
    pub index: f64,
}

impl<Q: DeserializeOwned> Document<Q> {
    /// Reads a document of a kind.
    ///
    /// # Errors
    /// `model_damaged` where it is no document, `model_of_another_kind`, `model_of_another_format`.
    pub fn read(document: &Value, kind: &str) -> Result<Document<Q>, AskError> {
        let text = |name: &str| document.get(name).and_then(Value::as_str).unwrap_or_default();
        let found = text("kind");
        if !found.is_empty() && found != kind {
            return Err(model_of_another_kind(found, kind).into());
        }
        let format = document.get("format").and_then(Value::as_u64);
        if let Some(format) = format.filter(|format| *format != u64::from(FORMAT)) {
            return Err(Refusal::new(
                "model_of_another_format",
                format!("the model is written in form {format}, known is {FORMAT}"),
                "train it again",
            )
            .in_chinese(format!("模型格式为 {format}，已知格式为 {FORMAT}"), "请重新训练")
            .into());
        }
        serde_json::from_value(document.clone())
            .map_err(|error| model_damaged(&error.to_string()).into())
    }
}

impl<Q> Document<Q> {
    /// The document of a trained model.
    ///
    /// # Errors
    /// Whatever the model refuses on the rows it is compared with later.
    pub fn new(
        kind: &str,
        question: Q,
        sampling: &Sampling,
        sample: &Sample,
        trained: &Trained,
        report: ReportAnswer,
    ) -> Result<Document<Q>, LearnError> {
        // What it has not learnt from is the fairer likeness of later days.
        let likeness = match trained.calibrating {
            Some((cut, _)) => labelled(sample, &[cut]).0,
            None => trained.rows.clone(),
        };
        let table = sample.table.take(&likeness)?;
        let mut reference: Vec<Reference> = table.columns().iter().map(Reference::of).collect();
        let scores = Column::numbers(SCORE, trained.learnt.probabilities(&table)?);
        reference.push(Reference::of(&scores));
        Ok(Document {
            format: FORMAT,
            kind: kind.to_owned(),
            question,
            trained: trained_on(sampling, sample, trained),
            report,
            stale_after_days: sampling.question.horizon_days.max(LEAST_DAYS),
            model: trained.learnt.clone(),
            reference,
        })
    }

    /// Refuses to be applied after its time, or before what it has seen.
    ///
    /// # Errors
    /// `stale_model`; `model_from_the_future`.
    pub fn check_time(&self, as_of: Micros, calendar: &Calendar) -> Result<(), Refusal> {
        let day = calendar.date_of(as_of.saturating_sub(1));
        let trained = self.trained.as_of.parse::<Timestamp>().unwrap_or(Timestamp::MAX);
        if as_of < trained.as_microsecond() {
            return Err(model_from_the_future(&self.trained.as_of, &day.to_string()));
        }
        let trained_day = calendar.date_of(trained.as_microsecond().saturating_sub(1));
        let last = trained_day.saturating_add(i64::from(self.stale_after_days).days());
        if day > last {
            return Err(Refusal::new(
                "stale_model",
                format!(
                    "the model was trained on {trained_day} and is good until {last}, not on {day}"
                ),
                "train it again",
            )
            .in_chinese(
                format!("模型训练于 {trained_day}，有效期至 {last}，不适用于 {day}"),
                "请重新训练",
            ));
        }
        Ok(())
    }

    /// How far these customers and their scores are from those of the training.
    pub fn drift(&self, table: &Table, scores: &[f64]) -> DriftAnswer {
        let scores = Column::numbers(SCORE, scores.to_vec());
        let columns = table.columns().iter().chain([&scores]);
        let drifts = columns.filter_map(|column| {
            self.reference.iter().find(|one| one.name == column.name)?.drift(column)
        });
        let (own, features): (Vec<Drift>, Vec<Drift>) =
            drifts.partition(|drift| drift.name == SCORE);
        // Twice what chance gives is no chance any more.
        let has_moved = |drift: &Drift| drift.index > SLIGHT && drift.index > 2.0 * drift.by_chance;
        let mut moved: Vec<Drift> = features.into_iter().filter(|drift| has_moved(drift)).collect();
        moved.sort_by(|a, b| b.index.total_cmp(&a.index));
        let farthest = own.iter().filter(|drift| has_moved(drift)).chain(&moved);
        let farthest = farthest.map(|drift| drift.index).fold(0.0, f64::max);
        let verdict = match farthest {
            index if index > STRONG => "strong",
            index if index > SLIGHT => "slight",
            _ => "none",
        };
        let feature = |drift: Drift| FeatureDrift { name: drift.name, index: drift.index };
        DriftAnswer {
            score: own.first().map(|drift| drift.index),
            features: moved.into_iter().map(feature).collect(),
            verdict: verdict.to_owned(),
        }
    }

    /// The model's probability of each row of a table.
    ///
    /// # Errors
    /// `column_absent` where a feature of the model is not in the table.
    pub fn probabilities(&self, table: &Table) -> Result<Vec<f64>, AskError> {
        self.model.probabilities(table).map_err(|error| refused(&error))
    }
}

fn trained_on(sampling: &Sampling, sample: &Sample, trained: &Trained) -> TrainedOn {
    let date = |cut: &usize| sample.cuts.get(*cut).map(|cut| cut.date.to_string());
    let seen = trained.learning.iter().chain(trained.calibrating.iter().map(|(cut, _)| cut));
    let seen = seen.filter_map(|cut| sample.cuts.get(*cut));
    let first = seen.clone().map(|cut| cut.date).min();
    let last = seen.map(|cut| cut.horizon_end).max();
    let mut customers: Vec<_> =
        trained.rows.iter().filter_map(|row| sample.customers.get(*row)).collect();
    customers.sort_unstable();
    customers.dedup();
    let is_left = |row: &&usize| sample.left.get(**row).copied().flatten() == Some(true);
    let n_left = trained.rows.iter().filter(is_left).count();
    TrainedOn {
        as_of: Timestamp::from_microsecond(sampling.as_of())
            .map(|ts| ts.to_string())
            .unwrap_or_default(),
        cuts: trained.learning.iter().filter_map(date).collect(),
        calibrated_on: trained.calibrating.and_then(|(cut, _)| date(&cut)),
        calibration: method_name(trained.calibrating.map(|(_, method)| method)),
        first_label: first
            .and_then(|date| date.tomorrow().ok())
            .map_or_else(String::new, |date| date.to_string()),
        last_label: last.map_or_else(String::new, |date| date.to_string()),
        n_rows: trained.rows.len() as u64,
        n_customers: customers.len() as u64,
        base_rate: n_left as f64 / (trained.rows.len() as f64).max(1.0),
    }
}

/// The calendar of a zone's civil dates.
pub fn calendar(zone: &perennial_types::calendar::Zone) -> Calendar {
    Calendar { zone: zone.clone(), week_start: Weekday::Monday, fiscal_year_start: 1 }
}
