//! Drivers: what goes with leaving and what with staying, and how surely.
//!
//! "Customers who were onboarded have 2.1 times the odds of staying, the other drivers alike: the
//! interval is 1.8 to 2.5. That is association. Onboard a half of the new customers, drawn by lot,
//! and you will know."
//!
//! ```text
//!   one scan ──▶ Sample (features, outcome) + Traits (what a customer was) ──▶ Columns
//!   Columns ── related? ──▶ Drivers ── one regression ──▶ effects, p-values, corrected
//!                                   └─ forest, judged at a later cut ──▶ importance, curves
//! ```
//!
//! | word | meaning |
//! |---|---|
//! | column | a feature of `customer_table`, or the first known value of a field: a trait |
//! | driver | columns that say about the same; the one that goes most with leaving speaks for them |
//! | effect | what one deviation more, or a category, multiplies odds or hazard of leaving by, with all other drivers alike |
//! | strength | the deviation of what a driver adds to the logarithm of the odds: drivers stand in its order |
//! | importance | the AUC that a forest loses at a later cut when the driver no longer belongs to its customer |
//! | factor | what many features have in common, in place of them |
//!
//! Nothing from after a cut is looked at, but whether the customer left. All drivers looked at count
//! in the correction, those without an effect too.
//!
//! Limits. Association is not cause, which every sentence says beside the experiment that would
//! tell. Effects are straight lines in the logarithm; the curve of the forest shows where they are
//! not. Which column speaks for a driver is chosen by the same rows. More than
//! a hundred thousand rows are drawn from. What cannot be weighed is left out with its reason; an
//! answer without drivers says why.

mod answer;
mod columns;
mod design;
mod experiments;
mod factors;
mod found;
mod importance;
mod plan;
mod present;
mod progress;
mod question;
mod refusals;
mod regress;
mod words;

pub use answer::{
    CurvePoint, CutAnswer, Direction, DriverAnswer, DriverColumn, DriversAnswer, EffectAnswer,
    FactorAnswer, FactorsAnswer, ForestAnswer, ImportanceAnswer, LeftOut, LoadingAnswer,
};
pub use question::{CellRef, DriversQuestion, FactorRule, Factors, Method, Outcome};

use perennial_engine::source::SourceFacts;
use serde_json::{Value, json};

use crate::insight::{AskError, Asking, Insight, typed};
use crate::present::Presentation;
use crate::schema::Shapes;

/// The insight.
#[derive(Debug)]
pub struct Drivers;

impl Insight for Drivers {
    fn kind(&self) -> &'static str {
        "drivers"
    }

    fn summary(&self) -> &'static str {
        "What goes with leaving and what with staying, how strongly and how surely"
    }

    fn summary_zh(&self) -> &'static str {
        "哪些因素与流失或留存相关，有多强、有多确定"
    }

    fn sample(&self) -> Value {
        json!({"horizon_days": 30, "population": "everyone"})
    }

    fn shapes(&self) -> Shapes {
        Shapes::of::<DriversQuestion, DriversAnswer>()
    }

    fn begin(&self, question: &Value, facts: &SourceFacts) -> Result<Box<dyn Asking>, AskError> {
        let question: DriversQuestion =
            typed(question, "`perennial ask drivers --sample` shows a question")?;
        Ok(Box::new(progress::Progress::new(plan::Plan::new(question, facts)?)))
    }

    fn present(&self, answer: &Value) -> Result<Presentation, AskError> {
        let answer: DriversAnswer = serde_json::from_value(answer.clone())
            .map_err(|error| AskError::bad(error.to_string(), "give a drivers answer"))?;
        Ok(present::present(&answer))
    }
}

#[cfg(test)]
mod tests;
