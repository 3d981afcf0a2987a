//! The command line from outside: the real binary on small inputs, judged by what it prints, what
//! it writes and how it exits.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test ends at the first thing that is not as expected, and says what it skips"
)]

mod asking;
mod beside;
mod damage;
mod dashboards;
mod duckdb;
mod explained;
mod formats;
mod harness;
mod importing;
mod kills;
mod models;
mod postgres;
mod printing;
mod refusing;
mod sql;
