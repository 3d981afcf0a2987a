//! XLSX: a sheet per table, numbers and money as numbers, shares as percentages, incomplete ones in grey
//! italics, and the definition on a sheet of its own.

use perennial_insights::present::{CellValue, ColumnKind, Presentation, Table};
use rust_xlsxwriter::{Color, Format, Workbook, Worksheet, XlsxError};

use super::{ExportError, failed};

/// Two places, and the further ones of a mean where there are any.
const MONEY: &str = "#,##0.00##";

pub(super) fn write(presentation: &Presentation) -> Result<Vec<u8>, ExportError> {
    let mut workbook = Workbook::new();
    for table in &presentation.tables {
        let sheet = workbook.add_worksheet();
        fill(sheet, &table.name, table).map_err(failed("xlsx"))?;
    }
    define(workbook.add_worksheet(), presentation).map_err(failed("xlsx"))?;
    workbook.save_to_buffer().map_err(failed("xlsx"))
}

pub(super) fn fill(sheet: &mut Worksheet, name: &str, table: &Table) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    let plain = Format::new();
    let percent = Format::new().set_num_format("0.0%");
    let quiet = Format::new().set_italic().set_font_color(Color::Gray);
    let open = quiet.clone().set_num_format("0.0%");
    let money = Format::new().set_num_format(MONEY);
    let open_money = quiet.clone().set_num_format(MONEY);
    sheet.set_name(name)?;
    sheet.set_freeze_panes(1, 0)?;
    for (column, head) in (0_u16..).zip(&table.columns) {
        sheet.write_string_with_format(0, column, &head.name, &bold)?;
    }
    for (row, values) in (1_u32..).zip(&table.rows) {
        for ((column, head), value) in (0_u16..).zip(&table.columns).zip(values) {
            if let Some(number) = number(head.kind, value) {
                let format = match (head.kind, value.is_open()) {
                    (ColumnKind::Decimal, false) => &money,
                    (ColumnKind::Decimal, true) => &open_money,
                    (_, false) => &plain,
                    (_, true) => &quiet,
                };
                sheet.write_number_with_format(row, column, number, format)?;
                continue;
            }
            match value {
                CellValue::Open(value) => match value.as_ref() {
                    CellValue::Count(count) => {
                        sheet.write_number_with_format(row, column, *count as f64, &quiet)?;
                    }
                    CellValue::Text(text) => {
                        sheet.write_string_with_format(row, column, text, &quiet)?;
                    }
                    _ => {}
                },
                CellValue::Absent => {}
                // Written as text: a workbook runs only what is stored as a formula.
                CellValue::Text(text) => drop(sheet.write_string(row, column, text)?),
                CellValue::Count(count) => drop(sheet.write_number(row, column, *count as f64)?),
                CellValue::Flag(flag) => drop(sheet.write_boolean(row, column, *flag)?),
                CellValue::Share { share, complete } => {
                    let format = if *complete { &percent } else { &open };
                    sheet.write_number_with_format(row, column, *share, format)?;
                }
            }
        }
    }
    sheet.autofit();
    Ok(())
}

/// The number a text of a column of numbers says, where a workbook, whose numbers are doubles, holds it
/// exactly enough to show every digit of it: at most fifteen.
fn number(kind: ColumnKind, value: &CellValue) -> Option<f64> {
    let text = match value {
        CellValue::Text(text) => text,
        CellValue::Open(value) => match value.as_ref() {
            CellValue::Text(text) => text,
            _ => return None,
        },
        _ => return None,
    };
    let is_number = matches!(kind, ColumnKind::Decimal | ColumnKind::Number);
    let n_digits = text.bytes().filter(u8::is_ascii_digit).count();
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite())?;
    (is_number && n_digits <= 15).then_some(number)
}

fn define(sheet: &mut Worksheet, presentation: &Presentation) -> Result<(), XlsxError> {
    let wrapped = Format::new().set_text_wrap();
    sheet.set_name("definition")?;
    sheet.set_column_width(0, 120)?;
    let (english, chinese) = &presentation.definition;
    let mut texts = vec![english.as_str(), chinese.as_str()];
    texts.dedup();
    texts.extend(presentation.warnings.iter().map(|warning| warning.en.as_str()));
    for (row, text) in (0_u32..).zip(texts) {
        sheet.write_string_with_format(row, 0, text, &wrapped)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_a_number_where_a_double_shows_every_digit() {
        let text = |text: &str| CellValue::Text(text.to_owned());
        let found = |kind, value: &CellValue| number(kind, value);
        assert_eq!(found(ColumnKind::Decimal, &text("8911407.9040")), Some(8_911_407.904));
        assert_eq!(
            found(ColumnKind::Decimal, &CellValue::Open(Box::new(text("-0.50")))),
            Some(-0.5)
        );
        assert_eq!(found(ColumnKind::Number, &text("1.05")), Some(1.05));
        assert_eq!(found(ColumnKind::Number, &text("2.2 min")), None);
        assert_eq!(found(ColumnKind::Text, &text("17850")), None, "an id stays a text");
        assert_eq!(found(ColumnKind::Decimal, &text("123456789012345678.9000")), None);
    }
}
