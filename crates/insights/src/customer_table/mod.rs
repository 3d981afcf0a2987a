//! Customer table: what is known of every customer at the end of a date, one row each.
//!
//! "On 30 June Anna had been with us for 210 days, had come on 34 of them, 5 of the last 30; she had
//! ordered 12 times, mostly every 14 days, last 40 days ago: nearly three of her usual gaps."
//!
//! ```text
//!   rows of a run, in time order ── push ──▶ History ── a cut is passed ──▶ one row of features
//!   all buckets ──▶ Book ──▶ summaries, a page of rows, the customers of a cell, a Matrix
//! ```
//!
//! | word | meaning |
//! |---|---|
//! | cut | a civil date at whose end customers are looked at; several share one pass |
//! | feature | one entry of [`features`]: name, unit, formula, function |
//! | missing | not known, which is not 0: no second day, so no gap; no refund in the lake at all |
//!
//! The row of a cut is written before any later event of the customer is looked at, so nothing leaks
//! from the future: not money of order lines that came later, not a refund, not a later channel.
//!
//! Limits. Rows are held in memory, eight bytes per customer, cut and feature. Money above 900
//! thousand million units is rounded to what a double holds. Money of several currencies is refused
//! until one is chosen.

mod answer;
mod at;
mod book;
mod days;
pub mod features;
mod fold;
mod history;
mod matrix;
mod plan;
mod present;
mod progress;
mod question;
mod reader;
mod sql;
mod stamps;
mod summary;
mod words;

pub use answer::{CustomerTableAnswer, CutAnswer, FeatureAnswer, Level, RowAnswer, Summary};
pub use fold::TableFold;
pub use matrix::{Matrix, MatrixColumn, matrix};
pub use plan::{Cut, Plan};
pub use question::{CellRef, CustomerTableQuestion};

use perennial_engine::source::SourceFacts;
use serde_json::{Value, json};

use crate::insight::{AskError, Asking, Insight, typed};
use crate::present::Presentation;
use crate::schema::Shapes;
use crate::sql::Statement;

/// The insight.
#[derive(Debug)]
pub struct CustomerTable;

impl Insight for CustomerTable {
    fn kind(&self) -> &'static str {
        "customer_table"
    }

    fn summary(&self) -> &'static str {
        "What is known of every customer at a date: seventy features, none from the future"
    }

    fn summary_zh(&self) -> &'static str {
        "截至某日每位客户的七十余项特征，不含任何未来信息"
    }

    fn sample(&self) -> Value {
        json!({"population": "everyone", "limit": 100})
    }

    fn shapes(&self) -> Shapes {
        Shapes::of::<CustomerTableQuestion, CustomerTableAnswer>()
    }

    fn in_full(&self, question: &mut Value) {
        if let Some(fields) = question.as_object_mut() {
            fields.entry("limit").or_insert(Value::Null);
        }
    }

    fn begin(&self, question: &Value, facts: &SourceFacts) -> Result<Box<dyn Asking>, AskError> {
        let question: CustomerTableQuestion =
            typed(question, "`perennial ask customer_table --sample` shows a question")?;
        Ok(Box::new(progress::Progress::new(plan::Plan::new(question, facts)?)))
    }

    fn explain(&self, question: &Value, facts: &SourceFacts) -> Result<Vec<Statement>, AskError> {
        let question: CustomerTableQuestion =
            typed(question, "`perennial ask customer_table --sample` shows a question")?;
        Ok(sql::explain(&plan::Plan::new(question, facts)?)?)
    }

    fn present(&self, answer: &Value) -> Result<Presentation, AskError> {
        let answer: CustomerTableAnswer = serde_json::from_value(answer.clone())
            .map_err(|error| AskError::bad(error.to_string(), "give a customer_table answer"))?;
        Ok(present::present(&answer))
    }
}

#[cfg(test)]
mod tests;
