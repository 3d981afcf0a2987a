//! The integral over the unseen moment of leaving, with its derivatives.
//!
//! ∫ from t_x to T of (α+τ)^−k (β+τ)^−m dτ. In v = ln(τ + min(α, β)) the integrand is an exponential
//! times a function that is smooth on the scale of 1, so panels of Gauss–Legendre nodes no wider
//! than a few decays of the exponential reach double precision, whatever the parameters. How fast it
//! decays, k (τ+min)/(α+τ) + m (τ+min)/(β+τ), only grows: each panel takes the pace at its own end, so
//! that customers who hardly differ (r and α large) cost no more panels than others.

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

/// The integrand of one customer, in v.
struct Integrand {
    k: f64,
    /// α less the base.
    alpha: f64,
    m: f64,
    /// β less the base.
    beta: f64,
}

impl Integrand {
    /// How fast the exponential falls at v; it never falls slower later on.
    fn decay(&self, v: f64) -> f64 {
        let moved = v.exp();
        self.k * moved / (moved + self.alpha) + self.m * moved / (moved + self.beta)
    }

    /// The logarithm of the mass at v.
    fn log_mass(&self, v: f64) -> f64 {
        let moved = v.exp();
        v - self.k * (moved + self.alpha).ln() - self.m * (moved + self.beta).ln()
    }

    /// Ends of the panels from `from` to `to`, short of where nothing is left.
    fn panels(&self, from: f64, to: f64) -> Vec<f64> {
        let mut ends = vec![from];
        let (mut at, mut most) = (from, self.log_mass(from));
        while at < to {
            let bold = at + WIDEST.min(DECAYS / self.decay(at));
            let end = to.min(at + WIDEST.min(DECAYS / self.decay(bold)));
            // So narrow a step that it moves nothing ends the range.
            at = if end > at { end } else { to };
            ends.push(at);
            let mass = self.log_mass(at);
            most = most.max(mass);
            // The mass rises to one peak and falls from there.
            if mass < most - NOTHING_LEFT {
                break;
            }
        }
        ends
    }
}

/// The integral for k, m > 0 and 0 ≤ `last` ≤ `age`.
pub(super) fn left_between(k: f64, alpha: f64, m: f64, beta: f64, last: f64, age: f64) -> Left {
    let base = alpha.min(beta);
    let (from, to) = ((base + last).ln(), (base + age).ln());
    let integrand = Integrand { k, alpha: alpha - base, m, beta: beta - base };
    let peak = -k * (alpha + last).ln() - m * (beta + last).ln();
    let mut sums = [0.0; 5];
    let mut start = from;
    for end in integrand.panels(from, to).into_iter().skip(1) {
        let parts = integrate_all(start, end, f64::INFINITY, |v| {
            let moved = v.exp();
            let (at_alpha, at_beta) = (moved + integrand.alpha, moved + integrand.beta);
            let (log_alpha, log_beta) = (at_alpha.ln(), at_beta.ln());
            let mass = moved * (-k * log_alpha - m * log_beta - peak).exp();
            [mass, mass * log_alpha, mass / at_alpha, mass * log_beta, mass / at_beta]
        });
        for (sum, part) in sums.iter_mut().zip(parts) {
            *sum += part;
        }
        start = end;
    }
    let [sum, ln_alpha, per_alpha, ln_beta, per_beta] = sums;
    let average = |total: f64| if sum > 0.0 { total / sum } else { 0.0 };
    Left {
        log: peak + sum.ln(),
        ln_alpha: average(ln_alpha),
        per_alpha: average(per_alpha),
        ln_beta: average(ln_beta),
        per_beta: average(per_beta),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The logarithm of the integral by a fixed rule fine enough for anything.
    fn brute(k: f64, alpha: f64, m: f64, beta: f64, last: f64, age: f64) -> f64 {
        let peak = -k * (alpha + last).ln() - m * (beta + last).ln();
        let [sum] = integrate_all(last, age, (age - last) / 4_000.0, |at| {
            [(-k * (alpha + at).ln() - m * (beta + at).ln() - peak).exp()]
        });
        peak + sum.ln()
    }

    #[test]
    fn agrees_with_a_fine_rule_whichever_parameter_is_larger() {
        for (k, alpha, m, beta) in [
            (0.553, 10.578, 1.606, 11.669),
            (26.6, 10.6, 1.6, 11.7),
            (1_024.0, 4_300.0, 1.1, 30.0),
            (1_024.0, 4_300.0, 900.0, 2.0),
            (3.0, 0.5, 1.00001, 1e6),
            (3.0, 5_000.0, 40.0, 90.0),
        ] {
            for (last, age) in [(0.0, 103.0), (98.0, 103.0), (30.0, 31.0)] {
                let got = left_between(k, alpha, m, beta, last, age).log;
                let expected = brute(k, alpha, m, beta, last, age);
                assert!((got - expected).abs() < 1e-11 * expected.abs(), "{got} for {expected}");
            }
        }
        assert_eq!(left_between(2.0, 3.0, 1.5, 4.0, 7.0, 7.0).log, f64::NEG_INFINITY);
    }

    #[test]
    fn customers_who_hardly_differ_cost_a_handful_of_panels() {
        // Orders every month like clockwork: r at its largest, and α with it.
        for beta in [1e-3_f64, 1.0, 30.0, 4_300.0, 1e6] {
            let base = beta.min(4_300.0);
            let integrand =
                Integrand { k: 1_024.0, alpha: 4_300.0 - base, m: 1.5, beta: beta - base };
            let ends = integrand.panels(base.ln(), (base + 103.0_f64).ln());
            assert!(ends.len() < 25, "{} panels for beta {beta}", ends.len());
        }
    }
}
