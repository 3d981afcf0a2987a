//! Reading files of `customer_day`, every byte verified before it is used.

use std::path::Path;

use arrow::array::RecordBatch;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use perennial_store::Scoring;

use crate::dedupe::unwrap_arrow;
use crate::error::{LakeError, Result};
use crate::read::{Footers, LakeFile, Written};

/// The file of a scoring.
pub(crate) fn place_of(folder: &Path, scoring: &Scoring, footers: &Footers) -> Result<LakeFile> {
    let file = &scoring.scoring.file;
    let written = Written {
        // Said with the table's folder, so that a message names the right one of the two tables.
        path: format!("{}/{}", perennial_store::DAY_TABLE, file.path),
        place: folder.join(&file.path),
        n_bytes: file.n_bytes,
        footer_size: file.footer_size,
        checksums: &file.chunk_checksums,
    };
    LakeFile::of(written, footers)
}

/// All rows of a file. Blocks.
pub(crate) fn rows_of(file: &LakeFile) -> Result<Vec<RecordBatch>> {
    let open = file.open()?;
    let parquet = || LakeError::parquet(file.path());
    let metadata = ArrowReaderMetadata::try_new(open.footer()?, ArrowReaderOptions::new())
        .map_err(parquet())?;
    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(open, metadata);
    let reader = builder.build().map_err(parquet())?;
    reader.map(|batch| batch.map_err(|error| unwrap_arrow(error, file.path()))).collect()
}
