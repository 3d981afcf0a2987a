//! The customers of one number.

use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_engine::error::EngineError;
use perennial_types::calendar::Micros;

use super::plan::Plan;
use super::state::State;
use crate::belonging::Belonging;
use crate::listing::{Listing, Whose};
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
    /// The group they are of.
    pub whose: Whose,
}

/// Collects the customers of one number.
pub struct Members {
    plan: Arc<Plan>,
    wanted: Wanted,
    found: Listing,
}

impl Members {
    /// Nobody yet.
    pub fn new(plan: Arc<Plan>, wanted: Wanted) -> Members {
        Members { plan, wanted, found: Listing::default() }
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
            self.found.push(customer, group);
        }
        Ok(())
    }

    fn finish(self, belonging: &Belonging) -> Result<RecordBatch, EngineError> {
        self.found.finish(belonging)
    }
}
