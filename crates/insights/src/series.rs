//! Series: the numbers of an answer that come one per period, for whoever looks at them over time.
//!
//! A kind whose answers have periods gives its series by [`Insight::series`](crate::Insight); what
//! is made of them (seasons, trends) needs not know the kind.

use perennial_types::calendar::Unit;
use perennial_types::question::Text;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::glossary;
use crate::grouping::Group;

/// What a series measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Measured {
    /// Whole numbers of customers, orders, events.
    Count,
    /// Shares of a whole, 0 to 1.
    Share,
    /// Money of one currency, in major units.
    Money,
    /// Anything else: a ratio without a bound.
    Number,
}

/// One number per period.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The number's name in the answer.
    pub name: String,
    /// What it is called.
    pub words: Text,
    /// What it measures.
    pub measured: Measured,
    /// Length of a period.
    pub period: Unit,
    /// Values of the breakdown; `None` for everybody, or for the computed rest.
    pub group: Option<Group>,
    /// Whether it is the computed rest.
    pub other: bool,
    /// The periods, in order, none left out.
    pub points: Vec<Point>,
}

/// One period.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// As the answer names its start: its first civil date first.
    pub start: String,
    /// What it is called.
    pub label: String,
    /// The number; `None` where it cannot be computed or is known not to be whole.
    pub value: Option<f64>,
    /// Whether it is final.
    pub complete: bool,
}

impl Point {
    /// A period of an answer.
    pub fn new(start: &str, label: &str, value: Option<f64>, complete: bool) -> Point {
        Point { start: start.to_owned(), label: label.to_owned(), value, complete }
    }
}

/// The series of numbers that rows of an answer have in common, group by group as they come.
pub fn of_rows<R>(
    period: Unit,
    rows: &[R],
    whose: impl Fn(&R) -> (Option<Group>, bool),
    numbers: &[(&str, Measured, fn(&R) -> Point)],
) -> Vec<Series> {
    let mut groups: Vec<(Option<Group>, bool)> = vec![(None, false)];
    for row in rows {
        let own = whose(row);
        if !groups.contains(&own) {
            groups.push(own);
        }
    }
    let mut all = Vec::with_capacity(groups.len() * numbers.len());
    for (group, other) in groups {
        let own: Vec<&R> = rows.iter().filter(|row| whose(row) == (group.clone(), other)).collect();
        for (name, measured, point) in numbers {
            all.push(Series {
                name: (*name).to_owned(),
                words: glossary::text(name),
                measured: *measured,
                period,
                group: group.clone(),
                other,
                points: own.iter().map(|row| point(row)).collect(),
            });
        }
    }
    all
}
