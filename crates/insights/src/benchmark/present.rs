//! The rates for people: beside their bands, one fact per row to be computed on, and drawn.

use super::answer::{BenchmarkAnswer, MeasureAnswer};
use super::compare::{Comparison, Difference};
use crate::present::{
    BarRow, Bars, CellValue, ColumnKind, Picture, Presentation, Table, percent, warning_lines,
};

/// The answer for people.
pub fn present(answer: &BenchmarkAnswer) -> Presentation {
    let mut tables = vec![beside(answer), facts(answer), bands(answer)];
    if let Some(members) = &answer.customers {
        let mut table = Table::new("customers", true, &[("customer", ColumnKind::Text)]);
        table.rows = members.ids.iter().map(|id| vec![CellValue::Text(id.clone())]).collect();
        tables.insert(0, table);
    }
    Presentation {
        tables,
        pictures: vec![Picture::Bars(bars(answer))],
        definition: (answer.definition.en.clone(), answer.definition.zh.clone()),
        warnings: warning_lines(&answer.warnings),
    }
}

fn label(measure: &MeasureAnswer) -> CellValue {
    CellValue::text(measure.period.as_ref().map(|period| period.label.clone()))
}

/// The ends of a band as shares, and where the value stands.
fn band(comparison: &Comparison) -> [CellValue; 3] {
    let (low, high) = comparison.row.band();
    [
        CellValue::share(Some(low), true),
        CellValue::share(Some(high), true),
        CellValue::text(comparison.standing.map(|standing| standing.name())),
    ]
}

/// Every rate with every band it is held against; a rate without any stands alone.
fn beside(answer: &BenchmarkAnswer) -> Table {
    let mut table = Table::new(
        "benchmark",
        false,
        &[
            ("measure", ColumnKind::Text),
            ("period", ColumnKind::Text),
            ("value", ColumnKind::Share),
            ("industry", ColumnKind::Text),
            ("low", ColumnKind::Share),
            ("high", ColumnKind::Share),
            ("standing", ColumnKind::Text),
            ("source", ColumnKind::Text),
            ("as quoted", ColumnKind::Text),
        ],
    );
    for measure in &answer.measures {
        let own = || {
            let value = CellValue::share(measure.value, measure.complete);
            vec![CellValue::Text(measure.en.clone()), label(measure), value]
        };
        for comparison in &measure.comparisons {
            let mut row = own();
            row.push(CellValue::Text(comparison.row.industry.clone()));
            row.extend(band(comparison));
            row.push(CellValue::Text(comparison.row.source.clone()));
            row.push(CellValue::text(comparison.row.as_quoted.clone()));
            table.rows.push(row);
        }
        if measure.comparisons.is_empty() {
            let mut row = own();
            row.resize(table.columns.len(), CellValue::Absent);
            table.rows.push(row);
        }
    }
    table
}

fn facts(answer: &BenchmarkAnswer) -> Table {
    let mut table = Table::new(
        "measures",
        true,
        &[
            ("measure", ColumnKind::Text),
            ("period", ColumnKind::Text),
            ("customers", ColumnKind::Count),
            ("of", ColumnKind::Count),
            ("value", ColumnKind::Share),
            ("low", ColumnKind::Share),
            ("high", ColumnKind::Share),
            ("complete", ColumnKind::Flag),
            ("history_too_short", ColumnKind::Flag),
            ("reason", ColumnKind::Text),
        ],
    );
    table.rows.extend(answer.measures.iter().map(|measure| {
        let share = |share: Option<f64>| CellValue::share(share, measure.complete);
        let count = |n: Option<u64>| n.map_or(CellValue::Absent, CellValue::Count);
        vec![
            CellValue::Text(measure.measure.name().to_owned()),
            label(measure),
            count(measure.customers),
            count(measure.of),
            share(measure.value),
            share(measure.interval.map(|(low, _)| low)),
            share(measure.interval.map(|(_, high)| high)),
            CellValue::Flag(measure.complete),
            CellValue::Flag(measure.flags.iter().any(|flag| flag == "history_too_short")),
            CellValue::text(measure.reason.clone()),
        ]
    }));
    table
}

fn bands(answer: &BenchmarkAnswer) -> Table {
    let mut table = Table::new(
        "benchmarks",
        true,
        &[
            ("measure", ColumnKind::Text),
            ("industry", ColumnKind::Text),
            ("low", ColumnKind::Share),
            ("high", ColumnKind::Share),
            ("standing", ColumnKind::Text),
            ("clear", ColumnKind::Flag),
            ("source", ColumnKind::Text),
            ("as_quoted", ColumnKind::Text),
            ("verified", ColumnKind::Flag),
            ("definition", ColumnKind::Text),
            ("difference", ColumnKind::Text),
            ("note", ColumnKind::Text),
        ],
    );
    let all = answer.measures.iter().flat_map(|measure| &measure.comparisons);
    table.rows.extend(all.map(|comparison| {
        let row = &comparison.row;
        let mut cells = vec![
            CellValue::Text(row.measure.name().to_owned()),
            CellValue::Text(row.industry.clone()),
        ];
        cells.extend(band(comparison));
        cells.extend([
            comparison.clear.map_or(CellValue::Absent, CellValue::Flag),
            CellValue::Text(row.source.clone()),
            CellValue::text(row.as_quoted.clone()),
            CellValue::Flag(row.verified),
            CellValue::text(row.definition.clone()),
            CellValue::Text(differences(&comparison.differences)),
            CellValue::Text(row.note.clone()),
        ]);
        cells
    }));
    table
}

/// `period: year, not month; population: not said`.
fn differences(differences: &[Difference]) -> String {
    let part = |one: &Difference| match &one.theirs {
        Some(theirs) => format!("{}: {theirs}, not {}", one.field, one.ours),
        None => format!("{}: not said", one.field),
    };
    differences.iter().map(part).collect::<Vec<_>>().join("; ")
}

/// The rates that have a value, with where they stand.
fn bars(answer: &BenchmarkAnswer) -> Bars {
    let standing = |one: &Comparison| {
        let (low, high) = one.row.band();
        let band = if low < high {
            format!("{} to {}", percent(low), percent(high))
        } else {
            percent(low)
        };
        one.standing.map(|standing| format!("{} {}: {band}", standing.name(), one.row.industry))
    };
    let row = |measure: &MeasureAnswer| {
        let value = measure.value?;
        let mut text = percent(value);
        // Many bands beside one bar cannot be read: the table has them.
        if let [only] = measure.comparisons.as_slice()
            && let Some(standing) = standing(only)
        {
            text = format!("{text} ({standing})");
        }
        let rest = if measure.complete { 0.0 } else { value };
        Some(BarRow { name: measure.en.clone(), value, rest, text })
    };
    Bars {
        title: "Own rates beside published ones".to_owned(),
        rows: answer.measures.iter().filter_map(row).collect(),
        note: "hatched: not final".to_owned(),
    }
}
