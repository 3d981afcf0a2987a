//! Forecast: how many customers will be active in the coming periods, how many will be kept, and what
//! a better start would change.
//!
//! "In December 1,240 customers will be active (1,150–1,330), 310 of them new; 62 % of November's will
//! be kept. Were five points more back a month after they came, 96 more would be active in May."
//!
//! | number | definition |
//! |---|---|
//! | `active` | customers with an occurrence in the period |
//! | `new` | of those, with their first ever in it |
//! | `kept` | of those, active in the period before too |
//! | `crr` | `kept` ÷ active in the period before |
//!
//! Two ways compete to foretell `active`. *direct* carries the series on by the plain method that
//! erred least from many origins in the past ([`perennial_models::forecast`]). *by_cohort* carries every
//! cohort on by the shares that are active at each age, foretells newcomers apart, and adds up
//! ([`perennial_models::forecast::cohorts`]). Both are judged from the same origins, and the one that
//! erred less is proposed. Intervals are quantiles of those errors.
//!
//! Limits. Periods that are not over take no part: the first one foretold is the one that is running.
//! What never happened before is not foreseen. The uplift of `what_if` is carried through as if nothing
//! else changed: it says what better starts would be worth, not how to get them.

mod answer;
mod fold;
mod looking;
mod plan;
mod present;
mod progress;
mod question;
mod tally;
mod words;

pub use answer::{
    CohortAnswer, CurvePoint, Ends, ForecastAnswer, MethodAnswer, Methods, PeriodAhead, PeriodSeen,
    Told, TriedAnswer, WhatIfAnswer,
};
pub use question::{CellRef, ForecastQuestion, SetName, WhatIf};

use perennial_engine::source::SourceFacts;
use serde_json::{Value, json};

use crate::insight::{AskError, Asking, Insight, typed};
use crate::present::Presentation;
use crate::schema::Shapes;

/// The insight.
#[derive(Debug)]
pub struct Forecast;

impl Insight for Forecast {
    fn kind(&self) -> &'static str {
        "forecast"
    }

    fn summary(&self) -> &'static str {
        "How many customers will be active and kept, and what better starts would change"
    }

    fn summary_zh(&self) -> &'static str {
        "未来的活跃客户与留存率，以及提升首期留存的效果"
    }

    fn sample(&self) -> Value {
        json!({"period": "month", "ahead": 6, "what_if": {"points": 0.05}})
    }

    fn shapes(&self) -> Shapes {
        Shapes::of::<ForecastQuestion, ForecastAnswer>()
    }

    fn begin(&self, question: &Value, facts: &SourceFacts) -> Result<Box<dyn Asking>, AskError> {
        let question: ForecastQuestion =
            typed(question, "`perennial ask forecast --sample` shows a question")?;
        Ok(Box::new(progress::Progress::new(plan::Plan::new(question, facts)?)))
    }

    fn present(&self, answer: &Value) -> Result<Presentation, AskError> {
        let answer: ForecastAnswer = serde_json::from_value(answer.clone())
            .map_err(|error| AskError::bad(error.to_string(), "give a forecast answer"))?;
        Ok(present::present(&answer))
    }
}

#[cfg(test)]
mod tests;
