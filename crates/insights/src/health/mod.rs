//! Health: how well every customer stands, what has changed, and who is about to leave.
//!
//! "Anna scores 71 of 100: healthy. A week ago it was 78; her events of 30 days fell from 40 to 22.
//! Of customers like her, 9 in 100 leave within 90 days."
//!
//! | word | meaning |
//! |---|---|
//! | dimension | a feature of `customer_table`, which way round it is good, and what it weighs |
//! | family | use, value received, support, sentiment, commercial, relationship |
//! | score | 0 to 100: weighted mean of the ranks of what is known; 50 is middling |
//! | coverage | weight of what is known; below a minimum there is no score |
//! | band | healthy, watch, at risk; left only past a margin, at several dates in a row |
//! | here | a `stays` event within `active_within_days`, and no `leaves` event after it |
//! | left | here at an earlier date, not any more; the score is that of the last date before |
//! | early warning | calibrated probability of leaving within the horizon |
//!
//! ```text
//!   rows ── one scan, many cuts ──▶ Sample ── Ranker ──▶ ranks ── weights ──▶ Scored ── bands, reasons
//!                                     └── past cuts with known outcome ──▶ Warner ──▶ risk, backtest
//! ```
//!
//! What is said of a date is made from events before its end alone, its ranks, weights and bands too;
//! later events never change it. The warning of the last date learns from cuts whose horizon was over
//! by then.
//!
//! Limits. A rank says who stands better, not by how much. Ranks come from the first date with enough
//! customers; a measure nobody had then has no weight. Rows of every date are held in memory, about
//! 300 bytes per customer and date. A customer who was here at none of the dates has no row.

mod answer;
mod daily;
pub mod dimensions;
mod document;
mod judged;
mod people;
mod plan;
mod present;
mod progress;
mod question;
mod ranker;
mod reasons;
mod refusals;
mod scores;
mod tally;
mod train;
mod warning;
mod words;

pub use answer::{
    AlertsAnswer, Backtest, DateAnswer, DimensionAnswer, FamilyAnswer, HealthAnswer, LeadShare,
    LeadTime, MigrationAnswer, ReasonAnswer, RowAnswer, SegmentAnswer, WarningAnswer,
};
pub use question::{
    BandRule, CellRef, HealthQuestion, Learner, Moved, RankedAt, RowOrder, State, WeightsFrom,
};
pub use train::HealthTrainer;

use perennial_engine::source::SourceFacts;
use serde_json::{Value, json};

use crate::insight::{AskError, Asking, Insight, Trainer, typed};
use crate::present::Presentation;
use crate::schema::Shapes;

/// The insight.
#[derive(Debug)]
pub struct Health;

impl Insight for Health {
    fn kind(&self) -> &'static str {
        "health"
    }

    fn summary(&self) -> &'static str {
        "How well every customer stands, 0 to 100, what has changed, and who is about to leave"
    }

    fn summary_zh(&self) -> &'static str {
        "每位客户的健康度（0 至 100）、变化原因，以及谁即将流失"
    }

    fn sample(&self) -> Value {
        json!({"n_dates": 9, "every_days": 7, "horizon_days": 90, "limit": 100})
    }

    fn shapes(&self) -> Shapes {
        Shapes::of::<HealthQuestion, HealthAnswer>()
    }

    fn in_full(&self, question: &mut Value) {
        if let Some(fields) = question.as_object_mut() {
            fields.entry("limit").or_insert(Value::Null);
        }
    }

    fn begin(&self, question: &Value, facts: &SourceFacts) -> Result<Box<dyn Asking>, AskError> {
        let question: HealthQuestion =
            typed(question, "`perennial ask health --sample` shows a question")?;
        let plan = plan::Plan::new(question, facts)?;
        Ok(Box::new(progress::Progress::new(plan, progress::Wanted::Answer)))
    }

    fn trainer(&self) -> Option<&dyn Trainer> {
        Some(&HealthTrainer)
    }

    fn present(&self, answer: &Value) -> Result<Presentation, AskError> {
        let answer: HealthAnswer = serde_json::from_value(answer.clone())
            .map_err(|error| AskError::bad(error.to_string(), "give a health answer"))?;
        Ok(present::present(&answer))
    }
}

#[cfg(test)]
mod tests;
