//! The raw bytes of a file: counted, hashed and unpacked while they stream by.
//!
//! A compressed stream that grows more than a hundredfold past 200 MB is refused, so a bomb costs
//! neither memory nor an evening.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use sha2::{Digest, Sha256};

use super::SourceError;

/// Inflated bytes from which the ratio is watched.
pub const INFLATED_FREE_BYTES: u64 = 200_000_000;
/// Largest inflated size for each compressed byte, past [`INFLATED_FREE_BYTES`].
pub const MAX_INFLATE_RATIO: u64 = 100;

/// Where the bytes come from.
pub enum Input {
    /// A file.
    Path(PathBuf),
    /// A stream, standard input for one, with the name messages give it.
    Stream {
        /// Its display name; never used as a path.
        name: String,
        /// The bytes.
        reader: Box<dyn Read + Send>,
    },
}

impl Input {
    /// A file.
    pub fn path(path: impl Into<PathBuf>) -> Input {
        Input::Path(path.into())
    }

    /// A stream with a display name.
    pub fn stream(name: impl Into<String>, reader: impl Read + Send + 'static) -> Input {
        Input::Stream { name: name.into(), reader: Box::new(reader) }
    }

    /// The name messages give it.
    pub fn name(&self) -> String {
        match self {
            Input::Path(path) => path.display().to_string(),
            Input::Stream { name, .. } => name.clone(),
        }
    }
}

/// How the bytes were packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip, one member or several.
    Gzip,
    /// Zstandard.
    Zstd,
}

impl Compression {
    /// `none`, `gzip` or `zstd`.
    pub fn name(self) -> &'static str {
        match self {
            Compression::None => "none",
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
        }
    }
}

/// What is known about the raw bytes so far, shared with the reader that consumes them.
#[derive(Default)]
pub(super) struct Meter {
    n_bytes: AtomicU64,
    sha256: OnceLock<[u8; 32]>,
}

impl Meter {
    pub(super) fn n_bytes(&self) -> u64 {
        self.n_bytes.load(Ordering::Relaxed)
    }

    pub(super) fn set(&self, n_bytes: u64) {
        self.n_bytes.store(n_bytes, Ordering::Relaxed);
    }

    pub(super) fn sha256(&self) -> Option<[u8; 32]> {
        self.sha256.get().copied()
    }
}

/// Counts and hashes what passes.
pub(super) struct Metered<R> {
    reader: R,
    hasher: Option<Sha256>,
    meter: Arc<Meter>,
}

impl<R: Read> Metered<R> {
    pub(super) fn new(reader: R, meter: Arc<Meter>) -> Metered<R> {
        Metered { reader, hasher: Some(Sha256::new()), meter }
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n_bytes = self.reader.read(buffer)?;
        if n_bytes > 0 {
            if let Some(hasher) = &mut self.hasher {
                hasher.update(buffer.get(..n_bytes).unwrap_or_default());
            }
            self.meter.n_bytes.fetch_add(n_bytes as u64, Ordering::Relaxed);
        } else if !buffer.is_empty()
            && let Some(hasher) = self.hasher.take()
        {
            let _ = self.meter.sha256.set(hasher.finalize().into());
        }
        Ok(n_bytes)
    }
}

/// Puts bytes that were read ahead back in front.
pub(super) fn rejoin(head: Vec<u8>, rest: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
    Box::new(Cursor::new(head).chain(rest))
}

/// Reads up to `n_bytes`.
pub(super) fn read_head(reader: &mut dyn Read, n_bytes: usize) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    reader.take(n_bytes as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// Which packing the first bytes announce.
pub(super) fn compression(head: &[u8]) -> Compression {
    match head {
        [0x1F, 0x8B, ..] => Compression::Gzip,
        [0x28, 0xB5, 0x2F, 0xFD, ..] => Compression::Zstd,
        // A skippable frame, as some tools put first.
        [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => Compression::Zstd,
        _ => Compression::None,
    }
}

/// Unpacks a stream whose raw bytes `meter` counts.
pub(super) fn unpack(
    compression: Compression,
    packed: Box<dyn Read + Send>,
    meter: &Arc<Meter>,
) -> io::Result<Box<dyn Read + Send>> {
    let reader: Box<dyn Read + Send> = match compression {
        Compression::None => return Ok(packed),
        Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(
            io::BufReader::with_capacity(1 << 16, packed),
        )),
        Compression::Zstd => Box::new(zstd::stream::read::Decoder::new(packed)?),
    };
    Ok(Box::new(BombGuard { reader, meter: Arc::clone(meter), n_inflated: 0 }))
}

/// Refuses a stream that inflates beyond reason.
struct BombGuard {
    reader: Box<dyn Read + Send>,
    meter: Arc<Meter>,
    n_inflated: u64,
}

impl Read for BombGuard {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n_bytes = self.reader.read(buffer)?;
        self.n_inflated += n_bytes as u64;
        let allowed = self.meter.n_bytes().saturating_mul(MAX_INFLATE_RATIO);
        if self.n_inflated > INFLATED_FREE_BYTES.max(allowed) {
            return Err(io::Error::other(Bomb { n_inflated: self.n_inflated }));
        }
        Ok(n_bytes)
    }
}

/// The error of a [`BombGuard`], told apart in [`read_error`].
#[derive(Debug)]
struct Bomb {
    n_inflated: u64,
}

impl std::fmt::Display for Bomb {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "inflates to over {} bytes", self.n_inflated)
    }
}

impl std::error::Error for Bomb {}

/// A failed read as an error about the file.
pub(super) fn read_error(file: &str, error: io::Error) -> SourceError {
    let bomb = error.get_ref().and_then(|inner| inner.downcast_ref::<Bomb>());
    match bomb {
        Some(bomb) => SourceError::TooLarge {
            file: file.to_owned(),
            what: (bomb.to_string(), format!("解压后超过 {} 字节", bomb.n_inflated)).into(),
            limit: (
                format!("{MAX_INFLATE_RATIO} times its packed size"),
                format!("压缩后大小的 {MAX_INFLATE_RATIO} 倍"),
            )
                .into(),
        },
        None => SourceError::Io { file: file.to_owned(), error },
    }
}

/// Hashes a file from beginning to end.
pub(super) fn hash_file(path: &Path, meter: &Arc<Meter>) -> io::Result<()> {
    let counted = Arc::new(Meter::default());
    let mut reader = Metered::new(File::open(path)?, Arc::clone(&counted));
    let mut buffer = vec![0; 1 << 16];
    while reader.read(&mut buffer)? > 0 {}
    if let Some(digest) = counted.sha256() {
        let _ = meter.sha256.set(digest);
    }
    Ok(())
}

/// Copies a stream to a nameless temporary file, for formats that are read from their end.
pub(super) fn spool(reader: &mut dyn Read) -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    io::copy(reader, &mut file)?;
    Ok(file)
}
