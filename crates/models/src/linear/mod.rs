//! Linear algebra of small symmetric matrices: solve, invert, decompose, and say which column is
//! a sum of others.
//!
//! Answers "what solves this Newton step?" and "which columns say the same?". Matrices are at most
//! some hundred columns wide; what grows with the rows is summed by the models themselves. This is
//! the only place that names the linear algebra library.

use nalgebra::{Cholesky, DMatrix, DVector, Dyn, SymmetricEigen};

use crate::learn::LearnError;

/// A square symmetric matrix. Both triangles are kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Symmetric {
    matrix: DMatrix<f64>,
}

/// A positive definite matrix, decomposed into a triangle and its mirror (Cholesky).
#[derive(Clone, Debug)]
pub struct Decomposed {
    cholesky: Cholesky<f64, Dyn>,
}

/// Eigenvalues, largest first, each with its vector of length 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Eigen {
    /// The eigenvalues.
    pub values: Vec<f64>,
    /// `vectors[i]` belongs to `values[i]`; its first entry that is not 0 is positive.
    pub vectors: Vec<Vec<f64>>,
}

impl Symmetric {
    /// The `n × n` matrix whose entry `(i, j)` is `entry(i, j)`, asked for `i ≤ j` only.
    pub fn new(n: usize, entry: impl Fn(usize, usize) -> f64) -> Symmetric {
        Symmetric { matrix: DMatrix::from_fn(n, n, |i, j| entry(i.min(j), i.max(j))) }
    }

    /// How many rows, and columns.
    #[must_use]
    pub fn size(&self) -> usize {
        self.matrix.nrows()
    }

    /// The entry at `(i, j)`; NaN outside the matrix.
    #[must_use]
    pub fn at(&self, i: usize, j: usize) -> f64 {
        self.matrix.get((i, j)).copied().unwrap_or(f64::NAN)
    }

    /// Adds `amount` to the diagonal from place `first` on.
    pub fn add_to_diagonal(&mut self, first: usize, amount: f64) {
        for place in first..self.size() {
            self.matrix[(place, place)] += amount;
        }
    }

    /// The product with a vector of as many entries.
    #[must_use]
    pub fn times(&self, vector: &[f64]) -> Vec<f64> {
        let row = |i| vector.iter().enumerate().map(|(j, value)| self.at(i, j) * value).sum();
        (0..self.size()).map(row).collect()
    }

    /// Decomposes it.
    ///
    /// # Errors
    /// It is not positive definite, or not finite.
    pub fn decompose(&self) -> Result<Decomposed, LearnError> {
        let cholesky = Cholesky::new(self.matrix.clone()).ok_or(LearnError::NotPositiveDefinite)?;
        let diagonal = cholesky.l_dirty().diagonal();
        if diagonal.iter().all(|entry| entry.is_finite()) {
            Ok(Decomposed { cholesky })
        } else {
            Err(LearnError::NotPositiveDefinite)
        }
    }

    /// Its eigenvalues and vectors.
    ///
    /// # Errors
    /// An entry is not finite, or the iteration does not settle.
    pub fn eigen(&self) -> Result<Eigen, LearnError> {
        if self.matrix.iter().any(|entry| !entry.is_finite()) {
            return Err(LearnError::NotPositiveDefinite);
        }
        let n_iterations = 1000 * (1 + self.size());
        let solved = SymmetricEigen::try_new(self.matrix.clone(), f64::EPSILON, n_iterations)
            .ok_or(LearnError::NoConvergence { n_iterations })?;
        let mut order: Vec<usize> = (0..self.size()).collect();
        order.sort_by(|&a, &b| solved.eigenvalues[b].total_cmp(&solved.eigenvalues[a]));
        let vector = |&place: &usize| {
            let column = solved.eigenvectors.column(place);
            let first = column.iter().find(|entry| entry.abs() > 1e-12);
            let sign = if first.is_some_and(|&entry| entry < 0.0) { -1.0 } else { 1.0 };
            column.iter().map(|entry| sign * entry).collect()
        };
        Ok(Eigen {
            values: order.iter().map(|&place| solved.eigenvalues[place]).collect(),
            vectors: order.iter().map(vector).collect(),
        })
    }

    /// The first column that the columns before it determine, with those that do, where the matrix
    /// holds sums of products of columns. `tolerance` is the share of a column's square that the
    /// others leave unexplained.
    #[must_use]
    pub fn first_dependent(&self, tolerance: f64) -> Option<(usize, Vec<usize>)> {
        let n = self.size();
        let mut triangle = DMatrix::<f64>::zeros(n, n);
        for column in 0..n {
            let mut rest = self.at(column, column);
            for before in 0..column {
                let mut product = self.at(column, before);
                for k in 0..before {
                    product -= triangle[(column, k)] * triangle[(before, k)];
                }
                let entry = product / triangle[(before, before)];
                triangle[(column, before)] = entry;
                rest -= entry * entry;
            }
            if rest.is_nan() || rest <= tolerance * self.at(column, column) {
                return Some((column, explaining(&triangle, column)));
            }
            triangle[(column, column)] = rest.sqrt();
        }
        None
    }
}

/// The columns before `column` that weigh in the sum which determines it: back substitution of its
/// row of the triangle gives their coefficients.
fn explaining(triangle: &DMatrix<f64>, column: usize) -> Vec<usize> {
    let mut coefficients = vec![0.0; column];
    for i in (0..column).rev() {
        let known: f64 = (i + 1..column).map(|k| triangle[(k, i)] * coefficients[k]).sum();
        coefficients[i] = (triangle[(column, i)] - known) / triangle[(i, i)];
    }
    let largest = coefficients.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
    (0..column).filter(|&i| coefficients[i].abs() > 1e-6 * largest.max(1e-12)).collect()
}

impl Decomposed {
    /// The `x` with `matrix · x = right`; `right` has as many entries as the matrix rows.
    ///
    /// # Errors
    /// `right` has another length.
    pub fn solve(&self, right: &[f64]) -> Result<Vec<f64>, LearnError> {
        let expected = self.cholesky.l_dirty().nrows();
        if right.len() != expected {
            let what = "the right side of a system".to_owned();
            return Err(LearnError::Length { what, found: right.len(), expected });
        }
        Ok(self.cholesky.solve(&DVector::from_column_slice(right)).iter().copied().collect())
    }

    /// The inverse of the matrix.
    #[must_use]
    pub fn inverse(&self) -> Symmetric {
        Symmetric { matrix: self.cholesky.inverse() }
    }

    /// The logarithm of the determinant.
    #[must_use]
    pub fn ln_determinant(&self) -> f64 {
        self.cholesky.ln_determinant()
    }
}

#[cfg(test)]
mod tests;
