//! The funnel for people: steps to be read, one fact per row to be computed on, bars and a trend.

use super::answer::{Conversion, FunnelAnswer, StepRow};
use crate::durations::length_text;
use crate::present::{
    BarRow, Bars, CellValue, ColumnKind, Curve, Picture, Presentation, Series, Table, group_text,
    percent, warning_lines,
};

/// The answer for people.
pub fn present(answer: &FunnelAnswer) -> Presentation {
    let mut tables =
        vec![steps_table(answer), facts(answer), conversions(answer), histogram(answer)];
    if !answer.trend.is_empty() {
        tables.push(trend(answer));
    }
    if !answer.differences.is_empty() {
        tables.push(differences(answer));
    }
    if let Some(members) = &answer.customers {
        let mut table = Table::new("customers", true, &[("customer", ColumnKind::Text)]);
        table.rows = members.ids.iter().map(|id| vec![CellValue::Text(id.clone())]).collect();
        tables.insert(0, table);
    }
    let mut pictures = vec![Picture::Bars(bars(answer))];
    if !answer.trend.is_empty() {
        pictures.push(Picture::Curve(curve(answer)));
    }
    Presentation {
        tables,
        pictures,
        definition: (answer.definition.en.clone(), answer.definition.zh.clone()),
        warnings: warning_lines(&answer.warnings),
    }
}

fn shown(answer: &FunnelAnswer) -> &[StepRow] {
    if answer.groups.is_empty() { &answer.steps } else { &answer.groups }
}

fn whose(row: &StepRow) -> Option<String> {
    group_text(row.group.as_ref(), row.other)
}

fn seconds(value: Option<f64>) -> CellValue {
    CellValue::text(value.map(length_text))
}

fn exact(value: Option<f64>) -> CellValue {
    CellValue::text(value.map(|seconds| format!("{seconds:.3}")))
}

/// What is to be read.
fn steps_table(answer: &FunnelAnswer) -> Table {
    let mut table = Table::new(
        "funnel",
        false,
        &[
            ("step", ColumnKind::Text),
            ("reached", ColumnKind::Count),
            ("of entered", ColumnKind::Share),
            ("went on", ColumnKind::Share),
            ("dropped", ColumnKind::Count),
            ("open", ColumnKind::Count),
            ("median time", ColumnKind::Text),
            ("p90 time", ColumnKind::Text),
        ],
    );
    let row = |row: &StepRow| {
        let group = whose(row).map_or_else(String::new, |group| format!("{group} · "));
        let optional = if row.optional { " (optional)" } else { "" };
        vec![
            CellValue::Text(format!("{group}{}. {}{optional}", row.step, row.name)),
            CellValue::Count(row.reached),
            CellValue::share(row.share, row.complete),
            CellValue::share(row.on_share, row.complete),
            CellValue::Count(row.dropped),
            CellValue::Count(row.open),
            seconds(row.time.and_then(|time| time.median_seconds)),
            seconds(row.time.and_then(|time| time.p90_seconds)),
        ]
    };
    if answer.overall.entered > 0 {
        table.rows.extend(answer.steps.iter().chain(&answer.groups).map(row));
    }
    table
}

fn facts(answer: &FunnelAnswer) -> Table {
    let mut table = Table::new(
        "steps",
        true,
        &[
            ("group", ColumnKind::Text),
            ("step", ColumnKind::Count),
            ("name", ColumnKind::Text),
            ("reached", ColumnKind::Count),
            ("went_on", ColumnKind::Count),
            ("dropped", ColumnKind::Count),
            ("open", ColumnKind::Count),
            ("share", ColumnKind::Share),
            ("on_share", ColumnKind::Share),
            ("closed", ColumnKind::Count),
            ("closed_share", ColumnKind::Share),
            ("low", ColumnKind::Share),
            ("high", ColumnKind::Share),
            ("median_seconds", ColumnKind::Number),
            ("p90_seconds", ColumnKind::Number),
            ("complete", ColumnKind::Flag),
        ],
    );
    table.rows.extend(answer.steps.iter().chain(&answer.groups).map(|row| {
        let share = |share: Option<f64>| CellValue::share(share, row.complete);
        vec![
            CellValue::text(whose(row)),
            CellValue::Count(row.step as u64),
            CellValue::Text(row.name.clone()),
            CellValue::Count(row.reached),
            CellValue::Count(row.went_on),
            CellValue::Count(row.dropped),
            CellValue::Count(row.open),
            share(row.share),
            share(row.on_share),
            CellValue::Count(row.closed),
            share(row.closed_share),
            share(row.interval.map(|(low, _)| low)),
            share(row.interval.map(|(_, high)| high)),
            exact(row.time.and_then(|time| time.median_seconds)),
            exact(row.time.and_then(|time| time.p90_seconds)),
            CellValue::Flag(row.complete),
        ]
    }));
    table
}

fn conversions(answer: &FunnelAnswer) -> Table {
    let mut table = Table::new(
        "conversion",
        true,
        &[
            ("group", ColumnKind::Text),
            ("entered", ColumnKind::Count),
            ("converted", ColumnKind::Count),
            ("open", ColumnKind::Count),
            ("share", ColumnKind::Share),
            ("closed_share", ColumnKind::Share),
            ("median_seconds", ColumnKind::Number),
            ("p90_seconds", ColumnKind::Number),
            ("complete", ColumnKind::Flag),
        ],
    );
    let row = |one: &Conversion| {
        vec![
            CellValue::text(group_text(one.group.as_ref(), one.other)),
            CellValue::Count(one.entered),
            CellValue::Count(one.converted),
            CellValue::Count(one.open),
            CellValue::share(one.share, one.complete),
            CellValue::share(one.closed_share, one.complete),
            exact(one.time.median_seconds),
            exact(one.time.p90_seconds),
            CellValue::Flag(one.complete),
        ]
    };
    table.rows.push(row(&answer.overall));
    table.rows.extend(answer.group_conversions.iter().map(row));
    table
}

fn histogram(answer: &FunnelAnswer) -> Table {
    let columns = [
        ("group", ColumnKind::Text),
        ("from_seconds", ColumnKind::Number),
        ("to_seconds", ColumnKind::Number),
        ("customers", ColumnKind::Count),
    ];
    let mut table = Table::new("time_to_convert", true, &columns);
    for one in std::iter::once(&answer.overall).chain(&answer.group_conversions) {
        table.rows.extend(one.histogram.iter().map(|bar| {
            vec![
                CellValue::text(group_text(one.group.as_ref(), one.other)),
                exact(Some(bar.from_seconds)),
                exact(bar.to_seconds),
                CellValue::Count(bar.n),
            ]
        }));
    }
    table
}

fn trend(answer: &FunnelAnswer) -> Table {
    let columns = [
        ("group", ColumnKind::Text),
        ("start", ColumnKind::Text),
        ("label", ColumnKind::Text),
        ("entered", ColumnKind::Count),
        ("converted", ColumnKind::Count),
        ("open", ColumnKind::Count),
        ("share", ColumnKind::Share),
        ("complete", ColumnKind::Flag),
    ];
    let mut table = Table::new("trend", true, &columns);
    table.rows.extend(answer.trend.iter().map(|row| {
        vec![
            CellValue::text(group_text(row.group.as_ref(), row.other)),
            CellValue::Text(row.start.clone()),
            CellValue::Text(row.label.clone()),
            CellValue::Count(row.entered),
            CellValue::Count(row.converted),
            CellValue::Count(row.open),
            CellValue::share(row.share, row.complete),
            CellValue::Flag(row.complete),
        ]
    }));
    table
}

fn differences(answer: &FunnelAnswer) -> Table {
    let columns = [
        ("group", ColumnKind::Text),
        ("against", ColumnKind::Text),
        ("from_step", ColumnKind::Count),
        ("to_step", ColumnKind::Count),
        ("share", ColumnKind::Share),
        ("against_share", ColumnKind::Share),
        ("difference", ColumnKind::Number),
        ("p", ColumnKind::Number),
        ("p_corrected", ColumnKind::Number),
    ];
    let mut table = Table::new("differences", true, &columns);
    let number = |value: Option<f64>| CellValue::text(value.map(|value| format!("{value:.6}")));
    table.rows.extend(answer.differences.iter().map(|one| {
        vec![
            CellValue::text(group_text(one.group.as_ref(), false)),
            CellValue::text(group_text(one.against.as_ref(), false)),
            CellValue::Count(one.from_step as u64),
            CellValue::Count(one.to_step as u64),
            CellValue::share(one.share, true),
            CellValue::share(one.against_share, true),
            number(one.difference),
            number(one.p),
            number(one.p_corrected),
        ]
    }));
    table
}

fn bars(answer: &FunnelAnswer) -> Bars {
    let row = |row: &StepRow| {
        let group = whose(row).map_or_else(String::new, |group| format!("{group} · "));
        let share = row.share.map_or_else(String::new, |share| format!(" · {}", percent(share)));
        BarRow {
            name: format!("{group}{}. {}", row.step, row.name),
            value: row.reached as f64,
            rest: row.open as f64,
            text: format!("{}{share}", row.reached),
        }
    };
    Bars {
        title: "Funnel".to_owned(),
        rows: shown(answer).iter().map(row).collect(),
        note: "hatched: can still go on".to_owned(),
    }
}

fn curve(answer: &FunnelAnswer) -> Curve {
    let mut series: Vec<Series> = Vec::new();
    let mut points: Vec<String> = Vec::new();
    for row in &answer.trend {
        let name =
            group_text(row.group.as_ref(), row.other).unwrap_or_else(|| "everybody".to_owned());
        if series.last().is_none_or(|last| last.name != name) {
            series.push(Series { name, values: Vec::new(), band: Vec::new() });
        }
        if series.len() == 1 {
            points.push(row.label.clone());
        }
        if let Some(last) = series.last_mut() {
            last.values.push(row.share);
            last.band.push(None);
        }
    }
    Curve { title: "Conversion by period of entry".to_owned(), points, series }
}
