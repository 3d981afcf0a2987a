//! Every value beside the one a fixed number of periods earlier: a year ago, on the same weekday.
//!
//! For days that number is 364, 52 whole weeks: a Saturday is compared with a Saturday. The peer
//! that moves weekends to Monday compares 365 days and then mends it.

/// A value and the one it is compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compared {
    /// Position of the value.
    pub at: usize,
    /// Position of the one it is compared with.
    pub against: usize,
    /// The value.
    pub value: f64,
    /// The earlier one.
    pub before: f64,
    /// Value − before.
    pub difference: f64,
    /// Value ÷ before − 1; `None` where before is not above 0.
    pub change: Option<f64>,
}

/// Every value that is known together with the one `lag` periods earlier.
pub fn compared(values: &[Option<f64>], lag: usize) -> Vec<Compared> {
    let pairs = values.iter().zip(values.iter().skip(lag)).enumerate();
    let both = pairs.filter_map(|(against, (before, value))| {
        let (before, value) = ((*before)?, (*value)?);
        Some(Compared {
            at: against + lag,
            against,
            value,
            before,
            difference: value - before,
            change: (before > 0.0).then(|| value / before - 1.0),
        })
    });
    both.collect()
}
