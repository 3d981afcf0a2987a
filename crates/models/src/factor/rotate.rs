//! Turns factors so that each column loads on few of them, which makes them easy to name.

use super::{FactorError, Rotation};
use crate::linear::Symmetric;

/// Steps of varimax at most.
const MOST_STEPS: usize = 1_000;
/// The relative gain of the criterion below which factors count as turned. It is R's, so that
/// loadings are those R publishes: turning on would move them by some 3e-4.
const GAIN: f64 = 1e-5;
/// The power of promax: large loadings stay, small ones all but vanish.
const POWER: i32 = 4;

/// Loadings after a turn, and how the factors then go together (none: not at all).
pub(super) struct Rotated {
    pub loadings: Vec<Vec<f64>>,
    pub factor_correlations: Option<Symmetric>,
}

/// Turns `loadings` (by column and factor). One factor cannot be turned.
pub(super) fn rotate(loadings: Vec<Vec<f64>>, rotation: Rotation) -> Result<Rotated, FactorError> {
    let n_factors = loadings.first().map_or(0, Vec::len);
    if n_factors < 2 || rotation == Rotation::None {
        return Ok(Rotated { loadings, factor_correlations: None });
    }
    let lengths: Vec<f64> = loadings.iter().map(|row| length(row)).collect();
    let mut rows = loadings;
    scale(&mut rows, lengths.iter().map(|length| 1.0 / length));
    varimax(&mut rows)?;
    let factor_correlations = match rotation {
        Rotation::Promax => Some(promax(&mut rows)?),
        Rotation::Varimax | Rotation::None => None,
    };
    scale(&mut rows, lengths.iter().copied());
    Ok(Rotated { loadings: rows, factor_correlations })
}

/// The length of a row; 1 for a row of nothing, which any turn leaves as it is.
fn length(row: &[f64]) -> f64 {
    let length = row.iter().map(|loading| loading * loading).sum::<f64>().sqrt();
    if length > 0.0 { length } else { 1.0 }
}

fn scale(rows: &mut [Vec<f64>], factors: impl Iterator<Item = f64>) {
    for (row, factor) in rows.iter_mut().zip(factors) {
        row.iter_mut().for_each(|loading| *loading *= factor);
    }
}

/// Makes the squares of each factor's loadings as unequal as can be: H. F. Kaiser (1958),
/// Psychometrika 23, 187–200, by singular values as P. Horst (1965), Factor Analysis of Data
/// Matrices, has it. Rows have length 1 (Kaiser's normalisation), so that each column counts the
/// same.
fn varimax(rows: &mut [Vec<f64>]) -> Result<(), FactorError> {
    let n_factors = rows.first().map_or(0, Vec::len);
    let identity = |i: usize| (0..n_factors).map(|j| f64::from(u8::from(i == j))).collect();
    let mut turn: Vec<Vec<f64>> = (0..n_factors).map(identity).collect();
    let mut reached = 0.0;
    for _ in 0..MOST_STEPS {
        let (next, sum) = nearest_turn(&pulled(rows, &turn))?;
        turn = next;
        if sum < reached * (1.0 + GAIN) {
            for row in rows.iter_mut() {
                *row = turned(row, &turn);
            }
            return Ok(());
        }
        reached = sum;
    }
    Err(FactorError::NoConvergence { n_iterations: MOST_STEPS })
}

/// A row times a matrix.
fn turned(row: &[f64], turn: &[Vec<f64>]) -> Vec<f64> {
    let entry = |j: usize| row.iter().zip(turn).map(|(one, line)| one * line[j]).sum();
    (0..row.len()).map(entry).collect()
}

/// The gradient of the criterion: rowsᵀ (z³ − z · mean of the column's z²), z the turned rows.
fn pulled(rows: &[Vec<f64>], turn: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let n_factors = turn.len();
    let all: Vec<Vec<f64>> = rows.iter().map(|row| turned(row, turn)).collect();
    let n_rows = rows.len() as f64;
    let mean = |j: usize| all.iter().map(|z| z[j] * z[j]).sum::<f64>() / n_rows;
    let means: Vec<f64> = (0..n_factors).map(mean).collect();
    let mut gradient = vec![vec![0.0; n_factors]; n_factors];
    for (row, z) in rows.iter().zip(&all) {
        for (line, one) in gradient.iter_mut().zip(row) {
            for ((entry, z), mean) in line.iter_mut().zip(z).zip(&means) {
                *entry += one * (z * z * z - z * mean);
            }
        }
    }
    gradient
}

/// The rotation nearest to a matrix `B`, `B (BᵀB)^-½`, and the sum of its singular values.
fn nearest_turn(matrix: &[Vec<f64>]) -> Result<(Vec<Vec<f64>>, f64), FactorError> {
    let n = matrix.len();
    let squares = Symmetric::new(n, |i, j| matrix.iter().map(|line| line[i] * line[j]).sum());
    let eigen = squares.eigen()?;
    let values: Vec<f64> = eigen.values.iter().map(|value| value.max(0.0).sqrt()).collect();
    if values.last().is_none_or(|least| *least <= 1e-12 * values[0]) {
        // Nothing pulls some factor anywhere: every turn of it is as good.
        return Err(FactorError::NoConvergence { n_iterations: 0 });
    }
    let root = |i: usize, j: usize| -> f64 {
        let vectors = eigen.vectors.iter().zip(&values);
        vectors.map(|(vector, value)| vector[i] * vector[j] / value).sum()
    };
    let inverse: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| root(i, j)).collect()).collect();
    Ok((matrix.iter().map(|line| turned(line, &inverse)).collect(), values.iter().sum()))
}

/// Lets the factors of a varimax turn correlate, drawn to the powers of their loadings:
/// A. E. Hendrickson, P. O. White (1964), British Journal of Statistical Psychology 17, 65–70.
/// Gives the correlations of the factors.
fn promax(rows: &mut [Vec<f64>]) -> Result<Symmetric, FactorError> {
    let n_factors = rows.first().map_or(0, Vec::len);
    let target = |row: &[f64], factor: usize| row[factor] * row[factor].abs().powi(POWER - 1);
    let squares = Symmetric::new(n_factors, |i, j| rows.iter().map(|row| row[i] * row[j]).sum());
    let decomposed = squares.decompose()?;
    // turn[factor] is a column of the matrix that takes the rows nearest to the target.
    let mut turn = Vec::with_capacity(n_factors);
    for factor in 0..n_factors {
        let right = |i: usize| rows.iter().map(|row| row[i] * target(row, factor)).sum();
        turn.push(decomposed.solve(&(0..n_factors).map(right).collect::<Vec<f64>>())?);
    }
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let products = |turn: &[Vec<f64>]| Symmetric::new(n_factors, |i, j| dot(&turn[i], &turn[j]));
    // Factors of variance 1: the inverse of the products is their covariance.
    let covariance = products(&turn).decompose()?.inverse();
    for (factor, column) in turn.iter_mut().enumerate() {
        let deviation = covariance.at(factor, factor).sqrt();
        column.iter_mut().for_each(|entry| *entry *= deviation);
    }
    for row in rows.iter_mut() {
        *row = turn.iter().map(|column| dot(row, column)).collect();
    }
    Ok(products(&turn).decompose()?.inverse())
}
