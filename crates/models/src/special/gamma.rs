//! The gamma function and its relatives, in logarithms.

/// ln |Γ(x)|.
pub fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// ln B(a, b) = ln Γ(a) + ln Γ(b) − ln Γ(a + b) (A&S 6.2.2), for positive a and b.
///
/// The larger argument enters only through [`ln_rising`], so that nothing is lost where one of
/// them is huge.
pub fn ln_beta(a: f64, b: f64) -> f64 {
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    ln_gamma(small) - ln_rising(large, small)
}

/// ln of the binomial coefficient n over k, for 0 ≤ k ≤ n.
pub fn ln_choose(n: f64, k: f64) -> f64 {
    ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0)
}

/// ln Γ(x + n) − ln Γ(x): the logarithm of the rising factorial (A&S 6.1.22), for positive x and
/// n ≥ 0, which need not be whole.
///
/// Two large logarithms that nearly cancel are never subtracted: above 30 Stirling's series
/// (A&S 6.1.40) is differenced term by term.
pub fn ln_rising(x: f64, n: f64) -> f64 {
    const STIRLING_FROM: f64 = 30.0;
    if x < STIRLING_FROM {
        return ln_gamma(x + n) - ln_gamma(x);
    }
    let remainder = |z: f64| {
        let square = 1.0 / (z * z);
        (1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square / 1680.0))) / z
    };
    (x - 0.5) * (n / x).ln_1p() + n * ((x + n).ln() - 1.0) + (remainder(x + n) - remainder(x))
}

/// ψ(x) = d ln Γ(x) / dx for positive x: the recurrence A&S 6.3.5 up to 10, then the series 6.3.18.
pub fn digamma(x: f64) -> f64 {
    let mut shift = 0.0;
    let mut z = x;
    while z < 10.0 {
        shift -= 1.0 / z;
        z += 1.0;
    }
    let square = 1.0 / (z * z);
    let series = square
        * (1.0 / 12.0
            - square
                * (1.0 / 120.0
                    - square
                        * (1.0 / 252.0
                            - square
                                * (1.0 / 240.0
                                    - square * (1.0 / 132.0 - square * 691.0 / 32760.0)))));
    shift + z.ln() - 0.5 / z - series
}

/// ln(eᵃ + eᵇ) without overflow; either may be −∞.
pub fn log_sum_exp(a: f64, b: f64) -> f64 {
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    if small == f64::NEG_INFINITY { large } else { large + (small - large).exp().ln_1p() }
}
