//! Reasons in words: which measure moved a score, from what to what.

use perennial_models::health::{Health, Reason, differences, strongest};
use perennial_types::question::Text;

use super::answer::ReasonAnswer;
use super::dimensions::Dimension;
use super::plan::Plan;
use super::ranker::Ranker;
use crate::customer_table::features::Measure;

/// Reasons of each direction that are told.
const N_REASONS: usize = 3;

/// A customer at a date.
#[derive(Clone, Copy)]
pub struct Sight<'a> {
    /// Row of the sample.
    pub row: usize,
    /// Their health.
    pub health: &'a Health,
}

impl<'a> Sight<'a> {
    /// A customer's health, and the row it was told from.
    pub fn of((health, row): &'a (Health, usize)) -> Sight<'a> {
        Sight { row: *row, health }
    }
}

/// What raised and what lowered a score since the date before; without one, what raises and lowers
/// it against a customer of whom everything is middling.
pub fn reasons(
    plan: &Plan,
    ranker: &Ranker<'_>,
    before: Option<Sight<'_>>,
    now: Sight<'_>,
) -> [Vec<ReasonAnswer>; 2] {
    let all = match before {
        Some(before) => differences(before.health, now.health),
        None => {
            let points = now.health.points.iter().enumerate();
            points.map(|(dimension, points)| Reason { dimension, points: *points }).collect()
        }
    };
    let (up, down) = strongest(&all, N_REASONS);
    [up, down].map(|side| {
        let told = side.iter().filter_map(|reason| {
            let dimension = plan.dimensions.get(reason.dimension)?;
            let value = |row: usize| ranker.value(row, reason.dimension);
            let text = match before {
                Some(before) => moved(dimension, value(before.row), value(now.row)),
                None => stands(dimension, value(now.row)),
            };
            let Text { en, zh } = text;
            let (name, points) = (dimension.name.to_owned(), reason.points);
            Some(ReasonAnswer { dimension: name, points, en, zh })
        });
        told.collect()
    })
}

fn names(dimension: &Dimension) -> (&'static str, &'static str) {
    dimension.feature().map_or((dimension.name, dimension.name), |feature| (feature.en, feature.zh))
}

/// A value as people read it.
fn shown(dimension: &Dimension, value: f64) -> String {
    let unit = dimension.feature().map(|feature| feature.unit);
    match unit {
        Some(Measure::Share) => format!("{:.1} %", 100.0 * value),
        _ => {
            let text = format!("{value:.2}");
            text.strip_suffix(".00").map_or(text.clone(), str::to_owned)
        }
    }
}

/// From what to what a measure went.
fn moved(dimension: &Dimension, before: Option<f64>, now: Option<f64>) -> Text {
    let (en, zh) = names(dimension);
    let shown = |value: f64| shown(dimension, value);
    match (before, now) {
        (Some(before), Some(now)) if shown(before) == shown(now) => {
            let value = shown(now);
            Text::new(
                format!("{en}: still {value}, which weighs differently now"),
                format!("{zh}：仍为 {value}，但所占比重有变"),
            )
        }
        (Some(before), Some(now)) => {
            let (rose, zh_rose) =
                if now > before { ("rose", "升至") } else { ("fell", "降至") };
            let (before, now) = (shown(before), shown(now));
            Text::new(
                format!("{en}: {rose} from {before} to {now}"),
                format!("{zh}：由 {before} {zh_rose} {now}"),
            )
        }
        (None, Some(now)) => {
            let now = shown(now);
            Text::new(format!("{en}: now known, {now}"), format!("{zh}：新获知，为 {now}"))
        }
        (Some(before), None) => {
            let before = shown(before);
            Text::new(
                format!("{en}: not known any more, was {before}"),
                format!("{zh}：不再可知，此前为 {before}"),
            )
        }
        (None, None) => Text::new(format!("{en}: not known"), format!("{zh}：未知")),
    }
}

/// What a measure is.
fn stands(dimension: &Dimension, now: Option<f64>) -> Text {
    let (en, zh) = names(dimension);
    match now {
        Some(now) => {
            let now = shown(dimension, now);
            Text::new(format!("{en}: {now}"), format!("{zh}：{now}"))
        }
        None => Text::new(format!("{en}: not known"), format!("{zh}：未知")),
    }
}
