//! The customers of one number.

use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_engine::error::EngineError;
use perennial_types::calendar::Micros;

use super::plan::{Activity, Plan};
use super::question::{DaySet, Regularity};
use crate::belonging::Belonging;
use crate::listing::{Listing, Whose};
use crate::occurring::Sink;

/// The number whose customers are wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Which of a customer's numbers.
    pub number: Number,
    /// Whose customers.
    pub whose: Whose,
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
    found: Listing,
}

impl Members {
    /// Nobody yet.
    pub fn new(plan: Arc<Plan>, wanted: Wanted) -> Members {
        Members { plan, wanted, activity: Activity::default(), found: Listing::default() }
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
            self.found.push(customer, group);
        }
        Ok(())
    }

    fn finish(self, belonging: &Belonging) -> Result<RecordBatch, EngineError> {
        self.found.finish(belonging)
    }
}
