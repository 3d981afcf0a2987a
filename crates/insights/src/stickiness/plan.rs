//! A question made ready: its periods, and its days with the month before them.

use std::sync::Arc;

use jiff::civil::Date;
use perennial_engine::source::SourceFacts;
use perennial_types::calendar::{Boundaries, Calendar, Micros, Unit};
use perennial_types::event::Column;
use perennial_types::question::Population;

use super::question::{CellRef, DaySet, Regularity, StickinessQuestion};
use crate::belonging;
use crate::insight::AskError;
use crate::occurring::Rule;
use crate::range;

/// A question that can be folded.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The question, every default filled in.
    pub question: StickinessQuestion,
    /// The periods that have begun.
    pub periods: Boundaries,
    /// Number of periods that have begun.
    pub n_periods: usize,
    /// Civil days: the days of the range that have begun, and before them [`Plan::n_before`].
    pub days: Boundaries,
    /// Number of days before the range.
    pub n_before: usize,
    /// Number of days, those before the range among them, that have begun.
    pub n_days: usize,
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
    pub fn new(mut question: StickinessQuestion, facts: &SourceFacts) -> Result<Plan, AskError> {
        check(&question)?;
        let as_of = range::as_of(question.as_of)?;
        let calendar =
            range::calendar(&question.zone, question.week_start, question.fiscal_year_start)?;
        let (mut from, mut to) = (question.from, question.to);
        let periods = range::periods(&calendar, question.period, &mut from, &mut to, facts, as_of)?;
        (question.from, question.to) = (from, to);
        let n_begun = |bounds: &Boundaries| {
            bounds.starts().partition_point(|start| *start < as_of).min(bounds.len())
        };
        let (days, n_before) = days(&calendar, from, to)?;
        let fields = belonging::fields(&question.breakdown)?;
        let rule = Rule::new(question.event.as_ref(), question.population, fields, facts, as_of)?;
        Ok(Plan {
            n_periods: n_begun(&periods),
            n_days: n_begun(&days),
            question,
            periods,
            days,
            n_before,
            as_of,
            rule: Arc::new(rule),
            by_order: !facts.always_null.contains(&Column::OrderId),
            first_event: facts.ts.map(|(first, _)| first),
        })
    }

    /// Whether the whole range is final.
    pub fn is_complete(&self) -> bool {
        let end = self.periods.starts().last();
        !self.rule.is_open_ended() && end.is_some_and(|end| *end <= self.as_of)
    }

    /// Whether a day, counted among [`Plan::days`], is final.
    pub fn is_day_complete(&self, day: usize) -> bool {
        !self.rule.is_open_ended() && self.days.end(day).is_some_and(|end| end <= self.as_of)
    }

    /// Whether the 30 days that end with a day begin before anything is known.
    pub fn is_history_too_short(&self, day: usize) -> bool {
        let first = (day + 1).checked_sub(DaySet::Mau.n_days());
        match (first.and_then(|first| self.days.start(first)), self.first_event) {
            (Some(start), Some(first_event)) => start < first_event,
            (None, _) => true,
            _ => false,
        }
    }

    /// The instants that matter. Groups are told by all of history, orders may have begun before.
    pub fn range(&self) -> std::ops::Range<Micros> {
        let grows = self.by_order || self.question.population != Population::Everyone;
        if grows || !self.question.breakdown.is_empty() {
            return Micros::MIN..self.as_of;
        }
        let (days, periods) = (self.days.starts(), self.periods.starts());
        let start = days.first().into_iter().chain(periods.first()).min();
        let end = days.last().into_iter().chain(periods.last()).max();
        match (start, end) {
            (Some(start), Some(end)) => *start..(*end).min(self.as_of).max(*start),
            _ => 0..0,
        }
    }
}

fn check(question: &StickinessQuestion) -> Result<(), AskError> {
    if question.min_occurrences == 0 {
        return Err(AskError::bad(
            "`min_occurrences` is `0`, so everybody would be active always",
            "give at least 1",
        ));
    }
    question.cell.as_ref().map_or(Ok(()), |cell| check_cell(question, cell))
}

fn check_cell(question: &StickinessQuestion, cell: &CellRef) -> Result<(), AskError> {
    let given = [
        cell.exactly.is_some(),
        cell.at_least.is_some(),
        cell.regularity.is_some(),
        cell.day.is_some(),
    ];
    if given.iter().filter(|is_given| **is_given).count() != 1 {
        return Err(AskError::bad(
            "`cell` names none or several numbers",
            "give one of `exactly`, `at_least`, `regularity` and `day`",
        ));
    }
    if cell.exactly == Some(0) || cell.at_least == Some(0) {
        return Err(AskError::bad(
            "`cell` asks for 0 periods, but only who is active in one is counted",
            "give at least 1",
        ));
    }
    if cell.set.is_some() && cell.day.is_none() {
        return Err(AskError::bad(
            "`cell.set` goes with a day",
            "give `cell.day`, or leave it away",
        ));
    }
    let is_grouped = cell.group.is_some() || cell.other;
    let has_groups = cell.exactly.is_some() || cell.at_least.is_some();
    if is_grouped && (question.breakdown.is_empty() || !has_groups) {
        return Err(AskError::bad(
            "`cell` names a group, but that number has none",
            "groups have `exactly` and `at_least`, with a `breakdown`",
        ));
    }
    Ok(())
}

/// The civil days of the range, and a month of them before it.
fn days(
    calendar: &Calendar,
    from: Option<Date>,
    to: Option<Date>,
) -> Result<(Boundaries, usize), AskError> {
    let n_before = DaySet::Mau.n_days() - 1;
    let days = match (from, to) {
        (Some(from), Some(to)) => {
            let first = from.saturating_sub(jiff::Span::new().days(n_before as i64));
            let n_before = calendar.periods_between(Unit::Day, first, from);
            calendar.periods_of_dates(Unit::Day, first, to).map(|days| (days, n_before as usize))
        }
        _ => calendar.periods(Unit::Day, 0, 0).map(|days| (days, 0)),
    };
    Ok(days.map_err(|error| range::too_many(&error.to_string(), &error.in_chinese()))?)
}

/// What an activity of a customer amounts to.
#[derive(Clone, Debug, Default)]
pub struct Activity {
    /// Periods in which the customer is active.
    pub periods: Vec<usize>,
    /// Days, those before the range among them, with an occurrence.
    pub days: Vec<usize>,
}

impl Activity {
    /// Reads a customer's instants, in order.
    pub fn read(&mut self, plan: &Plan, instants: &[Micros]) {
        let min = plan.question.min_occurrences as usize;
        indices(&plan.periods, plan.n_periods, min, instants, &mut self.periods);
        indices(&plan.days, plan.n_days, 1, instants, &mut self.days);
    }

    /// Gaps between neighbouring active periods.
    pub fn gaps(&self) -> impl Iterator<Item = usize> + '_ {
        self.periods.windows(2).map(|pair| pair[1] - pair[0])
    }

    /// How regular they are.
    pub fn regularity(&self) -> Regularity {
        let (mut n, mut sum, mut squares) = (0, 0, 0);
        for gap in self.gaps().map(|gap| gap as u64) {
            n += 1;
            sum += gap;
            squares += gap * gap;
        }
        Regularity::of(n, sum, squares)
    }

    /// Ranges of days on which the customer was active in the days of a set that end with them.
    pub fn covered(
        &self,
        set: DaySet,
        n_days: usize,
    ) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        let mut covered = 0;
        self.days.iter().filter_map(move |day| {
            let fresh = (*day).max(covered)..(day + set.n_days()).min(n_days);
            covered = fresh.end.max(covered);
            (fresh.start < fresh.end).then_some(fresh)
        })
    }
}

/// The periods with at least so many of these instants.
fn indices(
    bounds: &Boundaries,
    n_begun: usize,
    min: usize,
    instants: &[Micros],
    found: &mut Vec<usize>,
) {
    found.clear();
    let Some(first) = bounds.starts().first() else { return };
    let mut rest = instants.get(instants.partition_point(|ts| ts < first)..).unwrap_or_default();
    while let Some(ts) = rest.first() {
        let Some(index) = bounds.index_of(*ts).filter(|index| *index < n_begun) else { return };
        let end = bounds.end(index).unwrap_or(Micros::MAX);
        let n_here = rest.iter().take_while(|ts| **ts < end).count();
        if n_here >= min {
            found.push(index);
        }
        rest = rest.get(n_here..).unwrap_or_default();
    }
}
