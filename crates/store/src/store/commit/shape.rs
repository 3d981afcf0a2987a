//! Whether a commit makes sense, before anything is written.
//!
//! These are the walls that keep a mistake of a caller from becoming a lie of the catalog.

use std::collections::HashSet;

use perennial_types::event::{COLUMNS, ColumnSpec, ColumnType};

use crate::catalog::N_COLUMNS;
use crate::db::Tx;
use crate::{Change, ColumnStats, Commit, NewDataFile, Result, StatValue, StoreError};

/// What can be said without the database.
pub(super) fn check(commit: &Commit) -> Result<()> {
    if commit.change == Change::Insert && !commit.remove.is_empty() {
        return Err(StoreError::invalid("an insert removes no files"));
    }
    refuse_twice("data file", commit.remove.iter())?;
    refuse_twice("pending batch", commit.pending_done.iter())?;
    refuse_twice("path", commit.add.iter().map(|file| &file.path))?;
    commit.add.iter().try_for_each(check_file)
}

/// What only the workspace row can say.
pub(super) async fn check_against_workspace(tx: &Tx, commit: &Commit) -> Result<()> {
    let row = tx.one("SELECT n_buckets, next_sequence FROM workspace", []).await?;
    let (n_buckets, next_sequence): (i64, i64) = (row.get(0)?, row.get(1)?);
    for file in &commit.add {
        let refuse = |reason: String| Err(refused(file, &reason));
        if i64::from(file.bucket) >= n_buckets {
            return refuse(format!("bucket {} of {n_buckets}", file.bucket));
        }
        let last = file.bounds.max_sequence;
        if last >= next_sequence {
            return refuse(format!("sequence {last} was never reserved"));
        }
    }
    Ok(())
}

fn refused(file: &NewDataFile, reason: &str) -> StoreError {
    StoreError::invalid(format!("file `{}`: {reason}", file.path))
}

fn refuse_twice<T: Eq + std::hash::Hash + std::fmt::Display>(
    what: &str,
    items: impl Iterator<Item = T>,
) -> Result<()> {
    let mut seen = HashSet::new();
    for item in items {
        if seen.contains(&item) {
            return Err(StoreError::invalid(format!("{what} `{item}` stands twice")));
        }
        seen.insert(item);
    }
    Ok(())
}

fn check_file(file: &NewDataFile) -> Result<()> {
    let refuse = |reason: &str| Err(refused(file, reason));
    let folder = format!("bucket={}/", file.bucket);
    match file.path.strip_prefix(&folder) {
        Some(name) if is_plain_name(name) && file.bucket >= 0 => {}
        _ => return refuse("it is not in the folder of its bucket"),
    }
    if file.n_rows < 1 || file.n_bytes < 1 || file.footer_size < 1 {
        return refuse("it has no rows, no bytes or no footer");
    }
    if !is_sha256(&file.sha256) {
        return refuse("its sha256 is not 64 lower-case hex digits");
    }
    let bounds = &file.bounds;
    let is_ordered = bounds.min_customer <= bounds.max_customer
        && bounds.min_ts <= bounds.max_ts
        && bounds.min_sequence <= bounds.max_sequence;
    if !is_ordered || bounds.min_customer < 1 || bounds.min_sequence < 1 {
        return refuse("its bounds are not ranges of keys from 1, instants and sequences from 1");
    }
    check_stats(file)
}

fn check_stats(file: &NewDataFile) -> Result<()> {
    refuse_twice("column", file.column_stats.iter().map(|stats| stats.column_id))
        .map_err(|error| refused(file, &error.to_string()))?;
    if file.column_stats.len() != N_COLUMNS {
        return Err(refused(file, "it has no statistics of some column"));
    }
    for stats in &file.column_stats {
        let spec = COLUMNS.iter().find(|spec| spec.id == stats.column_id);
        let is_sound = spec.is_some_and(|spec| is_sound(stats, spec, file.n_rows));
        if !is_sound {
            let reason = format!("statistics of column {} do not fit it", stats.column_id);
            return Err(refused(file, &reason));
        }
    }
    Ok(())
}

fn is_sound(stats: &ColumnStats, spec: &ColumnSpec, n_rows: i64) -> bool {
    let most_nulls = if spec.nullable { n_rows } else { 0 };
    let fits = |value: &Option<StatValue>| value.as_ref().is_none_or(|value| is_of(value, spec));
    let is_ordered = match (&stats.min, &stats.max) {
        (Some(min), Some(max)) => min <= max && stats.n_nulls < n_rows,
        (None, None) => true,
        _ => false,
    };
    (0..=most_nulls).contains(&stats.n_nulls)
        && stats.n_bytes >= 0
        && fits(&stats.min)
        && fits(&stats.max)
        && is_ordered
}

fn is_of(value: &StatValue, spec: &ColumnSpec) -> bool {
    matches!(
        (value, spec.column_type),
        (StatValue::Int(_), ColumnType::Int32 | ColumnType::Int64)
            | (StatValue::Timestamp(_), ColumnType::Timestamp)
            | (StatValue::Decimal(_), ColumnType::Decimal)
            | (StatValue::Text(_), ColumnType::Text)
    )
}

/// A file name that stays in its folder on every file system and in every URL.
pub(in crate::store) fn is_plain_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !name.is_empty() && !name.starts_with('.') && name.bytes().all(is_plain)
}

/// Whether it is a SHA-256 as the catalog writes it.
pub(in crate::store) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
