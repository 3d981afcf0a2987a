//! The rates and sets of a crr answer as series. Where S cannot be known whole there is no number.

use super::answer::{CrrAnswer, Rates};
use crate::series::{Measured, Point, Series, of_rows};

/// The series of an answer, the rate first.
pub fn series(answer: &CrrAnswer) -> Vec<Series> {
    fn point(rates: &Rates, value: Option<f64>) -> Point {
        let value = value.filter(|_| rates.flags.is_empty());
        Point::new(&rates.start, &rates.label, value, rates.complete)
    }
    let whose = |rates: &Rates| (rates.group.clone(), rates.other);
    of_rows(
        answer.question.period,
        &answer.periods,
        whose,
        &[
            ("crr", Measured::Share, |rates| point(rates, rates.set)),
            ("classic", Measured::Number, |rates| point(rates, rates.classic)),
            ("churn", Measured::Share, |rates| point(rates, rates.churn)),
            ("s", Measured::Count, |rates| point(rates, Some(rates.s as f64))),
            ("e", Measured::Count, |rates| point(rates, Some(rates.e as f64))),
            ("n", Measured::Count, |rates| point(rates, Some(rates.n as f64))),
            ("kept", Measured::Count, |rates| point(rates, Some(rates.kept as f64))),
            ("won_back", Measured::Count, |rates| point(rates, Some(rates.won_back as f64))),
            ("lost", Measured::Count, |rates| point(rates, Some(rates.lost as f64))),
            ("acquired", Measured::Count, |rates| point(rates, Some(rates.acquired as f64))),
        ],
    )
}
