//! What the coefficients say in the units of the table, and how surely.

use serde::{Deserialize, Serialize};
use statrs::function::erf::erfc_inv;

use super::design::Design;
use super::newton::Minimum;
use super::objective::Penalty;
use crate::learn::LearnError;

/// How one term goes with the odds, the others held fixed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The column, or `column = category`.
    pub name: String,
    /// Which column of the schema it is of.
    pub column: usize,
    /// Added to the log-odds by one unit more (by the category, for a category).
    pub coefficient: f64,
    /// Added to the log-odds by one standard deviation more: comparable between terms.
    pub standardised: f64,
    /// What one unit more multiplies the odds by.
    pub odds_ratio: f64,
    /// How sure this is; none when coefficients were penalised.
    pub uncertainty: Option<Uncertainty>,
}

/// How sure an effect is, by Wald's approximation: the estimate is about normal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Uncertainty {
    /// The standard error of the coefficient per unit.
    pub standard_error: f64,
    /// The coefficient in standard errors.
    pub z: f64,
    /// How often a coefficient this far from 0 would come about if there were no effect.
    pub p: f64,
    /// The lower end of the interval of the odds ratio, at the confidence of the settings.
    pub odds_ratio_low: f64,
    /// The upper end.
    pub odds_ratio_high: f64,
}

/// The intercept in the units of the table.
pub(super) fn intercept(design: &Design, coefficients: &[f64]) -> f64 {
    let terms = coefficients.iter().skip(1).zip(design.terms()).zip(design.means());
    let at_means: f64 =
        terms.map(|((coefficient, term), mean)| coefficient * mean / term.deviation).sum();
    coefficients[0] - at_means
}

/// One effect per term.
pub(super) fn effects(
    design: &Design,
    minimum: &Minimum,
    penalty: Penalty,
    confidence: f64,
) -> Result<Vec<Effect>, LearnError> {
    let variance =
        if penalty.is_none() { Some(minimum.curvature.decompose()?.inverse()) } else { None };
    let width = std::f64::consts::SQRT_2 * erfc_inv(1.0 - confidence);
    let effect = |(place, term): (usize, &super::design::Term)| {
        let standardised = minimum.coefficients[place + 1];
        let coefficient = standardised / term.deviation;
        let uncertainty = variance.as_ref().map(|variance| {
            let standard_error = variance.at(place + 1, place + 1).sqrt() / term.deviation;
            let z = coefficient / standard_error;
            Uncertainty {
                standard_error,
                z,
                p: libm::erfc(z.abs() / std::f64::consts::SQRT_2),
                odds_ratio_low: (coefficient - width * standard_error).exp(),
                odds_ratio_high: (coefficient + width * standard_error).exp(),
            }
        });
        Effect {
            name: term.name.clone(),
            column: term.column,
            coefficient,
            standardised,
            odds_ratio: coefficient.exp(),
            uncertainty,
        }
    };
    Ok(design.terms().iter().enumerate().map(effect).collect())
}
