//! All rows of a file, verified and in order, for those that rewrite or examine it.

use arrow::array::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use perennial_types::event::{COLUMNS, Column};

use crate::dedupe::unwrap_arrow;
use crate::error::{LakeError, Result};
use crate::read::LakeFile;

/// Rows of a batch.
const BATCH_ROWS: usize = 32 * 1024;

/// Reads a file from its first row to its last. Blocks.
pub(crate) struct RowsOf {
    path: String,
    reader: ParquetRecordBatchReader,
}

impl RowsOf {
    /// Reads every column.
    pub(crate) fn open(file: &LakeFile) -> Result<RowsOf> {
        RowsOf::open_columns(file, &COLUMNS.map(|spec| spec.column))
    }

    /// Reads some columns, in the order of the table.
    pub(crate) fn open_columns(file: &LakeFile, columns: &[Column]) -> Result<RowsOf> {
        let open = file.open()?;
        let footer = open.footer()?;
        let parquet = || LakeError::parquet(file.path());
        let metadata =
            ArrowReaderMetadata::try_new(footer, ArrowReaderOptions::new()).map_err(parquet())?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(open, metadata);
        let columns = columns.iter().map(|column| *column as usize);
        let mask = ProjectionMask::roots(builder.parquet_schema(), columns);
        let reader =
            builder.with_projection(mask).with_batch_size(BATCH_ROWS).build().map_err(parquet())?;
        Ok(RowsOf { path: file.path().to_owned(), reader })
    }
}

impl Iterator for RowsOf {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Result<RecordBatch>> {
        let batch = self.reader.next()?;
        Some(batch.map_err(|error| unwrap_arrow(error, &self.path)))
    }
}
