//! Where a series stands against a year ago, and where it changed.

use perennial_models::series::{
    self as model, Decomposition, Segmentation, SeriesError, change_points, compared,
};
use perennial_types::calendar::Unit;

use super::analysis::TakenPoint;
use super::answer::{ChangeRow, ChangesAnswer, YearOverYear, YearRow};
use super::question::{SeasonalityQuestion, Shape};
use crate::series::Measured;

/// How many periods a year is, so that weekdays and months agree.
fn year(period: Unit) -> usize {
    match period {
        Unit::Hour => 364 * 24,
        Unit::Day => 364,
        Unit::Week => 52,
        Unit::Month => 12,
        Unit::Quarter => 4,
        Unit::Year => 1,
    }
}

/// Every period beside that of a year ago.
pub fn year_over_year(
    points: &[TakenPoint],
    values: &[Option<f64>],
    period: Unit,
    measured: Measured,
) -> YearOverYear {
    let lag = year(period);
    let pairs = compared(values, lag);
    let start = |at: usize| points.get(at).map(|point| point.start.clone()).unwrap_or_default();
    let before: f64 = pairs.iter().map(|pair| pair.before).sum();
    let now: f64 = pairs.iter().map(|pair| pair.value).sum();
    let adds_up = matches!(measured, Measured::Count | Measured::Money);
    YearOverYear {
        lag,
        change: (adds_up && before > 0.0).then(|| now / before - 1.0),
        reason: pairs.is_empty().then(|| "less_than_a_year".to_owned()),
        rows: pairs
            .iter()
            .map(|pair| YearRow {
                start: start(pair.at),
                against: start(pair.against),
                observed: pair.value,
                before: pair.before,
                difference: pair.difference,
                change: pair.change,
            })
            .collect(),
    }
}

fn min_length(question: &SeasonalityQuestion, period: Unit) -> usize {
    question.changes.min_length.unwrap_or(match period {
        Unit::Hour => 24,
        Unit::Day => 14,
        Unit::Week => 6,
        _ => 4,
    })
}

/// No change, because none was looked for.
pub fn no_changes(question: &SeasonalityQuestion, period: Unit) -> ChangesAnswer {
    ChangesAnswer {
        shape: question.changes.shape,
        min_length: min_length(question, period),
        rows: Vec::new(),
        reason: Some("less_than_two_stretches".to_owned()),
    }
}

/// The changes of the adjusted series; the trend stands in for holidays and unknown numbers, so
/// that no holiday is a change.
pub fn changes(
    question: &SeasonalityQuestion,
    points: &[TakenPoint],
    unseen: &[Option<f64>],
    found: &Decomposition,
    period: Unit,
) -> Result<ChangesAnswer, SeriesError> {
    let mut answer = no_changes(question, period);
    if points.len() < 2 * answer.min_length {
        return Ok(answer);
    }
    let is_factors = found.form == model::Form::Multiplicative;
    let adjusted: Vec<f64> = unseen
        .iter()
        .zip(&found.trend)
        .enumerate()
        .map(|(at, (value, trend))| value.map_or(*trend, |value| found.adjusted(at, value)))
        .map(|value| if is_factors { libm::log(value) } else { value })
        .collect();
    let segmentation = Segmentation {
        shape: match answer.shape {
            Shape::Level => model::Shape::Level,
            Shape::Line => model::Shape::Line,
        },
        min_length: answer.min_length,
        strictness: question.changes.strictness,
    };
    let changes = change_points(&adjusted, &segmentation)?.changes;
    let value = |one: f64| if is_factors { libm::exp(one) } else { one };
    let growth = |slope: f64| if is_factors { libm::exp(slope) - 1.0 } else { slope };
    let row = |change: &model::Change| {
        let (before, after) = (value(change.before), value(change.after));
        Some(ChangeRow {
            start: points.get(change.at)?.start.clone(),
            before,
            after,
            size: after - before,
            change: (before > 0.0).then(|| after / before - 1.0),
            growth_before: growth(change.slope_before),
            growth_after: growth(change.slope_after),
        })
    };
    answer.rows = changes.iter().filter_map(row).collect();
    answer.reason = None;
    Ok(answer)
}
