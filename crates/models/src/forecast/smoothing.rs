//! Exponential smoothing: level, damped trend and season as running means.
//!
//! The additive forms of E. S. Gardner, E. McKenzie (1985), Management Science 31, 1237–1246, and
//! P. R. Winters (1960), as one recursion (R. J. Hyndman, A. B. Koehler, J. K. Ord, R. D. Snyder (2008),
//! Forecasting with Exponential Smoothing, table 2.1), with the error e = y − (ℓ + φb + s):
//! ℓ ← ℓ + φb + αe, b ← φb + βe, s ← s + γe. β = α·β', γ = (1 − α)·γ', all of α, β', γ' between 0 and 1,
//! φ between 0.8 and 0.98. The weights make the sum of squared errors one period ahead smallest;
//! states begin with the first seasons: their mean, their rise, and the means of their places.

use crate::optimise::{Bounds, minimise};

/// Which parts there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// A damped trend.
    pub has_trend: bool,
    /// Length of the season.
    pub season: Option<usize>,
}

/// The weights of the parts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// α: of the level.
    pub level: f64,
    /// β: of the trend.
    pub trend: f64,
    /// φ: what is left of the trend a period later.
    pub damping: f64,
    /// γ: of the season.
    pub season: f64,
}

/// A series, smoothed to its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Smoothed {
    /// The weights.
    pub weights: Weights,
    /// ℓ after the last value.
    pub level: f64,
    /// b after it.
    pub trend: f64,
    /// s of the next periods, a season of them; one 0 without a season.
    pub seasons: Vec<f64>,
    /// Sum of squared errors one period ahead.
    pub squares: f64,
    /// Where the search for the weights ended, in its own coordinates.
    pub(super) searched: [f64; 4],
}

/// Range of the search: logits of the weights.
const WIDEST: f64 = 7.0;
/// Where it begins: α 0.3, β' 0.1, φ 0.9, γ' 0.1.
const START: [f64; 4] = [-0.85, -2.2, 0.22, -2.2];
/// Step of the derivatives.
const STEP: f64 = 1e-4;

fn share(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

impl Form {
    /// The weights at a point of the search; parts that are not there have none.
    fn weights(self, at: [f64; 4]) -> Weights {
        let [level, trend, damping, season] = at.map(share);
        Weights {
            level,
            trend: if self.has_trend { level * trend } else { 0.0 },
            damping: if self.has_trend { 0.8 + 0.18 * damping } else { 0.0 },
            season: if self.season.is_some() { (1.0 - level) * season } else { 0.0 },
        }
    }
}

impl Smoothed {
    /// Smooths a series of one value at least, and of two seasons where there is one; the search
    /// for the weights begins at `start`.
    pub(super) fn fit(values: &[f64], form: Form, start: Option<[f64; 4]>) -> Smoothed {
        let squares = |at: [f64; 4]| Smoothed::with(values, form, form.weights(at)).squares;
        let scale = squares(START).max(f64::MIN_POSITIVE);
        let uses = [true, form.has_trend, form.has_trend, form.season.is_some()];
        let measured = |at: [f64; 4]| {
            let slope = |i: usize| {
                if !uses[i] {
                    return 0.0;
                }
                let (mut above, mut below) = (at, at);
                above[i] += STEP;
                below[i] -= STEP;
                (squares(above) - squares(below)) / (2.0 * STEP * scale)
            };
            (squares(at) / scale, std::array::from_fn(slope))
        };
        let bounds = Bounds { lower: [-WIDEST; 4], upper: [WIDEST; 4] };
        let found = minimise(measured, &bounds, start.unwrap_or(START), None);
        Smoothed { searched: found.at, ..Smoothed::with(values, form, form.weights(found.at)) }
    }

    /// Smooths with given weights.
    pub fn with(values: &[f64], form: Form, weights: Weights) -> Smoothed {
        let season = form.season.unwrap_or(1);
        let (mut level, mut trend, mut seasons) = initial(values, form);
        let mut squares = 0.0;
        for (at, value) in values.iter().enumerate() {
            let moved = weights.damping * trend;
            let own = seasons.get_mut(at % season);
            let expected = level + moved + own.as_ref().map_or(0.0, |own| **own);
            let error = value - expected;
            squares += error * error;
            level += moved + weights.level * error;
            trend = moved + weights.trend * error;
            own.into_iter().for_each(|own| *own += weights.season * error);
        }
        seasons.rotate_left(values.len() % season);
        Smoothed { weights, level, trend, seasons, squares, searched: START }
    }

    /// The next values: ℓ + (φ + … + φ^h) b + s.
    pub fn ahead(&self, n_ahead: usize) -> Vec<f64> {
        let (mut gathered, mut power) = (0.0, 1.0);
        let seasons = self.seasons.iter().cycle().take(n_ahead);
        let next = seasons.map(|season| {
            power *= self.weights.damping;
            gathered += power;
            self.level + gathered * self.trend + season
        });
        next.collect()
    }
}

/// Level, trend and seasons before the first value.
fn initial(values: &[f64], form: Form) -> (f64, f64, Vec<f64>) {
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len().max(1) as f64;
    let rise = |from: f64, to: f64, n_periods: usize| {
        if form.has_trend { (to - from) / n_periods.max(1) as f64 } else { 0.0 }
    };
    match form.season {
        Some(season) if values.len() >= 2 * season => {
            let (first, second) = values.split_at(season);
            let second = second.get(..season).unwrap_or_default();
            let (early, late) = (mean(first), mean(second));
            let trend = rise(early, late, season);
            // Each place against the line through the middles of the two seasons; without a trend,
            // against the mean of its own season.
            let middle = (season as f64 - 1.0) / 2.0;
            let places = first.iter().zip(second).enumerate();
            let seasons = places.map(|(at, (one, other))| {
                0.5 * (one - early + other - late) - trend * (at as f64 - middle)
            });
            let seasons = seasons.collect();
            // One period before the first.
            (early - trend * (middle + 1.0), trend, seasons)
        }
        _ => {
            let n = values.len().min(4);
            let first = values.first().copied().unwrap_or_default();
            let last = values.get(n.saturating_sub(1)).copied().unwrap_or(first);
            let trend = rise(first, last, n.saturating_sub(1));
            (first - trend, trend, vec![0.0])
        }
    }
}
