//! Standard output may end before the command does.

use std::fs::OpenOptions;
use std::process::Stdio;

use crate::harness::World;

const LONG: [&str; 5] = [
    "sql --data shop --format json",
    "sql --data shop --format csv",
    "sql --data shop",
    "import list --data shop",
    "ask retention --data shop --question question.json",
];

/// A command that prints, and the query where it is SQL.
fn more(words: &str) -> &'static [&'static str] {
    match words.starts_with("sql") {
        true => &["select * from events"],
        false => &[],
    }
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let world = World::with_orders();
    for words in LONG {
        let mut command = world.command(words);
        command
            .args(more(words))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Nobody will ever read: the first line that is written fails.
        drop(child.stdout.take());
        let ended = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{words}: {} {said}", ended.status);
        assert_eq!(said, "", "{words}");
    }
}

#[test]
fn a_full_disk_is_one() {
    let world = World::with_orders();
    for words in LONG {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = world.command(words);
        command.args(more(words)).stdin(Stdio::null()).stdout(full).stderr(Stdio::piped());
        let ended = command.spawn().unwrap().wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(1), "{words}: {said}");
        assert!(said.contains("No space left on device"), "{words}: {said}");
    }
}
