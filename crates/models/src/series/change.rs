//! Change points: where the level, or the line, of a series breaks.
//!
//! R. Killick, P. Fearnhead, I. A. Eckley (2012), "Optimal detection of changepoints with a linear
//! computational cost", Journal of the American Statistical Association 107, 1590–1598 (PELT): the
//! segmentation with the least Σ residual squares ÷ σ² + penalty per change, exact.
//!
//! Penalty per change: (p + 2) · ln n, p the numbers of a segment (1 of a level, 2 of a line), the
//! leading terms of the modified BIC of N. R. Zhang and D. O. Siegmund (2007), Biometrics 63,
//! 22–32: 3 · ln n for a level. Where neighbours are alike by themselves it is multiplied by
//! (1 + ρ) ÷ (1 − ρ), which that does to the variance of a mean.
//!
//! σ and ρ come from differences, which changes hardly touch: ρ = (spread of y(t+2) − y(t) ÷ spread
//! of y(t+1) − y(t))² − 1 (S. Chakar, E. Lebarbier, C. Lévy-Leduc, S. Robin (2017), Bernoulli 23,
//! 1408–1447), the spreads by the median absolute deviation, ρ kept in 0 to 0.9. σ is the larger of
//! the spread and the standard deviation of y(t+1) − y(t), ÷ √(2 · (1 − ρ)): where noise has long
//! tails the spread alone would take every cluster of them for a change.
//!
//! Limits. A change nearer to an end or to another than `min_length` is not seen. A short bump is
//! two changes or none.

use super::error::{SeriesError, check_finite};
use super::spread::{robust_deviation, variance};

/// Most points that changes are looked for in: where nothing changes the work grows with their
/// square.
pub const MAX_POINTS: usize = 20_000;

/// What a series looks like between two changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A level.
    Level,
    /// A straight line.
    Line,
}

impl Shape {
    fn n_numbers(self) -> usize {
        match self {
            Shape::Level => 1,
            Shape::Line => 2,
        }
    }
}

/// How changes are looked for.
#[derive(Clone, Copy, Debug)]
pub struct Segmentation {
    /// What a series looks like between two changes.
    pub shape: Shape,
    /// Fewest points between two changes.
    pub min_length: usize,
    /// Times the usual penalty: 1, more for fewer changes.
    pub strictness: f64,
}

/// One change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// First point after it.
    pub at: usize,
    /// What the segment before says of that point.
    pub before: f64,
    /// What the segment after says of it.
    pub after: f64,
    /// Slope per period before; 0 of a level.
    pub slope_before: f64,
    /// Slope per period after.
    pub slope_after: f64,
}

/// The changes of a series, and what was taken for noise.
#[derive(Clone, Debug, PartialEq)]
pub struct Changes {
    /// The changes, in order.
    pub changes: Vec<Change>,
    /// Standard deviation of the noise.
    pub deviation: f64,
    /// Correlation of neighbouring noise.
    pub correlation: f64,
    /// What a change had to save, in squares of the deviation.
    pub penalty: f64,
}

/// Finds the changes of a series without gaps.
///
/// # Errors
/// When it is too long, has a value that is no number, or `min_length` is shorter than the shape
/// needs.
pub fn change_points(values: &[f64], segmentation: &Segmentation) -> Result<Changes, SeriesError> {
    let known: Vec<Option<f64>> = values.iter().copied().map(Some).collect();
    check_finite(&known)?;
    if values.len() > MAX_POINTS {
        return Err(SeriesError::TooLong { found: values.len(), most: MAX_POINTS });
    }
    let needed = segmentation.shape.n_numbers() + 1;
    let min_length = segmentation.min_length;
    if min_length < needed {
        return Err(SeriesError::StretchTooShort { found: min_length, needed });
    }
    let (deviation, correlation) = noise(values);
    let n_numbers = segmentation.shape.n_numbers() as f64;
    let inflation = (1.0 + correlation) / (1.0 - correlation);
    let usual = (n_numbers + 2.0) * libm::log(values.len().max(2) as f64) * inflation;
    let penalty = usual * segmentation.strictness;
    let mut found = Changes { changes: Vec::new(), deviation, correlation, penalty };
    if deviation > 0.0 && values.len() >= 2 * min_length {
        let sums = Sums::new(values, segmentation.shape);
        let starts = pelt(&sums, min_length, penalty * deviation * deviation);
        found.changes = changes(&sums, &starts);
    }
    Ok(found)
}

/// Deviation and correlation of the noise.
fn noise(values: &[f64]) -> (f64, f64) {
    let differences = |lag: usize| -> Vec<f64> {
        values.iter().zip(values.iter().skip(lag)).map(|(from, to)| to - from).collect()
    };
    let robust = robust_deviation(differences(1)).unwrap_or_default();
    let two = robust_deviation(differences(2)).unwrap_or_default();
    let ratio = if robust > 0.0 { two / robust } else { 1.0 };
    let correlation = (ratio * ratio - 1.0).clamp(0.0, 0.9);
    let plain = variance(differences(1).into_iter()).unwrap_or_default().sqrt();
    (robust.max(plain) / (2.0 * (1.0 - correlation)).sqrt(), correlation)
}

/// The best segmentation: where its segments start, the first one's 0 included.
fn pelt(sums: &Sums, min_length: usize, penalty: f64) -> Vec<usize> {
    let n = sums.len();
    let mut best = vec![f64::INFINITY; n + 1];
    let mut last = vec![0_usize; n + 1];
    best[0] = -penalty;
    // Starts that may still be the last change, with the end from which on they cannot be.
    let mut candidates: Vec<(usize, usize)> = vec![(0, usize::MAX)];
    for end in min_length..=n {
        candidates.retain(|(_, until)| end < *until);
        for &(start, _) in candidates.iter().filter(|(start, _)| end - start >= min_length) {
            let cost = best[start] + sums.cost(start, end) + penalty;
            if cost < best[end] {
                (best[end], last[end]) = (cost, start);
            }
        }
        // A start that is behind even without paying for the change is behind for ever, but the
        // segment that overtakes it must be long enough first.
        for (start, until) in &mut candidates {
            let is_behind =
                end - *start >= min_length && best[*start] + sums.cost(*start, end) >= best[end];
            if is_behind {
                *until = (*until).min(end + min_length);
            }
        }
        if best[end].is_finite() {
            candidates.push((end, usize::MAX));
        }
    }
    let mut starts = Vec::new();
    let mut end = n;
    while end > 0 {
        end = last[end];
        starts.push(end);
    }
    starts.reverse();
    starts
}

fn changes(sums: &Sums, starts: &[usize]) -> Vec<Change> {
    let ends = starts.iter().skip(1).copied().chain([sums.len()]);
    let segments: Vec<(usize, (f64, f64))> =
        starts.iter().zip(ends).map(|(start, end)| (*start, sums.line(*start, end))).collect();
    let pairs = segments.windows(2).map(|pair| {
        let ((from, (level, slope)), (at, (level_after, slope_after))) = (pair[0], pair[1]);
        Change {
            at,
            before: level + slope * (at - from) as f64,
            after: level_after,
            slope_before: slope,
            slope_after,
        }
    });
    pairs.collect()
}

/// Running sums, by which the squares of any segment are told at once.
struct Sums {
    shape: Shape,
    /// The mean of the series, taken off before squaring.
    mean: f64,
    /// Σ y, Σ y², Σ t·y of the points before each.
    before: Vec<(f64, f64, f64)>,
}

impl Sums {
    fn new(values: &[f64], shape: Shape) -> Sums {
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        let mut before = vec![(0.0, 0.0, 0.0)];
        let (mut sum, mut squares, mut products) = (0.0, 0.0, 0.0);
        for (at, value) in values.iter().enumerate() {
            let value = value - mean;
            sum += value;
            squares += value * value;
            products += at as f64 * value;
            before.push((sum, squares, products));
        }
        Sums { shape, mean, before }
    }

    fn len(&self) -> usize {
        self.before.len() - 1
    }

    /// n, Σ y, Σ y² and Σ (t − mean t) · y of a segment.
    fn of(&self, start: usize, end: usize) -> (f64, f64, f64, f64) {
        let ((from, from_squares, from_products), (to, to_squares, to_products)) =
            (self.before[start], self.before[end]);
        let sum = to - from;
        let middle = (start + end - 1) as f64 / 2.0;
        let products = (to_products - from_products) - middle * sum;
        ((end - start) as f64, sum, to_squares - from_squares, products)
    }

    /// Residual squares of a segment.
    fn cost(&self, start: usize, end: usize) -> f64 {
        let (n, sum, squares, products) = self.of(start, end);
        let about_mean = squares - sum * sum / n;
        let explained = match self.shape {
            Shape::Level => 0.0,
            Shape::Line => products * products / spread_of_times(n),
        };
        (about_mean - explained).max(0.0)
    }

    /// What a segment says of its first point, and its slope.
    fn line(&self, start: usize, end: usize) -> (f64, f64) {
        let (n, sum, _, products) = self.of(start, end);
        let slope = match self.shape {
            Shape::Level => 0.0,
            Shape::Line => products / spread_of_times(n),
        };
        (self.mean + sum / n - slope * (n - 1.0) / 2.0, slope)
    }
}

/// Σ (t − mean t)² of n neighbouring points.
fn spread_of_times(n: f64) -> f64 {
    n * (n * n - 1.0) / 12.0
}
