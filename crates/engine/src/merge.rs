//! Several sorted streams of one bucket as one, merged by customer run rather than by row.
//!
//! A customer found in one stream only passes through as a slice of its batch, untouched. Only
//! where the same customer stands in several streams are rows compared and copied.

use std::cmp::Ordering;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::buffer::ScalarBuffer;
use arrow::compute::interleave_record_batch;
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use datafusion::physical_plan::SendableRecordBatchStream;
use futures::StreamExt;
use perennial_types::event::Column;

use crate::error::EngineError;
use crate::packed::unpacked;

/// Stretches of one stream at least this long are sliced, shorter ones copied: a batch per handful
/// of rows would cost more than the copy.
const SLICE_ROWS: usize = 1024;
/// Rows of a batch made by copying.
const COPY_ROWS: usize = 32 * 1024;

/// Merges streams sorted by customer, instant and sequence.
pub struct RunMerge {
    inputs: Vec<Input>,
}

struct Input {
    stream: SendableRecordBatchStream,
    head: Option<Head>,
}

/// The batch a stream stands in.
struct Head {
    batch: RecordBatch,
    customers: ScalarBuffer<i64>,
    ts: ScalarBuffer<i64>,
    sequences: ScalarBuffer<i64>,
    row: usize,
}

impl RunMerge {
    /// Merges these streams; each must hold `customer`, `ts` and `sequence`.
    pub fn new(streams: Vec<SendableRecordBatchStream>) -> RunMerge {
        let inputs = streams.into_iter().map(|stream| Input { stream, head: None }).collect();
        RunMerge { inputs }
    }

    /// The next rows, or `None` at the end. Batches are never empty.
    pub async fn next(&mut self) -> Result<Option<RecordBatch>, EngineError> {
        for input in &mut self.inputs {
            input.fill().await?;
        }
        self.inputs.retain(|input| input.head.is_some());
        let mut heads: Vec<&mut Head> =
            self.inputs.iter_mut().filter_map(|input| input.head.as_mut()).collect();
        if let [only] = heads.as_mut_slice() {
            let rest = only.take(only.customers.len());
            return Ok(Some(rest));
        }
        merged(&mut heads)
    }
}

impl Input {
    async fn fill(&mut self) -> Result<(), EngineError> {
        if self.head.as_ref().is_some_and(|head| head.row < head.customers.len()) {
            return Ok(());
        }
        self.head = None;
        while let Some(batch) = self.stream.next().await {
            let batch = unpacked(batch?)?;
            if batch.num_rows() > 0 {
                self.head = Some(Head::new(batch)?);
                break;
            }
        }
        Ok(())
    }
}

impl Head {
    fn new(batch: RecordBatch) -> Result<Head, EngineError> {
        let missing = |column: Column, found: Option<&dyn Array>| EngineError::WrongColumn {
            column: column.name(),
            found: found.map_or("absent".to_owned(), |array| array.data_type().to_string()),
            expected: "sortable",
        };
        let integers = |column: Column| {
            let array = batch.column_by_name(column.name());
            let values = array.and_then(|array| array.as_primitive_opt::<Int64Type>());
            let values = values.map(|array| array.values().clone());
            values.ok_or_else(|| missing(column, array.map(AsRef::as_ref)))
        };
        let ts = batch.column_by_name(Column::Ts.name());
        let micros = ts.and_then(|array| array.as_primitive_opt::<TimestampMicrosecondType>());
        let micros = micros.map(|array| array.values().clone());
        Ok(Head {
            customers: integers(Column::Customer)?,
            ts: micros.ok_or_else(|| missing(Column::Ts, ts.map(AsRef::as_ref)))?,
            sequences: integers(Column::Sequence)?,
            row: 0,
            batch,
        })
    }

    fn customer(&self) -> i64 {
        self.customers[self.row]
    }

    fn key(&self) -> (i64, i64, i64) {
        (self.customers[self.row], self.ts[self.row], self.sequences[self.row])
    }

    fn is_done(&self) -> bool {
        self.row == self.customers.len()
    }

    /// How many rows from here on belong to customers before `bound`.
    fn rows_before(&self, bound: i64) -> usize {
        self.customers[self.row..].partition_point(|&customer| customer < bound)
    }

    /// The rows up to `end`, as a slice.
    fn take(&mut self, end: usize) -> RecordBatch {
        let rows = self.batch.slice(self.row, end - self.row);
        self.row = end;
        rows
    }
}

/// One batch out of at least two heads, none of which is done.
fn merged(heads: &mut [&mut Head]) -> Result<Option<RecordBatch>, EngineError> {
    let mut picks: Vec<(usize, usize)> = Vec::new();
    while picks.len() < COPY_ROWS {
        let Some((first, bound)) = first_and_bound(heads) else { break };
        let alone = bound.map_or(usize::MAX, |bound| heads[first].rows_before(bound));
        if alone >= SLICE_ROWS {
            if !picks.is_empty() {
                break;
            }
            let head = &mut heads[first];
            let end = head.row.saturating_add(alone).min(head.customers.len());
            return Ok(Some(head.take(end)));
        }
        let head = &mut heads[first];
        for _ in 0..alone.max(1) {
            picks.push((first, head.row));
            head.row += 1;
        }
        if head.is_done() {
            break;
        }
    }
    if picks.is_empty() {
        return Ok(None);
    }
    let batches: Vec<&RecordBatch> = heads.iter().map(|head| &head.batch).collect();
    Ok(Some(interleave_record_batch(&batches, &picks)?))
}

/// The head whose row comes first, and the smallest customer among the other heads.
fn first_and_bound(heads: &[&mut Head]) -> Option<(usize, Option<i64>)> {
    let order = |left: &&mut Head, right: &&mut Head| -> Ordering { left.key().cmp(&right.key()) };
    let (first, _) = heads.iter().enumerate().min_by(|(_, left), (_, right)| order(left, right))?;
    let others = heads.iter().enumerate().filter(|(index, _)| *index != first);
    Some((first, others.map(|(_, head)| head.customer()).min()))
}
