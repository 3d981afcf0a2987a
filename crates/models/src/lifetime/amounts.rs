//! What one order of a customer is expected to bring: drawn towards everybody's mean, or their own.
//!
//! Answers what to multiply expected purchases with. [`GammaGamma`] is the model; where it cannot be
//! had (too few repeat buyers, spending without a mean) each customer's own mean is what remains,
//! and everybody's for those who have none.

use serde::{Deserialize, Serialize};

use super::gamma_gamma::{GammaGamma, Spending};
use super::model::Interval;
use super::{LifetimeError, quantile_interval};

/// How much one order brings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "learner", rename_all = "snake_case")]
pub enum Amounts {
    /// Drawn towards everybody's mean.
    GammaGamma(GammaGamma),
    /// Each customer's own mean.
    OwnMean {
        /// The mean of those without one of their own.
        of_all: f64,
    },
}

impl Amounts {
    /// The stable name: `gamma_gamma` or `own_mean`.
    pub fn name(&self) -> &'static str {
        match self {
            Amounts::GammaGamma(_) => "gamma_gamma",
            Amounts::OwnMean { .. } => "own_mean",
        }
    }

    /// The expected amount of one order.
    ///
    /// # Errors
    /// [`LifetimeError::BadRow`], [`LifetimeError::NoMean`].
    pub fn expected(&self, spending: &Spending) -> Result<f64, LifetimeError> {
        match self {
            Amounts::GammaGamma(model) => model.expected(spending),
            Amounts::OwnMean { of_all } => {
                Ok(if spending.n_orders > 0 { spending.mean_amount } else { *of_all })
            }
        }
    }

    /// Where the sum of the coming orders lies with probability `level`, given the distribution of
    /// their number. A customer's own mean knows no spread of amounts, only one of their number.
    ///
    /// # Errors
    /// [`LifetimeError::BadRow`], [`LifetimeError::BadArgument`].
    pub fn interval(
        &self,
        spending: &Spending,
        counts: &[f64],
        level: f64,
    ) -> Result<Interval, LifetimeError> {
        match self {
            Amounts::GammaGamma(model) => model.revenue_interval(spending, counts, level),
            Amounts::OwnMean { .. } => {
                let (each, n) = (self.expected(spending)?, quantile_interval(counts, level));
                Ok(Interval { lower: each * n.lower, upper: each * n.upper })
            }
        }
    }

    /// The variance of the sum of the coming orders, of whose number the mean and the mean square
    /// are given; `None` where it is infinite.
    ///
    /// With ν ~ Gamma(a, b) after what was seen and orders Gamma(p, ν): E[1/ν] = b/(a−1),
    /// E[1/ν²] = b²/((a−1)(a−2)), and Var(S) = E[1/ν²](p E[N] + p² E[N²]) − (p E[N] E[1/ν])².
    pub fn variance(&self, spending: &Spending, mean: f64, mean_square: f64) -> Option<f64> {
        match self {
            Amounts::GammaGamma(model) => {
                let (a, b) = model.posterior(spending);
                if a <= 2.0 {
                    return None;
                }
                let (first, second) = (b / (a - 1.0), b * b / ((a - 1.0) * (a - 2.0)));
                let p = model.p;
                Some(second * (p * mean + p * p * mean_square) - (p * mean * first).powi(2))
            }
            Amounts::OwnMean { of_all } => {
                let each = if spending.n_orders > 0 { spending.mean_amount } else { *of_all };
                Some(each * each * (mean_square - mean * mean))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variance_of_a_sum_is_that_of_its_distribution() {
        // One order for certain and p = 1: Lomax with shape a and scale b, whose variance is known.
        let model = Amounts::GammaGamma(GammaGamma { p: 1.0, q: 3.5, v: 20.0 });
        let spending = Spending { n_orders: 1, mean_amount: 10.0 };
        let (a, b) = (4.5_f64, 30.0_f64);
        let lomax = b * b * a / ((a - 1.0).powi(2) * (a - 2.0));
        assert!((model.variance(&spending, 1.0, 1.0).unwrap() - lomax).abs() < 1e-9);
        assert_eq!(model.variance(&spending, 0.0, 0.0), Some(0.0), "nothing is bought for certain");
        let wide = Amounts::GammaGamma(GammaGamma { p: 1.0, q: 1.5, v: 20.0 });
        let unknown = Spending { n_orders: 0, mean_amount: 0.0 };
        assert_eq!(wide.variance(&unknown, 1.0, 1.0), None, "infinite");
    }

    #[test]
    fn an_own_mean_is_taken_as_it_is() {
        let own = Amounts::OwnMean { of_all: 7.0 };
        let known = Spending { n_orders: 3, mean_amount: 12.0 };
        let unknown = Spending { n_orders: 0, mean_amount: 0.0 };
        assert_eq!((own.expected(&known).unwrap(), own.expected(&unknown).unwrap()), (12.0, 7.0));
        assert_eq!(own.variance(&known, 0.5, 0.5), Some(36.0), "a coin toss of one order");
        let range = own.interval(&known, &[0.05, 0.9, 0.05], 0.8).unwrap();
        assert_eq!((range.lower, range.upper), (12.0, 12.0));
    }
}
