//! The lake: every event of every customer, in sorted files that lose nothing and show nothing
//! that was not published as a whole.
//!
//! A [`Lake`] is a data folder and its operational database. [`Lake::ingest`] publishes an input
//! file, [`Lake::snapshot`] gives the engine one fixed view of all rows, as sorted runs of
//! customers. Each file belongs to one bucket of customers and is sorted by customer, instant and
//! sequence; the public DuckLake tables in the operational database say which files there are, so
//! DuckDB reads the same lake.
//!
//! This crate is a fence: it knows Parquet and files, but no insight, no HTTP, no SQL.

#![cfg_attr(test, expect(clippy::print_stdout, reason = "tests say what they skip"))]

mod accept;
mod body;
mod checksum;
mod compact;
mod dedupe;
mod doctor;
mod durable;
mod error;
mod failpoint;
mod folder;
mod identity;
mod ingest;
mod lake;
mod layout;
mod message_id;
mod names;
mod order;
mod pending;
mod pin;
mod publish;
mod read;
mod refunds;
mod rows_of;
mod scan;
mod scores;
mod sorted;
pub mod source;
mod spill;
mod stager;
mod staging;
mod stats;
mod sweep;
mod undo;
mod write;

pub use accept::Flushed;
pub use compact::{Compacted, DUE_FILES, MAX_FILES};
pub use doctor::{Checkup, Finding};
pub use error::{LakeError, Result};
pub use failpoint::{FailPoints, STEPS};
pub use folder::{DATABASE, EVENTS, Folder, Holder, LOCK, SCORES, TMP, holder};
pub use ingest::{CUSTOMERS, ImportRequest, Imported, MEMORY_BYTES, Step, Watch};
pub use lake::{Access, Lake};
pub use layout::bucket_of;
pub use refunds::REFUND_OF;
pub use scan::LakeSource;
pub use scores::{DayValues, Scored};
pub use sweep::{GRACE_MICROS, Swept};
pub use undo::Undone;

#[cfg(test)]
mod tests;
