//! Turns factors so that each column loads on few of them, which makes them easy to name.

use super::{FactorError, Rotation};
use crate::linear::Symmetric;

/// Sweeps over pairs of factors at most.
const MOST_SWEEPS: usize = 1_000;
/// The angle below which a pair counts as turned.
const TURNED: f64 = 1e-10;
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

/// Makes the squares of each factor's loadings as unequal as can be, pair by pair of factors:
/// H. F. Kaiser (1958), Psychometrika 23, 187–200, eqs. 16–20. Rows have length 1 (his
/// normalisation), so that each column counts the same.
fn varimax(rows: &mut [Vec<f64>]) -> Result<(), FactorError> {
    let n_factors = rows.first().map_or(0, Vec::len);
    for _ in 0..MOST_SWEEPS {
        let mut largest = 0.0_f64;
        for second in 1..n_factors {
            for first in 0..second {
                let angle = best_angle(rows, first, second);
                largest = largest.max(angle.abs());
                let (sine, cosine) = angle.sin_cos();
                for row in rows.iter_mut() {
                    let (x, y) = (row[first], row[second]);
                    row[first] = x * cosine + y * sine;
                    row[second] = y * cosine - x * sine;
                }
            }
        }
        if largest <= TURNED {
            return Ok(());
        }
    }
    Err(FactorError::NoConvergence { n_iterations: MOST_SWEEPS })
}

/// The angle between −45° and 45° by which two factors are best turned.
fn best_angle(rows: &[Vec<f64>], first: usize, second: usize) -> f64 {
    let (mut u_sum, mut v_sum, mut differences, mut products) = (0.0, 0.0, 0.0, 0.0);
    for row in rows {
        let (x, y) = (row[first], row[second]);
        let (u, v) = (x * x - y * y, 2.0 * x * y);
        u_sum += u;
        v_sum += v;
        differences += u * u - v * v;
        products += 2.0 * u * v;
    }
    let n = rows.len() as f64;
    let sine = products - 2.0 * u_sum * v_sum / n;
    let cosine = differences - (u_sum * u_sum - v_sum * v_sum) / n;
    0.25 * sine.atan2(cosine)
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
