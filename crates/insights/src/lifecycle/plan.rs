//! A question made ready: dates turned into boundaries, the threshold into the instants from which
//! an occurrence reaches each of them.

use std::sync::Arc;

use perennial_engine::source::SourceFacts;
use perennial_types::calendar::{Boundaries, Calendar, Micros, Unit};
use perennial_types::event::Column;

use super::question::{LifecycleQuestion, Threshold};
use super::state::Spans;
use crate::belonging;
use crate::insight::AskError;
use crate::occurring::Rule;
use crate::range;

/// Longest threshold in periods.
const MAX_PERIODS: u32 = 1_000;
/// Longest threshold in days.
const MAX_DAYS: u32 = 36_600;

/// A question that can be folded.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The question, every default filled in.
    pub question: LifecycleQuestion,
    /// The calendar of its civil dates.
    pub calendar: Calendar,
    /// The periods, those that have not begun by `as_of` included.
    pub periods: Boundaries,
    /// The boundaries of those that have begun.
    pub spans: Spans,
    /// End of the known world.
    pub as_of: Micros,
    /// What counts as an occurrence.
    pub rule: Arc<Rule>,
    /// Whether rows may share an order.
    by_order: bool,
    /// Instant of the earliest event; `None` for an empty lake.
    first_event: Option<Micros>,
}

impl Plan {
    /// Resolves a question against what is known of the data.
    pub fn new(mut question: LifecycleQuestion, facts: &SourceFacts) -> Result<Plan, AskError> {
        check(&question)?;
        let as_of = range::as_of(question.as_of)?;
        let calendar =
            range::calendar(&question.zone, question.week_start, question.fiscal_year_start)?;
        let (mut from, mut to) = (question.from, question.to);
        let periods = range::periods(&calendar, question.period, &mut from, &mut to, facts, as_of)?;
        (question.from, question.to) = (from, to);
        let fields = belonging::fields(&question.breakdown)?;
        let rule = Rule::new(question.event.as_ref(), question.population, fields, facts, as_of)?;
        Ok(Plan {
            spans: spans(&question, &calendar, &periods, as_of)?,
            question,
            calendar,
            periods,
            as_of,
            rule: Arc::new(rule),
            by_order: !facts.always_null.contains(&Column::OrderId),
            first_event: facts.ts.map(|(first, _)| first),
        })
    }

    /// Number of periods that have begun.
    pub fn n_periods(&self) -> usize {
        self.spans.n_periods()
    }

    /// Whether a period is final.
    pub fn is_complete(&self, period: usize) -> bool {
        let end = self.spans.bounds.get(period + 1);
        !self.rule.is_open_ended() && end.is_some_and(|end| *end <= self.as_of)
    }

    /// Whether who is active when a period begins cannot be known whole.
    pub fn is_history_too_short(&self, period: usize) -> bool {
        match (self.spans.looks.get(period), self.first_event) {
            (Some(look), Some(first)) => *look < first,
            _ => false,
        }
    }

    /// The instants that matter: whoever is new is so by all of history.
    pub fn range(&self) -> std::ops::Range<Micros> {
        let grows = self.by_order || self.rule.is_open_ended();
        let last = self.spans.bounds.last().copied().unwrap_or(self.as_of);
        Micros::MIN..if grows { self.as_of } else { last.min(self.as_of) }
    }
}

fn check(question: &LifecycleQuestion) -> Result<(), AskError> {
    let (name, n, most) = match question.threshold {
        Threshold::Periods(n) => ("periods", n, MAX_PERIODS),
        Threshold::Days(n) => ("days", n, MAX_DAYS),
    };
    if !(1..=most).contains(&n) {
        return Err(AskError::bad(
            format!("`threshold.{name}` is `{n}`"),
            format!("give a number from 1 to {most}"),
        ));
    }
    Ok(())
}

/// The boundaries of the periods that have begun, and from when an occurrence reaches each.
fn spans(
    question: &LifecycleQuestion,
    calendar: &Calendar,
    periods: &Boundaries,
    as_of: Micros,
) -> Result<Spans, AskError> {
    let n_begun = periods.starts().partition_point(|start| *start < as_of).min(periods.len());
    if n_begun == 0 {
        return Ok(Spans::default());
    }
    let bounds: Vec<Micros> = periods.starts().iter().take(n_begun + 1).copied().collect();
    let looks = match question.threshold {
        Threshold::Periods(n) => {
            let mut starts = earlier(calendar, periods, n as usize);
            starts.extend(&bounds);
            starts.truncate(bounds.len());
            starts
        }
        Threshold::Days(n) => days_back(calendar, periods, &bounds, n)?,
    };
    let is_seen = |pair: (&Micros, &Micros)| pair.1 <= pair.0;
    if !bounds.iter().zip(looks.iter().skip(1)).all(is_seen) {
        return Err(AskError::bad(
            "`threshold.days` is shorter than a period, so customers could come and go unseen",
            "give more days, shorter periods, or `{\"periods\":1}`",
        ));
    }
    Ok(Spans { bounds, looks })
}

/// Where the `n` periods before the first begin, the earliest first.
fn earlier(calendar: &Calendar, periods: &Boundaries, n: usize) -> Vec<Micros> {
    let mut starts = Vec::with_capacity(n);
    let unit = periods.unit();
    let mut start = periods.start(0).unwrap_or_default();
    let mut date = periods.date(0).unwrap_or_default();
    for _ in 0..n {
        match (unit, date.yesterday()) {
            (Unit::Hour, _) | (_, Err(_)) => {
                start = calendar.period_containing(unit, start.saturating_sub(1)).start;
            }
            (_, Ok(before)) => {
                date = calendar.widen(unit, before, before).0;
                start = calendar.start_of_day(date);
            }
        }
        starts.push(start);
    }
    starts.reverse();
    starts
}

/// The first instant of the `n` civil days before each boundary.
fn days_back(
    calendar: &Calendar,
    periods: &Boundaries,
    bounds: &[Micros],
    n: u32,
) -> Result<Vec<Micros>, AskError> {
    if periods.unit() == Unit::Hour {
        return Err(AskError::bad(
            "`threshold.days` does not go with periods of an hour",
            "give `{\"periods\":24}` for a day of them",
        ));
    }
    let span = jiff::Span::new().days(i64::from(n));
    let back = (0..bounds.len()).map(|boundary| {
        let own = periods.date(boundary);
        let last = boundary.checked_sub(1).and_then(|last| periods.date(last));
        let after =
            last.and_then(|last| calendar.widen(periods.unit(), last, last).1.tomorrow().ok());
        let date = own.or(after).unwrap_or(jiff::civil::Date::MAX);
        calendar.start_of_day(date.saturating_sub(span))
    });
    Ok(back.collect())
}
