//! From a customer's events to their sessions and what the first one was like.

use std::ops::Range;

use perennial_types::calendar::Micros;

use super::plan::{BEGINS, Plan, RETURNS, TAKES_PART};
use crate::moments::Moment;
use crate::nodes::NO_NODE;
use crate::visits::Stop;

/// One session that begins in the range.
#[derive(Clone, Copy, Debug)]
pub struct Session<'a> {
    /// Its events.
    pub stops: &'a [Stop],
    /// Whether more of it may follow.
    pub is_open: bool,
}

/// A customer's first session ever, where it begins in the range.
#[derive(Clone, Copy, Debug)]
pub struct FirstSession {
    /// Whether the customer came back; `None` where the horizon is not over.
    pub returned: Option<bool>,
}

/// One customer with at least one session that begins in the range.
pub struct Customer<'a> {
    stops: &'a [Stop],
    sessions: &'a [Range<usize>],
    may_go_on: bool,
    /// Positions of the sessions that begin in the range.
    counted: Range<usize>,
    /// What is known of the first session.
    pub first: Option<FirstSession>,
}

impl<'a> Customer<'a> {
    /// The sessions that begin in the range.
    pub fn sessions(&self) -> impl ExactSizeIterator<Item = Session<'a>> + '_ {
        self.counted.clone().map(move |index| self.session(index))
    }

    /// The first session ever.
    pub fn first_session(&self) -> Session<'a> {
        self.session(0)
    }

    fn session(&self, index: usize) -> Session<'a> {
        let stops = self.sessions.get(index).and_then(|range| self.stops.get(range.clone()));
        Session {
            stops: stops.unwrap_or_default(),
            is_open: self.may_go_on && index + 1 == self.sessions.len(),
        }
    }
}

/// Cuts customers' events, with memory that is used again.
#[derive(Debug, Default)]
pub struct Cutter {
    stops: Vec<Stop>,
    sessions: Vec<Range<usize>>,
}

impl Cutter {
    /// The customer's sessions; nothing of somebody without one in the range. Sessions that begin
    /// before `since` do not count.
    pub fn customer(
        &mut self,
        plan: &Plan,
        moments: &[Moment],
        since: Micros,
    ) -> Option<Customer<'_>> {
        self.stops.clear();
        let takes_part =
            |moment: &&Moment| moment.passes & TAKES_PART != 0 && moment.tags[0] != NO_NODE;
        self.stops.extend(moments.iter().filter(takes_part).map(|moment| Stop {
            ts: moment.ts,
            node: moment.tags[0],
            session: moment.tags[1],
            passes: moment.passes,
        }));
        let last = self.stops.last()?.ts;
        plan.splitter.split(&self.stops, BEGINS, &mut self.sessions);
        let begin = |range: &Range<usize>| self.stops.get(range.start).map_or(0, |stop| stop.ts);
        let from = plan.range.0.max(since);
        let first = self.sessions.partition_point(|range| begin(range) < from);
        let end = self.sessions.partition_point(|range| begin(range) < plan.range.1).max(first);
        if first == end {
            return None;
        }
        let first_session = match self.sessions.first() {
            Some(range) if first == 0 => {
                let ended = self.stops.get(range.end - 1).map_or(0, |stop| stop.ts);
                Some(FirstSession { returned: returned(plan, moments, begin(range), ended) })
            }
            _ => None,
        };
        Some(Customer {
            stops: &self.stops,
            sessions: &self.sessions,
            may_go_on: plan.may_go_on(last),
            counted: first..end,
            first: first_session,
        })
    }
}

fn returned(plan: &Plan, moments: &[Moment], began: Micros, ended: Micros) -> Option<bool> {
    let (after, within) = plan.horizon;
    if began.saturating_add(within) > plan.as_of {
        return None;
    }
    let range = began.saturating_add(after)..began.saturating_add(within);
    let is_return = |moment: &Moment| {
        moment.passes & RETURNS != 0 && moment.ts > ended && range.contains(&moment.ts)
    };
    Some(moments.iter().any(is_return))
}
