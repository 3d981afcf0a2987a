//! Lifetime value: who is still a customer, how often each will buy, and what that is worth.
//!
//! Answers "of these customers, who is gone, what will each buy in the next 39 weeks, and how much
//! is that worth today?" from three numbers per customer ([`History`]) and the mean of their orders.
//!
//! | folder | customers | paper |
//! |---|---|---|
//! | [`bg_nbd`] | may leave right after a purchase | Fader, Hardie, Lee (2005) |
//! | [`mbg_nbd`] | may leave right after any purchase, the first included | Batislam et al. (2007) |
//! | [`pareto_nbd`] | may leave at any time | Schmittlein, Morrison, Colombo (1987) |
//! | [`nbd`] | never leave | Ehrenberg (1959) |
//! | [`rate`] | carry on at their own past rate: the baseline | – |
//! | [`bg_bb`] | buy or not in each of n periods | Fader, Hardie, Shang (2010) |
//! | [`sbg`] | hold a contract and renew it or not | Fader, Hardie (2007) |
//! | [`gamma_gamma`] | spend more or less per order | Fader, Hardie (2013) |
//!
//! ```
//! use perennial_models::lifetime::{History, PurchaseModel, bg_nbd::BgNbd};
//! let model = BgNbd { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
//! let customer = History { n_repeats: 2, last_repeat: 30.43, age: 38.86 };
//! assert!((model.expected(&customer, 39.0)? - 1.226).abs() < 0.001);
//! # Ok::<(), perennial_models::lifetime::LifetimeError>(())
//! ```
//!
//! How a retention curve goes on whatever its shape: [`curves`].
//!
//! A fit says what its data do not show ([`Finding`]), a model proves itself on a held-out period
//! beside the plain rate ([`backtest`]), and money comes with margin, costs and discount
//! ([`value`]), for many customers at once in [`portfolio`].

pub mod amounts;
pub mod backtest;
pub mod bg_bb;
pub mod bg_nbd;
pub mod curves;
mod error;
mod fit;
pub mod forecast;
pub mod gamma_gamma;
mod geometric;
mod history;
pub mod mbg_nbd;
mod model;
pub mod nbd;
pub mod pareto_nbd;
pub mod portfolio;
pub mod rate;
pub mod sbg;
pub mod value;

pub use error::LifetimeError;
pub use fit::{Estimate, Finding, Fit, Fitted};
pub use history::History;
pub use model::{Interval, PurchaseModel, quantile_interval};

#[cfg(test)]
mod online_retail_tests;
#[cfg(test)]
mod tests;
