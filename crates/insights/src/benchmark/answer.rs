//! The answer: every rate with its numbers, and the bands it is held against.

use perennial_types::question::{Definition, Warning};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::compare::{Comparison, compared};
use super::measured::{Missing, Rate};
use super::plan::Plan;
use super::question::BenchmarkQuestion;
use super::words;
use crate::benchmarks::Measure;
use crate::interval::wilson;
use crate::retention::Members;

/// A benchmark answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BenchmarkAnswer {
    /// `benchmark`.
    pub kind: String,
    /// The rates, in the order of the question.
    pub measures: Vec<MeasureAnswer>,
    /// What exactly was computed.
    pub definition: Definition,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
    /// The customers of the number that was asked for.
    #[schema(required)]
    pub customers: Option<Members>,
    /// The question, every default filled in.
    pub question: BenchmarkQuestion,
}

/// One rate and the bands it is held against.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = BenchmarkMeasureAnswer)]
pub struct MeasureAnswer {
    /// Which.
    pub measure: Measure,
    /// Its name in English.
    pub en: String,
    /// 中文名称。
    pub zh: String,
    /// Who is counted; null where there is no rate.
    #[schema(required)]
    pub customers: Option<u64>,
    /// Out of whom; likewise.
    #[schema(required)]
    pub of: Option<u64>,
    /// Customers ÷ of; null of nobody.
    #[schema(required)]
    pub value: Option<f64>,
    /// Wilson's interval of it at 95 %.
    #[schema(required)]
    pub interval: Option<(f64, f64)>,
    /// The period it is of.
    #[schema(required)]
    pub period: Option<PeriodName>,
    /// Whether it is final.
    pub complete: bool,
    /// Marks of the insight it comes from, `history_too_short` for one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
    /// Code of why there is no value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The same as a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason_en: Option<String>,
    /// 没有数值的原因。
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason_zh: Option<String>,
    /// The bands of the measure.
    pub comparisons: Vec<Comparison>,
}

/// A period by its dates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = BenchmarkPeriod)]
pub struct PeriodName {
    /// First civil date.
    pub start: String,
    /// First civil date after it.
    pub end: String,
    /// What it is called.
    pub label: String,
}

impl Plan {
    /// A rate beside the bands of its measure.
    pub fn measure(&self, measure: Measure, rate: Result<Rate, Missing>) -> MeasureAnswer {
        let (rate, missing) = match rate {
            Ok(rate) if rate.of == 0 => (Some(rate), Some(nobody())),
            Ok(rate) => (Some(rate), None),
            Err(missing) => (None, Some(missing)),
        };
        let counts = rate.as_ref().map(|rate| (rate.customers, rate.of));
        let value = counts.filter(|(_, of)| *of > 0).map(|(part, of)| part as f64 / of as f64);
        let interval = counts.and_then(|(part, of)| wilson(part, of));
        let name = words::measure(measure);
        let (reason, sentences) = missing.map(|(code, en, zh)| (code, (en, zh))).unzip();
        let (reason_en, reason_zh) = sentences.unzip();
        let rows = self.rows.iter().filter(|row| row.measure == measure);
        MeasureAnswer {
            measure,
            en: name.en,
            zh: name.zh,
            customers: counts.map(|(part, _)| part),
            of: counts.map(|(_, of)| of),
            value,
            interval,
            comparisons: rows.map(|row| compared(&self.question, row, value, interval)).collect(),
            complete: rate.as_ref().is_some_and(|rate| rate.complete),
            flags: rate.as_ref().map(|rate| rate.flags.clone()).unwrap_or_default(),
            period: rate.and_then(|rate| rate.period),
            reason,
            reason_en,
            reason_zh,
        }
    }
}

fn nobody() -> Missing {
    let (en, zh) = ("there is nobody the rate could be of", "没有可作分母的客户");
    ("no_customers".to_owned(), en.to_owned(), zh.to_owned())
}
