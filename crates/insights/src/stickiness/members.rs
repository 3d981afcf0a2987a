//! The customers of one number.

use std::sync::Arc;

use arrow::array::{AsArray, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use perennial_engine::error::EngineError;
use perennial_types::calendar::Micros;
use perennial_types::key::CustomerKey;

use super::plan::{Activity, Plan};
use super::question::{DaySet, Regularity};
use crate::belonging::{self, Belonging, Merged};
use crate::grouping::Group;
use crate::occurring::Sink;

/// The number whose customers are wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Which of a customer's numbers.
    pub number: Number,
    /// Whether a group belongs to it.
    pub groups: Vec<Group>,
    /// Whether those are the groups left out, not the ones meant.
    pub is_rest: bool,
}

/// What must be so of a customer.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    /// Active in exactly so many periods.
    Exactly(usize),
    /// Active in at least so many.
    AtLeast(usize),
    /// With gaps of a kind.
    Regularity(Regularity),
    /// Active in the days of a set that end with a day.
    Day(usize, DaySet),
}

/// Collects the customers of one number.
pub struct Members {
    plan: Arc<Plan>,
    wanted: Wanted,
    activity: Activity,
    found: Vec<(i64, u32)>,
}

impl Members {
    /// Nobody yet.
    pub fn new(plan: Arc<Plan>, wanted: Wanted) -> Members {
        Members { plan, wanted, activity: Activity::default(), found: Vec::new() }
    }
}

impl Sink for Members {
    fn customer(
        &mut self,
        customer: i64,
        group: u32,
        instants: &[Micros],
    ) -> Result<(), EngineError> {
        self.activity.read(&self.plan, instants);
        let n_active = self.activity.periods.len();
        let is_in = match self.wanted.number {
            Number::Exactly(n) => n_active == n,
            Number::AtLeast(n) => n_active >= n,
            Number::Regularity(kind) => n_active > 0 && self.activity.regularity() == kind,
            Number::Day(day, set) => {
                let first = (day + 1).saturating_sub(set.n_days());
                self.activity.days.iter().any(|own| (first..=day).contains(own))
            }
        };
        if is_in {
            self.found.push((customer, group));
        }
        Ok(())
    }

    fn finish(self, belonging: &Belonging) -> Result<RecordBatch, EngineError> {
        let fields = vec![
            Field::new("customer", DataType::Int64, false),
            Field::new("group", belonging::column_type(), false),
        ];
        let keys = Int64Array::from_iter_values(self.found.iter().map(|(key, _)| *key));
        let groups = belonging.column(self.found.iter().map(|(_, group)| *group));
        Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), vec![Arc::new(keys), groups])?)
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
