//! Statements of answers, run on the real DuckDB and compared with the answers.
//!
//! It needs a Python with `duckdb`, and for a lake its `ducklake` and `sqlite_scanner` extensions,
//! named by `PERENNIAL_ATTACH_PYTHON` or made at `.venv/attach` in the workspace.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const SCRIPT: &str = include_str!("explained.py");

/// A Python with DuckDB, where there is one.
pub fn python() -> Option<PathBuf> {
    let named = std::env::var_os("PERENNIAL_ATTACH_PYTHON").map(PathBuf::from);
    let made = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/attach/bin/python");
    named.or(Some(made)).filter(|python| python.exists())
}

/// What DuckDB says of the cases, a JSON text as the script describes it: a line per difference, then
/// how much was compared.
///
/// # Panics
/// When Python fails.
#[expect(clippy::expect_used, reason = "a test that cannot be set up has failed")]
pub fn compared(python: &Path, cases: &str) -> String {
    let mut command = Command::new(python);
    command
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("Python starts");
    let mut input = child.stdin.take().expect("a pipe");
    let cases = cases.to_owned();
    let writer = std::thread::spawn(move || drop(input.write_all(cases.as_bytes())));
    let out = child.wait_with_output().expect("Python ends");
    drop(writer.join());
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).trim().to_owned()
}
