//! A bounded quasi-Newton minimiser that says when an answer lies at the edge of what is allowed.
//!
//! Answers which few parameters make a smooth function with a known gradient smallest inside a box.
//! It is BFGS on the coordinates that are free to move (C. T. Kelley (1999), Iterative Methods for
//! Optimization, §5.5.3: projected BFGS): a coordinate at its bound whose gradient pushes outward
//! stands still, every step is projected back into the box, and the step length is halved until
//! Armijo's rule holds along the projected path.
//!
//! ```
//! use perennial_models::optimise::{Bounds, Edge, minimise};
//! // (x − 3)² + (y + 1)² with y ≥ 0: the smallest value allowed is at the edge y = 0.
//! let bounds = Bounds { lower: [-10.0, 0.0], upper: [10.0, 10.0] };
//! let found = minimise(|[x, y]| ((x - 3.0).powi(2) + (y + 1.0).powi(2), [2.0 * (x - 3.0), 2.0 * (y + 1.0)]),
//!     &bounds, [0.0, 5.0], None);
//! assert!((found.at[0] - 3.0).abs() < 1e-8);
//! assert_eq!(found.edges, [None, Some(Edge::Lower)]);
//! ```
//!
//! Limits: a local method; [`minimise_from`] starts it at several places and keeps the best. The
//! number of parameters is a constant of the type, for likelihoods with two to four of them.

use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

/// Steps after which a search stops without having settled.
const MOST_STEPS: usize = 500;
/// Largest free component of the gradient at which the search has settled.
const GRADIENT_TOLERANCE: f64 = 1e-9;
/// The same where rounding of the function stops the line search first.
const ROUNDED_TOLERANCE: f64 = 1e-5;
/// Longest step in any coordinate: the coordinates here are logarithms.
const LONGEST_STEP: f64 = 2.0;
/// The same while nothing is known of the curvature.
const LONGEST_FRESH_STEP: f64 = 0.5;

/// The box in which to search.
#[derive(Clone, Copy, Debug)]
pub struct Bounds<const N: usize> {
    /// Smallest value allowed of each coordinate.
    pub lower: [f64; N],
    /// Largest value allowed of each coordinate.
    pub upper: [f64; N],
}

/// The end of its range that a parameter was pushed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edge {
    /// The smallest value allowed.
    Lower,
    /// The largest value allowed.
    Upper,
}

/// Where a search ended.
#[derive(Clone, Copy, Debug)]
pub struct Minimum<const N: usize> {
    /// The coordinates.
    pub at: [f64; N],
    /// The function there.
    pub value: f64,
    /// Its gradient there.
    pub gradient: [f64; N],
    /// Which coordinates the box held back.
    pub edges: [Option<Edge>; N],
    /// Whether the gradient vanished in every coordinate free to move.
    pub has_settled: bool,
    /// How often the function was evaluated.
    pub n_evaluations: usize,
    /// The estimate of the inverse Hessian, a warm start for a search nearby.
    pub inverse_hessian: [[f64; N]; N],
}

impl<const N: usize> Bounds<N> {
    /// The nearest point of the box.
    pub fn project(&self, at: [f64; N]) -> [f64; N] {
        std::array::from_fn(|i| at[i].max(self.lower[i]).min(self.upper[i]))
    }

    /// The edge that holds each coordinate back from going downhill.
    fn edges(&self, at: &[f64; N], gradient: &[f64; N]) -> [Option<Edge>; N] {
        std::array::from_fn(|i| {
            if at[i] <= self.lower[i] && gradient[i] > 0.0 {
                Some(Edge::Lower)
            } else if at[i] >= self.upper[i] && gradient[i] < 0.0 {
                Some(Edge::Upper)
            } else {
                None
            }
        })
    }
}

/// Searches from every start and keeps the lowest end; `None` where no start has a finite value.
///
/// An end that has not settled says so in [`Minimum::has_settled`].
pub fn minimise_from<const N: usize>(
    mut f: impl FnMut([f64; N]) -> (f64, [f64; N]),
    bounds: &Bounds<N>,
    starts: &[[f64; N]],
) -> Option<Minimum<N>> {
    let mut best: Option<Minimum<N>> = None;
    for start in starts {
        let found = minimise(&mut f, bounds, *start, None);
        let is_better = best.as_ref().is_none_or(|known| found.value < known.value);
        if found.value.is_finite() && is_better {
            best = Some(found);
        }
    }
    best
}

/// Searches downhill from `start` (projected into the box).
///
/// `f` gives the value and the gradient; a value that is not finite is a wall the line search backs
/// away from. `warm` is the inverse Hessian of a nearby search, else steepest descent begins.
pub fn minimise<const N: usize>(
    mut f: impl FnMut([f64; N]) -> (f64, [f64; N]),
    bounds: &Bounds<N>,
    start: [f64; N],
    warm: Option<[[f64; N]; N]>,
) -> Minimum<N> {
    let at = bounds.project(start);
    let (value, gradient) = f(at);
    let mut inverse = warm.unwrap_or_else(identity);
    let mut is_fresh = warm.is_none();
    let mut now = Point { at, value, gradient };
    let mut n_evaluations = 1;
    for _ in 0..MOST_STEPS {
        let edges = bounds.edges(&now.at, &now.gradient);
        if now.steepest(&edges) <= GRADIENT_TOLERANCE || !now.value.is_finite() {
            break;
        }
        let longest = if is_fresh { LONGEST_FRESH_STEP } else { LONGEST_STEP };
        let direction = direction(&inverse, &now.gradient, &edges, longest);
        let (next, n_tried) = line_search(&mut f, bounds, &now, &direction);
        n_evaluations += n_tried;
        let is_near = now.steepest(&edges) <= ROUNDED_TOLERANCE;
        match next {
            // So near the end what is left to gain is rounding, which can be chased for ever.
            Some(next) if is_near && is_rounding(now.value, next.value) => {
                now = next;
                break;
            }
            Some(next) => {
                update(&mut inverse, &now, &next, is_fresh);
                is_fresh = false;
                now = next;
            }
            // A direction that does not descend is the fault of a stale estimate: begin anew once.
            None if !is_fresh && !is_near => (inverse, is_fresh) = (identity(), true),
            None => break,
        }
    }
    let edges = bounds.edges(&now.at, &now.gradient);
    Minimum {
        at: now.at,
        value: now.value,
        gradient: now.gradient,
        edges,
        has_settled: now.value.is_finite() && now.steepest(&edges) <= ROUNDED_TOLERANCE,
        n_evaluations,
        inverse_hessian: inverse,
    }
}

/// Whether two values of a sum differ by no more than its rounding.
fn is_rounding(before: f64, after: f64) -> bool {
    (before - after).abs() <= 4.0 * f64::EPSILON * before.abs()
}

/// The symmetric matrix of second derivatives at a point, by central differences of the gradient.
pub fn hessian<const N: usize>(
    mut f: impl FnMut([f64; N]) -> (f64, [f64; N]),
    at: [f64; N],
    step: f64,
) -> [[f64; N]; N] {
    let mut rows = [[0.0; N]; N];
    for i in 0..N {
        let (mut above, mut below) = (at, at);
        above[i] += step;
        below[i] -= step;
        let (after, before) = (f(above).1, f(below).1);
        rows[i] = std::array::from_fn(|j| (after[j] - before[j]) / (2.0 * step));
    }
    std::array::from_fn(|i| std::array::from_fn(|j| 0.5 * (rows[i][j] + rows[j][i])))
}

/// A point of the search.
struct Point<const N: usize> {
    at: [f64; N],
    value: f64,
    gradient: [f64; N],
}

impl<const N: usize> Point<N> {
    /// The largest component of the gradient that is free to be followed.
    fn steepest(&self, edges: &[Option<Edge>; N]) -> f64 {
        let free = self.gradient.iter().zip(edges).filter(|(_, edge)| edge.is_none());
        free.fold(0.0, |most, (slope, _)| most.max(slope.abs()))
    }
}

fn identity<const N: usize>() -> [[f64; N]; N] {
    std::array::from_fn(|i| std::array::from_fn(|j| if i == j { 1.0 } else { 0.0 }))
}

fn dot<const N: usize>(a: &[f64; N], b: &[f64; N]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// −H g over the free coordinates, no coordinate longer than `longest`.
fn direction<const N: usize>(
    inverse: &[[f64; N]; N],
    gradient: &[f64; N],
    edges: &[Option<Edge>; N],
    longest: f64,
) -> [f64; N] {
    let free: [f64; N] =
        std::array::from_fn(|i| if edges[i].is_none() { gradient[i] } else { 0.0 });
    let mut direction: [f64; N] =
        std::array::from_fn(|i| if edges[i].is_none() { -dot(&inverse[i], &free) } else { 0.0 });
    if dot(&direction, &free) >= 0.0 {
        direction = free.map(|slope| -slope);
    }
    let leap = direction.iter().fold(0.0_f64, |most, step| most.max(step.abs()));
    let shorter = if leap > longest { longest / leap } else { 1.0 };
    direction.map(|step| step * shorter)
}

/// Halves the step until the function has fallen enough; the count of evaluations comes along.
fn line_search<const N: usize>(
    f: &mut impl FnMut([f64; N]) -> (f64, [f64; N]),
    bounds: &Bounds<N>,
    from: &Point<N>,
    direction: &[f64; N],
) -> (Option<Point<N>>, usize) {
    const ENOUGH: f64 = 1e-4;
    const MOST_HALVINGS: usize = 40;
    let mut length = 1.0;
    for n_tried in 1..=MOST_HALVINGS {
        let at = bounds.project(std::array::from_fn(|i| from.at[i] + length * direction[i]));
        let moved: [f64; N] = std::array::from_fn(|i| at[i] - from.at[i]);
        let promised = dot(&moved, &from.gradient);
        let (value, gradient) = f(at);
        if value.is_finite() && promised < 0.0 && value <= from.value + ENOUGH * promised {
            return (Some(Point { at, value, gradient }), n_tried);
        }
        length *= 0.5;
    }
    (None, MOST_HALVINGS)
}

/// The BFGS update (J. Nocedal and S. J. Wright (2006), Numerical Optimization, eq. 6.17), skipped
/// where the curvature along the step is not positive.
fn update<const N: usize>(
    inverse: &mut [[f64; N]; N],
    before: &Point<N>,
    after: &Point<N>,
    is_fresh: bool,
) {
    let moved: [f64; N] = std::array::from_fn(|i| after.at[i] - before.at[i]);
    let turned: [f64; N] = std::array::from_fn(|i| after.gradient[i] - before.gradient[i]);
    let curvature = dot(&moved, &turned);
    let enough = 1e-12 * (dot(&moved, &moved) * dot(&turned, &turned)).sqrt();
    if curvature.is_nan() || curvature <= enough {
        return;
    }
    if is_fresh {
        // The first estimate takes the size of the curvature just seen (eq. 6.20).
        let size = curvature / dot(&turned, &turned);
        *inverse = identity::<N>().map(|row| row.map(|cell| cell * size));
    }
    let pulled: [f64; N] = std::array::from_fn(|i| dot(&inverse[i], &turned));
    let bend = (1.0 + dot(&turned, &pulled) / curvature) / curvature;
    for (i, row) in inverse.iter_mut().enumerate() {
        for (j, cell) in row.iter_mut().enumerate() {
            *cell += bend * moved[i] * moved[j]
                - (pulled[i] * moved[j] + moved[i] * pulled[j]) / curvature;
        }
    }
}
