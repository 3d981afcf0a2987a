//! Trend, seasons and remainder: STL for one season, MSTL for several, unknown values included.
//!
//! R. B. Cleveland, W. S. Cleveland, J. E. McRae, I. Terpenning (1990), "STL: a seasonal-trend
//! decomposition procedure based on loess", Journal of Official Statistics 6, 3–73; K. Bandara,
//! R. J. Hyndman, C. Bergmeir (2021), "MSTL", arXiv:2107.13462, whose lengths of the seasonal
//! smoother (11, 15, 19 … cycles, the shortest season first) are the ones used.
//!
//! additive: value = trend + seasons + remainder; multiplicative: value = trend · seasons ·
//! remainder, which is the additive form of the logarithms.
//!
//! An unknown value takes no part: it stands in as the sum of trend and seasons of a fit in which
//! it stood in, repeated until that agrees with itself.
//!
//! Limits. The ends of the trend lean on one side only and are revised as the series goes on.
//! Strengths are those of R. J. Hyndman and G. Athanasopoulos, "Forecasting: principles and
//! practice", 3rd edition, section 4.3, of the known values: max(0, 1 − Var(remainder) ÷
//! Var(component + remainder)), on the scale of the fit.

use stlrs::{Mstl, Stl};

use super::error::{SeriesError, check_finite};
use super::spread::variance;

/// How the parts make the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// By addition.
    Additive,
    /// By multiplication; every value is above 0.
    Multiplicative,
}

/// How a series is taken apart.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Lengths of the seasons in periods, the shortest first.
    pub seasons: Vec<usize>,
    /// How the parts make the whole.
    pub form: Form,
    /// Whether outliers count for less (15 robustness iterations).
    pub robust: bool,
    /// Length of the trend's smoother in periods, made odd; `None` for STL's own choice, the least
    /// odd number not below 1.5 · season ÷ (1 − 1.5 ÷ length of the seasonal smoother).
    pub trend_length: Option<usize>,
}

/// A series, taken apart. Every list is as long as the series.
#[derive(Clone, Debug, PartialEq)]
pub struct Decomposition {
    /// How the parts make the whole.
    pub form: Form,
    /// The trend.
    pub trend: Vec<f64>,
    /// One list per season, in their order: summands or factors.
    pub seasons: Vec<Vec<f64>>,
    /// The rest: summand or factor; neutral (0 or 1) where the value is not known.
    pub remainder: Vec<f64>,
    /// Strength of the trend, 0 to 1; `None` where nothing varies.
    pub trend_strength: Option<f64>,
    /// Strengths of the seasons, likewise.
    pub season_strengths: Vec<Option<f64>>,
}

impl Decomposition {
    /// All seasons of a period together: a summand or a factor.
    pub fn seasonal(&self, at: usize) -> f64 {
        let own = self.seasons.iter().filter_map(|season| season.get(at)).copied();
        match self.form {
            Form::Additive => own.sum(),
            Form::Multiplicative => own.product(),
        }
    }

    /// What trend and seasons promise of a period.
    pub fn expected(&self, at: usize) -> f64 {
        let trend = self.trend.get(at).copied().unwrap_or(f64::NAN);
        match self.form {
            Form::Additive => trend + self.seasonal(at),
            Form::Multiplicative => trend * self.seasonal(at),
        }
    }

    /// A value of a period without its seasons.
    pub fn adjusted(&self, at: usize, value: f64) -> f64 {
        match self.form {
            Form::Additive => value - self.seasonal(at),
            Form::Multiplicative => value / self.seasonal(at),
        }
    }
}

/// Takes a series apart.
///
/// # Errors
/// When it is shorter than two of its longest season, knows nothing of a place of a season, or has
/// values that the form cannot take.
pub fn decompose(
    values: &[Option<f64>],
    settings: &Settings,
) -> Result<Decomposition, SeriesError> {
    check(values, settings)?;
    let scaled: Vec<Option<f64>> = match settings.form {
        Form::Additive => values.to_vec(),
        Form::Multiplicative => values.iter().map(|value| value.map(libm::log)).collect(),
    };
    let parts = fit_known(&scaled, settings)?;
    let known = |list: &[f64]| -> Vec<f64> {
        let pairs = list.iter().zip(values);
        pairs.filter(|(_, value)| value.is_some()).map(|(one, _)| *one).collect()
    };
    let remainder = known(&parts.remainder);
    let strength = |component: &[f64]| strength(&known(component), &remainder);
    let trend_strength = strength(&parts.trend);
    let season_strengths = parts.seasons.iter().map(|season| strength(season)).collect();
    let unscaled = |list: Vec<f64>| match settings.form {
        Form::Additive => list,
        Form::Multiplicative => list.into_iter().map(libm::exp).collect(),
    };
    Ok(Decomposition {
        form: settings.form,
        trend: unscaled(parts.trend),
        seasons: parts.seasons.into_iter().map(unscaled).collect(),
        remainder: unscaled(parts.remainder),
        trend_strength,
        season_strengths,
    })
}

fn check(values: &[Option<f64>], settings: &Settings) -> Result<(), SeriesError> {
    check_finite(values)?;
    let seasons = &settings.seasons;
    if seasons.is_empty() || seasons.windows(2).any(|pair| pair[0] >= pair[1]) {
        return Err(SeriesError::SeasonsOutOfOrder(seasons.clone()));
    }
    for &season in seasons {
        if season < 2 {
            return Err(SeriesError::NoSeason(season));
        }
        if values.len() / 2 < season {
            let needed = season.saturating_mul(2);
            return Err(SeriesError::TooShort { season, needed, found: values.len() });
        }
        let is_known =
            |place: &usize| values.iter().skip(*place).step_by(season).any(Option::is_some);
        if let Some(place) = (0..season).find(|place| !is_known(place)) {
            return Err(SeriesError::UnknownPlace { season, place });
        }
    }
    if settings.form == Form::Multiplicative {
        for (at, value) in values.iter().enumerate() {
            if let Some(value) = value.filter(|value| *value <= 0.0) {
                return Err(SeriesError::NotPositive { at, value });
            }
        }
    }
    Ok(())
}

/// The additive parts of a series on the scale of the fit.
struct Parts {
    trend: Vec<f64>,
    seasons: Vec<Vec<f64>>,
    remainder: Vec<f64>,
}

/// Rounds in which unknown values come to agree with the fit; what the last one says stands.
const MAX_ROUNDS: usize = 60;
/// So far apart, as a share of the range of the series, two rounds may be at the end.
const AGREED: f64 = 1e-6;

/// Fits, and lets unknown values stand in as what the fit says of them.
fn fit_known(values: &[Option<f64>], settings: &Settings) -> Result<Parts, SeriesError> {
    let mut filled = interpolated(values);
    let mut parts = fit(&filled, settings)?;
    let unknown: Vec<usize> =
        values.iter().enumerate().filter(|(_, value)| value.is_none()).map(|(at, _)| at).collect();
    if unknown.is_empty() {
        return Ok(parts);
    }
    let known = || values.iter().flatten().copied();
    let range = known().fold(f64::MIN, f64::max) - known().fold(f64::MAX, f64::min);
    for _ in 0..MAX_ROUNDS {
        let mut moved: f64 = 0.0;
        for &at in &unknown {
            let expected = parts.trend[at] + parts.seasons.iter().map(|one| one[at]).sum::<f64>();
            moved = moved.max((expected - filled[at]).abs());
            filled[at] = expected;
        }
        parts = fit(&filled, settings)?;
        if moved <= AGREED * range {
            break;
        }
    }
    for at in unknown {
        parts.remainder[at] = 0.0;
    }
    Ok(parts)
}

fn fit(values: &[f64], settings: &Settings) -> Result<Parts, SeriesError> {
    let mut params = Stl::params();
    params.robust(settings.robust);
    if let Some(length) = settings.trend_length {
        params.trend_length(length);
    }
    let fitted = Mstl::params().stl_params(params).fit(values, &settings.seasons);
    let fitted = fitted.map_err(|error| SeriesError::Stl(error.to_string()))?;
    Ok(Parts {
        trend: fitted.trend().to_vec(),
        seasons: fitted.seasonal().to_vec(),
        remainder: fitted.remainder().to_vec(),
    })
}

/// Unknown values on the line between their known neighbours, level beyond the ends.
fn interpolated(values: &[Option<f64>]) -> Vec<f64> {
    let known: Vec<(usize, f64)> =
        values.iter().enumerate().filter_map(|(at, value)| Some((at, (*value)?))).collect();
    let at_position = |at: usize| {
        let after = known.partition_point(|(position, _)| *position < at);
        let right = known.get(after);
        let left = after.checked_sub(1).and_then(|before| known.get(before));
        match (left, right) {
            (Some(&(from, low)), Some(&(to, high))) => {
                low + (high - low) * (at - from) as f64 / (to - from) as f64
            }
            (Some((_, value)), None) | (None, Some((_, value))) => *value,
            (None, None) => 0.0,
        }
    };
    (0..values.len()).map(at_position).collect()
}

fn strength(component: &[f64], remainder: &[f64]) -> Option<f64> {
    let both = component.iter().zip(remainder).map(|(one, rest)| one + rest);
    let whole = variance(both).filter(|whole| *whole > 0.0)?;
    Some((1.0 - variance(remainder.iter().copied())? / whole).max(0.0))
}
