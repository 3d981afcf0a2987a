//! The data folder: where things lie, and who may write.
//!
//! `perennial.db` is the operational database, `lake/main/events/` the files of the event table,
//! `lake/main/customer_day/` those of the scores,
//! `tmp/` what an import spills, `perennial.lock` the writer's lock. The lock is the kernel's
//! (`flock`), so it goes with its process however that ends; the text inside only says who holds
//! it. Readers need no lock.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use crate::error::{LakeError, Result};

/// Name of the operational database inside the data folder.
pub const DATABASE: &str = "perennial.db";
/// Name of the lock file.
pub const LOCK: &str = "perennial.lock";
/// Name of the file that says whose data the folder holds.
pub(crate) const WORKSPACE: &str = "workspace.id";
/// Folder of the event table; the `ducklake_*` tables say the same.
pub const EVENTS: &str = "lake/main/events";
/// Folder of the table `customer_day`, made with its first file.
pub const SCORES: &str = "lake/main/customer_day";
/// Folder of what an import spills.
pub const TMP: &str = "tmp";

/// A data folder.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The data folder at `root`, which need not exist.
    pub fn new(root: &Path) -> Folder {
        Folder { root: root.to_owned() }
    }

    /// Makes the folder and what belongs into it; refuses network file systems.
    pub fn create(&self) -> Result<()> {
        for folder in [self.root.clone(), self.events(), self.tmp()] {
            fs::create_dir_all(&folder).map_err(LakeError::io("create", &folder))?;
        }
        refuse_network(&self.root)
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The default place of the operational database.
    pub fn database(&self) -> PathBuf {
        self.root.join(DATABASE)
    }

    /// Folder of the event table.
    pub fn events(&self) -> PathBuf {
        self.root.join(EVENTS)
    }

    /// Folder of the table `customer_day`.
    pub fn scores(&self) -> PathBuf {
        self.root.join(SCORES)
    }

    /// Folder of what an import spills.
    pub fn tmp(&self) -> PathBuf {
        self.root.join(TMP)
    }
}

impl Folder {
    /// Binds the folder to a workspace, or refuses one it is not bound to. Orphans are deleted, so
    /// a folder must never meet a catalog that is not its own. `is_new` says that the catalog has
    /// never had a file.
    pub(crate) fn bind(&self, workspace: &str, is_new: bool) -> Result<()> {
        let path = self.root.join(WORKSPACE);
        let other = |other: String| LakeError::OtherWorkspace { folder: self.root.clone(), other };
        match fs::read_to_string(&path) {
            Ok(bound) if bound.trim() == workspace => return Ok(()),
            Ok(bound) => return Err(other(bound.trim().to_owned())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(LakeError::io("read", &path)(error)),
        }
        let events = self.events();
        let mut found = fs::read_dir(&events).map_err(LakeError::io("list", &events))?;
        if is_new && found.next().is_some() {
            return Err(other("an unknown one".to_owned()));
        }
        let mut file = File::create(&path).map_err(LakeError::io("create", &path))?;
        let written = file.write_all(workspace.as_bytes()).and_then(|()| file.sync_all());
        written.map_err(LakeError::io("write", &path))?;
        sync_folder(&self.root)
    }

    /// Removes what interrupted imports have spilled.
    pub(crate) fn clear_tmp(&self) -> Result<()> {
        let tmp = self.tmp();
        for entry in fs::read_dir(&tmp).map_err(LakeError::io("list", &tmp))? {
            let path = entry.map_err(LakeError::io("list", &tmp))?.path();
            let removed =
                if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            removed.map_err(LakeError::io("delete", &path))?;
        }
        Ok(())
    }
}

/// Makes a file's name durable.
pub(crate) fn sync_folder(path: &Path) -> Result<()> {
    File::open(path).and_then(|folder| folder.sync_all()).map_err(LakeError::io("sync", path))
}

/// Who holds the writer's lock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Holder {
    /// Its process.
    pub pid: u32,
    /// What it does: `serve`, `import` …
    pub role: String,
    /// Where it takes jobs, if it is a server: `127.0.0.1:8080`.
    pub address: Option<String>,
}

impl fmt::Display for Holder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.pid, self.role.as_str()) {
            (0, _) => write!(out, "another process"),
            (pid, role) => write!(out, "`perennial {role}`, process {pid}"),
        }?;
        self.address.as_ref().map_or(Ok(()), |address| write!(out, " at {address}"))
    }
}

/// The writer's lock, held until it is dropped.
#[derive(Debug)]
pub(crate) struct WriterLock {
    file: Mutex<(File, Holder)>,
    path: PathBuf,
}

impl WriterLock {
    /// Takes the lock of a folder, or says who has it.
    pub(crate) fn take(folder: &Folder, role: &str) -> Result<WriterLock> {
        let path = folder.root().join(LOCK);
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = file.map_err(LakeError::io("open", &path))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => {
                let holder = read_holder(&mut file);
                return Err(LakeError::Locked { folder: folder.root().to_owned(), holder });
            }
            Err(error) => return Err(LakeError::io("lock", &path)(error.into())),
        }
        let holder = Holder { pid: std::process::id(), role: role.to_owned(), address: None };
        let lock = WriterLock { file: Mutex::new((file, holder)), path };
        lock.announce(None)?;
        Ok(lock)
    }

    /// Writes into the lock file where this process takes jobs.
    pub(crate) fn announce(&self, address: Option<String>) -> Result<()> {
        let mut guard = self.file.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let (file, holder) = &mut *guard;
        holder.address = address;
        let text = serde_json::to_vec(holder).unwrap_or_default();
        let written = file
            .set_len(0)
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .and_then(|_| file.write_all(&text));
        written.map_err(LakeError::io("write", &self.path))
    }
}

/// Who holds the writer's lock of a folder; `None` when nobody does.
pub fn holder(folder: &Folder) -> Result<Option<Holder>> {
    let path = folder.root().join(LOCK);
    let mut file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(LakeError::io("open", &path)(error)),
    };
    match flock(&file, FlockOperation::NonBlockingLockShared) {
        Ok(()) => Ok(None),
        Err(Errno::WOULDBLOCK) => Ok(Some(read_holder(&mut file))),
        Err(error) => Err(LakeError::io("lock", &path)(error.into())),
    }
}

fn read_holder(file: &mut File) -> Holder {
    let mut text = String::new();
    // Half-written text only costs the name of the holder, so it is no error.
    let _ = file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_string(&mut text));
    serde_json::from_str(&text).unwrap_or_default()
}

#[cfg(target_os = "linux")]
fn refuse_network(root: &Path) -> Result<()> {
    let stat =
        rustix::fs::statfs(root).map_err(|error| LakeError::io("look at", root)(error.into()))?;
    // Magic numbers of statfs(2). User-space file systems may well be local and are let through.
    let kind = match stat.f_type as u32 {
        0x6969 => "NFS",
        0x517B | 0xFF53_4D42 | 0xFE53_4D42 => "SMB",
        0x5346_414F => "AFS",
        0x0BD0_0BD0 => "Lustre",
        _ => return Ok(()),
    };
    Err(LakeError::Network { folder: root.to_owned(), kind })
}

#[cfg(not(target_os = "linux"))]
fn refuse_network(_root: &Path) -> Result<()> {
    Ok(())
}
