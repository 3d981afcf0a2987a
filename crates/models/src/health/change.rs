//! Reasons: what each measure did to a score between two dates.

use super::Health;

/// What one measure did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reason {
    /// Position of the dimension.
    pub dimension: usize,
    /// Points it gave the score, or took from it.
    pub points: f64,
}

/// What every measure did between two dates; together they are the change of the score.
///
/// A measure that became known or was lost counts with what it adds now, or added then.
#[must_use]
pub fn differences(before: &Health, after: &Health) -> Vec<Reason> {
    let n_dimensions = before.points.len().max(after.points.len());
    let of = |health: &Health, place: usize| health.points.get(place).copied().unwrap_or_default();
    let reason =
        |dimension| Reason { dimension, points: of(after, dimension) - of(before, dimension) };
    (0..n_dimensions).map(reason).collect()
}

/// The strongest reasons up and down, at most so many of each, the strongest first; those as strong
/// in the order of the dimensions. Nothing below a hundredth of a point is a reason.
#[must_use]
pub fn strongest(reasons: &[Reason], n_most: usize) -> (Vec<Reason>, Vec<Reason>) {
    let side = |sign: f64| {
        let mut found: Vec<Reason> =
            reasons.iter().copied().filter(|reason| sign * reason.points >= 0.01).collect();
        found.sort_by(|a, b| (sign * b.points).total_cmp(&(sign * a.points)));
        found.truncate(n_most);
        found
    };
    (side(1.0), side(-1.0))
}
