//! Logistic regression on columns made whole: what is missing gets the middle value and says so.
//!
//! A regression needs every value. A missing number becomes the median of those known, and a column
//! beside it says 1 where it was missing, so that "never ordered twice" has an effect of its own; a
//! missing category, or one that was never seen, is a category (R. Little, D. Rubin (2002),
//! Statistical Analysis with Missing Data, §2.3 and §4.2). Numbers far from the others are pulled in
//! to the 1st and 99th percentile of training, or one large order would outweigh everything.
//!
//! Limits: for prediction, with a penalty; the coefficients of filled columns are not for reading.

use serde::{Deserialize, Serialize};

use crate::learn::{Classifier, Column, Contributions, LearnError, Schema, Table, Values};
use crate::logistic::{Logistic, LogisticSettings};

/// What a missing or unknown category is called.
const MISSING: &str = "(missing)";

/// A regression, and how columns are made whole for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Filled {
    schema: Schema,
    fillings: Vec<Filling>,
    logistic: Logistic,
}

/// How one column is made whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Filling {
    /// Numbers: what stands for a missing one, the least and the most, and whether a column says
    /// which were missing.
    Number {
        #[serde(with = "crate::exact::number")]
        median: f64,
        #[serde(with = "crate::exact::number")]
        least: f64,
        #[serde(with = "crate::exact::number")]
        most: f64,
        marks_missing: bool,
    },
    /// Categories, by the labels met in training.
    Category(Vec<String>),
}

impl Filling {
    fn of(column: &Column) -> Filling {
        match &column.values {
            Values::Numbers(values) => {
                let mut known: Vec<f64> =
                    values.iter().copied().filter(|value| !value.is_nan()).collect();
                known.sort_unstable_by(f64::total_cmp);
                let last = known.len().saturating_sub(1);
                let at = |share: f64| {
                    let place = (last as f64 * share).round() as usize;
                    known.get(place).copied().unwrap_or_default()
                };
                let marks_missing = known.len() < values.len() && !known.is_empty();
                Filling::Number { median: at(0.5), least: at(0.01), most: at(0.99), marks_missing }
            }
            Values::Categories { codes, labels } => {
                let is_met = |code: &usize| codes.contains(&(*code as u32));
                let met = labels.iter().enumerate().filter(|(code, _)| is_met(code));
                Filling::Category(met.map(|(_, label)| label.clone()).collect())
            }
        }
    }

    /// The columns a column becomes.
    fn fill(&self, column: &Column) -> Vec<Column> {
        let name = &column.name;
        match (self, &column.values) {
            (Filling::Number { median, least, most, marks_missing }, Values::Numbers(values)) => {
                let fill = |value: &f64| match value.is_nan() {
                    true => *median,
                    false => value.clamp(*least, *most),
                };
                let whole = Column::numbers(name, values.iter().map(fill).collect());
                let mark = |value: &f64| f64::from(u8::from(value.is_nan()));
                let marks = || values.iter().map(mark).collect();
                let mark =
                    marks_missing.then(|| Column::numbers(format!("{name} {MISSING}"), marks()));
                std::iter::once(whole).chain(mark).collect()
            }
            (Filling::Category(known), Values::Categories { codes, labels }) => {
                // Every label of training is there, in the order of training, whatever is met today.
                let mut all: Vec<String> = known.clone();
                all.push(MISSING.to_owned());
                let missing = known.len() as u32;
                let place = |label: &String| {
                    known.iter().position(|one| one == label).map_or(missing, |at| at as u32)
                };
                let places: Vec<u32> = labels.iter().map(place).collect();
                let codes = codes
                    .iter()
                    .map(|code| places.get(*code as usize).copied().unwrap_or(missing))
                    .collect();
                vec![Column {
                    name: name.clone(),
                    values: Values::Categories { codes, labels: all },
                }]
            }
            // The schema was checked, so that kinds agree.
            (Filling::Number { .. } | Filling::Category(_), _) => vec![column.clone()],
        }
    }
}

impl Filled {
    /// Fits a regression to a table whose columns are made whole.
    ///
    /// # Errors
    /// As the regression has them.
    pub fn fit(
        settings: &LogisticSettings,
        table: &Table,
        labels: &[bool],
        weights: Option<&[f64]>,
    ) -> Result<Filled, LearnError> {
        let fillings: Vec<Filling> = table.columns().iter().map(Filling::of).collect();
        let schema = Schema::of(table);
        let whole = filled(&fillings, table.columns().iter())?;
        let logistic = settings.regress(&whole, labels, weights)?.for_prediction();
        Ok(Filled { schema, fillings, logistic })
    }

    fn whole(&self, table: &Table) -> Result<Table, LearnError> {
        self.schema.check(table)?;
        let by_name = self
            .schema
            .names()
            .filter_map(|name| table.columns().iter().find(|column| column.name == name));
        filled(&self.fillings, by_name)
    }
}

fn filled<'a>(
    fillings: &[Filling],
    columns: impl Iterator<Item = &'a Column>,
) -> Result<Table, LearnError> {
    Table::new(fillings.iter().zip(columns).flat_map(|(filling, one)| filling.fill(one)).collect())
}

impl Classifier for Filled {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn probabilities(&self, table: &Table) -> Result<Vec<f64>, LearnError> {
        self.logistic.probabilities(&self.whole(table)?)
    }

    /// The share of a column that was filled is added to that of the mark beside it.
    fn contributions(&self, table: &Table) -> Result<Contributions, LearnError> {
        let whole = self.logistic.contributions(&self.whole(table)?)?;
        let widths = self.fillings.iter().map(|filling| match filling {
            Filling::Number { marks_missing: true, .. } => 2,
            Filling::Number { .. } | Filling::Category(_) => 1,
        });
        let widths: Vec<usize> = widths.collect();
        let mut values = Vec::with_capacity(table.n_rows() * widths.len());
        for row in whole.rows() {
            let mut rest = row;
            for width in &widths {
                let (own, others) = rest.split_at((*width).min(rest.len()));
                values.push(own.iter().sum());
                rest = others;
            }
        }
        Ok(Contributions { n_columns: widths.len(), values, ..whole })
    }
}
