//! The words of Perennial as types: customer keys, the event table, money, the civil calendar,
//! filter expressions and the envelope of every question and answer.
//!
//! Everything else in the workspace speaks these words, so this crate depends on nothing of ours,
//! reads no file, no clock, no environment, and knows neither Arrow nor SQL.

pub mod calendar;
pub mod condition;
pub mod day;
pub mod event;
pub mod filter;
pub mod key;
pub mod money;
pub mod question;
pub mod text;
