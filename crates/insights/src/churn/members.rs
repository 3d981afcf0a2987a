//! The customers of one number.

use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_engine::error::EngineError;

use super::life::{Life, Standing};
use super::plan::Plan;
use super::question::{SetName, WinBackSet};
use crate::belonging::Belonging;
use crate::ledger::{Currencies, Customer, NO_WORD, Sink, Told};
use crate::listing::{Listing, Whose};
use crate::rfm::TierName;

/// The number whose customers are wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Where the number stands.
    pub place: Place,
    /// What part of the customers it is about.
    pub part: WantedPart,
    /// The groups that belong to it.
    pub whose: Whose,
}

/// Where a number stands.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// In a set of a period.
    Period(usize, SetName),
    /// In a set of an age, whatever the period.
    Age(u32, SetName),
    /// Among those who left in the range.
    Left(WinBackSet, u32),
}

/// What part of the customers a number is about.
#[derive(Clone, Debug)]
pub enum WantedPart {
    /// All of them, or those of some groups.
    Whole,
    /// Those of a tier.
    Tier(TierName),
    /// Those who are new, or who are not.
    New(bool),
    /// Those who stated one of these reasons, or another.
    Reason {
        /// The reasons.
        reasons: Vec<Option<String>>,
        /// Whether those are the ones left out.
        is_rest: bool,
    },
}

/// Collects the customers of one number.
pub struct Members {
    plan: Arc<Plan>,
    wanted: Wanted,
    life: Life,
    added: Currencies,
    /// Key, group, and the stated reason.
    found: Vec<(i64, u32, u32)>,
}

impl Members {
    /// Nobody yet.
    pub fn new(plan: Arc<Plan>, wanted: Wanted) -> Members {
        Members {
            plan,
            wanted,
            life: Life::default(),
            added: Currencies::default(),
            found: Vec::new(),
        }
    }

    /// The stated reason of a customer who belongs to the number, but for reason and group.
    fn word(&mut self) -> Option<u32> {
        let (place, part) = (self.wanted.place, &self.wanted.part);
        if let Place::Left(set, days) = place {
            let leaving = self.life.leaving(&self.plan)?;
            return set.holds(&leaving, days).then_some(NO_WORD);
        }
        let (plan, life) = (&self.plan, &self.life);
        let mut found = None;
        life.standings(plan, |standing: Standing| {
            let is_in = match place {
                Place::Period(period, set) => {
                    standing.period == period && set.holds(standing.state)
                }
                Place::Age(age, set) => {
                    standing.age == age
                        && plan.is_over(standing.period)
                        && set.holds(standing.state)
                }
                Place::Left(..) => false,
            };
            let is_of_part = match part {
                WantedPart::Whole | WantedPart::Reason { .. } => true,
                WantedPart::New(is_new) => plan.is_new(standing.age) == *is_new,
                WantedPart::Tier(tier) => {
                    is_in && {
                        let money = life.money(plan, standing.period, &mut self.added);
                        plan.tier(standing.period, money) == *tier
                    }
                }
            };
            if is_in && is_of_part {
                found = Some(standing.word);
            }
        });
        found
    }
}

impl Sink for Members {
    fn customer(
        &mut self,
        customer: &Customer<'_>,
        belonging: &mut Belonging,
    ) -> Result<(), EngineError> {
        if let Some(group) = self.life.read(&self.plan, customer, belonging)
            && let Some(word) = self.word()
        {
            self.found.push((customer.key, group, word));
        }
        Ok(())
    }

    fn finish(self, told: &Told<'_>) -> Result<RecordBatch, EngineError> {
        let mut listing = Listing::default();
        for (key, group, word) in self.found {
            let is_of_part = match &self.wanted.part {
                WantedPart::Reason { reasons, is_rest } => {
                    reasons.iter().any(|one| one.as_deref() == told.word(word)) != *is_rest
                }
                _ => true,
            };
            if is_of_part {
                listing.push(key, group);
            }
        }
        listing.finish(told.belonging)
    }
}
