//! Looking: how a file would be read, without writing anything.

use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::{Array, StringArray};
use perennial_lake::LakeError;
use perennial_lake::source::{self, Detected, Input, SourceOptions};
use perennial_types::money::decimal_text;

use super::shapes::{Counts, Found, Look, Mapped, SampleRow};
use crate::error::ApiError;

/// Rows shown of a file that is only looked at.
const SHOWN: usize = 10;

/// What is in a file, and how it is understood.
pub(super) fn look(name: &str, path: &Path, options: &SourceOptions) -> Result<Look, ApiError> {
    let file = std::fs::File::open(path).map_err(ApiError::internal)?;
    let opened = source::open(Input::stream(name.to_owned(), file), options);
    let mut source = opened.map_err(LakeError::from)?;
    let detected = found(source.report());
    let mut rows_shown = Vec::new();
    let (mut n_read, mut n_taken) = (0, 0);
    let mut by_reason = BTreeMap::<String, u64>::new();
    while let Some(rows) = source.next().map_err(LakeError::from)? {
        n_read += rows.n_read;
        n_taken += rows.row.len() as u64;
        for reject in &rows.rejects {
            *by_reason.entry(reject.reason.to_owned()).or_default() += 1;
        }
        let missing = SHOWN.saturating_sub(rows_shown.len()).min(rows.row.len());
        rows_shown.extend((0..missing).map(|index| sample(&rows, index)));
    }
    let rejected = n_read - n_taken;
    let counts = Counts { read: n_read, accepted: n_taken, rejected, duplicate: 0, by_reason };
    Ok(Look { detected, rows: rows_shown, counts })
}

fn found(detected: &Detected) -> Found {
    let mapped = |field: &source::MappedField| Mapped {
        field: field.field.name().to_owned(),
        from: field.from.clone(),
        why: field.why.said().en,
        why_zh: field.why.said().zh,
    };
    Found {
        format: detected.format.name().to_owned(),
        compression: detected.compression.name().to_owned(),
        encoding: detected.encoding.map(str::to_owned),
        delimiter: detected.delimiter.map(|byte| char::from(byte).to_string()),
        sheet: detected.sheet.clone(),
        columns: detected.columns.clone(),
        mapping: detected.mapping.iter().map(mapped).collect(),
        properties: detected.properties.clone(),
        notes: detected.notes.iter().map(|note| note.en.clone()).collect(),
        notes_zh: detected.notes.iter().map(|note| note.zh.clone()).collect(),
    }
}

fn sample(rows: &source::Rows, index: usize) -> SampleRow {
    let text =
        |column: &StringArray| column.is_valid(index).then(|| column.value(index).to_owned());
    let decimal =
        |column: &[Option<i64>]| column[index].map(|value| decimal_text(i128::from(value)));
    SampleRow {
        row: rows.row[index],
        customer: text(&rows.customer),
        ts: jiff::Timestamp::from_microsecond(rows.ts[index]).map(|ts| ts.to_string()).ok(),
        event: text(&rows.event),
        order_id: text(&rows.order_id),
        item: text(&rows.item),
        quantity: decimal(&rows.quantity),
        amount: decimal(&rows.amount),
        currency: text(&rows.currency),
        session: text(&rows.session),
        properties: text(&rows.properties),
    }
}
