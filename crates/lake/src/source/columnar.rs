//! Arrow arrays of any type as [`Cells`].

use arrow::array::{
    Array, ArrayRef, AsArray, Decimal128Array, Float64Array, Int64Array, StructArray,
};
use arrow::compute::{CastOptions, cast, cast_with_options};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int64Type, TimeUnit,
    TimestampMicrosecondType,
};
use arrow::error::ArrowError;

use super::cells::{Cells, TextColumn, write_civil};
use super::properties::{write_json_text, write_json_value};

/// Deepest nesting of structs and lists.
const MAX_DEPTH: usize = 32;

/// The cells of an array; `bad` is called with the rows whose bytes are not text.
pub(super) fn cells(array: &ArrayRef, bad: &mut dyn FnMut(usize)) -> Result<Cells, ArrowError> {
    use DataType as T;
    Ok(match array.data_type() {
        T::Utf8 => Cells::Text(array.as_string::<i32>().clone()),
        T::Utf8View => Cells::View(array.as_string_view().clone()),
        T::LargeUtf8 => as_type(array, &T::Utf8View, bad)?,
        T::Dictionary(_, values) => as_type(array, values, bad)?,
        T::Int64 => Cells::Int(array.as_primitive::<Int64Type>().clone()),
        T::Int8 | T::Int16 | T::Int32 | T::UInt8 | T::UInt16 | T::UInt32 => {
            as_type(array, &T::Int64, bad)?
        }
        T::UInt64 => match exactly(array, &T::Int64) {
            Ok(whole) => cells(&whole, bad)?,
            Err(_) => as_type(array, &T::Utf8, bad)?,
        },
        T::Float64 => Cells::Float(array.as_primitive::<Float64Type>().clone()),
        T::Float16 => as_type(array, &T::Float32, bad)?,
        T::Float32 => Cells::Float(widened(array)),
        T::Decimal128(_, scale) => match u32::try_from(*scale) {
            Ok(scale) => Cells::Decimal(decimals(array), scale),
            Err(_) => as_type(array, &T::Utf8, bad)?,
        },
        T::Decimal32(_, scale) | T::Decimal64(_, scale) if *scale >= 0 => {
            as_type(array, &T::Decimal128(38, *scale), bad)?
        }
        T::Decimal256(_, scale) if *scale >= 0 => {
            match exactly(array, &T::Decimal128(38, *scale)) {
                Ok(narrow) => cells(&narrow, bad)?,
                Err(_) => as_type(array, &T::Utf8, bad)?,
            }
        }
        T::Boolean => Cells::Bool(array.as_boolean().clone()),
        T::Timestamp(_, zone) => {
            let micros = cast(array, &T::Timestamp(TimeUnit::Microsecond, zone.clone()))?;
            let micros = micros.as_primitive::<TimestampMicrosecondType>();
            Cells::Instant {
                micros: Int64Array::new(micros.values().clone(), micros.nulls().cloned()),
                zoned: zone.is_some(),
            }
        }
        T::Date32 => dates(array),
        T::Date64 => as_type(array, &T::Date32, bad)?,
        T::Null => Cells::None,
        T::Binary | T::LargeBinary | T::BinaryView => text_of_bytes(&cast(array, &T::Binary)?, bad),
        T::FixedSizeBinary(_) => hexadecimal(array),
        T::Struct(_) | T::List(_) | T::LargeList(_) | T::FixedSizeList(..) | T::Map(..) => {
            nested_cells(array)?
        }
        _ => as_type(array, &T::Utf8, bad)?,
    })
}

fn as_type(
    array: &ArrayRef,
    wanted: &DataType,
    bad: &mut dyn FnMut(usize),
) -> Result<Cells, ArrowError> {
    cells(&cast(array, wanted)?, bad)
}

/// A cast that fails where a value does not fit, instead of losing it.
fn exactly(array: &ArrayRef, wanted: &DataType) -> Result<ArrayRef, ArrowError> {
    cast_with_options(array, wanted, &CastOptions { safe: false, ..CastOptions::default() })
}

/// Floats as the doubles their shortest text reads as: 2.55 stays 2.55.
fn widened(array: &ArrayRef) -> Float64Array {
    let singles = array.as_primitive::<Float32Type>();
    singles
        .iter()
        .map(|value| value.map(|value| value.to_string().parse().unwrap_or(f64::from(value))))
        .collect()
}

fn decimals(array: &ArrayRef) -> Decimal128Array {
    array.as_primitive::<Decimal128Type>().clone()
}

/// Dates stay dates: their first instant is not always midnight.
fn dates(array: &ArrayRef) -> Cells {
    let mut column = TextColumn::default();
    let mut text = String::new();
    for day in array.as_primitive::<Date32Type>() {
        text.clear();
        if let Some(day) = day {
            write_civil(i64::from(day) * 86_400_000_000, &mut text);
            text.truncate(text.len() - " 00:00:00".len());
        }
        column.push(text.as_bytes());
    }
    Cells::Text(column.take(|_| {}))
}

fn text_of_bytes(array: &ArrayRef, bad: &mut dyn FnMut(usize)) -> Cells {
    let mut column = TextColumn::default();
    for value in array.as_binary::<i32>() {
        column.push(value.unwrap_or_default());
    }
    Cells::Text(column.take(bad))
}

/// Fixed bytes as hexadecimal digits; sixteen of them as a UUID is written.
fn hexadecimal(array: &ArrayRef) -> Cells {
    let mut column = TextColumn::default();
    for value in array.as_fixed_size_binary() {
        let value = value.unwrap_or_default();
        match uuid::Uuid::from_slice(value) {
            Ok(uuid) => column.push(uuid.hyphenated().to_string().as_bytes()),
            Err(_) => {
                let digits: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
                column.push(digits.as_bytes());
            }
        }
    }
    Cells::Text(column.take(|_| {}))
}

/// Structs, lists and maps as canonical JSON.
fn nested_cells(array: &ArrayRef) -> Result<Cells, ArrowError> {
    let nested = Nested::new(array, 0)?;
    let mut column = TextColumn::default();
    let mut json = String::new();
    for row in 0..array.len() {
        json.clear();
        if array.is_valid(row) {
            nested.write(row, &mut json);
        }
        column.push(json.as_bytes());
    }
    Ok(Cells::Json(column.take(|_| {}), vec![true; array.len()]))
}

/// A nested array made ready for writing.
enum Nested {
    Leaf {
        cells: Cells,
        is_text: bool,
    },
    /// Members of a struct, sorted by name, with the struct itself for its nulls.
    Struct(StructArray, Vec<(String, Nested)>),
    /// Values of a list and where each row's begin and end; `None` where the row is null.
    List(Vec<Option<(usize, usize)>>, Box<Nested>),
}

impl Nested {
    fn new(array: &ArrayRef, depth: usize) -> Result<Nested, ArrowError> {
        if depth > MAX_DEPTH {
            return Err(ArrowError::SchemaError(format!(
                "a column is nested over {MAX_DEPTH} deep"
            )));
        }
        let list =
            |spans: Vec<Option<(usize, usize)>>, values: &ArrayRef| -> Result<Nested, ArrowError> {
                Ok(Nested::List(spans, Box::new(Nested::new(values, depth + 1)?)))
            };
        Ok(match array.data_type() {
            DataType::Struct(fields) => {
                let structs = array.as_struct().clone();
                let mut members = Vec::with_capacity(fields.len());
                for (field, column) in fields.iter().zip(structs.columns()) {
                    members.push((field.name().clone(), Nested::new(column, depth + 1)?));
                }
                members.sort_by(|(left, _), (right, _)| left.cmp(right));
                Nested::Struct(structs, members)
            }
            DataType::List(_) => {
                let lists = array.as_list::<i32>();
                list(
                    spans(array, |row| {
                        lists.value_offsets().get(row).and_then(|&at| usize::try_from(at).ok())
                    }),
                    lists.values(),
                )?
            }
            DataType::LargeList(_) => {
                let lists = array.as_list::<i64>();
                list(
                    spans(array, |row| {
                        lists.value_offsets().get(row).and_then(|&at| usize::try_from(at).ok())
                    }),
                    lists.values(),
                )?
            }
            DataType::FixedSizeList(_, len) => {
                let len = usize::try_from(*len).unwrap_or_default();
                list(spans(array, |row| Some(row * len)), array.as_fixed_size_list().values())?
            }
            DataType::Map(..) => {
                let maps = array.as_map();
                let entries: ArrayRef = std::sync::Arc::new(maps.entries().clone());
                list(
                    spans(array, |row| {
                        maps.value_offsets().get(row).and_then(|&at| usize::try_from(at).ok())
                    }),
                    &entries,
                )?
            }
            _ => {
                let cells = cells(array, &mut |_| {})?;
                let is_text =
                    matches!(cells, Cells::Text(_) | Cells::View(_) | Cells::Instant { .. });
                Nested::Leaf { cells, is_text }
            }
        })
    }

    fn write(&self, row: usize, out: &mut String) {
        match self {
            Nested::Leaf { cells, is_text } => {
                let mut text = String::new();
                if !cells.write(row, &mut text) && (!*is_text || text.is_empty()) {
                    out.push_str("null");
                } else if *is_text {
                    write_json_text(&text, out);
                } else {
                    write_json_value(&text, out);
                }
            }
            Nested::Struct(structs, _) if structs.is_null(row) => out.push_str("null"),
            Nested::Struct(_, members) => {
                out.push('{');
                for (place, (name, member)) in members.iter().enumerate() {
                    if place > 0 {
                        out.push(',');
                    }
                    write_json_text(name, out);
                    out.push(':');
                    member.write(row, out);
                }
                out.push('}');
            }
            Nested::List(spans, values) => {
                let Some((start, end)) = spans.get(row).copied().flatten() else {
                    out.push_str("null");
                    return;
                };
                out.push('[');
                for at in start..end {
                    if at > start {
                        out.push(',');
                    }
                    values.write(at, out);
                }
                out.push(']');
            }
        }
    }
}

fn spans(array: &ArrayRef, offset: impl Fn(usize) -> Option<usize>) -> Vec<Option<(usize, usize)>> {
    (0..array.len())
        .map(|row| array.is_valid(row).then(|| offset(row).zip(offset(row + 1))).flatten())
        .collect()
}
