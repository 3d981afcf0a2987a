//! The score: a weighted mean of oriented ranks over what is known, and what each measure adds to it.

use serde::{Deserialize, Serialize};

use super::HealthError;

/// The score of a customer of whom everything is middling.
pub(super) const NEUTRAL: f64 = 0.5;

/// Which way round a measure is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// More is better.
    More,
    /// Less is better.
    Less,
}

impl Direction {
    /// A rank turned so that 1 is best.
    #[must_use]
    pub fn orient(self, rank: f64) -> f64 {
        match self {
            Direction::More => rank,
            Direction::Less => 1.0 - rank,
        }
    }
}

/// An oriented rank of so many days ago, drawn toward the middle: half of what it says after every
/// half-life. A negative age counts as none.
#[must_use]
pub fn decayed(oriented: f64, age_days: f64, half_life_days: f64) -> f64 {
    let left = (-age_days.max(0.0) / half_life_days).exp2();
    NEUTRAL + (oriented - NEUTRAL) * left
}

/// What every measure weighs: finite, not negative, some of them above 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<f64>", into = "Vec<f64>")]
pub struct Weights {
    weights: Vec<f64>,
    total: f64,
}

impl Weights {
    /// Weights of any size: only their ratios matter.
    ///
    /// # Errors
    /// One that is negative or not finite; none above 0.
    pub fn new(weights: Vec<f64>) -> Result<Weights, HealthError> {
        let bad = |weight: &f64| !weight.is_finite() || *weight < 0.0;
        if let Some(dimension) = weights.iter().position(bad) {
            let weight = weights.get(dimension).copied().unwrap_or(f64::NAN);
            return Err(HealthError::Weight { dimension, weight });
        }
        let total: f64 = weights.iter().sum();
        if total.is_infinite() {
            let (dimension, weight) =
                weights.iter().enumerate().fold((0, 0.0), |most, (place, weight)| {
                    if *weight > most.1 { (place, *weight) } else { most }
                });
            return Err(HealthError::Weight { dimension, weight });
        }
        if total <= 0.0 {
            return Err(HealthError::NoWeight { n_dimensions: weights.len() });
        }
        Ok(Weights { weights, total })
    }

    /// The share of each measure, which add up to 1.
    pub fn shares(&self) -> impl Iterator<Item = f64> {
        self.weights.iter().map(|weight| weight / self.total)
    }

    /// How many there are.
    #[must_use]
    pub fn n_dimensions(&self) -> usize {
        self.weights.len()
    }
}

impl TryFrom<Vec<f64>> for Weights {
    type Error = HealthError;

    fn try_from(weights: Vec<f64>) -> Result<Weights, HealthError> {
        Weights::new(weights)
    }
}

impl From<Weights> for Vec<f64> {
    fn from(weights: Weights) -> Vec<f64> {
        weights.weights
    }
}

/// How a customer stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Health {
    /// From 0, worst of all in everything, to 100.
    pub score: f64,
    /// Weight of the measures that are known, as a share of all weight.
    pub coverage: f64,
    /// What each measure adds to 50 or takes from it; 0 where it is missing.
    pub points: Vec<f64>,
}

/// The health of a customer whose oriented ranks are these, `None` where one is missing.
///
/// # Errors
/// As many ranks as weights are wanted, each from 0 to 1; what is known must weigh `min_coverage`
/// of everything, and something at all.
pub fn health(
    oriented: &[Option<f64>],
    weights: &Weights,
    min_coverage: f64,
) -> Result<Health, HealthError> {
    if oriented.len() != weights.n_dimensions() {
        let (found, expected) = (oriented.len(), weights.n_dimensions());
        return Err(HealthError::Length { what: "ranks", found, expected });
    }
    let outside = |rank: &Option<f64>| rank.is_some_and(|rank| !(0.0..=1.0).contains(&rank));
    if let Some(row) = oriented.iter().position(outside) {
        let value = oriented.get(row).copied().flatten().unwrap_or(f64::NAN);
        return Err(HealthError::NotFinite { row, value });
    }
    let pairs = || oriented.iter().zip(&weights.weights);
    let known: f64 = pairs().filter(|(rank, _)| rank.is_some()).map(|(_, weight)| weight).sum();
    // Rounding must not leave out a customer of whom everything is known.
    let coverage = (known / weights.total).min(1.0);
    if known <= 0.0 || coverage + 1e-9 < min_coverage {
        return Err(HealthError::TooLittleKnown { coverage, needed: min_coverage });
    }
    let point = |(rank, weight): (&Option<f64>, &f64)| {
        rank.map_or(0.0, |rank| 100.0 * weight * (rank - NEUTRAL) / known)
    };
    let points: Vec<f64> = pairs().map(point).collect();
    let score = (100.0 * NEUTRAL + points.iter().sum::<f64>()).clamp(0.0, 100.0);
    Ok(Health { score, coverage, points })
}
