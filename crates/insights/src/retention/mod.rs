//! Retention: of the customers who started, how many came back, and when.
//!
//! "Of the 885 customers who first bought in December 2010, 324 bought again in January." A
//! customer *enters* a row with a start event and *hits* the windows after it in which return
//! events happened; every option of the question changes one of those two steps and none of the
//! others, so each works with every other.
//!
//! ```text
//!   rows of a run ── stream (straight way) ──┐
//!                 └─ gather → occurrence → entries ┴─▶ Entry, Hit ─▶ Sink: tally │ members │ spread
//! ```
//!
//! Rules worth knowing: order lines that share an id are one occurrence at their earliest instant;
//! a return is strictly later than its start; windows of a row are measured from the row's own
//! start; a cell is complete when the window of the row's last member is over at `as_of`. A share
//! of nobody is null, never 0.

mod answer;
mod cycle;
mod entries;
mod fold;
mod gather;
mod mean;
mod members;
mod occurrence;
mod plan;
mod present;
mod progress;
mod question;
mod sink;
mod spread;
mod stream;
mod tally;
mod windows;
mod words;

pub use answer::{CellAnswer, Cohort, GroupRow, MeanCell, Members, RetentionAnswer};
pub use cycle::{Gaps, merged_gaps};
pub use question::{
    Aggregate, AggregateKind, Attribution, Breakdown, CellRef, Count, CountKind, Enter, Incomplete,
    Interval, Mean, MeanKind, Minimum, Own, Per, Period, RetentionQuestion, Share, ValueOf, Window,
};

use perennial_engine::source::SourceFacts;
use serde_json::{Value, json};

use crate::insight::{AskError, Asking, Insight};
use crate::present::Presentation;

/// The insight.
#[derive(Debug)]
pub struct Retention;

impl Insight for Retention {
    fn kind(&self) -> &'static str {
        "retention"
    }

    fn summary(&self) -> &'static str {
        "Of the customers who started in each period, how many came back, and when"
    }

    fn sample(&self) -> Value {
        json!({
            "enter": "first_matching",
            "start": {"event": "order", "where": {"field": "amount", "op": ">", "value": 0}},
            "return": {"event": "order", "where": {"field": "amount", "op": ">", "value": 0}},
            "count": "on", "window": "calendar", "period": "month", "periods": 12,
            "population": "buyers"
        })
    }

    fn begin(&self, question: &Value, facts: &SourceFacts) -> Result<Box<dyn Asking>, AskError> {
        let question: RetentionQuestion = serde_json::from_value(question.clone())
            .map_err(|error| AskError::bad(error.to_string(), "`perennial ask retention --sample` shows a question"))?;
        Ok(Box::new(progress::Progress::new(plan::Plan::new(question, facts)?)))
    }

    fn present(&self, answer: &Value) -> Result<Presentation, AskError> {
        let answer: RetentionAnswer = serde_json::from_value(answer.clone())
            .map_err(|error| AskError::bad(error.to_string(), "give a retention answer"))?;
        Ok(present::present(&answer))
    }
}

#[cfg(test)]
mod tests;
