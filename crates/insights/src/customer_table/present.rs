//! The table for people: what every feature is like, and the rows.

use serde_json::Value;

use super::answer::{CustomerTableAnswer, FeatureAnswer, RowAnswer};
use super::features::Measure;
use crate::present::{
    BarRow, Bars, CellValue, ColumnKind, Picture, Presentation, Table, percent, warning_lines,
};

/// The answer for people.
pub fn present(answer: &CustomerTableAnswer) -> Presentation {
    let mut tables = vec![features(answer), rows(answer), cuts(answer)];
    if answer.question.cell.is_some()
        && let Some(members) = &answer.customers
    {
        let mut table = Table::new("customers", true, &[("customer", ColumnKind::Text)]);
        table.rows = members.ids.iter().map(|id| vec![CellValue::Text(id.clone())]).collect();
        tables.insert(0, table);
    }
    Presentation {
        tables,
        pictures: vec![Picture::Bars(coverage(answer))],
        definition: (answer.definition.en.clone(), answer.definition.zh.clone()),
        warnings: warning_lines(&answer.warnings),
    }
}

/// A number without digits nobody reads.
fn short(number: Option<f64>) -> CellValue {
    CellValue::text(number.map(|number| {
        let text = format!("{number:.2}");
        text.strip_suffix(".00").map_or(text.clone(), str::to_owned)
    }))
}

/// What every feature is like, at the last cut first.
fn features(answer: &CustomerTableAnswer) -> Table {
    let mut table = Table::new(
        "features",
        false,
        &[
            ("feature", ColumnKind::Text),
            ("name", ColumnKind::Text),
            ("name in Chinese", ColumnKind::Text),
            ("cut date", ColumnKind::Text),
            ("customers", ColumnKind::Count),
            ("missing", ColumnKind::Count),
            ("mean", ColumnKind::Number),
            ("deviation", ColumnKind::Number),
            ("least", ColumnKind::Number),
            ("p25", ColumnKind::Number),
            ("median", ColumnKind::Number),
            ("p75", ColumnKind::Number),
            ("most", ColumnKind::Number),
            ("most frequent", ColumnKind::Text),
        ],
    );
    for (position, cut) in answer.cuts.iter().enumerate().rev().filter(|(_, cut)| cut.customers > 0)
    {
        for feature in &answer.features {
            let Some(one) = feature.summaries.get(position) else { continue };
            let names = [&feature.name, &feature.en, &feature.zh, &cut.date];
            let mut row: Vec<CellValue> =
                names.into_iter().map(|name| CellValue::Text(name.clone())).collect();
            row.push(CellValue::Count(one.present).marked(cut.complete));
            row.push(CellValue::Count(one.missing).marked(cut.complete));
            let numbers =
                [one.mean, one.deviation, one.least, one.p25, one.median, one.p75, one.most];
            row.extend(numbers.map(short));
            let most = one.levels.iter().take(3).map(|level| level.value.as_str());
            let most = most.collect::<Vec<_>>().join(", ");
            row.push(CellValue::text((!most.is_empty()).then_some(most)));
            table.rows.push(row);
        }
    }
    table
}

/// The rows of the page: customer, cut, features.
fn rows(answer: &CustomerTableAnswer) -> Table {
    let mut head = vec![("customer", ColumnKind::Text), ("cut_date", ColumnKind::Text)];
    head.extend(answer.features.iter().map(|feature| {
        let kind = match feature.unit {
            Measure::Count | Measure::Days => ColumnKind::Count,
            Measure::Share => ColumnKind::Share,
            Measure::Money => ColumnKind::Decimal,
            Measure::Number | Measure::Seconds => ColumnKind::Number,
            Measure::Text => ColumnKind::Text,
        };
        (feature.name.as_str(), kind)
    }));
    let mut table = Table::new("customer_table", true, &head);
    table.rows = answer.rows.iter().map(|row| row_of(answer, row)).collect();
    table
}

fn row_of(answer: &CustomerTableAnswer, row: &RowAnswer) -> Vec<CellValue> {
    let complete = answer.cuts.iter().any(|cut| cut.date == row.cut && cut.complete);
    let ids = answer.customers.as_ref().map(|members| members.ids.as_slice()).unwrap_or_default();
    // Outside ids are filled in after the answer; without them a customer is known by their place.
    let id = ids.get(row.customer).cloned().unwrap_or_else(|| row.customer.to_string());
    let values = answer.features.iter().zip(&row.values);
    let values = values.map(|(feature, value)| cell_of(feature, value, complete));
    [CellValue::Text(id), CellValue::Text(row.cut.clone())].into_iter().chain(values).collect()
}

fn cell_of(feature: &FeatureAnswer, value: &Value, complete: bool) -> CellValue {
    match (feature.unit, value) {
        (Measure::Count | Measure::Days, value) => {
            value.as_u64().map_or(CellValue::Absent, CellValue::Count)
        }
        (Measure::Share, value) => CellValue::share(value.as_f64(), complete),
        (_, Value::Null) => CellValue::Absent,
        (_, Value::String(text)) => CellValue::Text(text.clone()),
        (_, other) => CellValue::Text(other.to_string()),
    }
}

fn cuts(answer: &CustomerTableAnswer) -> Table {
    let head = [
        ("cut date", ColumnKind::Text),
        ("customers", ColumnKind::Count),
        ("complete", ColumnKind::Flag),
    ];
    let mut table = Table::new("cuts", false, &head);
    table.rows.extend(answer.cuts.iter().map(|cut| {
        vec![
            CellValue::Text(cut.date.clone()),
            CellValue::Count(cut.customers).marked(cut.complete),
            CellValue::Flag(cut.complete),
        ]
    }));
    table
}

/// How many customers have each feature, at the last cut.
fn coverage(answer: &CustomerTableAnswer) -> Bars {
    let row = |feature: &FeatureAnswer| {
        let last = feature.summaries.last()?;
        let all = last.present + last.missing;
        let share = (all > 0).then(|| last.present as f64 / all as f64)?;
        let text = percent(share);
        Some(BarRow { name: feature.name.clone(), value: share, rest: 0.0, text })
    };
    Bars {
        title: "Share of the customers who have each feature".to_owned(),
        rows: answer.features.iter().filter_map(row).collect(),
        note: String::new(),
    }
}
