//! XLSX: a sheet per table, numbers as numbers, shares as percentages, incomplete ones in grey
//! italics, and the definition on a sheet of its own.

use perennial_insights::present::{CellValue, Presentation, Table};
use rust_xlsxwriter::{Color, Format, Workbook, Worksheet, XlsxError};

use super::{ExportError, failed};

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
    let percent = Format::new().set_num_format("0.0%");
    let quiet = Format::new().set_italic().set_font_color(Color::Gray);
    let open = quiet.clone().set_num_format("0.0%");
    sheet.set_name(name)?;
    sheet.set_freeze_panes(1, 0)?;
    for (column, head) in (0_u16..).zip(&table.columns) {
        sheet.write_string_with_format(0, column, &head.name, &bold)?;
    }
    for (row, values) in (1_u32..).zip(&table.rows) {
        for (column, value) in (0_u16..).zip(values) {
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
