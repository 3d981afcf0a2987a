//! The cohorts for people: side by side, one fact per row to be computed on, and drawn.

use super::answer::{CellAnswer, CohortAnswer, CohortRow, Figures};
use crate::present::{
    CellValue, ColumnHead, ColumnKind, HeatCell, Heatmap, Lines, Picture, Presentation, Series,
    Table, group_text, percent, warning_lines,
};

/// The answer for people.
pub fn present(answer: &CohortAnswer) -> Presentation {
    let mut tables = vec![side_by_side(answer), facts(answer), cells(answer)];
    if let Some(members) = &answer.customers {
        let mut table = Table::new("customers", true, &[("customer", ColumnKind::Text)]);
        table.rows = members.ids.iter().map(|id| vec![CellValue::Text(id.clone())]).collect();
        tables.insert(0, table);
    }
    Presentation {
        tables,
        pictures: vec![Picture::Heatmap(heatmap(answer)), Picture::Lines(lines(answer))],
        definition: (answer.definition.en.clone(), answer.definition.zh.clone()),
        warnings: warning_lines(&answer.warnings),
    }
}

fn name(row: &CohortRow) -> String {
    let mark = if row.partial { "*" } else { "" };
    match group_text(row.group.as_ref(), row.other) {
        Some(group) => format!("{group} · {}{mark}", row.label),
        None => format!("{}{mark}", row.label),
    }
}

fn cell_at(cells: &[CellAnswer], index: u32) -> Option<&CellAnswer> {
    cells.iter().find(|cell| cell.index == index)
}

/// The cost of winning a customer, and when it was paid back.
fn payback_cells(row: &CohortRow) -> [CellValue; 2] {
    let Some(payback) = &row.payback else { return [CellValue::Absent, CellValue::Absent] };
    let age = payback.index.map(|index| CellValue::Count(index.into()).marked(payback.complete));
    let reason = || CellValue::text(payback.reason.as_ref().map(|reason| reason.replace('_', " ")));
    [CellValue::Text(payback.cost.to_string()), age.unwrap_or_else(reason)]
}

/// Size, orders, revenue, and what a customer has brought up to each age.
fn side_by_side(answer: &CohortAnswer) -> Table {
    let has_payback = answer.cohorts.iter().any(|row| row.payback.is_some());
    let mut table = Table::new(
        "cohort",
        false,
        &[
            ("cohort", ColumnKind::Text),
            ("customers", ColumnKind::Count),
            ("orders", ColumnKind::Count),
            ("revenue", ColumnKind::Decimal),
            ("mean order", ColumnKind::Decimal),
        ],
    );
    let head = |name: String, kind: ColumnKind| ColumnHead { name, kind };
    if has_payback {
        table.columns.push(head("payback".to_owned(), ColumnKind::Text));
    }
    let ages = 0..answer.question.periods;
    table.columns.extend(ages.clone().map(|age| head(age.to_string(), ColumnKind::Decimal)));
    let mut add = |name: String, figures: &Figures, payback: CellValue, cells: &[CellAnswer]| {
        let mut row = vec![
            CellValue::Text(name),
            CellValue::Count(figures.size),
            CellValue::Count(figures.orders),
            CellValue::Text(figures.revenue.clone()),
            CellValue::text(figures.mean_order.clone()),
        ];
        row.extend(has_payback.then_some(payback));
        row.extend(ages.clone().map(|age| match cell_at(cells, age) {
            None => CellValue::Absent,
            Some(cell) => {
                CellValue::text(cell.cumulative_per_customer.clone()).marked(cell.complete)
            }
        }));
        table.rows.push(row);
    };
    for row in &answer.cohorts {
        let [_, payback] = payback_cells(row);
        add(name(row), &row.figures, payback, &row.cells);
    }
    for group in &answer.groups {
        let name = group_text(group.group.as_ref(), group.other).unwrap_or_default();
        add(name, &group.pooled.figures, CellValue::Absent, &group.pooled.cells);
    }
    if !answer.cohorts.is_empty() {
        let overall = &answer.overall;
        add("overall".to_owned(), &overall.figures, CellValue::Absent, &overall.cells);
    }
    table
}

fn facts(answer: &CohortAnswer) -> Table {
    let mut table = Table::new(
        "cohorts",
        true,
        &[
            ("group", ColumnKind::Text),
            ("cohort", ColumnKind::Text),
            ("size", ColumnKind::Count),
            ("buyers", ColumnKind::Count),
            ("repeat", ColumnKind::Count),
            ("repeat_share", ColumnKind::Share),
            ("orders", ColumnKind::Count),
            ("gross", ColumnKind::Decimal),
            ("refunded", ColumnKind::Decimal),
            ("revenue", ColumnKind::Decimal),
            ("mean_order", ColumnKind::Decimal),
            ("revenue_per_customer", ColumnKind::Decimal),
            ("cost", ColumnKind::Decimal),
            ("payback", ColumnKind::Text),
            ("partial", ColumnKind::Flag),
        ],
    );
    table.rows.extend(answer.cohorts.iter().map(|row| {
        let figures = &row.figures;
        let [cost, payback] = payback_cells(row);
        vec![
            CellValue::text(group_text(row.group.as_ref(), row.other)),
            CellValue::Text(row.start.clone()),
            CellValue::Count(figures.size),
            CellValue::Count(figures.buyers),
            CellValue::Count(figures.repeat),
            // Whoever bought once may buy again tomorrow.
            CellValue::share(figures.repeat_share, false),
            CellValue::Count(figures.orders),
            CellValue::Text(figures.gross.clone()),
            CellValue::Text(figures.refunded.clone()),
            CellValue::Text(figures.revenue.clone()),
            CellValue::text(figures.mean_order.clone()),
            CellValue::text(figures.revenue_per_customer.clone()),
            cost,
            payback,
            CellValue::Flag(row.partial),
        ]
    }));
    table
}

fn cells(answer: &CohortAnswer) -> Table {
    let mut table = Table::new(
        "cells",
        true,
        &[
            ("group", ColumnKind::Text),
            ("cohort", ColumnKind::Text),
            ("index", ColumnKind::Count),
            ("of", ColumnKind::Count),
            ("customers", ColumnKind::Count),
            ("share", ColumnKind::Share),
            ("low", ColumnKind::Share),
            ("high", ColumnKind::Share),
            ("orders", ColumnKind::Count),
            ("gross", ColumnKind::Decimal),
            ("refunded", ColumnKind::Decimal),
            ("revenue", ColumnKind::Decimal),
            ("cumulative", ColumnKind::Decimal),
            ("cumulative_per_customer", ColumnKind::Decimal),
            ("complete", ColumnKind::Flag),
            ("reason", ColumnKind::Text),
        ],
    );
    let mut add = |group: Option<String>, cohort: &str, cells: &[CellAnswer]| {
        table.rows.extend(cells.iter().map(|cell| {
            let share = |share: Option<f64>| CellValue::share(share, cell.complete);
            vec![
                CellValue::text(group.clone()),
                CellValue::Text(cohort.to_owned()),
                CellValue::Count(cell.index.into()),
                CellValue::Count(cell.of),
                CellValue::Count(cell.customers),
                share(cell.share),
                share(cell.interval.map(|(low, _)| low)),
                share(cell.interval.map(|(_, high)| high)),
                CellValue::Count(cell.orders),
                CellValue::Text(cell.gross.clone()),
                CellValue::Text(cell.refunded.clone()),
                CellValue::Text(cell.revenue.clone()),
                CellValue::Text(cell.cumulative.clone()),
                CellValue::text(cell.cumulative_per_customer.clone()),
                CellValue::Flag(cell.complete),
                CellValue::text(cell.reason.clone()),
            ]
        }));
    };
    for row in &answer.cohorts {
        add(group_text(row.group.as_ref(), row.other), &row.start, &row.cells);
    }
    for group in &answer.groups {
        let name = group_text(group.group.as_ref(), group.other);
        add(name, "overall", &group.pooled.cells);
    }
    add(None, "overall", &answer.overall.cells);
    table
}

/// Who bought at an age, as a share of the cohort; age 0 is the start's own.
fn heatmap(answer: &CohortAnswer) -> Heatmap {
    let ages = 0..answer.question.periods;
    let cell = |cell: &CellAnswer| HeatCell {
        share: cell.share,
        text: cell.share.map_or_else(|| "–".to_owned(), percent),
        complete: cell.complete,
    };
    let rows = answer.cohorts.iter();
    Heatmap {
        title: "Customers who bought, by age".to_owned(),
        rows: rows.clone().map(|row| (name(row), row.figures.size)).collect(),
        columns: ages.clone().map(|age| age.to_string()).collect(),
        cells: rows
            .map(|row| ages.clone().map(|age| cell_at(&row.cells, age).map(cell)).collect())
            .collect(),
        mean: answer.overall.cells.iter().map(|cell| cell.share).collect(),
    }
}

/// What a customer has brought up to each age: all cohorts together, then each group where cohorts
/// are both periods and groups, else each cohort.
fn lines(answer: &CohortAnswer) -> Lines {
    let ages = 0..answer.question.periods;
    let series = |name: String, cells: &[CellAnswer]| {
        let values: Vec<Option<f64>> = ages
            .clone()
            .map(|age| cell_at(cells, age)?.cumulative_per_customer.as_ref()?.parse().ok())
            .collect();
        Series { name, band: vec![None; values.len()], values }
    };
    let mut all = vec![series("overall".to_owned(), &answer.overall.cells)];
    if answer.groups.is_empty() {
        all.extend(answer.cohorts.iter().map(|row| series(name(row), &row.cells)));
    }
    all.extend(answer.groups.iter().map(|group| {
        let name = group_text(group.group.as_ref(), group.other).unwrap_or_default();
        series(name, &group.pooled.cells)
    }));
    Lines {
        title: "Cumulative revenue per customer, by age".to_owned(),
        unit: answer.currency.clone().unwrap_or_default(),
        points: ages.clone().map(|age| age.to_string()).collect(),
        series: all,
    }
}
