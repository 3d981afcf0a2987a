//! Tests of the retention insight: published numbers, small worlds written as text, and an oracle.

mod check;
mod published;
