//! From values to oriented ranks: what a row of the sample says in each dimension.

use perennial_models::health::{Reference, Segmented, decayed};
use perennial_models::learn::{MISSING_CATEGORY, Values};

use super::dimensions::Dimension;
use super::plan::SEGMENT;
use crate::training::Sample;

/// The columns of a sample that the dimensions look at.
pub struct Ranker<'a> {
    measures: Vec<Measure<'a>>,
    segments: Option<(&'a [u32], &'a [String])>,
}

/// One dimension's columns; empty where the sample has none.
struct Measure<'a> {
    dimension: &'static Dimension,
    values: &'a [f64],
    ages: &'a [f64],
}

impl<'a> Ranker<'a> {
    /// The columns of a sample, told apart by segment where `by_segment`.
    pub fn new(
        sample: &'a Sample,
        dimensions: &[&'static Dimension],
        by_segment: bool,
    ) -> Ranker<'a> {
        let column = |name: &str| sample.table.columns().iter().find(|column| column.name == name);
        let numbers = |name: &str| match column(name).map(|column| &column.values) {
            Some(Values::Numbers(values)) => values.as_slice(),
            _ => &[],
        };
        let measure = |dimension: &&'static Dimension| Measure {
            dimension,
            values: numbers(dimension.name),
            ages: dimension.aging.as_ref().map_or(&[][..], |aging| numbers(aging.age)),
        };
        let segments = match column(SEGMENT).map(|column| &column.values) {
            Some(Values::Categories { codes, labels }) if by_segment => {
                Some((codes.as_slice(), labels.as_slice()))
            }
            _ => None,
        };
        Ranker { measures: dimensions.iter().map(measure).collect(), segments }
    }

    /// The segment of a row.
    pub fn segment(&self, row: usize) -> Option<&'a str> {
        let (codes, labels) = self.segments?;
        let code = codes.get(row).copied().filter(|code| *code != MISSING_CATEGORY)?;
        labels.get(code as usize).map(String::as_str)
    }

    /// The value of a row in a dimension; `None` where it is missing.
    pub fn value(&self, row: usize, dimension: usize) -> Option<f64> {
        let value = self.measures.get(dimension)?.values.get(row).copied();
        value.filter(|value| !value.is_nan())
    }

    /// The scales of some rows.
    ///
    /// # Errors
    /// A value that is infinite.
    pub fn reference(
        &self,
        rows: &[usize],
        smallest: u32,
    ) -> Result<Reference, perennial_models::health::HealthError> {
        let column = |measure: &Measure<'_>| -> Vec<f64> {
            rows.iter().map(|row| measure.values.get(*row).copied().unwrap_or(f64::NAN)).collect()
        };
        let columns: Vec<Vec<f64>> = self.measures.iter().map(column).collect();
        let segments: Vec<Option<&str>> = rows.iter().map(|row| self.segment(*row)).collect();
        Reference::of(Segmented { columns: &columns, segments: &segments }, smallest as usize)
    }

    /// The oriented ranks of a row, drawn toward the middle where they are old; `ranks` is emptied.
    pub fn oriented(&self, reference: &Reference, row: usize, ranks: &mut Vec<Option<f64>>) {
        ranks.clear();
        let segment = self.segment(row);
        ranks.extend(self.measures.iter().enumerate().map(|(place, measure)| {
            let value = measure.values.get(row)?;
            let rank = reference.scale(segment, place)?.rank(*value)?;
            let oriented = measure.dimension.direction.orient(rank);
            let age = measure.ages.get(row).copied().filter(|age| !age.is_nan());
            Some(match (age, &measure.dimension.aging) {
                (Some(age), Some(aging)) => decayed(oriented, age, aging.half_life_days),
                _ => oriented,
            })
        }));
    }

    /// The oriented ranks of some rows, one column per dimension; NaN is missing.
    pub fn columns(&self, reference: &Reference, rows: &[usize]) -> Vec<Vec<f64>> {
        let mut columns = vec![Vec::with_capacity(rows.len()); self.measures.len()];
        let mut ranks = Vec::with_capacity(self.measures.len());
        for row in rows {
            self.oriented(reference, *row, &mut ranks);
            for (column, rank) in columns.iter_mut().zip(&ranks) {
                column.push(rank.unwrap_or(f64::NAN));
            }
        }
        columns
    }
}
