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
        for (successes, n, low, high) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
        {
            let (found_low, found_high) = wilson(successes, n).unwrap();
            assert!((found_low - low).abs() < 5e-5, "{successes}/{n}: {found_low}");
            assert!((found_high - high).abs() < 5e-5, "{successes}/{n}: {found_high}");
        }
        assert_eq!(wilson(0, 0), None);
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
