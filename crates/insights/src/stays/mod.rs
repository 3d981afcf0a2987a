//! Stays: for every customer when the relationship began, when it ended, and whether it has.
//!
//! Answers "how long was each customer with us, and is that the whole of it?" for kinds that follow
//! customers from their start. Two ways of leaving are known:
//!
//! | leaving | dated at | all is known until |
//! |---|---|---|
//! | an event, `cancel` for one | its first occurrence from the start on | `as_of` |
//! | silence of so many days | the last occurrence before the first such silence | so many days before `as_of` |
//!
//! Whoever is still here at that instant is censored there: known to have stayed at least so long.
//! For silence that is not `as_of`, as of nobody it can be known yet who fell silent since; looking
//! at everybody at the same earlier instant keeps censoring apart from staying, and makes the answer
//! closed: no later event changes it. Customers who started later are counted, and take no part.
//!
//! A stay is counted in civil days, the first one as 1. Where a field says that the relationship began
//! before the start that was seen, the stay counts from there, and the customer was watched from the
//! start on only (delayed entry): those who left earlier could not be seen.

mod fold;
mod groups;
mod plan;
mod read;
mod words;

pub(crate) use fold::day_number;
pub use fold::folds;
pub use groups::{Grouped, grouped};
pub use plan::{Plan, Terms};
pub use read::{Stay, Stays};
pub use words::{leaving_in_words, population_in_words, start_in_words};

use perennial_types::filter::EventFilter;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a customer leaves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Leaving {
    /// By so many days of 24 hours without an occurrence; the stay ends at the last one before.
    SilenceDays(u32),
    /// By an event.
    Event(EventFilter),
}

impl Default for Leaving {
    fn default() -> Leaving {
        Leaving::SilenceDays(90)
    }
}
