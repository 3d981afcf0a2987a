//! One customer at one cut: what the features are functions of.
//!
//! Days are numbered, so a trailing window is a search in a sorted list, whatever its length.

use super::history::History;

/// What is known of a customer at a cut.
#[derive(Debug)]
pub struct At<'a> {
    /// The cut, a numbered day.
    pub cut: i32,
    /// What happened before it.
    pub history: &'a History,
    /// Orders worth more than 0.
    pub orders: &'a Series,
    /// Refunds.
    pub refunds: &'a Series,
    /// Gaps between days with an event.
    pub gaps: Gaps,
    /// Gaps between orders.
    pub order_gaps: Gaps,
}

/// Orders or refunds, in time order.
#[derive(Debug, Default)]
pub struct Series {
    /// Their days.
    pub days: Vec<i32>,
    /// Their money, in ten-thousandths.
    pub amounts: Vec<i128>,
}

/// The gaps between consecutive days of a list, in days.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Gaps {
    /// Their mean; `None` without a gap.
    pub mean: Option<f64>,
    /// Their median.
    pub median: Option<f64>,
    /// Their standard deviation, by one less than their number; `None` with fewer than two.
    pub deviation: Option<f64>,
    /// The latest.
    pub last: Option<f64>,
}

impl At<'_> {
    /// Civil days from a numbered day to the cut.
    pub fn days_since(&self, day: Option<&i32>) -> Option<f64> {
        day.map(|day| f64::from(self.cut - day))
    }

    /// Events of the last days up to the cut.
    pub fn events_within(&self, n_days: i32) -> f64 {
        n_within(&self.history.days, self.cut, n_days)
    }

    /// Days with an event among the last days up to the cut.
    pub fn active_days_within(&self, n_days: i32) -> f64 {
        n_within(&self.history.active_days, self.cut, n_days)
    }

    /// Whether the customer was known before the last days up to the cut began.
    pub fn is_older_than(&self, n_days: i32) -> bool {
        self.history.days.first().is_some_and(|first| self.cut - first >= n_days)
    }

    /// Least-squares slope of the events of the last six blocks of 30 days, those the customer was
    /// known in from beginning to end; `None` with fewer than two.
    pub fn slope(&self) -> Option<f64> {
        let first = *self.history.days.first()?;
        let n_blocks = ((self.cut - first + 1) / 30).min(6);
        if n_blocks < 2 {
            return None;
        }
        let middle = f64::from(n_blocks - 1) / 2.0;
        let (mut spread, mut along) = (0.0, 0.0);
        for block in 0..n_blocks {
            // Block 0 is the latest, so time runs against its number.
            let place = middle - f64::from(block);
            let n_events = self.events_within(30 * (block + 1)) - self.events_within(30 * block);
            spread += place * place;
            along += place * n_events;
        }
        Some(along / spread)
    }
}

impl Series {
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.days.clear();
        self.amounts.clear();
    }

    /// How many there are.
    pub fn n(&self) -> f64 {
        self.days.len() as f64
    }

    /// How many fell in the last days up to a cut.
    pub fn n_within(&self, cut: i32, n_days: i32) -> f64 {
        n_within(&self.days, cut, n_days)
    }

    /// All their money, in units.
    pub fn money(&self) -> f64 {
        units(self.amounts.iter().sum())
    }

    /// The money of those of the last days up to a cut, in units.
    pub fn money_within(&self, cut: i32, n_days: i32) -> f64 {
        let first = self.days.partition_point(|day| *day <= cut - n_days);
        units(self.amounts.iter().skip(first).sum())
    }
}

impl Gaps {
    /// The gaps of days in order; `scratch` is taken for its memory.
    pub fn new(days: &[i32], scratch: &mut Vec<i32>) -> Gaps {
        scratch.clear();
        scratch.extend(days.windows(2).map(|pair| pair[1] - pair[0]));
        let Some(last) = scratch.last().copied() else { return Gaps::default() };
        let n = scratch.len() as f64;
        let mean = scratch.iter().map(|gap| f64::from(*gap)).sum::<f64>() / n;
        let squares: f64 = scratch.iter().map(|gap| (f64::from(*gap) - mean).powi(2)).sum();
        let half = scratch.len() / 2;
        let is_even = scratch.len().is_multiple_of(2);
        let (below, upper, _) = scratch.select_nth_unstable(half);
        let upper = f64::from(*upper);
        let lower = below.iter().max().filter(|_| is_even).map_or(upper, |lower| f64::from(*lower));
        Gaps {
            mean: Some(mean),
            median: Some((lower + upper) / 2.0),
            deviation: (n > 1.0).then(|| (squares / (n - 1.0)).sqrt()),
            last: Some(f64::from(last)),
        }
    }

    /// A length in mean gaps; `None` without a gap, or where all of them are 0.
    pub fn in_means(&self, length: Option<f64>) -> Option<f64> {
        self.mean.filter(|mean| *mean > 0.0).and_then(|mean| Some(length? / mean))
    }
}

/// Ten-thousandths in units.
pub fn units(ten_thousandths: i128) -> f64 {
    ten_thousandths as f64 / 10_000.0
}

fn n_within(days: &[i32], cut: i32, n_days: i32) -> f64 {
    (days.len() - days.partition_point(|day| *day <= cut - n_days)) as f64
}
