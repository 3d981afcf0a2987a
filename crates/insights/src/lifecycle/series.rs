//! The states of a lifecycle answer as series. Where the history is too short there is no number.

use super::answer::{LifecycleAnswer, PeriodAnswer};
use crate::series::{Measured, Point, Series, of_rows};

/// The series of an answer, the active first.
pub fn series(answer: &LifecycleAnswer) -> Vec<Series> {
    fn point(period: &PeriodAnswer, value: Option<f64>) -> Point {
        let value = value.filter(|_| period.flags.is_empty());
        Point::new(&period.start, &period.label, value, period.complete)
    }
    let rows: Vec<PeriodAnswer> = answer.periods.iter().chain(&answer.groups).cloned().collect();
    let whose = |period: &PeriodAnswer| (period.group.clone(), period.other);
    of_rows(
        answer.question.period,
        &rows,
        whose,
        &[
            ("active_end", Measured::Count, |one| point(one, Some(one.active_end as f64))),
            ("new", Measured::Count, |one| point(one, Some(one.new as f64))),
            ("returning", Measured::Count, |one| point(one, Some(one.returning as f64))),
            ("idle", Measured::Count, |one| point(one, Some(one.idle as f64))),
            ("resurrecting", Measured::Count, |one| point(one, Some(one.resurrecting as f64))),
            ("dormant", Measured::Count, |one| point(one, Some(one.dormant as f64))),
            ("quick_ratio", Measured::Number, |one| point(one, one.quick_ratio)),
            ("dormant_share", Measured::Share, |one| point(one, one.dormant_share)),
        ],
    )
}
