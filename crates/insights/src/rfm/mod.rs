//! RFM: how recently, how often and for how much every customer has bought, scored and named.
//!
//! "Anna bought three days ago, twenty times, for 4,000 in all: 555, a champion. Bert used to buy as
//! often but has not been here for half a year: 155, one we cannot lose."
//!
//! | letter | measure | better is |
//! |---|---|---|
//! | R | civil days from the last purchase to the reference date | fewer |
//! | F | purchases, or civil days with one | more |
//! | M | money of the purchases less refunds, as a sum or per purchase | more |
//!
//! Every measure is cut into scores by one rule: a score begins at a lower bound, and the bounds are
//! shown with the answer. They come from quantiles, from a split at the mean or the median, or from
//! the question. Customers with the same value share a score, unless `ties: first` breaks ties by
//! the id customers are known by outside; then bounds alone do not tell the score of the values that stand on them.
//!
//! ```text
//!   rows of a run ── fold ──▶ last day, purchases, money per reference date ── all buckets ──▶ Book
//!   Book ── score ──▶ scores ── naming ──▶ classes, cells ── Pareto, tiers, migration
//! ```
//!
//! Limits. Only buyers have a score: who bought nothing in the window is not there, which a
//! migration calls `none`. Order lines that share an id are one purchase at their earliest instant,
//! worth the sum of all lines known; a refund counts at its own instant. Amounts of several
//! currencies are refused until one is chosen.

mod answer;
mod book;
mod fold;
mod migration;
mod naming;
mod plan;
mod present;
mod progress;
mod question;
mod score;
mod sql;
mod tiers;
mod words;

pub use answer::{
    CellAnswer, ClassAnswer, CutoffsAnswer, Figures, GroupAnswer, MigrationAnswer, ParetoAnswer,
    RfmAnswer, TierDate, TiersAnswer,
};
pub use question::{
    CellRef, Classes, Cutoffs, Frequency, Measure, Migration, MigrationCell, MigrationCutoffs,
    Refunds, RfmQuestion, Scoring, TierName, Tiers, Ties,
};

use perennial_engine::source::SourceFacts;
use serde_json::{Value, json};

use crate::insight::{AskError, Asking, Insight, typed};
use crate::present::Presentation;
use crate::schema::Shapes;
use crate::sql::Statement;

/// The insight.
#[derive(Debug)]
pub struct Rfm;

impl Insight for Rfm {
    fn kind(&self) -> &'static str {
        "rfm"
    }

    fn summary(&self) -> &'static str {
        "How recently, how often and for how much every customer has bought, scored and named"
    }

    fn summary_zh(&self) -> &'static str {
        "每位客户最近何时购买、买过几次、消费多少，评分并归类"
    }

    fn sample(&self) -> Value {
        json!({"scoring": "quantile", "bins": 5, "classes": "rfm11", "population": "buyers"})
    }

    fn shapes(&self) -> Shapes {
        Shapes::of::<RfmQuestion, RfmAnswer>()
    }

    fn needs_order(&self, question: &Value) -> bool {
        question.get("ties").is_some_and(|ties| *ties == json!(Ties::First))
    }

    fn begin(&self, question: &Value, facts: &SourceFacts) -> Result<Box<dyn Asking>, AskError> {
        let question: RfmQuestion =
            typed(question, "`perennial ask rfm --sample` shows a question")?;
        Ok(Box::new(progress::Progress::new(plan::Plan::new(question, facts)?)))
    }

    fn explain(&self, question: &Value, facts: &SourceFacts) -> Result<Vec<Statement>, AskError> {
        let question: RfmQuestion =
            typed(question, "`perennial ask rfm --sample` shows a question")?;
        Ok(sql::explain(&plan::Plan::new(question, facts)?)?)
    }

    fn present(&self, answer: &Value) -> Result<Presentation, AskError> {
        let answer: RfmAnswer = serde_json::from_value(answer.clone())
            .map_err(|error| AskError::bad(error.to_string(), "give an rfm answer"))?;
        Ok(present::present(&answer))
    }
}

#[cfg(test)]
mod tests;
