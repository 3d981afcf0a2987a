//! The paths for people: sequences to be read, nodes and edges to be computed on, a flow to look at.

use super::answer::{Difference, EdgeRow, NodeRow, PathAnswer, SequenceRow};
use crate::present::{
    CellValue, ColumnKind, Picture, Presentation, Sankey, SankeyLink, SankeyNode, Table, percent,
    warning_lines,
};

/// The answer for people.
pub fn present(answer: &PathAnswer) -> Presentation {
    let mut tables = vec![sequences(answer), edges(answer), nodes(answer), facts(answer)];
    if let Some(members) = &answer.customers {
        let mut table = Table::new("customers", true, &[("customer", ColumnKind::Text)]);
        table.rows = members.ids.iter().map(|id| vec![CellValue::Text(id.clone())]).collect();
        tables.insert(0, table);
    }
    Presentation {
        tables,
        pictures: vec![Picture::Sankey(sankey(answer))],
        definition: (answer.definition.en.clone(), answer.definition.zh.clone()),
        warnings: warning_lines(&answer.warnings),
    }
}

const DIFFERENCE: [(&str, ColumnKind); 4] = [
    ("stayed", ColumnKind::Share),
    ("left", ColumnKind::Share),
    ("p", ColumnKind::Number),
    ("p_corrected", ColumnKind::Number),
];

fn difference_cells(difference: Option<&Difference>) -> Vec<CellValue> {
    let number = |value: Option<f64>| CellValue::text(value.map(|value| format!("{value:.6}")));
    vec![
        CellValue::share(difference.and_then(|one| one.stayed_share), true),
        CellValue::share(difference.and_then(|one| one.left_share), true),
        number(difference.and_then(|one| one.p)),
        number(difference.and_then(|one| one.p_corrected)),
    ]
}

/// What is to be read.
fn sequences(answer: &PathAnswer) -> Table {
    let is_compared = answer.question.compare.is_some();
    let mut columns = vec![
        ("path", ColumnKind::Text),
        ("count", ColumnKind::Count),
        ("share", ColumnKind::Share),
        ("dropped", ColumnKind::Count),
        ("open", ColumnKind::Count),
        ("goes on", ColumnKind::Count),
        ("arrived", ColumnKind::Count),
    ];
    if is_compared {
        columns.extend(DIFFERENCE);
    }
    let mut table = Table::new("paths", false, &columns);
    let arrow = if answer.question.start.is_none() && answer.question.end.is_some() {
        " ← "
    } else {
        " → "
    };
    table.rows.extend(answer.sequences.iter().map(|row: &SequenceRow| {
        let mut cells = vec![
            CellValue::Text(row.nodes.join(arrow)),
            CellValue::Count(row.count),
            CellValue::share(row.share, answer.overall.complete),
            CellValue::Count(row.dropped),
            CellValue::Count(row.open),
            CellValue::Count(row.cut),
            CellValue::Count(row.arrived),
        ];
        if is_compared {
            cells.extend(difference_cells(row.difference.as_ref()));
        }
        cells
    }));
    table
}

fn edges(answer: &PathAnswer) -> Table {
    let mut columns = vec![
        ("step", ColumnKind::Count),
        ("from", ColumnKind::Text),
        ("to", ColumnKind::Text),
        ("count", ColumnKind::Count),
        ("share", ColumnKind::Share),
        ("median_seconds", ColumnKind::Number),
        ("p90_seconds", ColumnKind::Number),
    ];
    columns.extend(DIFFERENCE);
    let mut table = Table::new("edges", true, &columns);
    let exact = |value: Option<f64>| CellValue::text(value.map(|seconds| format!("{seconds:.1}")));
    table.rows.extend(answer.edges.iter().map(|row: &EdgeRow| {
        let mut cells = vec![
            CellValue::Count(row.step as u64),
            CellValue::Text(row.from.clone()),
            CellValue::Text(row.to.clone()),
            CellValue::Count(row.count),
            CellValue::share(row.share, answer.overall.complete),
            exact(row.time.and_then(|time| time.median_seconds)),
            exact(row.time.and_then(|time| time.p90_seconds)),
        ];
        cells.extend(difference_cells(row.difference.as_ref()));
        cells
    }));
    table
}

fn nodes(answer: &PathAnswer) -> Table {
    let columns = [
        ("step", ColumnKind::Count),
        ("node", ColumnKind::Text),
        ("count", ColumnKind::Count),
        ("share", ColumnKind::Share),
        ("went_on", ColumnKind::Count),
        ("dropped", ColumnKind::Count),
        ("open", ColumnKind::Count),
        ("cut", ColumnKind::Count),
        ("arrived", ColumnKind::Count),
    ];
    let mut table = Table::new("nodes", true, &columns);
    table.rows.extend(answer.nodes.iter().map(|row: &NodeRow| {
        let counts = [row.went_on, row.dropped, row.open, row.cut, row.arrived];
        let mut cells = vec![
            CellValue::Count(row.step as u64),
            CellValue::Text(row.node.clone()),
            CellValue::Count(row.count),
            CellValue::share(row.share, answer.overall.complete),
        ];
        cells.extend(counts.map(CellValue::Count));
        cells
    }));
    table
}

fn facts(answer: &PathAnswer) -> Table {
    let columns = [
        ("paths", ColumnKind::Count),
        ("customers", ColumnKind::Count),
        ("dropped", ColumnKind::Count),
        ("open", ColumnKind::Count),
        ("cut", ColumnKind::Count),
        ("arrived", ColumnKind::Count),
        ("arrival_median_seconds", ColumnKind::Number),
        ("arrival_p90_seconds", ColumnKind::Number),
        ("complete", ColumnKind::Flag),
    ];
    let mut table = Table::new("overall", true, &columns);
    let all = &answer.overall;
    let exact = |value: Option<f64>| CellValue::text(value.map(|seconds| format!("{seconds:.1}")));
    table.rows.push(vec![
        CellValue::Count(all.paths),
        CellValue::Count(all.customers),
        CellValue::Count(all.dropped),
        CellValue::Count(all.open),
        CellValue::Count(all.cut),
        CellValue::Count(all.arrived),
        exact(all.arrival.and_then(|arrival| arrival.median_seconds)),
        exact(all.arrival.and_then(|arrival| arrival.p90_seconds)),
        CellValue::Flag(all.complete),
    ]);
    table
}

fn sankey(answer: &PathAnswer) -> Sankey {
    let mut layers: Vec<Vec<SankeyNode>> = Vec::new();
    for row in &answer.nodes {
        layers.resize_with(layers.len().max(row.step), Vec::new);
        if let Some(layer) = layers.get_mut(row.step - 1) {
            let share = row.share.map(percent).unwrap_or_default();
            layer.push(SankeyNode {
                name: row.node.clone(),
                value: row.count as f64,
                ending: (row.dropped + row.open) as f64,
                text: format!("{} · {share}", row.node),
            });
        }
    }
    let position = |step: usize, name: &str| {
        let layer = layers.get(step)?;
        layer.iter().position(|node| node.name == name)
    };
    let link = |row: &EdgeRow| {
        Some(SankeyLink {
            layer: row.step - 1,
            from: position(row.step - 1, &row.from)?,
            to: position(row.step, &row.to)?,
            value: row.count as f64,
        })
    };
    let links = answer.edges.iter().filter_map(link).collect();
    Sankey { title: "Paths".to_owned(), layers, links }
}
