//! The instant of a row, from text, counts or typed times, and the format of a column of them.

use std::collections::HashSet;

use arrow::array::{Array as _, Int64Array};
use perennial_types::calendar::{
    CalendarError, CivilParser, DateFormat, Micros, Sniffed, Zone, sniff_format,
};

use super::assemble::Fault;
use super::cells::{Cells, write_civil};
use super::mapping::{Mapping, Origin};
use super::preset::Field;
use super::rows::reject;
use super::{SourceError, SourceOptions};

const DAY: Micros = 86_400_000_000;
/// Different values a format is told from.
const MAX_SAMPLES: usize = 1_000;

/// Reads the times of a file.
pub(super) struct Times {
    parser: CivilParser,
    /// Reads wall-clock times of typed columns; `None` in UTC, where they are instants.
    wall_clock: Option<CivilParser>,
    /// Microseconds in a unit of a column of counts.
    unix_unit: Option<i64>,
    latest: Micros,
}

impl Times {
    pub(super) fn new(format: &DateFormat, options: &SourceOptions) -> Result<Times, SourceError> {
        let wall_clock = match options.zone.name() {
            "UTC" => None,
            _ => Some(CivilParser::new(&options.zone, &DateFormat::Auto)?),
        };
        Ok(Times {
            parser: CivilParser::new(&options.zone, format)?,
            wall_clock,
            unix_unit: match format {
                DateFormat::UnixSeconds => Some(1_000_000),
                DateFormat::UnixMillis => Some(1_000),
                DateFormat::UnixMicros => Some(1),
                DateFormat::Auto | DateFormat::Explicit(_) => None,
            },
            latest: options.now.saturating_add(DAY),
        })
    }

    /// The instant of a row, from 1970 to a day ahead of now.
    pub(super) fn ts(
        &mut self,
        mapping: &Mapping,
        columns: &[Cells],
        row: usize,
        scratch: &mut String,
    ) -> Result<Micros, Fault> {
        let place = mapping.column(Field::Ts);
        let bad = || Fault::at(place, reject::BAD_TS);
        let parsed = match (place.and_then(|place| columns.get(place)), self.unix_unit) {
            (Some(Cells::Instant { micros, zoned }), _) => {
                let value = value_of(micros, row).ok_or_else(bad)?;
                match &mut self.wall_clock {
                    Some(wall_clock) if !zoned => {
                        scratch.clear();
                        write_civil(value, scratch);
                        wall_clock.parse(scratch)
                    }
                    _ => Ok(value),
                }
            }
            // A product that overflows is far outside the range that is checked below.
            (Some(Cells::Int(counts)), Some(unit)) => {
                Ok(value_of(counts, row).ok_or_else(bad)?.saturating_mul(unit))
            }
            (Some(cells), _) => self.parser.parse(cells.text(row, scratch).ok_or_else(bad)?),
            (None, _) => match mapping.origin(Field::Ts) {
                Some(Origin::Constant(text)) => self.parser.parse(text),
                _ => return Err(bad()),
            },
        };
        let ts = parsed.map_err(|error| match error {
            CalendarError::SkippedTime { .. } => Fault::at(place, reject::SKIPPED_HOUR),
            CalendarError::OutOfRange(_) => Fault::at(place, reject::TS_OUT_OF_RANGE),
            _ => bad(),
        })?;
        if (0..=self.latest).contains(&ts) {
            Ok(ts)
        } else {
            Err(Fault::at(place, reject::TS_OUT_OF_RANGE))
        }
    }
}

fn value_of(array: &Int64Array, row: usize) -> Option<i64> {
    (row < array.len() && array.is_valid(row)).then(|| array.value(row))
}

/// The format of the column of times, told from the first rows; `None` where the column holds
/// typed times.
///
/// # Errors
/// When several formats fit, or none.
pub(super) fn format_of(
    file: &str,
    column: &str,
    cells: Option<&Cells>,
    n_rows: usize,
) -> Result<Option<DateFormat>, SourceError> {
    let Some(cells) = cells else { return Ok(Some(DateFormat::Auto)) };
    if matches!(cells, Cells::Instant { .. }) {
        return Ok(None);
    }
    let samples = samples(cells, n_rows);
    let texts: Vec<&str> = samples.iter().map(String::as_str).collect();
    let Some(value) = samples.first() else { return Ok(Some(DateFormat::Auto)) };
    let mut sniffed = sniff_format(&texts);
    if sniffed == Sniffed::Unknown {
        // Single values that are no time at all are the fault of their rows, not of the column.
        let fitting: Vec<&str> = texts
            .iter()
            .copied()
            .filter(|text| sniff_format(&[text]) != Sniffed::Unknown)
            .collect();
        let iso: Vec<&str> = texts.iter().copied().filter(|text| is_auto(text)).collect();
        if iso.len() * 2 >= texts.len() {
            return Ok(Some(DateFormat::Auto));
        }
        if fitting.len() * 2 > texts.len() {
            sniffed = sniff_format(&fitting);
        }
    }
    let named = |value: &str| (file.to_owned(), column.to_owned(), value.to_owned());
    match sniffed {
        Sniffed::Unambiguous(format) => Ok(Some(format)),
        Sniffed::Ambiguous(formats) => {
            let (file, column, value) = named(value);
            let formats = formats.iter().map(ToString::to_string).collect();
            Err(SourceError::AmbiguousDates { file, column, value, formats })
        }
        Sniffed::Unknown => {
            let value = texts.iter().find(|text| sniff_format(&[text]) == Sniffed::Unknown);
            let (file, column, value) = named(value.or(texts.first()).copied().unwrap_or_default());
            Err(SourceError::UnknownDates { file, column, value })
        }
    }
}

fn is_auto(text: &str) -> bool {
    CivilParser::new(&Zone::utc(), &DateFormat::Auto)
        .is_ok_and(|mut parser| parser.parse(text).is_ok())
}

/// Different values of the first rows, short ones only.
fn samples(cells: &Cells, n_rows: usize) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut samples = Vec::new();
    let mut scratch = String::new();
    for row in 0..n_rows {
        let Some(text) = cells.text(row, &mut scratch) else { continue };
        let text = text.trim();
        if text.is_empty() || text.len() > 100 || !seen.insert(text.to_owned()) {
            continue;
        }
        samples.push(text.to_owned());
        if samples.len() == MAX_SAMPLES {
            break;
        }
    }
    samples
}
