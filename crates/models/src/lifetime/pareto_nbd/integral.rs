//! The integral over the unseen moment of leaving, with its derivatives.
//!
//! ∫ from t_x to T of (α+τ)^−k (β+τ)^−m dτ. In v = ln(τ + min(α, β)) the integrand is an exponential
//! times a function that is smooth on the scale of 1, so panels of Gauss–Legendre nodes no wider
//! than a few decays of the exponential reach double precision, whatever the parameters.

use crate::special::integrate_all;

/// The integral and the averages under it that its derivatives need.
pub(super) struct Left {
    /// Its logarithm; −∞ where t_x = T.
    pub log: f64,
    /// The average of ln(α+τ): the derivative of −log by k.
    pub ln_alpha: f64,
    /// The average of 1/(α+τ): times k, the derivative of −log by α.
    pub per_alpha: f64,
    /// The average of ln(β+τ).
    pub ln_beta: f64,
    /// The average of 1/(β+τ).
    pub per_beta: f64,
}

/// Decays of the exponential that one panel of 16 nodes resolves.
const DECAYS: f64 = 8.0;
/// Widest panel.
const WIDEST: f64 = 1.5;
/// Decays after which nothing is left in double precision.
const NOTHING_LEFT: f64 = 45.0;

/// The integral for k, m > 0 and 0 ≤ `last` ≤ `age`.
pub(super) fn left_between(k: f64, alpha: f64, m: f64, beta: f64, last: f64, age: f64) -> Left {
    let base = alpha.min(beta);
    let (from, to) = ((base + last).ln(), (base + age).ln());
    let steepest = k + m;
    // Where it falls all the way, what lies beyond double precision is left out.
    let slowest = if alpha <= beta { k } else { m } - 1.0;
    let to = if slowest > 0.0 { to.min(from + NOTHING_LEFT / slowest) } else { to };
    let peak = -k * (alpha + last).ln() - m * (beta + last).ln();
    let panel = WIDEST.min(DECAYS / steepest);
    let [sum, ln_alpha, per_alpha, ln_beta, per_beta] = integrate_all(from, to, panel, |v| {
        let moved = v.exp();
        let (at_alpha, at_beta) = (moved + (alpha - base), moved + (beta - base));
        let (log_alpha, log_beta) = (at_alpha.ln(), at_beta.ln());
        let mass = moved * (-k * log_alpha - m * log_beta - peak).exp();
        [mass, mass * log_alpha, mass / at_alpha, mass * log_beta, mass / at_beta]
    });
    let average = |total: f64| if sum > 0.0 { total / sum } else { 0.0 };
    Left {
        log: peak + sum.ln(),
        ln_alpha: average(ln_alpha),
        per_alpha: average(per_alpha),
        ln_beta: average(ln_beta),
        per_beta: average(per_beta),
    }
}
