//! Funnel: of the customers who do the first of some steps, how many do the next ones, and how
//! soon.
//!
//! "Of 1,000 customers who looked at a product, 420 put one into the cart within a week, 130 paid;
//! 25 of the rest still can." Steps follow each other with anything between (`ordered`), with
//! nothing between (`strict`), or in `any` order; all within a window from the first step, its end
//! included.
//!
//! ```text
//!   anna  10:00 view  10:05 cart  11:00 order    → 3 of 3
//!   bert  10:00 view  10:30 view                 → 1 of 3: dropped at view
//!   carl  yesterday view, the window is a week   → 1 of 3: open
//! ```
//!
//! | number | who |
//! |---|---|
//! | reached | did the step in the entry that counts |
//! | went on, dropped, open | those of them who did the next required step; did not and cannot; can |
//!
//! Every customer counts once, with the entry that comes furthest (or the first one), so
//! reached = went on + dropped + open, and periods of a trend add up to the whole.
//!
//! ```text
//!   rows of a run ── moments ──▶ which filters pass ── chain ──▶ Outcome ──▶ Sink: tally │ members
//! ```
//!
//! The levels are those of ClickHouse's `windowFunnel` (its truth table is a test) but for what is
//! said there: an event that fits the next step never ends an entry, and steps at one instant
//! stand in the order in which they were accepted.
//!
//! Limits: 16 steps, 8 exclusions. Times to convert are of those who did; open entries are told
//! apart, not extrapolated.

mod answer;
mod any_order;
mod chain;
mod fold;
mod members;
mod plan;
mod present;
mod progress;
mod question;
mod series;
mod sql;
mod strict;
mod tally;
mod words;

pub use answer::{Conversion, Difference, FunnelAnswer, StepRow, TrendRow};
pub(crate) use members::{keys_batch, merged_keys};
pub use question::{
    CellRef, Entry, Exclusion, FunnelBreakdown, FunnelQuestion, Length, Order, SetName,
    StepQuestion, Touch,
};

use perennial_engine::source::SourceFacts;
use serde_json::{Value, json};

use crate::insight::{AskError, Asking, Insight, typed};
use crate::present::Presentation;
use crate::schema::Shapes;
use crate::series::Series;
use crate::sql::Statement;

/// The insight.
#[derive(Debug)]
pub struct Funnel;

impl Insight for Funnel {
    fn kind(&self) -> &'static str {
        "funnel"
    }

    fn summary(&self) -> &'static str {
        "Of the customers who do a first step, how many do the next ones, and how soon"
    }

    fn summary_zh(&self) -> &'static str {
        "完成第一步的客户中，有多少人继续完成后续各步，多快完成"
    }

    fn sample(&self) -> Value {
        json!({
            "steps": [{"event": "*", "name": "anything"}, {"event": "order"}, {"event": "order", "name": "second order"}],
            "within": {"days": 90}, "period": "month"
        })
    }

    fn shapes(&self) -> Shapes {
        Shapes::of::<FunnelQuestion, FunnelAnswer>()
    }

    fn begin(&self, question: &Value, facts: &SourceFacts) -> Result<Box<dyn Asking>, AskError> {
        let question: FunnelQuestion =
            typed(question, "`perennial ask funnel --sample` shows a question")?;
        Ok(Box::new(progress::Progress::new(plan::Plan::new(question, facts)?)))
    }

    fn series(&self, answer: &Value) -> Result<Option<Vec<Series>>, AskError> {
        let answer: FunnelAnswer = serde_json::from_value(answer.clone())
            .map_err(|error| AskError::bad(error.to_string(), "give a funnel answer"))?;
        Ok(series::series(&answer))
    }

    fn explain(&self, question: &Value, facts: &SourceFacts) -> Result<Vec<Statement>, AskError> {
        let question: FunnelQuestion =
            typed(question, "`perennial ask funnel --sample` shows a question")?;
        Ok(sql::explain(&plan::Plan::new(question, facts)?)?)
    }

    fn present(&self, answer: &Value) -> Result<Presentation, AskError> {
        let answer: FunnelAnswer = serde_json::from_value(answer.clone())
            .map_err(|error| AskError::bad(error.to_string(), "give a funnel answer"))?;
        Ok(present::present(&answer))
    }
}

#[cfg(test)]
mod tests;
