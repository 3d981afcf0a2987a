//! BG/BB: in each period a living customer buys or does not, and may leave between periods.
//!
//! Answers who will give, visit or order again where there is one opportunity per period: donors
//! and yearly appeals, members and monthly boxes.
//!
//! A living customer buys in a period with probability p ~ Beta(α, β) and leaves before a period
//! with probability θ ~ Beta(γ, δ). Likelihood of x purchases, the last in period t_x, of n (eq. 5):
//! L = B(α+x, β+n−x) / B(α, β) · B(γ, δ+n) / B(γ, δ)
//!   + Σ for i = 0 … n−t_x−1 of B(α+x, β+t_x−x+i) / B(α, β) · B(γ+1, δ+t_x+i) / B(γ, δ).
//!
//! *What the parameters mean*: α/(α+β) the chance to buy, γ/(γ+δ) the chance to leave.
//!
//! Source: P. S. Fader, B. G. S. Hardie, J. Shang (2010), Customer-base analysis in a discrete-time
//! noncontractual setting, Marketing Science 29(6), 1086–1108. Limits: at most one purchase per
//! period; more in one period count once.

use serde::{Deserialize, Serialize};

use super::LifetimeError;
use super::error::check_argument;
use super::fit::{Fitted, Search};
use super::model::{check_parameters, spell_out};
use crate::special::{digamma, ln_beta, ln_choose};

/// Purchases by period, with how many customers share them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodHistory {
    /// x: periods with a purchase.
    pub n_active: u32,
    /// t_x: the last period with a purchase, counted from 1; 0 without any.
    pub last_active: u32,
    /// n: periods observed.
    pub n_periods: u32,
    /// Customers with this history.
    pub n_customers: u64,
}

/// The model and its four parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BgBb {
    /// First parameter of buying.
    pub alpha: f64,
    /// Second parameter of buying.
    pub beta: f64,
    /// First parameter of leaving.
    pub gamma: f64,
    /// Second parameter of leaving.
    pub delta: f64,
}

const NAMES: [&str; 4] = ["alpha", "beta", "gamma", "delta"];
/// Fewest customers a fit is tried on.
const LEAST_CUSTOMERS: usize = 30;
/// Most periods looked ahead for a value over all time.
const MOST_PERIODS: u32 = 1_000_000;

impl PeriodHistory {
    fn check(&self, row: usize) -> Result<(), LifetimeError> {
        let bad = |field, value: u32, reason| {
            Err(LifetimeError::BadRow { row, field, value: f64::from(value), reason })
        };
        if self.last_active > self.n_periods {
            return bad(
                "last active period",
                self.last_active,
                "is after the last period observed",
            );
        }
        if self.n_active > self.last_active {
            return bad(
                "number of active periods",
                self.n_active,
                "does not fit before the last one",
            );
        }
        if self.n_active == 0 && self.last_active > 0 {
            return bad("last active period", self.last_active, "must be 0 without a purchase");
        }
        Ok(())
    }
}

/// Fits the four parameters by maximum likelihood.
///
/// # Errors
/// [`LifetimeError::BadRow`], [`LifetimeError::TooFewCustomers`],
/// [`LifetimeError::NoRepeatBuyers`], [`LifetimeError::NotSettled`].
pub fn fit(histories: &[PeriodHistory]) -> Result<Fitted<BgBb>, LifetimeError> {
    for (row, history) in histories.iter().enumerate() {
        history.check(row)?;
    }
    let n: u64 = histories.iter().map(|history| history.n_customers).sum();
    let n_customers = usize::try_from(n).unwrap_or(usize::MAX);
    if n_customers < LEAST_CUSTOMERS {
        return Err(LifetimeError::TooFewCustomers { n_customers, needed: LEAST_CUSTOMERS });
    }
    if histories.iter().all(|history| history.n_active == 0 || history.n_customers == 0) {
        return Err(LifetimeError::NoRepeatBuyers { n_customers });
    }
    let problem = Search {
        model: "bg_bb",
        names: NAMES,
        lower: [1e-4; 4],
        upper: [1e4; 4],
        starts: vec![[1.0, 1.0, 0.5, 2.0], [0.5, 2.0, 0.2, 4.0], [2.0, 1.0, 1.0, 9.0]],
        n_customers: n as f64,
    };
    let ([alpha, beta, gamma, delta], fit) =
        problem.maximise(None, &|[alpha, beta, gamma, delta]| {
            let model = BgBb { alpha: *alpha, beta: *beta, gamma: *gamma, delta: *delta };
            let mut sum = 0.0;
            let mut gradient = [0.0; 4];
            for history in histories {
                let weight = history.n_customers as f64;
                let (log, slopes) = model.log_likelihood(history);
                sum += weight * log;
                for (total, slope) in gradient.iter_mut().zip(slopes) {
                    *total += weight * slope;
                }
            }
            (sum, gradient)
        })?;
    Ok(Fitted { model: BgBb { alpha, beta, gamma, delta }, fit })
}

/// One way a history can have come about: bought `x`, let `idle` pass, lived through `lived`
/// periods, and left after them or not.
struct Way {
    idle: f64,
    lived: f64,
    left: f64,
}

impl BgBb {
    /// The ways of a history: alive to the end first, then each period it can have left before.
    fn ways(history: &PeriodHistory) -> impl Iterator<Item = Way> + use<> {
        let (x, last) = (f64::from(history.n_active), f64::from(history.last_active));
        let n = f64::from(history.n_periods);
        let alive = Way { idle: n - x, lived: n, left: 0.0 };
        let silent = history.n_periods.saturating_sub(history.last_active);
        let gone = (0..silent).map(move |i| {
            let lived = last + f64::from(i);
            Way { idle: lived - x, lived, left: 1.0 }
        });
        std::iter::once(alive).chain(gone)
    }

    /// ln of the probability of one way.
    fn log_way(&self, x: f64, way: &Way) -> f64 {
        ln_beta(self.alpha + x, self.beta + way.idle) - ln_beta(self.alpha, self.beta)
            + ln_beta(self.gamma + way.left, self.delta + way.lived)
            - ln_beta(self.gamma, self.delta)
    }

    /// ln L of one history and its gradient.
    fn log_likelihood(&self, history: &PeriodHistory) -> (f64, [f64; 4]) {
        let x = f64::from(history.n_active);
        let logs: Vec<(f64, Way)> =
            BgBb::ways(history).map(|way| (self.log_way(x, &way), way)).collect();
        let peak = logs.iter().fold(f64::NEG_INFINITY, |most, (log, _)| most.max(*log));
        let total: f64 = logs.iter().map(|(log, _)| (log - peak).exp()).sum();
        let log = peak + total.ln();
        let (both, leave) = (self.alpha + self.beta, self.gamma + self.delta);
        let (digamma_both, digamma_leave) = (digamma(both), digamma(leave));
        let mut gradient = [
            digamma_both - digamma(self.alpha),
            digamma_both - digamma(self.beta),
            digamma_leave - digamma(self.gamma),
            digamma_leave - digamma(self.delta),
        ];
        for (log_way, way) in &logs {
            let share = (log_way - log).exp();
            let bought = digamma(both + x + way.idle);
            let lived = digamma(leave + way.left + way.lived);
            gradient[0] += share * (digamma(self.alpha + x) - bought);
            gradient[1] += share * (digamma(self.beta + way.idle) - bought);
            gradient[2] += share * (digamma(self.gamma + way.left) - lived);
            gradient[3] += share * (digamma(self.delta + way.lived) - lived);
        }
        (log, gradient)
    }

    /// The same model with other parameters: α, β, γ, δ.
    ///
    /// # Errors
    /// [`LifetimeError::BadArgument`].
    pub fn with_parameters(values: &[f64]) -> Result<BgBb, LifetimeError> {
        let [alpha, beta, gamma, delta] = check_parameters(NAMES, values)?;
        Ok(BgBb { alpha, beta, gamma, delta })
    }

    /// The probability to be alive `ahead` periods after the last one observed (eq. 11 with n + m);
    /// with 1 that is the chance to get the next opportunity.
    ///
    /// # Errors
    /// [`LifetimeError::BadRow`].
    pub fn p_alive(&self, history: &PeriodHistory, ahead: u32) -> Result<f64, LifetimeError> {
        history.check(0)?;
        let (x, n) = (f64::from(history.n_active), f64::from(history.n_periods));
        let lived = n + f64::from(ahead);
        let alive = self.log_way(x, &Way { idle: n - x, lived, left: 0.0 });
        Ok((alive - self.log_likelihood(history).0).exp())
    }

    /// Expected purchases in the next `n_ahead` periods (eq. 13): summed period by period, which
    /// knows no exception at γ = 1.
    ///
    /// # Errors
    /// [`LifetimeError::BadRow`].
    pub fn expected(&self, history: &PeriodHistory, n_ahead: u32) -> Result<f64, LifetimeError> {
        self.summed(history, 0.0, Some(n_ahead))
    }

    /// Expected purchases over `n_ahead` periods (all time where `None`), each discounted by
    /// `discount` per period (eq. 14: DERT).
    ///
    /// # Errors
    /// [`LifetimeError::BadRow`]; all time without a discount.
    pub fn discounted(
        &self,
        history: &PeriodHistory,
        discount: f64,
        n_ahead: Option<u32>,
    ) -> Result<f64, LifetimeError> {
        check_argument("discount", discount, 0.0)?;
        super::model::discounted_length(discount, n_ahead.map(f64::from))?;
        self.summed(history, discount, n_ahead)
    }

    fn summed(
        &self,
        history: &PeriodHistory,
        discount: f64,
        n_ahead: Option<u32>,
    ) -> Result<f64, LifetimeError> {
        let n = f64::from(history.n_periods);
        let chance = (self.alpha + f64::from(history.n_active)) / (self.alpha + self.beta + n);
        let mut alive = self.p_alive(history, 0)?;
        let mut sum = 0.0;
        for i in 1..=n_ahead.unwrap_or(MOST_PERIODS) {
            let lived = self.delta + n + f64::from(i) - 1.0;
            alive *= lived / (self.gamma + lived) / (1.0 + discount);
            sum += alive;
            // What is still to come is at most this period's share over the discount.
            if alive < f64::EPSILON * discount * sum {
                break;
            }
        }
        Ok(chance * sum)
    }

    /// P(0, 1, … n_ahead purchases in the next `n_ahead` periods) (eq. 12).
    ///
    /// # Errors
    /// [`LifetimeError::BadRow`].
    pub fn distribution(
        &self,
        history: &PeriodHistory,
        n_ahead: u32,
    ) -> Result<Vec<f64>, LifetimeError> {
        let (x, n) = (f64::from(history.n_active), f64::from(history.n_periods));
        let anew = BgBb {
            alpha: self.alpha + x,
            beta: self.beta + n - x,
            gamma: self.gamma,
            delta: self.delta + n,
        };
        let p_alive = self.p_alive(history, 0)?;
        Ok(spell_out(p_alive, (0..=n_ahead).map(move |count| anew.count(count, n_ahead))))
    }

    /// P(X(n) = x) of a new customer (eq. 8).
    fn count(&self, count: u32, n_periods: u32) -> f64 {
        let (x, n) = (f64::from(count), f64::from(n_periods));
        let alive = ln_choose(n, x) + self.log_way(x, &Way { idle: n - x, lived: n, left: 0.0 });
        let gone = (count..n_periods).map(|lived| {
            let lived = f64::from(lived);
            (ln_choose(lived, x) + self.log_way(x, &Way { idle: lived - x, lived, left: 1.0 }))
                .exp()
        });
        alive.exp() + gone.sum::<f64>()
    }
}

#[cfg(test)]
mod tests;
