//! The lake as its callers see it, on small inputs typed in the tests.

mod harness;
mod import;
