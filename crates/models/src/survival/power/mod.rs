//! How many customers a comparison of leaving needs, and how likely it is to see a difference.
//!
//! Answers, before an experiment, whether it can answer at all. With hazard ratio θ, k treated per
//! control and m expected events, the power of the two-sided test at α is
//! Φ( √(k m) |θ − 1| / (kθ + 1) − z(1 − α/2) ).
//!
//! Sources: L. S. Freedman (1982), Tables of the number of patients required in clinical trials
//! using the logrank test, Statistics in Medicine 1, 121–129; D. A. Schoenfeld (1983), Biometrics
//! 39, 499–503; the form is that of R's powerSurvEpi (`powerCT`, `ssizeCT`).

use serde::{Deserialize, Serialize};

use super::SurvivalError;
use crate::special::{normal_cdf, normal_quantile};

/// What is supposed of the two groups.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Supposed {
    /// Share of the treated that leaves within the time watched.
    pub leaving_treated: f64,
    /// Share of the controls that does.
    pub leaving_control: f64,
    /// Hazard of the treated over that of the controls.
    pub hazard_ratio: f64,
    /// Two-sided error of the first kind.
    pub alpha: f64,
}

impl Supposed {
    fn check(&self) -> Result<(), SurvivalError> {
        let share = |name, value: f64| match value > 0.0 && value <= 1.0 {
            true => Ok(()),
            false => Err(bad(name, value, "is not a share above 0")),
        };
        share("share of the treated that leaves", self.leaving_treated)?;
        share("share of the controls that leaves", self.leaving_control)?;
        share("alpha", self.alpha)?;
        let ratio = self.hazard_ratio;
        if !(ratio.is_finite() && ratio > 0.0 && ratio != 1.0) {
            return Err(bad("hazard ratio", ratio, "is not a positive number other than 1"));
        }
        Ok(())
    }
}

fn bad(name: &'static str, value: f64, reason: &'static str) -> SurvivalError {
    SurvivalError::BadArgument { name, value, reason }
}

/// The probability to see the difference with so many treated and controls.
///
/// # Errors
/// [`SurvivalError::BadArgument`], [`SurvivalError::TooFewCustomers`].
pub fn power(n_treated: u64, n_control: u64, supposed: &Supposed) -> Result<f64, SurvivalError> {
    supposed.check()?;
    if n_treated == 0 || n_control == 0 {
        return Err(SurvivalError::TooFewCustomers { n_customers: 0, needed: 1 });
    }
    let (treated, control) = (n_treated as f64, n_control as f64);
    let n_events = treated * supposed.leaving_treated + control * supposed.leaving_control;
    let k = treated / control;
    let effect = (supposed.hazard_ratio - 1.0).abs() / (k * supposed.hazard_ratio + 1.0);
    Ok(normal_cdf((k * n_events).sqrt() * effect - normal_quantile(1.0 - 0.5 * supposed.alpha)))
}

/// Treated and controls it takes to see the difference with probability `power`, with `ratio`
/// treated per control.
///
/// # Errors
/// [`SurvivalError::BadArgument`].
pub fn sample_size(
    power: f64,
    ratio: f64,
    supposed: &Supposed,
) -> Result<(u64, u64), SurvivalError> {
    supposed.check()?;
    if !(power > 0.0 && power < 1.0) {
        return Err(bad("power", power, "is not between 0 and 1"));
    }
    if !(ratio.is_finite() && ratio > 0.0) {
        return Err(bad("ratio", ratio, "is not a positive number"));
    }
    let effect = (ratio * supposed.hazard_ratio + 1.0) / (supposed.hazard_ratio - 1.0);
    let z = normal_quantile(1.0 - 0.5 * supposed.alpha) + normal_quantile(power);
    let n_events = effect.powi(2) * z.powi(2) / ratio;
    let control = n_events / (ratio * supposed.leaving_treated + supposed.leaving_control);
    Ok(((control * ratio).ceil() as u64, control.ceil() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUPPOSED: Supposed =
        Supposed { leaving_treated: 0.8, leaving_control: 0.2, hazard_ratio: 0.139, alpha: 0.05 };

    #[test]
    fn matches_power_surv_epi_and_lifelines() {
        assert!((power(12, 12, &SUPPOSED).unwrap() - 0.744_936_952_455_5).abs() < 1e-10);
        assert_eq!(sample_size(0.8, 1.0, &SUPPOSED).unwrap(), (14, 14));
    }

    #[test]
    fn what_cannot_be_supposed_is_refused() {
        for bad in [
            Supposed { hazard_ratio: 1.0, ..SUPPOSED },
            Supposed { leaving_control: 0.0, ..SUPPOSED },
            Supposed { alpha: f64::NAN, ..SUPPOSED },
        ] {
            assert_eq!(power(12, 12, &bad).unwrap_err().code(), "bad_argument");
            assert_eq!(sample_size(0.8, 1.0, &bad).unwrap_err().code(), "bad_argument");
        }
        assert_eq!(power(0, 12, &SUPPOSED).unwrap_err().code(), "too_few_customers");
        assert_eq!(sample_size(1.0, 1.0, &SUPPOSED).unwrap_err().code(), "bad_argument");
        assert_eq!(sample_size(0.8, 0.0, &SUPPOSED).unwrap_err().code(), "bad_argument");
    }
}
