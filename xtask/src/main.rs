//! Chores of the repository. The rules it keeps are its tests: `cargo test -p xtask`.
#![expect(clippy::print_stdout, reason = "a chore tells what it does")]

fn main() {
    println!("the rules of this repository are tests: `cargo test -p xtask`");
}
