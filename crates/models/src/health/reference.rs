//! Reference: the scales of every dimension, for each segment and for all customers.
//!
//! A customer is ranked among their own segment, so that a small plan is not held against a large
//! one. A segment in which fewer than a minimum have a measure falls back to everybody's scale for
//! it, and [`Reference::has_own_scale`] says so.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{HealthError, Scale};

/// Customers to rank among: their values and their segments.
#[derive(Clone, Copy, Debug)]
pub struct Segmented<'a> {
    /// One column per dimension, one value per customer; NaN is missing.
    pub columns: &'a [Vec<f64>],
    /// The segment of each customer; `None` for none.
    pub segments: &'a [Option<&'a str>],
}

/// The scales.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    /// Of all customers, one per dimension; `None` where nobody has the measure.
    all: Vec<Option<Scale>>,
    /// Of the segments; `None` where too few of them have the measure.
    segments: BTreeMap<String, Vec<Option<Scale>>>,
}

impl Reference {
    /// The scales of some customers. A segment has a scale of its own for a dimension that at least
    /// `smallest` of its customers have.
    ///
    /// # Errors
    /// Columns of another length than the segments; a value that is infinite.
    pub fn of(customers: Segmented<'_>, smallest: usize) -> Result<Reference, HealthError> {
        let n_rows = customers.segments.len();
        if let Some(column) = customers.columns.iter().find(|column| column.len() != n_rows) {
            let (found, expected) = (column.len(), n_rows);
            return Err(HealthError::Length { what: "values of a dimension", found, expected });
        }
        let mut rows_of: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (row, segment) in customers.segments.iter().enumerate() {
            if let Some(segment) = segment {
                rows_of.entry(segment).or_default().push(row);
            }
        }
        let scale = |values: Vec<f64>, needed: usize| match values.len() >= needed.max(1) {
            true => Scale::of(&values).map(Some),
            false => Ok(None),
        };
        let known = |column: &Vec<f64>| -> Result<Option<Scale>, HealthError> {
            if let Some(row) = column.iter().position(|value| value.is_infinite()) {
                let value = column.get(row).copied().unwrap_or(f64::NAN);
                return Err(HealthError::NotFinite { row, value });
            }
            scale(column.iter().copied().filter(|value| !value.is_nan()).collect(), 1)
        };
        let all = customers.columns.iter().map(known).collect::<Result<Vec<_>, _>>()?;
        let mut segments = BTreeMap::new();
        for (segment, rows) in rows_of {
            let own = |column: &Vec<f64>| {
                let values = rows.iter().filter_map(|row| column.get(*row)).copied();
                scale(values.filter(|value| !value.is_nan()).collect(), smallest)
            };
            let scales = customers.columns.iter().map(own).collect::<Result<Vec<_>, _>>()?;
            segments.insert(segment.to_owned(), scales);
        }
        Ok(Reference { all, segments })
    }

    /// The scale for a customer of a segment; `None` where nobody has the measure.
    #[must_use]
    pub fn scale(&self, segment: Option<&str>, dimension: usize) -> Option<&Scale> {
        let own = segment.and_then(|segment| self.segments.get(segment)?.get(dimension)?.as_ref());
        own.or_else(|| self.all.get(dimension)?.as_ref())
    }

    /// Whether a segment has a scale of its own for some dimension.
    #[must_use]
    pub fn has_own_scale(&self, segment: &str) -> bool {
        let scales = self.segments.get(segment);
        scales.is_some_and(|scales| scales.iter().any(Option::is_some))
    }

    /// Whether anybody has the measure.
    #[must_use]
    pub fn is_measured(&self, dimension: usize) -> bool {
        self.all.get(dimension).is_some_and(Option::is_some)
    }

    /// How many dimensions there are.
    #[must_use]
    pub fn n_dimensions(&self) -> usize {
        self.all.len()
    }
}
