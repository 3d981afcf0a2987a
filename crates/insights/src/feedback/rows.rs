//! The rows a bucket gives: votes that count, and customers who were asked.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Decimal128Array, Int32Array, Int64Array, RecordBatch, UInt8Array, UInt32Array,
};
use arrow::datatypes::{DataType, Field, Schema};
use perennial_engine::error::EngineError;

use crate::belonging::{self, Belonging};

/// Name of the schema metadata that holds the names of the waves.
pub const WAVES: &str = "waves";
/// Rows that are no votes, one number per [`Flaw`](super::fold::Flaw).
pub const FLAWS: &str = "flaws";
/// Currencies of the money.
pub const CURRENCIES: &str = "currencies";

/// The number of the wave that is the whole range.
pub const WHOLE: i32 = -1;
/// The recency of who has not bought.
pub const NEVER: i32 = -1;

/// A vote that counts.
pub const VOTE: u8 = 0;
/// A customer who was asked in a wave, or in the whole range.
pub const ASKED: u8 = 1;

/// The window of a vote is not over.
pub const UNDECIDED: u8 = 0;
/// The window is over, and they did not.
pub const GONE: u8 = 1;
/// The window is over, and they did.
pub const STAYED: u8 = 2;

/// The rows of the bucket, column by column.
#[derive(Debug, Default)]
pub struct Rows {
    customers: Vec<i64>,
    kinds: Vec<u8>,
    waves: Vec<i32>,
    /// The score of a vote; whether who was asked has answered.
    values: Vec<i32>,
    /// Whether the customer stayed after the vote.
    pub stayed: Vec<u8>,
    /// The customer's group.
    pub groups: Vec<u32>,
    recency_days: Vec<i32>,
    purchases: Vec<u32>,
    money: Vec<i128>,
}

impl Rows {
    /// Begins a row; its state, its group and what the customer is worth follow.
    pub fn push(&mut self, customer: i64, kind: u8, wave: i32, value: i32) {
        self.customers.push(customer);
        self.kinds.push(kind);
        self.waves.push(wave);
        self.values.push(value);
    }

    /// What the customer is worth at the end of the range.
    pub fn push_worth(&mut self, recency_days: i32, purchases: u32, money: i128) {
        self.recency_days.push(recency_days);
        self.purchases.push(purchases);
        self.money.push(money);
    }

    /// The partial result of the bucket.
    pub fn into_batch(
        self,
        belonging: &Belonging,
        metadata: HashMap<String, String>,
    ) -> Result<RecordBatch, EngineError> {
        let money = Decimal128Array::from(self.money).with_precision_and_scale(38, 4)?;
        let groups = belonging.column(self.groups.into_iter());
        let columns: [(&str, DataType, ArrayRef); 9] = [
            ("customer", DataType::Int64, Arc::new(Int64Array::from(self.customers))),
            ("kind", DataType::UInt8, Arc::new(UInt8Array::from(self.kinds))),
            ("wave", DataType::Int32, Arc::new(Int32Array::from(self.waves))),
            ("value", DataType::Int32, Arc::new(Int32Array::from(self.values))),
            ("stayed", DataType::UInt8, Arc::new(UInt8Array::from(self.stayed))),
            ("group", belonging::column_type(), groups),
            ("recency_days", DataType::Int32, Arc::new(Int32Array::from(self.recency_days))),
            ("purchases", DataType::UInt32, Arc::new(UInt32Array::from(self.purchases))),
            ("money", DataType::Decimal128(38, 4), Arc::new(money)),
        ];
        let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = columns
            .into_iter()
            .map(|(name, data_type, array)| (Field::new(name, data_type, false), array))
            .unzip();
        let schema = Arc::new(Schema::new(fields).with_metadata(metadata));
        Ok(RecordBatch::try_new(schema, arrays)?)
    }
}
