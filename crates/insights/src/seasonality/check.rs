//! What makes a question one: fields within their range, and those that go together.

use super::question::{Measure, Season, SeasonalityQuestion};
use crate::insight::AskError;

/// The measure of a question; `None` where another kind is asked.
pub fn measure(question: &SeasonalityQuestion) -> Result<Option<Measure>, AskError> {
    let of = &question.of;
    if of.measure.is_some() && of.kind.is_some() {
        return Err(AskError::bad("`of` names a measure and a kind", "give one of them"));
    }
    if of.kind.is_none() && of.question.is_some() {
        return Err(AskError::bad("`of.question` goes with a kind", "give `of.kind`"));
    }
    if of.kind.is_some() {
        return Ok(None);
    }
    let measure = of.measure.unwrap_or(Measure::Orders);
    let takes_event = matches!(measure, Measure::Events | Measure::Customers);
    let wrong = [
        ("event", question.event.is_some() && !takes_event),
        ("currency", question.currency.is_some() && !measure.is_money()),
        ("value", question.value.is_some()),
        ("group", question.group.is_some()),
        ("other", question.other),
    ];
    if let Some((name, _)) = wrong.into_iter().find(|(_, is_wrong)| *is_wrong) {
        return Err(AskError::bad(
            format!("`{name}` does not go with the measure `{}`", measure.name()),
            "leave it away, or ask for another measure or kind",
        ));
    }
    Ok(Some(measure))
}

/// Refuses a question whose fields cannot be.
///
/// # Errors
/// When one is out of its range.
pub fn check(question: &SeasonalityQuestion) -> Result<(), AskError> {
    let seasons: &[usize] = match &question.season {
        None => &[],
        Some(Season::One(season)) => std::slice::from_ref(season),
        Some(Season::Several(seasons)) => seasons,
    };
    let is_empty = question.season.is_some() && seasons.is_empty();
    if is_empty || seasons.iter().any(|season| *season < 2) || !seasons.is_sorted_by(|a, b| a < b) {
        return Err(AskError::bad(
            format!("`season` is `{}`", serde_json::json!(question.season)),
            "give at least 2 periods; several seasons once each, the shortest first",
        ));
    }
    if let Some(length) = question.trend_length.filter(|length| !(3..=100_000).contains(length)) {
        return Err(AskError::bad(
            format!("`trend_length` is `{length}`"),
            "give 3 to 100000 periods",
        ));
    }
    let rule = &question.changes;
    if !rule.strictness.is_finite() || rule.strictness <= 0.0 {
        return Err(AskError::bad(
            format!("`changes.strictness` is `{}`", rule.strictness),
            "give a number above 0, 1 for the usual penalty",
        ));
    }
    if let Some(length) = rule.min_length.filter(|length| *length < 3) {
        return Err(AskError::bad(
            format!("`changes.min_length` is `{length}`"),
            "give at least 3 periods",
        ));
    }
    question.holidays.iter().flatten().try_for_each(|holiday| holiday.check())
}
