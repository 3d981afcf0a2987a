//! What is known of the customer being visited, up to the cut that comes next.
//!
//! Rows are taken in stretches, column by column; what a stretch adds is a few numbers per row, no
//! object. Orders go into an order book, since lines known later may belong to them.

use std::ops::Range;

use perennial_types::calendar::Micros;

use super::plan::Plan;
use super::reader::Reader;
use super::stamps::Stamps;
use crate::coding::NO_VALUE;
use crate::orders::{Kind, OrderBook};

/// One customer so far.
#[derive(Debug, Default)]
pub struct History {
    /// The day of every event.
    pub days: Vec<i32>,
    /// The days with an event, each once.
    pub active_days: Vec<i32>,
    /// Orders and refunds.
    pub book: OrderBook,
    /// The days on which sessions began.
    pub session_days: Vec<i32>,
    /// Time within sessions.
    pub session_micros: Micros,
    /// The days of calls for help.
    pub support_days: Vec<i32>,
    /// Votes with a score.
    pub n_votes: f64,
    /// The sum of their scores.
    pub score_sum: f64,
    /// Day and score of the last one.
    pub last_vote: Option<(i32, f64)>,
    /// Events on Saturday or Sunday.
    pub n_weekend: u32,
    /// Events by quarter of the day.
    pub n_parts: [u32; 4],
    /// Distinct names of events.
    pub n_names: u32,
    /// Distinct items.
    pub n_items: u32,
    /// Distinct items of order lines.
    pub n_items_bought: u32,
    /// Distinct categories.
    pub n_categories: u32,
    /// First and latest channel, then first and latest country, as numbers.
    pub labels: [u32; 4],
    last_ts: Option<Micros>,
    last_session: u32,
    seen: Seen,
}

/// Values that have been met.
#[derive(Debug, Default)]
struct Seen {
    names: Stamps,
    items: Stamps,
    items_bought: Stamps,
    categories: Stamps,
}

impl History {
    /// Forgets everything, for the next customer.
    pub fn clear(&mut self) {
        self.days.clear();
        self.active_days.clear();
        self.book.clear();
        self.session_days.clear();
        self.support_days.clear();
        self.session_micros = 0;
        (self.n_votes, self.score_sum, self.last_vote) = (0.0, 0.0, None);
        (self.n_weekend, self.n_parts) = (0, [0; 4]);
        (self.n_names, self.n_items, self.n_items_bought, self.n_categories) = (0, 0, 0, 0);
        self.labels = [NO_VALUE; 4];
        (self.last_ts, self.last_session) = (None, NO_VALUE);
        for seen in [
            &mut self.seen.names,
            &mut self.seen.items,
            &mut self.seen.items_bought,
            &mut self.seen.categories,
        ] {
            seen.forget();
        }
    }

    /// So many of all events, as a share.
    pub fn share(&self, n: u32) -> Option<f64> {
        (!self.days.is_empty()).then(|| f64::from(n) / self.days.len() as f64)
    }

    /// The share of the events in a quarter of the day.
    pub fn part_share(&self, part: usize) -> Option<f64> {
        self.n_parts.get(part).and_then(|n| self.share(*n))
    }

    /// Takes a stretch of rows of the customer, in time order.
    pub fn push(&mut self, plan: &Plan, reader: &Reader<'_>, rows: Range<usize>) {
        let first = self.days.len();
        self.push_days(plan, &reader.ts[rows.clone()]);
        if plan.wants_sessions {
            self.push_sessions(plan, reader, rows.clone(), first);
        }
        if let Some(orders) = &reader.orders {
            for row in rows.clone() {
                let kind = orders.kind(row);
                if kind == Kind::Other || !reader.is_of_currency(plan, row) {
                    continue;
                }
                self.book.push_as(orders, row, reader.ts[row], kind);
                let item = reader.items_bought.map_or(NO_VALUE, |items| items[row]);
                let is_new = kind == Kind::Order && self.seen.items_bought.is_new(item);
                self.n_items_bought += u32::from(is_new);
            }
        }
        let seen = &mut self.seen;
        let count = |codes: Option<&[u32]>, stamps: &mut Stamps, n: &mut u32| {
            let codes = codes.and_then(|codes| codes.get(rows.clone())).unwrap_or_default();
            *n += codes.iter().filter(|code| stamps.is_new(**code)).count() as u32;
        };
        count(reader.names, &mut seen.names, &mut self.n_names);
        count(reader.items, &mut seen.items, &mut self.n_items);
        count(reader.categories, &mut seen.categories, &mut self.n_categories);
        self.push_labels(reader, rows.clone());
        self.push_marked(reader, rows, first);
    }

    /// Days, and the share of weekends and of the quarters of the day.
    fn push_days(&mut self, plan: &Plan, ts: &[Micros]) {
        let days = &plan.days;
        let mut day = 0;
        let mut span = 0..0;
        for ts in ts {
            if !span.contains(ts) {
                day = days.index_of(*ts);
                span = days.span(day);
                if self.active_days.last() != Some(&day) {
                    self.active_days.push(day);
                }
            }
            self.days.push(day);
            if plan.wants_rhythm {
                self.n_weekend += u32::from(days.is_weekend(day));
                self.n_parts[days.part(day, *ts)] += 1;
            }
        }
    }

    fn push_sessions(
        &mut self,
        plan: &Plan,
        reader: &Reader<'_>,
        rows: Range<usize>,
        first: usize,
    ) {
        for (position, row) in rows.enumerate() {
            let ts = reader.ts[row];
            let session = reader.sessions.map_or(NO_VALUE, |sessions| sessions[row]);
            let begins = match self.last_ts {
                None => true,
                Some(last) if plan.session_gap.is_some_and(|gap| ts - last >= gap) => true,
                Some(_) => session != self.last_session || reader.begins_session(row),
            };
            if begins {
                self.session_days.push(self.days[first + position]);
            } else {
                self.session_micros += ts - self.last_ts.unwrap_or(ts);
            }
            (self.last_ts, self.last_session) = (Some(ts), session);
        }
    }

    fn push_labels(&mut self, reader: &Reader<'_>, rows: Range<usize>) {
        for (codes, place) in [(reader.channels, 0), (reader.countries, 2)] {
            let codes = codes.and_then(|codes| codes.get(rows.clone())).unwrap_or_default();
            for code in codes.iter().filter(|code| **code != NO_VALUE) {
                if self.labels[place] == NO_VALUE {
                    self.labels[place] = *code;
                }
                self.labels[place + 1] = *code;
            }
        }
    }

    /// Calls for help, and votes.
    fn push_marked(&mut self, reader: &Reader<'_>, rows: Range<usize>, first: usize) {
        if let Some(mask) = &reader.support {
            let marked = rows.clone().enumerate().filter(|(_, row)| mask.passes(*row));
            self.support_days.extend(marked.map(|(position, _)| self.days[first + position]));
        }
        if let Some(mask) = &reader.votes {
            for (position, row) in rows.enumerate().filter(|(_, row)| mask.passes(*row)) {
                let Some(score) = reader.score(row) else { continue };
                self.n_votes += 1.0;
                self.score_sum += score;
                self.last_vote = Some((self.days[first + position], score));
            }
        }
    }
}
