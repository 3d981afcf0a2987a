//! How the columns of a table go together: their correlations, means and deviations, checked.

use super::FactorError;
use crate::learn::{Column, Table, Values};
use crate::linear::{Decomposed, Eigen, Symmetric};

/// The share of a column's variance that the columns before it must leave unexplained.
const COLLINEAR: f64 = 1e-10;

/// Pearson's correlations of columns of numbers without gaps, which determine none of them by
/// others.
#[derive(Clone, Debug)]
pub struct Correlations {
    pub(super) names: Vec<String>,
    pub(super) n_rows: usize,
    pub(super) means: Vec<f64>,
    /// Of the sample: squares over rows less one.
    pub(super) deviations: Vec<f64>,
    pub(super) matrix: Symmetric,
    pub(super) inverse: Symmetric,
    ln_determinant: f64,
}

impl Correlations {
    /// The correlations of the columns of `table`.
    ///
    /// # Errors
    /// Fewer than two columns, or not two rows more than columns; categories, missing values,
    /// constant columns, a column that others determine; each by its name.
    pub fn of(table: &Table) -> Result<Correlations, FactorError> {
        let (n_rows, n_columns) = (table.n_rows(), table.columns().len());
        if n_columns < 2 {
            return Err(FactorError::TooFewColumns { n_columns, needed: 2 });
        }
        if n_rows < n_columns + 2 {
            return Err(FactorError::TooFewRows { n_rows, n_columns, needed: n_columns + 2 });
        }
        let mut names = Vec::with_capacity(n_columns);
        let mut scores = Vec::with_capacity(n_columns);
        let (mut means, mut deviations) = (Vec::new(), Vec::new());
        for column in table.columns() {
            let values = numbers(column)?;
            let (mean, deviation) = moments(&column.name, values)?;
            scores.push(values.iter().map(|value| (value - mean) / deviation).collect::<Vec<_>>());
            means.push(mean);
            deviations.push(deviation);
            names.push(column.name.clone());
        }
        let product = |i: usize, j: usize| -> f64 {
            if i == j {
                return 1.0;
            }
            let pairs = scores[i].iter().zip(&scores[j]);
            pairs.map(|(left, right)| left * right).sum::<f64>() / (n_rows - 1) as f64
        };
        let matrix = Symmetric::new(n_columns, product);
        let decomposed = decomposed(&matrix, &names)?;
        let (inverse, ln_determinant) = (decomposed.inverse(), decomposed.ln_determinant());
        Ok(Correlations { names, n_rows, means, deviations, matrix, inverse, ln_determinant })
    }

    /// The names of the columns.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How many columns there are.
    #[must_use]
    pub fn n_columns(&self) -> usize {
        self.names.len()
    }

    /// The rows they were computed from.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The correlation of two columns; NaN for a column that is not there.
    #[must_use]
    pub fn at(&self, left: usize, right: usize) -> f64 {
        self.matrix.at(left, right)
    }

    /// The logarithm of the determinant: 0 for columns that have nothing to do with each other.
    #[must_use]
    pub fn ln_determinant(&self) -> f64 {
        self.ln_determinant
    }

    /// The eigenvalues, largest first, with their vectors.
    ///
    /// # Errors
    /// The iteration does not settle.
    pub fn eigen(&self) -> Result<Eigen, FactorError> {
        Ok(self.matrix.eigen()?)
    }
}

/// The values of a column of numbers without gaps.
pub(super) fn numbers(column: &Column) -> Result<&[f64], FactorError> {
    let Values::Numbers(values) = &column.values else {
        return Err(FactorError::Categories { column: column.name.clone() });
    };
    match values.iter().position(|value| value.is_nan()) {
        Some(row) => Err(FactorError::MissingValue { column: column.name.clone(), row }),
        None => Ok(values),
    }
}

/// Mean and deviation of the sample.
fn moments(name: &str, values: &[f64]) -> Result<(f64, f64), FactorError> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    let deviation = (squares / (n - 1.0)).sqrt();
    // Differences far below the size of the numbers are rounding, not variation.
    if deviation > 1e-12 * mean.abs().max(f64::MIN_POSITIVE) && deviation.is_finite() {
        return Ok((mean, deviation));
    }
    Err(FactorError::Constant { column: name.to_owned() })
}

fn decomposed(matrix: &Symmetric, names: &[String]) -> Result<Decomposed, FactorError> {
    if let Some((column, with)) = matrix.first_dependent(COLLINEAR) {
        let with = with.into_iter().map(|place| names[place].clone()).collect();
        return Err(FactorError::Collinear { column: names[column].clone(), with });
    }
    Ok(matrix.decompose()?)
}
