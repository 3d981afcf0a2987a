//! Newton's method with step halving, and the refusal of labels told apart without error.

use super::descent::penalised_step;
use super::objective::{Point, Problem, dot};
use crate::learn::LearnError;
use crate::linear::Symmetric;

/// The minimum, on standardised terms; the intercept comes first.
pub(super) struct Minimum {
    pub(super) coefficients: Vec<f64>,
    /// The negative log-likelihood, without penalties.
    pub(super) loss: f64,
    /// The second derivatives of loss and L2.
    pub(super) curvature: Symmetric,
    pub(super) n_iterations: usize,
}

/// What a step must promise to lower the objective by, in nats, to be followed by another. The next
/// step would promise about the square of it.
const SETTLED: f64 = 1e-10;
/// Steps before labels told apart without error are looked for.
const N_STEPS_BEFORE_DOUBT: usize = 6;
/// The share of the largest that a projection may lie on the wrong side by: rounding.
const ON_THE_LINE: f64 = 1e-5;

/// Minimises from the base rate on. `name` names the entry of a row.
pub(super) fn minimise(
    problem: &Problem<'_>,
    max_iterations: usize,
    name: &dyn Fn(usize) -> String,
) -> Result<Minimum, LearnError> {
    let mut coefficients = vec![0.0; problem.width];
    let mut point = problem.at(&coefficients);
    let mut objective = point.loss;
    for n_iterations in 1..=max_iterations {
        let Some(step) = step(problem, &point, &coefficients) else {
            return Err(separation(problem, &coefficients, name)
                .unwrap_or(LearnError::NoConvergence { n_iterations }));
        };
        let promise = promise(problem, &point, &coefficients, &step);
        let before = objective;
        let taken = line_search(problem, before, promise, &coefficients, &step);
        let Some((moved, there)) = taken else {
            return settle(problem, point, coefficients, &step, n_iterations, name);
        };
        (coefficients, point) = (moved, there);
        objective = point.loss + problem.penalty.of(&coefficients);
        if promise <= SETTLED {
            return settle(problem, point, coefficients, &step, n_iterations, name);
        }
        if problem.penalty.is_none()
            && n_iterations >= N_STEPS_BEFORE_DOUBT
            && let Some(refusal) = separation(problem, &step, name)
        {
            return Err(refusal);
        }
    }
    Err(LearnError::NoConvergence { n_iterations: max_iterations })
}

/// The minimum, unless the last step shows that there is none.
fn settle(
    problem: &Problem<'_>,
    point: Point,
    coefficients: Vec<f64>,
    step: &[f64],
    n_iterations: usize,
    name: &dyn Fn(usize) -> String,
) -> Result<Minimum, LearnError> {
    if problem.penalty.is_none()
        && let Some(refusal) =
            separation(problem, step, name).or_else(|| separation(problem, &coefficients, name))
    {
        return Err(refusal);
    }
    let Point { loss, curvature, .. } = point;
    Ok(Minimum { coefficients, loss, curvature, n_iterations })
}

/// The step to the minimum of the quadratic at `point`, if there is one.
fn step(problem: &Problem<'_>, point: &Point, coefficients: &[f64]) -> Option<Vec<f64>> {
    if problem.penalty.l1 > 0.0 {
        return penalised_step(point, coefficients, problem.penalty.l1);
    }
    let downhill: Vec<f64> = point.gradient.iter().map(|slope| -slope).collect();
    point.curvature.decompose().ok()?.solve(&downhill).ok()
}

/// By how much the quadratic says the objective falls on `step`.
fn promise(problem: &Problem<'_>, point: &Point, coefficients: &[f64], step: &[f64]) -> f64 {
    let l1 = |values: &mut dyn Iterator<Item = f64>| -> f64 {
        problem.penalty.l1 * values.skip(1).map(f64::abs).sum::<f64>()
    };
    let before = l1(&mut coefficients.iter().copied());
    let after = l1(&mut coefficients.iter().zip(step).map(|(value, step)| value + step));
    let bend = dot(step, &point.curvature.times(step));
    before - after - dot(&point.gradient, step) - bend / 2.0
}

/// Where the first of the step, half of it, a quarter … leads that lowers the objective by a
/// hundredth of what that part of it promises; none when rounding hides any fall. The whole step
/// nearly always does, so its gradient and curvature are taken along.
fn line_search(
    problem: &Problem<'_>,
    objective: f64,
    promise: f64,
    coefficients: &[f64],
    step: &[f64],
) -> Option<(Vec<f64>, Point)> {
    let rounding = 1e-12 * objective.abs();
    let along = |part: f64| -> Vec<f64> {
        coefficients.iter().zip(step).map(|(value, step)| value + part * step).collect()
    };
    let falls = |found: f64, part: f64| found <= objective - 0.01 * part * promise + rounding;
    let whole = along(1.0);
    let point = problem.at(&whole);
    if falls(point.loss + problem.penalty.of(&whole), 1.0) {
        return Some((whole, point));
    }
    let mut part = 0.5;
    for _ in 1..30 {
        let moved = along(part);
        if falls(problem.objective(&moved), part) {
            let point = problem.at(&moved);
            return Some((moved, point));
        }
        part /= 2.0;
    }
    None
}

/// The refusal when `direction` tells the labels apart: no row lies on the wrong side of it, and
/// some lie beyond. Going on along it then raises the likelihood without end.
fn separation(
    problem: &Problem<'_>,
    direction: &[f64],
    name: &dyn Fn(usize) -> String,
) -> Option<LearnError> {
    let side = |(row, label): (&[f64], bool)| {
        let projection = dot(row, direction);
        if label { projection } else { -projection }
    };
    let sides = || problem.each().map(side);
    let farthest = sides().fold(0.0, |most: f64, side| most.max(side.abs()));
    let tells = farthest > 0.0 && sides().all(|side| side >= -ON_THE_LINE * farthest);
    let heaviest = direction.iter().skip(1).fold(0.0, |most: f64, value| most.max(value.abs()));
    tells.then(|| LearnError::Separation {
        columns: (1..direction.len())
            .filter(|&term| direction[term].abs() > 0.1 * heaviest)
            .map(name)
            .collect(),
    })
}
