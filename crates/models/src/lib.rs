//! Models: numbers in, numbers out.
//!
//! Each model is one folder with its formula, the paper it comes from and a test against somebody
//! else's number. Nothing here knows an event, a file, a clock or a random source: seeds are
//! arguments. What cannot be computed is a typed refusal that says how to mend it, never a number.
//!
//! - Who will leave: [`forest`], [`boosting`] and [`logistic`] behind the traits of [`learn`], judged
//!   by [`metrics`], made true by [`calibration`], explained by contributions, [`importance`] and
//!   [`partial`] dependence, stored as [`learnt`], watched for [`drift`].
//! - Which of many measures say the same: [`factor`] and [`related`].
//! - When, and for how long they stay: [`survival`].
//! - What they are worth: [`lifetime`].
//! - How they stand: [`health`].
//! - What time does to a number: [`series`], and how it goes on: [`forecast`].

#![cfg_attr(test, expect(clippy::print_stdout, reason = "tests say what they skip"))]

pub mod boosting;
pub mod calibration;
pub mod drift;
mod exact;
pub mod factor;
pub mod forecast;
pub mod forest;
pub mod health;
pub mod importance;
pub mod learn;
pub mod learnt;
pub mod lifetime;
pub mod linear;
pub mod logistic;
pub mod metrics;
mod newton;
pub mod optimise;
pub mod partial;
pub mod related;
pub mod series;
mod shap;
#[cfg(test)]
mod shared;
pub mod special;
pub mod survival;
#[cfg(test)]
mod telco_tests;
mod trees;
