//! Survival: how long customers stay, when the still-here count as not yet gone.
//!
//! Answers "how long does a customer stay, which groups stay longer, and what goes with staying?"
//! without the error of counting those who are still here as if they had left today: they are
//! censored, known to have stayed at least so long.
//!
//! | folder | question | paper |
//! |---|---|---|
//! | [`kaplan_meier`] | the share still here after t | Kaplan, Meier (1958) |
//! | [`nelson_aalen`] | the hazard gathered by t | Nelson (1972), Aalen (1978) |
//! | [`log_rank`] | do groups differ, early, late or throughout | Mantel (1966) and weights |
//! | [`cox`] | what goes with leaving sooner, other things equal | Cox (1972), Efron (1977) |
//! | [`weibull`] | the same as a stretch of time, and beyond the data | Kalbfleisch, Prentice (2002) |
//! | [`power`] | how many customers a comparison needs | Freedman (1982), Schoenfeld (1983) |
//!
//! ```
//! use perennial_models::survival::{Observations, kaplan_meier};
//! let months = [1.0, 2.0, 2.0, 3.0, 5.0];
//! let has_left = [true, true, false, true, false];
//! let curve = kaplan_meier::fit(&Observations::new(&months, &has_left), 0.95)?;
//! assert_eq!(curve.survival_at(1.0), Some(0.8));
//! assert_eq!(curve.median(), Some(3.0));
//! assert_eq!(curve.survival_at(6.0), None); // nobody was watched for so long
//! # Ok::<(), perennial_models::survival::SurvivalError>(())
//! ```

pub mod concordance;
mod covariates;
pub mod cox;
mod error;
pub mod kaplan_meier;
pub mod log_rank;
pub mod nelson_aalen;
mod observations;
pub mod power;
mod table;
pub mod weibull;

pub use covariates::Covariates;
pub use error::SurvivalError;
pub use observations::Observations;
pub use table::{EventTable, EventTime};

#[cfg(test)]
mod tests;
