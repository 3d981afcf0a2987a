//! How far values lie apart, with and without regard to outliers.

/// A median absolute deviation times this is the standard deviation of a normal distribution:
/// 1 ÷ Φ⁻¹(3/4).
const NORMAL: f64 = 1.482_602_218_505_602;

/// The median; the mean of the two in the middle where their number is even.
pub fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *values.get(values.len() / 2 - 1)?;
    Some(lower + (upper - lower) / 2.0)
}

/// The standard deviation as told by the median absolute deviation from the median.
pub fn robust_deviation(mut values: Vec<f64>) -> Option<f64> {
    let middle = median(&mut values)?;
    values.iter_mut().for_each(|value| *value = (*value - middle).abs());
    Some(median(&mut values)? * NORMAL)
}

/// The variance of a sample; `None` for fewer than two values.
pub fn variance(values: impl Iterator<Item = f64> + Clone) -> Option<f64> {
    let n = values.clone().count();
    let mean = values.clone().sum::<f64>() / n as f64;
    let squares: f64 = values.map(|value| (value - mean) * (value - mean)).sum();
    (n > 1).then(|| squares / (n - 1) as f64)
}
