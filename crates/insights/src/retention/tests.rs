//! Tests of the retention insight: published numbers, small worlds written as text, laws that hold
//! for any question, and an oracle that is asked the same.

mod check;
mod laws;
mod matrix;
mod oracle;
mod published;
mod questions;
mod small;
