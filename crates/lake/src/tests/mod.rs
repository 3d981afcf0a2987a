//! The lake as its callers see it, on small inputs typed in the tests.

mod crash;
mod damage;
mod duplicates;
mod harness;
mod import;
mod known;
mod maintenance;
mod random;
mod scores;
