//! The oracle: retention as the specification says it, customer by customer in plain loops.
//!
//! It shares no code with the insight but the types of the question, and asks jiff about every
//! civil date. What it gives is compared cell by cell.

mod answer;
mod civil;
mod happened;
mod windows;

use perennial_testkit::{Event, World};
use perennial_types::filter::Field;
use perennial_types::question::Population;

pub use answer::{Expected, ExpectedCell, ExpectedMean, ExpectedRow};

use self::civil::Civil;
use self::happened::{Occurrence, gaps, is_net_buyer, median, occurrences, purchases, text_of};
use self::windows::{Row, Windows};
use crate::grouping::Group;
use crate::retention::{Attribution, Count, CountKind, Enter, RetentionQuestion};

/// A customer in a row.
struct Entry {
    customer: i64,
    row: usize,
    anchor: i64,
    cycle: i64,
    /// Values of the breakdown, but those of a return.
    own: Group,
    returns: Vec<Return>,
}

/// A return after a start.
struct Return {
    ts: i64,
    window: i64,
    /// Values of the breakdown, those of the return among them.
    group: Group,
    value: i128,
    amount: i128,
    currencies: Vec<String>,
}

/// Everything the cells are made of.
struct Oracle<'a> {
    question: &'a RetentionQuestion,
    as_of: i64,
    civil: &'a Civil,
    rows: &'a [Row],
    windows: &'a Windows<'a>,
    usual_cycle: i64,
}

/// What the insight has to answer: cells, or the code of a refusal.
pub fn expected(world: &World, question: &RetentionQuestion) -> Result<Expected, String> {
    let as_of = question.as_of.expect("an end of the known world").as_microsecond();
    let zone = question.zone.name();
    let civil = Civil::new(zone, question.week_start, question.fiscal_year_start);
    let rows = windows::rows(&civil, question, world, as_of);
    let windows = Windows::new(&civil, question, &rows, as_of);
    let customers = customers(world, as_of);
    let needs_cycle = matches!(question.period, crate::retention::Period::Own(_));
    let usual_cycle = match needs_cycle {
        false => 0,
        true => {
            let all: Vec<i64> =
                customers.iter().flat_map(|(_, _, happened)| gaps(&purchases(happened))).collect();
            let usual = median(&all).filter(|gap| *gap > 0);
            match (usual, world.events.is_empty()) {
                (Some(usual), _) => usual,
                (None, true) => 0,
                (None, false) => return Err("no_purchase_cycle".to_owned()),
            }
        }
    };
    let oracle =
        Oracle { question, as_of, civil: &civil, rows: &rows, windows: &windows, usual_cycle };
    let entries: Vec<Entry> = customers
        .iter()
        .flat_map(|(customer, events, happened)| oracle.entries(*customer, events, happened))
        .collect();
    oracle.answer(world, &entries)
}

/// Every customer with the events known by then and the occurrences they make.
fn customers(world: &World, as_of: i64) -> Vec<(i64, Vec<Event>, Vec<Occurrence>)> {
    let known = world.filtered(|event| event.ts < as_of).sorted();
    let mut all: Vec<(i64, Vec<Event>)> = Vec::new();
    for event in known {
        match all.last_mut().filter(|(customer, _)| *customer == event.customer) {
            Some((_, events)) => events.push(event),
            None => all.push((event.customer, vec![event])),
        }
    }
    let with_occurrences = |(customer, events): (i64, Vec<Event>)| {
        let happened = occurrences(&events);
        (customer, events, happened)
    };
    all.into_iter().map(with_occurrences).collect()
}

impl Oracle<'_> {
    fn row_of(&self, ts: i64) -> Option<usize> {
        self.rows.iter().position(|row| row.start <= ts && ts < row.end)
    }

    fn entries(&self, customer: i64, events: &[Event], happened: &[Occurrence]) -> Vec<Entry> {
        let bought = purchases(happened);
        let belongs = |anchor: i64| match self.question.population {
            Population::Everyone => true,
            Population::Buyers => bought.iter().any(|ts| *ts <= anchor),
            Population::NetBuyers => {
                bought.iter().any(|ts| *ts <= anchor) && is_net_buyer(happened)
            }
        };
        let mut entries = Vec::new();
        for start in self.starts(happened) {
            let anchor = start.ts();
            let Some(row) = self.row_of(anchor).filter(|_| belongs(anchor)) else { continue };
            let before: Vec<i64> = bought.iter().copied().filter(|ts| *ts <= anchor).collect();
            let own_gaps = gaps(&before);
            let own_cycle = median(&own_gaps).filter(|gap| own_gaps.len() >= 2 && *gap > 0);
            let cycle = own_cycle.unwrap_or(self.usual_cycle);
            let group_with = |other: Option<&Occurrence>| self.group(start, other, events);
            let returns = happened
                .iter()
                .filter(|other| other.ts() > anchor && other.satisfies(&self.question.return_));
            let returns = returns.map(|other| Return {
                ts: other.ts(),
                window: self.windows.of(anchor, other.ts(), cycle),
                group: group_with(Some(other)),
                value: self.value_of(other),
                amount: other.amount().unwrap_or(0),
                currencies: other.currencies(),
            });
            let returns = returns.collect();
            entries.push(Entry { customer, row, anchor, cycle, own: group_with(None), returns });
        }
        entries
    }

    /// The occurrences with which a customer enters.
    fn starts<'b>(&self, happened: &'b [Occurrence]) -> Vec<&'b Occurrence> {
        let filter = &self.question.start;
        let mut starts = happened.iter().filter(|one| one.satisfies(filter));
        match self.question.enter {
            Enter::FirstMatching => starts.next().into_iter().collect(),
            Enter::FirstInRange => {
                starts.find(|one| self.row_of(one.ts()).is_some()).into_iter().collect()
            }
            Enter::FirstEver => {
                let first = happened.iter().find(|one| one.is_named(filter));
                first.filter(|one| one.satisfies(filter)).into_iter().collect()
            }
            Enter::EveryPeriod => {
                let starts: Vec<&Occurrence> = starts.collect();
                let first_of = |row: usize| {
                    starts.iter().copied().find(|one| self.row_of(one.ts()) == Some(row))
                };
                (0..self.rows.len()).filter_map(first_of).collect()
            }
        }
    }

    fn group(&self, start: &Occurrence, other: Option<&Occurrence>, events: &[Event]) -> Group {
        let breakdown = self.question.breakdown.iter();
        let value = breakdown.map(|breakdown| {
            let field = Field::named(&breakdown.field);
            match breakdown.at {
                Attribution::Start => text_of(&start.lines[0], &field),
                Attribution::Return => other.and_then(|other| text_of(&other.lines[0], &field)),
                Attribution::Current => {
                    events.iter().rev().find_map(|event| text_of(event, &field))
                }
            }
        });
        value.collect()
    }

    fn value_of(&self, other: &Occurrence) -> i128 {
        let of = self.question.value.as_ref().map_or("customers", |value| value.of.as_str());
        match of {
            "customers" => 0,
            "events" => 1,
            "amount" => other.amount().unwrap_or(0),
            "quantity" => other.quantity().unwrap_or(0),
            name => {
                let field = Field::named(name);
                let numbers = other.lines.iter().filter_map(|line| text_of(line, &field));
                let numbers = numbers.filter_map(|text| text.parse::<rust_decimal::Decimal>().ok());
                let total: rust_decimal::Decimal = numbers.sum();
                i128::try_from(total * rust_decimal::Decimal::from(10_000)).expect("a small number")
            }
        }
    }

    /// What a customer's returns are worth in a window, if they are enough.
    fn returned_in(&self, returns: &[&Return], window: i64) -> Option<i128> {
        let within: Vec<&&Return> = returns.iter().filter(|other| other.window == window).collect();
        let min = &self.question.min;
        let mut dates: Vec<_> = match min.days {
            0 | 1 => Vec::new(),
            _ => within.iter().map(|other| self.civil.date_of(other.ts)).collect(),
        };
        dates.dedup();
        let amount: i128 = within.iter().map(|other| other.amount).sum();
        let is_enough = !within.is_empty()
            && within.len() >= min.occurrences as usize
            && min.amount.is_none_or(|least| amount >= i128::from(least.0))
            && (min.days <= 1 || dates.len() >= min.days as usize);
        is_enough.then(|| within.iter().map(|other| other.value).sum())
    }

    /// What a customer is worth in a cell, if counted there.
    fn counted(&self, returns: &[&Return], k: u32) -> Option<i128> {
        let k = i64::from(k);
        let in_windows = |windows: &mut dyn Iterator<Item = i64>| -> Vec<i128> {
            windows.filter_map(|window| self.returned_in(returns, window)).collect()
        };
        let last = returns.iter().map(|other| other.window).max()?;
        let any = |found: Vec<i128>| (!found.is_empty()).then(|| found.iter().sum());
        match self.question.count {
            _ if k == 0 => self.returned_in(returns, 0),
            Count::Named(CountKind::On) => self.returned_in(returns, k),
            Count::Named(CountKind::OnOrAfter) => {
                let mut windows: Vec<i64> = returns.iter().map(|other| other.window).collect();
                windows.dedup();
                debug_assert!(windows.iter().all(|window| *window <= last));
                any(in_windows(&mut windows.into_iter().filter(|window| *window >= k)))
            }
            Count::Named(CountKind::OnOrBefore) => any(in_windows(&mut (0..=k))),
            Count::Named(CountKind::Streak) => {
                let found = in_windows(&mut (1..=k));
                (found.len() as i64 == k).then(|| found[found.len() - 1])
            }
            Count::AtLeast { at_least, of } => {
                let found = in_windows(&mut ((k - i64::from(of) + 1).max(0)..=k));
                (found.len() >= at_least as usize).then(|| found.iter().sum())
            }
        }
    }
}
