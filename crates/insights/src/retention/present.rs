//! The triangle for people: laid out to be read, one fact per row to be computed on, and drawn.

use super::answer::{CellAnswer, Cohort, MeanCell, RetentionAnswer};
use super::question::Share;
use crate::present::{
    CellValue, ColumnHead, ColumnKind, Curve, HeatCell, Heatmap, Picture, Presentation, Series,
    Table, group_text, percent, warning_lines,
};

/// The answer for people.
pub fn present(answer: &RetentionAnswer) -> Presentation {
    let mut tables = vec![triangle(answer), mean_table(answer), facts(answer)];
    if let Some(members) = &answer.customers {
        let mut table = Table::new("customers", true, &[("customer", ColumnKind::Text)]);
        table.rows = members.ids.iter().map(|id| vec![CellValue::Text(id.clone())]).collect();
        tables.insert(0, table);
    }
    Presentation {
        tables,
        pictures: vec![Picture::Heatmap(heatmap(answer)), Picture::Curve(curve(answer))],
        definition: (answer.definition.en.clone(), answer.definition.zh.clone()),
        warnings: warning_lines(&answer.warnings),
    }
}

fn row_text(cohort: &Cohort) -> String {
    let mark = if cohort.partial { "*" } else { "" };
    match group_text(cohort.group.as_ref(), cohort.other) {
        Some(group) => format!("{group} · {}{mark}", cohort.label),
        None => format!("{}{mark}", cohort.label),
    }
}

fn n_columns(answer: &RetentionAnswer) -> u32 {
    answer.question.periods.unwrap_or(1)
}

fn triangle(answer: &RetentionAnswer) -> Table {
    let mut table = Table::new(
        "retention",
        false,
        &[("cohort", ColumnKind::Text), ("customers", ColumnKind::Count)],
    );
    table.columns.extend(
        (1..n_columns(answer)).map(|k| ColumnHead { name: k.to_string(), kind: ColumnKind::Share }),
    );
    let absolute = answer.question.share == Share::Absolute;
    for cohort in &answer.cohorts {
        let mut row = vec![CellValue::Text(row_text(cohort)), CellValue::Count(cohort.size)];
        row.extend((1..n_columns(answer)).map(|k| match cell_at(cohort, k) {
            None => CellValue::Absent,
            Some(cell) if answer.question.value.is_some() => {
                CellValue::text(cell.value.clone()).marked(cell.complete)
            }
            Some(cell) if absolute => CellValue::Count(cell.customers).marked(cell.complete),
            Some(cell) => CellValue::share(cell.share, cell.complete),
        }));
        table.rows.push(row);
    }
    let is_share = answer.question.share == Share::Cohort && answer.question.value.is_none();
    if !answer.cohorts.is_empty() && is_share {
        let size = answer.cohorts.iter().map(|cohort| cohort.size).sum();
        let mut row = vec![CellValue::Text("mean".to_owned()), CellValue::Count(size)];
        row.extend(answer.mean.iter().map(|cell| CellValue::share(cell.share, true)));
        table.rows.push(row);
    }
    table
}

fn cell_at(cohort: &Cohort, k: u32) -> Option<&CellAnswer> {
    cohort.cells.iter().find(|cell| cell.index == k)
}

fn mean_table(answer: &RetentionAnswer) -> Table {
    let mut table = Table::new(
        "mean",
        true,
        &[
            ("group", ColumnKind::Text),
            ("index", ColumnKind::Count),
            ("share", ColumnKind::Share),
            ("low", ColumnKind::Share),
            ("high", ColumnKind::Share),
            ("customers", ColumnKind::Count),
            ("of", ColumnKind::Count),
            ("cohorts", ColumnKind::Count),
        ],
    );
    let mut add = |group: Option<String>, mean: &[MeanCell]| {
        table.rows.extend(mean.iter().map(|cell| {
            vec![
                CellValue::text(group.clone()),
                CellValue::Count(cell.index.into()),
                CellValue::share(cell.share, true),
                CellValue::share(cell.low, true),
                CellValue::share(cell.high, true),
                CellValue::Count(cell.customers),
                CellValue::Count(cell.of),
                CellValue::Count(cell.cohorts as u64),
            ]
        }));
    };
    add(None, &answer.mean);
    for row in &answer.groups {
        add(group_text(row.group.as_ref(), row.other), &row.mean);
    }
    table
}

fn facts(answer: &RetentionAnswer) -> Table {
    let mut table = Table::new(
        "cells",
        true,
        &[
            ("group", ColumnKind::Text),
            ("cohort", ColumnKind::Text),
            ("size", ColumnKind::Count),
            ("index", ColumnKind::Count),
            ("customers", ColumnKind::Count),
            ("returned", ColumnKind::Count),
            ("share", ColumnKind::Share),
            ("complete", ColumnKind::Flag),
            ("value", ColumnKind::Decimal),
        ],
    );
    for cohort in &answer.cohorts {
        let group = group_text(cohort.group.as_ref(), cohort.other);
        table.rows.extend(cohort.cells.iter().map(|cell| {
            vec![
                CellValue::text(group.clone()),
                CellValue::Text(cohort.start.clone()),
                CellValue::Count(cohort.size),
                CellValue::Count(cell.index.into()),
                CellValue::Count(cell.customers),
                CellValue::Count(cell.returned),
                CellValue::share(cell.share, cell.complete),
                CellValue::Flag(cell.complete),
                CellValue::text(cell.value.clone()),
            ]
        }));
    }
    table
}

fn heatmap(answer: &RetentionAnswer) -> Heatmap {
    let columns = 1..n_columns(answer);
    let cell = |cell: &CellAnswer| HeatCell {
        share: cell.share,
        text: match (&cell.value, cell.share) {
            (Some(value), _) => value.clone(),
            (None, Some(share)) => percent(share),
            (None, None) => cell.customers.to_string(),
        },
        complete: cell.complete,
    };
    Heatmap {
        title: "Retention".to_owned(),
        rows: answer.cohorts.iter().map(|cohort| (row_text(cohort), cohort.size)).collect(),
        columns: columns.clone().map(|k| k.to_string()).collect(),
        cells: answer
            .cohorts
            .iter()
            .map(|cohort| columns.clone().map(|k| cell_at(cohort, k).map(cell)).collect())
            .collect(),
        mean: answer.mean.iter().map(|cell| cell.share).collect(),
    }
}

fn curve(answer: &RetentionAnswer) -> Curve {
    let series = |name: String, mean: &[MeanCell]| Series {
        name,
        values: std::iter::once(Some(1.0)).chain(mean.iter().map(|cell| cell.share)).collect(),
        band: std::iter::once(None)
            .chain(mean.iter().map(|cell| cell.low.zip(cell.high)))
            .collect(),
    };
    let mut lines = vec![series("mean".to_owned(), &answer.mean)];
    lines.extend(answer.groups.iter().map(|row| {
        series(group_text(row.group.as_ref(), row.other).unwrap_or_default(), &row.mean)
    }));
    Curve {
        title: "Retention curve".to_owned(),
        points: (0..n_columns(answer)).map(|k| k.to_string()).collect(),
        series: lines,
    }
}
