//! What a training found, as tables: any report, without knowing its kind.
//!
//! A report is JSON. Its single values stand in one table, a row each, named by their path; every
//! list of objects is a table of its own, a row per object.

use perennial_insights::present::{CellValue, ColumnHead, ColumnKind, Presentation, Table};
use serde_json::Value;

/// The tables of a model's document, or of its summary: how it was trained, then its report.
pub fn presentation(document: &Value) -> Presentation {
    let mut tables = Vec::new();
    for part in ["trained", "report"] {
        if let Some(value) = document.get(part) {
            lay_out(part, value, &mut tables);
        }
    }
    Presentation { tables, ..Presentation::default() }
}

/// The tables of any JSON: first that of its single values, then that of each list.
pub fn lay_out(name: &str, value: &Value, tables: &mut Vec<Table>) {
    let columns = [("measure", ColumnKind::Text), ("value", ColumnKind::Decimal)];
    let mut singles = Table::new(name, true, &columns);
    let mut lists = Vec::new();
    walk("", value, &mut singles, &mut lists);
    if !singles.rows.is_empty() {
        tables.push(singles);
    }
    for (path, rows) in lists {
        let title = if path.is_empty() { name.to_owned() } else { format!("{name}.{path}") };
        tables.push(list(&title, rows));
    }
}

/// Sorts what stands in a value into single values and lists of objects, by path.
fn walk<'a>(
    path: &str,
    value: &'a Value,
    singles: &mut Table,
    lists: &mut Vec<(String, &'a [Value])>,
) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                walk(&path, value, singles, lists);
            }
        }
        Value::Array(values) if !values.is_empty() && values.iter().all(Value::is_object) => {
            lists.push((path.to_owned(), values));
        }
        value => singles.rows.push(vec![CellValue::Text(path.to_owned()), cell(value)]),
    }
}

fn list(name: &str, rows: &[Value]) -> Table {
    let mut names: Vec<&String> = Vec::new();
    for field in rows.iter().filter_map(Value::as_object).flat_map(|fields| fields.keys()) {
        if !names.contains(&field) {
            names.push(field);
        }
    }
    let mut table = Table::new(name, true, &[]);
    let kind = |name: &str| {
        let mut values = rows.iter().filter_map(|row| row.get(name)).filter(|one| !one.is_null());
        if values.all(Value::is_number) { ColumnKind::Decimal } else { ColumnKind::Text }
    };
    table.columns =
        names.iter().map(|name| ColumnHead { name: (*name).clone(), kind: kind(name) }).collect();
    let row = |row: &Value| -> Vec<CellValue> {
        names.iter().map(|name| row.get(name.as_str()).map_or(CellValue::Absent, cell)).collect()
    };
    table.rows = rows.iter().map(row).collect();
    table
}

/// A value in a cell; numbers with as many digits as tell something.
fn cell(value: &Value) -> CellValue {
    match value {
        Value::Null => CellValue::Absent,
        Value::Bool(flag) => CellValue::Flag(*flag),
        Value::String(text) => CellValue::Text(text.clone()),
        Value::Number(number) => match (number.as_u64(), number.as_f64()) {
            (Some(count), _) => CellValue::Count(count),
            (None, Some(number)) => CellValue::Text(rounded(number)),
            (None, None) => CellValue::Text(number.to_string()),
        },
        Value::Array(values) => {
            let is_nested = values.iter().any(|one| one.is_array() || one.is_object());
            let between = if is_nested { "; " } else { ", " };
            CellValue::Text(values.iter().map(words).collect::<Vec<_>>().join(between))
        }
        Value::Object(fields) => {
            let word = |(name, value): (&String, &Value)| format!("{name} {}", words(value));
            CellValue::Text(fields.iter().map(word).collect::<Vec<_>>().join(", "))
        }
    }
}

/// A value within a cell.
fn words(value: &Value) -> String {
    match cell(value) {
        CellValue::Text(text) => text,
        CellValue::Absent => "-".to_owned(),
        _ => value.to_string(),
    }
}

/// Four places, or four digits of what is smaller than a hundredth.
fn rounded(number: f64) -> String {
    match number != 0.0 && number.abs() < 0.01 {
        true => format!("{number:.3e}"),
        false => format!("{number:.4}"),
    }
}
