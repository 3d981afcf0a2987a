//! The columns of a retention answer as series over the rows: of customers who began in a period,
//! how many were back k periods later.

use perennial_types::calendar::Unit;
use perennial_types::question::Text;

use super::answer::{Cohort, RetentionAnswer};
use crate::series::{Measured, Point, Series, of_rows};

/// The series of an answer: `share_1`, `share_2` … and the sizes of the rows.
pub fn series(answer: &RetentionAnswer) -> Vec<Series> {
    let period = answer.question.rows.unwrap_or(Unit::Month);
    let whose = |row: &Cohort| (row.group.clone(), row.other);
    let size =
        |row: &Cohort| Point::new(&row.start, &row.label, Some(row.size as f64), !row.partial);
    let mut all = Vec::new();
    let n_columns = answer.cohorts.iter().flat_map(|row| &row.cells).map(|cell| cell.index).max();
    // Every column has as many rows as there are: a cell that is not there has not begun.
    let sizes = of_rows(period, &answer.cohorts, whose, &[("size", Measured::Count, size)]);
    for column in 1..=n_columns.unwrap_or_default() {
        for of_group in &sizes {
            let rows = answer
                .cohorts
                .iter()
                .filter(|row| (&row.group, row.other) == (&of_group.group, of_group.other));
            let points = rows.map(|row| {
                let cell = row.cells.iter().find(|cell| cell.index == column);
                let value = cell.and_then(|cell| cell.share);
                Point::new(&row.start, &row.label, value, cell.is_some_and(|cell| cell.complete))
            });
            all.push(Series {
                name: format!("share_{column}"),
                words: Text::new(format!("back in period {column}"), format!("第 {column} 期留存")),
                measured: Measured::Share,
                points: points.collect(),
                ..of_group.clone()
            });
        }
    }
    all.extend(sizes);
    all
}
