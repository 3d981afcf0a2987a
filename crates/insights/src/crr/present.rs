//! The rates for people: laid out to be read, one fact per row to be computed on, and drawn.

use perennial_types::question::{Population, Text};

use super::answer::{CrrAnswer, Rates};
use crate::benchmarks::Benchmark;
use crate::present::{
    CellValue, ColumnKind, Curve, Picture, Presentation, Series, Table, group_text, percent,
    warning_lines,
};

/// Marks a period whose S cannot be known whole.
const TOO_SHORT: &str = "†";

/// The answer for people.
pub fn present(answer: &CrrAnswer) -> Presentation {
    let mut tables = vec![rates_table(answer), facts(answer), bands(&answer.benchmarks)];
    if let Some(members) = &answer.customers {
        let mut table = Table::new("customers", true, &[("customer", ColumnKind::Text)]);
        table.rows = members.ids.iter().map(|id| vec![CellValue::Text(id.clone())]).collect();
        tables.insert(0, table);
    }
    let mut warnings = warning_lines(&answer.warnings);
    if answer.periods.iter().any(|rates| !rates.flags.is_empty()) {
        warnings.push(too_short(answer));
    }
    Presentation {
        tables,
        pictures: vec![Picture::Curve(curve(answer))],
        definition: (answer.definition.en.clone(), answer.definition.zh.clone()),
        warnings,
    }
}

fn too_short(answer: &CrrAnswer) -> Text {
    let (en, zh) = match answer.question.population {
        Population::Everyone => ("events", "事件"),
        Population::Buyers | Population::NetBuyers => ("purchases", "购买"),
    };
    Text::new(
        format!(
            "{TOO_SHORT} the history is shorter than the window: earlier {en} are unknown, so S may be too small"
        ),
        format!("{TOO_SHORT} 历史短于窗口：更早的{zh}不得而知，S 可能偏小"),
    )
}

fn is_grouped(answer: &CrrAnswer) -> bool {
    !answer.groups.is_empty()
}

fn whose(rates: &Rates) -> Option<String> {
    group_text(rates.group.as_ref(), rates.other)
}

/// What is to be read: every period, then the whole range.
fn rates_table(answer: &CrrAnswer) -> Table {
    let mut table = Table::new(
        "crr",
        false,
        &[
            ("period", ColumnKind::Text),
            ("S", ColumnKind::Count),
            ("E", ColumnKind::Count),
            ("N", ColumnKind::Count),
            ("won back", ColumnKind::Count),
            ("kept", ColumnKind::Count),
            ("classic", ColumnKind::Share),
            ("set", ColumnKind::Share),
            ("churn", ColumnKind::Share),
            ("complete", ColumnKind::Flag),
        ],
    );
    let row = |rates: &Rates, name: String| {
        let mark = if rates.flags.is_empty() { "" } else { TOO_SHORT };
        let name = match whose(rates) {
            Some(group) => format!("{group} · {name}{mark}"),
            None => format!("{name}{mark}"),
        };
        vec![
            CellValue::Text(name),
            CellValue::Count(rates.s),
            CellValue::Count(rates.e),
            CellValue::Count(rates.n),
            CellValue::Count(rates.won_back),
            CellValue::Count(rates.kept),
            CellValue::share(rates.classic, rates.complete),
            CellValue::share(rates.set, rates.complete),
            CellValue::share(rates.churn, rates.complete),
            CellValue::Flag(rates.complete),
        ]
    };
    table.rows.extend(answer.periods.iter().map(|rates| row(rates, rates.label.clone())));
    let whole = answer.groups.iter().chain(&answer.overall);
    table.rows.extend(whole.map(|rates| row(rates, "overall".to_owned())));
    table
}

fn facts(answer: &CrrAnswer) -> Table {
    let mut table = Table::new(
        "periods",
        true,
        &[
            ("group", ColumnKind::Text),
            ("start", ColumnKind::Text),
            ("end", ColumnKind::Text),
            ("s", ColumnKind::Count),
            ("e", ColumnKind::Count),
            ("n", ColumnKind::Count),
            ("kept", ColumnKind::Count),
            ("won_back", ColumnKind::Count),
            ("lost", ColumnKind::Count),
            ("acquired", ColumnKind::Count),
            ("classic", ColumnKind::Share),
            ("set", ColumnKind::Share),
            ("low", ColumnKind::Share),
            ("high", ColumnKind::Share),
            ("churn", ColumnKind::Share),
            ("complete", ColumnKind::Flag),
            ("history_too_short", ColumnKind::Flag),
            ("reason", ColumnKind::Text),
        ],
    );
    table.rows.extend(answer.periods.iter().map(|rates| {
        let share = |share: Option<f64>| CellValue::share(share, rates.complete);
        vec![
            CellValue::text(whose(rates)),
            CellValue::Text(rates.start.clone()),
            CellValue::Text(rates.end.clone()),
            CellValue::Count(rates.s),
            CellValue::Count(rates.e),
            CellValue::Count(rates.n),
            CellValue::Count(rates.kept),
            CellValue::Count(rates.won_back),
            CellValue::Count(rates.lost),
            CellValue::Count(rates.acquired),
            share(rates.classic),
            share(rates.set),
            share(rates.interval.map(|(low, _)| low)),
            share(rates.interval.map(|(_, high)| high)),
            share(rates.churn),
            CellValue::Flag(rates.complete),
            CellValue::Flag(!rates.flags.is_empty()),
            CellValue::text(rates.reason.clone()),
        ]
    }));
    table
}

fn bands(benchmarks: &[Benchmark]) -> Table {
    let mut table = Table::new(
        "benchmarks",
        true,
        &[
            ("industry", ColumnKind::Text),
            ("low", ColumnKind::Share),
            ("high", ColumnKind::Share),
            ("source", ColumnKind::Text),
            ("as_quoted", ColumnKind::Text),
            ("verified", ColumnKind::Flag),
            ("note", ColumnKind::Text),
        ],
    );
    table.rows.extend(benchmarks.iter().map(|band| {
        let (low, high) = band.band();
        vec![
            CellValue::Text(band.industry.clone()),
            CellValue::share(Some(low), true),
            CellValue::share(Some(high), true),
            CellValue::Text(band.source.clone()),
            CellValue::text(band.as_quoted.clone()),
            CellValue::Flag(band.verified),
            CellValue::Text(band.note.clone()),
        ]
    }));
    table
}

/// The set form with its interval and the classic form; of groups the set form alone. Then the
/// band of the industry.
fn curve(answer: &CrrAnswer) -> Curve {
    let mut points: Vec<String> = Vec::new();
    for rates in &answer.periods {
        // Every group has the same periods, in the same order.
        if points.first() == Some(&rates.label) {
            break;
        }
        points.push(rates.label.clone());
    }
    let mut series = Vec::new();
    let groups = answer.periods.chunks(points.len().max(1));
    for periods in groups {
        let name = periods.first().and_then(whose).unwrap_or_else(|| "set".to_owned());
        series.push(line(name, periods, |rates| rates.set, |rates| rates.interval));
        if !is_grouped(answer) {
            series.push(line("classic".to_owned(), periods, |rates| rates.classic, |_| None));
        }
    }
    if answer.question.industry.is_some() {
        series.extend(answer.benchmarks.iter().map(|band| band_series(band, points.len())));
    }
    Curve { title: "Customer retention rate".to_owned(), points, series }
}

fn line(
    name: String,
    periods: &[Rates],
    value: impl Fn(&Rates) -> Option<f64>,
    band: impl Fn(&Rates) -> Option<(f64, f64)>,
) -> Series {
    Series {
        name,
        values: periods.iter().map(value).collect(),
        band: periods.iter().map(band).collect(),
    }
}

/// A band has no line of its own, unless a single figure was quoted.
fn band_series(band: &Benchmark, n_points: usize) -> Series {
    let (low, high) = band.band();
    let is_single = low >= high;
    let range =
        if is_single { percent(low) } else { format!("{} to {}", percent(low), percent(high)) };
    let quoted = band.as_quoted.as_deref().unwrap_or("undated");
    Series {
        name: format!("{}: {range} ({}, {quoted})", band.industry, band.source),
        values: vec![is_single.then_some(low); n_points],
        band: vec![Some((low, high)); n_points],
    }
}
