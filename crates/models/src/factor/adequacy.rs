//! Whether columns have anything in common that factors could be made of.

use serde::{Deserialize, Serialize};

use super::Correlations;
use crate::special::chi_squared_upper;

/// How much of the columns' correlation is shared rather than between pairs alone: the
/// Kaiser–Meyer–Olkin measure of sampling adequacy (H. F. Kaiser (1974), Psychometrika 39, 31–36).
/// Below .5 factors are of no use, above .8 they are of much.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SamplingAdequacy {
    /// Of all columns together, 0 to 1.
    pub overall: f64,
    /// Of each column, in their order.
    pub columns: Vec<f64>,
}

/// A test of a statistic that is χ² where there is nothing to find.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChiSquaredTest {
    /// The statistic.
    pub statistic: f64,
    /// Its degrees of freedom.
    pub degrees: usize,
    /// The chance of a statistic this large.
    pub p: f64,
}

impl Correlations {
    /// Σ r² / (Σ r² + Σ q²) over pairs, with `q` the correlation of a pair when all other columns
    /// are held fixed.
    #[must_use]
    pub fn sampling_adequacy(&self) -> SamplingAdequacy {
        let n = self.n_columns();
        let sums = |i: usize| {
            let pairs = (0..n).filter(|&j| j != i);
            pairs.fold((0.0, 0.0), |(simple, partial), j| {
                let scale = self.inverse.at(i, i) * self.inverse.at(j, j);
                let fixed = self.inverse.at(i, j).powi(2) / scale;
                (simple + self.matrix.at(i, j).powi(2), partial + fixed)
            })
        };
        let sums: Vec<(f64, f64)> = (0..n).map(sums).collect();
        let share = |(simple, partial): (f64, f64)| simple / (simple + partial);
        let all = sums.iter().fold((0.0, 0.0), |all, one| (all.0 + one.0, all.1 + one.1));
        SamplingAdequacy { overall: share(all), columns: sums.into_iter().map(share).collect() }
    }

    /// Whether the columns go together at all: M. S. Bartlett (1951), Biometrika 38, 337–344.
    #[must_use]
    pub fn sphericity(&self) -> ChiSquaredTest {
        let n = self.n_columns();
        let factor = self.n_rows as f64 - 1.0 - (2.0 * n as f64 + 5.0) / 6.0;
        let (statistic, degrees) = (-self.ln_determinant() * factor, n * (n - 1) / 2);
        ChiSquaredTest { statistic, degrees, p: chi_squared_upper(statistic, degrees) }
    }
}
