//! Churn risk: who will leave within the horizon, how surely, why, and what is at stake.
//!
//! "Of the 4,210 customers at risk today about 610 will not order within 90 days. Anna is one of them
//! with 71 %: she has not ordered for 62 days, 2.9 of her usual gaps. She brought 840 EUR last year."
//!
//! | number | definition |
//! |---|---|
//! | at risk | customers with a `stays` event in the last `active_within_days` days up to the date |
//! | leaves | no `stays` event in (date + embargo, date + horizon]; with `leaves`, such an event in it |
//! | probability | of the chosen learner, calibrated on a later cut than it learnt from |
//! | expected leavers | the sum of the probabilities |
//! | value at risk | probability × money of the 365 days up to the date, summed |
//! | lift of the top tenth | how many times more often those with the highest tenth of risks left |
//!
//! ```text
//!   one scan ──▶ past cuts: features, labels ──▶ backtest ──▶ best learner ──▶ train, calibrate
//!           └──▶ the last known date: features ─────────────────────────────────────▶ risk, reasons
//! ```
//!
//! A question trains by itself, on past cuts read in the same scan; with `model`, a document that
//! [`Trainer::train`] wrote, nothing is trained.
//!
//! Limits. Probabilities hold while things go on as they went; drift says when they do not. Reasons say
//! what the model goes by, not what causes leaving: an experiment tells that. Refused: fewer than
//! [`LEAST_ROWS`] customers of either fate, fewer than two past cuts.

mod answer;
mod plan;
mod present;
mod progress;
mod question;
mod scoring;
mod words;

pub use answer::{ChurnRiskAnswer, DecileAnswer, RowAnswer};
pub use plan::LEAST_ROWS;
pub use question::{CellRef, ChurnRiskQuestion};

use perennial_engine::source::SourceFacts;
use serde_json::{Value, json};

use crate::insight::{AskError, Asking, Insight, Trainer, typed};
use crate::present::Presentation;
use crate::schema::Shapes;

/// The kind.
pub(crate) const KIND: &str = "churn_risk";

/// The insight.
#[derive(Debug)]
pub struct ChurnRisk;

impl Insight for ChurnRisk {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn summary(&self) -> &'static str {
        "Who will leave within the horizon, how surely, why, and what is at stake"
    }

    fn summary_zh(&self) -> &'static str {
        "哪些客户将在观察期内流失、概率多大、原因何在、涉及多少金额"
    }

    fn sample(&self) -> Value {
        json!({"horizon_days": 30, "limit": 100})
    }

    fn shapes(&self) -> Shapes {
        Shapes::of::<ChurnRiskQuestion, ChurnRiskAnswer>()
    }

    fn in_full(&self, question: &mut Value) {
        if let Some(fields) = question.as_object_mut() {
            fields.entry("limit").or_insert(Value::Null);
        }
    }

    fn begin(&self, question: &Value, facts: &SourceFacts) -> Result<Box<dyn Asking>, AskError> {
        Ok(Box::new(progress::Progress::new(plan::Plan::new(read(question)?, facts)?)))
    }

    fn trainer(&self) -> Option<&dyn Trainer> {
        Some(self)
    }

    fn present(&self, answer: &Value) -> Result<Presentation, AskError> {
        let answer: ChurnRiskAnswer = serde_json::from_value(answer.clone())
            .map_err(|error| AskError::bad(error.to_string(), "give a churn_risk answer"))?;
        Ok(present::present(&answer))
    }
}

impl Trainer for ChurnRisk {
    fn train(&self, question: &Value, facts: &SourceFacts) -> Result<Box<dyn Asking>, AskError> {
        Ok(Box::new(scoring::Training::new(plan::Plan::past(read(question)?, facts)?)))
    }

    fn score(
        &self,
        document: &Value,
        question: &Value,
        facts: &SourceFacts,
    ) -> Result<Box<dyn Asking>, AskError> {
        let mut asked = question.clone();
        if let Some(fields) = asked.as_object_mut() {
            fields.insert("model".to_owned(), document.clone());
        }
        Ok(Box::new(scoring::Scoring::new(plan::Plan::new(read(&asked)?, facts)?)?))
    }
}

fn read(question: &Value) -> Result<ChurnRiskQuestion, AskError> {
    typed(question, "`perennial ask churn_risk --sample` shows a question")
}

#[cfg(test)]
mod tests;
