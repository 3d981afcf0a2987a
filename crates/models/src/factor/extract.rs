//! The loadings that reproduce the correlations best, by maximum likelihood or least squares.
//!
//! Both minimise over the uniquenesses ψ alone, as the best loadings for given ψ are known from the
//! eigenvectors ω of a matrix. With `k` factors and its eigenvalues in falling order:
//!
//! * likelihood (K. G. Jöreskog (1967), Psychometrika 32, 443–482, eq. 31): the matrix is
//!   Ψ^-½ R Ψ^-½ with eigenvalues λ, `f = Σ_{m>k} λ − ln λ − 1`, over θ = ln ψ;
//! * least squares (H. H. Harman, W. H. Jones (1966), Psychometrika 31, 351–368; K. G. Jöreskog
//!   (1977), "Factor analysis by least-squares and maximum-likelihood methods"): the matrix is
//!   R − Ψ with eigenvalues γ, `f = ½ Σ_{m>k} γ²`, over ψ.
//!
//! Gradient and curvature follow from the perturbation of eigenvalues and eigenvectors; where the
//! curvature is not that of a bowl, its part that always is, (Σ_{m>k} ω_im ω_jm)², takes its place.

use super::{Correlations, Extraction, FactorError};
use crate::linear::{Eigen, Symmetric};

/// The least variance of its own that a column is left, and the most.
const UNIQUENESS: (f64, f64) = (0.005, 1.0);
/// Steps at most.
const MOST_STEPS: usize = 200;
/// The slope in every free direction at which the search has settled.
const SETTLED: f64 = 1e-9;
/// The same where rounding of the function stops it first.
const ROUNDED: f64 = 1e-6;
/// The longest step of a logarithm, or of a share.
const LONGEST_STEP: f64 = 1.0;

/// The best fit before rotation.
pub(super) struct Extracted {
    /// By column and factor.
    pub loadings: Vec<Vec<f64>>,
    pub uniquenesses: Vec<f64>,
}

/// The function at a point of the search.
struct Local {
    value: f64,
    gradient: Vec<f64>,
    curvature: Symmetric,
    bowl: Symmetric,
}

/// A search over the coordinates of one way of extraction.
struct Search<'a> {
    correlations: &'a Correlations,
    n_factors: usize,
    extraction: Extraction,
}

/// The loadings of `n_factors` factors.
pub(super) fn extract(
    correlations: &Correlations,
    n_factors: usize,
    extraction: Extraction,
) -> Result<Extracted, FactorError> {
    let search = Search { correlations, n_factors, extraction };
    let at = search.minimise()?;
    let uniquenesses: Vec<f64> = at.iter().map(|&one| search.uniqueness(one)).collect();
    let edge = |psi: &f64| *psi <= UNIQUENESS.0 * (1.0 + 1e-9);
    if let Some(place) = uniquenesses.iter().position(edge) {
        return Err(FactorError::Heywood { column: correlations.names[place].clone() });
    }
    Ok(Extracted { loadings: search.loadings(&uniquenesses)?, uniquenesses })
}

impl Search<'_> {
    fn uniqueness(&self, coordinate: f64) -> f64 {
        match self.extraction {
            Extraction::MaximumLikelihood => coordinate.exp(),
            Extraction::MinimumResidual => coordinate,
        }
    }

    fn coordinate(&self, uniqueness: f64) -> f64 {
        match self.extraction {
            Extraction::MaximumLikelihood => uniqueness.ln(),
            Extraction::MinimumResidual => uniqueness,
        }
    }

    /// Jöreskog's start: the part of each column the others leave unexplained, and a little less.
    fn start(&self) -> Vec<f64> {
        let n = self.correlations.n_columns();
        let less = 1.0 - 0.5 * self.n_factors as f64 / n as f64;
        let unexplained = |place| less / self.correlations.inverse.at(place, place);
        (0..n)
            .map(|place| self.coordinate(unexplained(place).clamp(UNIQUENESS.0, UNIQUENESS.1)))
            .collect()
    }

    /// The decomposition whose leading vectors are the factors.
    fn eigen(&self, uniquenesses: &[f64]) -> Result<Eigen, FactorError> {
        let matrix = &self.correlations.matrix;
        let entry = |i: usize, j: usize| match self.extraction {
            Extraction::MaximumLikelihood => {
                matrix.at(i, j) / (uniquenesses[i] * uniquenesses[j]).sqrt()
            }
            Extraction::MinimumResidual => {
                matrix.at(i, j) - if i == j { uniquenesses[i] } else { 0.0 }
            }
        };
        Ok(Symmetric::new(uniquenesses.len(), entry).eigen()?)
    }

    fn loadings(&self, uniquenesses: &[f64]) -> Result<Vec<Vec<f64>>, FactorError> {
        let eigen = self.eigen(uniquenesses)?;
        let loading = |column: usize, factor: usize| {
            let (value, entry) = (eigen.values[factor], eigen.vectors[factor][column]);
            match self.extraction {
                Extraction::MaximumLikelihood => {
                    entry * ((value - 1.0).max(0.0) * uniquenesses[column]).sqrt()
                }
                Extraction::MinimumResidual => entry * value.max(0.0).sqrt(),
            }
        };
        let row = |column| (0..self.n_factors).map(|factor| loading(column, factor)).collect();
        Ok((0..uniquenesses.len()).map(row).collect())
    }

    fn local(&self, at: &[f64]) -> Result<Local, FactorError> {
        let uniquenesses: Vec<f64> = at.iter().map(|&one| self.uniqueness(one)).collect();
        let eigen = self.eigen(&uniquenesses)?;
        let (kept, rest) = eigen.values.split_at(self.n_factors);
        let (factors, others) = eigen.vectors.split_at(self.n_factors);
        let is_likelihood = self.extraction == Extraction::MaximumLikelihood;
        let value = rest.iter().map(|&value| {
            if is_likelihood { value - value.ln() - 1.0 } else { 0.5 * value * value }
        });
        // d f / d coordinate = Σ slope ω², as the eigenvalue itself moves by −λ ω² or −ω².
        let slope = |value: f64| if is_likelihood { 1.0 - value } else { -value };
        let gradient = |place: usize| -> f64 {
            rest.iter()
                .zip(others)
                .map(|(&value, vector)| slope(value) * vector[place].powi(2))
                .sum()
        };
        let bowl = |i: usize, j: usize| -> f64 {
            others.iter().map(|vector| vector[i] * vector[j]).sum::<f64>().powi(2)
        };
        let curvature = |i: usize, j: usize| -> f64 {
            let (mut plain, mut weighted, mut turning) = (0.0, 0.0, 0.0);
            for (&value, vector) in rest.iter().zip(others) {
                let product = vector[i] * vector[j];
                plain += product;
                weighted += if is_likelihood { value * product } else { product };
                for (&other, factor) in kept.iter().zip(factors) {
                    let spread = if is_likelihood { value + other } else { 2.0 };
                    turning +=
                        slope(value) * spread / (other - value) * product * factor[i] * factor[j];
                }
            }
            plain * weighted + turning
        };
        let n = at.len();
        Ok(Local {
            value: value.sum(),
            gradient: (0..n).map(gradient).collect(),
            curvature: Symmetric::new(n, curvature),
            bowl: Symmetric::new(n, bowl),
        })
    }

    /// Newton's method in a box: a coordinate at an edge whose slope points outward stands still,
    /// and steps are halved until the function falls.
    fn minimise(&self) -> Result<Vec<f64>, FactorError> {
        let (low, high) = (self.coordinate(UNIQUENESS.0), self.coordinate(UNIQUENESS.1));
        let mut at = self.start();
        let mut here = self.local(&at)?;
        for _ in 0..MOST_STEPS {
            let is_free = |place: &usize| {
                let (one, slope) = (at[*place], here.gradient[*place]);
                !(one <= low && slope > 0.0 || one >= high && slope < 0.0)
            };
            let free: Vec<usize> = (0..at.len()).filter(is_free).collect();
            let steepest =
                free.iter().fold(0.0_f64, |most, &place| most.max(here.gradient[place].abs()));
            if steepest <= SETTLED {
                return Ok(at);
            }
            let step = here.step(&free)?;
            match self.fallen(&at, &here, &free, &step, (low, high))? {
                Some((next, there)) => (at, here) = (next, there),
                None if steepest <= ROUNDED => return Ok(at),
                None => break,
            }
        }
        Err(FactorError::NoConvergence { n_iterations: MOST_STEPS })
    }

    /// The first point along the step, halved again and again, where the function is lower.
    fn fallen(
        &self,
        at: &[f64],
        here: &Local,
        free: &[usize],
        step: &[f64],
        (low, high): (f64, f64),
    ) -> Result<Option<(Vec<f64>, Local)>, FactorError> {
        let longest = step.iter().fold(0.0_f64, |most, one| most.max(one.abs()));
        let mut length = (LONGEST_STEP / longest).min(1.0);
        for _ in 0..40 {
            let mut next = at.to_vec();
            for (&place, one) in free.iter().zip(step) {
                next[place] = (at[place] + length * one).clamp(low, high);
            }
            let there = self.local(&next)?;
            if there.value < here.value {
                return Ok(Some((next, there)));
            }
            length *= 0.5;
        }
        Ok(None)
    }
}

impl Local {
    /// Newton's step of the free coordinates.
    fn step(&self, free: &[usize]) -> Result<Vec<f64>, FactorError> {
        let down: Vec<f64> = free.iter().map(|&place| -self.gradient[place]).collect();
        let part =
            |whole: &Symmetric| Symmetric::new(free.len(), |i, j| whole.at(free[i], free[j]));
        if let Ok(decomposed) = part(&self.curvature).decompose() {
            return Ok(decomposed.solve(&down)?);
        }
        let mut bowl = part(&self.bowl);
        // A bowl that is flat in some direction is given a slope there.
        bowl.add_to_diagonal(0, 1e-6);
        Ok(bowl.decompose()?.solve(&down)?)
    }
}
