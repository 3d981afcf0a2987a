//! The numbers of every period: occurrences, customers and money; or the customers of one period.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Decimal128Array, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Decimal128Type, Field, Int64Type, Schema};
use perennial_engine::error::EngineError;

use crate::money;

/// The numbers of one period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Occurrences, or purchases and refunds.
    pub n: u64,
    /// Customers with one.
    pub customers: u64,
    /// Money, in ten-thousandths.
    pub money: i128,
}

/// What one bucket has gathered.
pub struct Gathered {
    numbers: Vec<Numbers>,
    wanted: Option<usize>,
    keys: Vec<i64>,
}

impl Gathered {
    /// Nothing yet.
    pub fn new(n_periods: usize, wanted: Option<usize>) -> Gathered {
        let n_periods = if wanted.is_some() { 0 } else { n_periods };
        Gathered { numbers: vec![Numbers::default(); n_periods], wanted, keys: Vec::new() }
    }

    /// Adds what a customer did in a period; to be called once for each of theirs.
    pub fn add(&mut self, customer: i64, period: usize, n: u64, money: i128) {
        if self.wanted == Some(period) {
            self.keys.push(customer);
        }
        if let Some(numbers) = self.numbers.get_mut(period) {
            numbers.n += n;
            numbers.customers += 1;
            numbers.money += money;
        }
    }

    /// The partial result: a row per period with anybody in it, or one per customer.
    pub fn finish(self, currencies: &[&String]) -> Result<RecordBatch, EngineError> {
        let fields = ["at", "n", "customers"].map(|name| Field::new(name, DataType::Int64, false));
        let money = Field::new("money", DataType::Decimal128(38, 4), false);
        let metadata = money::metadata(currencies.iter().copied());
        let fields: Vec<Field> = fields.into_iter().chain([money]).collect();
        let schema = Schema::new(fields).with_metadata(metadata);
        let rows: Vec<(i64, Numbers)> = match self.wanted {
            Some(_) => self.keys.iter().map(|key| (*key, Numbers::default())).collect(),
            None => (0_i64..).zip(self.numbers).filter(|(_, one)| one.customers > 0).collect(),
        };
        let count = |of: fn(&Numbers) -> u64| -> ArrayRef {
            Arc::new(Int64Array::from_iter_values(rows.iter().map(|(_, one)| of(one) as i64)))
        };
        let money: Vec<i128> = rows.iter().map(|(_, one)| one.money).collect();
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from_iter_values(rows.iter().map(|(at, _)| *at))),
            count(|one| one.n),
            count(|one| one.customers),
            Arc::new(Decimal128Array::from(money).with_precision_and_scale(38, 4)?),
        ];
        Ok(RecordBatch::try_new(Arc::new(schema), columns)?)
    }
}

/// The numbers of all buckets together.
pub fn merged(n_periods: usize, partials: &[RecordBatch]) -> Vec<Numbers> {
    let mut all = vec![Numbers::default(); n_periods];
    for partial in partials {
        let at = partial.column(0).as_primitive::<Int64Type>().values();
        let n = partial.column(1).as_primitive::<Int64Type>().values();
        let customers = partial.column(2).as_primitive::<Int64Type>().values();
        let money = partial.column(3).as_primitive::<Decimal128Type>().values();
        for (((at, n), customers), money) in at.iter().zip(n).zip(customers).zip(money) {
            if let Some(numbers) = all.get_mut(*at as usize) {
                numbers.n += *n as u64;
                numbers.customers += *customers as u64;
                numbers.money += money;
            }
        }
    }
    all
}
