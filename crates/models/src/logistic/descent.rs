//! Coordinate descent: the step to the minimum of a quadratic with an L1 penalty.

use super::objective::Point;

/// Sweeps over the coordinates at most.
const MAX_SWEEPS: usize = 10_000;

/// The `step` that minimises `gradient·step + ½ step·curvature·step + l1 · Σ |coefficient + step|`,
/// the intercept (first) left out of the last sum. None when it does not settle.
pub(super) fn penalised_step(point: &Point, coefficients: &[f64], l1: f64) -> Option<Vec<f64>> {
    let mut values = coefficients.to_vec();
    // The slope of the quadratic at the values so far.
    let mut slope = point.gradient.clone();
    for _ in 0..MAX_SWEEPS {
        let mut farthest: f64 = 0.0;
        for place in 0..values.len() {
            let bend = point.curvature.at(place, place);
            if bend <= 0.0 {
                // A term that never varies stays where it is.
                continue;
            }
            let value = values[place];
            let threshold = if place == 0 { 0.0 } else { l1 / bend };
            let target = soft(value - slope[place] / bend, threshold);
            let moved = target - value;
            if moved != 0.0 {
                values[place] = target;
                slope.iter_mut().enumerate().for_each(|(other, slope)| {
                    *slope += moved * point.curvature.at(other, place);
                });
                farthest = farthest.max(moved.abs() * bend.sqrt());
            }
        }
        if slope.iter().any(|slope| slope.is_nan()) {
            return None;
        }
        if farthest < 1e-9 {
            // To a value of 0 this steps exactly: coefficient − coefficient.
            return Some(values.iter().zip(coefficients).map(|(to, from)| to - from).collect());
        }
    }
    None
}

/// Nearer to 0 by `threshold`, and 0 within it.
fn soft(value: f64, threshold: f64) -> f64 {
    if value > threshold {
        value - threshold
    } else if value < -threshold {
        value + threshold
    } else {
        0.0
    }
}
