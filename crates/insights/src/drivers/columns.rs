//! The columns that may be drivers: features and traits of the rows whose outcome is known.

use std::collections::HashMap;

use perennial_models::learn::{Column, LearnError, MISSING_CATEGORY, Random, Table, Values};

use super::answer::LeftOut;
use super::plan::{Plan, TENURE};
use super::question::Method;
use super::refusals::left_out;
use crate::customer_table::features::{Feature, Measure, Need};
use crate::insight::AskError;
use crate::training::Sample;
use crate::training::refusals::refused;
use crate::training::traits::{Traits, learnable};

/// Rows that effects are estimated from at most; of more, so many are drawn.
pub(super) const MAX_ROWS: usize = 100_000;

/// Rows in which a column has to be known.
const MIN_KNOWN: usize = 20;

/// What a column is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct About {
    pub name: String,
    pub en: String,
    pub zh: String,
    pub unit: Option<Measure>,
    /// What it is made of; none for a trait and a factor.
    pub need: Option<Need>,
    pub is_factor: bool,
}

/// Rows of known outcome, column by column.
pub(super) struct Columns {
    pub table: Table,
    /// One per column of the table.
    pub about: Vec<About>,
    pub left: Vec<bool>,
    /// A code per row: rows of one customer have the same.
    pub clusters: Vec<u32>,
    pub n_customers: usize,
    /// Position of the row's cut.
    pub cut_of: Vec<u32>,
    /// How long each customer has been here at the cut, where that is the time axis.
    pub tenure_days: Option<Vec<f64>>,
    pub left_out: Vec<LeftOut>,
}

impl About {
    pub(super) fn feature(feature: &Feature) -> About {
        About {
            name: feature.name.to_owned(),
            en: feature.en.to_owned(),
            zh: feature.zh.to_owned(),
            unit: Some(feature.unit),
            need: Some(feature.need),
            is_factor: false,
        }
    }

    fn of_trait(name: &str) -> About {
        let (name, en, zh) = (name.to_owned(), name.to_owned(), name.to_owned());
        About { name, en, zh, unit: None, need: None, is_factor: false }
    }
}

impl Columns {
    /// The columns of a sample, those that say the same of every row or next to nothing left out.
    ///
    /// # Errors
    /// `no_rows` where no outcome is known, `no_columns` where nothing varies.
    pub(super) fn new(plan: &Plan, sample: &Sample, traits: &Traits) -> Result<Columns, AskError> {
        let rows = drawn(sample, plan.question.seed);
        let mut columns = Columns::empty(sample, &rows)?;
        let mut kept: Vec<Column> = Vec::new();
        let features = columns.table.columns().iter().zip(&sample.features);
        let features = features.map(|(column, feature)| (column.clone(), About::feature(feature)));
        let properties = (0..).zip(&plan.question.properties);
        let told = properties.map(|(field, name)| {
            (of_trait(plan, sample, traits, &rows, field, name), About::of_trait(name))
        });
        for (column, about) in features.chain(told).collect::<Vec<_>>() {
            if about.name == TENURE && plan.question.method == Method::Cox {
                columns.tenure_days = numbers(&column).map(<[f64]>::to_vec);
                continue;
            }
            match weighable(&column) {
                Ok(()) => {
                    kept.push(column);
                    columns.about.push(about);
                }
                Err(error) => columns.left_out.push(left_out(&about.name, refused(&error))),
            }
        }
        columns.table = Table::new(kept).map_err(|error| refused(&error))?;
        Ok(columns)
    }

    fn empty(sample: &Sample, rows: &[usize]) -> Result<Columns, AskError> {
        let mut codes: HashMap<i64, u32> = HashMap::new();
        let mut code = |row: &usize| {
            let next = codes.len() as u32;
            *codes.entry(sample.customers[*row].0).or_insert(next)
        };
        let clusters: Vec<u32> = rows.iter().map(&mut code).collect();
        Ok(Columns {
            table: sample.table.take(rows).map_err(|error| refused(&error))?,
            about: Vec::new(),
            left: rows.iter().map(|row| sample.left[*row] == Some(true)).collect(),
            n_customers: codes.len(),
            clusters,
            cut_of: rows.iter().map(|row| sample.cut_of[*row]).collect(),
            tenure_days: None,
            left_out: Vec::new(),
        })
    }

    pub(super) fn n_rows(&self) -> usize {
        self.left.len()
    }

    /// The share of the rows whose customer left.
    pub(super) fn base_rate(&self) -> f64 {
        self.left.iter().filter(|left| **left).count() as f64 / self.n_rows() as f64
    }
}

/// The rows of known outcome, ascending; a draw where there are very many.
fn drawn(sample: &Sample, seed: u64) -> Vec<usize> {
    let mut rows: Vec<usize> =
        (0..sample.n_rows()).filter(|row| sample.left[*row].is_some()).collect();
    if rows.len() > MAX_ROWS {
        Random::stream(seed, 0).shuffle(&mut rows);
        rows.truncate(MAX_ROWS);
        rows.sort_unstable();
    }
    rows
}

/// The first known value of a field, as known at each row's cut.
fn of_trait(
    plan: &Plan,
    sample: &Sample,
    traits: &Traits,
    rows: &[usize],
    field: u32,
    name: &str,
) -> Column {
    let windows = plan.sampling.windows();
    let value = |row: &usize| {
        let window = windows.get(sample.cut_of[*row] as usize)?;
        traits.known(sample.customers[*row].0, field, window.cut_end)
    };
    learnable(name, &rows.iter().map(value).collect::<Vec<_>>())
}

/// The numbers of a column; none of one of categories.
pub(super) fn numbers(column: &Column) -> Option<&[f64]> {
    match &column.values {
        Values::Numbers(values) => Some(values),
        Values::Categories { .. } => None,
    }
}

/// How many rows of a column have a value.
pub(super) fn n_known(column: &Column) -> usize {
    match &column.values {
        Values::Numbers(values) => values.iter().filter(|value| !value.is_nan()).count(),
        Values::Categories { codes, .. } => {
            codes.iter().filter(|code| **code != MISSING_CATEGORY).count()
        }
    }
}

/// Refuses a column that says the same of every row, or that is known of hardly any.
fn weighable(column: &Column) -> Result<(), LearnError> {
    let name = || column.name.clone();
    let n_known = n_known(column);
    let varies = match &column.values {
        Values::Numbers(values) => {
            let mut known = values.iter().filter(|value| !value.is_nan());
            let first = known.next();
            known.any(|value| Some(value) != first)
        }
        Values::Categories { codes, .. } => codes.iter().any(|code| Some(code) != codes.first()),
    };
    match column.values {
        _ if !varies => Err(LearnError::ConstantColumn { column: name() }),
        Values::Numbers(_) if n_known < MIN_KNOWN => Err(LearnError::Length {
            what: format!("what is known of column `{}`", column.name),
            found: n_known,
            expected: MIN_KNOWN,
        }),
        _ => Ok(()),
    }
}
