//! When a cohort has paid back what it cost to win.
//!
//! "Winning a customer cost 60.00. At a margin of 40 % the customers of January had brought 62.10
//! each by their second month: paid back at age 2." Compared exactly, in integers: cumulative
//! revenue × margin ≥ cost × customers.

use perennial_types::money::{Decimal4, SCALE};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::question::{CohortQuestion, CostOf};
use crate::grouping::Group;

/// When a cohort has paid back what it cost to win.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = CohortPayback)]
pub struct Payback {
    /// What it cost to win a customer of the cohort.
    pub cost: Decimal4,
    /// The first age at which cumulative revenue per customer, times the margin, is at least the
    /// cost; null where there is none yet.
    #[schema(required)]
    pub index: Option<u32>,
    /// Whether the window of that age is over for all members, so that no refund undoes it.
    pub complete: bool,
    /// Why there is no age: `not_yet`, `not_within_periods` or `no_customers`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What a cohort has brought up to an age.
#[derive(Clone, Copy, Debug)]
pub struct Brought {
    /// The age.
    pub index: u32,
    /// Revenue up to it, in ten-thousandths.
    pub cumulative: i128,
    /// Out of so many customers.
    pub of: u64,
    /// Whether it is final.
    pub complete: bool,
}

/// The cost of winning a customer of a cohort, as the question has it.
pub fn cost_of(question: &CohortQuestion, cohort: &str, group: Option<&Group>) -> Option<Decimal4> {
    let fits = |one: &&CostOf| is_of(one, cohort, group);
    question.costs.iter().find(fits).map(|one| one.cost).or(question.cost)
}

/// Whether a cost is one of a cohort.
pub fn is_of(one: &CostOf, cohort: &str, group: Option<&Group>) -> bool {
    one.cohort.as_ref().is_none_or(|own| own == cohort)
        && one.group.as_ref().is_none_or(|own| Some(own) == group)
}

/// When these ages, in their order, have paid back a cost.
pub fn payback(question: &CohortQuestion, cost: Decimal4, size: u64, ages: &[Brought]) -> Payback {
    let margin = question.margin.map_or(SCALE, |margin| margin.0);
    let is_back = |one: &&Brought| {
        let needed = i128::from(cost.0) * i128::from(one.of) * i128::from(SCALE);
        one.of > 0 && one.cumulative * i128::from(margin) >= needed
    };
    if let Some(one) = ages.iter().find(is_back) {
        return Payback { cost, index: Some(one.index), complete: one.complete, reason: None };
    }
    let is_last = |one: &Brought| one.complete && one.index + 1 == question.periods;
    let reason = match ages.last() {
        _ if size == 0 => "no_customers",
        Some(one) if is_last(one) => "not_within_periods",
        _ => "not_yet",
    };
    Payback { cost, index: None, complete: false, reason: Some(reason.to_owned()) }
}
