//! What a customer is worth from today on, after margin, costs and discount.
//!
//! Answers how much may be spent to keep a customer. The past is not counted: it is sunk. Value is
//! discounted purchases × (amount × margin − cost per order) − discounted cost of keeping contact,
//! which is paid whether or not the customer is still there, since nobody knows
//! (P. S. Fader, B. G. S. Hardie, K. L. Lee 2005, RFM and CLV, JMR 42, 415–430, eq. 3, with the
//! margin and costs spelt out).

use serde::{Deserialize, Serialize};

use super::error::check_argument;
use super::gamma_gamma::{GammaGamma, Spending};
use super::model::{Interval, discounted_length};
use super::{History, LifetimeError, PurchaseModel};

/// What an order earns and what customers cost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Economics {
    /// Share of an order's amount that remains after the goods, 0 to 1.
    pub margin: f64,
    /// Cost of each order on top (shipping, payment), in money.
    pub cost_per_order: f64,
    /// Cost of keeping contact per unit of time, in money.
    pub contact_cost: f64,
    /// Continuous discount per unit of time; see [`continuous_discount`].
    pub discount: f64,
    /// How far ahead to look, in units of time; `None`: for all time.
    pub horizon: Option<f64>,
}

/// The worth of one customer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Value {
    /// The probability to be a customer still.
    pub p_alive: f64,
    /// Expected purchases within the horizon; `None` for all time.
    pub purchases: Option<f64>,
    /// Expected purchases, each discounted.
    pub discounted_purchases: f64,
    /// Expected amount of one order.
    pub amount: f64,
    /// Discounted revenue.
    pub revenue: f64,
    /// Discounted revenue × margin − costs per order.
    pub contribution: f64,
    /// Discounted cost of keeping contact.
    pub contact_cost: f64,
    /// Contribution − contact cost: the most that keeping this customer is worth.
    pub net: f64,
}

/// The continuous rate per unit of time of a yearly discount: ln(1 + `yearly`) / `units_per_year`.
///
/// # Errors
/// [`LifetimeError::BadArgument`].
pub fn continuous_discount(yearly: f64, units_per_year: f64) -> Result<f64, LifetimeError> {
    check_argument("yearly discount", yearly, 0.0)?;
    check_argument("units per year", units_per_year, f64::MIN_POSITIVE)?;
    Ok(yearly.ln_1p() / units_per_year)
}

impl Economics {
    fn check(&self) -> Result<(), LifetimeError> {
        check_argument("margin", self.margin, 0.0)?;
        check_argument("cost per order", self.cost_per_order, 0.0)?;
        check_argument("contact cost", self.contact_cost, 0.0)?;
        check_argument("discount", self.discount, 0.0)?;
        if self.margin > 1.0 {
            let reason = "is more than the whole amount";
            return Err(LifetimeError::BadArgument { name: "margin", value: self.margin, reason });
        }
        Ok(())
    }

    /// What a customer is worth who is expected to place so many orders, each discounted, of this
    /// expected amount.
    ///
    /// # Errors
    /// [`LifetimeError::BadArgument`].
    pub fn net(&self, discounted_purchases: f64, amount: f64) -> Result<f64, LifetimeError> {
        self.check()?;
        Ok(self.contribution(discounted_purchases, amount) - self.discounted_contact_cost()?)
    }

    fn contribution(&self, discounted_purchases: f64, amount: f64) -> f64 {
        discounted_purchases * (amount * self.margin - self.cost_per_order)
    }

    /// Σ of the contact cost over the horizon, discounted.
    fn discounted_contact_cost(&self) -> Result<f64, LifetimeError> {
        let length = discounted_length(self.discount, self.horizon)?;
        let time = match self.discount > 0.0 {
            true => -(-self.discount * length).exp_m1() / self.discount,
            false => length,
        };
        Ok(self.contact_cost * time)
    }
}

/// What a customer is worth from now on.
///
/// # Errors
/// [`LifetimeError::BadRow`], [`LifetimeError::BadArgument`], [`LifetimeError::NoMean`],
/// [`LifetimeError::OutOfReach`].
pub fn worth(
    purchases: &dyn PurchaseModel,
    money: &GammaGamma,
    history: &History,
    spending: &Spending,
    economics: &Economics,
) -> Result<Value, LifetimeError> {
    economics.check()?;
    let discounted = purchases.discounted(history, economics.discount, economics.horizon)?;
    let amount = money.expected(spending)?;
    let contribution = economics.contribution(discounted, amount);
    let contact_cost = economics.discounted_contact_cost()?;
    let expected = match economics.horizon {
        Some(horizon) => Some(purchases.expected(history, horizon)?),
        None => None,
    };
    Ok(Value {
        p_alive: purchases.p_alive(history)?,
        purchases: expected,
        discounted_purchases: discounted,
        amount,
        revenue: discounted * amount,
        contribution,
        contact_cost,
        net: contribution - contact_cost,
    })
}

/// Revenue within `horizon`, without margin, costs or discount: where it lies with probability
/// `level`, by chance in the number of orders and in their amounts together.
///
/// # Errors
/// Those of [`worth`].
pub fn revenue_interval(
    purchases: &dyn PurchaseModel,
    money: &GammaGamma,
    history: &History,
    spending: &Spending,
    horizon: f64,
    level: f64,
) -> Result<Interval, LifetimeError> {
    money.revenue_interval(spending, &purchases.distribution(history, horizon)?, level)
}
