//! The terms of a regression: standardised numbers, and one indicator per category.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::objective::Problem;
use crate::learn::{Aligned, LearnError, MISSING_CATEGORY, Schema, Table, Values};

/// The share of a term's square that the terms before it must leave unexplained.
const COLLINEAR: f64 = 1e-10;
/// Rows laid out at a time.
const ROWS_PER_BLOCK: usize = 256;

/// A term: a column of numbers, or one category of a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Term {
    pub(super) name: String,
    pub(super) column: usize,
    /// The category it indicates, for a column of categories.
    category: Option<u32>,
    #[serde(with = "crate::exact::number")]
    mean: f64,
    #[serde(with = "crate::exact::number")]
    pub(super) deviation: f64,
}

/// How a table becomes rows of an intercept and standardised terms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Design {
    schema: Schema,
    terms: Vec<Term>,
}

/// Weighted mean and deviation (of the population, as scikit-learn's `StandardScaler`).
fn moments(values: impl Iterator<Item = f64> + Clone, weights: Option<&[f64]>) -> (f64, f64) {
    let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
    let (mut total, mut sum) = (0.0, 0.0);
    for (row, value) in values.clone().enumerate() {
        total += weight(row);
        sum += weight(row) * value;
    }
    let mean = sum / total;
    let squares: f64 =
        values.enumerate().map(|(row, value)| weight(row) * (value - mean) * (value - mean)).sum();
    (mean, (squares / total).sqrt())
}

impl Design {
    /// The terms of `table`. Without a penalty one category of each column is left out as the
    /// reference, and a column that does not vary is refused.
    pub(super) fn of(
        table: &Table,
        weights: Option<&[f64]>,
        unpenalised: bool,
    ) -> Result<Design, LearnError> {
        let mut terms = Vec::new();
        for (column, one) in table.columns().iter().enumerate() {
            let missing = |row| LearnError::MissingValue { column: one.name.clone(), row };
            let n_before = terms.len();
            match &one.values {
                Values::Numbers(values) => {
                    if let Some(row) = values.iter().position(|value| value.is_nan()) {
                        return Err(missing(row));
                    }
                    let (mean, deviation) = moments(values.iter().copied(), weights);
                    let name = one.name.clone();
                    terms.push(Term { name, column, category: None, mean, deviation });
                }
                Values::Categories { codes, labels } => {
                    if let Some(row) = codes.iter().position(|&code| code == MISSING_CATEGORY) {
                        return Err(missing(row));
                    }
                    terms.extend(indicators(
                        column,
                        &one.name,
                        codes,
                        labels,
                        weights,
                        unpenalised,
                    ));
                }
            }
            // Differences far below the size of the numbers are rounding, not variation.
            let varies =
                |term: &Term| term.deviation > 1e-12 * term.mean.abs().max(f64::MIN_POSITIVE);
            if unpenalised && !terms[n_before..].iter().any(varies) {
                return Err(LearnError::ConstantColumn { column: one.name.clone() });
            }
            // A term that does not vary is 0 after its mean is taken off, by whatever it is divided.
            let constant = terms[n_before..].iter_mut().filter(|term| !varies(term));
            constant.for_each(|term| term.deviation = 1.0);
        }
        Ok(Design { schema: Schema::of(table), terms })
    }

    pub(super) fn schema(&self) -> &Schema {
        &self.schema
    }

    pub(super) fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// The column of each term.
    pub(super) fn columns(&self) -> impl Iterator<Item = usize> + '_ {
        self.terms.iter().map(|term| term.column)
    }

    /// Entries of a row: the intercept and the terms.
    pub(super) fn width(&self) -> usize {
        self.terms.len() + 1
    }

    /// What the entry at `place` of a row is called.
    pub(super) fn term_name(&self, place: usize) -> String {
        let term = place.checked_sub(1).and_then(|term| self.terms.get(term));
        term.map_or_else(|| "the intercept".to_owned(), |term| term.name.clone())
    }

    /// Means on the scale of the table, one per term.
    pub(super) fn means(&self) -> impl Iterator<Item = f64> + '_ {
        self.terms.iter().map(|term| term.mean)
    }

    /// All rows of `table`.
    pub(super) fn rows(&self, table: &Table) -> Result<Vec<f64>, LearnError> {
        self.fill(&self.schema.align(table)?, 0, table.n_rows())
    }

    /// The rows from `from` to `to` of aligned columns: 1, then the standardised terms.
    pub(super) fn fill(
        &self,
        columns: &[Aligned<'_>],
        from: usize,
        to: usize,
    ) -> Result<Vec<f64>, LearnError> {
        let mut rows = vec![1.0; (to - from) * self.width()];
        // Block by block, so that the rows of one stay near while column after column is laid out.
        let blocks = rows.chunks_mut(ROWS_PER_BLOCK * self.width());
        for (from, block) in (from..to).step_by(ROWS_PER_BLOCK).zip(blocks) {
            self.fill_block(columns, from..to.min(from + ROWS_PER_BLOCK), block)?;
        }
        Ok(rows)
    }

    fn fill_block(
        &self,
        columns: &[Aligned<'_>],
        range: Range<usize>,
        rows: &mut [f64],
    ) -> Result<(), LearnError> {
        for (place, term) in self.terms.iter().enumerate() {
            let entries = rows.iter_mut().skip(place + 1).step_by(self.width());
            let standardised = |value: f64| (value - term.mean) / term.deviation;
            let missing = |row: usize| {
                let column = self.schema.names().nth(term.column).unwrap_or_default().to_owned();
                LearnError::MissingValue { column, row }
            };
            match &columns[term.column] {
                Aligned::Numbers(values) => {
                    for (row, entry) in range.clone().zip(entries) {
                        if values[row].is_nan() {
                            return Err(missing(row));
                        }
                        *entry = standardised(values[row]);
                    }
                }
                Aligned::Categories { codes, known_as } => {
                    for (row, entry) in range.clone().zip(entries) {
                        let category = Aligned::category(codes, known_as, row);
                        if category == MISSING_CATEGORY {
                            return Err(missing(row));
                        }
                        *entry = standardised(f64::from(u8::from(Some(category) == term.category)));
                    }
                }
            }
        }
        Ok(())
    }

    /// Refuses a term that is a sum of those before it.
    pub(super) fn refuse_collinear(&self, problem: &Problem<'_>) -> Result<(), LearnError> {
        match problem.products().first_dependent(COLLINEAR) {
            Some((term, with)) => Err(LearnError::Collinear {
                column: self.term_name(term),
                with: with.into_iter().map(|term| self.term_name(term)).collect(),
            }),
            None => Ok(()),
        }
    }
}

/// The indicators of the categories of a column that occur; without a penalty all but the one with
/// most weight.
fn indicators(
    column: usize,
    name: &str,
    codes: &[u32],
    labels: &[String],
    weights: Option<&[f64]>,
    unpenalised: bool,
) -> Vec<Term> {
    let mut terms: Vec<Term> = Vec::new();
    for (label, category) in labels.iter().zip(0_u32..) {
        let (mean, deviation) =
            moments(codes.iter().map(|&code| f64::from(u8::from(code == category))), weights);
        if mean > 0.0 {
            let name = format!("{name} = {label}");
            terms.push(Term { name, column, category: Some(category), mean, deviation });
        }
    }
    if unpenalised {
        let heaviest = terms.iter().map(|term| term.mean).fold(0.0, f64::max);
        if let Some(reference) = terms.iter().position(|term| term.mean == heaviest) {
            terms.remove(reference);
        }
    }
    terms
}
