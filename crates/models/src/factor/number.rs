//! How many factors there are: by Kaiser's rule, or by what chance alone would show.

use serde::{Deserialize, Serialize};

use super::{Correlations, FactorError};
use crate::learn::Random;
use crate::learn::parallel::in_pieces;
use crate::linear::Symmetric;

/// How parallel analysis is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParallelSettings {
    /// Tables of chance, 20 or more.
    pub n_repeats: usize,
    /// The share of them an eigenvalue must exceed, between 0 and 1.
    pub quantile: f64,
    /// The seed of the tables.
    pub seed: u64,
    /// Threads; 0 counts as 1. Never changes a result.
    pub n_threads: usize,
}

impl Default for ParallelSettings {
    /// The 95 % of L. W. Glorfeld (1995), Educational and Psychological Measurement 55, 377–393.
    fn default() -> ParallelSettings {
        ParallelSettings { n_repeats: 200, quantile: 0.95, seed: 0, n_threads: 1 }
    }
}

/// Eigenvalues beside those of chance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parallel {
    /// How many leading eigenvalues exceed those of chance.
    pub n_factors: usize,
    /// The eigenvalues of the correlations, largest first.
    pub eigenvalues: Vec<f64>,
    /// What the eigenvalue of that rank has to exceed.
    pub by_chance: Vec<f64>,
}

impl Correlations {
    /// The number of eigenvalues above 1, which explain more than a column of their own would
    /// (H. F. Kaiser (1960), Educational and Psychological Measurement 20, 141–151).
    ///
    /// # Errors
    /// The iteration does not settle.
    pub fn kaiser(&self) -> Result<usize, FactorError> {
        Ok(self.eigen()?.values.iter().filter(|value| **value > 1.0).count())
    }

    /// The number of leading eigenvalues above those of as many rows of independent normal columns
    /// (J. L. Horn (1965), Psychometrika 30, 179–185).
    ///
    /// The correlations of such rows are drawn as they are distributed, from a Wishart matrix by
    /// M. S. Bartlett's decomposition (1933), so the time does not grow with the rows.
    ///
    /// # Errors
    /// A setting outside what it may be; the iteration does not settle.
    pub fn parallel(&self, settings: &ParallelSettings) -> Result<Parallel, FactorError> {
        settings.check()?;
        let (n_columns, degrees) = (self.n_columns(), self.n_rows - 1);
        let draw = |(): &mut (), repeat: usize| {
            let mut random = Random::stream(settings.seed, repeat as u64);
            Ok(correlations_of_chance(n_columns, degrees, &mut random).eigen()?.values)
        };
        let drawn = in_pieces(settings.n_repeats, settings.n_threads, || (), draw);
        let drawn = drawn.into_iter().collect::<Result<Vec<Vec<f64>>, FactorError>>()?;
        let quantile = |rank: usize| {
            let mut values: Vec<f64> = drawn.iter().map(|values| values[rank]).collect();
            values.sort_unstable_by(f64::total_cmp);
            let last = values.len() - 1;
            values[((settings.quantile * last as f64).ceil() as usize).min(last)]
        };
        let by_chance: Vec<f64> = (0..n_columns).map(quantile).collect();
        let eigenvalues = self.eigen()?.values;
        let exceeding = eigenvalues.iter().zip(&by_chance).take_while(|(own, chance)| own > chance);
        Ok(Parallel { n_factors: exceeding.count(), eigenvalues, by_chance })
    }
}

impl ParallelSettings {
    fn check(&self) -> Result<(), FactorError> {
        if self.n_repeats < 20 {
            let (name, value) = ("n_repeats", self.n_repeats.to_string());
            return Err(FactorError::Setting { name, value, allowed: "20 or more" });
        }
        if !(self.quantile > 0.0 && self.quantile < 1.0) {
            let (name, value) = ("quantile", self.quantile.to_string());
            return Err(FactorError::Setting { name, value, allowed: "between 0 and 1" });
        }
        Ok(())
    }
}

/// The correlations of `degrees + 1` rows of independent normal columns: `A Aᵀ` scaled, with `A` a
/// triangle of normals below χ on the diagonal.
fn correlations_of_chance(n_columns: usize, degrees: usize, random: &mut Random) -> Symmetric {
    let mut rows: Vec<Vec<f64>> = Vec::with_capacity(n_columns);
    for column in 0..n_columns {
        let mut row: Vec<f64> = (0..column).map(|_| random.normal()).collect();
        row.push(chi_squared((degrees - column) as f64, random).sqrt());
        let length = row.iter().map(|entry| entry * entry).sum::<f64>().sqrt();
        row.iter_mut().for_each(|entry| *entry /= length);
        rows.push(row);
    }
    Symmetric::new(n_columns, |i, j| {
        if i == j { 1.0 } else { rows[i].iter().zip(&rows[j]).map(|(a, b)| a * b).sum() }
    })
}

/// A draw from χ² with `degrees` of 1 or more: twice a gamma variable of half the degrees.
///
/// G. Marsaglia, W. W. Tsang (2000), A simple method for generating gamma variables, ACM
/// Transactions on Mathematical Software 26, 363–372. A shape below 1 is not reached: with two rows
/// more than columns there are at least two degrees.
fn chi_squared(degrees: f64, random: &mut Random) -> f64 {
    let d = 0.5 * degrees - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let normal = random.normal();
        let cube = (1.0 + c * normal).powi(3);
        if cube <= 0.0 {
            continue;
        }
        let accepted = 0.5 * normal * normal + d * (1.0 - cube + cube.ln());
        if (1.0 - random.unit()).ln() < accepted {
            return 2.0 * d * cube;
        }
    }
}
