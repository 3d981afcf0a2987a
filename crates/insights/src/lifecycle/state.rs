//! A customer's states, period by period, from the instants of their occurrences.

use perennial_types::calendar::Micros;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a customer is in a period.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[schema(as = LifecycleState)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// First occurrence in it.
    New,
    /// Active when it begins, occurrence in it.
    Returning,
    /// Active throughout without an occurrence in it.
    Idle,
    /// Not active when it begins, occurrence in it and long before.
    Resurrecting,
    /// Active when it begins, not when it ends.
    Dormant,
    /// Not active at either end, known before.
    Gone,
}

impl State {
    /// Every state, in the order of the answer.
    pub const ALL: [State; 6] = [
        State::New,
        State::Returning,
        State::Idle,
        State::Resurrecting,
        State::Dormant,
        State::Gone,
    ];

    /// Its name in answers.
    pub fn name(self) -> &'static str {
        match self {
            State::New => "new",
            State::Returning => "returning",
            State::Idle => "idle",
            State::Resurrecting => "resurrecting",
            State::Dormant => "dormant",
            State::Gone => "gone",
        }
    }
}

/// The boundaries of the periods that have begun.
#[derive(Clone, Debug, Default)]
pub struct Spans {
    /// Where each period begins, and last where the last one ends.
    pub bounds: Vec<Micros>,
    /// For each boundary, the first instant that makes a customer active there.
    pub looks: Vec<Micros>,
}

impl Spans {
    /// Number of periods.
    pub fn n_periods(&self) -> usize {
        self.bounds.len().saturating_sub(1)
    }

    /// The period of an instant, counted from 1; 0 before the first, one more than there are after
    /// the last.
    fn place(&self, from: usize, ts: Micros) -> usize {
        let ahead = self.bounds.get(from..).unwrap_or_default();
        if ahead.get(1).is_none_or(|next| ts < *next)
            && ahead.first().is_some_and(|begin| *begin <= ts)
        {
            return from + 1;
        }
        from + ahead.partition_point(|bound| *bound <= ts)
    }

    /// How many boundaries an instant makes a customer active up to.
    fn n_active(&self, ts: Micros) -> usize {
        self.looks.partition_point(|look| *look <= ts)
    }

    /// Tells the states from the first occurrence on, with their periods, until the customer has
    /// gone for good: where nothing is told between two periods, the customer was gone.
    pub fn states(&self, instants: &[Micros], mut tell: impl FnMut(usize, State)) {
        let n = self.n_periods();
        // The period after the last one told, and the boundaries the latest occurrence reaches.
        let (mut next, mut reach) = (0, 0);
        let mut is_known = false;
        let mut rest = instants;
        while let Some(first) = rest.first() {
            let place = self.place(next.min(n), *first);
            let end = self.bounds.get(place).copied().unwrap_or(Micros::MAX);
            let n_here = rest.partition_point(|ts| *ts < end);
            let last = rest.get(n_here - 1).copied().unwrap_or(*first);
            rest = rest.get(n_here..).unwrap_or_default();
            if place > n {
                break;
            }
            if let Some(period) = place.checked_sub(1) {
                self.quiet(next..period, reach, is_known, &mut tell);
                tell(
                    period,
                    match (is_known, period < reach) {
                        (false, _) => State::New,
                        (true, true) => State::Returning,
                        (true, false) => State::Resurrecting,
                    },
                );
                next = period + 1;
            }
            is_known = true;
            reach = self.n_active(last);
        }
        self.quiet(next..n, reach, is_known, &mut tell);
    }

    /// Tells the periods without an occurrence: idle while the customer is active at their end,
    /// dormant in the one at whose start that is last so.
    fn quiet(
        &self,
        periods: std::ops::Range<usize>,
        reach: usize,
        is_known: bool,
        tell: &mut impl FnMut(usize, State),
    ) {
        if !is_known {
            return;
        }
        for period in periods.start..periods.end.min(reach) {
            let is_active_at_end = period + 1 < reach;
            tell(period, if is_active_at_end { State::Idle } else { State::Dormant });
        }
    }

    /// The state in one period; `None` before the first occurrence.
    pub fn state_in(&self, instants: &[Micros], period: usize) -> Option<State> {
        let end = self.bounds.get(period + 1)?;
        if instants.first().is_none_or(|first| first >= end) {
            return None;
        }
        let mut found = State::Gone;
        self.states(instants, |told, state| {
            if told == period {
                found = state;
            }
        });
        Some(found)
    }
}
