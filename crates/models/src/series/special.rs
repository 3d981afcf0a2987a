//! What special periods differ by from what trend and season promise: holidays, campaigns, outages.
//!
//! The expectation must not have seen them: take the series apart with these values unknown
//! ([`decompose`](super::decompose())), and compare what was observed with what is expected. The
//! effect is the mean residual of the special periods, which is the regression of the residuals on
//! one indicator per kind of period, as no period is of two kinds.
//!
//! Its interval is that of a mean of n values that scatter as the residuals of all other periods
//! do (by their median absolute deviation), ± 1.96 · deviation ÷ √n. Limits: it takes the
//! residuals for independent and the expectation for known, so it is too narrow where a stretch is
//! long; two years of a holiday say more than any interval of one.

use super::spread::robust_deviation;

/// Two-sided 95 % quantile of the normal distribution.
const Z95: f64 = 1.959_963_984_540_054;

/// What one kind of special period differs by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// Periods with a known value.
    pub n: usize,
    /// Sum of what was observed.
    pub observed: f64,
    /// Sum of what was expected.
    pub expected: f64,
    /// Mean of observed − expected.
    pub difference: f64,
    /// Its interval at 95 %; `None` where too few other periods tell the scatter.
    pub interval: Option<(f64, f64)>,
    /// Observed ÷ expected − 1; `None` where nothing above 0 was expected.
    pub change: Option<f64>,
}

/// Other periods that are needed to tell the scatter.
const FEWEST: usize = 8;

/// The effect of every kind, `None` where no value of it is known. `kinds` says for every period
/// which kind it is of, if any, by its position among the `n_kinds`.
pub fn effects(
    values: &[Option<f64>],
    expected: &[f64],
    kinds: &[Option<usize>],
    n_kinds: usize,
) -> Vec<Option<Effect>> {
    let mut sums = vec![(0_usize, 0.0, 0.0); n_kinds];
    let mut residuals = Vec::new();
    for ((value, expected), kind) in values.iter().zip(expected).zip(kinds) {
        let Some(value) = value else { continue };
        match kind.map(|kind| sums.get_mut(kind)) {
            None => residuals.push(value - expected),
            Some(Some((n, observed, promised))) => {
                *n += 1;
                *observed += value;
                *promised += expected;
            }
            Some(None) => {}
        }
    }
    let is_told = residuals.len() >= FEWEST;
    let deviation = robust_deviation(residuals).filter(|_| is_told);
    let effect = |(n, observed, expected): (usize, f64, f64)| {
        let difference = (observed - expected) / n as f64;
        let reach = deviation.map(|deviation| Z95 * deviation / (n as f64).sqrt());
        (n > 0).then(|| Effect {
            n,
            observed,
            expected,
            difference,
            interval: reach.map(|reach| (difference - reach, difference + reach)),
            change: (expected > 0.0).then(|| observed / expected - 1.0),
        })
    };
    sums.into_iter().map(effect).collect()
}
