//! The terms of a stay made ready: which occurrences start it, keep it and end it.

use std::sync::Arc;

use jiff::civil::Date;
use perennial_engine::source::SourceFacts;
use perennial_types::calendar::{Calendar, Micros};
use perennial_types::filter::{EventFilter, Field};
use perennial_types::question::Population;

use super::Leaving;
use crate::belonging;
use crate::crr::DAY;
use crate::insight::AskError;
use crate::ledger::Rule;
use crate::retention::{Attribution, Breakdown};

/// Longest silence in days.
const MAX_DAYS: u32 = 36_600;

/// What a question says of stays.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// What starts a stay; the first occurrence that keeps it otherwise.
    pub start: Option<&'a EventFilter>,
    /// What keeps it: purchases of buyers, or any event of everyone.
    pub event: Option<&'a EventFilter>,
    /// What ends it.
    pub leave: &'a Leaving,
    /// The field of the start with the date at which the relationship really began.
    pub began: Option<&'a str>,
    /// Whose customers count.
    pub population: Population,
    /// First and last civil date of a start.
    pub starts: (Option<Date>, Option<Date>),
    /// Columns the customers are told apart by.
    pub breakdown: &'a [Breakdown],
    /// Fields read at the start.
    pub covariates: &'a [String],
}

/// Which occurrences are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// Purchases.
    Purchases,
    /// Marks with this bit.
    Marks(u32),
}

/// Terms that can be folded.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What is read.
    pub rule: Arc<Rule>,
    /// The calendar of the civil dates.
    pub calendar: Calendar,
    /// End of the known world.
    pub as_of: Micros,
    /// Until when who has left is known: `as_of`, or earlier by the silence.
    pub known_until: Micros,
    /// How many values of a tuple are the breakdown's.
    pub n_breakdown: usize,
    /// How many after those are covariates.
    pub n_covariates: usize,
    /// Whether a last value of the tuple is the date at which the relationship began.
    pub has_began: bool,
    pub(super) start: Source,
    /// What keeps a stay, or what ends it.
    pub(super) other: Source,
    /// Length of the silence that ends a stay; `None` where an event does.
    pub(super) silence: Option<Micros>,
    /// Instants of the starts that are asked about.
    pub(super) starts: std::ops::Range<Micros>,
}

impl Plan {
    /// Makes terms ready.
    ///
    /// # Errors
    /// When they contradict each other, or a filter is too large.
    pub fn new(
        terms: &Terms<'_>,
        calendar: Calendar,
        facts: &SourceFacts,
        as_of: Micros,
    ) -> Result<Plan, AskError> {
        check(terms)?;
        let mut fields = belonging::fields(terms.breakdown)?;
        let at_start = terms.covariates.iter().map(String::as_str).chain(terms.began);
        fields.extend(at_start.map(|name| (Field::named(name), Attribution::Start)));
        let any = EventFilter::any();
        let mut marks: Vec<&EventFilter> = Vec::new();
        let mut marked = |filter| {
            marks.push(filter);
            Source::Marks(1 << (marks.len() - 1))
        };
        let by_purchase = terms.population != Population::Everyone;
        let (start, other, silence) = match terms.leave {
            Leaving::Event(leave) => {
                let start = match terms.start {
                    Some(filter) => marked(filter),
                    None if by_purchase => Source::Purchases,
                    None => marked(&any),
                };
                (start, marked(leave), None)
            }
            Leaving::SilenceDays(days) => {
                let kept = match terms.event {
                    Some(filter) => marked(filter),
                    None if by_purchase => Source::Purchases,
                    None => marked(&any),
                };
                let start = terms.start.map_or(kept, marked);
                (start, kept, Some((f64::from(*days) * DAY) as Micros))
            }
        };
        let rule = Rule::new(&marks, terms.population, fields, facts, as_of)?;
        Ok(Plan {
            rule: Arc::new(rule),
            starts: starts(&calendar, terms.starts),
            calendar,
            as_of,
            known_until: as_of.saturating_sub(silence.unwrap_or(0)),
            n_breakdown: terms.breakdown.len(),
            n_covariates: terms.covariates.len(),
            has_began: terms.began.is_some(),
            start,
            other,
            silence,
        })
    }
}

/// The instants of some civil dates; a date that is not given bounds nothing.
fn starts(
    calendar: &Calendar,
    (from, to): (Option<Date>, Option<Date>),
) -> std::ops::Range<Micros> {
    let first = from.map_or(Micros::MIN, |date| calendar.start_of_day(date));
    let after = to.and_then(|date| date.tomorrow().ok());
    first..after.map_or(Micros::MAX, |date| calendar.start_of_day(date))
}

fn check(terms: &Terms<'_>) -> Result<(), AskError> {
    if let (Some(from), Some(to)) = terms.starts
        && from > to
    {
        return Err(AskError::bad(format!("`from` {from} is after `to` {to}"), "swap them"));
    }
    match terms.leave {
        Leaving::SilenceDays(days) if !(1..=MAX_DAYS).contains(days) => Err(AskError::bad(
            format!("`leave.silence_days` is `{days}`"),
            format!("give a number from 1 to {MAX_DAYS}"),
        )),
        Leaving::Event(_) if terms.event.is_some() => Err(AskError::bad(
            "`event` is given beside `leave.event`",
            "leave `event` away: only silence asks what keeps a customer",
        )),
        _ => Ok(()),
    }
}
