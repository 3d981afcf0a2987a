//! The customers of one number.

use std::sync::Arc;

use arrow::array::{AsArray, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use perennial_engine::error::EngineError;
use perennial_types::key::CustomerKey;

use super::question::SetName;
use super::reading::{Life, Sink};
use crate::belonging::{self, Belonging, Merged};
use crate::grouping::Group;

/// The number whose customers are wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Whether a cohort by start belongs to it, cohort by cohort.
    pub rows: Vec<bool>,
    /// The age, where it is a number of one.
    pub age: Option<usize>,
    /// Which customers.
    pub set: SetName,
    /// Whether only members count of whom the age is over.
    pub is_eligible: bool,
    /// Whether a group belongs to it.
    pub groups: Vec<Group>,
    /// Whether those are the groups left out, not the ones meant.
    pub is_rest: bool,
}

impl Wanted {
    fn is_in(&self, life: &Life<'_>) -> bool {
        let purchases = || life.deeds.iter().filter(|deed| !deed.is_refund);
        let is_counted = |age: usize| !self.is_eligible || life.n_over > age;
        self.rows.get(life.row).copied().unwrap_or_default()
            && self.age.is_none_or(is_counted)
            && match self.set {
                SetName::Size | SetName::Of => true,
                SetName::Buyers => purchases().next().is_some(),
                SetName::Repeat => purchases().nth(1).is_some(),
                SetName::Customers => purchases().any(|deed| Some(deed.age) == self.age),
            }
    }
}

/// Collects the customers of one number.
pub struct Members {
    wanted: Arc<Wanted>,
    found: Vec<(i64, u32)>,
}

impl Members {
    /// Nobody yet.
    pub fn new(wanted: Arc<Wanted>) -> Members {
        Members { wanted, found: Vec::new() }
    }
}

impl Sink for Members {
    fn customer(&mut self, life: &Life<'_>) -> Result<(), EngineError> {
        if self.wanted.is_in(life) {
            self.found.push((life.customer, life.group));
        }
        Ok(())
    }

    fn finish(
        self,
        belonging: &Belonging,
        _currencies: &[&String],
    ) -> Result<RecordBatch, EngineError> {
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
