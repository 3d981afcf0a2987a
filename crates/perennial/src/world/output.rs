//! Files of a world: written under temporary names, published together.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use tempfile::NamedTempFile;

use crate::exit::usage;

/// Everything a world may leave in its folder.
const NAMES: [&str; 6] =
    ["events.csv", "events.jsonl", "events.parquet", "orders.csv", "identities.csv", "truth.json"];

/// A folder that gets all files of a world or none.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    files: Vec<(&'static str, NamedTempFile)>,
}

impl Folder {
    /// Makes the folder, and refuses one that holds a world unless it may be replaced.
    pub(super) fn prepare(path: PathBuf, may_replace: bool) -> anyhow::Result<Folder> {
        let shown = path.display();
        fs::create_dir_all(&path).with_context(|| format!("cannot make the folder `{shown}`"))?;
        let existing = NAMES.into_iter().find(|name| path.join(name).exists());
        if let Some(name) = existing.filter(|_| !may_replace) {
            return Err(usage(
                format!("`{shown}` already holds `{name}`"),
                "choose another `--out`, or replace it with `--force`",
            ));
        }
        Ok(Folder { path, files: Vec::new() })
    }

    /// Opens a file that will have that name; dropped before [`Folder::publish`], it vanishes.
    pub(super) fn file(&mut self, name: &'static str) -> anyhow::Result<impl Write + Send + use<>> {
        let failed = || format!("cannot write `{}`", self.path.join(name).display());
        let file = temporary(&self.path).with_context(failed)?;
        let writer = file.reopen().with_context(failed)?;
        self.files.push((name, file));
        Ok(BufWriter::with_capacity(1 << 20, writer))
    }

    /// Gives the files their names, removes events of an earlier world in another format, and
    /// tells the folder.
    pub(super) fn publish(self) -> anyhow::Result<PathBuf> {
        let written: Vec<&str> = self.files.iter().map(|(name, _)| *name).collect();
        for (name, file) in self.files {
            let path = self.path.join(name);
            let failed = || format!("cannot write `{}`", path.display());
            file.as_file().sync_all().with_context(failed)?;
            file.persist(&path).with_context(failed)?;
        }
        for stale in NAMES.into_iter().filter(|name| !written.contains(name)) {
            let path = self.path.join(stale);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    let shown = path.display();
                    return Err(error)
                        .with_context(|| format!("cannot remove the stale `{shown}`"));
                }
                _ => {}
            }
        }
        Ok(self.path)
    }
}

/// A temporary file as readable as any other, where a private one would stay private under its
/// final name.
fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".world-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}
