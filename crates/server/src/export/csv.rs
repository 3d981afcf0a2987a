//! CSV: UTF-8, a header, RFC 4180 quoting, and no cell a spreadsheet would run as a formula.

use perennial_insights::present::{CellValue, Table};

use super::{ExportError, failed};

pub(super) fn write(table: &Table) -> Result<Vec<u8>, ExportError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = table.columns.iter().map(|head| head.name.as_str());
    writer.write_record(header).map_err(failed("csv"))?;
    for row in &table.rows {
        writer.write_record(row.iter().map(text)).map_err(failed("csv"))?;
    }
    writer.into_inner().map_err(failed("csv"))
}

fn text(value: &CellValue) -> String {
    match value {
        CellValue::Absent => String::new(),
        CellValue::Text(text) => guarded(text),
        CellValue::Count(count) => count.to_string(),
        CellValue::Share { share, .. } => share.to_string(),
        CellValue::Flag(flag) => flag.to_string(),
        CellValue::Open(value) => text(value),
    }
}

/// Puts a quote before what a spreadsheet would run. Numbers may keep their sign.
///
/// OWASP, "CSV Injection": `=`, `+`, `-`, `@`, tab, carriage return, line feed, and the full-width
/// forms of the signs.
fn guarded(text: &str) -> String {
    let starts_a_formula =
        text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if starts_a_formula && text.parse::<f64>().is_err() {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_quoted_and_numbers_are_not() {
        for (cell, written) in [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("＝1", "'＝1"),
            ("\tx", "'\tx"),
            ("-cmd", "'-cmd"),
            ("-12.50", "-12.50"),
            ("plain", "plain"),
        ] {
            assert_eq!(guarded(cell), written);
        }
    }
}
