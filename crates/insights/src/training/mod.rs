//! The training room: what was known of customers at past dates, and whether they left afterwards.
//!
//! "At the end of March we knew this of Anna. By the end of June she had not ordered again." One such
//! row per customer and cut is what a model of leaving learns from, and what it is judged by.
//!
//! ```text
//!   features: every row up to the cut        label: rows of (cut + embargo, cut + horizon]
//!   ────────────────────────────────┤ cut ├─ embargo ─┼──────────────── horizon end ┤
//!   at risk: a `stays` event in the last `active_within_days` days up to the cut
//! ```
//!
//! | word | meaning |
//! |---|---|
//! | stays | an event that shows the customer is still here: an order, unless the question says otherwise |
//! | leaves | an event that says they go, a cancellation say; without it, silence says so |
//! | left | `leaves` happened in the window; without `leaves`, no `stays` did |
//! | not known | the window is not over, or the customer had left before it began |
//!
//! Everything is read as it was known at its own instant: an order line that came after the cut is
//! neither in the features nor in who is at risk, one after the horizon's end is not in the label.
//! [`Sampling`] reads features and labels in one scan; [`Sample`] is the table with its labels.
//!
//! Limits. A customer who was silent for longer than `active_within_days` has left already, and is in
//! no row. Without `cuts`, horizons follow each other without overlap, the last one ending with the
//! known world, [`MAX_CHOSEN_CUTS`] at most.

mod document;
mod learning;
mod occurrences;
mod outcome;
mod phrases;
mod plan;
mod question;
mod reasons;
pub mod refusals;
mod report;
mod sample;
mod themes;
pub mod traits;

pub use document::{Document, DriftAnswer, FeatureDrift, TrainedOn, calendar};
pub use learning::{
    Backtest, Calibration, LearnerName, Protocol, Tested, Trained, backtest, known_before,
    labelled, thinned, train,
};
pub use outcome::OutcomeFold;
pub use plan::{MAX_CHOSEN_CUTS, Sampling, Window};
pub use question::SampleQuestion;
pub use reasons::{N_REASONS, Reason, reasons};
pub use report::{
    ImportanceAnswer, ReliabilityAnswer, ReportAnswer, TestedAnswer, TopAnswer, reliability, report,
};
pub use sample::{OTHER, Sample, SampleCut};
pub use themes::Theme;

#[cfg(test)]
mod tests;
