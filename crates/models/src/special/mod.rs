//! Special functions: the gamma and beta family, the hypergeometric function and quadrature.
//!
//! Answers what the likelihoods of [`crate::lifetime`] and [`crate::survival`] ask of mathematics.
//! Everything is a plain function of numbers; where a value does not exist or cannot be reached in
//! double precision the answer is NaN or `None`, and the callers turn that into a refusal.
//!
//! Sources: M. Abramowitz and I. A. Stegun, Handbook of Mathematical Functions (1964), cited as
//! A&S; the tests compare with values computed to 30 digits.

mod gamma;
mod hypergeometric;
mod normal;
mod quadrature;

pub use gamma::{digamma, ln_beta, ln_choose, ln_gamma, ln_rising, log_sum_exp};
pub use hypergeometric::hyp2f1;
pub use normal::{chi_squared_upper, normal_cdf, normal_quantile, two_sided_p};
pub use quadrature::{integrate, integrate_all, integrate_log};

#[cfg(test)]
mod tests;
