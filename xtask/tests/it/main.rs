//! The rules of the repository, as tests: who may depend on whom, what a file must say and how
//! long it may be.

#![expect(clippy::unwrap_used, reason = "a test ends at the first thing that is not as expected")]

mod tidy;
mod walls;

use std::path::{Path, PathBuf};

/// The root of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}
