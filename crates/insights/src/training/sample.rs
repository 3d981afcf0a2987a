//! A sample: one row per customer and cut at which they were at risk, features and label.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use jiff::ToSpan;
use jiff::civil::Date;
use perennial_models::learn::{Column, MAX_CATEGORIES, MISSING_CATEGORY, Table, Values};
use perennial_types::calendar::{Calendar, Micros};
use perennial_types::key::CustomerKey;
use perennial_types::question::Refusal;

use super::outcome::{self, Told};
use super::plan::{REVENUE, Window};
use super::question::SampleQuestion;
use super::refusals::refused;
use crate::customer_table::features::{Feature, Measure};
use crate::customer_table::{Matrix, MatrixColumn, Plan as TablePlan};
use crate::insight::AskError;

/// What categories beyond the most common ones are called.
pub const OTHER: &str = "(other)";

/// What a model learns from. Rows stand in order of customer and cut.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The features, one column each by the name of the feature.
    pub table: Table,
    /// The features, in the order of the columns.
    pub features: Vec<&'static Feature>,
    /// Whose row it is, for every row.
    pub customers: Vec<CustomerKey>,
    /// Position of its cut, for every row.
    pub cut_of: Vec<u32>,
    /// The cuts, the earliest first.
    pub cuts: Vec<SampleCut>,
    /// Whether the customer left, for every row; `None` where the horizon is not over, or they left
    /// before the label begins.
    pub left: Vec<Option<bool>>,
    /// Of who left: civil days from the cut to the event by which they did; by silence, to the day on
    /// which they had been silent for longer than who is at risk may be.
    pub left_after_days: Vec<Option<u32>>,
    /// What the customer brought in the 365 days up to the cut, in units of the currency, for every
    /// row; `None` where the lake has no money, or the features are without.
    pub revenue_past_year: Vec<Option<f64>>,
    /// The currency of all money; `None` where there is none.
    pub currency: Option<String>,
}

/// A cut of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SampleCut {
    /// The civil date.
    pub date: Date,
    /// The last civil date of its horizon.
    pub horizon_end: Date,
    /// Whether the horizon is over.
    pub complete: bool,
}

impl Sample {
    pub(super) fn new(
        question: &SampleQuestion,
        calendar: &Calendar,
        windows: &[Window],
        plan: &TablePlan,
        partials: Vec<Vec<RecordBatch>>,
    ) -> Result<Sample, AskError> {
        let mut partials = partials.into_iter();
        let rows = partials.next().unwrap_or_default();
        let matrix = Matrix::new(plan, rows)?;
        let outcomes = outcome::merged(&partials.next().unwrap_or_default());
        let (kept, told) = kept(&matrix, &outcomes);
        if kept.is_empty() {
            return Err(nobody_at_risk(question).into());
        }
        // What varies is told by the rows to learn from, whatever else is read beside them.
        let left: Vec<Option<bool>> = told.iter().map(|one| one.outcome.left()).collect();
        let labelled = kept.iter().zip(&left).filter(|(_, left)| left.is_some());
        let labelled: Vec<usize> = labelled.map(|(row, _)| *row).collect();
        let told_by = if labelled.is_empty() { &kept } else { &labelled };
        let wanted = wanted(&matrix, &question.features, told_by);
        let columns = wanted.iter().map(|column| learnable(column, &kept)).collect();
        let table = Table::new(columns).map_err(|error| refused(&error))?;
        let revenue = matrix.column(REVENUE);
        let revenue = |row: &usize| {
            let value = revenue.and_then(|column| column.values.get(*row)).copied();
            value.filter(|value| !value.is_nan())
        };
        Ok(Sample {
            table,
            features: wanted.iter().map(|column| column.feature).collect(),
            customers: kept.iter().map(|row| matrix.customers[*row]).collect(),
            cut_of: kept.iter().map(|row| matrix.cut_of[*row]).collect(),
            cuts: windows.iter().map(SampleCut::of).collect(),
            left,
            left_after_days: told
                .iter()
                .map(|one| days_until(question, calendar, windows, one))
                .collect(),
            revenue_past_year: kept.iter().map(revenue).collect(),
            currency: matrix.currency,
        })
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.customers.len()
    }

    /// The rows of one cut, in order of customer.
    pub fn rows_of(&self, cut: usize) -> Vec<usize> {
        let is_of = |row: &usize| self.cut_of.get(*row).is_some_and(|own| *own as usize == cut);
        (0..self.n_rows()).filter(is_of).collect()
    }

    /// The rows of one cut whose label is known, and the labels.
    pub fn labelled(&self, cut: usize) -> (Vec<usize>, Vec<bool>) {
        let rows = self.rows_of(cut).into_iter();
        rows.filter_map(|row| Some((row, self.left.get(row).copied().flatten()?))).unzip()
    }

    /// The cuts whose horizon is over.
    pub fn labelled_cuts(&self) -> Vec<usize> {
        let cuts = self.cuts.iter().enumerate();
        cuts.filter(|(_, cut)| cut.complete).map(|(position, _)| position).collect()
    }
}

impl SampleCut {
    fn of(window: &Window) -> SampleCut {
        SampleCut { date: window.date, horizon_end: window.horizon_end, complete: window.complete }
    }
}

/// The rows of a matrix that were at risk, with their labels. Both lists stand in order of customer
/// and cut.
fn kept(matrix: &Matrix, outcomes: &[Told]) -> (Vec<usize>, Vec<Told>) {
    let mut outcomes = outcomes.iter().peekable();
    let (mut kept, mut told) = (Vec::new(), Vec::new());
    for (row, (customer, cut)) in matrix.customers.iter().zip(&matrix.cut_of).enumerate() {
        let key = (customer.0, *cut);
        while outcomes.next_if(|one| (one.customer, one.cut) < key).is_some() {}
        if let Some(found) = outcomes.next_if(|one| (one.customer, one.cut) == key) {
            kept.push(row);
            told.push(*found);
        }
    }
    (kept, told)
}

/// Civil days from a cut to the leaving of a customer.
fn days_until(
    question: &SampleQuestion,
    calendar: &Calendar,
    windows: &[Window],
    told: &Told,
) -> Option<u32> {
    let cut = windows.get(told.cut as usize)?.date;
    let last_sign: Micros = told.last_sign?;
    let day = calendar.date_of(last_sign);
    let gone = match &question.leaves {
        Some(_) => day,
        None => {
            let n_silent = question.active_within_days.unwrap_or(question.horizon_days);
            day.saturating_add(i64::from(n_silent).days())
        }
    };
    u32::try_from((gone - cut).get_days()).ok()
}

/// The columns of the features named; without names every one that varies, all where none does.
fn wanted<'a>(matrix: &'a Matrix, names: &[String], rows: &[usize]) -> Vec<&'a MatrixColumn> {
    let is_named = |column: &&MatrixColumn| names.iter().any(|name| name == column.feature.name);
    if !names.is_empty() {
        return matrix.columns.iter().filter(is_named).collect();
    }
    let varying: Vec<&MatrixColumn> =
        matrix.columns.iter().filter(|column| varies(column, rows)).collect();
    if varying.is_empty() { matrix.columns.iter().collect() } else { varying }
}

/// Whether a column says something else of some row than of others.
fn varies(column: &MatrixColumn, rows: &[usize]) -> bool {
    let mut values = rows.iter().map(|row| column.values[*row].to_bits());
    let first = values.next();
    values.any(|value| Some(value) != first)
}

/// A column as a model takes it; of more categories than a model tells apart, the rarest are one.
fn learnable(column: &MatrixColumn, rows: &[usize]) -> Column {
    let name = column.feature.name;
    let values = rows.iter().map(|row| column.values[*row]);
    if column.feature.unit != Measure::Text {
        return Column::numbers(name, values.collect());
    }
    let level = |value: f64| column.levels.get(value as usize).filter(|_| !value.is_nan());
    if column.levels.len() <= MAX_CATEGORIES {
        return Column::categories(name, values.map(|value| level(value).map(String::as_str)));
    }
    let mut n_rows: BTreeMap<&str, usize> = BTreeMap::new();
    for label in values.clone().filter_map(level) {
        *n_rows.entry(label).or_default() += 1;
    }
    let mut by_size: Vec<(&str, usize)> = n_rows.into_iter().collect();
    by_size.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    by_size.truncate(MAX_CATEGORIES - 1);
    let mut labels: Vec<&str> = by_size.into_iter().map(|(label, _)| label).collect();
    labels.push(OTHER);
    labels.sort_unstable();
    labels.dedup();
    let place = |label: &str| labels.binary_search(&label).ok();
    let code = |value: f64| match level(value) {
        None => MISSING_CATEGORY,
        Some(label) => {
            place(label).or_else(|| place(OTHER)).map_or(MISSING_CATEGORY, |place| place as u32)
        }
    };
    let codes = values.map(code).collect();
    let labels = labels.iter().map(|label| (*label).to_owned()).collect();
    Column { name: name.to_owned(), values: Values::Categories { codes, labels } }
}

fn nobody_at_risk(question: &SampleQuestion) -> Refusal {
    let n_days = question.active_within_days.unwrap_or(question.horizon_days);
    let names = question
        .stays
        .as_ref()
        .map_or_else(String::new, |stays| serde_json::to_string(&stays.event).unwrap_or_default());
    Refusal::new(
        "nobody_at_risk",
        format!("no customer has an event {names} in the {n_days} days up to any cut"),
        "name the event that shows a customer is here with `stays`, or take a longer `active_within_days`",
    )
    .in_chinese(
        format!("在任何截止日期前 {n_days} 天内，没有客户发生过事件 {names}"),
        "请用 `stays` 指定代表客户仍在的事件，或延长 `active_within_days`",
    )
}
