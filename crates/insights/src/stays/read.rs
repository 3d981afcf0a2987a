//! The stays of all buckets, with the values of their fields taken apart again.

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Int32Type, Int64Type, UInt8Type};
use jiff::civil::Date;
use perennial_types::key::CustomerKey;

use super::fold::{LEFT, TOO_RECENT, day_number};
use super::plan::Plan;
use crate::belonging::Merged;
use crate::grouping::Group;

/// One customer's stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    /// The key.
    pub customer: CustomerKey,
    /// Which tuple of values the customer has.
    pub tuple: u32,
    /// Number of the day on which the relationship began, from 1970-01-01.
    pub began: i32,
    /// Number of the day from which on the customer was watched.
    pub first: i32,
    /// Number of the day on which the customer left, or was last known to be here.
    pub end: i32,
    /// Whether the customer left then.
    pub left: bool,
}

impl Stay {
    /// Length in days, the first one counted.
    pub fn n_days(&self) -> u32 {
        (self.end - self.began).unsigned_abs() + 1
    }

    /// Age in days when watching began: at risk of leaving at any length above it.
    pub fn entry_days(&self) -> u32 {
        (self.first - self.began).unsigned_abs()
    }
}

/// Every customer who started early enough for anything to be known, by key.
#[derive(Debug, Default)]
pub struct Stays {
    /// Their stays.
    pub rows: Vec<Stay>,
    /// The values of each tuple: breakdown, then covariates, then when the relationship began.
    pub tuples: Vec<Group>,
    /// Who started too recently.
    pub too_recent: Vec<CustomerKey>,
    /// Starts whose field named no date on or before them.
    pub n_unreadable: u64,
}

impl Stays {
    /// The stays of all buckets.
    pub fn read(plan: &Plan, partials: &[RecordBatch]) -> Stays {
        let mut names = Merged::default();
        let mut stays = Stays::default();
        for partial in partials {
            let tuples = names.numbers(partial, 1);
            let customers = partial.column(0).as_primitive::<Int64Type>().values();
            let firsts = partial.column(2).as_primitive::<Int32Type>().values();
            let ends = partial.column(3).as_primitive::<Int32Type>().values();
            let states = partial.column(4).as_primitive::<UInt8Type>().values();
            let days = firsts.iter().zip(ends.iter()).zip(states.iter());
            for ((customer, tuple), ((first, end), state)) in customers.iter().zip(tuples).zip(days)
            {
                let customer = CustomerKey(*customer);
                if *state == TOO_RECENT {
                    stays.too_recent.push(customer);
                    continue;
                }
                let left = *state == LEFT;
                let (began, first, end) = (*first, *first, *end);
                stays.rows.push(Stay { customer, tuple, began, first, end, left });
            }
        }
        stays.tuples = (0..names.len()).map(|number| names.value(number as u32)).collect();
        stays.too_recent.sort_unstable();
        // Buckets come in any order, and sums of decimals must not tell.
        stays.rows.sort_unstable_by_key(|stay| stay.customer);
        if plan.has_began {
            stays.look_back();
        }
        stays
    }

    /// Lets stays begin when the field of their start says so.
    fn look_back(&mut self) {
        let day = |tuple: &Group| -> Option<i32> {
            let text = tuple.last()?.as_deref()?;
            // An instant names its date first.
            let date: Date = text.get(..10)?.parse().ok()?;
            Some(day_number(date))
        };
        let days: Vec<Option<i32>> = self.tuples.iter().map(day).collect();
        for stay in &mut self.rows {
            match days.get(stay.tuple as usize).copied().flatten() {
                Some(began) if began <= stay.first => stay.began = began,
                _ => self.n_unreadable += 1,
            }
        }
    }

    /// The values of a customer's covariates.
    pub fn covariates<'a>(&'a self, plan: &Plan, stay: &Stay) -> &'a [Option<String>] {
        let tuple = self.tuples.get(stay.tuple as usize).map(Vec::as_slice).unwrap_or_default();
        tuple.get(plan.n_breakdown..plan.n_breakdown + plan.n_covariates).unwrap_or_default()
    }
}
