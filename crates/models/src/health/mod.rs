//! Health: how well a customer relationship stands, 0 to 100, out of many measures.
//!
//! Answers "who is well, who is slipping, and what has changed?". A health score is a weighted mean
//! of ranks, so that it can be read: every point of it, and every change, belongs to a measure.
//!
//! | step | formula | where |
//! |---|---|---|
//! | rank | `r = (n below + n equal / 2) / n` among the customers of the segment: a mid-rank percentile | [`Scale`] |
//! | orientation | `x = r` where more is better, `1 − r` where less is | [`Direction`] |
//! | decay | `x' = ½ + (x − ½) · 2^(−age / half-life)`: an old value counts for less | [`decayed`] |
//! | score | `100 · Σ wⱼ xⱼ / Σ wⱼ`, over the measures that are known | [`health`] |
//! | coverage | `Σ wⱼ known / Σ wⱼ`; below a minimum there is no score | [`health`] |
//! | points | `cⱼ = 100 · wⱼ (xⱼ − ½) / Σ wⱼ known`, so `score = 50 + Σ cⱼ` | [`Health::points`] |
//! | reasons | `cⱼ(after) − cⱼ(before)`, which add up to the change of the score | [`differences`] |
//! | band | bounds, moved only past a margin and after several looks | [`Standing`] |
//!
//! A measure that is missing is left out and the others weigh more: missing is not 0. Ranks make the
//! score robust (a value a thousand times too large is just the largest) and comparable between
//! segments, each ranked by itself.
//!
//! Weights are an expert's, or [`learn`]ed: a logistic regression of leaving on the oriented ranks
//! whose coefficients may not turn a measure round, so that a higher rank never lowers the score.
//!
//! ```
//! use perennial_models::health::{Direction, Scale, Weights, health};
//! let logins = Scale::of(&[0.0, 2.0, 2.0, 9.0])?;
//! let tickets = Scale::of(&[0.0, 0.0, 0.0, 5.0])?;
//! let oriented = [
//!     logins.rank(9.0).map(|rank| Direction::More.orient(rank)),
//!     tickets.rank(5.0).map(|rank| Direction::Less.orient(rank)),
//!     None, // never asked for a vote
//! ];
//! let found = health(&oriented, &Weights::new(vec![2.0, 1.0, 1.0])?, 0.5)?;
//! assert!((found.score - 100.0 * (2.0 * 0.875 + 0.125) / 3.0).abs() < 1e-12);
//! assert_eq!(found.coverage, 0.75);
//! # Ok::<(), perennial_models::health::HealthError>(())
//! ```
//!
//! Limits. A rank says who stands better, not by how much. Scores that are to be compared over time
//! need one scale for all dates: with a scale per date their mean is always about 50.

mod band;
mod change;
mod error;
mod learn;
mod reference;
mod scale;
mod score;

pub use band::{Band, Bounds, Standing};
pub use change::{Reason, differences, strongest};
pub use error::HealthError;
pub use learn::{Learned, MonotoneSettings, learn};
pub use reference::{Reference, Segmented};
pub use scale::Scale;
pub use score::{Direction, Health, Weights, decayed, health};

#[cfg(test)]
mod tests;
