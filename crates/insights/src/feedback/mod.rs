//! Feedback: what customers say of us, how sure that is, and whether it goes with staying.
//!
//! "Of the 1,000 who answered this quarter 500 are promoters and 300 detractors: a score of 20, most
//! likely between 15 and 25. Of the promoters 62 % have bought again within 90 days, of the
//! detractors 31 %. Who answered had bought twice as often as who did not."
//!
//! | metric | scale | classes | score |
//! |---|---|---|---|
//! | `nps` | 0–10 | promoters 9–10, passives 7–8, detractors 0–6 | 100 × (promoters − detractors) ÷ votes |
//! | `csat` | 1–5 | satisfied 4–5, neutral 3, dissatisfied 1–2 | 100 × satisfied ÷ votes |
//! | `ces` | 1–7 | easy 5–7, neutral 4, hard 1–3 | 100 × easy ÷ votes |
//!
//! A wave is a period, or what a field names; a customer has one vote in it, and one in the whole
//! range. The classes add up to the votes. Rows whose score is none of the scale are counted, warned
//! of, and no votes.
//!
//! F. F. Reichheld (2003), "The one number you need to grow", Harvard Business Review 81(12), 46–54.
//!
//! Limits. Whoever was not asked is in no response rate, but their vote counts. Comparing who
//! answered with who did not shows a bias; it does not mend it.

mod answer;
mod fold;
mod plan;
mod present;
mod progress;
mod question;
mod rows;
mod sql;
mod tally;
mod words;

pub use answer::{
    ClassAnswer, Compared, Dropped, FeedbackAnswer, Figures, GroupAnswer, IntervalAnswer,
    Responses, Side, Stayed, WaveAnswer,
};
pub use question::{CellRef, FeedbackQuestion, Metric, Retained, Scale, Vote};

use perennial_engine::source::SourceFacts;
use serde_json::{Value, json};

use crate::insight::{AskError, Asking, Insight, typed};
use crate::present::Presentation;
use crate::schema::Shapes;
use crate::sql::Statement;

/// The insight.
#[derive(Debug)]
pub struct Feedback;

impl Insight for Feedback {
    fn kind(&self) -> &'static str {
        "feedback"
    }

    fn summary(&self) -> &'static str {
        "What customers say of us (NPS, CSAT, CES), how sure that is, and whether it goes with staying"
    }

    fn summary_zh(&self) -> &'static str {
        "客户评价（NPS、CSAT、CES）、其可信程度，以及与留存的关系"
    }

    fn sample(&self) -> Value {
        json!({"metric": "nps", "period": "quarter", "retained": {"return": {"event": "order"}, "within": {"days": 90}}})
    }

    fn shapes(&self) -> Shapes {
        Shapes::of::<FeedbackQuestion, FeedbackAnswer>()
    }

    fn begin(&self, question: &Value, facts: &SourceFacts) -> Result<Box<dyn Asking>, AskError> {
        let question: FeedbackQuestion =
            typed(question, "`perennial ask feedback --sample` shows a question")?;
        Ok(Box::new(progress::Progress::new(plan::Plan::new(question, facts)?)))
    }

    fn explain(&self, question: &Value, facts: &SourceFacts) -> Result<Vec<Statement>, AskError> {
        let question: FeedbackQuestion =
            typed(question, "`perennial ask feedback --sample` shows a question")?;
        Ok(sql::explain(&plan::Plan::new(question, facts)?, facts)?)
    }

    fn present(&self, answer: &Value) -> Result<Presentation, AskError> {
        let answer: FeedbackAnswer = serde_json::from_value(answer.clone())
            .map_err(|error| AskError::bad(error.to_string(), "give a feedback answer"))?;
        Ok(present::present(&answer))
    }
}

#[cfg(test)]
mod tests;
