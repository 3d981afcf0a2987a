//! Groups of a breakdown: tuples of values, each known by a small number while folding.

use std::collections::HashMap;

use arrow::array::Array;
use perennial_engine::batch::{Batch, TextColumn, decimal_at};
use perennial_engine::error::EngineError;
use perennial_types::filter::{Field, property_text};
use perennial_types::money::decimal_text;

/// The values of one group, one per breakdown; `None` where a customer has no value.
pub type Group = Vec<Option<String>>;

/// Texts known by small numbers, in order of appearance.
#[derive(Debug, Default)]
pub struct Interner<T: std::hash::Hash + Eq + Clone> {
    by_value: HashMap<T, u32>,
    values: Vec<T>,
}

impl<T: std::hash::Hash + Eq + Clone> Interner<T> {
    /// The number of a value, a new one for a new value.
    pub fn number<Q>(&mut self, value: &Q) -> u32
    where
        T: std::borrow::Borrow<Q>,
        Q: std::hash::Hash + Eq + ToOwned<Owned = T> + ?Sized,
    {
        if let Some(number) = self.by_value.get(value) {
            return *number;
        }
        let number = self.values.len() as u32;
        self.values.push(value.to_owned());
        self.by_value.insert(value.to_owned(), number);
        number
    }

    /// The value of a number given out.
    pub fn value(&self, number: u32) -> Option<&T> {
        self.values.get(number as usize)
    }

    /// Every value, by its number.
    pub fn values(&self) -> &[T] {
        &self.values
    }
}

/// The value of one field for every row of a batch, as text.
pub enum FieldReader<'a> {
    /// A column of text.
    Text(TextColumn<'a>),
    /// A property of the properties column.
    Property(TextColumn<'a>, &'a str),
    /// A column of decimals.
    Decimal(&'a arrow::array::Decimal128Array),
}

impl<'a> FieldReader<'a> {
    /// Reads a field of a batch.
    pub fn new(field: &'a Field, batch: &'a Batch) -> Result<FieldReader<'a>, EngineError> {
        Ok(match field {
            Field::Property(name) => FieldReader::Property(batch.text(field.column())?, name),
            Field::Amount | Field::Quantity => {
                FieldReader::Decimal(batch.decimals(field.column())?)
            }
            _ => FieldReader::Text(batch.text(field.column())?),
        })
    }

    /// The value of a row, as text.
    pub fn text(&self, row: usize) -> Option<String> {
        match self {
            FieldReader::Text(column) => column.get(row).map(str::to_owned),
            FieldReader::Property(column, name) => column
                .get(row)
                .and_then(|json| property_text(json, name))
                .map(|text| text.into_owned()),
            FieldReader::Decimal(array) => decimal_at(array, row).map(decimal_text),
        }
    }

    /// The value of a row in ten-thousandths; finer decimals are rounded half away from zero.
    pub fn number(&self, row: usize) -> Option<i128> {
        match self {
            FieldReader::Decimal(array) => array.is_valid(row).then(|| array.value(row)),
            _ => ten_thousandths(&self.text(row)?),
        }
    }
}

fn ten_thousandths(text: &str) -> Option<i128> {
    let number: rust_decimal::Decimal = text.parse().ok()?;
    let scaled = number.checked_mul(rust_decimal::Decimal::from(10_000))?;
    let rounded =
        scaled.round_dp_with_strategy(0, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
    i128::try_from(rounded).ok()
}
