//! Tails and quantiles of the normal and the chi-squared distribution.

use statrs::distribution::{ChiSquared, ContinuousCDF};
use statrs::function::erf::erfc_inv;

/// P(Z ≤ z) of the standard normal.
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z / std::f64::consts::SQRT_2)
}

/// The z below which the share `p` of the standard normal lies; ±∞ at 0 and 1.
pub fn normal_quantile(p: f64) -> f64 {
    -std::f64::consts::SQRT_2 * erfc_inv(2.0 * p)
}

/// P(|Z| ≥ |z|): the two-sided p-value of a Wald statistic.
pub fn two_sided_p(z: f64) -> f64 {
    libm::erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// P(χ² ≥ `statistic`) with `degrees` degrees of freedom; NaN where there is no such distribution.
pub fn chi_squared_upper(statistic: f64, degrees: usize) -> f64 {
    match ChiSquared::new(degrees as f64) {
        Ok(distribution) => distribution.sf(statistic),
        Err(_) => f64::NAN,
    }
}
