//! How sure a fitted curve is of itself: the same fit of counts drawn anew.

use super::{Counts, Shape, StayCurve, fit};
use crate::learn::Random;
use crate::lifetime::LifetimeError;

/// Share of the draws that must have a fit, else they say nothing of those that have none.
const LEAST_FITTED: f64 = 0.9;

/// Curves fitted to counts drawn anew.
#[derive(Clone, Debug)]
pub struct Draws(Vec<StayCurve>);

/// Fits a shape to `n_draws` draws of the counts.
///
/// # Errors
/// [`LifetimeError::NotSettled`] where more than a tenth of the draws have no fit.
pub fn bootstrap(
    shape: Shape,
    counts: &Counts,
    n_draws: u32,
    seed: u64,
) -> Result<Draws, LifetimeError> {
    let mut curves = Vec::with_capacity(n_draws as usize);
    for draw in 0..n_draws {
        let mut random = Random::stream(seed, u64::from(draw));
        let mut again =
            |numbers: &[u64]| numbers.iter().map(|n| poisson(&mut random, *n)).collect();
        let drawn = Counts { lost: again(&counts.lost), kept: again(&counts.kept) };
        curves.extend(fit(shape, &drawn).ok().map(|found| found.curve));
    }
    if (curves.len() as f64) < LEAST_FITTED * f64::from(n_draws) || curves.is_empty() {
        return Err(LifetimeError::NotSettled { n_evaluations: n_draws as usize });
    }
    Ok(Draws(curves))
}

impl Draws {
    /// The interval of a number of the curve that holds a share `level` of the draws.
    pub fn interval(&self, level: f64, number: impl Fn(&StayCurve) -> f64) -> Option<(f64, f64)> {
        let mut values: Vec<f64> =
            self.0.iter().map(number).filter(|one| one.is_finite()).collect();
        values.sort_unstable_by(f64::total_cmp);
        let last = values.len().checked_sub(1)?;
        let at = |share: f64| {
            let place = share * last as f64;
            let (below, above) =
                (values.get(place as usize)?, values.get((place.ceil() as usize).min(last))?);
            Some(below + (above - below) * place.fract())
        };
        Some((at(0.5 * (1.0 - level))?, at(0.5 * (1.0 + level))?))
    }
}

/// Largest mean whose draws are counted one by one.
const LARGEST_COUNTED: u64 = 60;

/// A Poisson number of that mean: by products of uniforms where it is small (D. E. Knuth (1969), The
/// Art of Computer Programming 2, §3.4.1), else the normal of the same mean and variance, rounded.
fn poisson(random: &mut Random, mean: u64) -> u64 {
    if mean == 0 {
        return 0;
    }
    if mean <= LARGEST_COUNTED {
        let (least, mut product, mut n) = ((-(mean as f64)).exp(), random.unit(), 0);
        while product > least {
            product *= random.unit();
            n += 1;
        }
        return n;
    }
    // Box and Muller; 1 − u is above 0.
    let radius = (-2.0 * (1.0 - random.unit()).ln()).sqrt();
    let normal = radius * (std::f64::consts::TAU * random.unit()).cos();
    let mean = mean as f64;
    (mean + mean.sqrt() * normal).round().max(0.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poisson_numbers_have_their_mean_and_variance() {
        for mean in [1_u64, 7, 60, 61, 900] {
            let mut random = Random::stream(11, mean);
            let n = 20_000;
            let draws: Vec<f64> = (0..n).map(|_| poisson(&mut random, mean) as f64).collect();
            let average = draws.iter().sum::<f64>() / f64::from(n);
            let variance =
                draws.iter().map(|one| (one - average).powi(2)).sum::<f64>() / f64::from(n);
            let mean = mean as f64;
            assert!(
                (average / mean - 1.0).abs() < 4.0 / (mean * f64::from(n)).sqrt(),
                "{mean}: {average}"
            );
            assert!((variance / mean - 1.0).abs() < 0.06, "{mean}: {variance}");
        }
        assert_eq!(poisson(&mut Random::stream(1, 1), 0), 0);
    }
}
