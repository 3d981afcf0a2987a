//! Stickiness: on how many days, weeks or months customers are there, and how regularly.
//!
//! "Of the 200 customers of these ten days 50 came on one day only, and 3 on all ten. On a usual day
//! a fifth of the customers of the last 30 days is there. Half of those who come again do so after
//! three days."
//!
//! * **Active periods.** A customer is active in a period with at least `min_occurrences` in it.
//!   Exactly n and at least n periods are shares of the customers active in at least one.
//! * **Day, week, month.** DAU, WAU and MAU of a day are the customers with an occurrence on it, in
//!   the 7 and in the 30 civil days that end with it. The ratios of the whole range are sums of days
//!   over sums of days (Σ DAU ÷ Σ MAU), of the days that are final.
//! * **Gaps** are differences between neighbouring active periods, in periods. A customer with at
//!   least two gaps is `regular` when their standard deviation is less than half their mean, `loose`
//!   when it is less than the mean, else `irregular` (population standard deviation; a customer who
//!   comes at random, with exponential gaps, has a ratio of about 1).
//!
//! Limits. What lies outside the range is seen by WAU and MAU of its first days only, so gaps that
//! reach over its ends are not counted: long gaps are seen less often than they occur. A range that
//! is not over can still add active periods.

mod answer;
mod fold;
mod members;
mod plan;
mod present;
mod progress;
mod question;
mod series;
mod sql;
mod tally;
mod words;

pub use answer::{DayAnswer, GapsAnswer, GroupAnswer, Point, Ratios, StickinessAnswer};
pub use question::{CellRef, DaySet, Regularity, StickinessQuestion};

use perennial_engine::source::SourceFacts;
use serde_json::{Value, json};

use crate::insight::{AskError, Asking, Insight, typed};
use crate::present::Presentation;
use crate::schema::Shapes;
use crate::series::Series;
use crate::sql::Statement;

/// The insight.
#[derive(Debug)]
pub struct Stickiness;

impl Insight for Stickiness {
    fn kind(&self) -> &'static str {
        "stickiness"
    }

    fn summary(&self) -> &'static str {
        "On how many days, weeks or months customers are there, and how regularly"
    }

    fn summary_zh(&self) -> &'static str {
        "客户在多少天、多少周或多少个月里活跃，有多规律"
    }

    fn sample(&self) -> Value {
        json!({"period": "week", "min_occurrences": 1, "population": "everyone"})
    }

    fn shapes(&self) -> Shapes {
        Shapes::of::<StickinessQuestion, StickinessAnswer>()
    }

    fn begin(&self, question: &Value, facts: &SourceFacts) -> Result<Box<dyn Asking>, AskError> {
        let question: StickinessQuestion =
            typed(question, "`perennial ask stickiness --sample` shows a question")?;
        Ok(Box::new(progress::Progress::new(plan::Plan::new(question, facts)?)))
    }

    fn series(&self, answer: &Value) -> Result<Option<Vec<Series>>, AskError> {
        let answer: StickinessAnswer = serde_json::from_value(answer.clone())
            .map_err(|error| AskError::bad(error.to_string(), "give a stickiness answer"))?;
        Ok(Some(series::series(&answer)))
    }

    fn explain(&self, question: &Value, facts: &SourceFacts) -> Result<Vec<Statement>, AskError> {
        let question: StickinessQuestion =
            typed(question, "`perennial ask stickiness --sample` shows a question")?;
        Ok(sql::explain(&plan::Plan::new(question, facts)?)?)
    }

    fn present(&self, answer: &Value) -> Result<Presentation, AskError> {
        let answer: StickinessAnswer = serde_json::from_value(answer.clone())
            .map_err(|error| AskError::bad(error.to_string(), "give a stickiness answer"))?;
        Ok(present::present(&answer))
    }
}

#[cfg(test)]
mod tests;
