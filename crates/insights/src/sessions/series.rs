//! The trend of a sessions answer as series, by the period in which sessions begin.

use super::answer::{SessionsAnswer, TrendRow};
use crate::series::{Measured, Point, Series, of_rows};

/// The series of an answer, the sessions first; none where no trend was asked for.
pub fn series(answer: &SessionsAnswer) -> Option<Vec<Series>> {
    fn point(row: &TrendRow, value: Option<f64>) -> Point {
        Point::new(&row.start, &row.label, value, row.complete)
    }
    Some(of_rows(
        answer.question.period?,
        &answer.trend,
        |_| (None, false),
        &[
            ("sessions", Measured::Count, |row| point(row, Some(row.sessions as f64))),
            ("customers", Measured::Count, |row| point(row, Some(row.customers as f64))),
            ("bounces", Measured::Count, |row| point(row, Some(row.bounces as f64))),
            ("bounce_share", Measured::Share, |row| point(row, row.bounce_share)),
        ],
    ))
}
