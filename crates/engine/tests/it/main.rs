//! The engine over worlds of the testkit.

#![expect(clippy::expect_used, reason = "a test ends at the first thing that is not as expected")]

mod kept;
mod merge;
mod shared_scan;
