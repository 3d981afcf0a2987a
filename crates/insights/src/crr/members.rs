//! The customers of one set of one period.

use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use perennial_engine::error::EngineError;

use super::life::{Life, Span, Standing};
use super::plan::Plan;
use super::question::SetName;
use super::reading::Sink;
use crate::grouping::Group;
use crate::listing::Whose;

/// How long before a period its customers were acquired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// In the period before it.
    New,
    /// Earlier.
    Old,
}

impl Age {
    /// Its name as the value of a group.
    pub fn name(self) -> &'static str {
        match self {
            Age::New => "new",
            Age::Old => "old",
        }
    }
}

/// The set whose customers are wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The period, or the whole range.
    pub span: Span,
    /// The set.
    pub set: SetName,
    /// Only customers acquired so long before.
    pub age: Option<Age>,
    /// Whose customers.
    pub whose: Whose,
}

/// Collects the customers of one set.
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

fn is_in(set: SetName, age: Option<Age>, standing: Standing) -> bool {
    let Standing { at_start, at_end, is_new, is_newer } = standing;
    let is_of_age = match age {
        None => true,
        Some(age) => !is_new && is_newer == (age == Age::New),
    };
    is_of_age
        && match set {
            SetName::S => at_start,
            SetName::E => at_end,
            SetName::N => at_end && is_new,
            SetName::Kept => at_start && at_end,
            SetName::WonBack => !at_start && at_end && !is_new,
            SetName::Lost => at_start && !at_end,
            SetName::Acquired => is_new,
        }
}

impl Sink for Members {
    fn customer(
        &mut self,
        _plan: &Plan,
        customer: i64,
        group: u32,
        life: &Life,
    ) -> Result<(), EngineError> {
        if is_in(self.wanted.set, self.wanted.age, life.standing(self.wanted.span)) {
            self.found.push((customer, group));
        }
        Ok(())
    }

    fn finish(self, _plan: &Plan, groups: &[Group]) -> Result<RecordBatch, EngineError> {
        let belongs = |group: u32| {
            groups.get(group as usize).is_some_and(|group| self.wanted.whose.holds(group))
        };
        let found = self.found.iter().filter(|(_, group)| belongs(*group));
        let keys: Int64Array = found.map(|(key, _)| *key).collect();
        let schema = Schema::new(vec![Field::new("customer", DataType::Int64, false)]);
        Ok(RecordBatch::try_new(Arc::new(schema), vec![Arc::new(keys)])?)
    }
}
