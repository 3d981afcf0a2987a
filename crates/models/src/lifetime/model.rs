//! What every model of purchases can be asked.

use serde::{Deserialize, Serialize};

use super::error::check_argument;
use super::{History, LifetimeError};
use crate::special::integrate_log;

/// A model of repeat purchases with its parameters.
///
/// Horizons and rates are in the unit of time of the histories; every method refuses a history or
/// a horizon that cannot be.
pub trait PurchaseModel: Send + Sync {
    /// A stable name, `bg_nbd` for one.
    fn name(&self) -> &'static str;

    /// Names and values of the parameters, in the order of the paper.
    fn parameters(&self) -> Vec<(&'static str, f64)>;

    /// The same model with other parameters, in that order.
    ///
    /// # Errors
    /// [`LifetimeError::BadArgument`] where their number or range is wrong.
    fn with_parameters(&self, values: &[f64]) -> Result<Box<dyn PurchaseModel>, LifetimeError>;

    /// The probability that the customer will ever buy again.
    ///
    /// # Errors
    /// [`LifetimeError::BadRow`].
    fn p_alive(&self, history: &History) -> Result<f64, LifetimeError>;

    /// Expected purchases within `horizon` from the end of the observation.
    ///
    /// # Errors
    /// [`LifetimeError::BadRow`], [`LifetimeError::BadArgument`], [`LifetimeError::OutOfReach`].
    fn expected(&self, history: &History, horizon: f64) -> Result<f64, LifetimeError>;

    /// Expected purchases per unit of time at the instant `ahead` of the end of the observation.
    ///
    /// # Errors
    /// Those of [`expected`](PurchaseModel::expected).
    fn rate(&self, history: &History, ahead: f64) -> Result<f64, LifetimeError>;

    /// The probabilities of 0, 1, 2 … purchases within `horizon`, as far as all but a billionth of
    /// the probability (or a million purchases) goes.
    ///
    /// # Errors
    /// Those of [`expected`](PurchaseModel::expected).
    fn distribution(&self, history: &History, horizon: f64) -> Result<Vec<f64>, LifetimeError>;

    /// Purchases within `horizon`: how many at least and at most with probability `level`.
    ///
    /// # Errors
    /// Those of [`expected`](PurchaseModel::expected), and a level outside (0, 1).
    fn interval(
        &self,
        history: &History,
        horizon: f64,
        level: f64,
    ) -> Result<Interval, LifetimeError> {
        check_level(level)?;
        Ok(quantile_interval(&self.distribution(history, horizon)?, level))
    }

    /// Expected purchases over `horizon` (all time where `None`), each discounted from the instant
    /// it happens at the continuous rate `discount` per unit of time. Over all time and per customer
    /// this is the DERT of P. S. Fader, B. G. S. Hardie and K. L. Lee (2005), Journal of Marketing
    /// Research 42, 415–430.
    ///
    /// # Errors
    /// Those of [`expected`](PurchaseModel::expected), and all time without a discount.
    fn discounted(
        &self,
        history: &History,
        discount: f64,
        horizon: Option<f64>,
    ) -> Result<f64, LifetimeError> {
        check_argument("discount", discount, 0.0)?;
        let length = discounted_length(discount, horizon)?;
        if length == 0.0 {
            return Ok(0.0);
        }
        let mut failed = None;
        let scale = if history.age > 0.0 { history.age.min(length) } else { length };
        let sum = integrate_log(scale, length, |ahead| match self.rate(history, ahead) {
            Ok(rate) => rate * (-discount * ahead).exp(),
            Err(error) => {
                failed = Some(error);
                0.0
            }
        });
        failed.map_or(Ok(sum), Err)
    }
}

/// How far a discounted integral has to go: the horizon, or where nothing is left in double
/// precision.
pub(super) fn discounted_length(discount: f64, horizon: Option<f64>) -> Result<f64, LifetimeError> {
    const NOTHING_LEFT: f64 = 40.0;
    match horizon {
        Some(horizon) => {
            check_argument("horizon", horizon, 0.0)?;
            Ok(if discount > 0.0 { horizon.min(NOTHING_LEFT / discount) } else { horizon })
        }
        None if discount > 0.0 => Ok(NOTHING_LEFT / discount),
        None => Err(LifetimeError::BadArgument {
            name: "discount",
            value: discount,
            reason: "must be above 0 where the horizon is all time",
        }),
    }
}

/// Refuses a level outside (0, 1).
pub(super) fn check_level(level: f64) -> Result<(), LifetimeError> {
    if level > 0.0 && level < 1.0 {
        return Ok(());
    }
    let reason = "is not between 0 and 1";
    Err(LifetimeError::BadArgument { name: "level", value: level, reason })
}

/// Checks what every prediction is given.
pub(super) fn check_question(history: &History, horizon: f64) -> Result<(), LifetimeError> {
    history.check(0)?;
    check_argument("horizon", horizon, 0.0)
}

/// A range that holds with a stated probability, ends included.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The lower end.
    pub lower: f64,
    /// The upper end.
    pub upper: f64,
}

/// The narrowest range of counts between the equal tails of a distribution over 0, 1, 2 …
pub fn quantile_interval(distribution: &[f64], level: f64) -> Interval {
    let tail = 0.5 * (1.0 - level);
    let quantile = |share: f64| {
        let mut sum = 0.0;
        let reached = distribution.iter().position(|mass| {
            sum += mass;
            sum >= share
        });
        reached.unwrap_or(distribution.len().saturating_sub(1)) as f64
    };
    Interval { lower: quantile(tail), upper: quantile(1.0 - tail) }
}

/// All but this share of the probability is spelt out by a distribution.
const UNSPELT: f64 = 1e-9;
/// Longest distribution spelt out.
const MOST_COUNTS: usize = 1_000_001;

/// Spells a distribution out from its terms, mixed with nothing at all with probability
/// 1 − `p_alive`.
pub(super) fn spell_out(p_alive: f64, terms: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut masses = Vec::new();
    let mut sum = 0.0;
    for (n, term) in terms.take(MOST_COUNTS).enumerate() {
        let mass = p_alive * term + if n == 0 { 1.0 - p_alive } else { 0.0 };
        sum += mass;
        masses.push(mass);
        if sum >= 1.0 - UNSPELT {
            break;
        }
    }
    masses
}

/// The negative binomial counts of a gamma-distributed rate (shape `r`, rate `alpha`) over `time`:
/// NB(n) = Γ(r + n) / (Γ(r) n!) · (α / (α + t))ʳ · (t / (α + t))ⁿ.
pub(super) fn negative_binomial(r: f64, alpha: f64, time: f64) -> impl Iterator<Item = f64> {
    let ratio = time / (alpha + time);
    // In logarithms, since the first term of a busy customer is too small for a double.
    let mut log_term = -r * (time / alpha).ln_1p();
    let mut n = 0.0;
    std::iter::from_fn(move || {
        let term = log_term.exp();
        log_term += ((r + n) / (n + 1.0) * ratio).ln();
        n += 1.0;
        Some(term)
    })
}

/// Refuses parameters that are not all finite and positive, or too few or too many of them.
pub(super) fn check_parameters<const N: usize>(
    names: [&'static str; N],
    values: &[f64],
) -> Result<[f64; N], LifetimeError> {
    let parameters: [f64; N] = values.try_into().map_err(|_| LifetimeError::BadArgument {
        name: "number of parameters",
        value: values.len() as f64,
        reason: "is not what the model has",
    })?;
    for (name, value) in names.into_iter().zip(parameters) {
        check_argument(name, value, f64::MIN_POSITIVE)?;
    }
    Ok(parameters)
}
