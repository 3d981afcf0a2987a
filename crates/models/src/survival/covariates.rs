//! Columns of numbers that may go with leaving, checked and brought to one scale.

use super::SurvivalError;
use super::observations::{check_each, check_length};
use crate::newton::{Factored, Squares};

/// Named columns, one value per row of the observations.
#[derive(Clone, Copy, Debug)]
pub struct Covariates<'a> {
    /// Names, for coefficients and refusals.
    pub names: &'a [&'a str],
    /// Values, column by column.
    pub columns: &'a [&'a [f64]],
}

/// Columns as z-scores in rows, so that no unit decides how well a step is solved.
pub(super) struct Standardised {
    /// Number of columns.
    pub n_columns: usize,
    /// Mean of each.
    pub means: Vec<f64>,
    /// Standard deviation of each.
    pub scales: Vec<f64>,
}

impl Covariates<'_> {
    pub(super) fn name(&self, column: usize) -> String {
        self.names.get(column).map_or_else(|| format!("column {column}"), |name| (*name).to_owned())
    }

    /// Refuses columns of the wrong length, values that are not finite, constant columns and
    /// columns that follow from the ones before.
    pub(super) fn check(&self, n_rows: usize) -> Result<Standardised, SurvivalError> {
        check_length("names of columns", self.names.len(), self.columns.len())?;
        let n = n_rows as f64;
        let mut centred = Standardised {
            n_columns: self.columns.len(),
            means: Vec::with_capacity(self.columns.len()),
            scales: Vec::with_capacity(self.columns.len()),
        };
        for (at, column) in self.columns.iter().enumerate() {
            let name = self.name(at);
            check_length(&name, column.len(), n_rows)?;
            check_each(&name, column, |_| None)?;
            let mean = column.iter().sum::<f64>() / n;
            let variance = column.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n;
            let size = column.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
            if variance.sqrt() <= 1e-12 * size {
                return Err(SurvivalError::Constant { column: name });
            }
            centred.means.push(mean);
            centred.scales.push(variance.sqrt());
        }
        let correlations = self.products(&centred, n_rows);
        match Factored::new(&correlations, centred.n_columns) {
            Ok(_) => Ok(centred),
            Err(dependent) => Err(SurvivalError::Collinear { column: self.name(dependent.column) }),
        }
    }

    /// Sums of products of the z-scores, row-major.
    fn products(&self, centred: &Standardised, n_rows: usize) -> Vec<f64> {
        let mut squares = Squares::new(centred.n_columns);
        for row in 0..n_rows {
            let columns = self.columns.iter().zip(centred.means.iter().zip(&centred.scales));
            let scores = columns
                .filter_map(|(column, (mean, scale))| Some((column.get(row)? - mean) / scale));
            squares.add(scores, 1.0);
        }
        squares.total()
    }
}

impl Standardised {
    /// The z-scores of the rows in the order given, row after row.
    pub fn rows(
        &self,
        columns: &[&[f64]],
        order: &(impl ExactSizeIterator<Item = usize> + Clone),
    ) -> Vec<f64> {
        let p = self.n_columns;
        let n = order.len();
        let mut rows = vec![0.0; n * p];
        for (at, column) in columns.iter().enumerate() {
            let (mean, scale) = (self.means[at], 1.0 / self.scales[at]);
            for (cell, row) in rows.iter_mut().skip(at).step_by(p.max(1)).zip(order.clone()) {
                *cell = (column.get(row).map_or(0.0, |value| *value) - mean) * scale;
            }
        }
        rows
    }
}
