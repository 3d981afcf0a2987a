//! The customers of one number.

use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_engine::error::EngineError;

use super::flow::{Line, Purse};
use super::plan::Plan;
use crate::belonging::Belonging;
use crate::ledger::{Currencies, Customer, Sink, Told};
use crate::listing::{Listing, Whose};

/// The number whose customers are wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The period.
    pub period: usize,
    /// The lines that belong to the number.
    pub lines: &'static [Line],
    /// The groups that belong to it.
    pub whose: Whose,
}

/// Collects the customers of one number.
pub struct Members {
    plan: Arc<Plan>,
    wanted: Wanted,
    purse: Purse,
    added: Currencies,
    found: Listing,
}

impl Members {
    /// Nobody yet.
    pub fn new(plan: Arc<Plan>, wanted: Wanted) -> Members {
        Members {
            plan,
            wanted,
            purse: Purse::default(),
            added: Currencies::default(),
            found: Listing::default(),
        }
    }
}

impl Sink for Members {
    fn customer(
        &mut self,
        customer: &Customer<'_>,
        belonging: &mut Belonging,
    ) -> Result<(), EngineError> {
        let Some(group) = self.purse.read(&self.plan, customer, belonging, &mut self.added) else {
            return Ok(());
        };
        let Wanted { period, lines, .. } = &self.wanted;
        let mut is_in = false;
        self.purse.steps(&self.plan, |step| {
            let is_on = step.line.is_some_and(|line| lines.contains(&line));
            is_in |= step.period == *period && is_on;
        });
        if is_in {
            self.found.push(customer.key, group);
        }
        Ok(())
    }

    fn finish(self, told: &Told<'_>) -> Result<RecordBatch, EngineError> {
        self.found.finish(told.belonging)
    }
}
