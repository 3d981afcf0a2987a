//! Partial results on their way from a bucket to the answer: Arrow IPC in one binary column.
//!
//! One fixed schema carries the partials of any fold, so several folds share one plan node and
//! the node needs no knowledge of what they computed.

use std::io::Cursor;
use std::sync::{Arc, LazyLock};

use arrow::array::{AsArray, BinaryArray, RecordBatch, UInt32Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt32Type};
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;

/// `fold`: position of the fold in the scan; `partial`: its result for one bucket.
pub static PARTIAL_SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    Arc::new(Schema::new(vec![
        Field::new("fold", DataType::UInt32, false),
        Field::new("partial", DataType::Binary, false),
    ]))
});

/// Packs the partials of one bucket, one per fold.
pub fn pack(partials: &[RecordBatch]) -> Result<RecordBatch, ArrowError> {
    let folds = UInt32Array::from_iter_values(0..partials.len() as u32);
    let bodies = partials.iter().map(encode).collect::<Result<Vec<_>, _>>()?;
    let bodies = BinaryArray::from_iter_values(bodies);
    RecordBatch::try_new(PARTIAL_SCHEMA.clone(), vec![Arc::new(folds), Arc::new(bodies)])
}

/// Unpacks what [`pack`] packed, adding each partial to its fold's list.
pub fn unpack(packed: &RecordBatch, by_fold: &mut [Vec<RecordBatch>]) -> Result<(), ArrowError> {
    let folds = packed.column(0).as_primitive::<UInt32Type>();
    let bodies = packed.column(1).as_binary::<i32>();
    for (fold, body) in folds.values().iter().zip(bodies.iter().flatten()) {
        let partials = by_fold.get_mut(*fold as usize).ok_or_else(|| {
            ArrowError::InvalidArgumentError(format!("no fold `{fold}` in this scan"))
        })?;
        for partial in StreamReader::try_new(Cursor::new(body), None)? {
            partials.push(partial?);
        }
    }
    Ok(())
}

fn encode(partial: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
    let mut writer = StreamWriter::try_new(Vec::new(), partial.schema_ref())?;
    writer.write(partial)?;
    writer.into_inner()
}
