//! Churn: who leaves, when in the relationship, how much money goes with them, and who comes back.
//!
//! "When June began 100 customers were active. Eight of them were not when it ended: 8 % of the
//! customers and 3 % of the money. Most had come in the month before; two of the eight were back
//! within 60 days."
//!
//! Without a contract a customer is active with an occurrence in the trailing window, and leaves when
//! the window since the last one has passed. With one, an event starts the subscription and another
//! ends it, perhaps with a stated reason.
//!
//! | set of a period | active when it begins | active when it ends |
//! |---|---|---|
//! | at risk | yes | |
//! | churned | yes | no |
//! | new | no: first active in it | yes |
//! | won back | no, but earlier | yes |
//! | passing | no, came and left within it | no |
//!
//! So active at the end = at risk + new + won back − churned, and at risk of a period is active at the
//! end of the one before. Churn rate = churned ÷ at risk, which is 1 − the set form of `crr`. The
//! money of a customer is what they paid in the window before the period begins, or the level of
//! their subscription then. Hazard at an age = churned ÷ at risk of customers of that age, over the
//! periods that are over.
//!
//! Limits. Whoever leaves and is back within one period is kept in it; win-back looks at exact
//! instants and sees that too. Customers are followed until `as_of`: who is not back by then may yet
//! come, so shares within n days are of customers whose n days are over, and the median is that of
//! Kaplan and Meier. Amounts of several currencies are refused until one is chosen.

mod answer;
mod fold;
mod life;
mod members;
mod plan;
mod present;
mod progress;
mod question;
mod shown;
mod sql;
mod tally;
mod tiers;
mod win_back;
mod words;

pub use answer::{AgeAnswer, ChurnAnswer, Difference, Most, Part, PeriodAnswer, Risk, TotalAnswer};
pub use life::State;
pub use question::{Active, CellRef, ChurnQuestion, Of, SetName, Subscription, Tiers, WinBackSet};
pub use win_back::{WinBackAnswer, Within};

use perennial_engine::source::SourceFacts;
use serde_json::{Value, json};

use crate::insight::{AskError, Asking, Insight, typed};
use crate::present::Presentation;
use crate::schema::Shapes;
use crate::sql::Statement;

/// The insight.
#[derive(Debug)]
pub struct Churn;

impl Insight for Churn {
    fn kind(&self) -> &'static str {
        "churn"
    }

    fn summary(&self) -> &'static str {
        "Who leaves, when in the relationship, how much money goes with them, and who comes back"
    }

    fn summary_zh(&self) -> &'static str {
        "谁流失、在客户关系的什么阶段流失、带走多少金额，又有谁被召回"
    }

    fn sample(&self) -> Value {
        json!({"period": "month", "active": {"trailing_days": 90}, "population": "buyers"})
    }

    fn shapes(&self) -> Shapes {
        Shapes::of::<ChurnQuestion, ChurnAnswer>()
    }

    fn begin(&self, question: &Value, facts: &SourceFacts) -> Result<Box<dyn Asking>, AskError> {
        let question: ChurnQuestion =
            typed(question, "`perennial ask churn --sample` shows a question")?;
        Ok(Box::new(progress::Progress::new(plan::Plan::new(question, facts)?)))
    }

    fn explain(&self, question: &Value, facts: &SourceFacts) -> Result<Vec<Statement>, AskError> {
        let question: ChurnQuestion =
            typed(question, "`perennial ask churn --sample` shows a question")?;
        Ok(sql::explain(&plan::Plan::new(question, facts)?)?)
    }

    fn present(&self, answer: &Value) -> Result<Presentation, AskError> {
        let answer: ChurnAnswer = serde_json::from_value(answer.clone())
            .map_err(|error| AskError::bad(error.to_string(), "give a churn answer"))?;
        Ok(present::present(&answer))
    }
}

#[cfg(test)]
mod tests;
