//! What every file must be: short enough to read, opened by a sentence, finished, and silent about
//! anything but the product.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::root;

/// Most lines of a source file; tests apart.
const MAX_LINES: usize = 600;

/// The files git tracks, or would.
fn files() -> Vec<PathBuf> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .unwrap();
    let listed = String::from_utf8(output.stdout).unwrap();
    listed.lines().map(|name| root().join(name)).filter(|path| path.is_file()).collect()
}

fn text(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.extension().and_then(|end| end.to_str()).is_some_and(|end| extensions.contains(&end))
}

fn is_test(path: &Path) -> bool {
    let name = path.to_string_lossy();
    ["/tests/", "/tests.rs", "_tests.rs", ".test.ts", ".test.tsx", "/e2e/", "api/schema.ts"]
        .iter()
        .any(|part| name.contains(part))
}

#[test]
fn no_source_file_is_longer_than_can_be_read_at_once() {
    let long: Vec<String> = files()
        .into_iter()
        .filter(|path| has_extension(path, &["rs", "ts", "tsx", "py"]) && !is_test(path))
        .filter_map(|path| Some((text(&path)?.lines().count(), path)))
        .filter(|(n_lines, _)| *n_lines > MAX_LINES)
        .map(|(n_lines, path)| format!("{}: {n_lines}", path.display()))
        .collect();
    assert!(long.is_empty(), "split by what they are about: {long:#?}");
}

#[test]
fn every_refusal_is_said_in_chinese_too() {
    let (made, said) = (concat!("Refusal::", "new("), ".in_chinese(");
    let mut n_refusals = 0;
    for path in files().iter().filter(|path| has_extension(path, &["rs"]) && !is_test(path)) {
        let code = text(path).unwrap_or_default();
        for (at, _) in code.match_indices(made) {
            n_refusals += 1;
            // The statement ends at the first line that closes it at its own depth.
            let statement = code.get(at..).unwrap_or_default();
            let end = statement.find(";\n").or_else(|| statement.find("\n}\n"));
            let statement = statement.get(..end.unwrap_or(statement.len())).unwrap_or_default();
            let line = code.get(..at).unwrap_or_default().lines().count();
            assert!(
                statement.contains(said),
                "{}:{line}: add `.in_chinese(reason, hint)`",
                path.display()
            );
        }
    }
    assert!(n_refusals > 5, "{n_refusals}");
}

#[test]
fn every_rust_module_opens_with_a_sentence() {
    let silent: Vec<PathBuf> = files()
        .into_iter()
        .filter(|path| has_extension(path, &["rs"]) && !is_test(path))
        .filter(|path| {
            let opening = text(path).unwrap_or_default();
            let sentence = opening.lines().find(|line| line.starts_with("//!"));
            sentence.is_none_or(|line| line.len() < 20)
        })
        .collect();
    assert!(silent.is_empty(), "say what the module claims in `//!`: {silent:#?}");
}

#[test]
fn nothing_is_left_unfinished() {
    let marks = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("to", "do!("),
        concat!("unimplement", "ed!("),
    ];
    let unfinished: Vec<String> = files()
        .into_iter()
        .filter(|path| has_extension(path, &["rs", "ts", "tsx", "mjs", "sh"]))
        .filter_map(|path| Some((text(&path)?, path)))
        .filter(|(text, _)| marks.iter().any(|mark| text.contains(mark)))
        .map(|(_, path)| path.display().to_string())
        .collect();
    assert!(unfinished.is_empty(), "{unfinished:#?}");
}

#[test]
fn lock_files_hold_no_address_of_a_mirror() {
    let npm = text(&root().join("ui/package-lock.json")).unwrap();
    assert!(!npm.contains("\"resolved\""), "set `omit-lockfile-registry-resolved` and lock again");
    let cargo = text(&root().join("Cargo.lock")).unwrap();
    let sources = cargo.lines().filter(|line| line.starts_with("source = "));
    for source in sources {
        assert_eq!(source, "source = \"registry+https://github.com/rust-lang/crates.io-index\"");
    }
}

#[test]
fn no_path_of_a_machine_stands_in_the_tree() {
    let marks = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];
    let found: Vec<String> = files()
        .into_iter()
        .filter(|path| !path.ends_with("package-lock.json"))
        .filter_map(|path| Some((text(&path)?, path)))
        .filter(|(text, _)| marks.iter().any(|mark| text.contains(mark)))
        .map(|(_, path)| path.display().to_string())
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn no_whitespace_trails() {
    let trailing: Vec<String> = files()
        .into_iter()
        .filter(|path| has_extension(path, &["rs", "toml", "ts", "tsx", "sh"]))
        .filter_map(|path| Some((text(&path)?, path)))
        .filter(|(text, _)| text.lines().any(|line| line.ends_with([' ', '\t'])))
        .map(|(_, path)| path.display().to_string())
        .collect();
    assert!(trailing.is_empty(), "{trailing:#?}");
}
