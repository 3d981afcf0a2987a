//! The trend of a funnel answer as series, by the period in which customers enter.

use super::answer::{FunnelAnswer, TrendRow};
use crate::series::{Measured, Point, Series, of_rows};

/// The series of an answer, the conversion first; none where no trend was asked for.
pub fn series(answer: &FunnelAnswer) -> Option<Vec<Series>> {
    fn point(row: &TrendRow, value: Option<f64>) -> Point {
        Point::new(&row.start, &row.label, value, row.complete)
    }
    let whose = |row: &TrendRow| (row.group.clone(), row.other);
    Some(of_rows(
        answer.question.period?,
        &answer.trend,
        whose,
        &[
            ("conversion", Measured::Share, |row| point(row, row.share)),
            ("entered", Measured::Count, |row| point(row, Some(row.entered as f64))),
            ("converted", Measured::Count, |row| point(row, Some(row.converted as f64))),
        ],
    ))
}
