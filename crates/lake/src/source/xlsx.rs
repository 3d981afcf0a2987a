//! One sheet of a workbook, cell by cell: never as a rectangle, which one cell in column XFD would
//! blow up to gigabytes.
//!
//! The first row that is not blank names the columns. Dates come as dates whatever the epoch of the
//! workbook (1900 or 1904), formulas as the value they had when it was saved, merged cells as their
//! first cell. Macros and links are never touched. Workbooks are refused above 200 MB unpacked or
//! five million cells. Run [`convert_workbook`] in a child process where memory must be capped by
//! the system too.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufReader, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use calamine::{DataRef, Reader as _, SheetType, SheetVisible, Xlsx, XlsxError};

use super::cells::{Cells, Chunk, TextColumn};
use super::number::Number;
use super::said::Said;
use super::{
    CHUNK_ROWS, MAX_COLUMNS, MAX_RAW_BYTES, MAX_ROW_BYTES, Reject, SourceError, header, reject,
    workbook,
};

/// Most cells of a sheet.
pub const MAX_CELLS: u64 = 5_000_000;

/// A sheet, read whole.
pub(super) struct XlsxReader {
    names: Vec<String>,
    sheet: String,
    notes: Vec<Said>,
    chunks: VecDeque<Chunk>,
}

impl XlsxReader {
    /// Checks the workbook and reads the sheet of that name, or its first visible one.
    pub(super) fn open(
        file_name: &str,
        file: File,
        sheet: Option<&str>,
    ) -> Result<XlsxReader, SourceError> {
        let mut opened = open_sheet(file_name, file, sheet)?;
        let mut table = Table::default();
        let row = |number: u64, cells: &[(usize, String)]| table.take_row(file_name, number, cells);
        each_row(file_name, &mut opened.workbook, &opened.sheet, row)?;
        let (names, chunks) = table.finish();
        if names.is_empty() {
            return Err(SourceError::Empty { file: file_name.to_owned() });
        }
        let Opened { sheet, notes, .. } = opened;
        Ok(XlsxReader { names, sheet, notes, chunks })
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn sheet(&self) -> &str {
        &self.sheet
    }

    pub(super) fn notes(&self) -> &[Said] {
        &self.notes
    }

    pub(super) fn next(&mut self) -> Option<Chunk> {
        self.chunks.pop_front()
    }
}

/// Writes a sheet as CSV, its header first, and returns the number of rows below it.
///
/// # Errors
/// When the workbook is broken, refused or has no such sheet, or `out` fails.
pub fn convert_workbook(
    path: &Path,
    sheet: Option<&str>,
    out: impl Write,
) -> Result<u64, SourceError> {
    let name = path.display().to_string();
    let io = |error| SourceError::Io { file: name.clone(), error };
    let file = File::open(path).map_err(io)?;
    let mut opened = open_sheet(&name, file, sheet)?;
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(out);
    let mut n_columns = 0;
    let mut n_rows = 0;
    each_row(&name, &mut opened.workbook, &opened.sheet, |_, cells| {
        let width = cells.last().map_or(0, |(place, _)| place + 1);
        let is_header = n_columns == 0;
        n_columns = n_columns.max(if is_header { width } else { 0 });
        let mut row = vec![""; width.max(n_columns)];
        for (place, text) in cells {
            if let Some(slot) = row.get_mut(*place) {
                *slot = text;
            }
        }
        n_rows += u64::from(!is_header);
        writer.write_record(row).map_err(|error| io(error.into()))
    })?;
    writer.flush().map_err(io)?;
    Ok(n_rows)
}

struct Opened {
    workbook: Xlsx<BufReader<File>>,
    sheet: String,
    notes: Vec<Said>,
}

fn open_sheet(
    file_name: &str,
    mut file: File,
    wanted: Option<&str>,
) -> Result<Opened, SourceError> {
    workbook::check(file_name, &mut file)?;
    let opened = catch_unwind(AssertUnwindSafe(|| Xlsx::new(BufReader::new(file))));
    let workbook = match opened {
        Ok(Ok(workbook)) => workbook,
        Ok(Err(XlsxError::Password)) => {
            return Err(SourceError::Unsupported {
                file: file_name.to_owned(),
                found: "a workbook protected by a password",
                mend: "save it without the password",
            });
        }
        Ok(Err(error)) => return Err(SourceError::invalid(file_name, "xlsx", error)),
        Err(_) => return Err(SourceError::invalid(file_name, "xlsx", "it cannot be decoded")),
    };
    let sheets: Vec<_> = workbook
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .collect();
    let names: Vec<&str> = sheets.iter().map(|sheet| sheet.name.as_str()).collect();
    let found = match wanted {
        Some(wanted) => sheets.iter().find(|sheet| sheet.name == wanted),
        None => sheets.iter().find(|sheet| sheet.visible == SheetVisible::Visible),
    };
    let Some(sheet) = found.map(|sheet| sheet.name.clone()) else {
        return Err(SourceError::Mapping {
            reason: match wanted {
                Some(wanted) => (
                    format!("`{file_name}` has no sheet called `{wanted}`"),
                    format!("“{file_name}”没有名为“{wanted}”的工作表"),
                ),
                None => (
                    format!("`{file_name}` has no visible sheet"),
                    format!("“{file_name}”没有可见的工作表"),
                ),
            }
            .into(),
            hint: (
                format!("say which with --sheet: {}", names.join(", ")),
                format!("请指定工作表（--sheet）：{}", names.join("、")),
            )
                .into(),
        });
    };
    let mut notes = Vec::new();
    let others: Vec<&str> = names.into_iter().filter(|name| *name != sheet).collect();
    if wanted.is_none() && !others.is_empty() {
        notes.push(Said::from((
            format!("sheet `{sheet}` is read, not {} (--sheet)", others.join(", ")),
            format!("读取的是工作表“{sheet}”，而不是 {}（--sheet）", others.join("、")),
        )));
    }
    Ok(Opened { workbook, sheet, notes })
}

/// Calls `visit` with the 1-based number and the cells of every row that is not blank, by column.
fn each_row(
    file_name: &str,
    workbook: &mut Xlsx<BufReader<File>>,
    sheet: &str,
    mut visit: impl FnMut(u64, &[(usize, String)]) -> Result<(), SourceError>,
) -> Result<(), SourceError> {
    let invalid = |error: XlsxError| SourceError::invalid(file_name, "xlsx", error);
    let mut reader = workbook.worksheet_cells_reader(sheet).map_err(invalid)?;
    let mut cells: Vec<(usize, String)> = Vec::new();
    let mut current = None;
    let mut n_cells = 0;
    loop {
        // Hostile XML may make the parser panic; that is a broken file as well.
        let next = catch_unwind(AssertUnwindSafe(|| reader.next_cell()))
            .map_err(|_| SourceError::invalid(file_name, "xlsx", "a cell cannot be decoded"))?;
        let Some(cell) = next.map_err(invalid)? else { break };
        n_cells += 1;
        if n_cells > MAX_CELLS {
            return Err(SourceError::TooLarge {
                file: file_name.to_owned(),
                what: (
                    format!("sheet `{sheet}` has over {MAX_CELLS} cells"),
                    format!("工作表“{sheet}”超过 {MAX_CELLS} 个单元格"),
                )
                    .into(),
                limit: (format!("{MAX_CELLS} cells"), format!(" {MAX_CELLS} 个单元格")).into(),
            });
        }
        let text = text_of(cell.get_value());
        let (row, place) = cell.get_position();
        if current != Some(row) {
            finish_row(current, &mut cells, &mut visit)?;
            current = Some(row);
        }
        if !text.is_empty() {
            cells.push((place as usize, text));
        }
    }
    finish_row(current, &mut cells, &mut visit)
}

fn finish_row(
    row: Option<u32>,
    cells: &mut Vec<(usize, String)>,
    visit: &mut impl FnMut(u64, &[(usize, String)]) -> Result<(), SourceError>,
) -> Result<(), SourceError> {
    if let Some(row) = row.filter(|_| !cells.is_empty()) {
        cells.sort_by_key(|(place, _)| *place);
        visit(u64::from(row) + 1, cells)?;
    }
    cells.clear();
    Ok(())
}

/// The canonical text of a cell.
fn text_of(value: &DataRef<'_>) -> String {
    let mut text = String::new();
    match value {
        DataRef::Empty => {}
        DataRef::Int(value) => {
            let _ = write!(text, "{value}");
        }
        DataRef::Float(value) => write_float(*value, &mut text),
        DataRef::String(value) | DataRef::DateTimeIso(value) | DataRef::DurationIso(value) => {
            text.push_str(value);
        }
        DataRef::SharedString(value) => text.push_str(value),
        DataRef::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        DataRef::DateTime(value) if value.is_duration() => write_float(value.as_f64(), &mut text),
        DataRef::DateTime(value) => {
            let (year, month, day, hour, minute, second, milli) = value.to_ymd_hms_milli();
            let _ = write!(text, "{year:04}-{month:02}-{day:02}");
            if (hour, minute, second, milli) != (0, 0, 0, 0) {
                let _ = write!(text, " {hour:02}:{minute:02}:{second:02}");
            }
            if milli != 0 {
                let _ = write!(text, ".{milli:03}");
            }
        }
        DataRef::Error(error) => {
            let _ = write!(text, "{error}");
        }
    }
    text
}

fn write_float(value: f64, text: &mut String) {
    if let Some(number) = Number::from_f64(value) {
        number.write(text);
    }
}

/// The rows of a sheet as chunks.
#[derive(Default)]
struct Table {
    names: Vec<String>,
    columns: Vec<TextColumn>,
    rows: Vec<u64>,
    rejects: Vec<Reject>,
    chunks: VecDeque<Chunk>,
}

impl Table {
    fn take_row(
        &mut self,
        file: &str,
        number: u64,
        cells: &[(usize, String)],
    ) -> Result<(), SourceError> {
        let width = cells.last().map_or(0, |(place, _)| place + 1);
        if self.names.is_empty() {
            if width > MAX_COLUMNS {
                return Err(header::too_many(file, width));
            }
            let mut names = vec![String::new(); width];
            for (place, text) in cells {
                if let Some(slot) = names.get_mut(*place) {
                    slot.clone_from(text);
                }
            }
            self.names = header::column_names(file, names)?;
            self.columns.resize_with(width, TextColumn::default);
            return Ok(());
        }
        let n_bytes: usize = cells.iter().map(|(_, text)| text.len()).sum();
        if width > self.names.len() {
            let value = format!("{width} cells for {} columns", self.names.len());
            self.reject(number, reject::RAGGED_ROW, value, cells);
        } else if n_bytes > MAX_ROW_BYTES {
            self.reject(number, reject::ROW_TOO_LONG, format!("over {MAX_ROW_BYTES} bytes"), cells);
        } else {
            let row = self.rows.len();
            for (place, text) in cells {
                if let Some(column) =
                    self.columns.get_mut(*place).filter(|column| column.len() <= row)
                {
                    column.resize(row);
                    column.push(text.as_bytes());
                }
            }
            self.rows.push(number);
        }
        if self.rows.len() + self.rejects.len() >= CHUNK_ROWS {
            self.close_chunk();
        }
        Ok(())
    }

    fn reject(&mut self, row: u64, reason: &'static str, value: String, cells: &[(usize, String)]) {
        let mut raw = Vec::new();
        for (_, text) in cells {
            raw.extend_from_slice(text.as_bytes());
            raw.push(b'\t');
        }
        raw.truncate(MAX_RAW_BYTES);
        self.rejects.push(Reject { row, column: None, value, reason, raw });
    }

    fn close_chunk(&mut self) {
        let rows = std::mem::take(&mut self.rows);
        let rejects = std::mem::take(&mut self.rejects);
        if rows.is_empty() && rejects.is_empty() {
            return;
        }
        let columns = self.columns.iter_mut().map(|column| {
            column.resize(rows.len());
            Cells::Text(column.take(|_| {}))
        });
        let columns = columns.collect();
        self.chunks.push_back(Chunk { rows, columns, raw: None, rejects, bad: Vec::new() });
    }

    fn finish(mut self) -> (Vec<String>, VecDeque<Chunk>) {
        self.close_chunk();
        (self.names, self.chunks)
    }
}
