//! The customers of one number.

use std::sync::Arc;

use arrow::array::{AsArray, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use perennial_engine::error::EngineError;
use perennial_types::calendar::Micros;
use perennial_types::key::CustomerKey;

use super::plan::Plan;
use super::state::State;
use crate::belonging::{self, Belonging, Merged};
use crate::grouping::Group;
use crate::occurring::Sink;

/// The number whose customers are wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The period.
    pub period: usize,
    /// The states in it that belong to the number.
    pub states: &'static [State],
    /// The state in the period before, where that is asked.
    pub from: Option<State>,
    /// Whether a group belongs to it.
    pub groups: Vec<Group>,
    /// Whether those are the groups left out, not the ones meant.
    pub is_rest: bool,
}

/// Collects the customers of one number.
pub struct Members {
    plan: Arc<Plan>,
    wanted: Wanted,
    found: Vec<(i64, u32)>,
}

impl Members {
    /// Nobody yet.
    pub fn new(plan: Arc<Plan>, wanted: Wanted) -> Members {
        Members { plan, wanted, found: Vec::new() }
    }

    fn is_in(&self, instants: &[Micros]) -> bool {
        let Wanted { period, states, from, .. } = &self.wanted;
        let state_in = |period: usize| self.plan.spans.state_in(instants, period);
        let is_from = |from: State| {
            period.checked_sub(1).and_then(state_in).is_some_and(|before| before == from)
        };
        state_in(*period).is_some_and(|state| states.contains(&state)) && from.is_none_or(is_from)
    }
}

impl Sink for Members {
    fn customer(
        &mut self,
        customer: i64,
        group: u32,
        instants: &[Micros],
    ) -> Result<(), EngineError> {
        if self.is_in(instants) {
            self.found.push((customer, group));
        }
        Ok(())
    }

    fn finish(self, belonging: &Belonging) -> Result<RecordBatch, EngineError> {
        let fields = vec![
            Field::new("customer", DataType::Int64, false),
            Field::new("group", belonging::column_type(), false),
        ];
        let keys = self.found.iter().map(|(key, _)| *key);
        Ok(RecordBatch::try_new(
            Arc::new(Schema::new(fields)),
            vec![
                Arc::new(Int64Array::from_iter_values(keys)),
                belonging.column(self.found.iter().map(|(_, group)| *group)),
            ],
        )?)
    }
}

/// The customers of all buckets whose group belongs to the number, by key.
pub fn merged(wanted: &Wanted, partials: &[RecordBatch]) -> Vec<CustomerKey> {
    let mut keys = Vec::new();
    let mut names = Merged::default();
    for partial in partials {
        let groups = names.numbers(partial, 1);
        let own = partial.column(0).as_primitive::<Int64Type>().values();
        let belongs = |group: u32| wanted.groups.contains(&names.value(group)) != wanted.is_rest;
        let wanted = own.iter().zip(groups).filter(|(_, group)| belongs(*group));
        keys.extend(wanted.map(|(key, _)| CustomerKey(*key)));
    }
    keys.sort_unstable();
    keys
}
