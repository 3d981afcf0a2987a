//! Cox: what goes with leaving sooner, other things being equal, whatever the baseline.
//!
//! Answers "by what factor does one more support ticket raise the hazard of leaving?". The hazard
//! of a customer with covariates x is h₀(t) · exp(βᵀx); h₀ is not modelled. β maximises the partial
//! likelihood with Efron's treatment of ties: at a moment at which d customers D of those at risk R
//! left, ln L gains Σ_D βᵀx − Σ_{l<d} ln( Σ_R e^{βᵀx} − l/d · Σ_D e^{βᵀx} ).
//!
//! *What a coefficient means*: exp(β) is the hazard ratio of one unit more. Rows may be stretches of
//! a customer (`entries`), so covariates may change over time; strata have baselines of their own;
//! robust errors hold where customers come in clusters or the model is wrong in some way.
//!
//! Sources: D. R. Cox (1972), JRSS B 34, 187–220; B. Efron (1977), JASA 72, 557–565;
//! D. Y. Lin, L. J. Wei (1989), JASA 84, 1074–1078 (robust errors); P. M. Grambsch, T. M. Therneau
//! (1994), Biometrika 81, 515–526 ([`Cox::proportionality`]); N. Breslow (1972) (baseline). Limits:
//! association is not cause; hazards are supposed proportional, which can be tested here.

mod baseline;
mod partial;
mod residuals;

use serde::{Deserialize, Serialize};

use super::concordance::concordance;
use super::observations::{check_length, check_level};
use super::{Covariates, Observations, SurvivalError};
use crate::newton::maximise;
use crate::special::{chi_squared_upper, normal_quantile, two_sided_p};
pub use baseline::Baseline;
use partial::Prepared;
pub use residuals::{Proportionality, TimeScale};

/// What to fit besides the coefficients.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// A code per row: customers are only compared within one.
    pub strata: Option<&'a [u32]>,
    /// Errors that hold when the model does not.
    pub errors: Errors<'a>,
    /// The level of the intervals.
    pub level: f64,
}

/// Where standard errors come from.
#[derive(Clone, Copy, Debug)]
pub enum Errors<'a> {
    /// From the curvature of the likelihood.
    Model,
    /// From the scatter of the rows.
    Robust,
    /// From the scatter of clusters of rows, by a code per row: the stretches of one customer, the
    /// customers of one household.
    Clustered(&'a [u32]),
}

/// A fitted model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cox {
    /// One per column.
    pub coefficients: Vec<Coefficient>,
    /// Means of the columns: the customer the baseline is for.
    pub means: Vec<f64>,
    /// Covariance of the coefficients by the model, row-major.
    pub covariance: Vec<f64>,
    /// The partial log-likelihood.
    pub log_likelihood: f64,
    /// The same with all coefficients 0.
    pub log_likelihood_null: f64,
    /// Rows.
    pub n_rows: usize,
    /// Rows that ended with leaving.
    pub n_events: usize,
    /// The baseline of each stratum, ascending by code.
    pub baselines: Vec<Baseline>,
}

/// The effect of one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Coefficient {
    /// The column.
    pub name: String,
    /// β: the logarithm of the hazard ratio of one unit more.
    pub value: f64,
    /// Its standard error, as the settings asked.
    pub standard_error: f64,
    /// β / standard error.
    pub z: f64,
    /// P(|Z| ≥ |z|).
    pub p_value: f64,
    /// The interval of β.
    pub interval: (f64, f64),
    /// exp(β).
    pub hazard_ratio: f64,
}

impl Default for Settings<'_> {
    /// No strata, the model's own errors, 95 %.
    fn default() -> Self {
        Settings { strata: None, errors: Errors::Model, level: 0.95 }
    }
}

/// Fits the coefficients.
///
/// # Errors
/// Those of [`Observations::check`]; [`SurvivalError::BadRow`] for covariates that are not finite;
/// [`SurvivalError::Constant`], [`SurvivalError::Collinear`], [`SurvivalError::Separated`],
/// [`SurvivalError::NotSettled`]; [`SurvivalError::TooFewCustomers`] with fewer events than columns.
pub fn fit(
    observations: &Observations,
    covariates: &Covariates,
    settings: &Settings,
) -> Result<Cox, SurvivalError> {
    check_level(settings.level)?;
    let prepared = Prepared::new(observations, covariates, settings.strata)?;
    let p = prepared.standard.n_columns;
    let n_events = observations.n_events();
    if n_events < p + 1 {
        return Err(SurvivalError::TooFewCustomers { n_customers: n_events, needed: p + 1 });
    }
    let found = maximise(vec![0.0; p], |beta| prepared.partial_likelihood(beta))
        .map_err(|reason| SurvivalError::no_maximum(reason, |column| covariates.name(column)))?;
    let scales = &prepared.standard.scales;
    let unscale = |cells: &[f64]| -> Vec<f64> {
        let places = cells.iter().enumerate();
        places.map(|(at, cell)| cell / (scales[at / p] * scales[at % p])).collect()
    };
    let errors = match settings.errors {
        Errors::Model => found.covariance.clone(),
        Errors::Robust => prepared.sandwich(&found.at, &found.covariance, None),
        Errors::Clustered(codes) => {
            check_length("clusters", codes.len(), observations.n_rows())?;
            prepared.sandwich(&found.at, &found.covariance, Some(codes))
        }
    };
    let errors = unscale(&errors);
    let width = normal_quantile(0.5 * (1.0 + settings.level));
    let coefficient = |(at, beta): (usize, &f64)| {
        let value = beta / scales[at];
        let standard_error = errors[at * (p + 1)].sqrt();
        let z = value / standard_error;
        Coefficient {
            name: covariates.name(at),
            value,
            standard_error,
            z,
            p_value: two_sided_p(z),
            interval: (value - width * standard_error, value + width * standard_error),
            hazard_ratio: value.exp(),
        }
    };
    Ok(Cox {
        coefficients: found.at.iter().enumerate().map(coefficient).collect(),
        means: prepared.standard.means.clone(),
        covariance: unscale(&found.covariance),
        log_likelihood: found.local.value,
        log_likelihood_null: found.start_value,
        n_rows: observations.n_rows(),
        n_events,
        baselines: prepared.baselines(&found.at),
    })
}

impl Cox {
    /// ln of the hazard ratio to the mean customer: βᵀ(x − x̄). `None` for the wrong number of
    /// values.
    pub fn log_risk(&self, values: &[f64]) -> Option<f64> {
        let terms = self.coefficients.iter().zip(values.iter().zip(&self.means));
        let sum =
            terms.map(|(coefficient, (value, mean))| coefficient.value * (value - mean)).sum();
        (values.len() == self.coefficients.len()).then_some(sum)
    }

    /// The share of customers like this one still here at `time`; `None` for an unknown stratum,
    /// the wrong number of values, or a time beyond what was observed.
    pub fn survival(&self, values: &[f64], stratum: u32, time: f64) -> Option<f64> {
        let baseline = self.baselines.iter().find(|baseline| baseline.stratum == stratum)?;
        Some((-baseline.hazard_at(time)? * self.log_risk(values)?.exp()).exp())
    }

    /// The likelihood-ratio test of all coefficients together: statistic and p-value.
    pub fn likelihood_ratio(&self) -> (f64, f64) {
        let statistic = 2.0 * (self.log_likelihood - self.log_likelihood_null);
        (statistic, chi_squared_upper(statistic, self.coefficients.len()))
    }

    /// Akaike's criterion of the partial likelihood.
    pub fn partial_aic(&self) -> f64 {
        2.0 * self.coefficients.len() as f64 - 2.0 * self.log_likelihood
    }

    /// How well the model orders these customers ([`concordance`]); `None` without a comparable
    /// pair.
    ///
    /// # Errors
    /// Those of [`fit`].
    pub fn concordance(
        &self,
        observations: &Observations,
        covariates: &Covariates,
        strata: Option<&[u32]>,
    ) -> Result<Option<f64>, SurvivalError> {
        let mut risks = vec![0.0; observations.n_rows()];
        for (column, coefficient) in covariates.columns.iter().zip(&self.coefficients) {
            check_length(&coefficient.name, column.len(), risks.len())?;
            for (risk, value) in risks.iter_mut().zip(*column) {
                *risk += coefficient.value * value;
            }
        }
        concordance(observations, &risks, strata)
    }
}

#[cfg(test)]
mod tests;
