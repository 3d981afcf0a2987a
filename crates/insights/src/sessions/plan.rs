//! A question made ready: filters, nodes, instants.

use std::sync::Arc;

use jiff::Timestamp;
use perennial_engine::source::SourceFacts;
use perennial_types::calendar::{Boundaries, Calendar, Micros};
use perennial_types::event::Column;
use perennial_types::filter::EventNames;
use perennial_types::question::Population;

use super::question::SessionsQuestion;
use crate::insight::AskError;
use crate::moments::Filters;
use crate::moments::reading::Frame;
use crate::nodes::NodeRules;
use crate::range;
use crate::visits::{SessionRule, Splitter};

/// Bit of the events that take part.
pub const TAKES_PART: u32 = 1;
/// Bit of those that count as coming back.
pub const RETURNS: u32 = 2;
/// Bit of those that begin a session.
pub const BEGINS: u32 = 4;
/// After so long a silence a session is over, whatever ends it.
pub const DAY: Micros = 86_400_000_000;

/// A question that can be folded.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The question, every default filled in.
    pub question: SessionsQuestion,
    /// Filters of the bits above.
    pub filters: Filters,
    /// How nodes are named.
    pub nodes: Arc<NodeRules>,
    /// What ends a session.
    pub splitter: Splitter,
    /// From when and until when coming back counts.
    pub horizon: (Micros, Micros),
    /// Sessions begin in this half-open range.
    pub range: (Micros, Micros),
    /// End of the known world.
    pub as_of: Micros,
    /// Whether rows may share an order.
    pub by_order: bool,
    /// The calendar of the trend.
    pub calendar: Calendar,
    /// The periods of the trend.
    pub periods: Option<Boundaries>,
}

impl Plan {
    /// Resolves a question against what is known of the data.
    pub fn new(mut question: SessionsQuestion, facts: &SourceFacts) -> Result<Plan, AskError> {
        let as_of = question.as_of.map(Timestamp::as_microsecond).ok_or_else(|| {
            AskError::bad("`as_of` is missing", "give the instant at which the known world ends")
        })?;
        if let (Some(from), Some(to)) = (question.from, question.to)
            && from > to
        {
            return Err(AskError::bad(format!("`from` {from} is after `to` {to}"), "swap them"));
        }
        let splitter = question.session.splitter().ok_or_else(|| {
            AskError::bad(
                "`session.gap_minutes` is no length of time",
                "give a number of minutes above 0",
            )
        })?;
        let lengths = (question.retained.after.micros(), question.retained.within.micros());
        let (Some(after), Some(within)) = lengths else {
            return Err(AskError::bad(
                "`retained.after` or `retained.within` is no length of time",
                "give lengths above 0 and at most 100,000 days",
            ));
        };
        if after >= within {
            return Err(AskError::bad(
                "`retained.after` is not before `retained.within`",
                "give a horizon later than its beginning",
            ));
        }
        let mut filters = vec![question.events.clone(), question.retained.return_.clone()];
        if let SessionRule::StartedBy(filter) = &question.session {
            filters.push(filter.clone());
        }
        let calendar =
            range::calendar(&question.zone, question.week_start, question.fiscal_year_start)?;
        let (mut from, mut to) = (question.from, question.to);
        let periods = match question.period {
            Some(unit) => Some(range::periods(&calendar, unit, &mut from, &mut to, facts, as_of)?),
            None => None,
        };
        (question.from, question.to) = (from, to);
        let begin = question.from.map_or(Micros::MIN, |from| calendar.start_of_day(from));
        let end = question.to.map_or(Micros::MAX, |to| {
            to.tomorrow().map_or(Micros::MAX, |next| calendar.start_of_day(next))
        });
        let by_order = !facts.always_null.contains(&Column::OrderId);
        Ok(Plan {
            filters: Filters::new(&filters, by_order, false)?,
            nodes: Arc::new(NodeRules::new(&question.node)?),
            splitter,
            horizon: (after, within),
            range: (begin, end),
            as_of,
            by_order,
            calendar,
            periods,
            question,
        })
    }

    /// What is read of every customer.
    pub fn frame(&self) -> Frame {
        // Which session is a customer's first is known by all history.
        Frame {
            filters: self.filters.clone(),
            population: self.question.population,
            by_order: self.by_order,
            range: Micros::MIN..self.as_of,
        }
    }

    /// Whether purchases have to be known.
    fn needs_orders(&self) -> bool {
        self.question.population != Population::Everyone
    }

    /// Whether any later event may change any number.
    pub fn is_open_ended(&self) -> bool {
        self.question.population == Population::NetBuyers
    }

    /// Whether a customer's last session may go on.
    pub fn may_go_on(&self, last: Micros) -> bool {
        match self.splitter {
            Splitter::Gap(_) => self.splitter.may_go_on(last, self.as_of),
            _ => last.saturating_add(DAY) > self.as_of,
        }
    }

    /// Names of the only events that matter, where that is known.
    pub fn events(&self) -> Option<Vec<String>> {
        if self.needs_orders() {
            return None;
        }
        let taking_part = self.nodes.events_of(&self.question.events.event)?;
        match &self.question.retained.return_.event {
            EventNames::OneOf(names) => Some([taking_part, names.clone()].concat()),
            EventNames::Any => None,
        }
    }
}
