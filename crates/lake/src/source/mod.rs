//! Input files as typed, mapped event rows: everything between the bytes of a file and the lake.
//!
//! Answers "what is in this file, and which of its columns mean what?", then streams its rows.
//! CSV and its kin in any encoding, JSONL, Parquet and XLSX, plain or packed with gzip or
//! Zstandard, from a path or a stream. [`open`] detects the format and resolves the mapping;
//! [`Source::next`] yields up to 16,384 [`Rows`] at a time in flat memory (a workbook is held
//! whole, within its limits).
//!
//! A row that cannot be taken is a [`Reject`] with its line, column, value and reason, and the file
//! goes on: rows taken and rejected always add up to the rows read. What makes a whole file
//! unreadable is a [`SourceError`].
//!
//! The same table gives the same rows, and so the same message ids, from every format: see
//! [`Rows::body_hash`].
//!
//! Synchronous, reads no clock: "now" is an option.

mod assemble;
mod cells;
mod columnar;
mod commas;
mod csv;
mod detect;
mod encoding;
mod error;
mod error_zh;
mod expr;
mod guard;
mod header;
mod input;
mod json;
mod jsonl;
mod lexer;
mod mapping;
mod number;
mod opener;
mod parquet;
mod preset;
mod properties;
mod refund;
mod rows;
mod said;
mod times;
mod window;
mod workbook;
mod xlsx;

use std::collections::VecDeque;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use perennial_types::calendar::{DateFormat, Micros, Zone};
use serde::{Deserialize, Serialize};

pub use detect::Format;
pub use error::SourceError;
pub use guard::{Guard, Suspect, probe};
pub use input::{Compression, INFLATED_FREE_BYTES, Input, MAX_INFLATE_RATIO};
pub use mapping::{MappedField, Why};
pub use preset::{Field, Preset};
pub use refund::{OrderLine, link_refunds};
pub use rows::{Reject, Rows, reject};
pub use said::Said;
pub use xlsx::{MAX_CELLS, convert_workbook};

use assemble::Assembler;
use cells::Chunk;
use input::Meter;

/// Most rows of a chunk.
pub const CHUNK_ROWS: usize = 16_384;
/// Bytes from which a chunk is closed before it has all its rows.
const CHUNK_BYTES: usize = 16 << 20;
/// Longest cell.
pub const MAX_CELL_BYTES: usize = 64 << 10;
/// Longest row.
pub const MAX_ROW_BYTES: usize = 1 << 20;
/// Most columns.
pub const MAX_COLUMNS: usize = 2_000;
/// Bytes of a rejected row that are kept.
pub const MAX_RAW_BYTES: usize = 64 << 10;
/// Bytes from which encoding and delimiter are told.
const SAMPLE_BYTES: usize = 1 << 20;

/// How to read a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SourceOptions {
    /// What kind of table it is.
    pub preset: Preset,
    /// Fields and the columns, calculations or constants they come from.
    pub map: Vec<(Field, String)>,
    /// Columns that do not become properties.
    pub drop: Vec<String>,
    /// Zone of times that do not name their own.
    pub zone: Zone,
    /// How times are written; told from the column when absent.
    pub date_format: Option<DateFormat>,
    /// Currency of amounts, when no column says.
    pub currency: Option<String>,
    /// Condition a row must fulfil: `Quantity > 0 and Country != 'France'`.
    pub where_: Option<String>,
    /// Delimiter; told from the first lines when absent.
    pub delimiter: Option<u8>,
    /// Name of the encoding; told from the bytes when absent.
    pub encoding: Option<String>,
    /// The present; times more than a day ahead are refused.
    pub now: Micros,
    /// Sheet of a workbook; the first visible one when absent.
    pub sheet: Option<String>,
    /// Whether the comma is the decimal mark of numbers and the point groups thousands; of CSV
    /// files only, other formats have numbers of their own.
    #[serde(default)]
    pub decimal_comma: bool,
    /// Reads Parquet and XLSX where it does no harm before they are read here; none trusts them.
    #[serde(skip)]
    pub guard: Option<Guard>,
}

impl SourceOptions {
    /// Nothing but a preset, in UTC.
    pub fn new(preset: Preset, now: Micros) -> SourceOptions {
        SourceOptions {
            preset,
            map: Vec::new(),
            drop: Vec::new(),
            zone: Zone::utc(),
            date_format: None,
            currency: None,
            where_: None,
            delimiter: None,
            encoding: None,
            now,
            sheet: None,
            decimal_comma: false,
            guard: None,
        }
    }
}

/// What was found out about a file.
#[derive(Clone, Debug)]
pub struct Detected {
    /// Its display name.
    pub name: String,
    /// Its format.
    pub format: Format,
    /// How it is packed.
    pub compression: Compression,
    /// Encoding of its text, where it is text.
    pub encoding: Option<&'static str>,
    /// Its delimiter, where it has one.
    pub delimiter: Option<u8>,
    /// The sheet read, where it is a workbook.
    pub sheet: Option<String>,
    /// Its columns, in its order.
    pub columns: Vec<String>,
    /// Where every field comes from.
    pub mapping: Vec<MappedField>,
    /// Columns that become properties.
    pub properties: Vec<String>,
    /// Columns that are read for nothing.
    pub dropped: Vec<String>,
    /// How times are written; `None` where they are typed.
    pub date_format: Option<DateFormat>,
    /// What a reader of the mapping should know.
    pub notes: Vec<Said>,
}

/// A file being read.
pub struct Source {
    reader: Reader,
    assembler: Assembler,
    /// Chunks read ahead of [`Source::next`].
    ahead: VecDeque<Chunk>,
    detected: Detected,
    meter: Arc<Meter>,
    n_bytes: Option<u64>,
    /// A file whose bytes were not read in order, to be hashed at the end.
    unhashed: Option<PathBuf>,
}

enum Reader {
    Csv(Box<csv::CsvReader>),
    Jsonl(Box<jsonl::JsonlReader>),
    Parquet(Box<parquet::ParquetReader>),
    Xlsx(Box<xlsx::XlsxReader>),
}

impl Reader {
    fn names(&self) -> &[String] {
        match self {
            Reader::Csv(reader) => reader.names(),
            Reader::Jsonl(reader) => reader.names(),
            Reader::Parquet(reader) => reader.names(),
            Reader::Xlsx(reader) => reader.names(),
        }
    }

    /// Says which columns are wanted; a reader may yield others too.
    fn keep(&mut self, keep: Vec<bool>) {
        match self {
            Reader::Csv(reader) => reader.keep(keep),
            Reader::Parquet(reader) => reader.keep(keep),
            Reader::Jsonl(_) | Reader::Xlsx(_) => {}
        }
    }

    fn next(&mut self) -> Result<Option<Chunk>, SourceError> {
        match self {
            Reader::Csv(reader) => reader.next(),
            Reader::Jsonl(reader) => reader.next(),
            Reader::Parquet(reader) => reader.next(),
            Reader::Xlsx(reader) => Ok(reader.next()),
        }
    }
}

/// Opens a file: tells its format, encoding, delimiter and date format, and resolves the mapping.
///
/// # Errors
/// When the file is not a table, has no rows, or the mapping does not fit it.
pub fn open(input: Input, options: &SourceOptions) -> Result<Source, SourceError> {
    let opened = opener::open(input, options)?;
    let opener::Opened { name, mut reader, mut detected, meter, n_bytes, unhashed } = opened;
    let mut ahead = VecDeque::new();
    // The columns of a JSONL file are the keys of its first lines.
    if matches!(reader, Reader::Jsonl(_)) {
        ahead.extend(reader.next()?);
    }
    let columns = reader.names().to_vec();
    let mapping = mapping::resolve(&name, &columns, options)?;
    let reads = mapping.reads(columns.len());
    reader.keep(reads.clone());
    if ahead.is_empty() {
        ahead.extend(reader.next()?);
    }
    let first = ahead.front().ok_or_else(|| SourceError::Empty { file: name.clone() })?;
    let ts_place = mapping.column(Field::Ts);
    let ts_cells = ts_place.and_then(|place| first.columns.get(place));
    let ts_name =
        ts_place.and_then(|place| columns.get(place)).map(String::as_str).unwrap_or_default();
    detected.date_format = match (&options.date_format, ts_cells) {
        (_, Some(cells::Cells::Instant { .. })) => None,
        (Some(format), _) => Some(format.clone()),
        (None, cells) => times::format_of(&name, ts_name, cells, first.rows.len())?,
    };
    commas::check(&detected, &columns, &mapping, first, options)?;
    let format = detected.date_format.clone().unwrap_or_default();
    let assembler = Assembler::new(mapping, &columns, &format, options)?;
    detected.describe(&columns, &assembler, &reads, options);
    Ok(Source { reader, assembler, ahead, detected, meter, n_bytes, unhashed })
}

impl Detected {
    fn describe(
        &mut self,
        columns: &[String],
        assembler: &Assembler,
        reads: &[bool],
        options: &SourceOptions,
    ) {
        let name = |place: &usize| columns.get(*place).cloned();
        self.columns = columns.to_vec();
        self.mapping = assembler.mapped_fields().to_vec();
        self.properties = assembler.properties().iter().filter_map(name).collect();
        let unread = reads.iter().enumerate().filter(|(_, read)| !**read).map(|(place, _)| place);
        self.dropped = unread.filter_map(|place| name(&place)).collect();
        let has = |field| self.mapping.iter().any(|mapped| mapped.field == field);
        if options.preset == Preset::Orders && !has(Field::OrderId) {
            let said =
                ("no order id: every row is an order of its own", "没有订单号：每一行算作一个订单");
            self.notes.push(said.into());
        }
        if has(Field::Amount) && !has(Field::Currency) {
            let said = ("amounts have no currency (--currency)", "金额没有货币（--currency）");
            self.notes.push(said.into());
        }
    }
}

impl Source {
    /// What was found out about the file.
    pub fn report(&self) -> &Detected {
        &self.detected
    }

    /// The next rows; `None` at the end.
    ///
    /// # Errors
    /// When the file cannot be read on.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator cannot fail and go on being asked"
    )]
    pub fn next(&mut self) -> Result<Option<Rows>, SourceError> {
        let chunk = match self.ahead.pop_front() {
            Some(chunk) => Some(chunk),
            None => self.reader.next()?,
        };
        let Some(chunk) = chunk else {
            if let Some(path) = self.unhashed.take() {
                input::hash_file(&path, &self.meter)
                    .map_err(|error| input::read_error(&self.detected.name, error))?;
            }
            return Ok(None);
        };
        Ok(Some(self.assembler.rows(chunk, self.reader.names())))
    }

    /// Bytes of the file consumed so far, as it is stored.
    pub fn bytes_read(&self) -> u64 {
        // What was read of an unpacked copy is no more than the packed file.
        self.n_bytes.map_or(self.meter.n_bytes(), |n_bytes| n_bytes.min(self.meter.n_bytes()))
    }

    /// Size of the file, where it is known.
    pub fn total_bytes(&self) -> Option<u64> {
        self.n_bytes
    }

    /// sha256 of the bytes of the file as it is stored, after [`next`](Source::next) has yielded
    /// `None`.
    pub fn sha256(&self) -> Option<[u8; 32]> {
        self.meter.sha256()
    }
}

#[cfg(test)]
mod tests;
