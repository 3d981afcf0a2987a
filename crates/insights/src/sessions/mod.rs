//! Sessions: how many, how long, how deep, where they begin and end, and which first ones go with
//! staying.
//!
//! "Of 4,000 sessions 38 % were a single event. Who searched in the first session came back within
//! 30 days half again as often as everybody: lift 1.5, p < 0.001."
//!
//! ```text
//!   anna  10:00 view  10:10 search | three days later  view     2 sessions; searched, came back
//!   bert  10:00 view                                            1 session, a bounce; did not
//! ```
//!
//! Sessions are cut when the question is asked, by a silence, an event or a field. Those that may
//! still go on are counted, but are in no length, depth, bounce or exit. Behaviours are those of
//! the first session ever, of customers whose horizon is over.
//!
//! Limits: a session that no silence ends (by an event, by a field) is over after a day without an
//! event. Lengths are in whole seconds. What goes together with staying need not be why.

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
mod visit;
mod words;

pub use answer::{
    Behaviour, EntryRow, ExitRow, FirstSessions, Overall, PerCustomer, SessionsAnswer, TrendRow,
};
pub use question::{CellRef, Retained, SessionsQuestion};

use perennial_engine::source::SourceFacts;
use serde_json::{Value, json};

use crate::insight::{AskError, Asking, Insight, typed};
use crate::present::Presentation;
use crate::schema::Shapes;
use crate::series::Series;
use crate::sql::Statement;

/// The insight.
#[derive(Debug)]
pub struct Sessions;

impl Insight for Sessions {
    fn kind(&self) -> &'static str {
        "sessions"
    }

    fn summary(&self) -> &'static str {
        "How many sessions, how long and deep, and which first ones go with staying"
    }

    fn summary_zh(&self) -> &'static str {
        "会话有多少、多长、多深，哪些首次会话与留下相伴"
    }

    fn sample(&self) -> Value {
        json!({
            "session": {"gap_minutes": 30},
            "retained": {"return": {"event": "*"}, "after": {"days": 1}, "within": {"days": 30}}
        })
    }

    fn shapes(&self) -> Shapes {
        Shapes::of::<SessionsQuestion, SessionsAnswer>()
    }

    fn begin(&self, question: &Value, facts: &SourceFacts) -> Result<Box<dyn Asking>, AskError> {
        let question: SessionsQuestion =
            typed(question, "`perennial ask sessions --sample` shows a question")?;
        Ok(Box::new(progress::Progress::new(plan::Plan::new(question, facts)?)))
    }

    fn series(&self, answer: &Value) -> Result<Option<Vec<Series>>, AskError> {
        let answer: SessionsAnswer = serde_json::from_value(answer.clone())
            .map_err(|error| AskError::bad(error.to_string(), "give a sessions answer"))?;
        Ok(series::series(&answer))
    }

    fn explain(&self, question: &Value, facts: &SourceFacts) -> Result<Vec<Statement>, AskError> {
        let question: SessionsQuestion =
            typed(question, "`perennial ask sessions --sample` shows a question")?;
        Ok(sql::explain(&plan::Plan::new(question, facts)?)?)
    }

    fn present(&self, answer: &Value) -> Result<Presentation, AskError> {
        let answer: SessionsAnswer = serde_json::from_value(answer.clone())
            .map_err(|error| AskError::bad(error.to_string(), "give a sessions answer"))?;
        Ok(present::present(&answer))
    }
}

#[cfg(test)]
mod tests;
