//! Whether two shares differ by more than chance, and how many such tests are read together.
//!
//! Two shares are compared by the pooled two-proportion test, or by Fisher's exact test where an
//! expected count is below 5. Many tests in one answer are corrected by a named method: Holm keeps
//! the chance of any false finding below the level, Benjamini and Hochberg the share of false ones
//! among the findings.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How p-values of several tests are corrected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Correction {
    /// S. Holm (1979), "A simple sequentially rejective multiple test procedure", Scandinavian
    /// Journal of Statistics 6, 65–70.
    Holm,
    /// Y. Benjamini and Y. Hochberg (1995), "Controlling the false discovery rate", Journal of the
    /// Royal Statistical Society B 57, 289–300.
    BenjaminiHochberg,
}

impl Correction {
    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Correction::Holm => "Holm",
            Correction::BenjaminiHochberg => "Benjamini–Hochberg",
        }
    }

    /// The p-values corrected, in their order; each at most 1.
    pub fn corrected(self, p_values: &[f64]) -> Vec<f64> {
        let n = p_values.len();
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|left, right| p_values[*left].total_cmp(&p_values[*right]));
        let mut corrected = vec![1.0; n];
        match self {
            Correction::Holm => {
                let mut largest = 0.0_f64;
                for (rank, index) in order.iter().enumerate() {
                    largest = largest.max(p_values[*index] * (n - rank) as f64);
                    corrected[*index] = largest.min(1.0);
                }
            }
            Correction::BenjaminiHochberg => {
                let mut smallest = 1.0_f64;
                for (rank, index) in order.iter().enumerate().rev() {
                    smallest = smallest.min(p_values[*index] * n as f64 / (rank + 1) as f64);
                    corrected[*index] = smallest;
                }
            }
        }
        corrected
    }
}

/// Which test gave a p-value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SignificanceTest)]
#[serde(rename_all = "snake_case")]
pub enum TestName {
    /// The pooled two-proportion test.
    TwoProportions,
    /// Fisher's exact test.
    FisherExact,
}

/// The two-sided p-value of `a` out of `n` against `b` out of `m`; `None` where one of them is
/// out of nobody.
pub fn two_shares(a: u64, n: u64, b: u64, m: u64) -> Option<(f64, TestName)> {
    if n == 0 || m == 0 || a > n || b > m {
        return None;
    }
    let (all, hits) = ((n + m) as f64, (a + b) as f64);
    let smallest = (n.min(m) as f64) * hits.min(all - hits) / all;
    if smallest < 5.0 {
        return Some((fisher(a, n, b, m), TestName::FisherExact));
    }
    let pooled = hits / all;
    let spread = (pooled * (1.0 - pooled) * (1.0 / n as f64 + 1.0 / m as f64)).sqrt();
    let z = (a as f64 / n as f64 - b as f64 / m as f64) / spread;
    Some((libm::erfc(z.abs() / std::f64::consts::SQRT_2), TestName::TwoProportions))
}

/// R. A. Fisher's exact test: the chance, under fixed margins, of a table no likelier than this.
fn fisher(a: u64, n: u64, b: u64, m: u64) -> f64 {
    let hits = a + b;
    let (lowest, highest) = (hits.saturating_sub(m), hits.min(n));
    let chance = |k: u64| {
        let logarithm = choose(n, k) + choose(m, hits - k) - choose(n + m, hits);
        logarithm.exp()
    };
    let own = chance(a);
    // Tables as likely as this one may differ from it in the last bits.
    let total: f64 =
        (lowest..=highest).map(chance).filter(|other| *other <= own * (1.0 + 1e-7)).sum();
    total.min(1.0)
}

/// Logarithm of a binomial coefficient.
fn choose(n: u64, k: u64) -> f64 {
    let factorial = |x: u64| libm::lgamma(x as f64 + 1.0);
    factorial(n) - factorial(k) - factorial(n - k)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corrections_match_benjamini_and_hochberg_1995() {
        // The fifteen p-values of their section 4.1: at 0.05, Holm finds three and theirs four.
        let p = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
            0.5719, 0.6528, 0.7590, 1.0000,
        ];
        let found =
            |method: Correction| method.corrected(&p).iter().filter(|p| **p <= 0.05).count();
        assert_eq!((found(Correction::Holm), found(Correction::BenjaminiHochberg)), (3, 4));
        let corrected = Correction::BenjaminiHochberg.corrected(&p);
        assert!((corrected[3] - 0.0095 * 15.0 / 4.0).abs() < 1e-12);
        let holm = Correction::Holm.corrected(&p);
        assert!((holm[2] - 0.0019 * 13.0).abs() < 1e-12 && holm[14] == 1.0);
        assert!(Correction::Holm.corrected(&[]).is_empty());
    }

    #[test]
    fn fisher_matches_the_lady_tasting_tea() {
        // R. A. Fisher (1935), "The Design of Experiments": 3 of 4 and 1 of 4; one-sided 17/70,
        // two-sided 34/70.
        let (p, test) = two_shares(3, 4, 1, 4).unwrap();
        assert_eq!(test, TestName::FisherExact);
        assert!((p - 34.0 / 70.0).abs() < 1e-9, "{p}");
    }

    #[test]
    fn large_samples_take_the_normal() {
        // 100 of 1000 against 130 of 1000: z = 2.1027, p = 0.03550.
        let (p, test) = two_shares(100, 1000, 130, 1000).unwrap();
        assert_eq!(test, TestName::TwoProportions);
        assert!((p - 0.035_49).abs() < 5e-5, "{p}");
        assert_eq!(two_shares(0, 0, 1, 2), None);
        assert!((two_shares(5, 10, 5, 10).unwrap().0 - 1.0).abs() < 1e-9);
        assert!((two_shares(0, 10, 0, 10).unwrap().0 - 1.0).abs() < 1e-9, "nothing to tell apart");
    }
}
