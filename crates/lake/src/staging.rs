//! The rows of an import on their way to files: one columnar buffer per bucket.
//!
//! Rows are scattered to their bucket's buffer column by column as they are read; names become
//! codes, columns nobody fills take no memory. Nothing is sorted before the input has ended.

use arrow::array::{Array, StringArray};
use arrow::buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::error::ArrowError;

use crate::error::{LakeError, Result};
use crate::identity::{Entry, Resolved};
use crate::names::Names;
use crate::source::Rows;
use crate::spill::Spill;

/// Stands for a missing decimal: no `decimal(18,4)` has this value.
pub(crate) const NO_DECIMAL: i64 = i64::MIN;
/// Stands for a missing name.
pub(crate) const NO_NAME: i32 = -1;

/// A column of text that may be absent altogether.
#[derive(Debug, Default)]
pub(crate) struct Text {
    bytes: Vec<u8>,
    /// End of each row's bytes; empty for as long as every row is null.
    ends: Vec<u32>,
    is_null: Vec<bool>,
}

impl Text {
    /// Whether no row has a value.
    pub(crate) fn is_absent(&self) -> bool {
        self.ends.is_empty()
    }

    /// The bytes of a row.
    pub(crate) fn get(&self, row: usize) -> Option<&[u8]> {
        if *self.is_null.get(row)? {
            return None;
        }
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.bytes.get(start as usize..self.ends[row] as usize)
    }

    /// The column as an array.
    pub(crate) fn into_array(self) -> Result<StringArray> {
        let ends = self.ends.iter().map(|end| i32::try_from(*end));
        let offsets: Result<Vec<i32>, _> = std::iter::once(Ok(0)).chain(ends).collect();
        let offsets = offsets.map_err(|_| ArrowError::OffsetOverflowError(self.bytes.len()))?;
        let is_valid: NullBuffer = self.is_null.iter().map(|is_null| !is_null).collect();
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        Ok(StringArray::try_new(offsets, self.bytes.into(), Some(is_valid))?)
    }

    /// Appends rows of an array to a column that has `n_before`.
    pub(crate) fn extend(&mut self, n_before: usize, array: &StringArray, rows: &[u32]) {
        if self.is_absent() {
            if array.null_count() == array.len() {
                return;
            }
            self.ends.resize(n_before, 0);
            self.is_null.resize(n_before, true);
        }
        let has_nulls = array.null_count() > 0;
        for &row in rows {
            let row = row as usize;
            let is_null = has_nulls && array.is_null(row);
            if !is_null {
                self.bytes.extend_from_slice(array.value(row).as_bytes());
            }
            self.ends.push(self.bytes.len() as u32);
            self.is_null.push(is_null);
        }
    }

    fn n_bytes(&self) -> usize {
        self.bytes.capacity() + self.ends.capacity() * 4 + self.is_null.capacity()
    }
}

/// Rows of one bucket in the order they were read.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    pub(crate) entry: Vec<Entry>,
    pub(crate) ts: Vec<i64>,
    /// Row of the input, from 1; ascending.
    pub(crate) row: Vec<u32>,
    /// Hash of the mapped source values.
    pub(crate) body_hash: Vec<u128>,
    pub(crate) event: Vec<i32>,
    /// Empty for as long as no row has one, as are the next three.
    pub(crate) currency: Vec<i32>,
    pub(crate) amount: Vec<i64>,
    pub(crate) quantity: Vec<i64>,
    pub(crate) message_id: Text,
    pub(crate) order_id: Text,
    pub(crate) item: Text,
    pub(crate) session: Text,
    pub(crate) properties: Text,
}

impl Buffer {
    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.ts.len()
    }

    /// Appends currencies to a buffer that had `n_before` rows; `None` if no row has one.
    pub(crate) fn extend_currency(&mut self, n_before: usize, codes: Option<&[i32]>, rows: &[u32]) {
        extend_sparse(&mut self.currency, n_before, codes, rows, NO_NAME);
    }

    /// Appends amounts, likewise.
    pub(crate) fn extend_amount(&mut self, n_before: usize, values: Option<&[i64]>, rows: &[u32]) {
        extend_sparse(&mut self.amount, n_before, values, rows, NO_DECIMAL);
    }

    /// Appends quantities, likewise.
    pub(crate) fn extend_quantity(
        &mut self,
        n_before: usize,
        values: Option<&[i64]>,
        rows: &[u32],
    ) {
        extend_sparse(&mut self.quantity, n_before, values, rows, NO_DECIMAL);
    }

    /// Memory it takes.
    pub(crate) fn n_bytes(&self) -> usize {
        let texts = [&self.message_id, &self.order_id, &self.item, &self.session, &self.properties];
        let codes = self.entry.capacity() + self.row.capacity() + self.event.capacity();
        let words = self.ts.capacity() + self.amount.capacity() + self.quantity.capacity();
        let texts: usize = texts.into_iter().map(Text::n_bytes).sum();
        (codes + self.currency.capacity()) * 4 + words * 8 + self.body_hash.capacity() * 16 + texts
    }
}

/// Appends rows to a column that is absent while every value is `absent`.
fn extend_sparse<T: Copy + PartialEq>(
    column: &mut Vec<T>,
    n_before: usize,
    values: Option<&[T]>,
    rows: &[u32],
    absent: T,
) {
    let values = values.filter(|values| values.iter().any(|value| *value != absent));
    if column.is_empty() {
        if values.is_none() {
            return;
        }
        column.resize(n_before, absent);
    }
    match values {
        Some(values) => column.extend(rows.iter().map(|row| values[*row as usize])),
        None => column.resize(n_before + rows.len(), absent),
    }
}

/// The rows of one input, by bucket.
#[derive(Debug)]
pub(crate) struct Staging {
    pub(crate) buckets: Vec<Buffer>,
    pub(crate) events: Names,
    pub(crate) currencies: Names,
    pub(crate) n_rows: u64,
    /// Largest row number.
    pub(crate) last_row: u64,
    /// For each bucket, the rows of the batch at hand that fall into it.
    scatter: Vec<Vec<u32>>,
}

impl Staging {
    pub(crate) fn new(n_buckets: i32) -> Staging {
        let n_buckets = n_buckets.unsigned_abs() as usize;
        Staging {
            buckets: (0..n_buckets).map(|_| Buffer::default()).collect(),
            events: Names::default(),
            currencies: Names::default(),
            n_rows: 0,
            last_row: 0,
            scatter: vec![Vec::new(); n_buckets],
        }
    }

    /// Adds a batch whose customers have been resolved to `entries`.
    pub(crate) fn add(
        &mut self,
        rows: &Rows,
        entries: &[Entry],
        resolved: &[Resolved],
        name: &str,
    ) -> Result<()> {
        if rows.row.last().is_some_and(|row| u32::try_from(*row).is_err()) {
            return Err(LakeError::TooManyRows(name.to_owned()));
        }
        self.scatter.iter_mut().for_each(Vec::clear);
        for (row, entry) in (0..).zip(entries) {
            self.scatter[resolved[*entry as usize].bucket as usize].push(row);
        }
        let events: Vec<i32> =
            (0..entries.len()).map(|row| self.events.code(rows.event.value(row)) as i32).collect();
        let currency = |row: usize| rows.currency.is_valid(row).then(|| rows.currency.value(row));
        let currencies: Vec<i32> = (0..entries.len())
            .map(|row| currency(row).map_or(NO_NAME, |name| self.currencies.code(name) as i32))
            .collect();
        let decimals = |values: &[Option<i64>]| -> Vec<i64> {
            values.iter().map(|value| value.unwrap_or(NO_DECIMAL)).collect()
        };
        let (amounts, quantities) = (decimals(&rows.amount), decimals(&rows.quantity));
        for (buffer, picked) in self.buckets.iter_mut().zip(&self.scatter) {
            let n_before = buffer.len();
            let pick = |row: &u32| *row as usize;
            buffer.entry.extend(picked.iter().map(|row| entries[pick(row)]));
            buffer.ts.extend(picked.iter().map(|row| rows.ts[pick(row)]));
            buffer.row.extend(picked.iter().map(|row| rows.row[pick(row)] as u32));
            buffer.body_hash.extend(picked.iter().map(|row| rows.body_hash[pick(row)]));
            buffer.event.extend(picked.iter().map(|row| events[pick(row)]));
            buffer.extend_currency(n_before, Some(&currencies), picked);
            buffer.extend_amount(n_before, Some(&amounts), picked);
            buffer.extend_quantity(n_before, Some(&quantities), picked);
            buffer.message_id.extend(n_before, &rows.message_id, picked);
            buffer.order_id.extend(n_before, &rows.order_id, picked);
            buffer.item.extend(n_before, &rows.item, picked);
            buffer.session.extend(n_before, &rows.session, picked);
            buffer.properties.extend(n_before, &rows.properties, picked);
        }
        self.n_rows += entries.len() as u64;
        self.last_row = rows.row.last().map_or(self.last_row, |row| self.last_row.max(*row));
        Ok(())
    }

    /// Moves every row to disk.
    pub(crate) fn spill(&mut self, spill: &mut Spill) -> Result<()> {
        let mut buckets = self.buckets.iter_mut().enumerate();
        buckets.try_for_each(|(bucket, buffer)| spill.add(bucket, buffer))
    }

    /// Memory it takes.
    pub(crate) fn n_bytes(&self) -> usize {
        self.buckets.iter().map(Buffer::n_bytes).sum()
    }
}
