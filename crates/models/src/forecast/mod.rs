//! Forecast: how a number per period goes on, with intervals that were earned on the past.
//!
//! Answers "how many customers will be active in each of the next twelve months, and how sure is
//! that?" Plain methods compete: each is asked, from many origins in the past, for the periods after
//! them, knowing only what came before; the one that erred least is used
//! (L. J. Tashman (2000), International Journal of Forecasting 16, 437–450).
//!
//! | method | next values |
//! |---|---|
//! | naive | the last value |
//! | drift | the line from the first value to the last, carried on |
//! | seasonal naive | the value one season earlier |
//! | smoothing | level, damped trend and season, each a running mean ([`smoothing`]); of the logarithms too where all values are above 0 |
//!
//! Customers by cohort are carried on in [`cohorts`], by the share of each that is active at an age.
//!
//! Intervals are quantiles of the errors from those origins, not of a supposed distribution: with
//! σ_h the root of the mean squared error h periods ahead, never falling with h, the ends lie q · σ_h
//! to both sides, q the quantile of |error| ÷ σ_h over all origins and horizons with the correction
//! for few of them, (n + 1) · level of n (V. Vovk, A. Gammerman, G. Shafer (2005), Algorithmic
//! Learning in a Random World, §2.3).
//!
//! Limits. What never happened before is not foreseen. Choosing the best of several on the same errors
//! makes intervals a little too narrow; errors of neighbouring origins lean on each other, so short
//! series say little. Fewer errors than a level needs give no interval of it.

mod backtest;
pub mod cohorts;
mod error;
pub mod smoothing;

use serde::{Deserialize, Serialize};

pub use backtest::{Errors, rolling};
pub use error::ForecastError;
use smoothing::{Form, Smoothed};

/// Fewest origins a method is judged from.
pub const LEAST_ORIGINS: usize = 4;
/// Fewest values before the first origin.
pub const LEAST_KNOWN: usize = 6;

/// How to look ahead.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Length of the season in periods, 2 or more; `None` for none.
    pub season: Option<usize>,
    /// Periods to foretell, at least 1.
    pub n_ahead: usize,
    /// Levels of the intervals, each between 0 and 1.
    pub levels: Vec<f64>,
    /// Most origins, the latest ones.
    pub n_origins: usize,
}

/// A way to carry a series on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The last value.
    Naive,
    /// The line from the first value to the last.
    Drift,
    /// The value one season earlier.
    SeasonalNaive,
    /// Exponential smoothing.
    Smoothing {
        /// Whether there is a damped trend.
        trend: bool,
        /// Whether there is a season.
        season: bool,
        /// Whether the logarithms are smoothed.
        logarithms: bool,
    },
}

impl Method {
    /// What it is called.
    pub fn name(self) -> String {
        match self {
            Method::Naive => "naive".to_owned(),
            Method::Drift => "drift".to_owned(),
            Method::SeasonalNaive => "seasonal naive".to_owned(),
            Method::Smoothing { trend, season, logarithms } => {
                let parts =
                    [(trend, "damped trend"), (season, "season"), (logarithms, "logarithms")];
                let parts = parts.iter().filter(|(has, _)| *has).map(|(_, name)| *name);
                ["smoothing"].into_iter().chain(parts).collect::<Vec<_>>().join(", ")
            }
        }
    }
}

/// How well a method did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tried {
    /// The method.
    pub method: Method,
    /// Its mean absolute error over all origins and horizons.
    pub error: f64,
}

/// What is foretold.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// The method that erred least.
    pub method: Method,
    /// The next values.
    pub values: Vec<f64>,
    /// Their ends, level by level and value by value; `None` where there are too few errors.
    pub intervals: Vec<Option<Vec<(f64, f64)>>>,
    /// Every method, the best first.
    pub tried: Vec<Tried>,
    /// The origins they were judged from: numbers of values known.
    pub origins: std::ops::Range<usize>,
    /// Whether the series was long enough for a season to be tried.
    pub has_season: bool,
}

/// Carries a series on.
///
/// # Errors
/// [`ForecastError::TooShort`], [`ForecastError::NotFinite`], [`ForecastError::BadArgument`].
pub fn forecast(values: &[f64], settings: &Settings) -> Result<Forecast, ForecastError> {
    check(values, settings)?;
    let season = settings.season.filter(|season| values.len() >= 2 * season + LEAST_ORIGINS);
    let first = season.map_or(LEAST_KNOWN, |season| LEAST_KNOWN.max(2 * season));
    let origins = first.max(values.len().saturating_sub(settings.n_origins))..values.len();
    let is_positive = values.iter().all(|value| *value > 0.0);
    let mut judged: Vec<(Method, Errors)> = Vec::new();
    for method in methods(season.is_some(), is_positive) {
        let mut state = None;
        let errors = rolling(values, origins.clone(), settings.n_ahead, |known, n_ahead| {
            carried(method, known, season, n_ahead, &mut state)
        });
        judged.push((method, errors));
    }
    let error = |errors: &Errors| errors.mean_absolute();
    let mut tried: Vec<Tried> = judged
        .iter()
        .filter_map(|(method, errors)| Some(Tried { method: *method, error: error(errors)? }))
        .collect();
    // The sort keeps plainer methods first where errors are equal.
    tried.sort_by(|left, right| left.error.total_cmp(&right.error));
    let too_short = ForecastError::TooShort { needed: first + LEAST_ORIGINS, found: values.len() };
    let best = tried.first().ok_or(too_short.clone())?.method;
    let errors = judged.iter().find(|(method, _)| *method == best).map(|(_, errors)| errors);
    let errors = errors.ok_or(too_short)?;
    let next = ahead(best, values, season, settings.n_ahead);
    let intervals = settings.levels.iter().map(|level| errors.around(&next, *level));
    Ok(Forecast {
        method: best,
        intervals: intervals.collect(),
        values: next,
        tried,
        origins,
        has_season: season.is_some(),
    })
}

fn check(values: &[f64], settings: &Settings) -> Result<(), ForecastError> {
    error::check_finite(values)?;
    let bad = |name, value, reason| Err(ForecastError::BadArgument { name, value, reason });
    if let Some(season) = settings.season.filter(|season| *season < 2) {
        return bad("season", season as f64, "is shorter than 2 periods");
    }
    if settings.n_ahead == 0 {
        return bad("number of periods ahead", 0.0, "is not at least 1");
    }
    if settings.n_origins < LEAST_ORIGINS {
        return bad("number of origins", settings.n_origins as f64, "is below 4");
    }
    if let Some(level) = settings.levels.iter().find(|level| !(**level > 0.0 && **level < 1.0)) {
        return bad("level", *level, "is not between 0 and 1");
    }
    let needed = LEAST_KNOWN + LEAST_ORIGINS;
    if values.len() < needed {
        return Err(ForecastError::TooShort { needed, found: values.len() });
    }
    Ok(())
}

/// The methods that may be tried, the plainest first.
fn methods(has_season: bool, is_positive: bool) -> Vec<Method> {
    let mut methods = vec![Method::Naive, Method::Drift];
    methods.extend(has_season.then_some(Method::SeasonalNaive));
    for logarithms in [false, true].into_iter().filter(|logs| is_positive || !logs) {
        for season in [false, true].into_iter().filter(|season| has_season || !season) {
            methods.extend([false, true].map(|trend| Method::Smoothing {
                trend,
                season,
                logarithms,
            }));
        }
    }
    methods
}

/// The next values of a method that is chosen.
pub fn ahead(method: Method, known: &[f64], season: Option<usize>, n_ahead: usize) -> Vec<f64> {
    carried(method, known, season, n_ahead, &mut None)
}

/// The next values of a method. `state` carries the fit of one origin to the next, where the search
/// begins.
fn carried(
    method: Method,
    known: &[f64],
    season: Option<usize>,
    n_ahead: usize,
    state: &mut Option<[f64; 4]>,
) -> Vec<f64> {
    let last = known.last().copied().unwrap_or_default();
    match method {
        Method::Naive => vec![last; n_ahead],
        Method::Drift => {
            let first = known.first().copied().unwrap_or_default();
            let slope = (last - first) / (known.len().max(2) - 1) as f64;
            (1..=n_ahead).map(|ahead| last + slope * ahead as f64).collect()
        }
        Method::SeasonalNaive => {
            let season = season.unwrap_or(1);
            let cycle = known.get(known.len().saturating_sub(season)..).unwrap_or_default();
            cycle.iter().copied().cycle().take(n_ahead).collect()
        }
        Method::Smoothing { trend, season: has_season, logarithms } => {
            let form = Form { has_trend: trend, season: season.filter(|_| has_season) };
            let scaled: Vec<f64> = match logarithms {
                true => known.iter().map(|value| libm::log(*value)).collect(),
                false => known.to_vec(),
            };
            let smoothed = Smoothed::fit(&scaled, form, *state);
            *state = Some(smoothed.searched);
            let ahead = smoothed.ahead(n_ahead);
            if logarithms { ahead.into_iter().map(libm::exp).collect() } else { ahead }
        }
    }
}

#[cfg(test)]
mod tests;
