//! Public data that tests compare with: beside the workspace, or where `PERENNIAL_SHARED` says.

use std::fs::File;
use std::path::PathBuf;

/// Where a file of the shared data is, or a visible word that it is not there.
pub(crate) fn shared_path(name: &str) -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let folder =
        std::env::var_os("PERENNIAL_SHARED").map_or_else(|| PathBuf::from(beside), PathBuf::from);
    let path = folder.join("data").join(name);
    if path.is_file() {
        return Some(path);
    }
    println!("skipped: `{}` is not there (PERENNIAL_SHARED)", path.display());
    None
}

/// A table of the shared data.
pub(crate) fn shared(name: &str) -> Option<csv::Reader<File>> {
    Some(csv::Reader::from_path(shared_path(name)?).unwrap())
}
