//! From a customer's occurrences to entries into rows and hits after them: who enters, whose
//! population, which group, which windows returned.

use std::collections::HashSet;
use std::sync::Arc;

use perennial_types::calendar::Micros;
use perennial_types::question::Population;

use super::occurrence::{Groups, Occurrence};
use super::plan::Plan;
use super::question::{Attribution, Enter};
use super::sink::{Entry, Hit};
use crate::grouping::Group;
use crate::orders::{OrderBook, median};

/// The entries of one customer, reused from customer to customer.
#[derive(Debug)]
pub struct Entries {
    kept: Option<Arc<Vec<Group>>>,
    entries: Vec<Entry>,
    hits: Vec<Hit>,
    /// Numbers plus one of the currencies whose amounts were added.
    currencies: Vec<u32>,
}

impl Entries {
    /// No entries yet. `kept` are the groups that stay apart by return value.
    pub fn new(kept: Option<Arc<Vec<Group>>>) -> Entries {
        Entries { kept, entries: Vec::new(), hits: Vec::new(), currencies: Vec::new() }
    }

    /// The entries and hits made last.
    pub fn parts(&self) -> (&[Entry], &[Hit]) {
        (&self.entries, &self.hits)
    }

    /// The currencies whose amounts were added, by their numbers plus one.
    pub fn currencies(&self) -> &[u32] {
        &self.currencies
    }

    /// Makes the entries of one customer.
    pub fn make(
        &mut self,
        plan: &Plan,
        occurrences: &[Occurrence],
        orders: &OrderBook,
        current: &Group,
        groups: &mut Groups,
    ) {
        self.entries.clear();
        self.hits.clear();
        for anchor in anchors(plan, occurrences) {
            let occurrence = &occurrences[anchor];
            let Some(row) = plan.row_of(occurrence.ts) else { continue };
            if !is_in_population(plan, orders, occurrence.ts) {
                continue;
            }
            let cycle = if plan.needs_cycle() { own_cycle(plan, orders, occurrence.ts) } else { 0 };
            let entry = Entry {
                row,
                anchor: occurrence.ts,
                cycle,
                group: 0,
                is_member: true,
                hits: (0, 0),
            };
            self.enter(plan, entry, occurrence, occurrences, current, groups);
        }
    }

    /// Adds one entry and, where groups are told apart by return value, one more per value.
    fn enter(
        &mut self,
        plan: &Plan,
        entry: Entry,
        start: &Occurrence,
        occurrences: &[Occurrence],
        current: &Group,
        groups: &mut Groups,
    ) {
        let own: Group = group_of(plan, groups, start, None, current);
        let first = occurrences.partition_point(|other| other.ts <= entry.anchor);
        let returns: Vec<&Occurrence> =
            occurrences[first..].iter().filter(|other| other.is_return).collect();
        let by_return = plan.breakdown.iter().any(|(_, at)| *at == Attribution::Return);
        if !by_return {
            let group = groups.number(&own);
            let hits = self.hits_of(plan, &entry, &returns);
            self.entries.push(Entry { group, hits, ..entry });
            return;
        }
        let member = groups.number(&own);
        let hits = self.hits_of(plan, &entry, &returns);
        self.entries.push(Entry { group: member, hits, ..entry });
        let mut seen: HashSet<u32> = HashSet::new();
        let numbered: Vec<(u32, &Occurrence)> = returns
            .iter()
            .map(|other| {
                let full = group_of(plan, groups, start, Some(other), current);
                (self.kept_number(&full, groups), *other)
            })
            .collect();
        for (group, _) in &numbered {
            if !seen.insert(*group) {
                continue;
            }
            let of_group: Vec<&Occurrence> =
                numbered.iter().filter(|(other, _)| other == group).map(|(_, one)| *one).collect();
            let hits = self.hits_of(plan, &entry, &of_group);
            self.entries.push(Entry { group: *group, is_member: false, hits, ..entry });
        }
    }

    fn kept_number(&self, group: &Group, groups: &mut Groups) -> u32 {
        match &self.kept {
            Some(kept) if !kept.contains(group) => groups.number(&other_group(group.len())),
            _ => groups.number(group),
        }
    }

    /// The windows in which these returns are enough, as a range of the hits.
    fn hits_of(&mut self, plan: &Plan, entry: &Entry, returns: &[&Occurrence]) -> (u32, u32) {
        let first = self.hits.len() as u32;
        let window = |other: &Occurrence| plan.windows.index(entry.anchor, other.ts, entry.cycle);
        for returns in returns.chunk_by(|left, right| window(left) == window(right)) {
            let Some(k) = returns.first().map(|other| window(other)) else { continue };
            if plan.adds_money() && plan.looks_at(k) {
                self.note_currencies(returns);
            }
            if is_enough(plan, returns) {
                let value = returns.iter().map(|other| other.value).sum();
                self.hits.push(Hit { k, value });
            }
        }
        (first, self.hits.len() as u32)
    }

    fn note_currencies(&mut self, returns: &[&Occurrence]) {
        for currency in returns.iter().flat_map(|other| [other.currency, other.other_currency]) {
            if currency != 0 && !self.currencies.contains(&currency) {
                self.currencies.push(currency);
            }
        }
    }
}

/// Whether these returns of one window are what the window needs.
fn is_enough(plan: &Plan, returns: &[&Occurrence]) -> bool {
    let min = &plan.question.min;
    let amount: i128 = returns.iter().map(|other| other.amount).sum();
    let n_days = plan.days.as_ref().map_or(1, |days| {
        let mut found: Vec<Option<usize>> =
            returns.iter().map(|other| days.index_of(other.ts)).collect();
        found.dedup();
        found.len()
    });
    returns.len() >= min.occurrences as usize
        && min.amount.is_none_or(|least| amount >= i128::from(least.0))
        && n_days >= min.days as usize
}

/// Stands for every return value at once; no value in a lake can hold a NUL.
pub const EVERY_RETURN: &str = "\u{0}every";
/// Stands for the groups behind the kept ones.
pub const OTHER: &str = "\u{0}other";

/// The group of what stands behind the kept ones.
pub fn other_group(n_values: usize) -> Group {
    vec![Some(OTHER.to_owned()); n_values]
}

/// The values of the breakdown: of the start, of the return, or the latest known.
fn group_of(
    plan: &Plan,
    groups: &Groups,
    start: &Occurrence,
    return_: Option<&Occurrence>,
    current: &Group,
) -> Group {
    let value_at = |occurrence: &Occurrence, position: usize| {
        groups.value(occurrence.group).and_then(|values| values.get(position).cloned().flatten())
    };
    plan.breakdown
        .iter()
        .enumerate()
        .map(|(position, (_, at))| match at {
            Attribution::Start => value_at(start, position),
            Attribution::Return => match return_ {
                Some(other) => value_at(other, position),
                None => Some(EVERY_RETURN.to_owned()),
            },
            Attribution::Current => current.get(position).cloned().flatten(),
        })
        .collect()
}

/// Positions of the occurrences that start, in time order.
fn anchors(plan: &Plan, occurrences: &[Occurrence]) -> Vec<usize> {
    let positions = 0..occurrences.len();
    let is_start = |position: &usize| occurrences[*position].is_start;
    let in_rows = |position: &usize| plan.row_of(occurrences[*position].ts).is_some();
    match plan.question.enter {
        Enter::FirstMatching => positions.into_iter().find(is_start).into_iter().collect(),
        Enter::FirstInRange => {
            positions.into_iter().find(|one| is_start(one) && in_rows(one)).into_iter().collect()
        }
        Enter::FirstEver => positions
            .into_iter()
            .find(|position| occurrences[*position].is_named)
            .filter(is_start)
            .into_iter()
            .collect(),
        Enter::EveryPeriod => {
            let mut last_row = None;
            positions
                .filter(|one| is_start(one) && in_rows(one))
                .filter(|one| {
                    let row = plan.row_of(occurrences[*one].ts);
                    std::mem::replace(&mut last_row, row) != row
                })
                .collect()
        }
    }
}

fn is_in_population(plan: &Plan, orders: &OrderBook, anchor: Micros) -> bool {
    match plan.question.population {
        Population::Everyone => true,
        Population::Buyers => orders.first().is_some_and(|first| first <= anchor),
        Population::NetBuyers => {
            orders.first().is_some_and(|first| first <= anchor) && orders.is_net_buyer()
        }
    }
}

/// The customer's own cycle, or the usual one where fewer than two gaps are known.
fn own_cycle(plan: &Plan, orders: &OrderBook, anchor: Micros) -> Micros {
    let mut gaps = orders.gaps_until(anchor);
    if gaps.len() < 2 {
        return plan.usual_cycle;
    }
    median(&mut gaps).filter(|gap| *gap > 0).unwrap_or(plan.usual_cycle)
}
