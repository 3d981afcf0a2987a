//! The table as columns of numbers, for whoever trains on it.
//!
//! ```text
//!   Plan ── TableFold ──▶ partial results ── Matrix::new ──▶ customers × features, NaN is missing
//! ```
//!
//! [`matrix`] does all of it; an insight that scans anyway runs the fold beside its own.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_engine::fold::Fold;
use perennial_engine::session::Session;
use perennial_engine::source::RunSource;
use perennial_types::key::CustomerKey;
use perennial_types::question::Refusal;

use super::book::Book;
use super::features::{Feature, Get};
use super::fold::TableFold;
use super::plan::{Cut, Plan};
use super::question::CustomerTableQuestion;
use crate::insight::AskError;

/// Rows in order of customer and cut, column by column.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// The cuts, the earliest first.
    pub cuts: Vec<Cut>,
    /// Whose row it is, for every row.
    pub customers: Vec<CustomerKey>,
    /// Position of its cut, for every row.
    pub cut_of: Vec<u32>,
    /// One column per feature.
    pub columns: Vec<MatrixColumn>,
    /// The currency of all money; `None` where rows have none.
    pub currency: Option<String>,
}

/// One feature of every row.
#[derive(Clone, Debug)]
pub struct MatrixColumn {
    /// Which.
    pub feature: &'static Feature,
    /// Its values, NaN where one is missing; positions in `levels` for a text.
    pub values: Vec<f64>,
    /// The texts there are, in order; none for a number.
    pub levels: Vec<String>,
}

impl Matrix {
    /// The matrix of a plan's partial results.
    ///
    /// # Errors
    /// `mixed_currencies` where money of several would be added.
    pub fn new(plan: &Plan, partials: Vec<RecordBatch>) -> Result<Matrix, Refusal> {
        let book = Book::new(plan, partials)?;
        let column = |(position, feature): (usize, &&'static Feature)| match feature.get {
            Get::Number(_) => {
                let value = |row| book.number(feature, position, row).unwrap_or(f64::NAN);
                let values = book.rows().iter().map(value).collect();
                MatrixColumn { feature, values, levels: Vec::new() }
            }
            Get::Text(_) => texts(&book, position, feature),
        };
        Ok(Matrix {
            cuts: plan.cuts.clone(),
            customers: book.rows().iter().map(|row| row.customer).collect(),
            cut_of: book.rows().iter().map(|row| row.cut).collect(),
            columns: plan.features.iter().enumerate().map(column).collect(),
            currency: book.currency,
        })
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.customers.len()
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&MatrixColumn> {
        self.columns.iter().find(|column| column.feature.name == name)
    }
}

/// The matrix of a question, in one scan.
///
/// # Errors
/// As asking the question has them.
pub async fn matrix(
    session: &Session,
    source: &dyn RunSource,
    question: CustomerTableQuestion,
) -> Result<Matrix, AskError> {
    let plan = Arc::new(Plan::new(question, &source.facts())?);
    let folds: [Arc<dyn Fold>; 1] = [Arc::new(TableFold::new(plan.clone()))];
    let partials = session.run(source, &folds).await?.pop().unwrap_or_default();
    Ok(Matrix::new(&plan, partials)?)
}

fn texts(book: &Book, position: usize, feature: &'static Feature) -> MatrixColumn {
    let texts = || book.rows().iter().map(|row| book.text(position, row));
    let levels: BTreeSet<&str> = texts().flatten().collect();
    let levels: Vec<&str> = levels.into_iter().collect();
    let number = |text: Option<&str>| {
        let level = text.and_then(|text| levels.binary_search(&text).ok());
        level.map_or(f64::NAN, |level| level as f64)
    };
    MatrixColumn {
        feature,
        values: texts().map(number).collect(),
        levels: levels.iter().map(|level| (*level).to_owned()).collect(),
    }
}
