//! Benchmark: the company's own rates beside those published for an industry.
//!
//! "Of our customers active when May began 71 % still were when it ended; retail is said to keep 60
//! to 80 %: within the band. But the source does not say whether it means months or years."
//!
//! | measure | what it is | whose figure |
//! |---|---|---|
//! | retention_rate | active at the start and at the end ÷ active at the start | `crr`, set form |
//! | churn_rate | active at the start, not at the end ÷ active at the start | `crr` |
//! | next_period_retention | of the customers of a period, those of the next too | `lifecycle` |
//! | new_customer_retention | the same of those who are new in the period | `lifecycle` |
//! | repeat_purchase_rate | customers with two purchases or more ÷ customers with one or more | `cohort` |
//!
//! The figures are those of the insights named, asked side by side in shared scans: of the latest
//! period of the range that is over, the repeat rate of all who first bought in the range. A measure
//! its insight refuses is null with that refusal as its reason; the others stand.
//!
//! A value is below, within or above a band, and `clear` where its interval is so too. Every row is
//! held against the question: length of the period, population, contract or none. What differs, and
//! what the source does not say, is listed beside the row and warned about.
//!
//! Limits. A band is no test: whoever published it counted otherwise, other companies, at another
//! time. Periods of an hour are refused.

mod answer;
mod compare;
mod inner;
mod measured;
mod plan;
mod present;
mod progress;
mod question;
mod sql;
mod words;

pub use answer::{BenchmarkAnswer, MeasureAnswer, PeriodName};
pub use compare::{Comparison, Difference, Standing};
pub use question::{BenchmarkQuestion, CellRef, SetName};

use perennial_engine::source::SourceFacts;
use serde_json::{Value, json};

use crate::insight::{AskError, Asking, Insight, typed};
use crate::present::Presentation;
use crate::schema::Shapes;
use crate::sql::Statement;

/// The insight.
#[derive(Debug)]
pub struct Benchmark;

impl Insight for Benchmark {
    fn kind(&self) -> &'static str {
        "benchmark"
    }

    fn summary(&self) -> &'static str {
        "The company's own retention figures beside those published for an industry"
    }

    fn summary_zh(&self) -> &'static str {
        "本公司的留存数字与行业公布的参考区间对照"
    }

    fn sample(&self) -> Value {
        json!({"period": "month", "active": {"trailing_days": 90}, "industry": "retail"})
    }

    fn shapes(&self) -> Shapes {
        Shapes::of::<BenchmarkQuestion, BenchmarkAnswer>()
    }

    fn begin(&self, question: &Value, facts: &SourceFacts) -> Result<Box<dyn Asking>, AskError> {
        let question: BenchmarkQuestion =
            typed(question, "`perennial ask benchmark --sample` shows a question")?;
        Ok(Box::new(progress::Progress::new(plan::Plan::new(question, facts)?)?))
    }

    fn explain(&self, question: &Value, facts: &SourceFacts) -> Result<Vec<Statement>, AskError> {
        let question: BenchmarkQuestion =
            typed(question, "`perennial ask benchmark --sample` shows a question")?;
        sql::explain(&plan::Plan::new(question, facts)?, facts)
    }

    fn present(&self, answer: &Value) -> Result<Presentation, AskError> {
        let answer: BenchmarkAnswer = serde_json::from_value(answer.clone())
            .map_err(|error| AskError::bad(error.to_string(), "give a benchmark answer"))?;
        Ok(present::present(&answer))
    }
}

#[cfg(test)]
mod tests;
