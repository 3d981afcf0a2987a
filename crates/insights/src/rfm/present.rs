//! The scores for people: the classes to be read, the cells to be computed on, a grid and the Pareto
//! curve.

use super::answer::{Figures, RfmAnswer};
use super::question::TierName;
use crate::present::{
    CellValue, ColumnKind, Curve, HeatCell, Heatmap, Picture, Presentation, Series, Table,
    group_text, percent, warning_lines,
};

/// The answer for people.
pub fn present(answer: &RfmAnswer) -> Presentation {
    let mut tables =
        vec![classes(answer), cutoffs(answer), cells(answer), tiers(answer), pareto(answer)];
    tables.extend(migration(answer));
    tables.extend(groups(answer));
    if let Some(members) = &answer.customers {
        let mut table = Table::new("customers", true, &[("customer", ColumnKind::Text)]);
        table.rows = members.ids.iter().map(|id| vec![CellValue::Text(id.clone())]).collect();
        tables.insert(0, table);
    }
    Presentation {
        tables,
        pictures: vec![Picture::Heatmap(grid(answer)), Picture::Curve(curve(answer))],
        definition: (answer.definition.en.clone(), answer.definition.zh.clone()),
        warnings: warning_lines(&answer.warnings),
    }
}

/// Columns of [`figures`].
const FIGURES: [(&str, ColumnKind); 8] = [
    ("customers", ColumnKind::Count),
    ("share", ColumnKind::Share),
    ("purchases", ColumnKind::Count),
    ("money", ColumnKind::Decimal),
    ("of money", ColumnKind::Share),
    ("mean days", ColumnKind::Number),
    ("mean purchases", ColumnKind::Number),
    ("mean money", ColumnKind::Decimal),
];

fn figures(figures: &Figures, complete: bool) -> Vec<CellValue> {
    let one_place = |mean: Option<f64>| CellValue::text(mean.map(|mean| format!("{mean:.1}")));
    vec![
        CellValue::Count(figures.customers),
        CellValue::share(figures.share, complete),
        CellValue::Count(figures.purchases),
        CellValue::Text(figures.money.clone()),
        CellValue::share(figures.money_share, complete),
        one_place(figures.mean_recency_days),
        one_place(figures.mean_purchases),
        CellValue::text(figures.mean_money.clone()),
    ]
}

fn with_figures(head: &[(&'static str, ColumnKind)]) -> Vec<(&'static str, ColumnKind)> {
    head.iter().copied().chain(FIGURES).collect()
}

/// What is to be read: every class, the frequent buyers gone quiet, everybody.
fn classes(answer: &RfmAnswer) -> Table {
    let head = [("class", ColumnKind::Text), ("class in Chinese", ColumnKind::Text)];
    let mut table = Table::new("rfm", false, &with_figures(&head));
    if answer.everybody.customers == 0 {
        return table;
    }
    let mut row = |en: &str, zh: &str, one: &Figures| {
        let names = [en, zh].map(|name| CellValue::Text(name.to_owned()));
        table.rows.push(names.into_iter().chain(figures(one, answer.complete)).collect());
    };
    // A hundred cells by their digits are read where somebody stands in them.
    let is_listed = |customers: u64| customers > 0 || answer.classes.len() <= 11;
    for class in answer.classes.iter().filter(|class| is_listed(class.figures.customers)) {
        row(&class.en, &class.zh, &class.figures);
    }
    row("everybody", "全部", &answer.everybody);
    row("· frequent buyers gone quiet", "· 沉寂的常客", &answer.quiet);
    table
}

/// Where the scores begin.
fn cutoffs(answer: &RfmAnswer) -> Table {
    let mut table = Table::new(
        "cutoffs",
        false,
        &[
            ("score", ColumnKind::Count),
            ("days at most", ColumnKind::Number),
            ("purchases at least", ColumnKind::Number),
            ("money at least", ColumnKind::Decimal),
        ],
    );
    let bounds = &answer.cutoffs.bounds;
    let rows = bounds.recency_days.iter().zip(&bounds.frequency).zip(&bounds.money);
    table.rows.extend(rows.enumerate().map(|(position, ((days, n), money))| {
        vec![
            CellValue::Count(position as u64 + 2),
            CellValue::text(days.map(|days| days.to_string())),
            CellValue::text(n.map(|n| n.to_string())),
            CellValue::text(money.map(|money| money.to_string())),
        ]
    }));
    table
}

fn cells(answer: &RfmAnswer) -> Table {
    let head = [
        ("scores", ColumnKind::Text),
        ("r", ColumnKind::Count),
        ("f", ColumnKind::Count),
        ("m", ColumnKind::Count),
        ("class", ColumnKind::Text),
    ];
    let mut table = Table::new("cells", true, &with_figures(&head));
    table.rows.extend(answer.cells.iter().map(|cell| {
        let head = [
            CellValue::Text(cell.scores.clone()),
            CellValue::Count(cell.r.into()),
            CellValue::Count(cell.f.into()),
            CellValue::Count(cell.m.into()),
            CellValue::Text(cell.class.clone()),
        ];
        head.into_iter().chain(figures(&cell.figures, answer.complete)).collect()
    }));
    table
}

fn tiers(answer: &RfmAnswer) -> Table {
    let mut table = Table::new("tiers", false, &with_figures(&[("tier", ColumnKind::Text)]));
    table.rows.extend(answer.tiers.tiers.iter().map(|tier| {
        let name = match tier.tier {
            TierName::High => "high · 高价值",
            TierName::Middle => "middle · 中价值",
            TierName::Low => "low · 低价值",
        };
        let name = CellValue::Text(name.to_owned());
        [name].into_iter().chain(figures(&tier.figures, answer.complete)).collect()
    }));
    table
}

fn pareto(answer: &RfmAnswer) -> Table {
    let head = [
        ("top", ColumnKind::Share),
        ("customers", ColumnKind::Count),
        ("of money", ColumnKind::Share),
    ];
    let mut table = Table::new("pareto", false, &head);
    table.rows.extend(answer.pareto.points.iter().map(|point| {
        vec![
            CellValue::share(Some(point.share), true),
            CellValue::Count(point.customers),
            CellValue::share(point.money_share, answer.complete),
        ]
    }));
    table
}

/// The moves: a row per class at the earlier date, a column per class at the reference date.
fn migration(answer: &RfmAnswer) -> Option<Table> {
    let moves = answer.migration.as_ref()?;
    let first = format!("{} → {}", moves.from, moves.to);
    let mut head = vec![(first.as_str(), ColumnKind::Text)];
    head.extend(moves.classes.iter().map(|class| (class.as_str(), ColumnKind::Count)));
    let mut table = Table::new("migration", false, &head);
    table.rows.extend(moves.classes.iter().zip(&moves.customers).map(|(class, row)| {
        let counts = row.iter().map(|n| CellValue::Count(*n));
        [CellValue::Text(class.clone())].into_iter().chain(counts).collect()
    }));
    Some(table)
}

fn groups(answer: &RfmAnswer) -> Option<Table> {
    if answer.groups.is_empty() {
        return None;
    }
    let head = [("group", ColumnKind::Text), ("class", ColumnKind::Text)];
    let mut table = Table::new("groups", false, &with_figures(&head));
    for group in &answer.groups {
        for class in group.classes.iter().filter(|class| class.figures.customers > 0) {
            let name = group_text(group.group.as_ref(), group.other);
            let head = [CellValue::text(name), CellValue::Text(class.class.clone())];
            table
                .rows
                .push(head.into_iter().chain(figures(&class.figures, answer.complete)).collect());
        }
    }
    Some(table)
}

/// Shares of the customers by R and F, the best in the corner everybody looks at first.
fn grid(answer: &RfmAnswer) -> Heatmap {
    let bounds = &answer.cutoffs.bounds;
    let n_scores = bounds.recency_days.len() as u8 + 1;
    let count = |r: u8, f: u8| -> u64 {
        let cells = answer.cells.iter().filter(|cell| cell.r == r && cell.f == f);
        cells.map(|cell| cell.figures.customers).sum()
    };
    let of = |scores: &[Option<i64>], score: u8| {
        let position = usize::from(score).checked_sub(2)?;
        scores.get(position).copied().flatten()
    };
    let whole = answer.everybody.customers;
    let share = |n: u64| (whole > 0).then(|| n as f64 / whole as f64);
    let row = |r: u8| {
        let days = of(&bounds.recency_days, r);
        let name = days.map_or(format!("R {r}"), |days| format!("R {r} · ≤ {days} d"));
        (name, (1..=n_scores).map(|f| count(r, f)).sum())
    };
    let column = |f: u8| match of(&bounds.frequency, f) {
        Some(n) => format!("F{f} · ≥{n}"),
        None => format!("F{f}"),
    };
    let cell = |r: u8, f: u8| {
        let share = share(count(r, f));
        let text = share.map_or_else(String::new, percent);
        Some(HeatCell { share, text, complete: answer.complete })
    };
    let rows = || (1..=n_scores).rev();
    Heatmap {
        title: "Customers by recency and frequency".to_owned(),
        rows: rows().map(row).collect(),
        columns: (1..=n_scores).map(column).collect(),
        cells: rows().map(|r| (1..=n_scores).map(|f| cell(r, f)).collect()).collect(),
        mean: Vec::new(),
    }
}

/// The Pareto curve, with the line everybody bringing the same would make.
fn curve(answer: &RfmAnswer) -> Curve {
    let points = &answer.pareto.points;
    let values = || [Some(0.0)].into_iter();
    let series = |name: &str, values: Vec<Option<f64>>| Series {
        name: name.to_owned(),
        band: vec![None; values.len()],
        values,
    };
    let money = values().chain(points.iter().map(|point| point.money_share)).collect();
    let equal = values().chain(points.iter().map(|point| Some(point.share))).collect();
    Curve {
        title: "Share of the money by share of the customers".to_owned(),
        points: ["0 %".to_owned()]
            .into_iter()
            .chain(points.iter().map(|point| format!("{:.0} %", point.share * 100.0)))
            .collect(),
        series: vec![series("money", money), series("everybody the same", equal)],
    }
}
