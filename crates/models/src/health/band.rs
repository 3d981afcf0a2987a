//! Bands with hysteresis: a customer who wavers at a bound does not flicker between two colours.
//!
//! A customer changes band once the score has stood outside of the band, past its bound by the
//! margin, at several looks in a row. With margin 0 and one look the band is that of the score.

use serde::{Deserialize, Serialize};

use super::HealthError;

/// How a customer stands, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// Needs somebody now.
    AtRisk,
    /// Worth an eye.
    Watch,
    /// Well.
    Healthy,
}

impl Band {
    /// Every band, the best first.
    pub const ALL: [Band; 3] = [Band::Healthy, Band::Watch, Band::AtRisk];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Band::AtRisk => "at_risk",
            Band::Watch => "watch",
            Band::Healthy => "healthy",
        }
    }
}

/// Where the bands begin, and how slowly customers move between them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    /// Below this score a customer is at risk.
    pub at_risk_below: f64,
    /// From this score on a customer is healthy.
    pub healthy_from: f64,
    /// How far past a bound the score must be to move a customer, in points.
    pub margin: f64,
    /// At how many looks in a row; 0 counts as 1.
    pub looks: u32,
}

impl Bounds {
    /// Bounds that are some.
    ///
    /// # Errors
    /// Bounds outside 0 to 100, out of order, or closer than twice the margin, which would leave
    /// no score that brings a customer into the middle band.
    pub fn checked(self) -> Result<Bounds, HealthError> {
        let Bounds { at_risk_below, healthy_from, margin, .. } = self;
        let is_sound = (0.0..=100.0).contains(&at_risk_below)
            && (0.0..=100.0).contains(&healthy_from)
            && margin >= 0.0
            && healthy_from - at_risk_below > 2.0 * margin;
        match is_sound {
            true => Ok(self),
            false => Err(HealthError::Bounds { at_risk_below, healthy_from, margin }),
        }
    }

    /// The band of a score by itself.
    #[must_use]
    pub fn band(&self, score: f64) -> Band {
        if score < self.at_risk_below {
            Band::AtRisk
        } else if score >= self.healthy_from {
            Band::Healthy
        } else {
            Band::Watch
        }
    }

    /// The band a score draws a customer to who stands in `now`: the bounds around it lie further
    /// away by the margin.
    fn drawn_to(&self, now: Band, score: f64) -> Band {
        let (below, from) = match now {
            Band::AtRisk => (self.at_risk_below + self.margin, self.healthy_from),
            Band::Watch => (self.at_risk_below - self.margin, self.healthy_from + self.margin),
            Band::Healthy => (self.at_risk_below, self.healthy_from - self.margin),
        };
        Bounds { at_risk_below: below, healthy_from: from, ..*self }.band(score)
    }
}

/// The band of a customer, followed from look to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The band.
    pub band: Band,
    /// Side on which the last scores lay, up or down, and how many of them.
    leaning: Option<(bool, u32)>,
}

impl Standing {
    /// The band of the first score.
    #[must_use]
    pub fn first(bounds: &Bounds, score: f64) -> Standing {
        Standing { band: bounds.band(score), leaning: None }
    }

    /// The band after another look.
    #[must_use]
    pub fn next(self, bounds: &Bounds, score: f64) -> Standing {
        let target = bounds.drawn_to(self.band, score);
        if target == self.band {
            return Standing { band: self.band, leaning: None };
        }
        let is_up = target > self.band;
        let n_before = self.leaning.filter(|(was_up, _)| *was_up == is_up).map_or(0, |(_, n)| n);
        match n_before + 1 >= bounds.looks.max(1) {
            true => Standing { band: target, leaning: None },
            false => Standing { band: self.band, leaning: Some((is_up, n_before + 1)) },
        }
    }
}
