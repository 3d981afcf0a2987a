//! The engine over worlds of the testkit.

mod merge;
mod shared_scan;
