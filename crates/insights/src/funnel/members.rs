//! The customers behind one number.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{AsArray, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use perennial_engine::error::EngineError;
use perennial_types::key::CustomerKey;

use super::chain::Outcome;
use super::fold::Sink;
use super::plan::Plan;
use super::question::SetName;
use super::tally::{group_of, standing};
use crate::coding::TupleCoder;
use crate::grouping::Group;
use crate::moments::Moment;

/// The number whose customers are wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The step, from 0.
    pub step: usize,
    /// Which of its customers.
    pub set: SetName,
    /// The period of the trend; `None` for all.
    pub period: Option<u32>,
    /// Whether a group belongs to it.
    pub groups: Arc<Vec<Group>>,
    /// Whether those are the groups left out, not the ones meant.
    pub is_rest: bool,
}

/// Collects customers.
pub struct Members {
    wanted: Wanted,
    /// Customers with the number of their group.
    found: Vec<(i64, u32)>,
}

impl Members {
    /// Nobody yet.
    pub fn new(wanted: Wanted) -> Members {
        Members { wanted, found: Vec::new() }
    }
}

impl Sink for Members {
    fn customer(
        &mut self,
        plan: &Plan,
        customer: i64,
        outcome: &Outcome,
        moments: &[Moment],
    ) -> Result<(), EngineError> {
        let Wanted { step, set, period, .. } = self.wanted;
        let standing = standing(plan, outcome, step);
        let is_in = standing.is_some_and(|standing| set == SetName::Reached || standing == set);
        if is_in && period.is_none_or(|period| plan.period_of(outcome.chain.start) == period) {
            self.found.push((customer, group_of(plan, outcome, moments, step)));
        }
        Ok(())
    }

    fn finish(self, _plan: &Plan, groups: &TupleCoder) -> Result<RecordBatch, EngineError> {
        let mut known: HashMap<u32, bool> = HashMap::new();
        let mut belongs = |group: u32| {
            *known.entry(group).or_insert_with(|| {
                self.wanted.groups.contains(&groups.values(group)) != self.wanted.is_rest
            })
        };
        let keys: Vec<i64> =
            self.found.iter().filter(|(_, group)| belongs(*group)).map(|(key, _)| *key).collect();
        keys_batch(keys)
    }
}

/// Customers as a partial result.
pub fn keys_batch(keys: Vec<i64>) -> Result<RecordBatch, EngineError> {
    let schema = Schema::new(vec![Field::new("customer", DataType::Int64, false)]);
    Ok(RecordBatch::try_new(Arc::new(schema), vec![Arc::new(Int64Array::from(keys))])?)
}

/// The customers of all buckets, by key, each once.
pub fn merged_keys(partials: &[RecordBatch]) -> Vec<CustomerKey> {
    let mut keys: Vec<CustomerKey> = partials
        .iter()
        .flat_map(|partial| partial.column(0).as_primitive::<Int64Type>().values().iter())
        .map(|key| CustomerKey(*key))
        .collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}
