//! Sums over sessions, as named counts that add up over buckets.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, StringArray, UInt32Array};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, UInt32Type};
use perennial_engine::error::EngineError;

use super::fold::Sink;
use super::plan::Plan;
use super::visit::Customer;
use crate::nodes::NodeCoder;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub enum What {
    /// Customers with a session, by how many they have.
    Customers,
    /// Sessions.
    Sessions,
    /// Sessions that may go on.
    Open,
    /// Finished sessions of one event.
    Bounces,
    /// Customers with one.
    Bounced,
    /// Finished sessions by their length in whole seconds.
    Length,
    /// Finished sessions by their number of events.
    Depth,
    /// Sessions by the node they begin at.
    Entries,
    /// Finished ones of one event.
    EntryBounces,
    /// Customers with such a session.
    EntryCustomers,
    /// Finished sessions by the node they end at.
    Exits,
    /// Customers with such a session.
    ExitCustomers,
    /// First sessions whose horizon is over.
    Firsts,
    /// Those of customers who came back.
    FirstsReturned,
    /// First sessions whose horizon is not over.
    FirstsUndecided,
    /// First sessions by a node that was met in them.
    Did,
    /// Those of customers who came back.
    DidReturned,
    /// Sessions by the period they begin in.
    PeriodSessions,
    /// Those that may go on.
    PeriodOpen,
    /// Finished ones of one event.
    PeriodBounces,
    /// Customers with a session that begins in it.
    PeriodCustomers,
}

/// Every kind of count, by its number.
const ALL: [What; 21] = [
    What::Customers,
    What::Sessions,
    What::Open,
    What::Bounces,
    What::Bounced,
    What::Length,
    What::Depth,
    What::Entries,
    What::EntryBounces,
    What::EntryCustomers,
    What::Exits,
    What::ExitCustomers,
    What::Firsts,
    What::FirstsReturned,
    What::FirstsUndecided,
    What::Did,
    What::DidReturned,
    What::PeriodSessions,
    What::PeriodOpen,
    What::PeriodBounces,
    What::PeriodCustomers,
];

impl What {
    /// Whether its numbers are nodes, whose names are told.
    fn is_by_node(self) -> bool {
        use What::{Did, DidReturned, Entries, EntryBounces, EntryCustomers, ExitCustomers, Exits};
        matches!(
            self,
            Entries | EntryBounces | EntryCustomers | Exits | ExitCustomers | Did | DidReturned
        )
    }
}

/// Numbers below are counted by position: nodes, depths, lengths of up to eighteen hours.
const DENSE: u32 = 1 << 16;

/// Counts of one kind by number.
#[derive(Clone, Debug, Default)]
struct Numbered {
    dense: Vec<u64>,
    others: BTreeMap<u32, u64>,
    /// The customer, counted from 1, that a number was noted of last.
    noted: Vec<u64>,
}

impl Numbered {
    fn add(&mut self, number: u32) {
        if number >= DENSE {
            *self.others.entry(number).or_insert(0) += 1;
            return;
        }
        *slot(&mut self.dense, number) += 1;
    }

    /// Counts a number once per customer.
    fn add_once(&mut self, number: u32, customer: u64) {
        let last = slot(&mut self.noted, number);
        if std::mem::replace(last, customer) != customer {
            self.add(number);
        }
    }

    /// What was counted, with its number.
    fn counts(&self) -> impl Iterator<Item = (u32, u64)> + '_ {
        let dense = (0..).zip(self.dense.iter().copied()).filter(|(_, count)| *count > 0);
        dense.chain(self.others.iter().map(|(number, count)| (*number, *count)))
    }
}

/// The place of a number in a list that grows as far as it is used.
fn slot(list: &mut Vec<u64>, number: u32) -> &mut u64 {
    let at = number as usize;
    if at >= list.len() {
        list.resize(at + 1, 0);
    }
    &mut list[at]
}

/// Adds up sessions.
pub struct Tally {
    plan: Arc<Plan>,
    /// One per [`What`]; its numbers are nodes, lengths, depths or 0.
    counts: [Numbered; ALL.len()],
    /// Customers so far.
    n_customers: u64,
}

impl Tally {
    /// Nothing counted.
    pub fn new(plan: Arc<Plan>) -> Tally {
        Tally { plan, counts: Default::default(), n_customers: 0 }
    }

    /// Counts a customer's sessions, which are in order, by period.
    fn add_periods(&mut self, customer: &Customer<'_>) {
        let plan = self.plan.clone();
        let Some(periods) = &plan.periods else { return };
        let mut last = None;
        for session in customer.sessions() {
            let period = session.stops.first().and_then(|first| periods.index_of(first.ts));
            let Some(number) = period.and_then(|period| u32::try_from(period).ok()) else {
                continue;
            };
            self.add(What::PeriodSessions, number);
            match session.is_open {
                true => self.add(What::PeriodOpen, number),
                false if session.stops.len() == 1 => self.add(What::PeriodBounces, number),
                false => {}
            }
            if last.replace(number) != Some(number) {
                self.add(What::PeriodCustomers, number);
            }
        }
    }

    fn add(&mut self, what: What, number: u32) {
        self.counts[what as usize].add(number);
    }

    fn add_once(&mut self, what: What, number: u32) {
        self.counts[what as usize].add_once(number, self.n_customers);
    }
}

impl Sink for Tally {
    fn customer(&mut self, _key: i64, customer: &Customer<'_>, _nodes: &NodeCoder) {
        self.n_customers += 1;
        self.add_periods(customer);
        let sessions = customer.sessions();
        self.add(What::Customers, u32::try_from(sessions.len()).unwrap_or(u32::MAX));
        for session in sessions {
            let (Some(first), Some(last)) = (session.stops.first(), session.stops.last()) else {
                continue;
            };
            self.add(What::Sessions, 0);
            self.add(What::Entries, first.node);
            self.add_once(What::EntryCustomers, first.node);
            if session.is_open {
                self.add(What::Open, 0);
                continue;
            }
            self.add(What::Exits, last.node);
            self.add_once(What::ExitCustomers, last.node);
            let seconds = (last.ts - first.ts) / 1_000_000;
            self.add(What::Length, u32::try_from(seconds).unwrap_or(u32::MAX));
            self.add(What::Depth, u32::try_from(session.stops.len()).unwrap_or(u32::MAX));
            if session.stops.len() == 1 {
                self.add(What::Bounces, 0);
                self.add(What::EntryBounces, first.node);
                self.add_once(What::Bounced, 0);
            }
        }
        let Some(first) = customer.first else { return };
        let Some(returned) = first.returned else {
            self.add(What::FirstsUndecided, 0);
            return;
        };
        self.add(What::Firsts, 0);
        if returned {
            self.add(What::FirstsReturned, 0);
        }
        for stop in customer.first_session().stops {
            self.add_once(What::Did, stop.node);
            if returned {
                self.add_once(What::DidReturned, stop.node);
            }
        }
    }

    fn finish(self, nodes: &NodeCoder) -> Result<RecordBatch, EngineError> {
        let mut rows: Vec<(u32, &str, u32, i64)> = Vec::new();
        for (what, counts) in ALL.iter().zip(&self.counts) {
            for (number, count) in counts.counts() {
                let by_node = what.is_by_node();
                let name = if by_node { nodes.name(number).unwrap_or_default() } else { "" };
                rows.push((*what as u32, name, if by_node { 0 } else { number }, count as i64));
            }
        }
        let fields = vec![
            Field::new("what", DataType::UInt32, false),
            Field::new("node", DataType::Utf8, false),
            Field::new("number", DataType::UInt32, false),
            Field::new("count", DataType::Int64, false),
        ];
        let columns: Vec<ArrayRef> = vec![
            Arc::new(UInt32Array::from_iter_values(rows.iter().map(|row| row.0))),
            Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row.1))),
            Arc::new(UInt32Array::from_iter_values(rows.iter().map(|row| row.2))),
            Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.3))),
        ];
        Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
    }
}

/// The counts of all buckets together.
#[derive(Debug, Default)]
pub struct Counts {
    by_node: BTreeMap<(What, String), u64>,
    by_number: BTreeMap<(What, u32), u64>,
}

impl Counts {
    /// Adds up partial results.
    pub fn merged(partials: &[RecordBatch]) -> Counts {
        let mut counts = Counts::default();
        for partial in partials {
            let whats = partial.column(0).as_primitive::<UInt32Type>().values();
            let names = partial.column(1).as_string::<i32>();
            let numbers = partial.column(2).as_primitive::<UInt32Type>().values();
            let n = partial.column(3).as_primitive::<Int64Type>().values();
            for (row, what) in whats.iter().enumerate() {
                let Some(what) = ALL.get(*what as usize).copied() else { continue };
                let count = n[row] as u64;
                match names.value(row) {
                    "" => *counts.by_number.entry((what, numbers[row])).or_insert(0) += count,
                    name => *counts.by_node.entry((what, name.to_owned())).or_insert(0) += count,
                }
            }
        }
        counts
    }

    /// A count that is by nothing.
    pub fn n(&self, what: What) -> u64 {
        self.by_number.get(&(what, 0)).copied().unwrap_or(0)
    }

    /// A count of a node.
    pub fn of(&self, what: What, node: &str) -> u64 {
        self.by_node.get(&(what, node.to_owned())).copied().unwrap_or(0)
    }

    /// The counts of a kind by number.
    pub fn spread(&self, what: What) -> BTreeMap<u32, u64> {
        let rows = self.by_number.iter().filter(|((kind, _), _)| *kind == what);
        rows.map(|((_, number), count)| (*number, *count)).collect()
    }

    /// The nodes of a kind, the most frequent first.
    pub fn nodes(&self, what: What) -> Vec<(String, u64)> {
        let rows = self.by_node.iter().filter(|((kind, _), _)| *kind == what);
        let mut nodes: Vec<(String, u64)> =
            rows.map(|((_, name), count)| (name.clone(), *count)).collect();
        // A stable sort: nodes of one count stay in order of their names.
        nodes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        nodes
    }
}
