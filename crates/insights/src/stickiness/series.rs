//! The days of a stickiness answer as series. Weeks and months that begin before anything is known
//! have no number.

use perennial_types::calendar::Unit;

use super::answer::{DayAnswer, StickinessAnswer};
use crate::series::{Measured, Point, Series, of_rows};

/// The series of an answer, the customers of a day first.
pub fn series(answer: &StickinessAnswer) -> Vec<Series> {
    fn point(day: &DayAnswer, value: Option<f64>) -> Point {
        Point::new(&day.date, &day.date, value, day.complete)
    }
    fn whole(day: &DayAnswer, value: Option<f64>) -> Point {
        point(day, value.filter(|_| day.flags.is_empty()))
    }
    of_rows(
        Unit::Day,
        &answer.days,
        |_| (None, false),
        &[
            ("dau", Measured::Count, |day| point(day, Some(day.dau as f64))),
            ("wau", Measured::Count, |day| whole(day, Some(day.wau as f64))),
            ("mau", Measured::Count, |day| whole(day, Some(day.mau as f64))),
            ("dau/wau", Measured::Share, |day| whole(day, day.dau_wau)),
            ("dau/mau", Measured::Share, |day| whole(day, day.dau_mau)),
            ("wau/mau", Measured::Share, |day| whole(day, day.wau_mau)),
        ],
    )
}
