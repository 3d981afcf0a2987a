//! Who stands behind a cell.

use std::sync::Arc;

use arrow::array::{AsArray, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use perennial_engine::error::EngineError;
use perennial_types::key::CustomerKey;

use super::plan::Plan;
use super::sink::{Counted, Entry, Hit, Sink, counted};
use crate::grouping::Group;

/// The cells whose customers are wanted: one cell of one group, or of several added up.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The row.
    pub row: u32,
    /// The column; 0 is the whole row.
    pub column: u32,
    /// Whether a group belongs to the cell.
    pub groups: Arc<Vec<Group>>,
    /// Whether those are the groups left out, not the ones meant.
    pub is_rest: bool,
    /// Whether only entries count that make up a row's size: with them, everybody is meant
    /// whatever the values of the returns.
    pub members_only: bool,
}

/// Collects the customers of one cell.
pub struct Members {
    wanted: Wanted,
    /// Customers with the number of the group they were found in.
    found: Vec<(i64, u32)>,
    cells: Vec<Counted>,
}

impl Members {
    /// Nobody yet.
    pub fn new(wanted: Wanted) -> Members {
        Members { wanted, found: Vec::new(), cells: Vec::new() }
    }
}

impl Sink for Members {
    fn customer(&mut self, plan: &Plan, customer: i64, entries: &[Entry], hits: &[Hit]) {
        let members_only = self.wanted.members_only || self.wanted.column == 0;
        for entry in entries.iter().filter(|entry| entry.row == self.wanted.row) {
            let is_in = if members_only && !entry.is_member {
                false
            } else if self.wanted.column == 0 {
                true
            } else {
                counted(plan.question.count, plan.n_columns, entry.own(hits), &mut self.cells);
                self.cells.iter().any(|cell| cell.k == self.wanted.column)
            };
            if is_in {
                self.found.push((customer, entry.group));
            }
        }
    }

    fn finish(
        self,
        _plan: &Plan,
        groups: &[Group],
        _currencies: &[String],
    ) -> Result<RecordBatch, EngineError> {
        let belongs = |group: u32| {
            let known = groups.get(group as usize);
            known.is_some_and(|known| self.wanted.groups.contains(known)) != self.wanted.is_rest
        };
        let mut keys: Vec<i64> =
            self.found.iter().filter(|(_, group)| belongs(*group)).map(|(key, _)| *key).collect();
        keys.sort_unstable();
        keys.dedup();
        let schema = Schema::new(vec![Field::new("customer", DataType::Int64, false)]);
        Ok(RecordBatch::try_new(Arc::new(schema), vec![Arc::new(Int64Array::from(keys))])?)
    }
}

/// The customers of all buckets, by key.
pub fn merged(partials: &[RecordBatch]) -> Vec<CustomerKey> {
    let mut keys: Vec<CustomerKey> = partials
        .iter()
        .flat_map(|partial| partial.column(0).as_primitive::<Int64Type>().values().iter())
        .map(|key| CustomerKey(*key))
        .collect();
    keys.sort_unstable();
    keys
}
