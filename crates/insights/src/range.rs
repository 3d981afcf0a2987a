//! The periods a question is about, cut from its dates, and what they are called.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use perennial_engine::source::SourceFacts;
use perennial_types::calendar::{Boundaries, Calendar, CalendarError, Micros, Unit, Weekday, Zone};
use perennial_types::question::Refusal;

use crate::insight::AskError;

/// The end of the known world.
///
/// # Errors
/// When the question does not say it.
pub fn as_of(given: Option<Timestamp>) -> Result<Micros, AskError> {
    given.map(Timestamp::as_microsecond).ok_or_else(|| {
        AskError::bad("`as_of` is missing", "give the instant at which the known world ends")
    })
}

/// The calendar of a question.
///
/// # Errors
/// When `fiscal_year_start` is no month.
pub fn calendar(
    zone: &Zone,
    week_start: Weekday,
    fiscal_year_start: u8,
) -> Result<Calendar, AskError> {
    Calendar::new(zone.clone(), week_start, fiscal_year_start).map_err(|_| {
        AskError::bad(
            format!("`fiscal_year_start` is `{fiscal_year_start}`"),
            "give the number of a month, 1 to 12",
        )
    })
}

/// The periods of the question's dates, of the whole history where it names none; the dates are
/// filled in, widened to whole periods.
///
/// # Errors
/// When the dates are in the wrong order, or the periods too many.
pub fn periods(
    calendar: &Calendar,
    unit: Unit,
    from: &mut Option<Date>,
    to: &mut Option<Date>,
    facts: &SourceFacts,
    as_of: Micros,
) -> Result<Boundaries, AskError> {
    if let (Some(from), Some(to)) = (*from, *to)
        && from > to
    {
        return Err(AskError::bad(format!("`from` {from} is after `to` {to}"), "swap them"));
    }
    let known = facts.ts.map(|(first, last)| {
        let last = last.min(as_of.saturating_sub(1));
        (calendar.date_of(first.min(last)), calendar.date_of(last))
    });
    let first = from.or(known.map(|(first, _)| first)).or(*to);
    let last = to.or(known.map(|(_, last)| last)).or(*from);
    let periods = match (first, last) {
        (Some(first), Some(last)) => {
            // Only a date that was not asked for gives way.
            let first = if from.is_none() { first.min(last) } else { first };
            let (first, last) = calendar.widen(unit, first, last.max(first));
            (*from, *to) = (Some(first), Some(last));
            calendar.periods_of_dates(unit, first, last)
        }
        _ => calendar.periods(unit, 0, 0),
    };
    Ok(periods.map_err(|error| too_many(&error.to_string(), &error.in_chinese()))?)
}

/// Every period from the one the rows begin in to the one that holds the end of the rows or of the
/// known world: a date the zone skipped may begin and end at that very instant.
///
/// # Errors
/// When the periods are too many.
pub fn periods_until(
    calendar: &Calendar,
    unit: Unit,
    rows: &Boundaries,
    as_of: Micros,
) -> Result<Boundaries, CalendarError> {
    let (Some(first), Some(last)) = (rows.date(0), rows.date(rows.len().saturating_sub(1))) else {
        return calendar.periods(unit, as_of, as_of);
    };
    let end = rows.starts().last().map_or(as_of, |end| as_of.max(*end));
    calendar.periods_of_dates(unit, first, calendar.date_of(end).max(last))
}

/// The dates of the field `name` in order, each once; `otherwise` alone where none is given. `many`
/// is what more than `most` of them are called, in both languages.
///
/// # Errors
/// When one is after `known`, the last date of the known world, or there are too many.
pub fn dates_known(
    (name, asked): (&str, &[Date]),
    known: Date,
    otherwise: Date,
    (most, many): (usize, [&str; 2]),
) -> Result<Vec<Date>, AskError> {
    let dates: BTreeSet<Date> = asked.iter().copied().collect();
    if let Some(late) = dates.last().filter(|date| **date > known) {
        return Err(AskError::bad(
            format!("`{name}` names {late}, which is after the known world ends"),
            format!("give a date up to {known}, or a later `as_of`"),
        ));
    }
    if dates.len() > most {
        let said = many.map(|many| format!("{} {many}", dates.len()));
        return Err(too_many(&said[0], &said[1]).into());
    }
    Ok(if dates.is_empty() { vec![otherwise] } else { dates.into_iter().collect() })
}

/// The refusal of an answer that would be too large.
pub fn too_many(what: &str, what_zh: &str) -> Refusal {
    Refusal::new(
        "too_many_cells",
        format!("the answer would be too large: {what}"),
        "ask for longer periods, a shorter range, or a breakdown of fewer values",
    )
    .in_chinese(format!("结果会过大：{what_zh}"), "请选择更长的周期、更短的范围，或取值更少的分组")
}

/// What a boundary is called: its civil date, or its hour.
pub fn date_name(calendar: &Calendar, periods: &Boundaries, boundary: usize) -> String {
    let instant = periods.starts().get(boundary).copied().unwrap_or_default();
    if periods.unit() == Unit::Hour {
        return calendar.label(Unit::Hour, instant);
    }
    // The last boundary begins no period of its own: the one after the last does.
    let last = boundary.checked_sub(1).and_then(|last| periods.date(last));
    let after = last.and_then(|last| calendar.widen(periods.unit(), last, last).1.tomorrow().ok());
    let date = periods.date(boundary).or(after);
    date.unwrap_or_else(|| calendar.date_of(instant)).to_string()
}

/// What a period is called.
pub fn label(calendar: &Calendar, periods: &Boundaries, period: usize) -> String {
    match (periods.unit(), periods.date(period)) {
        (Unit::Hour, _) | (_, None) => date_name(calendar, periods, period),
        (unit, Some(date)) => calendar.label_of_date(unit, date),
    }
}
