//! The table a model learns from: named columns of numbers or categories, some values missing.
//!
//! A missing number is NaN, a missing category [`MISSING_CATEGORY`]; infinite numbers are refused
//! by column and row. A fitted model keeps the [`Schema`] and finds its columns again by name and
//! its categories by label, so that a table of next month may list either in another order.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::LearnError;

/// The code of a category that is not known.
pub const MISSING_CATEGORY: u32 = u32::MAX;
/// Most categories of a column: a split of a tree tells apart this many and the missing.
pub const MAX_CATEGORIES: usize = 255;
/// Most columns of a table.
const MAX_COLUMNS: usize = 1 << 20;
/// Most rows of a table, as trees number them with 32 bits.
const MAX_ROWS: usize = u32::MAX as usize - 1;

/// The values of a column, one per row.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Numbers; NaN is missing.
    Numbers(Vec<f64>),
    /// Categories without an order.
    Categories {
        /// An index into `labels` per row, or [`MISSING_CATEGORY`].
        codes: Vec<u32>,
        /// What the codes stand for.
        labels: Vec<String>,
    },
}

/// A named column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name, unique in a table.
    pub name: String,
    /// Its values.
    pub values: Values,
}

impl Column {
    /// A column of numbers; NaN is missing.
    pub fn numbers(name: impl Into<String>, values: Vec<f64>) -> Column {
        Column { name: name.into(), values: Values::Numbers(values) }
    }

    /// A column of categories from their labels; the labels are kept in alphabetical order.
    pub fn categories<'a>(
        name: impl Into<String>,
        values: impl IntoIterator<Item = Option<&'a str>>,
    ) -> Column {
        let values: Vec<Option<&str>> = values.into_iter().collect();
        let mut labels: Vec<&str> = values.iter().copied().flatten().collect();
        labels.sort_unstable();
        labels.dedup();
        let code = |label: &str| {
            labels.binary_search(&label).map_or(MISSING_CATEGORY, |place| place as u32)
        };
        let codes = values.iter().map(|value| value.map_or(MISSING_CATEGORY, code)).collect();
        let labels = labels.into_iter().map(str::to_owned).collect();
        Column { name: name.into(), values: Values::Categories { codes, labels } }
    }

    fn n_rows(&self) -> usize {
        match &self.values {
            Values::Numbers(values) => values.len(),
            Values::Categories { codes, .. } => codes.len(),
        }
    }

    fn check(&self, n_rows: usize) -> Result<(), LearnError> {
        let column = || self.name.clone();
        if self.n_rows() != n_rows {
            let what = format!("column `{}`", self.name);
            return Err(LearnError::Length { what, found: self.n_rows(), expected: n_rows });
        }
        match &self.values {
            Values::Numbers(values) => match values.iter().position(|value| value.is_infinite()) {
                Some(row) => {
                    Err(LearnError::NotFinite { column: column(), row, value: values[row] })
                }
                None => Ok(()),
            },
            Values::Categories { codes, labels } => {
                let n_labels = labels.len();
                if n_labels > MAX_CATEGORIES {
                    let (n_categories, max) = (n_labels, MAX_CATEGORIES);
                    return Err(LearnError::TooManyCategories {
                        column: column(),
                        n_categories,
                        max,
                    });
                }
                let stray = |&code: &u32| code != MISSING_CATEGORY && code as usize >= n_labels;
                match codes.iter().position(stray) {
                    Some(row) => {
                        let code = codes[row];
                        Err(LearnError::CodeWithoutLabel { column: column(), row, code, n_labels })
                    }
                    None => Ok(()),
                }
            }
        }
    }

    fn take(&self, rows: &[usize]) -> Column {
        let values = match &self.values {
            Values::Numbers(values) => {
                Values::Numbers(rows.iter().map(|&row| values[row]).collect())
            }
            Values::Categories { codes, labels } => Values::Categories {
                codes: rows.iter().map(|&row| codes[row]).collect(),
                labels: labels.clone(),
            },
        };
        Column { name: self.name.clone(), values }
    }
}

/// Columns of equal length with different names, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    columns: Vec<Column>,
    n_rows: usize,
}

impl Table {
    /// A table of `columns`.
    ///
    /// # Errors
    /// No columns or no rows, columns of different length or of one name, infinite numbers, codes
    /// without a label, more than [`MAX_CATEGORIES`] categories.
    pub fn new(columns: Vec<Column>) -> Result<Table, LearnError> {
        let n_rows = columns.first().ok_or(LearnError::NoColumns)?.n_rows();
        if n_rows == 0 {
            return Err(LearnError::NoRows);
        }
        if n_rows > MAX_ROWS {
            return Err(LearnError::TooManyRows { n_rows, max: MAX_ROWS });
        }
        if columns.len() > MAX_COLUMNS {
            return Err(LearnError::TooManyColumns { n_columns: columns.len(), max: MAX_COLUMNS });
        }
        let mut names = HashSet::new();
        for column in &columns {
            column.check(n_rows)?;
            if !names.insert(column.name.as_str()) {
                return Err(LearnError::ColumnTwice { column: column.name.clone() });
            }
        }
        Ok(Table { columns, n_rows })
    }

    /// How many rows it has, at least one.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Its columns, at least one.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The table of `rows`, in their order and as often as they are named.
    ///
    /// # Errors
    /// No rows, or one that is not in the table.
    pub fn take(&self, rows: &[usize]) -> Result<Table, LearnError> {
        if rows.is_empty() {
            return Err(LearnError::NoRows);
        }
        if let Some(&row) = rows.iter().find(|&&row| row >= self.n_rows) {
            let what = format!("a table asked for row {row}");
            return Err(LearnError::Length { what, found: self.n_rows, expected: row + 1 });
        }
        let columns = self.columns.iter().map(|column| column.take(rows)).collect();
        Ok(Table { columns, n_rows: rows.len() })
    }

    /// The table with the values of `columns` (indices) moved between rows: row `i` gets theirs of
    /// row `order[i]`. Every row of `order` must be a row of the table.
    pub(crate) fn moved(&self, columns: &[usize], order: &[usize]) -> Table {
        let move_one = |(place, column): (usize, &Column)| {
            if columns.contains(&place) { column.take(order) } else { column.clone() }
        };
        Table {
            columns: self.columns.iter().enumerate().map(move_one).collect(),
            n_rows: self.n_rows,
        }
    }
}

/// What a model remembers of the table it was fitted on: names, kinds and labels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    columns: Vec<(String, Option<Vec<String>>)>,
}

/// A column of a table in the place and the codes the model knows it by.
pub(crate) enum Aligned<'a> {
    /// Numbers as they are.
    Numbers(&'a [f64]),
    /// Codes of the table, and what each of them is called by the model.
    Categories { codes: &'a [u32], known_as: Vec<u32> },
}

impl Aligned<'_> {
    /// The model's code of the category in `row`.
    pub(crate) fn category(codes: &[u32], known_as: &[u32], row: usize) -> u32 {
        known_as.get(codes[row] as usize).copied().unwrap_or(MISSING_CATEGORY)
    }
}

impl Schema {
    /// The schema of `table`.
    #[must_use]
    pub fn of(table: &Table) -> Schema {
        let describe = |column: &Column| match &column.values {
            Values::Numbers(_) => (column.name.clone(), None),
            Values::Categories { labels, .. } => (column.name.clone(), Some(labels.clone())),
        };
        Schema { columns: table.columns.iter().map(describe).collect() }
    }

    /// The names of the columns, in the model's order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(name, _)| name.as_str())
    }

    /// How many columns there are.
    #[must_use]
    pub fn n_columns(&self) -> usize {
        self.columns.len()
    }

    /// Refuses a table that lacks a column, or has one of another kind.
    ///
    /// # Errors
    /// The column, by name.
    pub fn check(&self, table: &Table) -> Result<(), LearnError> {
        self.align(table).map(|_| ())
    }

    /// The columns of `table` in the model's order. Categories the model has not seen count as
    /// missing; columns it does not know are left alone.
    pub(crate) fn align<'a>(&self, table: &'a Table) -> Result<Vec<Aligned<'a>>, LearnError> {
        let by_name: HashMap<&str, &Column> =
            table.columns.iter().map(|column| (column.name.as_str(), column)).collect();
        let align_one = |(name, labels): &(String, Option<Vec<String>>)| {
            let absent = || LearnError::ColumnAbsent { column: name.clone() };
            let column = by_name.get(name.as_str()).ok_or_else(absent)?;
            align_column(column, labels.as_deref())
        };
        self.columns.iter().map(align_one).collect()
    }
}

fn align_column<'a>(
    column: &'a Column,
    model_labels: Option<&[String]>,
) -> Result<Aligned<'a>, LearnError> {
    let kind =
        |found, expected| LearnError::ColumnKind { column: column.name.clone(), found, expected };
    match (&column.values, model_labels) {
        (Values::Numbers(values), None) => Ok(Aligned::Numbers(values)),
        (Values::Categories { codes, labels }, Some(known)) => {
            let place: HashMap<&str, u32> = known.iter().map(String::as_str).zip(0..).collect();
            let known_as = labels
                .iter()
                .map(|label| place.get(label.as_str()).copied().unwrap_or(MISSING_CATEGORY))
                .collect();
            Ok(Aligned::Categories { codes, known_as })
        }
        (Values::Numbers(_), Some(_)) => Err(kind("numbers", "categories")),
        (Values::Categories { .. }, None) => Err(kind("categories", "numbers")),
    }
}
