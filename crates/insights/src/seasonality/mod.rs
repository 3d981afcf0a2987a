//! Seasonality: what a number per period is made of, what holidays do to it, and where it changed.
//!
//! "Orders grow by 2 % a month; Saturdays are 30 % above the week, 11.11 is four times a usual
//! Monday, and since 12 May there are 15 % fewer than the line before promised."
//!
//! | term | what it is |
//! |---|---|
//! | series | a measure (`orders`, `revenue` …) or a number of another kind (`crr`), one per period; only periods that are final, from the first to the last known number |
//! | trend, seasonal, remainder | STL, or MSTL for several seasons; observed = trend + seasonal + remainder, or their product |
//! | adjusted | observed without the seasonal part: the seasonally adjusted retention rate, for one |
//! | index | the classical index: how far a weekday or month lies from the average around it |
//! | holiday | its days are hidden from the fit, and compared with what trend and season promise |
//! | year over year | against 364 days earlier, so that weekdays agree; months against months |
//! | change | where the adjusted series leaves its line, by PELT with a penalty that knows the noise |
//!
//! Limits. The ends of a trend are revised as the series goes on. A season needs two whole cycles,
//! else the refusal `series_too_short`. A place of the season of 24 hours is a place in elapsed
//! hours: where clocks change it shifts by one. Weeks are 52 to a year. Intervals of holiday
//! effects take days for independent.

mod analysis;
mod answer;
mod check;
mod fold;
mod index;
mod inner;
mod movement;
mod plan;
mod present;
mod progress;
mod question;
mod special;
mod sql;
mod tally;
mod words;

pub use answer::{
    ChangeRow, ChangesAnswer, EffectAnswer, HolidayRow, HolidaysAnswer, IndexPlace, IndexTable,
    LeftOut, Occurrence, PointAnswer, SeasonalityAnswer, SeriesAnswer, Strength, YearOverYear,
    YearRow,
};
pub use question::{CellRef, ChangeRule, Form, Measure, Of, Season, SeasonalityQuestion, Shape};

use perennial_engine::source::SourceFacts;
use serde_json::{Value, json};

use crate::insight::{AskError, Asking, Insight, typed};
use crate::present::Presentation;
use crate::schema::Shapes;
use crate::sql::{Statement, unsaid};

/// The name of the kind.
const KIND: &str = "seasonality";

/// The insight.
#[derive(Debug)]
pub struct Seasonality;

impl Insight for Seasonality {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn summary(&self) -> &'static str {
        "What a number per period is made of: trend, season, holidays, and where it changed"
    }

    fn summary_zh(&self) -> &'static str {
        "各周期的数值由什么构成：趋势、季节、节日，以及在何处发生变化"
    }

    fn sample(&self) -> Value {
        json!({"of": {"measure": "orders"}, "period": "day"})
    }

    fn shapes(&self) -> Shapes {
        Shapes::of::<SeasonalityQuestion, SeasonalityAnswer>()
    }

    fn begin(&self, question: &Value, facts: &SourceFacts) -> Result<Box<dyn Asking>, AskError> {
        let read: SeasonalityQuestion =
            typed(question, "`perennial ask seasonality --sample` shows a question")?;
        Ok(Box::new(progress::Progress::new(question, read, facts)?))
    }

    fn explain(&self, question: &Value, facts: &SourceFacts) -> Result<Vec<Statement>, AskError> {
        let mut question: SeasonalityQuestion =
            typed(question, "`perennial ask seasonality --sample` shows a question")?;
        check::check(&question)?;
        let Some(measure) = check::measure(&question)? else {
            return Err(unsaid(
                "the series of another kind",
                "ask for the SQL of the question in `of`",
                "以另一类提问为序列的分析",
                "请查看 `of` 中提问的 SQL",
            )
            .into());
        };
        question.of.measure = Some(measure);
        Ok(sql::explain(&plan::Plan::new(question, measure, facts)?)?)
    }

    fn present(&self, answer: &Value) -> Result<Presentation, AskError> {
        let answer: SeasonalityAnswer = serde_json::from_value(answer.clone())
            .map_err(|error| AskError::bad(error.to_string(), "give a seasonality answer"))?;
        Ok(present::present(&answer))
    }
}

#[cfg(test)]
mod tests;
