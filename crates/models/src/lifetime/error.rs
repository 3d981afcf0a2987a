//! Why no lifetime value can be given, and how to mend it.

use thiserror::Error;

/// Why a lifetime model refuses.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum LifetimeError {
    /// Four parameters cannot be told from a handful of customers.
    #[error("`{n_customers}` customers are too few to fit the model: it needs {needed}")]
    TooFewCustomers {
        /// How many there are.
        n_customers: usize,
        /// How many it takes.
        needed: usize,
    },
    /// Everybody came just now, so nobody has a rate.
    #[error("no time has passed since the first purchase of any of `{n_customers}` customers")]
    NoTime {
        /// How many customers there are.
        n_customers: usize,
    },
    /// Nobody bought twice, so nothing is known of rates or of leaving.
    #[error("`0` of {n_customers} customers bought a second time")]
    NoRepeatBuyers {
        /// How many customers there are.
        n_customers: usize,
    },
    /// Nobody has left yet, or nobody is left: the share that leaves has no estimate.
    #[error(
        "`{n_lost}` of {n_customers} customers left: a rate of leaving cannot be told from that"
    )]
    OneOutcome {
        /// How many left.
        n_lost: u64,
        /// Out of how many.
        n_customers: u64,
    },
    /// A row holds a value that cannot be.
    #[error("row {row}: the {field} is `{value}`, which {reason}")]
    BadRow {
        /// Index of the row, from 0.
        row: usize,
        /// Which number of it.
        field: &'static str,
        /// What it is.
        value: f64,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// An argument is outside what the formula knows.
    #[error("the {name} is `{value}`, which {reason}")]
    BadArgument {
        /// Which argument.
        name: &'static str,
        /// What it is.
        value: f64,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The search for the best parameters did not settle.
    #[error("the search stopped after `{n_evaluations}` evaluations without settling")]
    NotSettled {
        /// Evaluations of the likelihood.
        n_evaluations: usize,
    },
    /// The spread of spending is so wide that its mean does not exist (q ≤ 1).
    #[error("spending varies so much between customers that it has no mean: q is `{q}`")]
    NoMean {
        /// The parameter that must be above 1.
        q: f64,
    },
    /// A series of the formula does not settle in double precision.
    #[error("the expectation over `{horizon}` units of time is beyond double precision")]
    OutOfReach {
        /// The horizon asked for.
        horizon: f64,
    },
}

impl LifetimeError {
    /// A stable name for counting and for other programs.
    pub fn code(&self) -> &'static str {
        match self {
            LifetimeError::TooFewCustomers { .. } => "too_few_customers",
            LifetimeError::NoTime { .. } => "no_time",
            LifetimeError::NoRepeatBuyers { .. } => "no_repeat_buyers",
            LifetimeError::OneOutcome { .. } => "one_outcome",
            LifetimeError::BadRow { .. } => "bad_row",
            LifetimeError::BadArgument { .. } => "bad_argument",
            LifetimeError::NotSettled { .. } => "not_settled",
            LifetimeError::NoMean { .. } => "no_mean",
            LifetimeError::OutOfReach { .. } => "out_of_reach",
        }
    }

    /// What would mend it.
    pub fn hint(&self) -> &'static str {
        match self {
            LifetimeError::TooFewCustomers { .. } => "take a longer period or a wider population",
            LifetimeError::NoTime { .. } => "take a later date, or customers who came before",
            LifetimeError::NoRepeatBuyers { .. } => {
                "take a longer period, or ask for the time to the second order instead"
            }
            LifetimeError::OneOutcome { .. } => {
                "take cohorts old enough that some customers left and some stayed"
            }
            LifetimeError::BadRow { .. } => {
                "times must satisfy 0 ≤ last repeat ≤ age, in one unit, and be 0 without a repeat"
            }
            LifetimeError::BadArgument { .. } => "give a finite number within the stated range",
            LifetimeError::NotSettled { .. } => {
                "check the rows for mixed units of time, or compare with the plain rate"
            }
            LifetimeError::NoMean { .. } => {
                "cut or cap the few largest orders, or use each customer's own mean"
            }
            LifetimeError::OutOfReach { .. } => "ask for a shorter horizon",
        }
    }
}

/// Refuses a number that is not finite or below `least`.
pub(super) fn check_argument(
    name: &'static str,
    value: f64,
    least: f64,
) -> Result<(), LifetimeError> {
    let reason = if !value.is_finite() {
        "is not a finite number"
    } else if value < least {
        "is too small"
    } else {
        return Ok(());
    };
    Err(LifetimeError::BadArgument { name, value, reason })
}
