//! Errors of a method from origins in the past, and the intervals they earn.

use std::ops::Range;

/// Errors by horizon: actual less foretold, one list per period ahead.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Errors(pub Vec<Vec<f64>>);

/// Asks a method from every origin for the periods after it: at origin `n` it knows the first `n`
/// values. What it says beyond the end of the series is not judged.
pub fn rolling(
    values: &[f64],
    origins: Range<usize>,
    n_ahead: usize,
    mut method: impl FnMut(&[f64], usize) -> Vec<f64>,
) -> Errors {
    let mut errors = vec![Vec::new(); n_ahead];
    for origin in origins {
        let (Some(known), Some(actual)) = (values.get(..origin), values.get(origin..)) else {
            break;
        };
        let n_judged = n_ahead.min(actual.len());
        let told = method(known, n_judged);
        for ((of_horizon, actual), told) in errors.iter_mut().zip(actual).zip(told) {
            of_horizon.push(actual - told);
        }
    }
    Errors(errors)
}

impl Errors {
    fn all(&self) -> impl Iterator<Item = f64> + '_ {
        self.0.iter().flatten().copied()
    }

    /// The mean absolute error; `None` without any, or where one is not finite.
    pub fn mean_absolute(&self) -> Option<f64> {
        let n = self.all().count();
        let mean = self.all().map(f64::abs).sum::<f64>() / n as f64;
        Some(mean).filter(|mean| mean.is_finite())
    }

    /// σ_h: the root of the mean squared error of each horizon, never falling; beyond the last
    /// horizon with two errors it grows as √h does.
    fn spreads(&self) -> Option<Vec<f64>> {
        let mut spreads: Vec<f64> = Vec::with_capacity(self.0.len());
        let mut known: Option<(usize, f64)> = None;
        for (at, errors) in self.0.iter().enumerate() {
            let squares: f64 = errors.iter().map(|error| error * error).sum();
            let own = (errors.len() >= 2).then(|| (squares / errors.len() as f64).sqrt());
            let spread = match (own, known) {
                (Some(own), before) => {
                    let spread = before.map_or(own, |(_, before)| own.max(before));
                    known = Some((at, spread));
                    spread
                }
                (None, Some((last, spread))) => {
                    spread * ((at + 1) as f64 / (last + 1) as f64).sqrt()
                }
                (None, None) => return None,
            };
            spreads.push(spread);
        }
        Some(spreads)
    }

    /// Ends around what is foretold that hold a share `level`; `None` where there are too few errors
    /// for that level.
    pub fn around(&self, ahead: &[f64], level: f64) -> Option<Vec<(f64, f64)>> {
        let spreads = self.spreads()?;
        let scaled = self.0.iter().zip(&spreads).flat_map(|(errors, spread)| {
            // Where a method never erred, its errors are 0 and so are its intervals.
            let scale = if *spread > 0.0 { *spread } else { 1.0 };
            errors.iter().map(move |error| error.abs() / scale)
        });
        let mut scaled: Vec<f64> = scaled.collect();
        scaled.sort_unstable_by(f64::total_cmp);
        let rank = (level * (scaled.len() + 1) as f64).ceil() as usize;
        let width = *scaled.get(rank.checked_sub(1)?)?;
        let ends = ahead.iter().zip(spreads);
        Some(ends.map(|(value, spread)| (value - width * spread, value + width * spread)).collect())
    }
}
