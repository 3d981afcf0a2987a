//! Another question whose answer's numbers are the series.
//!
//! What both questions have in common (dates, zone, end of the known world, week, fiscal year,
//! period) stands beside `of` and is handed on, so that it cannot differ.

use perennial_engine::source::SourceFacts;
use serde_json::{Map, Value};

use super::analysis::{Taken, TakenPoint};
use super::question::SeasonalityQuestion;
use crate::insight::{AskError, Asking, Insight};
use crate::series::Series;

/// Fields that only stand beside `of`.
const OUTSIDE: [&str; 5] = ["as_of", "zone", "from", "to", "who"];
/// Fields that may stand in either place, but not differ.
const EITHER: [&str; 3] = ["period", "week_start", "fiscal_year_start"];
/// Fields of measures.
const OF_MEASURES: [&str; 4] = ["population", "event", "currency", "cell"];

/// The kind that is asked, and its question begun.
pub fn begin(
    raw: &Value,
    question: &SeasonalityQuestion,
    facts: &SourceFacts,
) -> Result<(&'static dyn Insight, Box<dyn Asking>), AskError> {
    let kind = question.of.kind.as_deref().unwrap_or_default();
    let insight = crate::named(kind).filter(|_| kind != super::KIND).ok_or_else(|| {
        let kinds = crate::all().iter().map(|one| one.kind()).filter(|one| *one != super::KIND);
        AskError::bad(
            format!("`of.kind` is `{kind}`, which has no numbers of its own"),
            format!("one of: {}", kinds.collect::<Vec<_>>().join(", ")),
        )
    })?;
    let asking = insight.begin(&handed_on(raw, question)?, facts)?;
    Ok((insight, asking))
}

/// The inner question with what both have in common.
fn handed_on(raw: &Value, question: &SeasonalityQuestion) -> Result<Value, AskError> {
    let given = |fields: &Map<String, Value>, name: &str| {
        fields.get(name).filter(|value| !value.is_null()).cloned()
    };
    let empty = Map::new();
    let outer = raw.as_object().unwrap_or(&empty);
    let mut inner = match &question.of.question {
        None => Map::new(),
        Some(Value::Object(fields)) => fields.clone(),
        Some(other) => {
            return Err(AskError::bad(
                format!("`of.question` is `{other}`"),
                "give a question of that kind, an object",
            ));
        }
    };
    for name in OF_MEASURES {
        // What an answer says of itself names the default.
        if given(outer, name).is_some_and(|value| value != "everyone") {
            return Err(AskError::bad(
                format!("`{name}` is of measures, and the series is of another question"),
                format!("give `of.question.{name}`"),
            ));
        }
    }
    for name in OUTSIDE {
        if given(&inner, name).is_some() {
            return Err(AskError::bad(
                format!("`of.question.{name}` stands in the wrong place"),
                format!("give `{name}` beside `of`"),
            ));
        }
    }
    for name in OUTSIDE.into_iter().chain(EITHER) {
        let Some(value) = given(outer, name) else { continue };
        match given(&inner, name) {
            Some(other) if other != value => {
                return Err(AskError::bad(
                    format!("`{name}` is `{value}` and `of.question.{name}` is `{other}`"),
                    "give one of them",
                ));
            }
            _ => inner.insert(name.to_owned(), value),
        };
    }
    Ok(Value::Object(inner))
}

/// The series that is asked for, out of the answer.
pub fn chosen(
    insight: &dyn Insight,
    answer: &Value,
    question: &SeasonalityQuestion,
) -> Result<Series, AskError> {
    let all = insight.series(answer)?.ok_or_else(|| {
        AskError::bad(
            format!("the answer of `{}` has no numbers per period", insight.kind()),
            "ask for a kind with periods, or give its question a `period`",
        )
    })?;
    let is_group = |one: &&Series| one.group == question.group && one.other == question.other;
    let named = |one: &&Series| question.value.as_ref().is_none_or(|name| *name == one.name);
    let mut own = all.iter().filter(named).peekable();
    if own.peek().is_none() {
        let names: Vec<&str> = all.iter().filter(is_group).map(|one| one.name.as_str()).collect();
        return Err(AskError::bad(
            format!("`value` is `{}`", question.value.as_deref().unwrap_or_default()),
            format!("one of: {}", names.join(", ")),
        ));
    }
    let has_others = all.iter().any(|one| !one.points.is_empty());
    match own.find(is_group) {
        Some(series) if !series.points.is_empty() || !has_others => Ok(series.clone()),
        _ => Err(AskError::bad(
            format!("`group` is `{}`, which the answer does not tell", group_text(question)),
            "name one of its groups with `group`, or `other` for the rest",
        )),
    }
}

fn group_text(question: &SeasonalityQuestion) -> String {
    serde_json::to_string(&question.group).unwrap_or_default()
}

/// Fills in what the other kind made of its question. What stands beside `of` stays there, so that
/// the question can be asked again as it is answered.
pub fn resolve(question: &mut SeasonalityQuestion, answer: &Value) {
    let Some(Value::Object(mut inner)) = answer.get("question").cloned() else {
        return;
    };
    let date = |name: &str| inner.get(name).and_then(|date| date.as_str()?.parse().ok());
    (question.from, question.to) = (date("from"), date("to"));
    let read = |name: &str| inner.get(name).cloned().unwrap_or_default();
    if let Ok(week_start) = serde_json::from_value(read("week_start")) {
        question.week_start = week_start;
    }
    if let Ok(month) = serde_json::from_value(read("fiscal_year_start")) {
        question.fiscal_year_start = month;
    }
    for name in OUTSIDE.into_iter().chain(EITHER.into_iter().filter(|name| *name != "period")) {
        inner.shift_remove(name);
    }
    if question.period.is_some() {
        inner.shift_remove("period");
    }
    question.of.question = Some(Value::Object(inner));
}

/// A series as it is taken apart.
pub fn taken(series: Series, closed: bool) -> Taken {
    let point = |point: crate::series::Point| TakenPoint {
        start: point.start,
        label: point.label,
        value: point.value.filter(|value| value.is_finite()),
        complete: point.complete,
        ..TakenPoint::default()
    };
    Taken {
        measured: series.measured,
        period: series.period,
        closed,
        points: series.points.into_iter().map(point).collect(),
    }
}
