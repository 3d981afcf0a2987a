//! A file of `customer_day` against its checksum, its statistics and the promises of the table.

use std::path::Path;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::Int64Type;
use perennial_store::Scoring;

use super::read::{place_of, rows_of};
use super::score_schema;
use super::write::stats;
use crate::doctor::{Checkup, examine_bytes};
use crate::error::Result;
use crate::read::{Footers, LakeFile};

/// Examines the file of a scoring. Blocks.
pub(crate) fn examine(folder: &Path, scoring: &Scoring, checkup: &mut Checkup) {
    let file = &scoring.scoring.file;
    checkup.n_files += 1;
    checkup.n_rows += file.n_rows.unsigned_abs();
    checkup.n_bytes += file.n_bytes.unsigned_abs();
    // Footers that were read before must not hide what the file says now.
    let place = match place_of(folder, scoring, &Footers::default()) {
        Ok(place) => place,
        Err(error) => {
            let path = format!("{}/{}", perennial_store::DAY_TABLE, file.path);
            return checkup.find("unreadable", &path, error.to_string());
        }
    };
    if !examine_bytes(&place, &file.sha256, checkup) {
        return;
    }
    if let Err(error) = examine_rows(&place, scoring, checkup) {
        checkup.find("unreadable", place.path(), error.to_string());
    }
}

/// Reads every row and compares it with what the catalog says.
fn examine_rows(place: &LakeFile, scoring: &Scoring, checkup: &mut Checkup) -> Result<()> {
    let (path, expected) = (place.path(), &scoring.scoring);
    let rows = concat_batches(&score_schema(), &rows_of(place)?)?;
    if rows.num_rows() as i64 != expected.file.n_rows {
        let (found, said) = (rows.num_rows(), expected.file.n_rows);
        checkup.find("rows", path, format!("the file has {found} rows, the catalog says {said}"));
    }
    if stats(&rows, &*place.open()?.footer()?) != expected.file.column_stats {
        checkup.find("statistics", path, "some column is not as the catalog says");
    }
    if let Some(row) = first_unsorted(&rows) {
        checkup.find("unsorted", path, format!("row {row} comes before the row it follows"));
    }
    // Statistics have one value where all rows are of one name, day, model and sequence.
    let constant = |position: usize, value: &str| {
        let stats = expected.file.column_stats.get(position);
        stats.is_some_and(|stats| {
            [&stats.min, &stats.max].iter().all(|end| end.as_deref() == Some(value))
        })
    };
    let sequence = scoring.sequence.to_string();
    let constants = [(1, &expected.day), (2, &expected.name), (5, &expected.model), (6, &sequence)];
    if !constants.iter().all(|(position, value)| constant(*position, value)) {
        checkup.find("statistics", path, "its rows are of another name, day, model or sequence");
    }
    Ok(())
}

/// The first row whose customer is not after the one before.
fn first_unsorted(rows: &RecordBatch) -> Option<usize> {
    let customers = rows.columns().first()?.as_primitive::<Int64Type>().values();
    let place = customers.windows(2).position(|pair| matches!(pair, [one, next] if one >= next));
    place.map(|place| place + 1)
}
