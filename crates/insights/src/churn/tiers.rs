//! Value tiers: from how much money on a customer at risk is of the high or the middle tier.
//!
//! Customers stand in order of their money when the period begins, the most first; the place of one
//! is the share of all money that those with more bring, so that equal money is an equal tier. With
//! the default borders whoever stands before 80 % is of the high tier, before 95 % of the middle one.

use std::sync::Arc;

use arrow::array::{AsArray, Decimal128Array, RecordBatch, UInt32Array};
use arrow::datatypes::{DataType, Decimal128Type, Field, Schema, UInt32Type};
use perennial_engine::error::EngineError;
use perennial_types::question::Refusal;

use super::life::Life;
use super::plan::Plan;
use super::question::{SetName, Tiers};
use crate::belonging::Belonging;
use crate::ledger::{Currencies, Customer, Sink, Told};
use crate::range::too_many;

/// Most customers at risk, period by period, that tiers are drawn of.
const MAX_STANDINGS: usize = 20_000_000;

/// Collects the money of every customer at risk.
pub struct Worth {
    plan: Arc<Plan>,
    life: Life,
    added: Currencies,
    found: Vec<(u32, i128)>,
}

impl Worth {
    /// Nothing known.
    pub fn new(plan: Arc<Plan>) -> Worth {
        Worth { plan, life: Life::default(), added: Currencies::default(), found: Vec::new() }
    }
}

impl Sink for Worth {
    fn customer(
        &mut self,
        customer: &Customer<'_>,
        belonging: &mut Belonging,
    ) -> Result<(), EngineError> {
        if self.life.read(&self.plan, customer, belonging).is_none() {
            return Ok(());
        }
        self.life.standings(&self.plan, |standing| {
            if SetName::AtRisk.holds(standing.state) {
                let money = self.life.money(&self.plan, standing.period, &mut self.added);
                self.found.push((standing.period as u32, money));
            }
        });
        Ok(refuse_too_many(self.found.len())?)
    }

    fn finish(self, _told: &Told<'_>) -> Result<RecordBatch, EngineError> {
        let money = Decimal128Array::from_iter_values(self.found.iter().map(|(_, money)| *money));
        let fields = vec![
            Field::new("period", DataType::UInt32, false),
            Field::new("money", DataType::Decimal128(38, 4), false),
        ];
        let periods = self.found.iter().map(|(period, _)| *period);
        Ok(RecordBatch::try_new(
            Arc::new(Schema::new(fields)),
            vec![
                Arc::new(UInt32Array::from_iter_values(periods)),
                Arc::new(money.with_precision_and_scale(38, 4)?),
            ],
        )?)
    }
}

fn refuse_too_many(n_standings: usize) -> Result<(), Refusal> {
    if n_standings > MAX_STANDINGS {
        let what = format!("tiers of {n_standings} customers at risk, period by period");
        let what_zh = format!("需为 {n_standings} 个期初客户划分层级");
        return Err(too_many(&what, &what_zh));
    }
    Ok(())
}

/// From how much money on a customer is of the high and of the middle tier, by period.
///
/// # Errors
/// When there are too many customers.
pub fn bounds(plan: &Plan, partials: &[RecordBatch]) -> Result<Vec<[i128; 2]>, Refusal> {
    refuse_too_many(partials.iter().map(RecordBatch::num_rows).sum())?;
    let mut by_period: Vec<Vec<i128>> = vec![Vec::new(); plan.n_periods()];
    for partial in partials {
        let periods = partial.column(0).as_primitive::<UInt32Type>().values();
        let money = partial.column(1).as_primitive::<Decimal128Type>().values();
        for (period, money) in periods.iter().zip(money) {
            if let Some(own) = by_period.get_mut(*period as usize) {
                own.push(*money);
            }
        }
    }
    let tiers = plan.question.tiers.unwrap_or_default();
    Ok(by_period.into_iter().map(|money| drawn(tiers, money)).collect())
}

/// The bounds of one period; nobody reaches them where nobody brings anything.
fn drawn(tiers: Tiers, mut money: Vec<i128>) -> [i128; 2] {
    money.sort_unstable_by(|left, right| right.cmp(left));
    let total: i128 = money.iter().sum();
    let mut bounds = [i128::MAX; 2];
    let mut before = 0;
    for same in money.chunk_by(|left, right| left == right) {
        let Some(value) = same.first().filter(|value| **value > 0) else { break };
        let place = before as f64 / total as f64;
        for (bound, share) in bounds.iter_mut().zip([tiers.high, tiers.middle]) {
            if place < share {
                *bound = *value;
            }
        }
        before += same.iter().sum::<i128>();
    }
    bounds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_money_is_of_an_equal_tier() {
        let bounds = |money: &[i128]| drawn(Tiers::default(), money.to_vec());
        // 80 before it is 80 %, so 15 is of the middle tier, and 5 at 95 % of the low one.
        assert_eq!(bounds(&[5, 80, 15]), [80, 15]);
        assert_eq!(bounds(&[10; 10]), [10, 10], "all at the very front");
        assert_eq!(bounds(&[0, 0]), [i128::MAX; 2]);
        assert_eq!(bounds(&[60, 30, 10, 0]), [30, 10]);
    }
}
