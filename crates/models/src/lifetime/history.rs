//! What is known of one customer, and equal customers counted once.

use serde::{Deserialize, Serialize};

use super::LifetimeError;

/// One customer's purchases as the models see them: x, t_x and T of the papers.
///
/// Times are in any one unit (weeks, days), from the first purchase. A day or a week with several
/// purchases counts as one occurrence, as the caller's definition of an order says.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// x: purchases after the first.
    pub n_repeats: u32,
    /// t_x: from the first to the last purchase; 0 without a repeat.
    pub last_repeat: f64,
    /// T: from the first purchase to the end of the observation.
    pub age: f64,
}

impl History {
    /// Refuses times that are not finite, negative or out of order; `row` is for the message.
    ///
    /// # Errors
    /// [`LifetimeError::BadRow`].
    pub fn check(&self, row: usize) -> Result<(), LifetimeError> {
        let bad = |field, value, reason| Err(LifetimeError::BadRow { row, field, value, reason });
        if !self.age.is_finite() {
            return bad("age", self.age, "is not a finite number");
        }
        if self.age < 0.0 {
            return bad("age", self.age, "is before the first purchase");
        }
        if !self.last_repeat.is_finite() {
            return bad("last repeat", self.last_repeat, "is not a finite number");
        }
        if self.last_repeat < 0.0 {
            return bad("last repeat", self.last_repeat, "is before the first purchase");
        }
        if self.last_repeat > self.age {
            return bad("last repeat", self.last_repeat, "is after the end of the observation");
        }
        if self.n_repeats == 0 && self.last_repeat > 0.0 {
            return bad("last repeat", self.last_repeat, "must be 0 without a repeat purchase");
        }
        if self.n_repeats > 0 && self.last_repeat <= 0.0 {
            return bad("last repeat", self.last_repeat, "must be above 0 with a repeat purchase");
        }
        Ok(())
    }
}

/// Distinct histories with how many customers share each: what a likelihood walks over.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    /// Sorted by repeats, then age, then last repeat.
    pub rows: Vec<Row>,
    /// The distinct numbers of repeats with their customers, ascending.
    pub levels: Vec<Level>,
    /// All customers.
    pub n_customers: f64,
    /// Mean age: the scale of time.
    pub mean_age: f64,
    /// Repeats per unit of time over everybody.
    pub mean_rate: f64,
}

/// Customers with the same history.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// Index into the levels.
    pub level: usize,
    /// t_x.
    pub last: f64,
    /// T.
    pub age: f64,
    /// How many customers.
    pub weight: f64,
}

/// Customers with the same number of repeats.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    /// x.
    pub n_repeats: f64,
    /// How many customers.
    pub weight: f64,
}

/// Fewest customers a fit is tried on.
const LEAST_CUSTOMERS: usize = 30;

impl Rows {
    /// Checks every row and counts equal ones.
    pub fn new(histories: &[History]) -> Result<Rows, LifetimeError> {
        for (row, history) in histories.iter().enumerate() {
            history.check(row)?;
        }
        let n_customers = histories.len();
        if n_customers < LEAST_CUSTOMERS {
            return Err(LifetimeError::TooFewCustomers { n_customers, needed: LEAST_CUSTOMERS });
        }
        if histories.iter().all(|history| history.n_repeats == 0) {
            return Err(LifetimeError::NoRepeatBuyers { n_customers });
        }
        // Times are not negative, so their bits sort as they do; −0 is turned to 0.
        let key =
            |h: &History| (h.n_repeats, (h.age + 0.0).to_bits(), (h.last_repeat + 0.0).to_bits());
        let mut keys: Vec<(u32, u64, u64)> = histories.iter().map(key).collect();
        keys.sort_unstable();
        let mut rows: Vec<Row> = Vec::with_capacity(keys.len());
        let mut levels: Vec<Level> = Vec::new();
        let mut before = None;
        for key in keys {
            let (n_repeats, age, last) =
                (f64::from(key.0), f64::from_bits(key.1), f64::from_bits(key.2));
            match levels.last_mut().filter(|level| level.n_repeats == n_repeats) {
                Some(level) => level.weight += 1.0,
                None => levels.push(Level { n_repeats, weight: 1.0 }),
            }
            match rows.last_mut().filter(|_| before == Some(key)) {
                Some(row) => row.weight += 1.0,
                None => rows.push(Row { level: levels.len() - 1, last, age, weight: 1.0 }),
            }
            before = Some(key);
        }
        Ok(Rows::gathered(rows, levels))
    }

    /// Adds the totals up.
    fn gathered(rows: Vec<Row>, levels: Vec<Level>) -> Rows {
        let n_customers: f64 = levels.iter().map(|level| level.weight).sum();
        let ages: f64 = rows.iter().map(|row| row.weight * row.age).sum();
        let repeats: f64 = levels.iter().map(|level| level.weight * level.n_repeats).sum();
        Rows { rows, levels, n_customers, mean_age: ages / n_customers, mean_rate: repeats / ages }
    }

    /// About `n_rows` rows that stand for all of them: every k-th, with the weight of k. Rows that
    /// stand for k customers or more are all kept. A place to start from, nothing else.
    pub fn thinned(&self, n_rows: usize) -> Option<Rows> {
        let step = self.rows.len() / n_rows.max(1);
        if step < 2 {
            return None;
        }
        let heavy = step as f64;
        let mut rows: Vec<Row> = Vec::with_capacity(2 * n_rows);
        let mut levels = self.levels.clone();
        for level in &mut levels {
            level.weight = 0.0;
        }
        for (i, row) in self.rows.iter().enumerate() {
            let weight = match row.weight >= heavy {
                true => row.weight,
                false if i % step == 0 => row.weight * heavy,
                false => continue,
            };
            rows.push(Row { weight, ..*row });
            if let Some(level) = levels.get_mut(row.level) {
                level.weight += weight;
            }
        }
        Some(Rows::gathered(rows, levels))
    }
}
