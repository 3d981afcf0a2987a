//! One JSON object a line. Its keys are the columns, new ones join as they turn up.
//!
//! A line that is not one object is a row error like any other; blank lines are no rows.

use std::collections::HashMap;
use std::io::Read;

use super::cells::{Cells, Chunk, Raw, TextColumn};
use super::json::{Fault, Value, read_object};
use super::window::Window;
use super::{
    CHUNK_BYTES, CHUNK_ROWS, MAX_COLUMNS, MAX_RAW_BYTES, MAX_ROW_BYTES, Reject, SourceError,
    header, reject,
};

/// Reads JSON lines.
pub(super) struct JsonlReader {
    file: String,
    window: Window,
    line: u64,
    names: Vec<String>,
    places: HashMap<String, usize>,
    columns: Vec<Column>,
}

#[derive(Default)]
struct Column {
    text: TextColumn,
    is_json: Vec<bool>,
}

impl JsonlReader {
    /// `input` is UTF-8 without a byte order mark.
    pub(super) fn new(file: &str, input: Box<dyn Read + Send>) -> JsonlReader {
        JsonlReader {
            file: file.to_owned(),
            window: Window::new(input),
            line: 0,
            names: Vec::new(),
            places: HashMap::new(),
            columns: Vec::new(),
        }
    }

    /// The keys met so far.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// The next rows; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Chunk>, SourceError> {
        let mut rows = Vec::with_capacity(CHUNK_ROWS);
        let mut raw = Raw::default();
        let mut rejects = Vec::new();
        while rows.len() + rejects.len() < CHUNK_ROWS && raw.bytes.len() < CHUNK_BYTES {
            let Some((len, is_whole)) = self.find_line()? else { break };
            self.line += 1;
            let bytes = self.window.bytes().get(..len).unwrap_or_default();
            if bytes.len() > MAX_ROW_BYTES {
                rejects.push(rejected(
                    self.line,
                    reject::ROW_TOO_LONG,
                    format!("over {MAX_ROW_BYTES} bytes"),
                    bytes,
                ));
            } else if !bytes.trim_ascii().is_empty() {
                match read_line(
                    bytes,
                    rows.len(),
                    &mut self.names,
                    &mut self.places,
                    &mut self.columns,
                ) {
                    Ok(()) => {
                        raw.push(bytes);
                        rows.push(self.line);
                    }
                    Err((reason, value)) => rejects.push(rejected(self.line, reason, value, bytes)),
                }
                if self.names.len() > MAX_COLUMNS {
                    return Err(header::too_many(&self.file, self.names.len()));
                }
            }
            self.window.consume(len + usize::from(is_whole));
            if !is_whole {
                self.skip_line()?;
            }
        }
        if rows.is_empty() && rejects.is_empty() {
            return Ok(None);
        }
        let columns = self.columns.iter_mut().map(|column| {
            column.resize(rows.len());
            Cells::Json(column.text.take(|_| {}), std::mem::take(&mut column.is_json))
        });
        let columns = columns.collect();
        Ok(Some(Chunk { rows, columns, raw: Some(raw), rejects, bad: Vec::new() }))
    }

    /// Length of the line at the start of the window, and whether its end is there. A line without
    /// an end is the last, or does not fit the window. `None` at the end.
    fn find_line(&mut self) -> Result<Option<(usize, bool)>, SourceError> {
        loop {
            let bytes = self.window.bytes();
            if let Some(len) = bytes.iter().position(|&byte| byte == b'\n') {
                return Ok(Some((len, true)));
            }
            if self.window.is_last() {
                return Ok((!bytes.is_empty()).then_some((bytes.len(), false)));
            }
            if self.window.is_full() {
                return Ok(Some((bytes.len(), false)));
            }
            self.fill()?;
        }
    }

    fn skip_line(&mut self) -> Result<(), SourceError> {
        loop {
            let found = self.window.bytes().iter().position(|&byte| byte == b'\n');
            let n_bytes = found.map_or(self.window.bytes().len(), |len| len + 1);
            self.window.consume(n_bytes);
            if found.is_some() || self.window.is_last() {
                return Ok(());
            }
            self.fill()?;
        }
    }

    fn fill(&mut self) -> Result<(), SourceError> {
        self.window.fill().map_err(|error| super::input::read_error(&self.file, error))
    }
}

impl Column {
    fn resize(&mut self, n_rows: usize) {
        self.text.resize(n_rows);
        self.is_json.resize(n_rows, false);
    }
}

/// Adds a line to the columns as row `row`, or nothing at all.
fn read_line(
    bytes: &[u8],
    row: usize,
    names: &mut Vec<String>,
    places: &mut HashMap<String, usize>,
    columns: &mut Vec<Column>,
) -> Result<(), (&'static str, String)> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        (reject::BAD_CHAR, format!("byte {} is not UTF-8", error.valid_up_to() + 1))
    })?;
    let n_known = names.len();
    // Lines mostly repeat the keys of the line before, in its order.
    let mut expected = 0;
    let found = read_object(text, |key, value| {
        let place = match names.get(expected) {
            Some(name) if name == key => expected,
            _ => *places.entry(key.to_owned()).or_insert_with(|| {
                names.push(key.to_owned());
                columns.push(Column::default());
                names.len() - 1
            }),
        };
        expected = place + 1;
        let Some(column) = columns.get_mut(place) else { return false };
        if column.text.len() > row {
            return false;
        }
        column.resize(row);
        let is_json = matches!(value, Value::Nested(_));
        match value {
            Value::Null => column.text.push(b""),
            Value::Text(text) => column.text.push(text.as_bytes()),
            Value::Nested(json) => column.text.push(json.as_bytes()),
        }
        column.is_json.push(is_json);
        true
    });
    let Err(fault) = found else { return Ok(()) };
    // Take the row back: its cells, and columns only it had.
    names.truncate(n_known);
    columns.truncate(n_known);
    places.retain(|_, place| *place < n_known);
    for column in columns {
        if column.text.len() > row {
            column.resize(row);
        }
    }
    Err(match fault {
        Fault::Syntax(at) => (reject::BAD_JSON, format!("not one JSON object, at byte {}", at + 1)),
        Fault::LoneSurrogate => (reject::BAD_CHAR, "half of a surrogate pair".to_owned()),
        Fault::TooDeep => (reject::BAD_JSON, "nested over 32 deep".to_owned()),
        Fault::DuplicateKey => (reject::BAD_JSON, "a key stands there twice".to_owned()),
    })
}

fn rejected(line: u64, reason: &'static str, value: String, raw: &[u8]) -> Reject {
    let raw = raw.get(..MAX_RAW_BYTES).unwrap_or(raw).to_vec();
    Reject { row: line, column: None, value, reason, raw }
}
