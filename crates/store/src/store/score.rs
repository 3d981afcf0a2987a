//! Scorings: files of the table `customer_day`, one per name, day and version of a model.
//!
//! They are only ever added. A name and day that was scored by one version is scored by the same
//! version again never, by another version beside it; the one with the larger sequence is in
//! force.

use std::cmp::Ordering;
use std::collections::HashSet;

use perennial_types::day::{DAY_COLUMNS, DayColumn, DayType};

use super::commit::files::{Place, Size, insert_files, refuse_known_paths};
use super::commit::shape::{is_plain_name, is_sha256};
use super::commit::{Totals, count, insert_snapshot, refresh_counts};
use super::snapshot::{Newest, newest};
use super::{Store, check_name, json};
use crate::catalog::{self, DAY_FOLDER, DAY_TABLE, N_DAY_IDS, create_day_table, day_table};
use crate::db::{Row, Tx, Value, values};
use crate::{
    Conflict, DayStats, NewScoreFile, NewScoring, Result, ScoreCommit, Scores, Scoring, StoreError,
};

impl Store {
    /// Every scoring, seen at one instant.
    pub async fn scores(&self) -> Result<Scores> {
        self.db.read("reading scorings", |tx| Box::pin(scores(tx))).await
    }

    /// Makes scorings true together, or none; returns the newest snapshot.
    ///
    /// # Errors
    /// [`Conflict::Scored`] where that version has scored that name and day before,
    /// [`StoreError::Invalid`] where something contradicts itself. Nothing was written then. After
    /// an error that is not [`StoreError::is_certain`] the files may be live: keep them.
    pub async fn put_scorings(&self, commit: ScoreCommit) -> Result<i64> {
        check(&commit)?;
        self.db
            .write("committing scores", move |tx| Box::pin(async move { put(tx, &commit).await }))
            .await
    }

    /// The path of every file of `customer_day`, relative to its folder. Any other file in it is
    /// an orphan.
    pub async fn score_paths(&self) -> Result<HashSet<String>> {
        self.db
            .read("reading paths of scorings", |tx| {
                Box::pin(async move {
                    let Some(table_id) = day_table(tx).await? else { return Ok(HashSet::new()) };
                    let sql = "SELECT path FROM ducklake_data_file WHERE table_id = $1";
                    tx.rows(sql, values![table_id]).await?.iter().map(|row| row.get(0)).collect()
                })
            })
            .await
    }
}

/// What can be said of a commit without the database.
fn check(commit: &ScoreCommit) -> Result<()> {
    if commit.scorings.is_empty() {
        return Err(StoreError::invalid("no scoring is given"));
    }
    let (mut seen, mut paths) = (HashSet::new(), HashSet::new());
    for scoring in &commit.scorings {
        let refuse = |reason: &str| {
            let (name, day) = (&scoring.name, &scoring.day);
            Err(StoreError::invalid(format!("scoring `{name}` of `{day}`: {reason}")))
        };
        check_name("score", &scoring.name)?;
        check_name("model", &scoring.model)?;
        if !scoring.day.parse::<jiff::civil::Date>().is_ok_and(|day| day.to_string() == scoring.day)
        {
            return refuse("its day is not a date such as `2024-01-31`");
        }
        if !seen.insert((&scoring.name, &scoring.day, &scoring.model)) {
            return refuse("it stands twice");
        }
        let file = &scoring.file;
        if !paths.insert(&file.path) {
            return refuse("its file is that of another");
        }
        if !is_plain_name(&file.path) || !is_sha256(&file.sha256) {
            return refuse("its file has no plain name, or no SHA-256");
        }
        if file.n_rows < 1 || file.n_bytes < 1 || file.footer_size < 1 {
            return refuse("its file has no rows, no bytes or no footer");
        }
        let is_complete = file.column_stats.len() == DAY_COLUMNS.len();
        let mut columns = DAY_COLUMNS.iter().zip(&file.column_stats);
        if !is_complete || !columns.all(|(column, stats)| is_sound(column, stats, file.n_rows)) {
            return refuse("its statistics do not fit the table");
        }
    }
    Ok(())
}

fn is_sound(column: &DayColumn, stats: &DayStats, n_rows: i64) -> bool {
    let most_nulls = if column.nullable { n_rows } else { 0 };
    let is_range = match (&stats.min, &stats.max) {
        (None, None) => true,
        (Some(min), Some(max)) => {
            let order = catalog::compare(column.column_type, min, max);
            column.in_statistics && order.is_some_and(Ordering::is_le)
        }
        _ => false,
    };
    (0..=most_nulls).contains(&stats.n_nulls) && stats.n_bytes >= 0 && is_range
}

async fn put(tx: &Tx, commit: &ScoreCommit) -> Result<i64> {
    let newest = newest(tx).await?;
    refuse_scored(tx, commit).await?;
    let next_sequence: i64 = tx.one("SELECT next_sequence FROM workspace", []).await?.get(0)?;
    if commit.sequence < 1 || commit.sequence >= next_sequence {
        let sequence = commit.sequence;
        return Err(StoreError::invalid(format!("sequence {sequence} was never reserved")));
    }
    let mut next = Newest {
        id: newest.id + 1,
        at: commit.at.max(newest.at),
        next_file_id: newest.next_file_id + count(commit.scorings.len()),
        ..newest
    };
    let (table_id, created) = match day_table(tx).await? {
        Some(table_id) => (table_id, String::new()),
        None => {
            let table_id = newest.next_catalog_id;
            next.next_catalog_id += N_DAY_IDS;
            next.schema_version += 1;
            create_day_table(tx, next.at, next.id, next.schema_version, table_id).await?;
            (table_id, format!("created_table:\"main\".\"{DAY_TABLE}\","))
        }
    };
    let paths = commit.scorings.iter().map(|one| one.file.path.clone()).collect();
    refuse_known_paths(tx, DAY_FOLDER, paths).await?;
    let first_id = newest.next_file_id;
    let place = Place { table_id, partition_id: None, snapshot: next.id, first_id };
    let sizes = commit.scorings.iter().map(|one| Size {
        path: &one.file.path,
        n_rows: one.file.n_rows,
        n_bytes: one.file.n_bytes,
        footer_size: one.file.footer_size,
    });
    insert_files(tx, &place, sizes.collect()).await?;
    insert_stats(tx, &place, &commit.scorings).await?;
    insert_ours(tx, commit, first_id).await?;
    refresh(tx, table_id).await?;
    insert_snapshot(tx, &next, format!("{created}inserted_into_table:{table_id}")).await?;
    Ok(next.id)
}

async fn refuse_scored(tx: &Tx, commit: &ScoreCommit) -> Result<()> {
    let sql = "SELECT 1 FROM scoring WHERE name = $1 AND day = $2 AND model = $3";
    for NewScoring { name, day, model, .. } in &commit.scorings {
        if tx.row(sql, values![name.as_str(), day.as_str(), model.as_str()]).await?.is_some() {
            let (name, day, model) = (name.clone(), day.clone(), model.clone());
            return Err(StoreError::Conflict(Conflict::Scored { name, day, model }));
        }
    }
    Ok(())
}

async fn insert_stats(tx: &Tx, place: &Place, scorings: &[NewScoring]) -> Result<()> {
    let columns = [
        "data_file_id",
        "table_id",
        "column_id",
        "column_size_bytes",
        "value_count",
        "null_count",
        "min_value",
        "max_value",
        "contains_nan",
    ];
    let rows = (place.first_id..).zip(scorings).flat_map(|(id, scoring)| {
        let file = &scoring.file;
        DAY_COLUMNS.iter().zip(&file.column_stats).map(move |(column, stats)| -> [Value; 9] {
            values![
                id,
                place.table_id,
                i64::from(column.id),
                stats.n_bytes,
                file.n_rows - stats.n_nulls,
                stats.n_nulls,
                stats.min.clone(),
                stats.max.clone(),
                (column.column_type == DayType::Double).then_some(false)
            ]
        })
    });
    tx.insert("ducklake_file_column_stats", columns, rows, "").await?;
    Ok(())
}

async fn insert_ours(tx: &Tx, commit: &ScoreCommit, first_id: i64) -> Result<()> {
    let columns = [
        "data_file_id",
        "name",
        "day",
        "model",
        "sequence",
        "scored_at",
        "detail",
        "sha256",
        "chunk_checksums",
    ];
    let rows = (first_id..).zip(&commit.scorings).map(|(id, one)| {
        values![
            id,
            one.name.as_str(),
            one.day.as_str(),
            one.model.as_str(),
            commit.sequence,
            commit.at,
            one.detail.to_string(),
            one.file.sha256.as_str(),
            one.file.chunk_checksums.clone()
        ]
    });
    tx.insert("scoring", columns, rows, "").await?;
    Ok(())
}

async fn refresh(tx: &Tx, table_id: i64) -> Result<()> {
    refresh_counts(tx, table_id).await?;
    let sql = "DELETE FROM ducklake_table_column_stats WHERE table_id = $1";
    tx.execute(sql, values![table_id]).await?;
    let columns =
        ["table_id", "column_id", "contains_null", "contains_nan", "min_value", "max_value"];
    let nan = |column_id: i64| {
        let of = DAY_COLUMNS.iter().find(|column| i64::from(column.id) == column_id);
        of.is_some_and(|column| column.column_type == DayType::Double).then_some(false)
    };
    let rows = day_totals(tx, table_id).await?.into_iter().map(|totals| {
        let id = totals.column_id;
        values![table_id, id, totals.has_nulls, nan(id), totals.min, totals.max]
    });
    tx.insert("ducklake_table_column_stats", columns, rows, "").await?;
    Ok(())
}

/// Column, values, nulls, smallest, largest.
type PackedStats = (i64, i64, i64, Option<String>, Option<String>);

/// What the column statistics of `customer_day` must be.
pub(super) async fn day_totals(tx: &Tx, table_id: i64) -> Result<Vec<Totals>> {
    let columns = "column_id, value_count, null_count, min_value, max_value";
    let from = "FROM ducklake_file_column_stats WHERE table_id = $1";
    let packed: Vec<PackedStats> = tx.packed(columns, from, values![table_id]).await?;
    let mut all = Vec::with_capacity(DAY_COLUMNS.len());
    for column in &DAY_COLUMNS {
        let of = |stats: &&PackedStats| stats.0 == i64::from(column.id);
        let files: Vec<&PackedStats> = packed.iter().filter(of).collect();
        if files.is_empty() {
            continue;
        }
        let has_values = |stats: &&&PackedStats| stats.1 > 0;
        let with_values = || files.iter().filter(has_values);
        let mins: Option<Vec<&str>> = with_values().map(|stats| stats.3.as_deref()).collect();
        let maxs: Option<Vec<&str>> = with_values().map(|stats| stats.4.as_deref()).collect();
        all.push(Totals {
            column_id: i64::from(column.id),
            has_nulls: files.iter().any(|stats| stats.2 > 0),
            min: end(column, mins, Ordering::Less)?,
            max: end(column, maxs, Ordering::Greater)?,
        });
    }
    Ok(all)
}

/// The value on one side of all; none where some file does not say.
fn end(column: &DayColumn, values: Option<Vec<&str>>, side: Ordering) -> Result<Option<String>> {
    let mut found: Option<&str> = None;
    for value in values.unwrap_or_default() {
        let order = catalog::compare(column.column_type, value, found.unwrap_or(value));
        let order = order.ok_or_else(|| {
            let what = format!("statistics of column `{}` of `{DAY_TABLE}`", column.name);
            StoreError::corrupt(what, format!("`{value}` is not of its type"))
        })?;
        if found.is_none() || order == side {
            found = Some(value);
        }
    }
    Ok(found.map(str::to_owned))
}

/// File, column, bytes, nulls, least and greatest value.
type FileStats = (i64, i64, i64, i64, Option<String>, Option<String>);

async fn scores(tx: &Tx) -> Result<Scores> {
    let snapshot_id = newest(tx).await?.id;
    let sql = "SELECT s.data_file_id, s.name, s.day, s.model, s.sequence, s.scored_at, s.detail, \
               s.sha256, s.chunk_checksums, f.path, f.record_count, f.file_size_bytes, \
               f.footer_size FROM scoring s \
               JOIN ducklake_data_file f ON f.data_file_id = s.data_file_id \
               WHERE f.end_snapshot IS NULL ORDER BY s.data_file_id";
    let mut scorings =
        tx.rows(sql, []).await?.iter().map(scoring).collect::<Result<Vec<Scoring>>>()?;
    let columns = "s.data_file_id, s.column_id, s.column_size_bytes, s.null_count, \
                   s.min_value, s.max_value";
    let from =
        "FROM ducklake_file_column_stats s JOIN scoring o ON o.data_file_id = s.data_file_id";
    let mut packed: Vec<FileStats> = tx.packed(columns, from, []).await?;
    packed.sort_unstable_by_key(|stats| (stats.0, stats.1));
    let mut of = scorings.iter_mut().peekable();
    for (file_id, _, n_bytes, n_nulls, min, max) in packed {
        while of.next_if(|scoring| scoring.file_id < file_id).is_some() {}
        if let Some(scoring) = of.peek_mut().filter(|scoring| scoring.file_id == file_id) {
            let stats = DayStats { n_bytes, n_nulls, min, max };
            scoring.scoring.file.column_stats.push(stats);
        }
    }
    Ok(Scores { snapshot_id, scorings })
}

fn scoring(row: &Row) -> Result<Scoring> {
    let (file_id, detail): (i64, String) = (row.get(0)?, row.get(6)?);
    Ok(Scoring {
        file_id,
        sequence: row.get(4)?,
        scored_at: row.get(5)?,
        scoring: NewScoring {
            name: row.get(1)?,
            day: row.get(2)?,
            model: row.get(3)?,
            detail: json(&format!("scoring of data file {file_id}"), &detail)?,
            file: NewScoreFile {
                path: row.get(9)?,
                n_rows: row.get(10)?,
                n_bytes: row.get(11)?,
                footer_size: row.get(12)?,
                sha256: row.get(7)?,
                chunk_checksums: row.get(8)?,
                column_stats: Vec::new(),
            },
        },
    })
}
