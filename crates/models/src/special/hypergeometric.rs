//! Gauss's hypergeometric function for real arguments.
//!
//! Answers ₂F₁(a, b; c; z) for z < 1, the range in which expected purchases need it. Limits: c must
//! not be 0 or a negative whole number; where the terms do not settle within a million the answer
//! is `None`.

use super::gamma::ln_gamma;

/// Terms after which a series is given up.
const MOST_TERMS: u32 = 1_000_000;
/// Nearer to a whole number than this, c − a − b makes the two halves of A&S 15.3.6 cancel.
const NEAR_WHOLE: f64 = 0.02;

/// ₂F₁(a, b; c; z) for z < 1 (A&S 15.1.1).
///
/// Negative z is mapped to (0, 1) by Pfaff (A&S 15.3.4), z beyond 0.9 to 1 − z (15.3.6) unless
/// c − a − b is nearly whole; a series that grows is first turned by Euler (15.3.3).
pub fn hyp2f1(a: f64, b: f64, c: f64, z: f64) -> Option<f64> {
    if !(z < 1.0 && a.is_finite() && b.is_finite()) || (c <= 0.0 && c.fract() == 0.0) {
        return None;
    }
    if z < 0.0 {
        // Of the two forms of Pfaff take the one whose turned parameter stays positive.
        let (keep, turn) = if c - b >= c - a { (a, b) } else { (b, a) };
        return Some((1.0 - z).powf(-keep) * hyp2f1(keep, c - turn, c, z / (z - 1.0))?);
    }
    let excess = c - a - b;
    if z > 0.9 && (excess - excess.round()).abs() > NEAR_WHOLE && excess.abs() < 60.0 {
        return near_one(a, b, c, z);
    }
    if excess < 0.0 {
        return Some((1.0 - z).powf(excess) * series(c - a, c - b, c, z)?);
    }
    series(a, b, c, z)
}

/// The power series A&S 15.1.1.
fn series(a: f64, b: f64, c: f64, z: f64) -> Option<f64> {
    let (mut term, mut sum) = (1.0_f64, 1.0_f64);
    // Before this index the terms may still grow, and a small one proves nothing.
    let settled = (a.abs().max(b.abs()) - c).max(0.0);
    for n in 0..MOST_TERMS {
        let n = f64::from(n);
        term *= (a + n) * (b + n) / ((c + n) * (n + 1.0)) * z;
        sum += term;
        if term.abs() <= f64::EPSILON * 0.25 * sum.abs() * (1.0 - z) && n >= settled || term == 0.0
        {
            return sum.is_finite().then_some(sum);
        }
        if !sum.is_finite() {
            return None;
        }
    }
    None
}

/// A&S 15.3.6: two series in 1 − z.
fn near_one(a: f64, b: f64, c: f64, z: f64) -> Option<f64> {
    let excess = c - a - b;
    let y = 1.0 - z;
    let first = gamma_ratio(c, excess, c - a, c - b) * series(a, b, 1.0 - excess, y)?;
    let second =
        gamma_ratio(c, -excess, a, b) * y.powf(excess) * series(c - a, c - b, 1.0 + excess, y)?;
    let value = first + second;
    value.is_finite().then_some(value)
}

/// Γ(p) Γ(q) / (Γ(r) Γ(s)), 0 where r or s is a pole.
fn gamma_ratio(p: f64, q: f64, r: f64, s: f64) -> f64 {
    let is_pole = |x: f64| x <= 0.0 && x.fract() == 0.0;
    if is_pole(r) || is_pole(s) {
        return 0.0;
    }
    // Γ changes its sign at every pole on the way down from 0.
    let sign = |x: f64| if x < 0.0 && x.floor() % 2.0 != 0.0 { -1.0 } else { 1.0 };
    sign(p)
        * sign(q)
        * sign(r)
        * sign(s)
        * (ln_gamma(p) + ln_gamma(q) - ln_gamma(r) - ln_gamma(s)).exp()
}
