//! A question on its way: one scan for every row, then summaries and the page.

use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_engine::fold::Fold;
use perennial_types::event::Column;
use perennial_types::key::CustomerKey;
use perennial_types::money::decimal_text;
use perennial_types::question::Warning;
use serde_json::Value;

use super::answer::{CustomerTableAnswer, CutAnswer, FeatureAnswer, RowAnswer, Summary};
use super::book::{Book, Row};
use super::features::{Feature, Get, Measure};
use super::fold::TableFold;
use super::plan::{Cut, Plan, instant};
use super::question::CellRef;
use super::{summary, words};
use crate::catalog::{Names, unknown_events};
use crate::insight::{AskError, Asking, Step};
use crate::reply::{Answer, Reply};
use crate::retention::Members;

/// A question in progress.
pub struct Progress {
    plan: Arc<Plan>,
    has_begun: bool,
}

impl Progress {
    /// A question at its beginning.
    pub fn new(plan: Plan) -> Progress {
        Progress { plan: Arc::new(plan), has_begun: false }
    }
}

impl Asking for Progress {
    fn step(&mut self, partials: Vec<Vec<RecordBatch>>) -> Result<Step, AskError> {
        let plan = &*self.plan;
        let asked_names = plan.asked_names();
        if !self.has_begun {
            self.has_begun = true;
            let mut folds: Vec<Arc<dyn Fold>> = vec![Arc::new(TableFold::new(self.plan.clone()))];
            if !asked_names.is_empty() {
                folds.push(Arc::new(Names { column: Column::Event }));
            }
            return Ok(Step::Scan(folds));
        }
        let mut partials = partials.into_iter();
        let rows = partials.next().unwrap_or_default();
        let warnings = match partials.next() {
            Some(names) => unknown_events(&asked_names, &names),
            None => Vec::new(),
        };
        Ok(Step::Done(Box::new(reply(plan, &Book::new(plan, rows)?, warnings))))
    }
}

fn reply(plan: &Plan, book: &Book, warnings: Vec<Warning>) -> Reply {
    let question = &plan.question;
    let wanted: Vec<&Row> = match &question.cell {
        None => book.rows().iter().collect(),
        Some(cell) => members(plan, book, cell),
    };
    let n_wanted = wanted.len();
    let limit = question.limit.map_or(usize::MAX, |limit| limit as usize);
    let page: Vec<&Row> =
        wanted.iter().skip(question.offset as usize).take(limit).copied().collect();
    let listed = if question.cell.is_some() { &wanted } else { &page };
    let mut customers: Vec<CustomerKey> = listed.iter().map(|row| row.customer).collect();
    customers.dedup();
    let answer = CustomerTableAnswer {
        kind: "customer_table".to_owned(),
        cuts: cuts(plan, book),
        currency: book.currency.clone(),
        features: features(plan, book),
        total_rows: n_wanted as u64,
        offset: question.offset,
        rows: page.iter().map(|row| row_answer(plan, book, row, &customers)).collect(),
        definition: words::definition(plan),
        warnings,
        customers: Some(Members { total: customers.len(), ids: Vec::new() }),
        question: question.clone(),
    };
    let answer = Answer::of(answer);
    Reply { answer, customers: Some(customers) }
}

fn cuts(plan: &Plan, book: &Book) -> Vec<CutAnswer> {
    let answer = |(position, cut): (usize, &Cut)| CutAnswer {
        date: cut.date.to_string(),
        before: instant(cut.end),
        customers: book.rows_of(position).len() as u64,
        complete: cut.complete,
    };
    plan.cuts.iter().enumerate().map(answer).collect()
}

fn features(plan: &Plan, book: &Book) -> Vec<FeatureAnswer> {
    let mut scratch = Vec::new();
    let answer = |(position, feature): (usize, &&'static Feature)| FeatureAnswer {
        name: feature.name.to_owned(),
        en: feature.en.to_owned(),
        zh: feature.zh.to_owned(),
        unit: feature.unit,
        formula: feature.formula.to_owned(),
        formula_zh: feature.formula_zh(),
        summaries: (0..plan.cuts.len())
            .map(|cut| summary_of(book, feature, position, cut, &mut scratch))
            .collect(),
    };
    plan.features.iter().enumerate().map(answer).collect()
}

fn summary_of(
    book: &Book,
    feature: &Feature,
    position: usize,
    cut: usize,
    scratch: &mut Vec<f64>,
) -> Summary {
    let n_rows = book.rows_of(cut).len();
    match feature.get {
        Get::Number(_) => {
            scratch.clear();
            let numbers = book.rows_of(cut).filter_map(|row| book.number(feature, position, row));
            scratch.extend(numbers);
            summary::of_numbers(n_rows, scratch)
        }
        Get::Text(_) => {
            let texts = book.rows_of(cut).filter_map(|row| book.text(position, row));
            summary::of_texts(n_rows, texts)
        }
    }
}

fn row_answer(plan: &Plan, book: &Book, row: &Row, customers: &[CustomerKey]) -> RowAnswer {
    let value = |(position, feature): (usize, &&'static Feature)| match feature.get {
        Get::Text(_) => book.text(position, row).map(Value::from),
        Get::Number(_) => {
            book.number(feature, position, row).map(|number| json_of(feature.unit, number))
        }
    };
    let values = plan.features.iter().enumerate().map(value);
    let cut = plan.cuts.get(row.cut as usize);
    RowAnswer {
        customer: customers.binary_search(&row.customer).unwrap_or_default(),
        cut: cut.map_or_else(String::new, |cut| cut.date.to_string()),
        values: values.map(Option::unwrap_or_default).collect(),
    }
}

/// A number in JSON: whole things are whole, money is decimal text.
fn json_of(unit: Measure, number: f64) -> Value {
    match unit {
        Measure::Count | Measure::Days => Value::from(number as i64),
        Measure::Money => Value::from(decimal_text((number * 10_000.0).round() as i128)),
        Measure::Share | Measure::Number | Measure::Seconds | Measure::Text => Value::from(number),
    }
}

/// The rows of a cell: those of its cut whose customers it tells apart.
fn members<'a>(plan: &Plan, book: &'a Book, cell: &CellRef) -> Vec<&'a Row> {
    let rows = book.rows_of(plan.cut_of(cell));
    let position = cell
        .feature
        .as_ref()
        .and_then(|name| plan.features.iter().position(|feature| feature.name == name));
    let Some((position, feature)) = position.and_then(|at| Some((at, *plan.features.get(at)?)))
    else {
        return rows.collect();
    };
    let is_meant = |row: &&Row| {
        let (number, text) = (book.number(feature, position, row), book.text(position, row));
        if let Some(missing) = cell.missing {
            return (number.is_none() && text.is_none()) == missing;
        }
        if let Some(value) = &cell.value {
            return text == Some(value);
        }
        number.is_some_and(|number| {
            cell.at_least.is_none_or(|bound| number >= bound)
                && cell.below.is_none_or(|bound| number < bound)
        })
    };
    rows.filter(is_meant).collect()
}
