//! Cells as they came, by column, with one canonical text for every value.
//!
//! Whatever the format of the file, the same value has the same text: `17850` may have been text,
//! an integer or the double 17850.0. Names of events, ids, properties and the hash behind message
//! ids are all made from that text, so a table exported twice in two formats is one table.

use std::fmt::Write as _;

use arrow::array::{
    Array, BooleanArray, Decimal128Array, Float64Array, Int64Array, StringArray, StringViewArray,
};
use perennial_types::calendar::Micros;

use super::number::Number;
use super::{Reject, reject};

/// Up to [`CHUNK_ROWS`](super::CHUNK_ROWS) rows of a file.
pub(super) struct Chunk {
    /// 1-based row (or line) each stands at in the file.
    pub(super) rows: Vec<u64>,
    /// Aligned with the names of the reader; a column that is not read has no cells.
    pub(super) columns: Vec<Cells>,
    /// The rows as they were written, where the format has such a thing.
    pub(super) raw: Option<Raw>,
    /// Rows that are no rows: too long, too short.
    pub(super) rejects: Vec<Reject>,
    /// Rows (by place) and columns whose bytes are not text.
    pub(super) bad: Vec<(usize, usize)>,
}

/// Rows as written, one after another.
#[derive(Default)]
pub(super) struct Raw {
    pub(super) bytes: Vec<u8>,
    pub(super) ends: Vec<usize>,
}

impl Raw {
    pub(super) fn push(&mut self, row: &[u8]) {
        self.bytes.extend_from_slice(row);
        self.ends.push(self.bytes.len());
    }

    pub(super) fn row(&self, row: usize) -> &[u8] {
        let start = row.checked_sub(1).and_then(|before| self.ends.get(before)).copied();
        let end = self.ends.get(row).copied().unwrap_or_default();
        self.bytes.get(start.unwrap_or(0)..end).unwrap_or_default()
    }
}

/// One column. Empty text is an absent value in every format.
pub(super) enum Cells {
    /// Not read.
    None,
    /// Text.
    Text(StringArray),
    /// Text whose numbers have a decimal comma.
    Comma(StringArray),
    /// Text that still lies in the pages of the file.
    View(StringViewArray),
    /// Text, with the cells marked that are JSON of their own (objects and lists).
    Json(StringArray, Vec<bool>),
    /// Whole numbers.
    Int(Int64Array),
    /// Doubles.
    Float(Float64Array),
    /// Exact decimals of one scale.
    Decimal(Decimal128Array, u32),
    /// Truth.
    Bool(BooleanArray),
    /// Microseconds since the epoch: of UTC when `zoned`, else of some wall clock.
    Instant {
        /// The times.
        micros: Int64Array,
        /// Whether they are instants already.
        zoned: bool,
    },
}

impl Cells {
    /// The canonical text of a cell, borrowed where it is text already. `None` when absent.
    #[inline]
    pub(super) fn text<'a>(&'a self, row: usize, scratch: &'a mut String) -> Option<&'a str> {
        let text = match self {
            Cells::Text(array) | Cells::Comma(array) | Cells::Json(array, _) => {
                present(array, row).then(|| array.value(row))?
            }
            Cells::View(array) => present(array, row).then(|| array.value(row))?,
            _ => {
                scratch.clear();
                return self.write(row, scratch).then_some(scratch.as_str());
            }
        };
        (!text.is_empty()).then_some(text)
    }

    /// Appends the canonical text; `false` when the cell is absent.
    pub(super) fn write(&self, row: usize, out: &mut String) -> bool {
        match self {
            Cells::None => return false,
            Cells::Text(array) | Cells::Comma(array) | Cells::Json(array, _)
                if present(array, row) =>
            {
                out.push_str(array.value(row));
                return !array.value(row).is_empty();
            }
            Cells::View(array) if present(array, row) => {
                out.push_str(array.value(row));
                return !array.value(row).is_empty();
            }
            Cells::Int(array) if present(array, row) => {
                out.push_str(itoa::Buffer::new().format(array.value(row)));
            }
            Cells::Float(array) if present(array, row) => {
                let value = array.value(row);
                match Number::from_f64(value) {
                    Some(number) => number.write(out),
                    // Data frames write NaN where nothing is.
                    None if value.is_nan() => return false,
                    None => out.push_str(if value > 0.0 { "inf" } else { "-inf" }),
                }
            }
            Cells::Decimal(array, scale) if present(array, row) => {
                Number { mantissa: array.value(row), scale: *scale }.write(out);
            }
            Cells::Bool(array) if present(array, row) => {
                out.push_str(if array.value(row) { "true" } else { "false" });
            }
            Cells::Instant { micros, zoned } if present(micros, row) => {
                write_civil(micros.value(row), out);
                if *zoned {
                    out.push_str("+00:00");
                }
            }
            _ => return false,
        }
        true
    }

    /// The number in a cell: `Ok(None)` when absent, `Err` when it holds something else.
    #[inline]
    pub(super) fn number(&self, row: usize) -> Result<Option<Number>, ()> {
        let text = match self {
            Cells::Int(array) => {
                let value = present(array, row).then(|| array.value(row));
                return Ok(value.map(|value| Number { mantissa: i128::from(value), scale: 0 }));
            }
            Cells::Float(array) => {
                return match present(array, row).then(|| array.value(row)) {
                    None => Ok(None),
                    // A data frame has no other way to say "nothing" in a column of doubles.
                    Some(value) if value.is_nan() => Ok(None),
                    Some(value) => Number::from_f64(value).map(Some).ok_or(()),
                };
            }
            Cells::Decimal(array, scale) => {
                let value = present(array, row).then(|| array.value(row));
                return Ok(value.map(|mantissa| Number { mantissa, scale: *scale }));
            }
            Cells::Text(array) | Cells::Json(array, _) => {
                if present(array, row) {
                    array.value(row)
                } else {
                    Default::default()
                }
            }
            Cells::View(array) => {
                if present(array, row) {
                    array.value(row)
                } else {
                    Default::default()
                }
            }
            Cells::Comma(array) => {
                let text = if present(array, row) { array.value(row) } else { Default::default() };
                return match text.trim() {
                    "" => Ok(None),
                    text => Number::parse_comma(text).map(Some).ok_or(()),
                };
            }
            Cells::None => return Ok(None),
            Cells::Bool(array) if !present(array, row) => return Ok(None),
            Cells::Instant { micros, .. } if !present(micros, row) => return Ok(None),
            Cells::Bool(_) | Cells::Instant { .. } => return Err(()),
        };
        match text.trim() {
            "" => Ok(None),
            text => Number::parse(text).map(Some).ok_or(()),
        }
    }

    /// The same text, its numbers read with a decimal comma.
    pub(super) fn with_comma(self) -> Cells {
        match self {
            Cells::Text(array) => Cells::Comma(array),
            other => other,
        }
    }

    /// Whether the cell is JSON of its own.
    pub(super) fn is_json(&self, row: usize) -> bool {
        matches!(self, Cells::Json(_, marks) if marks.get(row).copied().unwrap_or_default())
    }

    /// Rows whose text the lake cannot hold, with the reason.
    pub(super) fn faults(&self, mut report: impl FnMut(usize, &'static str)) {
        let mut check = |row: usize, text: &str| {
            if text.len() > super::MAX_CELL_BYTES {
                report(row, reject::CELL_TOO_LONG);
            } else if text.as_bytes().contains(&0) {
                report(row, reject::BAD_CHAR);
            }
        };
        match self {
            Cells::Text(array) | Cells::Comma(array) | Cells::Json(array, _) => {
                // Most chunks are clean: two passes over flat memory say so without a look at
                // single cells.
                let offsets = array.value_offsets();
                let max = i32::try_from(super::MAX_CELL_BYTES).unwrap_or(i32::MAX);
                let is_long = offsets.iter().zip(offsets.iter().skip(1)).any(|(a, b)| b - a > max);
                if is_long || array.value_data().contains(&0) {
                    for row in 0..array.len() {
                        check(row, array.value(row));
                    }
                }
            }
            Cells::View(array) => {
                for row in (0..array.len()).filter(|&row| array.is_valid(row)) {
                    check(row, array.value(row));
                }
            }
            _ => {}
        }
    }
}

/// Whether a row is inside the array and not null.
#[inline]
fn present(array: &impl Array, row: usize) -> bool {
    row < array.len() && array.is_valid(row)
}

/// A text column being filled.
#[derive(Default)]
pub(super) struct TextColumn {
    bytes: Vec<u8>,
    ends: Vec<i32>,
}

impl TextColumn {
    #[inline]
    pub(super) fn push(&mut self, cell: &[u8]) {
        self.bytes.extend_from_slice(cell);
        self.close();
    }

    /// Appends to the cell that the next [`close`](Self::close) ends.
    pub(super) fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    #[inline]
    pub(super) fn close(&mut self) {
        // A chunk is cut long before 2 GiB.
        self.ends.push(i32::try_from(self.bytes.len()).unwrap_or(i32::MAX));
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Fills up with absent cells, or takes cells back.
    pub(super) fn resize(&mut self, n_rows: usize) {
        if self.ends.len() < n_rows {
            let end = self.ends.last().copied().unwrap_or_default();
            self.ends.resize(n_rows, end);
        } else {
            self.ends.truncate(n_rows);
            let end = self.ends.last().copied().unwrap_or_default();
            self.bytes.truncate(usize::try_from(end).unwrap_or_default());
        }
    }

    /// The finished column, leaving an empty one. Cells that are not UTF-8 become absent and are
    /// reported by row.
    pub(super) fn take(&mut self, mut bad: impl FnMut(usize)) -> StringArray {
        let TextColumn { bytes, ends } = std::mem::take(self);
        // The next chunk will be about as large.
        self.bytes.reserve(bytes.len());
        self.ends.reserve(ends.len());
        let (bytes, ends) = if std::str::from_utf8(&bytes).is_ok() && on_boundaries(&bytes, &ends) {
            (bytes, ends)
        } else {
            without_bad(&bytes, &ends, &mut bad)
        };
        let offsets: Vec<i32> = std::iter::once(0).chain(ends).collect();
        StringArray::try_new(arrow::buffer::OffsetBuffer::new(offsets.into()), bytes.into(), None)
            .unwrap_or_else(|_| StringArray::new_null(0))
    }
}

fn on_boundaries(bytes: &[u8], ends: &[i32]) -> bool {
    ends.iter().all(|&end| {
        let at = usize::try_from(end).unwrap_or_default();
        // A continuation byte at the start of a cell means the cut fell inside a character.
        bytes.get(at).is_none_or(|byte| byte & 0xC0 != 0x80)
    })
}

fn without_bad(bytes: &[u8], ends: &[i32], bad: &mut impl FnMut(usize)) -> (Vec<u8>, Vec<i32>) {
    let mut column = TextColumn::default();
    let mut start = 0;
    for (row, &end) in ends.iter().enumerate() {
        let end = usize::try_from(end).unwrap_or_default();
        let cell = bytes.get(start..end).unwrap_or_default();
        if std::str::from_utf8(cell).is_ok() {
            column.push(cell);
        } else {
            bad(row);
            column.push(b"");
        }
        start = end;
    }
    (column.bytes, column.ends)
}

/// Appends a wall-clock time as `2010-12-01 08:26:00`, with a fraction where there is one.
pub(super) fn write_civil(micros: Micros, out: &mut String) {
    const DAY: i64 = 86_400_000_000;
    let (days, of_day) = (micros.div_euclid(DAY), micros.rem_euclid(DAY));
    // Howard Hinnant's `civil_from_days`, days counted from 0000-03-01.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let seconds = of_day / 1_000_000;
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let _ = write!(out, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
    let fraction = of_day % 1_000_000;
    if fraction != 0 {
        let _ = write!(out, ".{fraction:06}");
        while out.ends_with('0') {
            out.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_one_text_whatever_its_type() {
        let text = |cells: Cells| cells.text(0, &mut String::new()).map(str::to_owned);
        let same = [
            text(Cells::Text(StringArray::from(vec!["17850"]))),
            text(Cells::Int(Int64Array::from(vec![17_850]))),
            text(Cells::Float(Float64Array::from(vec![17_850.0]))),
            text(Cells::Decimal(Decimal128Array::from(vec![1_785_000]), 2)),
        ];
        assert!(same.iter().all(|text| text.as_deref() == Some("17850")), "{same:?}");
        assert_eq!(text(Cells::Text(StringArray::from(vec![""]))), None);
        assert_eq!(text(Cells::Float(Float64Array::from(vec![f64::NAN]))), None);
        assert_eq!(
            text(Cells::Int(Int64Array::from(vec![i64::MIN]))).as_deref(),
            Some("-9223372036854775808")
        );
    }

    #[test]
    fn wall_clock_times_are_written_as_iso() {
        for (micros, text) in [
            (0, "1970-01-01 00:00:00"),
            (1_291_191_960_000_000, "2010-12-01 08:26:00"),
            (-1, "1969-12-31 23:59:59.999999"),
            (951_782_400_500_000, "2000-02-29 00:00:00.5"),
            (253_402_300_799_000_000, "9999-12-31 23:59:59"),
        ] {
            let mut out = String::new();
            write_civil(micros, &mut out);
            assert_eq!(out, text);
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_told_by_row() {
        let mut column = TextColumn::default();
        column.push("好".as_bytes());
        column.push(b"\xE5\xA5");
        column.push(b"\xBDx");
        let mut bad = Vec::new();
        let array = column.take(|row| bad.push(row));
        assert_eq!(bad, [1, 2]);
        assert_eq!(array.value(0), "好");
        assert_eq!(array.value(1), "");
    }
}
