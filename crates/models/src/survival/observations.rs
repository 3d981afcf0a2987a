//! What is known of each customer's stay.

use super::SurvivalError;

/// Stays in columns, one row per customer (or per stretch of a customer with its own covariates).
#[derive(Clone, Copy, Debug)]
pub struct Observations<'a> {
    /// How long each was watched, from the start of the relationship; not negative.
    pub durations: &'a [f64],
    /// Whether the customer left at that moment; `false`: was still here (censored).
    pub events: &'a [bool],
    /// From when on each was watched (delayed entry, start of a stretch); `None`: from 0.
    pub entries: Option<&'a [f64]>,
    /// How many customers each row stands for; `None`: one.
    pub weights: Option<&'a [f64]>,
}

impl<'a> Observations<'a> {
    /// Everybody watched from the start, one customer per row.
    pub fn new(durations: &'a [f64], events: &'a [bool]) -> Observations<'a> {
        Observations { durations, events, entries: None, weights: None }
    }

    /// The same, each watched only from `entries` on.
    #[must_use]
    pub fn entering(self, entries: &'a [f64]) -> Observations<'a> {
        Observations { entries: Some(entries), ..self }
    }

    /// The same, each row standing for `weights` customers.
    #[must_use]
    pub fn weighted(self, weights: &'a [f64]) -> Observations<'a> {
        Observations { weights: Some(weights), ..self }
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.durations.len()
    }

    /// Rows that ended with leaving.
    pub fn n_events(&self) -> usize {
        self.events.iter().filter(|has_left| **has_left).count()
    }

    pub(super) fn entry(&self, row: usize) -> f64 {
        self.entries.and_then(|entries| entries.get(row)).map_or(f64::NEG_INFINITY, |entry| *entry)
    }

    pub(super) fn weight(&self, row: usize) -> f64 {
        self.weights.and_then(|weights| weights.get(row)).map_or(1.0, |weight| *weight)
    }

    /// Refuses columns of different length, values that cannot be, and data without any event.
    ///
    /// # Errors
    /// [`SurvivalError::Lengths`], [`SurvivalError::BadRow`],
    /// [`SurvivalError::TooFewCustomers`], [`SurvivalError::NoEvents`].
    pub fn check(&self) -> Result<(), SurvivalError> {
        let expected = self.durations.len();
        let lengths = [
            ("events", Some(self.events.len())),
            ("entries", self.entries.map(<[f64]>::len)),
            ("weights", self.weights.map(<[f64]>::len)),
        ];
        for (name, n_rows) in lengths {
            check_length(name, n_rows.unwrap_or(expected), expected)?;
        }
        check_each("duration", self.durations, |value| (value < 0.0).then_some("is negative"))?;
        if let Some(entries) = self.entries {
            check_each("entry", entries, |value| (value < 0.0).then_some("is negative"))?;
            for (row, (entry, duration)) in entries.iter().zip(self.durations).enumerate() {
                if entry >= duration {
                    return Err(bad_row(row, "entry", *entry, "is not before the end"));
                }
            }
        }
        if let Some(weights) = self.weights {
            check_each("weight", weights, |value| (value <= 0.0).then_some("is not above 0"))?;
        }
        if expected == 0 {
            return Err(SurvivalError::TooFewCustomers { n_customers: 0, needed: 1 });
        }
        if !self.events.contains(&true) {
            return Err(SurvivalError::NoEvents { n_customers: expected });
        }
        Ok(())
    }
}

pub(super) fn check_length(
    name: &str,
    n_rows: usize,
    expected: usize,
) -> Result<(), SurvivalError> {
    if n_rows == expected {
        return Ok(());
    }
    Err(SurvivalError::Lengths { name: name.to_owned(), n_rows, expected })
}

/// Refuses the first value that is not finite or that `is_bad` gives a reason against.
pub(super) fn check_each(
    column: &str,
    values: &[f64],
    is_bad: impl Fn(f64) -> Option<&'static str>,
) -> Result<(), SurvivalError> {
    for (row, value) in values.iter().enumerate() {
        let reason =
            if value.is_finite() { is_bad(*value) } else { Some("is not a finite number") };
        if let Some(reason) = reason {
            return Err(bad_row(row, column, *value, reason));
        }
    }
    Ok(())
}

fn bad_row(row: usize, column: &str, value: f64, reason: &'static str) -> SurvivalError {
    SurvivalError::BadRow { row, column: column.to_owned(), value, reason }
}

/// Refuses a level outside (0, 1).
pub(super) fn check_level(level: f64) -> Result<(), SurvivalError> {
    if level > 0.0 && level < 1.0 {
        return Ok(());
    }
    let reason = "is not between 0 and 1";
    Err(SurvivalError::BadArgument { name: "level", value: level, reason })
}
