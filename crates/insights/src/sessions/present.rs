//! Sessions for people: what goes with staying first, then what they are like.

use super::answer::{Behaviour, SessionsAnswer};
use crate::durations::length_text;
use crate::present::{
    BarRow, Bars, CellValue, ColumnKind, Picture, Presentation, Table, percent, warning_lines,
};

/// The answer for people.
pub fn present(answer: &SessionsAnswer) -> Presentation {
    let mut tables = vec![
        summary(answer),
        behaviours(answer),
        entries(answer),
        exits(answer),
        per_customer(answer),
    ];
    if !answer.trend.is_empty() {
        tables.push(trend(answer));
    }
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

fn trend(answer: &SessionsAnswer) -> Table {
    let head = [
        ("start", ColumnKind::Text),
        ("sessions", ColumnKind::Count),
        ("customers", ColumnKind::Count),
        ("open", ColumnKind::Count),
        ("bounces", ColumnKind::Count),
        ("share", ColumnKind::Share),
        ("complete", ColumnKind::Flag),
    ];
    let mut table = Table::new("trend", true, &head);
    table.rows.extend(answer.trend.iter().map(|row| {
        vec![
            CellValue::Text(row.start.clone()),
            CellValue::Count(row.sessions).marked(row.complete),
            CellValue::Count(row.customers).marked(row.complete),
            CellValue::Count(row.open),
            CellValue::Count(row.bounces).marked(row.complete),
            CellValue::share(row.bounce_share, row.complete),
            CellValue::Flag(row.complete),
        ]
    }));
    table
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(
        || "–".to_owned(),
        |value| {
            let text = format!("{value:.2}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        },
    )
}

/// What is to be read.
fn summary(answer: &SessionsAnswer) -> Table {
    let mut table = Table::new(
        "sessions",
        false,
        &[("measure", ColumnKind::Text), ("value", ColumnKind::Text)],
    );
    let all = &answer.overall;
    if all.sessions == 0 {
        return table;
    }
    let first = &answer.first_sessions;
    let length = |seconds: Option<f64>| seconds.map_or_else(|| "–".to_owned(), length_text);
    let share = |share: Option<f64>| share.map_or_else(|| "–".to_owned(), percent);
    let mut rows = vec![
        (
            "sessions".to_owned(),
            format!("{} of {} customers, {} still open", all.sessions, all.customers, all.open),
        ),
        (
            "per customer".to_owned(),
            format!(
                "mean {}, median {}",
                number(all.mean_per_customer),
                number(all.median_per_customer)
            ),
        ),
        (
            "length".to_owned(),
            format!(
                "median {}, p90 {}",
                length(all.length.median_seconds),
                length(all.length.p90_seconds)
            ),
        ),
        (
            "depth, events".to_owned(),
            format!(
                "mean {}, median {}, p90 {}",
                number(all.mean_depth),
                number(all.median_depth),
                number(all.p90_depth)
            ),
        ),
        ("bounces".to_owned(), format!("{} ({})", all.bounces, share(all.bounce_share))),
        (
            "back after the first".to_owned(),
            format!(
                "{} of {} customers ({}), {} undecided",
                first.returned,
                first.customers,
                share(first.share),
                first.undecided
            ),
        ),
    ];
    rows.extend(first.behaviours.iter().map(|one| {
        let text = format!(
            "lift {} · {} came back against {} · {} of customers · p {}",
            number(one.lift),
            share(one.share),
            share(one.share_without),
            share(one.support),
            one.p_corrected.map_or_else(|| "–".to_owned(), |p| format!("{p:.4}")),
        );
        (format!("first had {}", one.node), text)
    }));
    table.rows = rows
        .into_iter()
        .map(|(name, text)| vec![CellValue::Text(name), CellValue::Text(text)])
        .collect();
    table
}

fn behaviours(answer: &SessionsAnswer) -> Table {
    let columns = [
        ("node", ColumnKind::Text),
        ("customers", ColumnKind::Count),
        ("support", ColumnKind::Share),
        ("returned", ColumnKind::Count),
        ("share", ColumnKind::Share),
        ("share_without", ColumnKind::Share),
        ("lift", ColumnKind::Number),
        ("p", ColumnKind::Number),
        ("p_corrected", ColumnKind::Number),
    ];
    let mut table = Table::new("behaviours", true, &columns);
    let exact = |value: Option<f64>| CellValue::text(value.map(|value| format!("{value:.6}")));
    table.rows.extend(answer.first_sessions.behaviours.iter().map(|one: &Behaviour| {
        vec![
            CellValue::Text(one.node.clone()),
            CellValue::Count(one.customers),
            CellValue::share(one.support, true),
            CellValue::Count(one.returned),
            CellValue::share(one.share, true),
            CellValue::share(one.share_without, true),
            exact(one.lift),
            exact(one.p),
            exact(one.p_corrected),
        ]
    }));
    table
}

fn entries(answer: &SessionsAnswer) -> Table {
    let columns = [
        ("node", ColumnKind::Text),
        ("sessions", ColumnKind::Count),
        ("share", ColumnKind::Share),
        ("customers", ColumnKind::Count),
        ("bounces", ColumnKind::Count),
    ];
    let mut table = Table::new("entries", true, &columns);
    table.rows.extend(answer.entries.iter().map(|row| {
        vec![
            CellValue::Text(row.node.clone().unwrap_or_else(|| "Other".to_owned())),
            CellValue::Count(row.sessions),
            CellValue::share(row.share, answer.overall.complete),
            row.customers.map_or(CellValue::Absent, CellValue::Count),
            CellValue::Count(row.bounces),
        ]
    }));
    table
}

fn exits(answer: &SessionsAnswer) -> Table {
    let columns = [
        ("node", ColumnKind::Text),
        ("sessions", ColumnKind::Count),
        ("share", ColumnKind::Share),
        ("customers", ColumnKind::Count),
    ];
    let mut table = Table::new("exits", true, &columns);
    table.rows.extend(answer.exits.iter().map(|row| {
        vec![
            CellValue::Text(row.node.clone().unwrap_or_else(|| "Other".to_owned())),
            CellValue::Count(row.sessions),
            CellValue::share(row.share, answer.overall.complete),
            row.customers.map_or(CellValue::Absent, CellValue::Count),
        ]
    }));
    table
}

fn per_customer(answer: &SessionsAnswer) -> Table {
    let columns = [("sessions", ColumnKind::Count), ("customers", ColumnKind::Count)];
    let mut table = Table::new("per_customer", true, &columns);
    table.rows.extend(answer.per_customer.iter().map(|row| {
        vec![CellValue::Count(u64::from(row.sessions)), CellValue::Count(row.customers)]
    }));
    table
}

fn bars(answer: &SessionsAnswer) -> Bars {
    let rows = answer.first_sessions.behaviours.iter().map(|one| BarRow {
        name: one.node.clone(),
        value: one.share.unwrap_or(0.0),
        rest: 0.0,
        text: format!(
            "{} · lift {}",
            one.share.map_or_else(|| "–".to_owned(), percent),
            number(one.lift)
        ),
    });
    // The share of all, to compare the others with.
    let all = answer.first_sessions.share.map(|share| BarRow {
        name: "all first sessions".to_owned(),
        value: share,
        rest: 0.0,
        text: percent(share),
    });
    Bars {
        title: "Back after a first session with".to_owned(),
        rows: all.into_iter().chain(rows).collect(),
        note: String::new(),
    }
}
