//! Sorted rows of events into one file of a bucket.

use arrow::array::{Array, RecordBatch};
use parquet::arrow::ArrowWriter;
use perennial_engine::schema::event_schema;
use perennial_store::NewDataFile;
use perennial_types::event::COLUMNS;

use crate::durable::{Draft, Drafts, Placed, Tee};
use crate::error::{LakeError, Result};
use crate::folder::Folder;
use crate::layout::{Ids, new_path, writer_properties};
use crate::stats::{bounds, column_stats};

/// Makes files of the event table.
#[derive(Clone, Debug)]
pub(crate) struct FileMaker {
    folder: Folder,
    drafts: Drafts,
}

impl FileMaker {
    pub(crate) fn new(folder: Folder, drafts: Drafts) -> FileMaker {
        FileMaker { folder, drafts }
    }

    /// Begins a file of about `n_rows` rows, with such message ids only.
    pub(crate) fn begin(&self, bucket: i32, n_rows: usize, ids: Ids) -> Result<FileWriter> {
        let path = new_path(bucket);
        let (draft, tee) = self.drafts.begin(&self.folder.events(), &path)?;
        let properties = writer_properties(n_rows, ids);
        let writer = ArrowWriter::try_new(tee, event_schema(), Some(properties))
            .map_err(LakeError::parquet(&path))?;
        Ok(FileWriter { bucket, path, draft, writer, n_nulls: [0; COLUMNS.len()] })
    }
}

/// A file that is durable under its final name but not committed. Dropping it removes the file
/// unless it was told to [`Made::keep`] it.
#[derive(Debug)]
pub(crate) struct Made {
    /// What the commit has to say.
    pub(crate) file: NewDataFile,
    placed: Placed,
}

impl Made {
    /// Leaves the file where it is: it is committed, or may be.
    pub(crate) fn keep(&mut self) {
        self.placed.keep();
    }

    /// Removes the file after all: it is certain that it was not committed.
    pub(crate) fn discard(&mut self) {
        self.placed.discard();
    }
}

/// A file being written.
pub(crate) struct FileWriter {
    bucket: i32,
    path: String,
    draft: Draft,
    writer: ArrowWriter<Tee>,
    n_nulls: [i64; COLUMNS.len()],
}

impl FileWriter {
    /// Adds rows, sorted and after those before.
    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.draft.hit("file_write")?;
        for (n_nulls, column) in self.n_nulls.iter_mut().zip(batch.columns()) {
            *n_nulls += column.null_count() as i64;
        }
        self.writer.write(batch).map_err(LakeError::parquet(&self.path))
    }

    /// Ends the file and makes it durable. `import_id` is the import all its rows came by.
    pub(crate) fn finish(mut self, import_id: Option<String>) -> Result<Made> {
        let metadata = self.writer.finish().map_err(LakeError::parquet(&self.path))?;
        let (sealed, placed) = self.draft.seal(self.writer.inner_mut())?;
        let column_stats = column_stats(&metadata, &self.n_nulls);
        let file = NewDataFile {
            bucket: self.bucket,
            path: self.path,
            n_rows: metadata.file_metadata().num_rows(),
            n_bytes: sealed.n_bytes,
            footer_size: sealed.footer_size,
            import_id,
            sha256: sealed.sha256,
            bounds: bounds(&column_stats),
            chunk_checksums: sealed.checksums,
            column_stats,
        };
        Ok(Made { file, placed })
    }
}
