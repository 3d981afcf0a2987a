//! Customer retention rate: of the customers active at the start of a period, how many still are.
//!
//! "100 customers were active when May began, 110 when it ended; 30 of those were acquired in May:
//! the classic rate is (110 − 30) ÷ 100 = 80 %." But 10 of the 110 had lapsed before May and came
//! back: only 70 of the 100 stayed, so the rate by sets is 70 %, and both are shown with the reason.
//!
//! | letter | who |
//! |---|---|
//! | S | active when the period begins |
//! | E | active when it ends: kept + N + won back |
//! | N | acquired in the period and active when it ends |
//! | kept, lost | those of S who are, or are not, active when it ends |
//! | won back | active when it ends, not when it begins, and acquired earlier |
//!
//! classic = (E − N) ÷ S; set = kept ÷ S; churn = 1 − set; classic − set = won back ÷ S. A rate of
//! nobody is null with a reason, never 0 or 1. A customer acquired and gone within the period is in
//! none of the sets; `acquired` counts everybody acquired.
//!
//! Who is active at an instant T: whoever purchased in the trailing window `[T − W, T)` (population
//! `everyone`: had any event there), W being the 90th percentile of the gaps between purchases
//! unless said; or whose latest subscription event before T is a start. Rows of one order are one
//! occurrence at their earliest instant.
//!
//! ```text
//!   rows of a run ── reading ──▶ Life (boundaries at which active, birth) ──▶ Sink: tally │ members
//! ```
//!
//! Limits. A period that is not over counts what is known, so it can still change and is not
//! `complete`. Within W of the first event S cannot be known whole: such periods carry the flag
//! `history_too_short`. A window measured from the data moves with them: such a definition is not
//! `closed`; give `active.trailing_days` to fix it. With attribution at the present, or for net
//! buyers, any later event may change any period, so none is ever `complete`. Rates of single
//! periods do not multiply to the overall one, which has its own S.

mod answer;
mod fold;
mod life;
mod members;
mod plan;
mod present;
mod progress;
mod question;
mod reading;
mod series;
mod sql;
mod tally;
mod words;

pub use answer::{ActiveAnswer, CrrAnswer, Rates};
pub(crate) use plan::{DAY, Window, measured, window_of};
pub use question::{Active, By, CellRef, CrrQuestion, SetName, Subscription};
pub(crate) use words::{days, thousands};

use perennial_engine::source::SourceFacts;
use serde_json::{Value, json};

use crate::insight::{AskError, Asking, Insight, typed};
use crate::present::Presentation;
use crate::schema::Shapes;
use crate::series::Series;
use crate::sql::Statement;

/// The insight.
#[derive(Debug)]
pub struct Crr;

impl Insight for Crr {
    fn kind(&self) -> &'static str {
        "crr"
    }

    fn summary(&self) -> &'static str {
        "Of the customers active when a period begins, how many still are when it ends"
    }

    fn summary_zh(&self) -> &'static str {
        "期初活跃的客户中，期末仍活跃的有多少"
    }

    fn sample(&self) -> Value {
        json!({
            "period": "month", "active": {"trailing_days": 90}, "population": "buyers",
            "by": "all", "industry": "retail"
        })
    }

    fn shapes(&self) -> Shapes {
        Shapes::of::<CrrQuestion, CrrAnswer>()
    }

    fn begin(&self, question: &Value, facts: &SourceFacts) -> Result<Box<dyn Asking>, AskError> {
        let question: CrrQuestion =
            typed(question, "`perennial ask crr --sample` shows a question")?;
        Ok(Box::new(progress::Progress::new(plan::Plan::new(question, facts)?)))
    }

    fn series(&self, answer: &Value) -> Result<Option<Vec<Series>>, AskError> {
        let answer: CrrAnswer = serde_json::from_value(answer.clone())
            .map_err(|error| AskError::bad(error.to_string(), "give a crr answer"))?;
        Ok(Some(series::series(&answer)))
    }

    fn explain(&self, question: &Value, facts: &SourceFacts) -> Result<Vec<Statement>, AskError> {
        let question: CrrQuestion =
            typed(question, "`perennial ask crr --sample` shows a question")?;
        Ok(sql::explain(&plan::Plan::new(question, facts)?)?)
    }

    fn present(&self, answer: &Value) -> Result<Presentation, AskError> {
        let answer: CrrAnswer = serde_json::from_value(answer.clone())
            .map_err(|error| AskError::bad(error.to_string(), "give a crr answer"))?;
        Ok(present::present(&answer))
    }
}

#[cfg(test)]
mod tests;
