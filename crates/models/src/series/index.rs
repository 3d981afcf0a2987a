//! The seasonal index: how far a place of the season usually lies from the year around it.
//!
//! The classical decomposition by centred moving averages, as R's `decompose` does it
//! (M. Kendall, A. Stuart, "The Advanced Theory of Statistics", volume 3, 1983, 410–414): the
//! moving average over one season, centred by half weights at its ends where the season is even;
//! per place the mean of what the values differ from it by; the whole brought to mean 0 (additive)
//! or 1 (multiplicative).
//!
//! "December is 1.42: 42 % above the average of the twelve months around it."

use super::decompose::Form;
use super::error::{SeriesError, check_finite};

/// The index of one place of the season.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Summand (mean 0 over the places) or factor (mean 1).
    pub index: f64,
    /// Values it is the mean of.
    pub n: usize,
}

/// The index of every place of a season; place 0 is that of the first value.
///
/// # Errors
/// When there are fewer than two seasons, no value with a whole season around it at some place, or
/// values of 0 or less in the multiplicative form.
pub fn seasonal_index(
    values: &[Option<f64>],
    season: usize,
    form: Form,
) -> Result<Vec<Place>, SeriesError> {
    check_finite(values)?;
    if season < 2 {
        return Err(SeriesError::NoSeason(season));
    }
    if values.len() / 2 < season {
        let needed = season.saturating_mul(2);
        return Err(SeriesError::TooShort { season, needed, found: values.len() });
    }
    let mut sums = vec![(0.0, 0_usize); season];
    for (at, value) in values.iter().enumerate() {
        let Some(value) = *value else { continue };
        if form == Form::Multiplicative && value <= 0.0 {
            return Err(SeriesError::NotPositive { at, value });
        }
        let Some(average) = centred_average(values, season, at) else { continue };
        let (sum, n) = &mut sums[at % season];
        *sum += match form {
            Form::Additive => value - average,
            Form::Multiplicative => value / average,
        };
        *n += 1;
    }
    if let Some(place) = sums.iter().position(|(_, n)| *n == 0) {
        return Err(SeriesError::UnknownPlace { season, place });
    }
    let means: Vec<f64> = sums.iter().map(|(sum, n)| sum / *n as f64).collect();
    let whole = means.iter().sum::<f64>() / season as f64;
    let places = means.iter().zip(&sums).map(|(mean, (_, n))| Place {
        index: match form {
            Form::Additive => mean - whole,
            Form::Multiplicative => mean / whole,
        },
        n: *n,
    });
    Ok(places.collect())
}

/// The average over one season with a value in its middle; `None` where a value of it is not known.
fn centred_average(values: &[Option<f64>], season: usize, at: usize) -> Option<f64> {
    let half = season / 2;
    let window = values.get(at.checked_sub(half)?..=at.checked_add(half)?)?;
    let known: Option<Vec<f64>> = window.iter().copied().collect();
    let known = known?;
    let mut sum: f64 = known.iter().sum();
    if season.is_multiple_of(2) {
        sum -= (known.first()? + known.last()?) / 2.0;
    }
    Some(sum / season as f64)
}
