//! Series: what a number per period is made of, and where it changed.
//!
//! "Orders grow by a twentieth a year, December is 40 % above the rest, and since March there are
//! 200 a week fewer than the line before promised."
//!
//! * [`decompose`]: trend, seasons and remainder by STL and MSTL, with the strengths of both.
//! * [`seasonal_index`]: the classical index of every place of the season.
//! * [`change_points`]: where level or slope changed, by PELT.
//! * [`compared`]: every value beside the one a fixed number of periods earlier.
//! * [`effects`]: what special periods, holidays for one, differ from what was expected by.
//!
//! A series is one value per period, the periods equally long in name (days, weeks, months); `None`
//! is a period whose value is not known, never 0.

mod change;
mod decompose;
mod error;
mod index;
mod special;
mod spread;
mod year;

pub use change::{Change, Changes, MAX_POINTS, Segmentation, Shape, change_points};
pub use decompose::{Decomposition, Form, Settings, decompose};
pub use error::SeriesError;
pub use index::{Place, seasonal_index};
pub use special::{Effect, effects};
pub use year::{Compared, compared};

#[cfg(test)]
mod tests;
