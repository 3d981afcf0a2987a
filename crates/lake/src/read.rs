//! Reading files of the lake, every byte verified before it is used.
//!
//! A range is served by reading the blocks around it and comparing their checksums with the
//! catalog's. A byte that is not what was written is an error that names the file; it is never
//! data. Footers are kept decoded, because a lake of many small files is opened far more often
//! than it is changed.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::ParquetFileReaderFactory;
use datafusion::error::DataFusionError;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::FutureExt;
use futures::future::BoxFuture;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use parquet::file::reader::{ChunkReader, Length};
use perennial_store::DataFile;
use rustix::buffer::spare_capacity;
use rustix::io::Errno;
use tokio::task::spawn_blocking;

use crate::checksum::{BLOCK, BlockSums};
use crate::error::{LakeError, Result};
use crate::folder::Folder;
use crate::pin::Pin;

/// Bytes of the footer's length and the magic.
const FOOTER_END: u64 = 8;

/// Decoded footers by path; a path is never used for two files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Footers {
    by_path: Arc<Mutex<HashMap<String, Arc<ParquetMetaData>>>>,
}

impl Footers {
    fn get(&self, path: &str) -> Option<Arc<ParquetMetaData>> {
        self.by_path.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned()
    }

    fn put(&self, path: &str, footer: &Arc<ParquetMetaData>) {
        let mut footers = self.by_path.lock().unwrap_or_else(PoisonError::into_inner);
        footers.insert(path.to_owned(), footer.clone());
    }

    /// Forgets the footers of files that are no longer live, once they are the larger part.
    pub(crate) fn retain(&self, live: &[DataFile]) {
        let mut footers = self.by_path.lock().unwrap_or_else(PoisonError::into_inner);
        if footers.len() > 2 * live.len() + 64 {
            let mut kept: HashMap<String, Arc<ParquetMetaData>> = HashMap::new();
            for file in live {
                kept.extend(footers.remove_entry(&file.file.path));
            }
            *footers = kept;
        }
    }
}

/// What the catalog says of a file, whatever its table.
pub(crate) struct Written<'a> {
    /// What messages call it.
    pub(crate) path: String,
    /// Where it lies.
    pub(crate) place: PathBuf,
    pub(crate) n_bytes: i64,
    pub(crate) footer_size: i64,
    /// Sums of its blocks, encoded.
    pub(crate) checksums: &'a [u8],
}

/// A file of the lake that can be read. Cloning is cheap.
#[derive(Clone, Debug)]
pub(crate) struct LakeFile {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: String,
    place: PathBuf,
    n_bytes: u64,
    footer_size: u64,
    sums: BlockSums,
    footers: Footers,
}

impl LakeFile {
    /// A file of the catalog.
    pub(crate) fn new(folder: &Folder, file: &DataFile, footers: &Footers) -> Result<LakeFile> {
        let file = &file.file;
        let written = Written {
            path: file.path.clone(),
            place: folder.events().join(&file.path),
            n_bytes: file.n_bytes,
            footer_size: file.footer_size,
            checksums: &file.chunk_checksums,
        };
        LakeFile::of(written, footers)
    }

    /// A file of any table.
    pub(crate) fn of(file: Written<'_>, footers: &Footers) -> Result<LakeFile> {
        let damaged = |reason: &str| LakeError::Damaged {
            path: file.path.clone(),
            start: 0,
            end: file.n_bytes.unsigned_abs(),
            reason: reason.to_owned(),
        };
        let n_bytes = u64::try_from(file.n_bytes).map_err(|_| damaged("its size is negative"))?;
        let footer_size = u64::try_from(file.footer_size)
            .ok()
            .filter(|size| size + FOOTER_END <= n_bytes)
            .ok_or_else(|| damaged("its footer is larger than the file"))?;
        let sums = BlockSums::decode(file.checksums, n_bytes)
            .ok_or_else(|| damaged("its checksums are not those of a file of that size"))?;
        let (Written { path, place, .. }, footers) = (file, footers.clone());
        Ok(LakeFile { inner: Arc::new(Inner { path, place, n_bytes, footer_size, sums, footers }) })
    }

    /// Path relative to the folder of the table.
    pub(crate) fn path(&self) -> &str {
        &self.inner.path
    }

    /// Where the file lies.
    pub(crate) fn place(&self) -> &std::path::Path {
        &self.inner.place
    }

    /// Its size.
    pub(crate) fn n_bytes(&self) -> u64 {
        self.inner.n_bytes
    }

    /// Opens the file.
    pub(crate) fn open(&self) -> Result<OpenFile> {
        let file =
            File::open(&self.inner.place).map_err(LakeError::io("open", &self.inner.place))?;
        Ok(OpenFile { inner: self.inner.clone(), file: Arc::new(file) })
    }
}

/// An open file of the lake. Cloning is cheap.
#[derive(Clone, Debug)]
pub(crate) struct OpenFile {
    inner: Arc<Inner>,
    file: Arc<File>,
}

impl OpenFile {
    /// Path relative to the folder of the table.
    pub(crate) fn path(&self) -> &str {
        &self.inner.path
    }

    /// Reads and verifies bytes. Blocks.
    pub(crate) fn read(&self, range: Range<u64>) -> Result<Bytes> {
        let inner = &self.inner;
        let start = range.start / BLOCK * BLOCK;
        let end = range.end.div_ceil(BLOCK).saturating_mul(BLOCK).min(inner.n_bytes);
        let damaged = |start: u64, end: u64, reason: &str| LakeError::Damaged {
            path: inner.path.clone(),
            start,
            end,
            reason: reason.to_owned(),
        };
        if range.start > range.end || range.end > inner.n_bytes {
            return Err(damaged(range.start, range.end, "the file ends before"));
        }
        let bytes = match read_at(&self.file, start, (end - start) as usize) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(damaged(start, end, "the file ends before"));
            }
            Err(error) => return Err(LakeError::io("read", &inner.place)(error)),
        };
        inner.sums.verify((start / BLOCK) as usize, &bytes).map_err(|block| {
            let start = block as u64 * BLOCK;
            damaged(start, (start + BLOCK).min(inner.n_bytes), "its checksum differs")
        })?;
        let first = (range.start - start) as usize;
        Ok(Bytes::from(bytes).slice(first..first + (range.end - range.start) as usize))
    }

    /// The footer, from memory if it has been read before. Blocks.
    pub(crate) fn footer(&self) -> Result<Arc<ParquetMetaData>> {
        let inner = &self.inner;
        if let Some(footer) = inner.footers.get(&inner.path) {
            return Ok(footer);
        }
        let end = inner.n_bytes - FOOTER_END;
        let bytes = self.read(end - inner.footer_size..end)?;
        let footer = ParquetMetaDataReader::decode_metadata(&bytes);
        let footer = Arc::new(footer.map_err(LakeError::parquet(&inner.path))?);
        inner.footers.put(&inner.path, &footer);
        Ok(footer)
    }
}

/// So many bytes from a place on. Their memory is not cleared first: a scan would write all of it
/// twice.
fn read_at(file: &File, start: u64, n_bytes: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(n_bytes);
    while bytes.len() < n_bytes {
        let at = start + bytes.len() as u64;
        match rustix::io::pread(file, spare_capacity(&mut bytes), at) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    bytes.truncate(n_bytes);
    Ok(bytes)
}

impl Length for OpenFile {
    fn len(&self) -> u64 {
        self.inner.n_bytes
    }
}

impl ChunkReader for OpenFile {
    type T = OpenFileReader;

    fn get_read(&self, start: u64) -> parquet::errors::Result<OpenFileReader> {
        Ok(OpenFileReader { file: self.clone(), position: start, block: Bytes::new() })
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        self.read(start..start.saturating_add(length as u64)).map_err(into_parquet)
    }
}

/// Reads on from a place, block by block.
#[derive(Debug)]
pub(crate) struct OpenFileReader {
    file: OpenFile,
    position: u64,
    block: Bytes,
}

impl Read for OpenFileReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.block.is_empty() {
            let end = ((self.position / BLOCK + 1) * BLOCK).min(self.file.inner.n_bytes);
            if self.position >= end {
                return Ok(0);
            }
            self.block = self.file.read(self.position..end).map_err(io::Error::other)?;
        }
        let part = self.block.split_to(self.block.len().min(out.len()));
        out[..part.len()].copy_from_slice(&part);
        self.position += part.len() as u64;
        Ok(part.len())
    }
}

fn into_parquet(error: LakeError) -> ParquetError {
    ParquetError::External(Box::new(error))
}

/// Reads a file for a scan: positioned reads on a thread that may block.
pub(crate) struct ScanReader {
    file: LakeFile,
    open: Option<OpenFile>,
}

impl ScanReader {
    /// A reader that opens its file when it is first used.
    pub(crate) fn new(file: LakeFile) -> ScanReader {
        ScanReader { file, open: None }
    }

    /// Does blocking work with the open file elsewhere.
    async fn with<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&OpenFile) -> Result<T> + Send + 'static,
    ) -> parquet::errors::Result<T> {
        let (file, open) = (self.file.clone(), self.open.take());
        let task = spawn_blocking(move || {
            let open = open.map_or_else(|| file.open(), Ok)?;
            let result = work(&open)?;
            Ok::<_, LakeError>((open, result))
        });
        let (open, result) = task.await.map_err(LakeError::from).flatten().map_err(into_parquet)?;
        self.open = Some(open);
        Ok(result)
    }
}

impl AsyncFileReader for ScanReader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, parquet::errors::Result<Bytes>> {
        self.with(move |open| open.read(range)).boxed()
    }

    fn get_byte_ranges(
        &mut self,
        ranges: Vec<Range<u64>>,
    ) -> BoxFuture<'_, parquet::errors::Result<Vec<Bytes>>> {
        self.with(move |open| ranges.into_iter().map(|range| open.read(range)).collect()).boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        _options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, parquet::errors::Result<Arc<ParquetMetaData>>> {
        let cached = self.file.inner.footers.get(&self.file.inner.path);
        async move {
            match cached {
                Some(footer) => Ok(footer),
                None => self.with(OpenFile::footer).await,
            }
        }
        .boxed()
    }
}

/// Gives DataFusion readers that verify. Each file of the plan carries its [`LakeFile`].
#[derive(Debug)]
pub(crate) struct VerifyingReaders {
    /// Keeps the files from being deleted while a plan may still open them.
    pub(crate) _pin: Arc<Pin>,
}

impl ParquetFileReaderFactory for VerifyingReaders {
    fn create_reader(
        &self,
        _partition: usize,
        file: PartitionedFile,
        _footer_hint: Option<usize>,
        _metrics: &ExecutionPlanMetricsSet,
    ) -> datafusion::error::Result<Box<dyn AsyncFileReader + Send>> {
        let lake_file = file.extension::<LakeFile>().cloned().ok_or_else(|| {
            DataFusionError::Internal(format!("`{}` is no file of the lake", file.path()))
        })?;
        Ok(Box::new(ScanReader::new(lake_file)))
    }
}
