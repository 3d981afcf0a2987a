//! Small symmetric systems for Newton's method: solve, invert, and name the column at fault.
//!
//! Answers what a likelihood with a handful of coefficients asks of linear algebra, and climbs it.
//! Matrices are row-major slices of n × n numbers, symmetric and positive definite; a matrix that is not names
//! the first column that the ones before it already determine.

use nalgebra::{Cholesky, DMatrix, DMatrixView, DVector, Dyn};

/// The first column of a symmetric matrix that is a combination of the columns before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dependent {
    /// Its index.
    pub column: usize,
}

/// Share of a column's own variance that must be left once the columns before it are taken out.
const LEAST_LEFT: f64 = 1e-10;

/// A factorised information matrix.
pub struct Factored {
    cholesky: Cholesky<f64, Dyn>,
    /// Square roots of the diagonal: the matrix is factorised as a correlation matrix, so that the
    /// units of the columns do not decide what counts as singular.
    scales: Vec<f64>,
}

impl Factored {
    /// Factorises `matrix` (n × n, row-major).
    ///
    /// # Errors
    /// The first column that is zero, not finite, or determined by the columns before it.
    pub fn new(matrix: &[f64], n: usize) -> Result<Factored, Dependent> {
        let scales: Vec<f64> = matrix.iter().step_by(n + 1).map(|cell| cell.sqrt()).collect();
        if let Some(column) = scales.iter().position(|scale| !(scale.is_finite() && *scale > 0.0)) {
            return Err(Dependent { column });
        }
        let scaled: Vec<f64> = matrix
            .iter()
            .enumerate()
            .map(|(i, cell)| {
                cell / scales.get(i / n).zip(scales.get(i % n)).map_or(1.0, |(a, b)| a * b)
            })
            .collect();
        let whole = DMatrix::from_row_slice(n, n, &scaled);
        let leading = |size: usize| Cholesky::new(whole.view((0, 0), (size, size)).into_owned());
        let is_sound = |part: &Cholesky<f64, Dyn>| {
            part.l_dirty().diagonal().iter().all(|pivot| pivot * pivot > LEAST_LEFT)
        };
        match leading(n).filter(is_sound) {
            Some(cholesky) => Ok(Factored { cholesky, scales }),
            None => {
                let fails = |size: &usize| !leading(*size).is_some_and(|part| is_sound(&part));
                let size = (1..=n).find(fails).unwrap_or(n);
                Err(Dependent { column: size.saturating_sub(1) })
            }
        }
    }

    /// The x of `matrix` · x = `right`.
    pub fn solve(&self, right: &[f64]) -> Vec<f64> {
        let scaled = right.iter().zip(&self.scales).map(|(value, scale)| value / scale);
        let right = DVector::from_iterator(self.scales.len(), scaled);
        let solved = self.cholesky.solve(&right);
        solved.iter().zip(&self.scales).map(|(value, scale)| value / scale).collect()
    }

    /// The inverse, row-major.
    pub fn inverse(&self) -> Vec<f64> {
        let n = self.scales.len();
        let mut cells = Vec::with_capacity(n * n);
        let inverse = self.cholesky.inverse();
        for (row, row_scale) in inverse.row_iter().zip(&self.scales) {
            cells.extend(
                row.iter().zip(&self.scales).map(|(cell, scale)| cell / (scale * row_scale)),
            );
        }
        cells
    }
}

/// A sum of weighted squares Σ w x xᵀ of many short rows, a few hundred at a time.
pub struct Squares {
    size: usize,
    /// √w x, row after row, waiting to be multiplied.
    waiting: Vec<f64>,
    sum: DMatrix<f64>,
}

/// Rows multiplied at once: enough for the blocked product, few enough for the nearest cache.
const ROWS_AT_ONCE: usize = 256;

impl Squares {
    /// Nothing yet, of rows of `size` numbers.
    pub fn new(size: usize) -> Squares {
        let waiting = Vec::with_capacity(size * ROWS_AT_ONCE);
        Squares { size, waiting, sum: DMatrix::zeros(size, size) }
    }

    /// Adds `weight` · x xᵀ; the weight is not negative.
    pub fn add(&mut self, x: impl IntoIterator<Item = f64>, weight: f64) {
        let root = weight.sqrt();
        self.waiting.extend(x.into_iter().map(|value| root * value));
        if self.waiting.len() >= self.size * ROWS_AT_ONCE {
            self.multiply();
        }
    }

    fn multiply(&mut self) {
        let n_rows = self.waiting.len() / self.size.max(1);
        let rows = DMatrixView::from_slice(&self.waiting, self.size, n_rows);
        self.sum.gemm(1.0, &rows, &rows.transpose(), 1.0);
        self.waiting.clear();
    }

    /// The sum, row-major.
    pub fn total(mut self) -> Vec<f64> {
        self.multiply();
        self.sum.as_slice().to_vec()
    }
}

/// A log-likelihood at a point, with its slope and its curvature turned positive.
pub struct Local {
    /// The log-likelihood.
    pub value: f64,
    /// Its gradient.
    pub gradient: Vec<f64>,
    /// Minus its second derivatives, row-major.
    pub information: Vec<f64>,
}

/// The top of a log-likelihood.
pub struct Maximum {
    /// Where it is.
    pub at: Vec<f64>,
    /// The log-likelihood at the start.
    pub start_value: f64,
    /// The log-likelihood, its gradient and information at the top.
    pub local: Local,
    /// The inverse of the information.
    pub covariance: Vec<f64>,
}

/// Why there is no top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoMaximum {
    /// A coordinate follows from the ones before it.
    Dependent {
        /// Its index.
        column: usize,
    },
    /// The likelihood rises for ever along this coordinate.
    Diverging {
        /// Its index.
        column: usize,
    },
    /// Steps ran out.
    NotSettled {
        /// Steps taken.
        n_steps: usize,
    },
}

/// Steps after which the search stops.
const MOST_STEPS: usize = 60;
/// Rise promised by a whole step at which the search has settled.
const SETTLED: f64 = 1e-10;
/// A coordinate that still moves this far while the value stands still has no finite place.
const DIVERGING: f64 = 1e-3;

/// Newton's method with step halving on a log-likelihood whose coordinates are of order 1.
pub fn maximise(start: Vec<f64>, mut f: impl FnMut(&[f64]) -> Local) -> Result<Maximum, NoMaximum> {
    let n = start.len();
    let mut at = start;
    let mut local = f(&at);
    let start_value = local.value;
    let mut before: Option<usize> = None;
    for _ in 0..MOST_STEPS {
        let factored = match (Factored::new(&local.information, n), before) {
            (Ok(factored), _) => factored,
            (Err(Dependent { column }), None) => return Err(NoMaximum::Dependent { column }),
            // What was told apart at the start and no longer is, has run away since.
            (Err(_), Some(column)) => return Err(NoMaximum::Diverging { column }),
        };
        let step = factored.solve(&local.gradient);
        let promised: f64 = step.iter().zip(&local.gradient).map(|(a, b)| a * b).sum();
        let farthest = step.iter().enumerate().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
        if promised <= SETTLED {
            return match farthest.filter(|(_, length)| length.abs() > DIVERGING) {
                Some((column, _)) => Err(NoMaximum::Diverging { column }),
                None => Ok(Maximum { at, start_value, covariance: factored.inverse(), local }),
            };
        }
        before = farthest.map(|(column, _)| column);
        let mut length = 1.0;
        loop {
            let next: Vec<f64> = at.iter().zip(&step).map(|(x, s)| x + length * s).collect();
            let there = f(&next);
            // A fall within rounding is none.
            if there.value >= local.value - 1e-12 * local.value.abs() {
                (at, local) = (next, there);
                break;
            }
            length *= 0.5;
            if length < 1e-8 {
                return Err(NoMaximum::NotSettled { n_steps: MOST_STEPS });
            }
        }
    }
    Err(NoMaximum::NotSettled { n_steps: MOST_STEPS })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_solved_and_inverted() {
        let matrix = [4.0, 2.0, 0.6, 2.0, 5.0, 1.0, 0.6, 1.0, 3.0];
        let factored = Factored::new(&matrix, 3).unwrap();
        let x = factored.solve(&[4.0 - 2.0 + 1.2, 2.0 - 5.0 + 2.0, 0.6 - 1.0 + 6.0]);
        for (got, expected) in x.iter().zip([1.0, -1.0, 2.0]) {
            assert!((got - expected).abs() < 1e-14);
        }
        let inverse = factored.inverse();
        for row in 0..3 {
            for column in 0..3 {
                let cell: f64 = (0..3).map(|k| matrix[3 * row + k] * inverse[3 * k + column]).sum();
                assert!((cell - f64::from(u8::from(row == column))).abs() < 1e-14);
            }
        }
    }

    #[test]
    fn squares_add_up_across_blocks() {
        let mut squares = Squares::new(2);
        let (mut aa, mut ab, mut bb) = (0.0, 0.0, 0.0);
        for i in 0..1000 {
            let (a, b, weight) = (f64::from(i % 7), f64::from(i % 11) - 5.0, f64::from(i % 3));
            squares.add([a, b], weight);
            aa += weight * a * a;
            ab += weight * a * b;
            bb += weight * b * b;
        }
        for (got, expected) in squares.total().into_iter().zip([aa, ab, ab, bb]) {
            assert!(
                (got - expected).abs() < 1e-9 * expected.abs().max(1.0),
                "{got} for {expected}"
            );
        }
    }

    #[test]
    fn the_column_at_fault_is_named_whatever_its_unit() {
        // The third is the sum of the first two, measured in millionths.
        let rows = [[1.0, 0.0, 1e-6], [2.0, 1.0, 3e-6], [0.0, 1.0, 1e-6], [1.0, 3.0, 4e-6]];
        let mut matrix = [0.0; 9];
        for row in rows {
            for i in 0..3 {
                for j in 0..3 {
                    matrix[3 * i + j] += row[i] * row[j];
                }
            }
        }
        assert_eq!(Factored::new(&matrix, 3).err(), Some(Dependent { column: 2 }));
        assert_eq!(Factored::new(&[1.0, 0.0, 0.0, 0.0], 2).err(), Some(Dependent { column: 1 }));
        assert_eq!(Factored::new(&[f64::NAN], 1).err(), Some(Dependent { column: 0 }));
    }
}
