//! Parquet: one typed column per column of the table. Money is decimal(18,4), other numbers are
//! doubles.
//!
//! Limit: a column of decimal text with more than four places, or beyond 18 digits, becomes doubles
//! too, and one with a text that is no number stays text.

use std::str::FromStr;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Decimal128Array, Float64Array, Int64Array, RecordBatch,
    StringArray,
};
use arrow::datatypes::{Field, Schema};
use parquet::arrow::ArrowWriter;
use perennial_insights::present::{CellValue, ColumnKind, Table};
use perennial_types::money::Decimal4;

use super::{ExportError, failed};

/// Digits of money, and places after the point.
const MONEY: (u8, i8) = (18, 4);

pub(super) fn write(table: &Table) -> Result<Vec<u8>, ExportError> {
    let columns = (0..table.columns.len()).map(|index| column(table, index));
    let columns: Vec<ArrayRef> = columns.collect();
    let heads = table.columns.iter().zip(&columns);
    let fields =
        heads.map(|(head, column)| Field::new(&head.name, column.data_type().clone(), true));
    let fields: Vec<Field> = fields.collect();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns);
    let batch = batch.map_err(failed("parquet"))?;
    let mut writer =
        ArrowWriter::try_new(Vec::new(), batch.schema(), None).map_err(failed("parquet"))?;
    writer.write(&batch).map_err(failed("parquet"))?;
    writer.into_inner().map_err(failed("parquet"))
}

fn column(table: &Table, index: usize) -> ArrayRef {
    let values = || table.rows.iter().map(|row| row.get(index).unwrap_or(&CellValue::Absent));
    let texts = || -> ArrayRef { Arc::new(values().map(text).collect::<StringArray>()) };
    let doubles =
        || read::<f64>(values()).map(|all| -> ArrayRef { Arc::new(Float64Array::from(all)) });
    match table.columns.get(index).map_or(ColumnKind::Text, |head| head.kind) {
        ColumnKind::Text => texts(),
        ColumnKind::Decimal => money(values()).or_else(doubles).unwrap_or_else(texts),
        ColumnKind::Number => doubles().unwrap_or_else(texts),
        ColumnKind::Count => Arc::new(values().map(count).collect::<Int64Array>()),
        ColumnKind::Share => Arc::new(values().map(share).collect::<Float64Array>()),
        ColumnKind::Flag => Arc::new(values().map(flag).collect::<BooleanArray>()),
    }
}

/// The numbers that stand as text; `None` where one of them is none.
fn read<'a, T: FromStr>(values: impl Iterator<Item = &'a CellValue>) -> Option<Vec<Option<T>>> {
    values.map(|value| text(value).map_or(Some(None), |text| text.parse().ok().map(Some))).collect()
}

/// Exact money; `None` where a text is none, or has more digits than money.
fn money<'a>(values: impl Iterator<Item = &'a CellValue>) -> Option<ArrayRef> {
    let all = read::<Decimal4>(values)?.into_iter();
    let all: Vec<Option<i128>> = all.map(|one| one.map(|one| one.0.into())).collect();
    let column = Decimal128Array::from(all).with_precision_and_scale(MONEY.0, MONEY.1).ok()?;
    Some(Arc::new(column))
}

fn text(value: &CellValue) -> Option<String> {
    match value {
        CellValue::Absent => None,
        CellValue::Text(text) => Some(text.clone()),
        CellValue::Count(count) => Some(count.to_string()),
        CellValue::Share { share, .. } => Some(share.to_string()),
        CellValue::Flag(flag) => Some(flag.to_string()),
        CellValue::Open(value) => text(value),
    }
}

fn count(value: &CellValue) -> Option<i64> {
    match value {
        CellValue::Count(count) => i64::try_from(*count).ok(),
        CellValue::Open(value) => count(value),
        _ => None,
    }
}

fn share(value: &CellValue) -> Option<f64> {
    match value {
        CellValue::Share { share, .. } => Some(*share),
        _ => None,
    }
}

fn flag(value: &CellValue) -> Option<bool> {
    match value {
        CellValue::Flag(flag) => Some(*flag),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::DataType;

    use super::*;

    fn of(kind: ColumnKind, texts: &[&str]) -> ArrayRef {
        let mut table = Table::new("numbers", true, &[("number", kind)]);
        let cell = |text: &&str| match *text {
            "" => CellValue::Absent,
            text => CellValue::Text(text.to_owned()),
        };
        table.rows = texts.iter().map(|text| vec![cell(text)]).collect();
        column(&table, 0)
    }

    #[test]
    fn money_is_decimal_and_other_numbers_are_doubles() {
        let money = of(ColumnKind::Decimal, &["12.50", "", "-0.0001", "99999999999999.9999"]);
        assert_eq!(*money.data_type(), DataType::Decimal128(18, 4));
        let money = money.as_any().downcast_ref::<Decimal128Array>().unwrap();
        let values: Vec<Option<i128>> = money.iter().collect();
        assert_eq!(values, [Some(125_000), None, Some(-1), Some(999_999_999_999_999_999)]);
        let ratio = of(ColumnKind::Number, &["0.3333333333333333", "2", ""]);
        let ratio = ratio.as_any().downcast_ref::<Float64Array>().unwrap();
        assert_eq!(ratio.iter().collect::<Vec<_>>(), [Some(1.0 / 3.0), Some(2.0), None]);
    }

    #[test]
    fn nothing_is_lost_that_has_more_places_or_is_no_number() {
        assert_eq!(*of(ColumnKind::Decimal, &["0.00005"]).data_type(), DataType::Float64);
        assert_eq!(*of(ColumnKind::Decimal, &["1", "many"]).data_type(), DataType::Utf8);
        assert_eq!(*of(ColumnKind::Number, &["many"]).data_type(), DataType::Utf8);
        assert_eq!(*of(ColumnKind::Decimal, &["", ""]).data_type(), DataType::Decimal128(18, 4));
    }
}
