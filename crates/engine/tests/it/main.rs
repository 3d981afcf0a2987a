//! The engine over worlds of the testkit.

mod kept;
mod merge;
mod shared_scan;
