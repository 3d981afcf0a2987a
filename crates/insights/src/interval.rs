//! Intervals of shares.

/// Two-sided 95 % quantile of the normal distribution.
pub const Z95: f64 = 1.959_963_984_540_054;

/// Wilson's score interval of `successes` out of `n` at 95 %, `None` for an empty sample.
///
/// E. B. Wilson (1927), "Probable inference, the law of succession, and statistical inference",
/// Journal of the American Statistical Association 22, 209–212.
pub fn wilson(successes: u64, n: u64) -> Option<(f64, f64)> {
    if n == 0 {
        return None;
    }
    let (n, share) = (n as f64, successes as f64 / n as f64);
    let z2 = Z95 * Z95;
    let middle = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let reach = Z95 / (1.0 + z2 / n) * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
    Some(((middle - reach).max(0.0), (middle + reach).min(1.0)))
}

/// A share, or a difference of two shares of the same n, with its interval at 95 %.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The share or difference.
    pub value: f64,
    /// Lower end, at least the smallest value possible.
    pub low: f64,
    /// Upper end, at most the largest.
    pub high: f64,
}

/// Wald's interval of the share of those for less that of those against, of `n`: ± z · √((p + d −
/// (p − d)²) ÷ n). `None` for an empty sample.
pub fn net_wald(in_favour: f64, against: f64, n: f64) -> Option<Estimate> {
    if n <= 0.0 {
        return None;
    }
    let (p, d) = (in_favour / n, against / n);
    let reach = Z95 * ((p + d - (p - d).powi(2)).max(0.0) / n).sqrt();
    Some(Estimate { value: p - d, low: (p - d - reach).max(-1.0), high: (p - d + reach).min(1.0) })
}

/// The adjusted Wald interval of a net share: as [`net_wald`] with three answers more, three
/// quarters of one for and of one against.
///
/// B. Rocks (2016), "Interval estimation for the Net Promoter Score", The American Statistician 70,
/// 365–372.
pub fn net_adjusted(in_favour: u64, against: u64, n: u64) -> Option<Estimate> {
    let adjusted = || net_wald(in_favour as f64 + 0.75, against as f64 + 0.75, n as f64 + 3.0);
    if n == 0 { None } else { adjusted() }
}

/// Wald's interval of a share. `None` for an empty sample.
pub fn wald(successes: f64, n: f64) -> Option<Estimate> {
    let net = net_wald(successes, 0.0, n)?;
    Some(Estimate { low: net.low.max(0.0), ..net })
}

/// The adjusted Wald interval of a share: as [`wald`] with z² answers more, half of them for.
///
/// A. Agresti and B. A. Coull (1998), "Approximate is better than exact for interval estimation of
/// binomial proportions", The American Statistician 52, 119–126.
pub fn adjusted(successes: u64, n: u64) -> Option<Estimate> {
    let z2 = Z95 * Z95;
    let adjusted = || wald(successes as f64 + z2 / 2.0, n as f64 + z2);
    if n == 0 { None } else { adjusted() }
}

/// Sufficient statistics of a ratio Σy ÷ Σx whose observations come in clusters.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Clustered {
    /// Clusters with an x.
    pub n: u64,
    /// Σx
    pub x: f64,
    /// Σy
    pub y: f64,
    /// Σx²
    pub xx: f64,
    /// Σxy
    pub xy: f64,
    /// Σy²
    pub yy: f64,
}

impl Clustered {
    /// Adds one cluster.
    pub fn add(&mut self, x: f64, y: f64) {
        self.n += 1;
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.xy += x * y;
        self.yy += y * y;
    }

    /// Adds other clusters.
    pub fn merge(&mut self, other: &Clustered) {
        self.n += other.n;
        self.x += other.x;
        self.y += other.y;
        self.xx += other.xx;
        self.xy += other.xy;
        self.yy += other.yy;
    }

    /// The ratio with its interval at 95 %, by linearisation: Var(r) ≈ n/(n−1) · Σ(y − r·x)² ÷
    /// (Σx)². `None` with fewer than two clusters.
    ///
    /// W. G. Cochran (1977), "Sampling Techniques", 3rd edition, equation (6.13).
    pub fn interval(&self) -> Option<(f64, f64)> {
        if self.n < 2 || self.x <= 0.0 {
            return None;
        }
        let ratio = self.y / self.x;
        let squares = (self.yy - 2.0 * ratio * self.xy + ratio * ratio * self.xx).max(0.0);
        let n = self.n as f64;
        let reach = Z95 * (n / (n - 1.0) * squares).sqrt() / self.x;
        Some(((ratio - reach).max(0.0), (ratio + reach).min(1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_matches_newcombe_1998() {
        // R. G. Newcombe (1998), Statistics in Medicine 17, 857–872, table I, method 3.
        for (successes, n, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let (found_low, found_high) = wilson(successes, n).unwrap();
            assert!((found_low - low).abs() < 5e-5, "{successes}/{n}: {found_low}");
            assert!((found_high - high).abs() < 5e-5, "{successes}/{n}: {found_high}");
        }
        assert_eq!(wilson(0, 0), None);
    }

    #[test]
    fn net_shares_match_sauro_and_rocks() {
        // 500, 55 and 7 promoters, 300, 25 and 2 detractors, as points: Wald, then adjusted Wald.
        let points = |found: Option<Estimate>| {
            let found = found.unwrap();
            [found.value, found.low, found.high].map(|share| (share * 10_000.0).round() / 100.0)
        };
        assert_eq!(points(net_wald(500.0, 300.0, 1000.0)), [20.0, 14.6, 25.4]);
        assert_eq!(points(net_adjusted(500, 300, 1000)), [19.94, 14.55, 25.33]);
        assert_eq!(points(net_wald(55.0, 25.0, 100.0)), [30.0, 13.49, 46.51]);
        assert_eq!(points(net_adjusted(55, 25, 100)), [29.13, 12.89, 45.36]);
        assert_eq!(points(net_wald(7.0, 2.0, 10.0)), [50.0, 0.03, 99.97]);
        assert_eq!(points(net_adjusted(7, 2, 10)), [38.46, -5.69, 82.62]);
        assert_eq!(
            (net_wald(0.0, 0.0, 0.0), net_adjusted(0, 0, 0), adjusted(0, 0)),
            (None, None, None)
        );
    }

    #[test]
    fn adjusted_shares_are_those_of_the_formula() {
        // Worked by hand from their formula: z² = 3.8415, so 16.92 of 151.84, and 1.92 of 23.84.
        let found = adjusted(15, 148).unwrap();
        assert!(
            (found.low - 0.061_386).abs() < 1e-6 && (found.high - 0.161_488).abs() < 1e-6,
            "{found:?}"
        );
        let none = adjusted(0, 20).unwrap();
        assert!(none.low == 0.0 && (none.high - 0.189_810).abs() < 1e-6, "{none:?}");
    }

    #[test]
    fn clusters_of_one_give_the_variance_of_a_share() {
        let mut clustered = Clustered::default();
        for index in 0..100 {
            clustered.add(1.0, f64::from(u8::from(index < 30)));
        }
        let (low, high) = clustered.interval().unwrap();
        let reach = Z95 * (0.3 * 0.7 / 99.0_f64).sqrt();
        assert!((low - (0.3 - reach)).abs() < 1e-12 && (high - (0.3 + reach)).abs() < 1e-12);
    }
}
