//! Delimited text, cut into cells in one pass, without ever holding more than one long row.
//!
//! Quotes as in RFC 4180: a cell that begins with `"` ends at the next single `"`, and `""` inside
//! is one quote. Rows end with LF, CRLF or CR, mixed as they come; blank lines are no rows. A row
//! with another number of cells than the header is refused, one above a mebibyte too, and a quote
//! that is never closed stops the file at the line it was opened in.

use std::io::Read;

use super::cells::{Cells, Chunk, Raw, TextColumn};
use super::window::Window;
use super::{CHUNK_BYTES, CHUNK_ROWS, MAX_RAW_BYTES, MAX_ROW_BYTES, Reject, SourceError, reject};

/// Reads delimited text.
pub(super) struct CsvReader {
    file: String,
    window: Window,
    delimiter: u8,
    /// Line the window starts at.
    line: u64,
    names: Vec<String>,
    /// By column: whether its cells are wanted.
    keep: Vec<bool>,
    columns: Vec<TextColumn>,
    fields: Vec<Field>,
}

/// A cell inside the window.
#[derive(Clone, Copy)]
struct Field {
    start: usize,
    end: usize,
    /// Holds doubled quotes, or text after its closing quote.
    has_quotes: bool,
}

/// What the start of the window is.
enum Scan {
    /// A row, or a blank line when it has no fields, `len` bytes with `end` before its line break.
    Row { end: usize, len: usize, n_lines: u64 },
    /// The window ends inside the row.
    Cut,
    /// The file ends inside the quote opened so many lines after the start of the row.
    OpenQuote(u64),
}

impl CsvReader {
    /// Reads the header. `input` is UTF-8 without a byte order mark.
    pub(super) fn open(
        file: &str,
        input: Box<dyn Read + Send>,
        delimiter: u8,
    ) -> Result<CsvReader, SourceError> {
        let mut reader = CsvReader {
            file: file.to_owned(),
            window: Window::new(input),
            delimiter,
            line: 1,
            names: Vec::new(),
            keep: Vec::new(),
            columns: Vec::new(),
            fields: Vec::new(),
        };
        reader.read_header()?;
        Ok(reader)
    }

    fn read_header(&mut self) -> Result<(), SourceError> {
        loop {
            match self.scan()? {
                None => return Err(SourceError::Empty { file: self.file.clone() }),
                Some(Scan::Row { len, n_lines, .. }) => {
                    let bytes = self.window.bytes();
                    let mut names = Vec::with_capacity(self.fields.len());
                    for field in &self.fields {
                        let mut cell = Vec::new();
                        write_cell(bytes, *field, &mut cell);
                        names.push(String::from_utf8(cell).map_err(|_| {
                            SourceError::invalid(
                                &self.file,
                                "csv",
                                "the header is not text in this encoding",
                            )
                        })?);
                    }
                    self.window.consume(len);
                    self.line += n_lines;
                    if !names.is_empty() {
                        self.keep = vec![true; names.len()];
                        self.columns.resize_with(names.len(), TextColumn::default);
                        self.names = super::header::column_names(&self.file, names)?;
                        return Ok(());
                    }
                }
                Some(Scan::OpenQuote(n_lines)) => return Err(self.open_quote(n_lines)),
                Some(Scan::Cut) => {
                    return Err(SourceError::TooLarge {
                        file: self.file.clone(),
                        what: ("its header is over a mebibyte long", "表头超过 1 MiB").into(),
                        limit: (format!("{MAX_ROW_BYTES} bytes"), format!(" {MAX_ROW_BYTES} 字节"))
                            .into(),
                    });
                }
            }
        }
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn keep(&mut self, keep: Vec<bool>) {
        self.keep = keep;
    }

    /// Scans the row at the start of the window, reading on when it is cut there. `None` at the
    /// end; [`Scan::Cut`] only when the row does not fit the window.
    fn scan(&mut self) -> Result<Option<Scan>, SourceError> {
        loop {
            let (bytes, is_last) = (self.window.bytes(), self.window.is_last());
            if is_last && bytes.is_empty() {
                return Ok(None);
            }
            let scan = scan_row(bytes, is_last, self.delimiter, &mut self.fields);
            if !matches!(scan, Scan::Cut) || self.window.is_full() {
                return Ok(Some(scan));
            }
            self.window.fill().map_err(|error| self.io(error))?;
        }
    }

    /// The next rows; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Chunk>, SourceError> {
        let mut rows = Vec::with_capacity(CHUNK_ROWS);
        let mut raw = Raw::default();
        let mut rejects = Vec::new();
        while rows.len() + rejects.len() < CHUNK_ROWS && raw.bytes.len() < CHUNK_BYTES {
            let Some(scan) = self.scan()? else { break };
            match scan {
                Scan::Row { end, len, n_lines } => {
                    let row = self.window.bytes().get(..end).unwrap_or_default();
                    if row.len() > MAX_ROW_BYTES {
                        rejects.push(too_long(self.line, row));
                    } else if self.fields.len() == self.names.len() {
                        raw.push(row);
                        rows.push(self.line);
                        self.take_row();
                    } else if !self.fields.is_empty() {
                        rejects.push(ragged(self.line, row, self.fields.len(), self.names.len()));
                    }
                    self.window.consume(len);
                    self.line += n_lines;
                }
                Scan::OpenQuote(n_lines) => return Err(self.open_quote(n_lines)),
                Scan::Cut => {
                    rejects.push(too_long(self.line, self.window.bytes()));
                    self.skip_row()?;
                }
            }
        }
        if rows.is_empty() && rejects.is_empty() {
            return Ok(None);
        }
        let mut bad = Vec::new();
        let wanted = self.columns.iter_mut().zip(&self.keep).enumerate();
        let columns = wanted.map(|(place, (column, &keep))| {
            if keep { Cells::Text(column.take(|row| bad.push((row, place)))) } else { Cells::None }
        });
        let columns = columns.collect();
        Ok(Some(Chunk { rows, columns, raw: Some(raw), rejects, bad }))
    }

    /// Copies the cells of the scanned row into the columns.
    fn take_row(&mut self) {
        let bytes = self.window.bytes();
        let wanted = self.fields.iter().zip(&mut self.columns).zip(&self.keep);
        for ((field, column), _) in wanted.filter(|(_, keep)| **keep) {
            if field.has_quotes {
                write_cell(bytes, *field, column.bytes());
                column.close();
            } else {
                column.push(bytes.get(field.start..field.end).unwrap_or_default());
            }
        }
    }

    /// Passes over a row that does not fit the window.
    fn skip_row(&mut self) -> Result<(), SourceError> {
        let mut skipper = Skipper { state: State::CellStart, n_lines: 0, opened: 0 };
        loop {
            let bytes = self.window.bytes();
            let found = skipper.end_of_row(bytes, self.delimiter);
            let n_bytes = found.unwrap_or(bytes.len());
            self.window.consume(n_bytes);
            if found.is_none() && self.window.is_last() {
                if matches!(skipper.state, State::Quoted) {
                    return Err(self.open_quote(skipper.opened));
                }
                return Ok(());
            }
            if found.is_some() {
                self.line += skipper.n_lines + 1;
                return Ok(());
            }
            self.window.fill().map_err(|error| self.io(error))?;
        }
    }

    fn open_quote(&self, n_lines: u64) -> SourceError {
        SourceError::UnclosedQuote { file: self.file.clone(), line: self.line + n_lines }
    }

    fn io(&self, error: std::io::Error) -> SourceError {
        super::input::read_error(&self.file, error)
    }
}

/// Finds the end of the row at the start of `bytes` and its cells.
fn scan_row(bytes: &[u8], is_last: bool, delimiter: u8, fields: &mut Vec<Field>) -> Scan {
    fields.clear();
    let mut at = 0;
    let mut n_lines = 0;
    loop {
        let field = if bytes.get(at) == Some(&b'"') {
            let opened = n_lines;
            match scan_quoted(bytes, at, is_last, delimiter, &mut n_lines) {
                Some(field) => field,
                None if is_last => return Scan::OpenQuote(opened),
                None => return Scan::Cut,
            }
        } else {
            Field { start: at, end: plain_end(bytes, at, delimiter), has_quotes: false }
        };
        // A quoted cell's closing quote lies between its end and what follows.
        let next = if bytes.get(at) == Some(&b'"') && !field.has_quotes {
            field.end + 1
        } else {
            field.end
        };
        let is_blank = fields.is_empty() && next == at;
        match bytes.get(next) {
            Some(&byte) if byte == delimiter => {
                fields.push(field);
                at = next + 1;
            }
            Some(b'\r') if bytes.get(next + 1).is_none() && !is_last => return Scan::Cut,
            Some(&byte) => {
                if !is_blank {
                    fields.push(field);
                }
                let is_pair = byte == b'\r' && bytes.get(next + 1) == Some(&b'\n');
                let len = next + 1 + usize::from(is_pair);
                return Scan::Row { end: next, len, n_lines: n_lines + 1 };
            }
            None if !is_last => return Scan::Cut,
            None => {
                if !is_blank {
                    fields.push(field);
                }
                return Scan::Row { end: next, len: next, n_lines: n_lines + 1 };
            }
        }
    }
}

#[inline]
fn plain_end(bytes: &[u8], start: usize, delimiter: u8) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    let len = rest.iter().position(|&byte| byte == delimiter || byte == b'\n' || byte == b'\r');
    start + len.unwrap_or(rest.len())
}

/// The quoted cell whose opening quote is at `open`; `None` when its closing quote is not there.
fn scan_quoted(
    bytes: &[u8],
    open: usize,
    is_last: bool,
    delimiter: u8,
    n_lines: &mut u64,
) -> Option<Field> {
    let start = open + 1;
    let mut at = start;
    let mut has_quotes = false;
    loop {
        let rest = bytes.get(at..)?;
        let quote = at + rest.iter().position(|&byte| byte == b'"')?;
        *n_lines += count_lines(bytes.get(at..quote)?);
        match bytes.get(quote + 1) {
            Some(b'"') => {
                has_quotes = true;
                at = quote + 2;
            }
            None if !is_last => return None,
            follows => {
                let ends =
                    follows.is_none_or(|&byte| byte == delimiter || byte == b'\n' || byte == b'\r');
                if ends && !has_quotes {
                    return Some(Field { start, end: quote, has_quotes: false });
                }
                // With `has_quotes` the end is after the closing quote; `write_cell` drops it.
                let end = if ends { quote + 1 } else { plain_end(bytes, quote + 1, delimiter) };
                return Some(Field { start, end, has_quotes: true });
            }
        }
    }
}

/// Lines broken inside a quoted cell: LF, and CR without LF.
fn count_lines(bytes: &[u8]) -> u64 {
    let n_lf = bytes.iter().filter(|&&byte| byte == b'\n').count();
    let n_cr = bytes
        .iter()
        .enumerate()
        .filter(|&(at, &byte)| byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'))
        .count();
    (n_lf + n_cr) as u64
}

/// Appends a cell without its quotes.
fn write_cell(bytes: &[u8], field: Field, out: &mut Vec<u8>) {
    let cell = bytes.get(field.start..field.end).unwrap_or_default();
    if !field.has_quotes {
        out.extend_from_slice(cell);
        return;
    }
    let mut inside = true;
    let mut rest = cell.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'"' || !inside {
            out.push(byte);
        } else if rest.next_if_eq(&b'"').is_some() {
            out.push(b'"');
        } else {
            inside = false;
        }
    }
}

fn too_long(line: u64, row: &[u8]) -> Reject {
    Reject {
        row: line,
        column: None,
        value: format!("over {MAX_ROW_BYTES} bytes"),
        reason: reject::ROW_TOO_LONG,
        raw: row.get(..MAX_RAW_BYTES).unwrap_or(row).to_vec(),
    }
}

fn ragged(line: u64, row: &[u8], n_cells: usize, n_columns: usize) -> Reject {
    Reject {
        row: line,
        column: None,
        value: format!("{n_cells} cells for {n_columns} columns"),
        reason: reject::RAGGED_ROW,
        raw: row.get(..MAX_RAW_BYTES).unwrap_or(row).to_vec(),
    }
}

/// Finds the end of a row too long to hold, byte by byte.
struct Skipper {
    state: State,
    /// Line breaks passed inside quotes.
    n_lines: u64,
    /// Value of `n_lines` at the last opening quote.
    opened: u64,
}

#[derive(Clone, Copy)]
enum State {
    CellStart,
    Plain,
    Quoted,
    /// After a quote inside a quoted cell: its end, or the first half of a doubled one.
    Quote,
    /// After a CR: an LF still belongs to the row's end.
    CarriageReturn,
}

impl Skipper {
    /// Bytes up to and with the end of the row, when it is here.
    fn end_of_row(&mut self, bytes: &[u8], delimiter: u8) -> Option<usize> {
        for (at, &byte) in bytes.iter().enumerate() {
            self.state = match (self.state, byte) {
                (State::CarriageReturn, b'\n') => return Some(at + 1),
                (State::CarriageReturn, _) => return Some(at),
                (State::Quoted, b'"') => State::Quote,
                (State::Quoted, _) => {
                    self.n_lines += u64::from(byte == b'\n');
                    State::Quoted
                }
                (State::Quote, b'"') => State::Quoted,
                (State::CellStart, b'"') => {
                    self.opened = self.n_lines;
                    State::Quoted
                }
                (_, b'\n') => return Some(at + 1),
                (_, b'\r') => State::CarriageReturn,
                (_, byte) if byte == delimiter => State::CellStart,
                _ => State::Plain,
            };
        }
        None
    }
}
