//! A file is complete and durable before anybody hears of it, whatever table it belongs to.
//!
//! It is written under a temporary name beside its place, hashed and summed on the way, synced,
//! renamed, and its folder synced. Only a commit makes it part of the lake; until then it is an
//! orphan the sweep may take, unless it is listed as being written.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};

use crate::checksum::BlockSummer;
use crate::error::{LakeError, Result};
use crate::failpoint::FailPoints;
use crate::folder::sync_folder;

/// End of a temporary name.
pub(crate) const TEMPORARY: &str = ".tmp";

/// Begins files, and knows which are not committed yet.
#[derive(Clone, Debug)]
pub(crate) struct Drafts {
    in_flight: Arc<Mutex<HashSet<String>>>,
    failures: Arc<FailPoints>,
}

impl Drafts {
    pub(crate) fn new(failures: Arc<FailPoints>) -> Drafts {
        Drafts { in_flight: Arc::default(), failures }
    }

    /// Begins the file at `path`, relative to the folder of its table.
    pub(crate) fn begin(&self, table: &Path, path: &str) -> Result<(Draft, Tee)> {
        self.failures.hit("file_create")?;
        let final_path = table.join(path);
        let folder = final_path.parent().unwrap_or(table).to_owned();
        if !folder.is_dir() {
            fs::create_dir_all(&folder).map_err(LakeError::io("create", &folder))?;
            // The table's own folder may be as new as the one in it.
            sync_folder(table)?;
            table.parent().map_or(Ok(()), sync_folder)?;
        }
        let temporary = final_path.with_extension(&TEMPORARY[1..]);
        let claim = Claim::new(path, &self.in_flight);
        let file = File::create_new(&temporary).map_err(LakeError::io("create", &temporary))?;
        let failures = self.failures.clone();
        let temporary = Scrap { path: temporary, is_scrap: true, failures: failures.clone() };
        Ok((Draft { final_path, folder, temporary, claim, failures }, Tee::new(file)))
    }

    /// Paths of files that are written or not committed yet.
    pub(crate) fn in_flight(&self) -> HashSet<String> {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A path the sweep must leave alone for as long as this lives.
#[derive(Debug)]
struct Claim {
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

/// A file being written.
#[derive(Debug)]
pub(crate) struct Draft {
    final_path: PathBuf,
    folder: PathBuf,
    temporary: Scrap,
    claim: Claim,
    failures: Arc<FailPoints>,
}

impl Draft {
    /// Fails if a test asked for it.
    pub(crate) fn hit(&self, step: &'static str) -> Result<()> {
        self.failures.hit(step)
    }

    /// Makes what was written durable under its final name.
    pub(crate) fn seal(mut self, tee: &mut Tee) -> Result<(Sealed, Placed)> {
        self.failures.hit("file_sync")?;
        tee.file.sync_all().map_err(LakeError::io("sync", &self.temporary.path))?;
        self.failures.hit("file_rename")?;
        let temporary = &self.temporary.path;
        fs::rename(temporary, &self.final_path).map_err(LakeError::io("rename", temporary))?;
        self.temporary.is_scrap = false;
        self.failures.hit("folder_sync")?;
        sync_folder(&self.folder)?;
        let scrap = Scrap { path: self.final_path, is_scrap: true, failures: self.failures };
        Ok((tee.sealed(), Placed { scrap, _claim: self.claim }))
    }
}

/// What a finished file is.
#[derive(Debug)]
pub(crate) struct Sealed {
    pub(crate) n_bytes: i64,
    /// Size of the Parquet footer's metadata, without its length and magic.
    pub(crate) footer_size: i64,
    pub(crate) sha256: String,
    /// Sums of its blocks, encoded.
    pub(crate) checksums: Vec<u8>,
}

/// A file that is durable under its final name but not committed. Dropping it removes the file
/// unless it was told to [`Placed::keep`] it.
#[derive(Debug)]
pub(crate) struct Placed {
    scrap: Scrap,
    _claim: Claim,
}

impl Placed {
    /// Leaves the file where it is: it is committed, or may be.
    pub(crate) fn keep(&mut self) {
        self.scrap.is_scrap = false;
    }

    /// Removes the file after all: it is certain that it was not committed.
    pub(crate) fn discard(&mut self) {
        self.scrap.is_scrap = true;
    }
}

/// A file that is hashed and summed while it is written.
pub(crate) struct Tee {
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

    fn sealed(&mut self) -> Sealed {
        let [a, b, c, d, _, _, _, _] = self.tail;
        Sealed {
            n_bytes: self.n_bytes as i64,
            footer_size: i64::from(u32::from_le_bytes([a, b, c, d])),
            sha256: hex(&std::mem::take(&mut self.sha256).finalize()),
            checksums: std::mem::take(&mut self.blocks).finish().encode(),
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
