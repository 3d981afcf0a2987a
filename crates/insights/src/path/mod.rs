//! Path: which ways customers take from, to or between events, and where they are lost.
//!
//! "After looking at a product, half of the sessions go to the cart, a fifth back to the search, a
//! quarter end." Paths begin at the start of a session, at an event (`start`), lead back from one
//! (`end`), or lie between two.
//!
//! ```text
//!   p1  10:00 /  10:07 /about                   1 / → 2 /pricing   2
//!   p2  10:00 /  10:07 /pricing  10:14 /about   1 / → 2 /about     1
//!   p3  10:00 /pricing  10:07 /                 1 /pricing → 2 /   1
//!   p4  10:00 /  10:07 /pricing                 2 /pricing → 3 /about 1
//! ```
//!
//! One path is counted per customer, per session, or per anchor, and every number follows from how
//! many paths end where: at every node of every step, count = gone on + dropped + open + cut +
//! arrived. A path is dropped only where its session or window is over.
//!
//! ```text
//!   rows of a run ── moments ──▶ stops ── walk ──▶ paths ── Trie ──▶ nodes, edges, sequences
//! ```
//!
//! Limits: 12 nodes a path; two million different beginnings of paths, beyond which the question is
//! refused. Times are in whole seconds. A customer with several paths through a node is once in the
//! list behind it, so such a list may be shorter than the number unless customers are counted.

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
mod times;
mod trie;
mod walk;
mod words;

pub use answer::{Difference, EdgeRow, NodeRow, Overall, PathAnswer, SequenceRow};
pub use question::{CellRef, Collapse, Compare, Count, End, Enter, PathQuestion, Preset};

use perennial_engine::source::SourceFacts;
use serde_json::{Value, json};

use crate::insight::{AskError, Asking, Insight, typed};
use crate::present::Presentation;
use crate::schema::Shapes;
use crate::sql::Statement;

/// The insight.
#[derive(Debug)]
pub struct Path;

impl Insight for Path {
    fn kind(&self) -> &'static str {
        "path"
    }

    fn summary(&self) -> &'static str {
        "Which ways customers take from, to or between events, and where they are lost"
    }

    fn summary_zh(&self) -> &'static str {
        "客户在事件之间走哪些路径，又在哪里流失"
    }

    fn sample(&self) -> Value {
        json!({"session": {"gap_minutes": 30}, "steps": 4, "count": "sessions", "top": 6})
    }

    fn shapes(&self) -> Shapes {
        Shapes::of::<PathQuestion, PathAnswer>()
    }

    fn begin(&self, question: &Value, facts: &SourceFacts) -> Result<Box<dyn Asking>, AskError> {
        let question: PathQuestion =
            typed(question, "`perennial ask path --sample` shows a question")?;
        Ok(Box::new(progress::Progress::new(plan::Plan::new(question, facts)?)))
    }

    fn explain(&self, question: &Value, facts: &SourceFacts) -> Result<Vec<Statement>, AskError> {
        let question: PathQuestion =
            typed(question, "`perennial ask path --sample` shows a question")?;
        Ok(sql::explain(&plan::Plan::new(question, facts)?)?)
    }

    fn present(&self, answer: &Value) -> Result<Presentation, AskError> {
        let answer: PathAnswer = serde_json::from_value(answer.clone())
            .map_err(|error| AskError::bad(error.to_string(), "give a path answer"))?;
        Ok(present::present(&answer))
    }
}

#[cfg(test)]
mod tests;
