//! The states for people: laid out to be read, one fact per row to be computed on, and drawn.

use perennial_types::question::Text;

use super::answer::{LifecycleAnswer, PeriodAnswer};
use crate::present::{
    CellValue, ColumnKind, Curve, HeatCell, Heatmap, Picture, Presentation, Series, Table,
    group_text, percent, warning_lines,
};

/// Marks a period at whose start not everybody active can be known.
const TOO_SHORT: &str = "†";

/// The answer for people.
pub fn present(answer: &LifecycleAnswer) -> Presentation {
    let mut tables = vec![table(answer), facts(answer), matrix(answer)];
    if let Some(members) = &answer.customers {
        let mut table = Table::new("customers", true, &[("customer", ColumnKind::Text)]);
        table.rows = members.ids.iter().map(|id| vec![CellValue::Text(id.clone())]).collect();
        tables.insert(0, table);
    }
    let mut warnings = warning_lines(&answer.warnings);
    if all(answer).any(|period| !period.flags.is_empty()) {
        warnings.push(too_short());
    }
    Presentation {
        tables,
        pictures: vec![Picture::Heatmap(heatmap(answer)), Picture::Curve(curve(answer))],
        definition: (answer.definition.en.clone(), answer.definition.zh.clone()),
        warnings,
    }
}

fn too_short() -> Text {
    Text::new(
        format!(
            "{TOO_SHORT} the history is shorter than the threshold: who was active before it is unknown"
        ),
        format!("{TOO_SHORT} 历史短于活跃期限：此前有谁活跃无从得知"),
    )
}

/// Group by group, then everybody.
fn all(answer: &LifecycleAnswer) -> impl Iterator<Item = &PeriodAnswer> {
    answer.groups.iter().chain(&answer.periods)
}

/// The numbers of a period, in the order of the columns.
fn numbers(period: &PeriodAnswer) -> [(&'static str, u64); 8] {
    [
        ("active at start", period.active_start),
        ("new", period.new),
        ("returning", period.returning),
        ("idle", period.idle),
        ("resurrecting", period.resurrecting),
        ("dormant", period.dormant),
        ("active at end", period.active_end),
        ("gone", period.gone),
    ]
}

const NUMBERS: [&str; 8] = [
    "active at start",
    "new",
    "returning",
    "idle",
    "resurrecting",
    "dormant",
    "active at end",
    "gone",
];

fn ratio(ratio: Option<f64>) -> CellValue {
    CellValue::text(ratio.map(|ratio| format!("{ratio:.2}")))
}

fn table(answer: &LifecycleAnswer) -> Table {
    let mut head = vec![("period", ColumnKind::Text)];
    head.extend(NUMBERS.map(|name| (name, ColumnKind::Count)));
    head.extend([
        ("dormant share", ColumnKind::Share),
        ("quick ratio", ColumnKind::Number),
        ("complete", ColumnKind::Flag),
    ]);
    let mut table = Table::new("lifecycle", false, &head);
    table.rows.extend(all(answer).map(|period| {
        let mark = if period.flags.is_empty() { "" } else { TOO_SHORT };
        let name = match group_text(period.group.as_ref(), period.other) {
            Some(group) => format!("{group} · {}{mark}", period.label),
            None => format!("{}{mark}", period.label),
        };
        let counts = numbers(period).map(|(_, n)| CellValue::Count(n));
        let mut row = vec![CellValue::Text(name)];
        row.extend(counts);
        row.extend([
            CellValue::share(period.dormant_share, period.complete),
            ratio(period.quick_ratio),
            CellValue::Flag(period.complete),
        ]);
        row
    }));
    table
}

fn facts(answer: &LifecycleAnswer) -> Table {
    let mut head =
        vec![("group", ColumnKind::Text), ("start", ColumnKind::Text), ("end", ColumnKind::Text)];
    let names = [
        "active_start",
        "new",
        "returning",
        "idle",
        "resurrecting",
        "dormant",
        "active_end",
        "gone",
    ];
    head.extend(names.map(|name| (name, ColumnKind::Count)));
    head.extend([
        ("dormant_share", ColumnKind::Share),
        ("quick_ratio", ColumnKind::Number),
        ("complete", ColumnKind::Flag),
        ("history_too_short", ColumnKind::Flag),
        ("reason", ColumnKind::Text),
    ]);
    let mut table = Table::new("periods", true, &head);
    table.rows.extend(all(answer).map(|period| {
        let mut row = vec![
            CellValue::text(group_text(period.group.as_ref(), period.other)),
            CellValue::Text(period.start.clone()),
            CellValue::Text(period.end.clone()),
        ];
        row.extend(numbers(period).map(|(_, n)| CellValue::Count(n)));
        row.extend([
            CellValue::share(period.dormant_share, period.complete),
            CellValue::text(period.quick_ratio.map(|ratio| ratio.to_string())),
            CellValue::Flag(period.complete),
            CellValue::Flag(!period.flags.is_empty()),
            CellValue::text(period.reason.clone()),
        ]);
        row
    }));
    table
}

/// Shares of the row: what became of the customers of a state in the next period.
fn matrix(answer: &LifecycleAnswer) -> Table {
    let matrix = &answer.matrix;
    let mut head = vec![("from", ColumnKind::Text), ("customers", ColumnKind::Count)];
    head.extend(matrix.states.iter().map(|state| (state.name(), ColumnKind::Share)));
    let mut table = Table::new("moves", false, &head);
    let rows = matrix.states.iter().zip(&matrix.customers).zip(&matrix.shares);
    table.rows.extend(rows.map(|((state, customers), shares)| {
        let mut row = vec![
            CellValue::Text(state.name().to_owned()),
            CellValue::Count(customers.iter().sum()),
        ];
        row.extend(shares.iter().map(|share| CellValue::share(*share, true)));
        row
    }));
    table
}

/// What became of the customers of a state in the next period.
fn heatmap(answer: &LifecycleAnswer) -> Heatmap {
    let matrix = &answer.matrix;
    let rows = matrix.states.iter().zip(&matrix.customers);
    let cell = |share: &Option<f64>| {
        share.map(|share| HeatCell { share: Some(share), text: percent(share), complete: true })
    };
    Heatmap {
        title: "From one period to the next".to_owned(),
        rows: rows.map(|(state, row)| (state.name().to_owned(), row.iter().sum())).collect(),
        columns: matrix.states.iter().map(|state| short(state.name())).collect(),
        cells: matrix.shares.iter().map(|row| row.iter().map(cell).collect()).collect(),
        mean: Vec::new(),
    }
}

/// A state's name where there is little room.
fn short(name: &str) -> String {
    match name {
        "returning" => "return".to_owned(),
        "resurrecting" => "resurr.".to_owned(),
        other => other.to_owned(),
    }
}

/// The states as shares of who is active when the period ends; dormant ones beside them.
fn curve(answer: &LifecycleAnswer) -> Curve {
    let series = |name: &str, of: fn(&PeriodAnswer) -> u64| {
        let share = |period: &PeriodAnswer| {
            (period.active_end > 0).then(|| of(period) as f64 / period.active_end as f64)
        };
        let values: Vec<Option<f64>> = answer.periods.iter().map(share).collect();
        Series { name: name.to_owned(), band: vec![None; values.len()], values }
    };
    Curve {
        title: "States as shares of the customers active at the end".to_owned(),
        points: answer.periods.iter().map(|period| period.label.clone()).collect(),
        series: vec![
            series("new", |period| period.new),
            series("returning", |period| period.returning),
            series("idle", |period| period.idle),
            series("resurrecting", |period| period.resurrecting),
            series("dormant", |period| period.dormant),
        ],
    }
}
