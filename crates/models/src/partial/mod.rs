//! Partial dependence: how the average probability moves with one column, the others as they are.
//!
//! Answers "does the risk fall with every order, or only with the second?" for any classifier. Every
//! row is given the same value of the column, all else left alone, and the probabilities are
//! averaged (J. H. Friedman (2001), Annals of Statistics 29, 1189–1232, eq. 53). The values are
//! quantiles of the column, so that the curve is drawn where there are rows.
//!
//! ```
//! use perennial_models::learn::{Column, Learner, Table};
//! use perennial_models::logistic::LogisticSettings;
//! use perennial_models::partial::{PartialSettings, Value, partial_dependence};
//! let days: Vec<f64> = (0..300).map(f64::from).collect();
//! let left: Vec<bool> = (0..300).map(|day| (day * 7) % 300 < day).collect();
//! let table = Table::new(vec![Column::numbers("days_since_order", days)])?;
//! let model = LogisticSettings::default().fit(&table, &left, None)?;
//! let settings = PartialSettings::default();
//! let curve = partial_dependence(model.as_ref(), &table, "days_since_order", &settings)?;
//! let (first, last) = (&curve.points[0], &curve.points[curve.points.len() - 1]);
//! assert_eq!(first.value, Value::Number(0.0));
//! assert!(last.probability > first.probability + 0.5);
//! # Ok::<(), perennial_models::learn::LearnError>(())
//! ```
//!
//! Limits: where columns go together it asks the model about rows that do not exist; the curve
//! shows what the model does with the column, not what would happen if it were changed.

use serde::{Deserialize, Serialize};

use crate::learn::parallel::in_pieces;
use crate::learn::{Classifier, LearnError, Random, Table, Values};

/// How a curve is drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartialSettings {
    /// Points of a column of numbers at most, 2 or more; a category is a point each.
    pub n_points: usize,
    /// Rows to average over at most, drawn at random where the table has more; 1 or more.
    pub n_rows: usize,
    /// The seed of the draw.
    pub seed: u64,
    /// Threads; 0 counts as 1. Never changes a result.
    pub n_threads: usize,
}

impl Default for PartialSettings {
    fn default() -> PartialSettings {
        PartialSettings { n_points: 20, n_rows: 5_000, seed: 0, n_threads: 1 }
    }
}

/// A value of a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// A number.
    Number(f64),
    /// A category.
    Category(String),
}

/// The curve at one value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// The value every row was given.
    pub value: Value,
    /// The mean probability then.
    pub probability: f64,
    /// The same less the mean probability of the rows as they are.
    pub difference: f64,
}

/// A curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartialDependence {
    /// The column.
    pub column: String,
    /// The rows averaged over.
    pub n_rows: usize,
    /// The mean probability of the rows as they are.
    pub mean_probability: f64,
    /// By rising value, or by category as the column lists them; one for a column that says the
    /// same in every row.
    pub points: Vec<Point>,
}

impl PartialDependence {
    /// How far the highest point lies above the lowest.
    #[must_use]
    pub fn range(&self) -> f64 {
        let all = || self.points.iter().map(|point| point.probability);
        all().fold(f64::NEG_INFINITY, f64::max) - all().fold(f64::INFINITY, f64::min)
    }
}

/// The curve of `classifier` over `column`, averaged over the rows of `table`.
///
/// # Errors
/// A column that is not there or has no values, settings outside what they may be, whatever the
/// classifier refuses.
pub fn partial_dependence(
    classifier: &dyn Classifier,
    table: &Table,
    column: &str,
    settings: &PartialSettings,
) -> Result<PartialDependence, LearnError> {
    settings.check()?;
    let place = table.columns().iter().position(|one| one.name == column);
    let place = place.ok_or_else(|| LearnError::ColumnAbsent { column: column.to_owned() })?;
    let rows = settings.rows(table.n_rows());
    let grid = grid(&table.columns()[place].values, settings.n_points, rows.len());
    if grid.is_empty() {
        return Err(LearnError::MissingValue { column: column.to_owned(), row: 0 });
    }
    let drawn = table.take(&rows)?;
    let mean_of = |table: &Table| -> Result<f64, LearnError> {
        let probabilities = classifier.probabilities(table)?;
        Ok(probabilities.iter().sum::<f64>() / probabilities.len() as f64)
    };
    let mean_probability = mean_of(&drawn)?;
    let point = |(): &mut (), at: usize| -> Result<Point, LearnError> {
        let (value, same) = &grid[at];
        let probability = mean_of(&drawn.with_values(place, same.clone()))?;
        let difference = probability - mean_probability;
        Ok(Point { value: value.clone(), probability, difference })
    };
    let points = in_pieces(grid.len(), settings.n_threads, || (), point);
    Ok(PartialDependence {
        column: column.to_owned(),
        n_rows: rows.len(),
        mean_probability,
        points: points.into_iter().collect::<Result<_, _>>()?,
    })
}

impl PartialSettings {
    fn check(&self) -> Result<(), LearnError> {
        let refuse = |name, value: usize, allowed| {
            Err(LearnError::Setting { name, value: value.to_string(), allowed })
        };
        if self.n_points < 2 {
            return refuse("n_points", self.n_points, "2 or more");
        }
        if self.n_rows == 0 {
            return refuse("n_rows", self.n_rows, "1 or more");
        }
        Ok(())
    }

    /// The rows that are averaged over, ascending.
    fn rows(&self, n_rows: usize) -> Vec<usize> {
        let mut rows: Vec<usize> = (0..n_rows).collect();
        if n_rows > self.n_rows {
            Random::stream(self.seed, 0).shuffle(&mut rows);
            rows.truncate(self.n_rows);
            rows.sort_unstable();
        }
        rows
    }
}

/// The points of a column, each with a column of `n_rows` that holds nothing else: quantiles of
/// numbers, each once; the categories that occur.
fn grid(values: &Values, n_points: usize, n_rows: usize) -> Vec<(Value, Values)> {
    match values {
        Values::Numbers(values) => {
            let point = |&value: &f64| (Value::Number(value), Values::Numbers(vec![value; n_rows]));
            quantiles(values, n_points).iter().map(point).collect()
        }
        Values::Categories { codes, labels } => {
            let point = |(code, label): (u32, &String)| {
                let same = Values::Categories { codes: vec![code; n_rows], labels: labels.clone() };
                codes.contains(&code).then(|| (Value::Category(label.clone()), same))
            };
            (0..).zip(labels).filter_map(point).collect()
        }
    }
}

/// At most `n_points` quantiles, each once; all values where they are no more.
fn quantiles(values: &[f64], n_points: usize) -> Vec<f64> {
    let mut known: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    known.sort_unstable_by(f64::total_cmp);
    let Some(last) = known.len().checked_sub(1) else { return Vec::new() };
    let mut distinct = known.clone();
    distinct.dedup();
    if distinct.len() > n_points {
        distinct = (0..n_points).map(|point| known[point * last / (n_points - 1)]).collect();
        distinct.dedup();
    }
    distinct
}

#[cfg(test)]
mod tests;
