//! Sorted rows into one file that is complete and durable before anybody hears of it.
//!
//! The file is written under a temporary name beside its place, hashed and summed on the way,
//! synced, renamed, and its folder synced. Only a commit makes it part of the lake; until then it
//! is an orphan the sweep may take, unless it is listed as being written.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, RecordBatch};
use parquet::arrow::ArrowWriter;
use perennial_engine::schema::event_schema;
use perennial_store::NewDataFile;
use perennial_types::event::COLUMNS;
use sha2::{Digest, Sha256};

use crate::checksum::BlockSummer;
use crate::error::{LakeError, Result};
use crate::failpoint::FailPoints;
use crate::folder::{Folder, sync_folder};
use crate::layout::{Ids, bucket_folder, new_path, writer_properties};
use crate::stats::{bounds, column_stats};

/// End of a temporary name.
pub(crate) const TEMPORARY: &str = ".tmp";

/// Makes files of the event table, and knows which are not committed yet.
#[derive(Clone, Debug)]
pub(crate) struct FileMaker {
    folder: Folder,
    in_flight: Arc<Mutex<HashSet<String>>>,
    failures: Arc<FailPoints>,
}

impl FileMaker {
    pub(crate) fn new(folder: Folder, failures: Arc<FailPoints>) -> FileMaker {
        FileMaker { folder, in_flight: Arc::default(), failures }
    }

    /// Begins a file of about `n_rows` rows, with such message ids only.
    pub(crate) fn begin(&self, bucket: i32, n_rows: usize, ids: Ids) -> Result<FileWriter> {
        self.failures.hit("file_create")?;
        let path = new_path(bucket);
        let final_path = self.folder.events().join(&path);
        let temporary = final_path.with_extension(&TEMPORARY[1..]);
        let folder = self.folder.events().join(bucket_folder(bucket));
        if !folder.is_dir() {
            fs::create_dir_all(&folder).map_err(LakeError::io("create", &folder))?;
            sync_folder(&self.folder.events())?;
        }
        let claim = Claim::new(&path, &self.in_flight);
        let file = File::create_new(&temporary).map_err(LakeError::io("create", &temporary))?;
        let temporary = Scrap { path: temporary, is_scrap: true, failures: self.failures.clone() };
        let writer =
            ArrowWriter::try_new(Tee::new(file), event_schema(), Some(writer_properties(n_rows, ids)))
                .map_err(LakeError::parquet(&path))?;
        let n_nulls = [0; COLUMNS.len()];
        let failures = self.failures.clone();
        Ok(FileWriter {
            bucket,
            path,
            final_path,
            temporary,
            folder,
            writer,
            n_nulls,
            claim,
            failures,
        })
    }

    /// Paths of files that are written or not committed yet.
    pub(crate) fn in_flight(&self) -> HashSet<String> {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A path the sweep must leave alone for as long as this lives.
#[derive(Debug)]
pub(crate) struct Claim {
    path: String,
    in_flight: Arc<Mutex<HashSet<String>>>,
}

impl Claim {
    fn new(path: &str, in_flight: &Arc<Mutex<HashSet<String>>>) -> Claim {
        in_flight.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned());
        Claim { path: path.to_owned(), in_flight: in_flight.clone() }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.path);
    }
}

/// A file to be removed unless it is told otherwise.
#[derive(Debug)]
struct Scrap {
    path: PathBuf,
    is_scrap: bool,
    failures: Arc<FailPoints>,
}

impl Drop for Scrap {
    fn drop(&mut self) {
        if self.is_scrap && !self.failures.is_dead() {
            // What cannot be removed now is an orphan, and the sweep's.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// A file that is durable under its final name but not committed. Dropping it removes the file
/// unless it was told to [`Made::keep`] it.
#[derive(Debug)]
pub(crate) struct Made {
    /// What the commit has to say.
    pub(crate) file: NewDataFile,
    scrap: Scrap,
    _claim: Claim,
}

impl Made {
    /// Leaves the file where it is: it is committed, or may be.
    pub(crate) fn keep(&mut self) {
        self.scrap.is_scrap = false;
    }

    /// Removes the file after all: it is certain that it was not committed.
    pub(crate) fn discard(&mut self) {
        self.scrap.is_scrap = true;
    }
}

/// A file being written.
pub(crate) struct FileWriter {
    bucket: i32,
    path: String,
    final_path: PathBuf,
    temporary: Scrap,
    folder: PathBuf,
    writer: ArrowWriter<Tee>,
    n_nulls: [i64; COLUMNS.len()],
    claim: Claim,
    failures: Arc<FailPoints>,
}

impl FileWriter {
    /// Adds rows, sorted and after those before.
    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.failures.hit("file_write")?;
        for (n_nulls, column) in self.n_nulls.iter_mut().zip(batch.columns()) {
            *n_nulls += column.null_count() as i64;
        }
        self.writer.write(batch).map_err(LakeError::parquet(&self.path))
    }

    /// Ends the file and makes it durable. `import_id` is the import all its rows came by.
    pub(crate) fn finish(mut self, import_id: Option<String>) -> Result<Made> {
        let file = self.complete(import_id)?;
        let scrap = Scrap { path: self.final_path, is_scrap: true, failures: self.failures };
        Ok(Made { file, scrap, _claim: self.claim })
    }

    fn complete(&mut self, import_id: Option<String>) -> Result<NewDataFile> {
        let metadata = self.writer.finish().map_err(LakeError::parquet(&self.path))?;
        let tee = self.writer.inner_mut();
        self.failures.hit("file_sync")?;
        tee.file.sync_all().map_err(LakeError::io("sync", &self.temporary.path))?;
        self.failures.hit("file_rename")?;
        let temporary = &self.temporary.path;
        fs::rename(temporary, &self.final_path).map_err(LakeError::io("rename", temporary))?;
        self.temporary.is_scrap = false;
        self.failures.hit("folder_sync")?;
        sync_folder(&self.folder)?;
        let column_stats = column_stats(&metadata, &self.n_nulls);
        let [a, b, c, d, _, _, _, _] = tee.tail;
        Ok(NewDataFile {
            bucket: self.bucket,
            path: self.path.clone(),
            n_rows: metadata.file_metadata().num_rows(),
            n_bytes: tee.n_bytes as i64,
            footer_size: i64::from(u32::from_le_bytes([a, b, c, d])),
            import_id,
            sha256: hex(&std::mem::take(&mut tee.sha256).finalize()),
            bounds: bounds(&column_stats),
            chunk_checksums: std::mem::take(&mut tee.blocks).finish().encode(),
            column_stats,
        })
    }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Size and SHA-256 of a file.
pub(crate) fn digest_of(path: &Path) -> Result<(u64, String)> {
    let mut file = File::open(path).map_err(LakeError::io("open", path))?;
    let mut sha256 = Sha256::new();
    let mut buffer = vec![0; 1024 * 1024];
    let mut n_bytes = 0;
    loop {
        let n_read = file.read(&mut buffer).map_err(LakeError::io("read", path))?;
        if n_read == 0 {
            return Ok((n_bytes, hex(&sha256.finalize())));
        }
        sha256.update(&buffer[..n_read]);
        n_bytes += n_read as u64;
    }
}

/// A file that is hashed and summed while it is written.
struct Tee {
    file: File,
    sha256: Sha256,
    blocks: BlockSummer,
    n_bytes: u64,
    /// The last eight bytes: the footer's length and the magic.
    tail: [u8; 8],
}

impl Tee {
    fn new(file: File) -> Tee {
        Tee {
            file,
            sha256: Sha256::new(),
            blocks: BlockSummer::default(),
            n_bytes: 0,
            tail: [0; 8],
        }
    }
}

impl Write for Tee {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write_all(bytes)?;
        self.sha256.update(bytes);
        self.blocks.update(bytes);
        self.n_bytes += bytes.len() as u64;
        let last = &bytes[bytes.len().saturating_sub(8)..];
        self.tail.rotate_left(last.len());
        self.tail[8 - last.len()..].copy_from_slice(last);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
