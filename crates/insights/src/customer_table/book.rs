//! The table, all buckets together: its rows in order of customer and cut, read where they lie.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Float64Type, Int64Type, UInt32Type};
use perennial_types::key::CustomerKey;
use perennial_types::question::Refusal;

use super::features::{Feature, Need};
use super::fold::{N_FIXED, SEEN, seen_bit};
use super::plan::Plan;
use crate::money::one_currency_or;

/// Every row of the table.
#[derive(Debug, Default)]
pub struct Book {
    partials: Vec<RecordBatch>,
    rows: Vec<Row>,
    /// Per cut, the positions of its rows.
    by_cut: Vec<Vec<u32>>,
    /// Per cut, what anybody was known by.
    seen: Vec<u32>,
    /// The currency of all money.
    pub currency: Option<String>,
}

/// One row, and where it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// Whose it is.
    pub customer: CustomerKey,
    /// Position of its cut.
    pub cut: u32,
    partial: u32,
    row: u32,
}

impl Book {
    /// The rows of all buckets.
    ///
    /// # Errors
    /// `mixed_currencies` where money of several would be added.
    pub fn new(plan: &Plan, partials: Vec<RecordBatch>) -> Result<Book, Refusal> {
        let currency = match plan.wants(Need::Money) {
            true => one_currency_or(
                &partials,
                "choose one with `currency`, or `features` without money",
                "请用 `currency` 选择一种货币，或选择不含金额的 `features`",
            )?,
            false => None,
        };
        let mut seen = vec![0; plan.cuts.len()];
        let mut rows = Vec::with_capacity(partials.iter().map(RecordBatch::num_rows).sum());
        for (partial, batch) in (0..).zip(&partials) {
            let own: Vec<u32> = from_metadata(batch, SEEN);
            seen.iter_mut().zip(own).for_each(|(all, own)| *all |= own);
            let customers = batch.column(0).as_primitive::<Int64Type>().values();
            let cuts = batch.column(1).as_primitive::<UInt32Type>().values();
            let keys = customers.iter().zip(cuts.iter()).zip(0..);
            rows.extend(keys.map(|((customer, cut), row)| Row {
                customer: CustomerKey(*customer),
                cut: *cut,
                partial,
                row,
            }));
        }
        rows.sort_unstable();
        let mut by_cut = vec![Vec::new(); plan.cuts.len()];
        for (position, row) in (0..).zip(&rows) {
            if let Some(own) = by_cut.get_mut(row.cut as usize) {
                own.push(position);
            }
        }
        Ok(Book { partials, rows, by_cut, seen, currency })
    }

    /// The rows, in order of customer and cut.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The rows of one cut, in order of customer.
    pub fn rows_of(&self, cut: usize) -> impl ExactSizeIterator<Item = &Row> {
        let positions = self.by_cut.get(cut).map(Vec::as_slice).unwrap_or_default();
        positions.iter().map(move |position| &self.rows[*position as usize])
    }

    /// A number of a row; `None` where it is missing.
    pub fn number(&self, feature: &Feature, position: usize, row: &Row) -> Option<f64> {
        let column = self.partials.get(row.partial as usize)?.columns().get(N_FIXED + position)?;
        let value = column.as_primitive_opt::<Float64Type>()?.values().get(row.row as usize)?;
        (!value.is_nan() && self.is_seen(feature.need, row.cut)).then_some(*value)
    }

    /// A text of a row; `None` where it is missing.
    pub fn text(&self, position: usize, row: &Row) -> Option<&str> {
        let column = self.partials.get(row.partial as usize)?.columns().get(N_FIXED + position)?;
        let column = column.as_string_opt::<i32>()?;
        let at = row.row as usize;
        (at < column.len() && column.is_valid(at)).then(|| column.value(at))
    }

    /// Whether anybody had, before a cut, what a feature is made of.
    fn is_seen(&self, need: Need, cut: u32) -> bool {
        let bit = seen_bit(need);
        let seen = self.seen.get(cut as usize).copied().unwrap_or_default();
        seen & bit == bit
    }
}

fn from_metadata<T: serde::de::DeserializeOwned + Default>(batch: &RecordBatch, name: &str) -> T {
    let text = batch.schema_ref().metadata().get(name);
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}
