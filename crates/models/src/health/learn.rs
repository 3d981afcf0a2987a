//! Learned weights: a logistic regression that may not turn a measure round.
//!
//! With oriented ranks `x` in 0 to 1 (½ where missing), `P(leaves) = 1 / (1 + exp(a + Σ bⱼ (xⱼ − ½)))`
//! and every `bⱼ ≥ 0`: who ranks higher is never more likely to leave. `a` and `b` minimise
//!
//! `− Σ [yᵢ ln pᵢ + (1 − yᵢ) ln(1 − pᵢ)] + l2/2 · Σ bⱼ²`
//!
//! by Newton steps, each the minimum of the local quadratic over `b ≥ 0` found coordinate by
//! coordinate (J. Friedman, T. Hastie, R. Tibshirani (2010), Journal of Statistical Software 33, 1,
//! §2.1, with the bound of §2.6), halved until the loss falls. The problem is convex, so the end is
//! the only minimum; it is where the gradient vanishes for every `bⱼ > 0` and is not negative for
//! every `bⱼ = 0`.

use serde::{Deserialize, Serialize};

use super::score::NEUTRAL;
use super::{HealthError, Weights};
use crate::learn::{LearnError, check_labels};
use crate::logistic::probability;

/// How weights are learned.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MonotoneSettings {
    /// The weight of the sum of squares of the coefficients, halved; keeps measures that say the
    /// same at similar weights.
    pub l2: f64,
    /// Newton steps at most.
    pub max_iterations: usize,
}

impl Default for MonotoneSettings {
    fn default() -> MonotoneSettings {
        MonotoneSettings { l2: 1.0, max_iterations: 100 }
    }
}

/// What was learned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Learned {
    /// The log-odds of staying of a customer of whom everything is middling.
    pub intercept: f64,
    /// What a whole rank adds to the log-odds of staying, one per dimension; never below 0.
    pub coefficients: Vec<f64>,
    /// The log-likelihood, without the penalty.
    pub log_likelihood: f64,
}

impl Learned {
    /// The probability of leaving of a customer with these oriented ranks, `None` where missing.
    #[must_use]
    pub fn probability(&self, oriented: &[Option<f64>]) -> f64 {
        let ranks = oriented.iter().map(|rank| rank.unwrap_or(NEUTRAL) - NEUTRAL);
        let stays: f64 = self.coefficients.iter().zip(ranks).map(|(b, x)| b * x).sum();
        probability(-(self.intercept + stays))
    }

    /// The coefficients as weights of a score.
    ///
    /// # Errors
    /// [`HealthError::NothingLearned`] where all are 0.
    pub fn weights(&self) -> Result<Weights, HealthError> {
        Weights::new(self.coefficients.clone()).map_err(|error| match error {
            HealthError::NoWeight { n_dimensions } => HealthError::NothingLearned { n_dimensions },
            other => other,
        })
    }
}

/// Learns from customers' oriented ranks, one column per dimension (NaN is missing), and whether
/// each left.
///
/// # Errors
/// Lengths that differ, one label only, a rank outside 0 to 1, a bad setting, no convergence.
pub fn learn(
    settings: MonotoneSettings,
    columns: &[Vec<f64>],
    left: &[bool],
) -> Result<Learned, HealthError> {
    if !(settings.l2 >= 0.0 && settings.l2.is_finite()) {
        let (value, allowed) = (settings.l2.to_string(), "0 or more");
        return Err(LearnError::Setting { name: "l2", value, allowed }.into());
    }
    check_labels(left.len(), left, None)?;
    let problem = Problem::new(columns, left, settings.l2)?;
    // Beginning at the base rate: nothing known of anybody.
    let n_left = left.iter().filter(|left| **left).count() as f64;
    let mut at = vec![0.0; columns.len() + 1];
    if let Some(intercept) = at.first_mut() {
        *intercept = ((left.len() as f64 - n_left) / n_left).ln();
    }
    let mut loss = problem.loss(&at);
    for _ in 0..settings.max_iterations {
        let (gradient, hessian) = problem.slopes(&at);
        let step = quadratic_minimum(&at, &gradient, &hessian);
        let promised: f64 = step.iter().zip(&gradient).map(|(step, slope)| step * slope).sum();
        if promised > -1e-10 * (1.0 + loss.abs()) {
            return Ok(problem.learned(at));
        }
        let mut part = 1.0;
        let moved = loop {
            let moved: Vec<f64> = at.iter().zip(&step).map(|(at, step)| at + part * step).collect();
            let fallen = problem.loss(&moved);
            if fallen <= loss + 1e-4 * part * promised {
                loss = fallen;
                break moved;
            }
            part /= 2.0;
            if part < 1e-10 {
                // No fall is left that rounding does not hide.
                return Ok(problem.learned(at));
            }
        };
        at = moved;
    }
    Err(LearnError::NoConvergence { n_iterations: settings.max_iterations }.into())
}

/// Rows of centred ranks with a leading 1, and who left.
struct Problem<'a> {
    rows: Vec<f64>,
    width: usize,
    left: &'a [bool],
    l2: f64,
}

impl<'a> Problem<'a> {
    fn new(columns: &[Vec<f64>], left: &'a [bool], l2: f64) -> Result<Problem<'a>, HealthError> {
        let width = columns.len() + 1;
        let mut rows = vec![1.0; left.len() * width];
        for (place, column) in columns.iter().enumerate() {
            if column.len() != left.len() {
                let (found, expected) = (column.len(), left.len());
                return Err(HealthError::Length { what: "ranks of a dimension", found, expected });
            }
            for (row, (cells, rank)) in rows.chunks_exact_mut(width).zip(column).enumerate() {
                let rank = if rank.is_nan() { NEUTRAL } else { *rank };
                if !(0.0..=1.0).contains(&rank) {
                    return Err(HealthError::NotFinite { row, value: rank });
                }
                if let Some(cell) = cells.get_mut(place + 1) {
                    *cell = rank - NEUTRAL;
                }
            }
        }
        Ok(Problem { rows, width, left, l2 })
    }

    /// Each row with its log-odds of staying and whether the customer left.
    fn visit(&self, at: &[f64], mut visit: impl FnMut(&[f64], f64, bool)) {
        for (row, left) in self.rows.chunks_exact(self.width).zip(self.left) {
            visit(row, row.iter().zip(at).map(|(x, b)| x * b).sum(), *left);
        }
    }

    fn penalty(&self, at: &[f64]) -> f64 {
        self.l2 / 2.0 * at.iter().skip(1).map(|b| b * b).sum::<f64>()
    }

    fn loss(&self, at: &[f64]) -> f64 {
        let mut loss = 0.0;
        self.visit(at, |_, stays, left| {
            let wrong = if left { stays } else { -stays };
            loss += wrong.max(0.0) + (-wrong.abs()).exp().ln_1p();
        });
        loss + self.penalty(at)
    }

    /// Gradient and Hessian of the loss, the latter row by row.
    fn slopes(&self, at: &[f64]) -> (Vec<f64>, Vec<Vec<f64>>) {
        let mut gradient = vec![0.0; self.width];
        let mut hessian = vec![vec![0.0; self.width]; self.width];
        self.visit(at, |row, stays, left| {
            let p_stays = probability(stays);
            let error = p_stays - f64::from(u8::from(!left));
            let bend = p_stays * (1.0 - p_stays);
            for ((x, slope), line) in row.iter().zip(&mut gradient).zip(&mut hessian) {
                *slope += error * x;
                let bent = bend * x;
                line.iter_mut().zip(row).for_each(|(cell, other)| *cell += bent * other);
            }
        });
        for (place, line) in hessian.iter_mut().enumerate() {
            let penalty = if place == 0 { 0.0 } else { self.l2 };
            if let (Some(cell), Some(slope), Some(b)) =
                (line.get_mut(place), gradient.get_mut(place), at.get(place))
            {
                // A hair of curvature, so that a column that is the same everywhere stands still.
                *cell += penalty + 1e-9;
                *slope += penalty * b;
            }
        }
        (gradient, hessian)
    }

    fn learned(&self, at: Vec<f64>) -> Learned {
        let log_likelihood = self.penalty(&at) - self.loss(&at);
        let mut at = at.into_iter();
        let intercept = at.next().unwrap_or_default();
        Learned { intercept, coefficients: at.collect(), log_likelihood }
    }
}

/// The step to the minimum of `g·s + s·H·s / 2` that leaves all coordinates but the first at 0 or
/// above, by coordinate descent.
fn quadratic_minimum(at: &[f64], gradient: &[f64], hessian: &[Vec<f64>]) -> Vec<f64> {
    const MOST_ROUNDS: usize = 1_000;
    let mut step = vec![0.0; at.len()];
    let mut slope = gradient.to_vec();
    for _ in 0..MOST_ROUNDS {
        let mut largest = 0.0_f64;
        for (place, line) in hessian.iter().enumerate() {
            let (Some(bend), Some(own), Some(from), Some(moved)) =
                (line.get(place), slope.get(place), at.get(place), step.get_mut(place))
            else {
                continue;
            };
            let free = *moved - own / bend;
            let wanted = if place == 0 { free } else { free.max(-from) };
            let by = wanted - *moved;
            if by != 0.0 {
                *moved = wanted;
                slope.iter_mut().zip(line).for_each(|(slope, cell)| *slope += by * cell);
                largest = largest.max(by.abs());
            }
        }
        if largest < 1e-10 {
            break;
        }
    }
    step
}
