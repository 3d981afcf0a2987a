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

fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// What is to be read: what sessions are like, then the early actions, each with whom it is met by.
fn summary(answer: &SessionsAnswer) -> Table {
    let head = [
        ("measure", ColumnKind::Text),
        ("value", ColumnKind::Number),
        ("support", ColumnKind::Share),
        ("came back", ColumnKind::Share),
        ("share without", ColumnKind::Share),
        ("lift", ColumnKind::Number),
        ("p corrected", ColumnKind::Number),
    ];
    let mut table = Table::new("sessions", false, &head);
    if answer.overall.sessions == 0 {
        return table;
    }
    let mut row = |name: String, value: CellValue, rest: [CellValue; 5]| {
        let mut row = vec![CellValue::Text(name), value];
        row.extend(rest);
        table.rows.push(row);
    };
    for (name, value) in measures(answer) {
        row(name.to_owned(), value, std::array::from_fn(|_| CellValue::Absent));
    }
    let first = &answer.first_sessions;
    let mut rest: [CellValue; 5] = std::array::from_fn(|_| CellValue::Absent);
    rest[1] = CellValue::share(first.share, true);
    row("first sessions".to_owned(), CellValue::Count(first.customers), rest);
    for one in &first.behaviours {
        let p = one.p_corrected.map(|p| format!("{p:.4}"));
        let rest = [
            CellValue::share(one.support, true),
            CellValue::share(one.share, true),
            CellValue::share(one.share_without, true),
            CellValue::text(one.lift.map(number)),
            CellValue::text(p),
        ];
        row(format!("→ {}", one.node), CellValue::Count(one.customers), rest);
    }
    table
}

/// What all sessions are like, under the names of the glossary.
fn measures(answer: &SessionsAnswer) -> Vec<(&'static str, CellValue)> {
    let all = &answer.overall;
    let text = |value: Option<f64>| CellValue::text(value.map(number));
    let length = |seconds: Option<f64>| CellValue::text(seconds.map(length_text));
    vec![
        ("sessions", CellValue::Count(all.sessions).marked(all.complete)),
        ("customers", CellValue::Count(all.customers).marked(all.complete)),
        ("open", CellValue::Count(all.open)),
        ("sessions per customer, mean", text(all.mean_per_customer)),
        ("sessions per customer, median", text(all.median_per_customer)),
        ("length, median", length(all.length.median_seconds)),
        ("length, p90", length(all.length.p90_seconds)),
        ("events per session, mean", text(all.mean_depth)),
        ("events per session, median", text(all.median_depth)),
        ("events per session, p90", text(all.p90_depth)),
        ("bounces", CellValue::Count(all.bounces).marked(all.complete)),
        ("bounce share", CellValue::share(all.bounce_share, all.complete)),
        ("undecided", CellValue::Count(answer.first_sessions.undecided)),
    ]
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
            "{} · × {}",
            one.share.map_or_else(|| "–".to_owned(), percent),
            one.lift.map_or_else(|| "–".to_owned(), number)
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
