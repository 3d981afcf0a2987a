//! What an order of each customer is expected to bring, refunds taken off.
//!
//! Amounts are modelled before refunds, as the papers have them: by the paper's convention from the
//! repeats alone under Gamma-Gamma, from every day with a purchase for an own mean. What is taken
//! back is a share of its own: (own net money + one order of everybody's mean × everybody's kept
//! share) ÷ (own money + one order of everybody's mean). The one order keeps a single refund from
//! deciding for ever.

use perennial_models::lifetime::amounts::Amounts;
use perennial_models::lifetime::gamma_gamma::{self, Spending, independence};
use perennial_models::lifetime::{Fit, LifetimeError};
use perennial_types::question::Refusal;

use super::book::Known;
use super::question::AmountsLearner;
use super::refusals::cannot_fit;

/// Amounts of one cut, fitted.
#[derive(Clone, Debug)]
pub struct FittedAmounts {
    /// The model.
    pub model: Amounts,
    /// Its fit, where it has one.
    pub fit: Option<Fit>,
    /// Why Gamma-Gamma could not be had, where it was tried.
    pub refused: Option<LifetimeError>,
    /// The correlation of orders and mean amount over those who repeat.
    pub independence: Option<f64>,
    /// Mean money of a day with a purchase, before refunds.
    pub mean_order: f64,
    /// Share of all money that was not taken back.
    pub kept_of_all: f64,
}

/// Ten-thousandths as money.
fn money(ten_thousandths: i128) -> f64 {
    ten_thousandths as f64 / 10_000.0
}

impl FittedAmounts {
    /// Fits the customers known at a cut.
    ///
    /// # Errors
    /// The refusal of Gamma-Gamma where the question wants it.
    pub fn new(wanted: AmountsLearner, known: &Known<'_>) -> Result<FittedAmounts, Refusal> {
        let (mut sum, mut refunded, mut n_days) = (0, 0, 0_u64);
        for row in &known.rows {
            let one = known.standing(*row);
            sum += one.money;
            refunded += one.refunded;
            n_days += u64::from(one.n_days);
        }
        let mean_order = if n_days > 0 { money(sum) / n_days as f64 } else { 0.0 };
        let kept = if sum > 0 { 1.0 - refunded as f64 / sum as f64 } else { 1.0 };
        let repeats: Vec<Spending> = known.rows.iter().map(|row| of_repeats(known, *row)).collect();
        let mut fitted = FittedAmounts {
            model: Amounts::OwnMean { of_all: mean_order },
            fit: None,
            refused: None,
            independence: independence(&repeats),
            mean_order,
            kept_of_all: kept.clamp(0.0, 1.0),
        };
        if wanted == AmountsLearner::OwnMean {
            return Ok(fitted);
        }
        // A model without a mean tells nothing of those who bought once.
        let found = gamma_gamma::fit(&repeats).and_then(|found| {
            found.model.mean_of_all()?;
            Ok(found)
        });
        match found {
            Ok(found) => {
                fitted.model = Amounts::GammaGamma(found.model);
                fitted.fit = Some(found.fit);
            }
            Err(error) if wanted == AmountsLearner::GammaGamma => return Err(cannot_fit(&error)),
            Err(error) => fitted.refused = Some(error),
        }
        Ok(fitted)
    }

    /// What is known of a customer's orders, as the model wants it.
    pub fn spending(&self, known: &Known<'_>, row: u32) -> Spending {
        match self.model {
            Amounts::GammaGamma(_) => of_repeats(known, row),
            Amounts::OwnMean { .. } => {
                let one = known.standing(row);
                spending(one.n_days, one.money)
            }
        }
    }

    /// The share of a customer's amounts that is not taken back.
    pub fn kept(&self, known: &Known<'_>, row: u32) -> f64 {
        let one = known.standing(row);
        let (own, net) = (money(one.money), money(one.money - one.refunded));
        let of_one = self.mean_order * self.kept_of_all;
        let whole = own + self.mean_order;
        if whole > 0.0 { ((net + of_one) / whole).clamp(0.0, 1.0) } else { self.kept_of_all }
    }
}

fn of_repeats(known: &Known<'_>, row: u32) -> Spending {
    spending(known.standing(row).n_days.saturating_sub(1), known.repeat_money(row))
}

fn spending(n_orders: u32, sum: i128) -> Spending {
    let mean_amount = if n_orders > 0 { money(sum) / f64::from(n_orders) } else { 0.0 };
    Spending { n_orders, mean_amount }
}
