//! The answer: what was seen, what is foretold in two ways, and what was supposed.

use perennial_types::question::{Definition, Refusal, Warning};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::question::ForecastQuestion;
use crate::retention::Members;

/// A forecast answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ForecastAnswer {
    /// `forecast`.
    pub kind: String,
    /// The periods that are over.
    pub history: Vec<PeriodSeen>,
    /// The periods foretold; none where that is refused.
    pub ahead: Vec<PeriodAhead>,
    /// How they were foretold; null where that is refused.
    #[schema(required)]
    pub methods: Option<Methods>,
    /// The share of a cohort that is active at each age.
    pub curve: Vec<CurvePoint>,
    /// Every cohort, those to come among them, in the periods ahead.
    pub cohorts: Vec<CohortAnswer>,
    /// What the supposition changes; null without one.
    #[schema(required)]
    pub what_if: Option<WhatIfAnswer>,
    /// Why nothing is foretold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refusal>,
    /// Why the retention rate is not foretold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crr_refused: Option<Refusal>,
    /// What exactly was computed.
    pub definition: Definition,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
    /// The customers of the number that was asked for.
    #[schema(required)]
    pub customers: Option<Members>,
    /// The question, every default filled in.
    pub question: ForecastQuestion,
}

/// One period that is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ForecastPeriodSeen)]
pub struct PeriodSeen {
    /// First civil date; with the hour and offset for hours.
    pub start: String,
    /// What it is called.
    pub label: String,
    /// Customers with an occurrence in it.
    pub active: u64,
    /// Of those, with their first ever in it.
    pub new: u64,
    /// Of those, active in the period before too.
    pub kept: u64,
    /// Kept ÷ active in the period before; null where nobody was.
    #[schema(required)]
    pub crr: Option<f64>,
}

/// One period foretold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ForecastPeriodAhead)]
pub struct PeriodAhead {
    /// First civil date; with the hour and offset for hours.
    pub start: String,
    /// What it is called.
    pub label: String,
    /// Active customers by the way that is proposed.
    pub active: Told,
    /// The same by the series itself.
    pub direct: Told,
    /// The same by cohorts.
    pub by_cohort: Told,
    /// New customers.
    pub new: Told,
    /// Retention rate; null where it is refused.
    #[schema(required)]
    pub crr: Option<Told>,
    /// Active customers with the supposition, by cohorts; null without one.
    #[schema(required)]
    pub supposed: Option<f64>,
    /// What the supposition adds to `by_cohort`.
    #[schema(required)]
    pub additional: Option<f64>,
}

/// A number foretold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ForecastTold)]
pub struct Told {
    /// The number.
    pub value: f64,
    /// Its intervals, level by level.
    pub intervals: Vec<Ends>,
}

/// An interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ForecastEnds)]
pub struct Ends {
    /// Its level.
    pub level: f64,
    /// Lower end; null where there were too few errors for the level.
    #[schema(required)]
    pub low: Option<f64>,
    /// Upper end.
    #[schema(required)]
    pub high: Option<f64>,
}

/// How the numbers were foretold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ForecastMethods)]
pub struct Methods {
    /// `direct` or `by_cohort`: what erred less.
    pub proposed: String,
    /// Origins in the past from which they were judged.
    pub origins: usize,
    /// Length of the season; null where none could be told.
    #[schema(required)]
    pub season: Option<u32>,
    /// Of the active customers by the series itself.
    pub direct: MethodAnswer,
    /// Mean absolute error of the active customers by cohorts.
    pub by_cohort_error: f64,
    /// Of the new customers.
    pub new: MethodAnswer,
    /// Of the retention rate; null where it is refused.
    #[schema(required)]
    pub crr: Option<MethodAnswer>,
}

/// The method of one number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ForecastMethod)]
pub struct MethodAnswer {
    /// What it is called.
    pub method: String,
    /// Its mean absolute error from the origins in the past.
    pub error: f64,
    /// Every method that was tried, the best first.
    pub tried: Vec<TriedAnswer>,
}

/// A method that was tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ForecastTried)]
pub struct TriedAnswer {
    /// What it is called.
    pub method: String,
    /// Its mean absolute error.
    pub error: f64,
}

/// The share of a cohort that is active at an age.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ForecastCurvePoint)]
pub struct CurvePoint {
    /// Periods since the start.
    pub age: u32,
    /// Customers of cohorts seen at that age.
    pub customers: u64,
    /// Share of them active.
    pub share: f64,
}

/// One cohort in the periods ahead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ForecastCohort)]
pub struct CohortAnswer {
    /// First civil date of the period of its start.
    pub start: String,
    /// What that is called.
    pub label: String,
    /// Customers who started, foretold of a cohort to come.
    pub customers: f64,
    /// Whether it is one to come.
    pub foretold: bool,
    /// What it has shown against the others so far, 1 for as much.
    pub level: f64,
    /// Its active customers in the periods ahead.
    pub active: Vec<f64>,
}

/// What the supposition changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ForecastWhatIfAnswer)]
pub struct WhatIfAnswer {
    /// Share active one period after the start, as it is.
    pub share: f64,
    /// The same as supposed.
    pub supposed_share: f64,
    /// Active customers it adds in the last period foretold.
    pub additional_at_end: f64,
    /// Active customers it adds in all periods, a customer counted in each.
    pub additional_in_all: f64,
}
