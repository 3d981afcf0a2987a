//! Cohort: what customers who started together have bought since, by how long they have been here.
//!
//! "100 customers first bought in January. After three months each of them had brought 84.00, and
//! winning one had cost 60.00: paid back in the second month. Those of March are behind by 20 %."
//!
//! | number | what it is |
//! |---|---|
//! | start | the first purchase, or the first event the question names |
//! | size | customers of the cohort, whether they bought or not |
//! | age | how many periods after the start: 0 is the start's own |
//! | gross, refunded | money of the orders worth more than 0, and money taken back at its own instant |
//! | revenue | gross − refunded |
//! | cumulative per customer | revenue of the ages up to this one ÷ size: historic lifetime value |
//! | payback | the first age at which that, times the margin, reaches the cost of winning a customer |
//!
//! A cohort is a period of starts, a value of the breakdown at the start, or both. Whatever customers
//! did before their start counts for nothing here. Ages are counted in civil periods of the zone, or
//! in elapsed time.
//!
//! ```text
//!   rows of a run ── reading ──▶ Life (start, group, deeds by age) ──▶ Sink: tally │ members
//!   tally ── all buckets ──▶ Series (everybody, groups) ──▶ cohorts │ pooled rows │ payback
//! ```
//!
//! Limits. A cell is complete when the window of the cohort's last member is over; with `eligible`
//! every number of a cell is one of the members whose own window is over, so that cumulative money
//! may fall from one age to the next as members drop out. Order lines that share an id are one
//! purchase at their earliest instant, worth the sum of all lines known. Money of several currencies
//! is refused until one is chosen; the start may be a purchase in any. An order's value of the
//! breakdown is that of its first line.

mod answer;
mod fold;
mod members;
mod payback;
mod plan;
mod present;
mod progress;
mod question;
mod reading;
mod sql;
mod tally;
mod words;

pub use answer::{CellAnswer, CohortAnswer, CohortRow, Figures, GroupAnswer, Pooled};
pub use payback::Payback;
pub use question::{By, CellRef, CohortQuestion, CostOf, SetName};

use perennial_engine::source::SourceFacts;
use serde_json::{Value, json};

use crate::insight::{AskError, Asking, Insight, typed};
use crate::present::Presentation;
use crate::schema::Shapes;
use crate::sql::Statement;

/// The insight.
#[derive(Debug)]
pub struct Cohort;

impl Insight for Cohort {
    fn kind(&self) -> &'static str {
        "cohort"
    }

    fn summary(&self) -> &'static str {
        "What customers who started together have bought since, by how long they have been here"
    }

    fn summary_zh(&self) -> &'static str {
        "同期开始的客户此后购买了多少，按其客龄对齐"
    }

    fn sample(&self) -> Value {
        json!({"rows": "month", "period": "month", "periods": 12, "cost": "20", "margin": "0.4"})
    }

    fn shapes(&self) -> Shapes {
        Shapes::of::<CohortQuestion, CohortAnswer>()
    }

    fn begin(&self, question: &Value, facts: &SourceFacts) -> Result<Box<dyn Asking>, AskError> {
        let question: CohortQuestion =
            typed(question, "`perennial ask cohort --sample` shows a question")?;
        Ok(Box::new(progress::Progress::new(plan::Plan::new(question, facts)?)))
    }

    fn explain(&self, question: &Value, facts: &SourceFacts) -> Result<Vec<Statement>, AskError> {
        let question: CohortQuestion =
            typed(question, "`perennial ask cohort --sample` shows a question")?;
        Ok(sql::explain(&plan::Plan::new(question, facts)?)?)
    }

    fn present(&self, answer: &Value) -> Result<Presentation, AskError> {
        let answer: CohortAnswer = serde_json::from_value(answer.clone())
            .map_err(|error| AskError::bad(error.to_string(), "give a cohort answer"))?;
        Ok(present::present(&answer))
    }
}

/// The question asked for its customers and orders alone: no money is added, so that several
/// currencies are no hindrance, and every sum of the answer is nothing.
pub(crate) fn counting(
    question: CohortQuestion,
    facts: &SourceFacts,
) -> Result<Box<dyn Asking>, AskError> {
    let mut plan = plan::Plan::new(question, facts)?;
    plan.adds_money = false;
    Ok(Box::new(progress::Progress::new(plan)))
}

#[cfg(test)]
mod tests;
