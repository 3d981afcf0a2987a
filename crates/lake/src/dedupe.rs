//! Duplicates never reach a file.
//!
//! A duplicate is a row of the same customer with the same message id, whatever its instant. Rows
//! about to be published are tested against the Bloom filter of every row group that can hold
//! their customer; only where it says "perhaps" are ids read and compared. A row group without a
//! filter holds ids made here and no others, which only such ids can equal. The first row wins. A
//! later one with the same body is a duplicate, with another body it is reused and goes to the
//! dead letters. The test is exact: filter and mark only save reading.

use std::collections::HashMap;
use std::ops::Range;

use arrow::array::{AsArray, RecordBatch, StringArray};
use arrow::datatypes::Int64Type;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::bloom_filter::Sbbf;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::statistics::Statistics;
use perennial_types::event::Column;

use crate::body::{BODY, bodies};
use crate::error::{LakeError, Result};
use crate::layout::Ids;
use crate::message_id::{ID_BYTES, is_hashed};
use crate::read::{LakeFile, OpenFile};

/// Rows of a batch when ids are read back.
const BATCH_ROWS: usize = 32 * 1024;

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is new.
    New,
    /// The same row is there.
    Duplicate,
    /// Another row has its id.
    Reused,
}

/// Rows that may be duplicates, sorted by customer.
pub(crate) trait Incoming {
    /// Number of rows.
    fn len(&self) -> usize;
    /// Customer of a row.
    fn customer(&self, index: usize) -> i64;
    /// Instant of a row.
    fn ts(&self, index: usize) -> i64;
    /// Message id of a row.
    fn message_id<'a>(&'a self, index: usize, scratch: &'a mut [u8; ID_BYTES]) -> &'a [u8];
    /// Whether the id was chosen by the sender; otherwise it follows from the body.
    fn is_mapped(&self, index: usize) -> bool;
    /// Place of a row in the order of arrival.
    fn arrival(&self, index: usize) -> u64;
    /// Rows as a batch with at least the columns of a body.
    fn rows(&self, range: Range<usize>) -> Result<RecordBatch>;
}

/// Verdicts over incoming rows, one source of duplicates after the other.
pub(crate) struct Judge<'a, I> {
    incoming: &'a I,
    verdicts: Vec<Verdict>,
    /// Bodies of all incoming rows, once they are needed.
    bodies: Option<Vec<u128>>,
}

impl<'a, I: Incoming> Judge<'a, I> {
    pub(crate) fn new(incoming: &'a I) -> Judge<'a, I> {
        Judge { incoming, verdicts: vec![Verdict::New; incoming.len()], bodies: None }
    }

    /// What became of every row.
    pub(crate) fn finish(self) -> Vec<Verdict> {
        self.verdicts
    }

    fn body(&mut self, index: usize) -> Result<u128> {
        if self.bodies.is_none() {
            let mut all = Vec::with_capacity(self.incoming.len());
            for start in (0..self.incoming.len()).step_by(BATCH_ROWS) {
                let end = (start + BATCH_ROWS).min(self.incoming.len());
                all.extend(bodies(&self.incoming.rows(start..end)?)?);
            }
            self.bodies = Some(all);
        }
        let body = self.bodies.as_ref().and_then(|bodies| bodies.get(index));
        Ok(body.copied().unwrap_or_default())
    }

    /// Judges the rows among themselves: of rows with one id the first to arrive is new. Ids that
    /// follow from the body were made different from one another and need no look.
    pub(crate) fn among_themselves(&mut self) -> Result<()> {
        let incoming = self.incoming;
        let mut start = 0;
        let mut order: Vec<usize> = Vec::new();
        while start < incoming.len() {
            let customer = incoming.customer(start);
            let mut end = start + 1;
            while end < incoming.len() && incoming.customer(end) == customer {
                end += 1;
            }
            order.clear();
            order.extend((start..end).filter(|index| incoming.is_mapped(*index)));
            start = end;
            if order.len() < 2 {
                continue;
            }
            order.sort_unstable_by_key(|index| incoming.arrival(*index));
            let mut first: HashMap<Box<[u8]>, usize> = HashMap::with_capacity(order.len());
            for &index in &order {
                let mut scratch = [0; ID_BYTES];
                let id = incoming.message_id(index, &mut scratch);
                match first.get(id).copied() {
                    None => drop(first.insert(id.into(), index)),
                    Some(earlier) => {
                        let is_same = self.body(earlier)? == self.body(index)?;
                        self.verdicts[index] =
                            if is_same { Verdict::Duplicate } else { Verdict::Reused };
                    }
                }
            }
        }
        Ok(())
    }

    /// Judges the rows against those of a file of the same bucket. Blocks.
    pub(crate) fn against_file(&mut self, file: &LakeFile) -> Result<()> {
        let open = file.open()?;
        let footer = open.footer()?;
        for (number, group) in footer.row_groups().iter().enumerate() {
            let suspects = self.suspects(&open, group)?;
            if suspects.is_empty() {
                continue;
            }
            let with_body = suspects.iter().any(|index| self.incoming.is_mapped(*index));
            let options = ArrowReaderOptions::new();
            let metadata = ArrowReaderMetadata::try_new(footer.clone(), options);
            let metadata = metadata.map_err(LakeError::parquet(file.path()))?;
            let builder =
                ParquetRecordBatchReaderBuilder::new_with_metadata(open.clone(), metadata);
            let mut columns = vec![Column::Customer as usize, Column::MessageId as usize];
            if with_body {
                columns.extend(BODY.map(|column| column as usize));
            }
            let mask = ProjectionMask::roots(builder.parquet_schema(), columns);
            let reader = builder
                .with_projection(mask)
                .with_row_groups(vec![number])
                .with_batch_size(BATCH_ROWS)
                .build()
                .map_err(LakeError::parquet(file.path()))?;
            let mut suspects = Suspects::new(&suspects);
            for batch in reader {
                let batch = batch.map_err(|error| unwrap_arrow(error, file.path()))?;
                self.compare(&mut suspects, &batch, with_body)?;
            }
        }
        Ok(())
    }

    /// Judges the rows against a batch of rows that are there, sorted by customer.
    pub(crate) fn against_rows(&mut self, rows: &RecordBatch) -> Result<()> {
        let customers = customers(rows)?;
        let (Some(&first), Some(&last)) = (customers.first(), customers.last()) else {
            return Ok(());
        };
        let suspects: Vec<usize> = self
            .of_customers(first, last)
            .filter(|index| self.verdicts[*index] == Verdict::New)
            .collect();
        let mut suspects = Suspects::new(&suspects);
        self.compare(&mut suspects, rows, true)
    }

    /// The incoming rows of customers between two keys, inclusive.
    fn of_customers(&self, first: i64, last: i64) -> Range<usize> {
        let bound = |is_before: &dyn Fn(i64) -> bool| {
            let (mut low, mut high) = (0, self.incoming.len());
            while low < high {
                let middle = low + (high - low) / 2;
                if is_before(self.incoming.customer(middle)) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            low
        };
        bound(&|customer| customer < first)..bound(&|customer| customer <= last)
    }

    /// The new rows that a row group may hold.
    fn suspects(&self, open: &OpenFile, group: &RowGroupMetaData) -> Result<Vec<usize>> {
        let (first, last) = ends(group, Column::Customer);
        let (earliest, latest) = ends(group, Column::Ts);
        // An id that follows from the body follows from the instant, too.
        let may_be = |index: &usize| {
            self.verdicts[*index] == Verdict::New
                && (self.incoming.is_mapped(*index)
                    || (earliest..=latest).contains(&self.incoming.ts(*index)))
        };
        let mut suspects = self.of_customers(first, last).filter(may_be).peekable();
        if suspects.peek().is_none() {
            return Ok(Vec::new());
        }
        let filter = bloom_filter(open, group)?;
        Ok(suspects
            .filter(|index| {
                let mut scratch = [0; ID_BYTES];
                let id = self.incoming.message_id(*index, &mut scratch);
                filter.as_ref().map_or_else(|| is_hashed(id), |filter| filter.check(id))
            })
            .collect())
    }

    /// Compares suspects with rows that are there.
    fn compare(
        &mut self,
        suspects: &mut Suspects<'_>,
        rows: &RecordBatch,
        with_body: bool,
    ) -> Result<()> {
        let customers = customers(rows)?;
        let ids = rows
            .column_by_name(Column::MessageId.name())
            .and_then(|array| array.as_string_opt::<i32>());
        let ids: &StringArray = ids.ok_or_else(|| wrong(Column::MessageId))?;
        let mut bodies_there: Option<Vec<u128>> = None;
        for (row, customer) in customers.iter().enumerate() {
            let mut next = suspects.find(self.incoming, *customer, ids.value(row).as_bytes());
            while let Some(index) = next {
                next = suspects.twins.get(&index).copied();
                if self.verdicts[index] != Verdict::New {
                    continue;
                }
                let mut is_same = true;
                if with_body && self.incoming.is_mapped(index) {
                    if bodies_there.is_none() {
                        bodies_there = Some(bodies(rows)?);
                    }
                    let there = bodies_there.as_ref().and_then(|bodies| bodies.get(row)).copied();
                    is_same = there == Some(self.body(index)?);
                }
                self.verdicts[index] = if is_same { Verdict::Duplicate } else { Verdict::Reused };
            }
        }
        Ok(())
    }
}

/// Incoming rows to look for, in the order of their customers.
struct Suspects<'a> {
    rows: &'a [usize],
    /// The customer being looked at and the ids of its suspects.
    customer: Option<i64>,
    ids: HashMap<Box<[u8]>, usize>,
    /// For a suspect, another one of the customer with the same id.
    twins: HashMap<usize, usize>,
}

impl<'a> Suspects<'a> {
    fn new(rows: &'a [usize]) -> Suspects<'a> {
        Suspects { rows, customer: None, ids: HashMap::new(), twins: HashMap::new() }
    }

    /// A suspect with this customer and id; others are its twins. Customers must be asked for in
    /// ascending order.
    fn find(&mut self, incoming: &impl Incoming, customer: i64, id: &[u8]) -> Option<usize> {
        if self.customer != Some(customer) {
            self.look_at(incoming, customer);
        }
        if self.ids.is_empty() { None } else { self.ids.get(id).copied() }
    }

    fn look_at(&mut self, incoming: &impl Incoming, customer: i64) {
        self.customer = Some(customer);
        self.ids.clear();
        self.twins.clear();
        let n_before = self.rows.partition_point(|index| incoming.customer(*index) < customer);
        self.rows = &self.rows[n_before..];
        let is_theirs = |index: &&usize| incoming.customer(**index) == customer;
        for &index in self.rows.iter().take_while(is_theirs) {
            let mut scratch = [0; ID_BYTES];
            let id = incoming.message_id(index, &mut scratch);
            if let Some(twin) = self.ids.insert(id.into(), index) {
                self.twins.insert(index, twin);
            }
        }
    }
}

/// Smallest and largest value of a column in a row group; everything, if it does not say.
fn ends(group: &RowGroupMetaData, column: Column) -> (i64, i64) {
    let ends = match group.column(column as usize).statistics() {
        Some(Statistics::Int64(ends)) => ends.min_opt().copied().zip(ends.max_opt().copied()),
        _ => None,
    };
    ends.unwrap_or((i64::MIN, i64::MAX))
}

/// Whether every message id of a file was made here.
pub(crate) fn ids_of(file: &LakeFile) -> Result<Ids> {
    let footer = file.open()?.footer()?;
    let has_filter = |group: &RowGroupMetaData| {
        group.column(Column::MessageId as usize).bloom_filter_offset().is_some()
    };
    let is_chosen = footer.row_groups().iter().any(has_filter);
    Ok(if is_chosen { Ids::Chosen } else { Ids::Hashed })
}

/// The filter over the message ids of a row group, if it has one.
fn bloom_filter(open: &OpenFile, group: &RowGroupMetaData) -> Result<Option<Sbbf>> {
    let chunk = group.column(Column::MessageId as usize);
    let (Some(offset), Some(length)) = (chunk.bloom_filter_offset(), chunk.bloom_filter_length())
    else {
        return Ok(None);
    };
    let (Ok(offset), Ok(length)) = (u64::try_from(offset), u64::try_from(length)) else {
        return Ok(None);
    };
    let bytes = open.read(offset..offset.saturating_add(length))?;
    Ok(Some(Sbbf::from_bytes(&bytes).map_err(LakeError::parquet(open.path()))?))
}

fn customers(rows: &RecordBatch) -> Result<&[i64]> {
    let array = rows.column_by_name(Column::Customer.name());
    let array = array.and_then(|array| array.as_primitive_opt::<Int64Type>());
    Ok(array.ok_or_else(|| wrong(Column::Customer))?.values())
}

fn wrong(column: Column) -> LakeError {
    let reason = format!("column `{}` is missing or of another type", column.name());
    LakeError::Arrow(arrow::error::ArrowError::SchemaError(reason))
}

/// Takes our own errors out of the reader's.
pub(crate) fn unwrap_arrow(error: arrow::error::ArrowError, path: &str) -> LakeError {
    use arrow::error::ArrowError;
    use parquet::errors::ParquetError;
    match error {
        ArrowError::ExternalError(inner) => match inner.downcast::<ParquetError>() {
            Ok(error) => LakeError::parquet(path)(*error),
            Err(inner) => LakeError::parquet(path)(ParquetError::External(inner)),
        },
        ArrowError::ParquetError(text) => LakeError::parquet(path)(ParquetError::General(text)),
        other => LakeError::Arrow(other),
    }
}
