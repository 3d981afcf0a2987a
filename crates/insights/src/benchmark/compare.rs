//! A rate held against a band, and how far the two mean the same.

use perennial_types::calendar::Unit;
use perennial_types::question::Population;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::question::BenchmarkQuestion;
use crate::benchmarks::{Benchmark, Measure};

/// A rate held against one band.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = BandComparison)]
pub struct Comparison {
    /// The band.
    pub row: Benchmark,
    /// Where the value stands to it; null without a value.
    #[schema(required)]
    pub standing: Option<Standing>,
    /// Whether the whole interval of the value stands there; null without a value.
    #[schema(required)]
    pub clear: Option<bool>,
    /// How far the value is from the nearer end, as a share; 0 within, null without a value.
    #[schema(required)]
    pub distance: Option<f64>,
    /// What is defined otherwise, or not said.
    pub differences: Vec<Difference>,
}

/// Where a value stands to a band.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = BandStanding)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Lower than its lower end.
    Below,
    /// Not lower than its lower end, nor higher than its upper one.
    Within,
    /// Higher than its upper end.
    Above,
}

/// A part of the definition in which question and band differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = BandDifference)]
pub struct Difference {
    /// `period`, `population` or `contractual`.
    pub field: String,
    /// As the question has it.
    pub ours: String,
    /// As the band has it; null where its source does not say.
    #[schema(required)]
    pub theirs: Option<String>,
}

impl Standing {
    /// Its name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Standing::Below => "below",
            Standing::Within => "within",
            Standing::Above => "above",
        }
    }

    fn of(value: f64, (low, high): (f64, f64)) -> Standing {
        match value {
            value if value < low => Standing::Below,
            value if value > high => Standing::Above,
            _ => Standing::Within,
        }
    }
}

/// Holds a value with its interval against a band.
pub fn compared(
    question: &BenchmarkQuestion,
    row: &Benchmark,
    value: Option<f64>,
    interval: Option<(f64, f64)>,
) -> Comparison {
    let band = row.band();
    let standing = value.map(|value| Standing::of(value, band));
    let is_clear = |standing: Standing| {
        let stands = |end: f64| Standing::of(end, band) == standing;
        interval.is_some_and(|(low, high)| stands(low) && stands(high))
    };
    let distance = |value: f64| (band.0 - value).max(value - band.1).max(0.0);
    Comparison {
        row: row.clone(),
        standing,
        clear: standing.map(is_clear),
        distance: value.map(distance),
        differences: differences(question, row),
    }
}

fn differences(question: &BenchmarkQuestion, row: &Benchmark) -> Vec<Difference> {
    let yes_or_no = |contractual: bool| if contractual { "yes" } else { "no" };
    let is_contractual = question.active.subscription.is_some();
    let of_crr = matches!(row.measure, Measure::RetentionRate | Measure::ChurnRate);
    // Who has bought twice has done so whatever the length of a period.
    let period = (row.measure != Measure::RepeatPurchaseRate).then(|| question.period.name());
    let contractual = yes_or_no(is_contractual && of_crr);
    let parts = [
        ("period", period, row.period.map(Unit::name)),
        ("population", Some(question.population.name()), row.population.map(Population::name)),
        ("contractual", Some(contractual), row.contractual.map(yes_or_no)),
    ];
    let differing = parts.into_iter().filter_map(|(field, ours, theirs)| {
        ours.filter(|ours| theirs != Some(*ours)).map(|ours| Difference {
            field: field.to_owned(),
            ours: ours.to_owned(),
            theirs: theirs.map(str::to_owned),
        })
    });
    differing.collect()
}
