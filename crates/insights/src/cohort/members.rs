//! The customers of one number.

use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_engine::error::EngineError;

use super::question::SetName;
use super::reading::{Life, Sink};
use crate::belonging::Belonging;
use crate::listing::{Listing, Whose};

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
    /// The group they are of.
    pub whose: Whose,
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
    found: Listing,
}

impl Members {
    /// Nobody yet.
    pub fn new(wanted: Arc<Wanted>) -> Members {
        Members { wanted, found: Listing::default() }
    }
}

impl Sink for Members {
    fn customer(&mut self, life: &Life<'_>) -> Result<(), EngineError> {
        if self.wanted.is_in(life) {
            self.found.push(life.customer, life.group);
        }
        Ok(())
    }

    fn finish(
        self,
        belonging: &Belonging,
        _currencies: &[&String],
    ) -> Result<RecordBatch, EngineError> {
        self.found.finish(belonging)
    }
}
