//! Platt's curve: a slope and a shift of the log-odds.
//!
//! `q = 1 / (1 + exp(−shift − slope · ln(p / (1 − p))))`, fitted by maximum likelihood to outcomes
//! pulled in from 0 and 1: `(n₁ + 1) / (n₁ + 2)` for a `true` row, `1 / (n₀ + 2)` for the others, so
//! that few rows cannot make it certain (J. Platt (1999), Probabilistic outputs for support vector
//! machines, §2.2; Newton's method as H. Lin, C. Lin, R. Weng (2007), Machine Learning 68, 267–276,
//! Algorithm 1). Slope 1 and shift 0 leave probabilities as they are.

use serde::{Deserialize, Serialize};

use crate::learn::LearnError;
use crate::logistic::probability;

/// Probabilities are taken as at least this far from 0 and 1: their log-odds must be finite.
const EDGE: f64 = 1e-6;
/// Newton steps at most; a handful is usual.
const MAX_ITERATIONS: usize = 100;

/// A slope and a shift.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Platt {
    /// What log-odds are multiplied by; above 1 the model was too timid, below 1 too bold.
    #[serde(with = "crate::exact::number")]
    pub slope: f64,
    /// What is added to them.
    #[serde(with = "crate::exact::number")]
    pub shift: f64,
}

fn log_odds(probability: f64) -> f64 {
    let inside = probability.clamp(EDGE, 1.0 - EDGE);
    (inside / (1.0 - inside)).ln()
}

/// A row: its log-odds, the outcome pulled in, its weight.
struct Target {
    log_odds: f64,
    outcome: f64,
    weight: f64,
}

impl Platt {
    /// The curve that makes `labels` most likely.
    pub(super) fn of(
        probabilities: &[f64],
        labels: &[bool],
        weights: Option<&[f64]>,
    ) -> Result<Platt, LearnError> {
        let n_rows_of = |label| labels.iter().filter(|&&one| one == label).count() as f64;
        let (n_true, n_false) = (n_rows_of(true), n_rows_of(false));
        let outcome =
            |label| if label { (n_true + 1.0) / (n_true + 2.0) } else { 1.0 / (n_false + 2.0) };
        let target = |(row, &probability): (usize, &f64)| Target {
            log_odds: log_odds(probability),
            outcome: outcome(labels[row]),
            weight: weights.map_or(1.0, |weights| weights[row]),
        };
        let targets: Vec<Target> = probabilities.iter().enumerate().map(target).collect();
        let mut curve = Platt { slope: 1.0, shift: 0.0 };
        let mut loss = curve.loss(&targets);
        for _ in 0..MAX_ITERATIONS {
            let (step_slope, step_shift, promise) = curve.step(&targets);
            if promise < 1e-10 {
                return Ok(curve);
            }
            let mut part = 1.0;
            loop {
                let moved = Platt {
                    slope: curve.slope + part * step_slope,
                    shift: curve.shift + part * step_shift,
                };
                let moved_loss = moved.loss(&targets);
                if moved_loss < loss - 1e-4 * part * promise {
                    (curve, loss) = (moved, moved_loss);
                    break;
                }
                part /= 2.0;
                if part < 1e-10 {
                    // No fall is left that rounding does not hide.
                    return Ok(curve);
                }
            }
        }
        Err(LearnError::NoConvergence { n_iterations: MAX_ITERATIONS })
    }

    /// The calibrated probability.
    #[must_use]
    pub fn apply(&self, uncalibrated: f64) -> f64 {
        probability(self.shift + self.slope * log_odds(uncalibrated))
    }

    /// The cross-entropy of the targets.
    fn loss(&self, targets: &[Target]) -> f64 {
        let one = |target: &Target| {
            let moved = self.shift + self.slope * target.log_odds;
            let softplus = moved.max(0.0) + (-moved.abs()).exp().ln_1p();
            target.weight * (softplus - target.outcome * moved)
        };
        targets.iter().map(one).sum()
    }

    /// Newton's step, and by how much it promises to lower the loss. A hair is added to the
    /// curvature, so that equal scores (which say nothing of the slope) still have a step.
    fn step(&self, targets: &[Target]) -> (f64, f64, f64) {
        let (mut g_slope, mut g_shift) = (0.0, 0.0);
        let (mut h_slope, mut h_both, mut h_shift) = (1e-12, 0.0, 1e-12);
        for target in targets {
            let chance = probability(self.shift + self.slope * target.log_odds);
            let error = target.weight * (chance - target.outcome);
            let bend = target.weight * chance * (1.0 - chance);
            g_slope += error * target.log_odds;
            g_shift += error;
            h_slope += bend * target.log_odds * target.log_odds;
            h_both += bend * target.log_odds;
            h_shift += bend;
        }
        let determinant = h_slope * h_shift - h_both * h_both;
        if determinant <= f64::EPSILON * h_slope * h_shift {
            // All scores alike: only the shift can be told.
            let step = -g_shift / h_shift;
            return (0.0, step, -g_shift * step / 2.0);
        }
        let step_slope = -(h_shift * g_slope - h_both * g_shift) / determinant;
        let step_shift = -(h_slope * g_shift - h_both * g_slope) / determinant;
        (step_slope, step_shift, -(g_slope * step_slope + g_shift * step_shift) / 2.0)
    }
}
