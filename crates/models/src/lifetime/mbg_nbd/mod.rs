//! MBG/NBD: as BG/NBD, but a customer may also leave right after the first purchase.
//!
//! Answers the question BG/NBD cannot ask: how many of those who bought once are gone. There every
//! one-time buyer is alive for ever; here the coin of leaving is tossed at the first purchase too:
//! L = Γ(r+x) αʳ / Γ(r) · [ B(a, b+x+1) / B(a, b) · (α+T)^−(r+x)
//!   + B(a+1, b+x) / B(a, b) · (α+t_x)^−(r+x) ].
//!
//! *What the parameters mean*: as in [`super::bg_nbd`].
//!
//! Source: E. P. Batislam, M. Denizel, A. Filiztekin (2007), Empirical validation and comparison of
//! models for customer base analysis, International Journal of Research in Marketing 24, 201–209
//! (likelihood eq. 4); in the same form D. Hoppe, U. Wagner (2007), Marketing JRM 29, 75–90.

use serde::{Deserialize, Serialize};

use super::fit::Fitted;
use super::geometric::{Geometric, GeometricModel};
use super::history::Rows;
use super::{History, LifetimeError, bg_nbd};

/// The model and its four parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MbgNbd {
    /// Shape of the purchase rates.
    pub r: f64,
    /// Rate of the purchase rates, in units of time.
    pub alpha: f64,
    /// First parameter of leaving.
    pub a: f64,
    /// Second parameter of leaving.
    pub b: f64,
}

/// Fits the four parameters by maximum likelihood.
///
/// # Errors
/// Those of [`bg_nbd::fit`].
pub fn fit(histories: &[History]) -> Result<Fitted<MbgNbd>, LifetimeError> {
    let rows = Rows::new(histories)?;
    let ([r, alpha, a, b], fit) = bg_nbd::search(&rows, 1.0)?;
    Ok(Fitted { model: MbgNbd { r, alpha, a, b }, fit })
}

impl GeometricModel for MbgNbd {
    const NAME: &str = "mbg_nbd";

    fn of([r, alpha, a, b]: [f64; 4]) -> MbgNbd {
        MbgNbd { r, alpha, a, b }
    }

    fn core(&self) -> Geometric {
        Geometric { r: self.r, alpha: self.alpha, a: self.a, b: self.b, first_coins: 1.0 }
    }
}

#[cfg(test)]
mod tests;
