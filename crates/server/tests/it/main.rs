//! The service from outside: over HTTP, on a lake of a few orders.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends at the first thing that is not as expected"
)]

mod dashboards;
mod edges;
mod exports;
mod harness;
mod uploads;
