//! The rows of one bucket in the order of a file: by customer, instant, row of the input.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Decimal128Array, DictionaryArray, Int32Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray, new_null_array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{Int32Type, SchemaRef};
use arrow::error::ArrowError;
use perennial_engine::schema::{data_type, event_schema};
use perennial_types::event::Column;
use perennial_types::money::decimal_text;

use crate::dedupe::Incoming;
use crate::error::Result;
use crate::identity::{Entry, Resolved};
use crate::layout::Ids;
use crate::message_id::{ID_BYTES, hashed_ids, id_text};
use crate::order::{Key, in_order};
use crate::staging::{Buffer, NO_DECIMAL, NO_NAME, Text};

/// What rows of one import have in common.
#[derive(Clone, Debug)]
pub(crate) struct Common {
    pub(crate) source: String,
    pub(crate) ingested_at: i64,
    /// Sequence of row 1 of the input.
    pub(crate) first_sequence: i64,
    pub(crate) events: Arc<StringArray>,
    pub(crate) currencies: Arc<StringArray>,
    pub(crate) resolved: Arc<[Resolved]>,
}

/// The rows of a bucket, sorted.
#[derive(Debug)]
pub(crate) struct Sorted {
    pub(crate) bucket: i32,
    pub(crate) buffer: Buffer,
    pub(crate) keys: Vec<Key>,
    /// Ids of the rows that came without one, in the order of `keys`.
    pub(crate) hashed: Vec<u128>,
    /// Properties that differ from those read, by position in the buffer.
    pub(crate) properties: HashMap<u32, String>,
    common: Common,
    schema: SchemaRef,
}

impl Sorted {
    /// Sorts a buffer and gives every row its message id.
    pub(crate) fn new(bucket: i32, buffer: Buffer, common: Common) -> Sorted {
        let entries = buffer.entry.iter().zip(&buffer.ts);
        let keys: Vec<Key> = (0..)
            .zip(entries)
            .map(|(position, (entry, ts))| {
                let customer = common.resolved[*entry as usize].customer;
                Key { customer, ts: *ts, position }
            })
            .collect();
        let keys = in_order(keys);
        let hashed = hashed_ids(
            &keys,
            |left, right| (left.customer, left.ts) == (right.customer, right.ts),
            |key| buffer.body_hash[key.position as usize],
        );
        let (properties, schema) = (Default::default(), event_schema());
        Sorted { bucket, buffer, keys, hashed, properties, common, schema }
    }

    /// What kind of message ids the rows have.
    pub(crate) fn ids(&self) -> Ids {
        if self.buffer.message_id.is_absent() { Ids::Hashed } else { Ids::Chosen }
    }

    /// Keeps only the rows that are asked for.
    pub(crate) fn retain(&mut self, keep: &[bool]) {
        let mut flags = keep.iter().copied();
        self.keys.retain(|_| flags.next().unwrap_or(true));
        let mut flags = keep.iter().copied();
        self.hashed.retain(|_| flags.next().unwrap_or(true));
    }

    /// The code of an event's name, if a row has it.
    pub(crate) fn event_code(&self, name: &str) -> Option<i32> {
        let code = self.common.events.iter().position(|known| known == Some(name))?;
        i32::try_from(code).ok()
    }

    /// The identities of the rows; each is named at least once.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        let mut entries: Vec<Entry> =
            self.keys.iter().map(|key| self.buffer.entry[key.position as usize]).collect();
        entries.dedup();
        entries
    }

    /// What a row says, as one JSON object.
    pub(crate) fn json(&self, index: usize) -> String {
        let position = self.keys[index].position as usize;
        let buffer = &self.buffer;
        let text = |column: &Text| {
            column.get(position).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        };
        let decimal = |column: &[i64]| {
            let value = column.get(position).copied().filter(|value| *value != NO_DECIMAL);
            value.map(|value| decimal_text(i128::from(value)))
        };
        let event = usize::try_from(buffer.event[position]).ok();
        serde_json::json!({
            "customer": self.keys[index].customer,
            "ts": self.keys[index].ts,
            "event": event.map(|code| self.common.events.value(code)),
            "message_id": text(&buffer.message_id),
            "order_id": text(&buffer.order_id),
            "amount": decimal(&buffer.amount),
            "item": text(&buffer.item),
            "quantity": decimal(&buffer.quantity),
            "session": text(&buffer.session),
            "properties": text(&buffer.properties),
        })
        .to_string()
    }

    /// Rows as a batch of the event table.
    pub(crate) fn batch(&self, rows: Range<usize>) -> Result<RecordBatch> {
        let (keys, buffer) = (&self.keys[rows.clone()], &self.buffer);
        let n_rows = keys.len();
        let resolved =
            |key: &Key| &self.common.resolved[buffer.entry[key.position as usize] as usize];
        let integers = |value: &dyn Fn(&Key) -> i64| -> ArrayRef {
            Arc::new(keys.iter().map(value).collect::<Int64Array>())
        };
        let instants = |values: Vec<i64>| -> ArrayRef {
            Arc::new(TimestampMicrosecondArray::from(values).with_timezone("UTC"))
        };
        let first = self.common.first_sequence - 1;
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Int32Array::from(vec![self.bucket; n_rows])),
            integers(&|key| key.customer),
            instants(keys.iter().map(|key| key.ts).collect()),
            integers(&|key| first + i64::from(buffer.row[key.position as usize])),
            names(&buffer.event, &self.common.events, keys)?,
            self.message_ids(rows)?,
            constant(&self.common.source, n_rows)?,
            instants(vec![self.common.ingested_at; n_rows]),
            integers(&|key| resolved(key).identity),
            text(&buffer.order_id, keys, |_| None)?,
            decimals(&buffer.amount, keys)?,
            names(&buffer.currency, &self.common.currencies, keys)?,
            text(&buffer.item, keys, |_| None)?,
            decimals(&buffer.quantity, keys)?,
            text(&buffer.session, keys, |_| None)?,
            text(&buffer.properties, keys, |key| {
                self.properties.get(&key.position).map(|text| text.as_bytes())
            })?,
        ];
        Ok(RecordBatch::try_new(self.schema.clone(), columns)?)
    }

    fn message_ids(&self, rows: Range<usize>) -> Result<ArrayRef> {
        let mut bytes = Vec::with_capacity(rows.len() * ID_BYTES);
        let mut offsets = Vec::with_capacity(rows.len() + 1);
        offsets.push(0);
        let mut scratch = [0; ID_BYTES];
        for index in rows {
            bytes.extend_from_slice(self.message_id(index, &mut scratch));
            offsets.push(offset(bytes.len())?);
        }
        string_array(offsets, bytes, None)
    }
}

impl Incoming for Sorted {
    fn len(&self) -> usize {
        self.keys.len()
    }

    fn customer(&self, index: usize) -> i64 {
        self.keys[index].customer
    }

    fn ts(&self, index: usize) -> i64 {
        self.keys[index].ts
    }

    fn message_id<'a>(&'a self, index: usize, scratch: &'a mut [u8; ID_BYTES]) -> &'a [u8] {
        match self.buffer.message_id.get(self.keys[index].position as usize) {
            Some(mapped) => mapped,
            None => {
                *scratch = id_text(self.hashed[index]);
                scratch
            }
        }
    }

    fn is_mapped(&self, index: usize) -> bool {
        self.buffer.message_id.get(self.keys[index].position as usize).is_some()
    }

    fn arrival(&self, index: usize) -> u64 {
        u64::from(self.keys[index].position)
    }

    fn rows(&self, range: Range<usize>) -> Result<RecordBatch> {
        self.batch(range)
    }
}

fn offset(n_bytes: usize) -> Result<i32> {
    let offset = i32::try_from(n_bytes);
    Ok(offset.map_err(|_| ArrowError::OffsetOverflowError(n_bytes))?)
}

fn string_array(offsets: Vec<i32>, bytes: Vec<u8>, nulls: Option<NullBuffer>) -> Result<ArrayRef> {
    let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
    Ok(Arc::new(StringArray::try_new(offsets, bytes.into(), nulls)?))
}

/// Gathers a column of text; `instead` replaces the value of a row.
fn text<'a>(
    column: &Text,
    keys: &[Key],
    instead: impl Fn(&Key) -> Option<&'a [u8]>,
) -> Result<ArrayRef> {
    let mut bytes = Vec::new();
    let mut offsets = Vec::with_capacity(keys.len() + 1);
    let mut is_valid = Vec::with_capacity(keys.len());
    offsets.push(0);
    for key in keys {
        let value = instead(key).or_else(|| column.get(key.position as usize));
        bytes.extend_from_slice(value.unwrap_or_default());
        offsets.push(offset(bytes.len())?);
        is_valid.push(value.is_some());
    }
    string_array(offsets, bytes, Some(NullBuffer::from(is_valid)))
}

/// Gathers a column of names.
fn names(codes: &[i32], names: &Arc<StringArray>, keys: &[Key]) -> Result<ArrayRef> {
    if codes.is_empty() {
        return Ok(new_null_array(&data_type(Column::Event), keys.len()));
    }
    let code = |key: &Key| codes[key.position as usize];
    let gathered: ScalarBuffer<i32> = keys.iter().map(|key| code(key).max(0)).collect();
    let nulls = keys
        .iter()
        .any(|key| code(key) == NO_NAME)
        .then(|| keys.iter().map(|key| code(key) != NO_NAME).collect::<NullBuffer>());
    let gathered = Int32Array::try_new(gathered, nulls)?;
    Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(gathered, names.clone())?))
}

/// The same name in every row.
fn constant(name: &str, n_rows: usize) -> Result<ArrayRef> {
    let codes = Int32Array::from(vec![0; n_rows]);
    let names = Arc::new(StringArray::from(vec![name]));
    Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(codes, names)?))
}

/// Gathers a column of decimals.
fn decimals(values: &[i64], keys: &[Key]) -> Result<ArrayRef> {
    let kind = data_type(Column::Amount);
    if values.is_empty() {
        return Ok(new_null_array(&kind, keys.len()));
    }
    let value = |key: &Key| values[key.position as usize];
    let gathered =
        keys.iter().map(value).map(|value| (value != NO_DECIMAL).then_some(i128::from(value)));
    Ok(Arc::new(gathered.collect::<Decimal128Array>().with_data_type(kind)))
}
