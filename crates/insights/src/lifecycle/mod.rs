//! Lifecycle: where the active customers of every period come from, and where they go.
//!
//! "In May 100 customers were active. In June 20 new ones came, 5 long gone ones came back, 30 were
//! not seen any more: 95 were active when June ended."
//!
//! A customer is active at an instant with an occurrence in the threshold before it, so many periods
//! or civil days. Every customer is in exactly one state per period:
//!
//! | state | active when it begins | active when it ends | occurrence in it |
//! |---|---|---|---|
//! | new | no, the first occurrence ever lies in it | yes | yes |
//! | returning | yes | yes | yes |
//! | idle | yes | yes | no: the threshold still holds |
//! | resurrecting | no, but there was one earlier | yes | yes |
//! | dormant | yes | no | no |
//! | gone | no | no | no |
//!
//! So active at the end = active at the start + new + resurrecting − dormant, and active at the start
//! is active at the end of the period before. With a threshold of one period nobody is idle, and the
//! other states are those of PostHog's lifecycle, dormant in the period after the last occurrence.
//! Quick ratio = (new + resurrecting) ÷ dormant.
//!
//! Limits. A threshold shorter than a period is refused: a customer could come and go unseen. Whoever
//! did something before the history began counts as new where it begins. A period that is not over
//! counts as dormant whoever may still come.

mod answer;
mod fold;
mod members;
mod plan;
mod present;
mod progress;
mod question;
mod series;
mod sql;
mod state;
mod tally;
mod words;

pub use answer::{LifecycleAnswer, Matrix, Move, PeriodAnswer};
pub use question::{CellRef, LifecycleQuestion, SetName, Threshold};
pub use state::State;

use perennial_engine::source::SourceFacts;
use serde_json::{Value, json};

use crate::insight::{AskError, Asking, Insight, typed};
use crate::present::Presentation;
use crate::schema::Shapes;
use crate::series::Series;
use crate::sql::Statement;

/// The insight.
#[derive(Debug)]
pub struct Lifecycle;

impl Insight for Lifecycle {
    fn kind(&self) -> &'static str {
        "lifecycle"
    }

    fn summary(&self) -> &'static str {
        "Where the active customers of every period come from, and where they go"
    }

    fn summary_zh(&self) -> &'static str {
        "各周期的活跃客户从何而来、去向何处"
    }

    fn sample(&self) -> Value {
        json!({"period": "month", "threshold": {"periods": 1}, "population": "everyone"})
    }

    fn shapes(&self) -> Shapes {
        Shapes::of::<LifecycleQuestion, LifecycleAnswer>()
    }

    fn begin(&self, question: &Value, facts: &SourceFacts) -> Result<Box<dyn Asking>, AskError> {
        let question: LifecycleQuestion =
            typed(question, "`perennial ask lifecycle --sample` shows a question")?;
        Ok(Box::new(progress::Progress::new(plan::Plan::new(question, facts)?)))
    }

    fn series(&self, answer: &Value) -> Result<Option<Vec<Series>>, AskError> {
        let answer: LifecycleAnswer = serde_json::from_value(answer.clone())
            .map_err(|error| AskError::bad(error.to_string(), "give a lifecycle answer"))?;
        Ok(Some(series::series(&answer)))
    }

    fn explain(&self, question: &Value, facts: &SourceFacts) -> Result<Vec<Statement>, AskError> {
        let question: LifecycleQuestion =
            typed(question, "`perennial ask lifecycle --sample` shows a question")?;
        Ok(sql::explain(&plan::Plan::new(question, facts)?)?)
    }

    fn present(&self, answer: &Value) -> Result<Presentation, AskError> {
        let answer: LifecycleAnswer = serde_json::from_value(answer.clone())
            .map_err(|error| AskError::bad(error.to_string(), "give a lifecycle answer"))?;
        Ok(present::present(&answer))
    }
}

#[cfg(test)]
mod tests;
