//! The mathematics shared by BG/NBD and MBG/NBD, which differ in one coin.
//!
//! Both let a customer leave with probability p right after a purchase. In BG/NBD the coin is
//! tossed at each of the x repeats, in MBG/NBD at the first purchase too: y = x + 1 tosses. With
//! that y every formula of the two papers is one formula.

use super::history::Rows;
use super::model::{PurchaseModel, check_parameters, check_question, spell_out};
use super::{History, LifetimeError};
use crate::special::{digamma, hyp2f1, integrate_log, ln_rising};

/// Names of the parameters, in the order of both papers.
pub(super) const NAMES: [&str; 4] = ["r", "alpha", "a", "b"];

/// One of the two models.
pub(super) trait GeometricModel: Send + Sync + 'static {
    /// Its stable name.
    const NAME: &str;
    /// The model with these parameters.
    fn of(parameters: [f64; 4]) -> Self;
    /// What it comes to.
    fn core(&self) -> Geometric;
}

impl<T: GeometricModel> PurchaseModel for T {
    fn name(&self) -> &'static str {
        T::NAME
    }

    fn parameters(&self) -> Vec<(&'static str, f64)> {
        let Geometric { r, alpha, a, b, .. } = self.core();
        NAMES.into_iter().zip([r, alpha, a, b]).collect()
    }

    fn with_parameters(&self, values: &[f64]) -> Result<Box<dyn PurchaseModel>, LifetimeError> {
        Ok(Box::new(T::of(check_parameters(NAMES, values)?)))
    }

    fn p_alive(&self, history: &History) -> Result<f64, LifetimeError> {
        history.check(0)?;
        Ok(self.core().p_alive(history))
    }

    fn expected(&self, history: &History, horizon: f64) -> Result<f64, LifetimeError> {
        check_question(history, horizon)?;
        self.core().expected(history, horizon)
    }

    fn rate(&self, history: &History, ahead: f64) -> Result<f64, LifetimeError> {
        check_question(history, ahead)?;
        self.core().rate(history, ahead)
    }

    fn distribution(&self, history: &History, horizon: f64) -> Result<Vec<f64>, LifetimeError> {
        check_question(history, horizon)?;
        let core = self.core();
        Ok(spell_out(core.p_alive(history), core.counts_if_alive(history, horizon)))
    }
}

/// Parameters of a beta-geometric model with a gamma mixture of rates.
#[derive(Clone, Copy)]
pub(super) struct Geometric {
    pub r: f64,
    pub alpha: f64,
    pub a: f64,
    pub b: f64,
    /// Coins tossed before the first repeat: 0 in BG/NBD, 1 in MBG/NBD.
    pub first_coins: f64,
}

impl Geometric {
    /// The log-likelihood of all rows and its gradient by r, α, a, b.
    ///
    /// One customer (BG/NBD: Fader, Hardie, Lee 2005, eq. 6):
    /// Γ(r+x) αʳ / Γ(r) · B(a, b+y) / B(a, b) · (α+T)^−(r+x) · (1 + e^q) with
    /// e^q = a / (b+y−1) · ((α+T) / (α+t_x))^(r+x), which is there from the first coin on.
    pub fn log_likelihood(&self, rows: &Rows) -> (f64, [f64; 4]) {
        let Geometric { r, alpha, a, b, first_coins } = *self;
        let (digamma_r, digamma_b, digamma_ab) = (digamma(r), digamma(b), digamma(a + b));
        let (mut sum, mut by_r, mut by_a, mut by_b) = (0.0, 0.0, 0.0, 0.0);
        for level in &rows.levels {
            let (x, y) = (level.n_repeats, level.n_repeats + first_coins);
            sum += level.weight * (ln_rising(r, x) + ln_rising(b, y) - ln_rising(a + b, y));
            let turned = digamma_ab - digamma(a + b + y);
            by_r += level.weight * (digamma(r + x) - digamma_r);
            by_a += level.weight * turned;
            by_b += level.weight * (digamma(b + y) - digamma_b + turned);
        }
        sum += rows.n_customers * r * alpha.ln();
        by_r += rows.n_customers * alpha.ln();
        let mut by_alpha = rows.n_customers * r / alpha;
        let logs: Vec<f64> = rows
            .levels
            .iter()
            .map(|level| (a / (b + level.n_repeats + first_coins - 1.0)).ln())
            .collect();
        let (mut age, mut ln_age) = (f64::NAN, f64::NAN);
        for row in &rows.rows {
            let (Some(level), Some(log)) = (rows.levels.get(row.level), logs.get(row.level)) else {
                continue;
            };
            if row.age != age {
                (age, ln_age) = (row.age, (alpha + row.age).ln());
            }
            let (k, y) = (r + level.n_repeats, level.n_repeats + first_coins);
            let mut value = -k * ln_age;
            let mut slope_r = -ln_age;
            let mut slope_alpha = -k / (alpha + row.age);
            if y > 0.0 {
                let gap = ln_age - (alpha + row.last).ln();
                let q = log + k * gap;
                // With e = e^−|q|: ln(1 + e^q) and the posterior probability of having left.
                let e = (-q.abs()).exp();
                let gone = if q > 0.0 { 1.0 } else { e } / (1.0 + e);
                value += q.max(0.0) + e.ln_1p();
                slope_r += gone * gap;
                slope_alpha += gone * k * (1.0 / (alpha + row.age) - 1.0 / (alpha + row.last));
                by_a += row.weight * gone / a;
                by_b -= row.weight * gone / (b + y - 1.0);
            }
            sum += row.weight * value;
            by_r += row.weight * slope_r;
            by_alpha += row.weight * slope_alpha;
        }
        (sum, [by_r, by_alpha, by_a, by_b])
    }

    fn coins(&self, history: &History) -> f64 {
        f64::from(history.n_repeats) + self.first_coins
    }

    /// P(alive) = 1 / (1 + e^q) (P. S. Fader, B. G. S. Hardie (2008), Computing P(alive) using the
    /// BG/NBD model, eq. 1).
    pub fn p_alive(&self, history: &History) -> f64 {
        let y = self.coins(history);
        if y <= 0.0 {
            return 1.0;
        }
        let k = self.r + f64::from(history.n_repeats);
        let gap = (history.age - history.last_repeat) / (self.alpha + history.last_repeat);
        1.0 / (1.0 + ((self.a / (self.b + y - 1.0)).ln() + k * gap.ln_1p()).exp())
    }

    /// Shape and rate of the purchase rate, and the second parameter of leaving, of a customer who
    /// is alive at the end of the observation: with these it starts anew.
    fn posterior(&self, history: &History) -> (f64, f64, f64) {
        (
            self.r + f64::from(history.n_repeats),
            self.alpha + history.age,
            self.b + self.coins(history),
        )
    }

    /// Expected purchases per unit of time, `ahead` of the end, if alive at the end:
    /// k/α' · ₂F₁(k+1, a; a+b'; −u/α').
    fn rate_if_alive(&self, history: &History, ahead: f64) -> Option<f64> {
        let (k, alpha, b) = self.posterior(history);
        Some(k / alpha * hyp2f1(k + 1.0, self.a, self.a + b, -ahead / alpha)?)
    }

    /// The same, whether alive or not.
    pub fn rate(&self, history: &History, ahead: f64) -> Result<f64, LifetimeError> {
        let rate = self.rate_if_alive(history, ahead);
        Ok(self.p_alive(history) * rate.ok_or(LifetimeError::OutOfReach { horizon: ahead })?)
    }

    /// Expected purchases (Fader, Hardie, Lee 2005, eq. 10; Batislam et al. 2007, eq. 12), after
    /// Euler's transformation, which keeps its factors in range:
    /// c/(a−1) · (1 − (1−z)^(a−1) ₂F₁(c−k, a−1; c; z)), c = a+b'−1, z = t/(α'+t).
    ///
    /// Where a is near 1 or c near 0 that form is 0/0, and the rate is integrated instead.
    pub fn expected(&self, history: &History, horizon: f64) -> Result<f64, LifetimeError> {
        const NEAR: f64 = 0.01;
        let (k, alpha, b) = self.posterior(history);
        let (less, c) = (self.a - 1.0, self.a + b - 1.0);
        let p_alive = self.p_alive(history);
        // A small z makes the difference below cancel; the integral has no such trouble.
        if less.abs() > NEAR && c > NEAR && horizon > NEAR * alpha && less * horizon < 1e3 * alpha {
            let z = horizon / (alpha + horizon);
            if let Some(series) = hyp2f1(c - k, less, c, z) {
                let kept = (1.0 - z).powf(less) * series;
                return Ok(p_alive * c / less * (1.0 - kept));
            }
        }
        let mut is_known = true;
        let sum = integrate_log(alpha, horizon, |ahead| {
            self.rate_if_alive(history, ahead).unwrap_or_else(|| {
                is_known = false;
                0.0
            })
        });
        if is_known { Ok(p_alive * sum) } else { Err(LifetimeError::OutOfReach { horizon }) }
    }

    /// P(N(t) = 0, 1, 2 …) of a customer alive at the end (Fader, Hardie, Lee 2005, eq. 8, with the
    /// posterior in place of the prior).
    pub fn counts_if_alive(&self, history: &History, horizon: f64) -> impl Iterator<Item = f64> {
        let (k, alpha, b) = self.posterior(history);
        let a = self.a;
        // Still there after n purchases, and the share of rates that have reached n of them.
        let (mut stayed, mut reached, mut n) = (1.0, 1.0, 0.0);
        super::model::negative_binomial(k, alpha, horizon).map(move |count| {
            let left_now = if n > 0.0 { stayed * a / (a + b + n - 1.0) } else { 0.0 };
            let still = if n > 0.0 { stayed * (b + n - 1.0) / (a + b + n - 1.0) } else { 1.0 };
            let mass = still * count + left_now * reached;
            stayed = still;
            reached = (reached - count).max(0.0);
            n += 1.0;
            mass
        })
    }
}
