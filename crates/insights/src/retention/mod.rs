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
//! Rules worth knowing:
//!
//! * **What happened.** Order lines that share a name and an id are one occurrence at their earliest
//!   instant, worth their sum. A return is strictly later than its start. Nothing
//!   at or after `as_of` is known.
//! * **Windows** of a row are measured from the row's own start. `on_or_before` includes window 0,
//!   `streak` is windows 1 to k, `at_least` looks at the windows k−of+1 to k, as far as there are
//!   any. What lies beyond the last bracket is one open window, which only `on_or_after` sees.
//! * **Minimums and values** are those of one window: a window that falls short of the minimum counts
//!   for nothing, and a value adds up the windows its cell looks at. Re-basing on the eligible changes
//!   shares, not values.
//! * **Completeness.** A cell is complete when its row and the window of the row's last member are
//!   over at `as_of`; a cell nobody's window of which has begun is absent. A row of a date the zone
//!   skipped is there, and empty. Open-ended definitions are never complete; their mean takes the
//!   rows whose window is over for everybody.
//! * **Groups** by start or by current value are exclusive and add up to everybody. A group by return
//!   value is as large as all who could return with it. An order's value is that of its first line.
//! * **The own cycle** is the usual one, the median of all gaps, where fewer than two gaps are known
//!   at the start or their median is no time at all.
//! * A share of nobody is null, never 0. Amounts in several currencies are refused, wherever a cell
//!   would add them.

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
mod series;
mod sink;
mod spread;
mod sql;
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

pub(crate) use windows::{RowSpan, Windows};

use perennial_engine::source::SourceFacts;
use serde_json::{Value, json};

use crate::insight::{AskError, Asking, Insight, typed};
use crate::present::Presentation;
use crate::schema::Shapes;
use crate::series::Series;
use crate::sql::Statement;

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

    fn summary_zh(&self) -> &'static str {
        "各周期开始的客户中，有多少人回来，何时回来"
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

    fn shapes(&self) -> Shapes {
        Shapes::of::<RetentionQuestion, RetentionAnswer>()
    }

    fn begin(&self, question: &Value, facts: &SourceFacts) -> Result<Box<dyn Asking>, AskError> {
        let question: RetentionQuestion =
            typed(question, "`perennial ask retention --sample` shows a question")?;
        Ok(Box::new(progress::Progress::new(plan::Plan::new(question, facts)?)))
    }

    fn series(&self, answer: &Value) -> Result<Option<Vec<Series>>, AskError> {
        let answer: RetentionAnswer = serde_json::from_value(answer.clone())
            .map_err(|error| AskError::bad(error.to_string(), "give a retention answer"))?;
        Ok(Some(series::series(&answer)))
    }

    fn explain(&self, question: &Value, facts: &SourceFacts) -> Result<Vec<Statement>, AskError> {
        let question: RetentionQuestion =
            typed(question, "`perennial ask retention --sample` shows a question")?;
        Ok(sql::explain(&plan::Plan::new(question, facts)?)?)
    }

    fn present(&self, answer: &Value) -> Result<Presentation, AskError> {
        let answer: RetentionAnswer = serde_json::from_value(answer.clone())
            .map_err(|error| AskError::bad(error.to_string(), "give a retention answer"))?;
        Ok(present::present(&answer))
    }
}

#[cfg(test)]
mod tests;
