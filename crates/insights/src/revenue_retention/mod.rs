//! Revenue retention: how much of the money of one period is still there in a later one.
//!
//! "In April 100 customers paid 100,000. In May ten of them paid nothing, which loses 17,000; others
//! paid 3,000 more than in April: 83 % of the money was kept, 86 % with what grew."
//!
//! A customer's money in a period is what was paid less what was refunded in it, never below 0; or,
//! where money recurs, the level that holds when the period ends. Every customer with money in the
//! base period or in the period itself is on exactly one line:
//!
//! | line | base | period | its amount |
//! |---|---|---|---|
//! | churned | some | none | base |
//! | contraction | some | less | base − period |
//! | unchanged | some | the same | 0 |
//! | expansion | some | more | period − base |
//! | reactivation | none, but earlier | some | period |
//! | new | none, never before the base ended | some | period |
//!
//! So money of the period = base − churned − contraction + expansion + reactivation + new, exactly.
//! GRR = (base − churned − contraction) ÷ base, at most 1; NRR adds expansion. New and reactivated
//! money is in neither.
//!
//! Limits. Customers whose refunds exceed what they paid in a period stand at 0 in it; the amounts
//! below 0 are told apart, so that the sum of the ledger can be had back. Refunds of customers who
//! never bought are passed over. Amounts of several currencies are refused until one is chosen.

mod answer;
mod flow;
mod fold;
mod members;
mod plan;
mod present;
mod progress;
mod question;
mod sql;
mod tally;
mod words;

pub use answer::{BelowZero, Overall, PeriodAnswer, RevenueRetentionAnswer, Side};
pub use flow::Line;
pub use question::{CellRef, Compare, Recurring, RevenueRetentionQuestion, SetName};

use perennial_engine::source::SourceFacts;
use serde_json::{Value, json};

use crate::insight::{AskError, Asking, Insight, typed};
use crate::present::Presentation;
use crate::schema::Shapes;
use crate::sql::Statement;

/// The insight.
#[derive(Debug)]
pub struct RevenueRetention;

impl Insight for RevenueRetention {
    fn kind(&self) -> &'static str {
        "revenue_retention"
    }

    fn summary(&self) -> &'static str {
        "How much of the money of one period is still there in a later one, and what grew or left"
    }

    fn summary_zh(&self) -> &'static str {
        "上一期的收入有多少留到本期，哪些增长、哪些流失"
    }

    fn sample(&self) -> Value {
        json!({"period": "month", "compare": "previous", "population": "buyers"})
    }

    fn shapes(&self) -> Shapes {
        Shapes::of::<RevenueRetentionQuestion, RevenueRetentionAnswer>()
    }

    fn begin(&self, question: &Value, facts: &SourceFacts) -> Result<Box<dyn Asking>, AskError> {
        let question: RevenueRetentionQuestion =
            typed(question, "`perennial ask revenue_retention --sample` shows a question")?;
        Ok(Box::new(progress::Progress::new(plan::Plan::new(question, facts)?)))
    }

    fn explain(&self, question: &Value, facts: &SourceFacts) -> Result<Vec<Statement>, AskError> {
        let question: RevenueRetentionQuestion =
            typed(question, "`perennial ask revenue_retention --sample` shows a question")?;
        Ok(sql::explain(&plan::Plan::new(question, facts)?)?)
    }

    fn present(&self, answer: &Value) -> Result<Presentation, AskError> {
        let answer: RevenueRetentionAnswer = serde_json::from_value(answer.clone())
            .map_err(|error| AskError::bad(error.to_string(), "give a revenue_retention answer"))?;
        Ok(present::present(&answer))
    }
}

#[cfg(test)]
mod tests;
