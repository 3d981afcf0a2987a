//! The lines for people: laid out to be read, one fact per row to be computed on, and drawn.

use perennial_types::question::Text;

use super::answer::{PeriodAnswer, RevenueRetentionAnswer, Side};
use crate::present::{
    BarRow, Bars, CellValue, ColumnKind, Curve, Picture, Presentation, Series, Table, group_text,
    warning_lines,
};

/// Marks a period whose base is not known whole.
const TOO_SHORT: &str = "†";

/// The lines of a period by the names of their columns.
const LINES: [&str; 8] =
    ["base", "churned", "contraction", "unchanged", "expansion", "reactivation", "new", "current"];

/// The rates of a period by the names of their columns.
const RATES: [&str; 5] = ["grr", "nrr", "gross_churn", "net_churn", "customers_kept"];

/// The answer for people.
pub fn present(answer: &RevenueRetentionAnswer) -> Presentation {
    let mut tables = vec![table(answer), facts(answer)];
    if let Some(members) = &answer.customers {
        let mut table = Table::new("customers", true, &[("customer", ColumnKind::Text)]);
        table.rows = members.ids.iter().map(|id| vec![CellValue::Text(id.clone())]).collect();
        tables.insert(0, table);
    }
    let mut warnings = warning_lines(&answer.warnings);
    if all(answer).any(|period| !period.flags.is_empty()) {
        warnings.push(Text::new(
            format!("{TOO_SHORT} the base begins before anything is known, so it may be too small"),
            format!("{TOO_SHORT} 基期早于已知历史，基期金额可能偏小"),
        ));
    }
    Presentation {
        tables,
        pictures: vec![Picture::Curve(curve(answer)), Picture::Bars(waterfall(answer))],
        definition: (answer.definition.en.clone(), answer.definition.zh.clone()),
        warnings,
    }
}

/// Group by group, then everybody.
fn all(answer: &RevenueRetentionAnswer) -> impl Iterator<Item = &PeriodAnswer> {
    answer.groups.iter().chain(&answer.periods)
}

/// The lines in the order of [`LINES`].
fn lines(period: &PeriodAnswer) -> [&Side; 8] {
    [
        &period.base,
        &period.churned,
        &period.contraction,
        &period.unchanged,
        &period.expansion,
        &period.reactivation,
        &period.new,
        &period.current,
    ]
}

fn rates(period: &PeriodAnswer) -> [Option<f64>; 5] {
    let PeriodAnswer { grr, nrr, gross_churn, net_churn, customers_kept, .. } = period;
    [*grr, *nrr, *gross_churn, *net_churn, *customers_kept]
}

fn money(side: &Side, complete: bool) -> CellValue {
    CellValue::Text(side.money.clone()).marked(complete)
}

fn table(answer: &RevenueRetentionAnswer) -> Table {
    let mut head = vec![("period", ColumnKind::Text)];
    head.extend(LINES.map(|name| (name, ColumnKind::Decimal)));
    head.extend([("grr", ColumnKind::Share), ("nrr", ColumnKind::Share)]);
    head.push(("complete", ColumnKind::Flag));
    let mut table = Table::new("revenue_retention", false, &head);
    table.rows.extend(all(answer).map(|period| {
        let mark = if period.flags.is_empty() { "" } else { TOO_SHORT };
        let name = match group_text(period.group.as_ref(), period.other) {
            Some(group) => format!("{group} · {}{mark}", period.label),
            None => format!("{}{mark}", period.label),
        };
        let mut row = vec![CellValue::Text(name)];
        row.extend(lines(period).map(|side| money(side, period.complete)));
        row.extend([period.grr, period.nrr].map(|rate| CellValue::share(rate, period.complete)));
        row.push(CellValue::Flag(period.complete));
        row
    }));
    table
}

fn facts(answer: &RevenueRetentionAnswer) -> Table {
    let mut head = vec![
        ("group", ColumnKind::Text),
        ("start", ColumnKind::Text),
        ("end", ColumnKind::Text),
        ("base_start", ColumnKind::Text),
    ];
    let counts = [
        "base_customers",
        "churned_customers",
        "contraction_customers",
        "unchanged_customers",
        "expansion_customers",
        "reactivation_customers",
        "new_customers",
        "current_customers",
    ];
    head.extend(LINES.map(|name| (name, ColumnKind::Decimal)));
    head.extend(counts.map(|name| (name, ColumnKind::Count)));
    head.extend(RATES.map(|name| (name, ColumnKind::Share)));
    head.extend([
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
            CellValue::Text(period.base_start.clone()),
        ];
        row.extend(lines(period).map(|side| money(side, period.complete)));
        row.extend(lines(period).map(|side| CellValue::Count(side.customers)));
        row.extend(rates(period).map(|rate| CellValue::share(rate, period.complete)));
        row.extend([
            CellValue::Flag(period.complete),
            CellValue::Flag(!period.flags.is_empty()),
            CellValue::text(period.reason.clone()),
        ]);
        row
    }));
    table
}

/// Gross and net retention over the periods; of groups the net one.
fn curve(answer: &RevenueRetentionAnswer) -> Curve {
    let points: Vec<String> = answer.periods.iter().map(|one| one.label.clone()).collect();
    let line = |name: String, periods: &[PeriodAnswer], of: fn(&PeriodAnswer) -> Option<f64>| {
        let values: Vec<Option<f64>> = periods.iter().map(of).collect();
        Series { name, band: vec![None; values.len()], values }
    };
    let mut series = vec![
        line("GRR".to_owned(), &answer.periods, |one| one.grr),
        line("NRR".to_owned(), &answer.periods, |one| one.nrr),
    ];
    for periods in answer.groups.chunks(points.len().max(1)) {
        let group = periods.first().and_then(|one| group_text(one.group.as_ref(), one.other));
        series.push(line(format!("NRR {}", group.unwrap_or_default()), periods, |one| one.nrr));
    }
    Curve { title: "Gross and net revenue retention".to_owned(), points, series }
}

/// The money of the last period that is over, line by line; of the last at all where none is.
fn waterfall(answer: &RevenueRetentionAnswer) -> Bars {
    let over = answer.periods.iter().rfind(|one| one.complete);
    let rows = over.or(answer.periods.last()).map_or_else(Vec::new, |period| {
        let bar = |(name, side): (&str, &Side)| {
            let value = side.money.parse().unwrap_or(0.0);
            let sign = if matches!(name, "churned" | "contraction") { "−" } else { "" };
            BarRow {
                name: format!("{} {name}", period.label),
                value,
                rest: if period.complete { 0.0 } else { value },
                text: format!("{sign}{} ({})", side.money, side.customers),
            }
        };
        LINES.into_iter().zip(lines(period)).map(bar).collect()
    });
    Bars {
        title: "From the money of the base to that of the period".to_owned(),
        rows,
        note: "hatched: can still change".to_owned(),
    }
}
