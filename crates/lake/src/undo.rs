//! Taking an import back: its rows leave the lake in one commit, everything else stays.
//!
//! A file that holds only that import's rows is simply dropped; a compacted one is written again
//! without them. Rows another import brought as well were counted as duplicates then and are not
//! there to stay: importing that file again brings them back.

use std::sync::Arc;

use arrow::array::{AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::Int32Type;
use perennial_store::{Change, DataFile, ImportState, ImportUpdate, StatValue};
use perennial_types::event::Column;
use tokio::task::spawn_blocking;

use crate::dedupe::ids_of;
use crate::error::{LakeError, Result};
use crate::lake::{Lake, commit_of, now};
use crate::read::LakeFile;
use crate::rows_of::RowsOf;
use crate::write::{FileMaker, Made};

/// What an undo did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Undone {
    /// Rows that left the lake.
    pub n_rows: u64,
    /// Files dropped, or written again without them.
    pub n_files: u64,
}

/// Files as they will be without an import's rows.
#[derive(Debug, Default)]
pub(crate) struct Without {
    /// Files to be taken out.
    pub(crate) remove: Vec<i64>,
    /// Files that take their place.
    pub(crate) made: Vec<Made>,
    pub(crate) n_rows: u64,
}

impl Lake {
    /// Takes the rows of an import out of the lake.
    pub async fn undo(&self, import_id: &str) -> Result<Undone> {
        self.writer()?;
        let (lake, import_id) = (self.clone(), import_id.to_owned());
        tokio::spawn(async move { lake.undo_import(&import_id).await }).await?
    }

    async fn undo_import(&self, import_id: &str) -> Result<Undone> {
        self.undoable(import_id).await?;
        let writer = self.writer()?;
        let _publishing = writer.publishing.lock().await;
        // A compaction may be replacing the very files; it comes first.
        let _compacting = writer.compacting.lock().await;
        self.undoable(import_id).await?;
        let without = self.without(import_id).await?;
        let undone = Undone { n_rows: without.n_rows, n_files: without.remove.len() as u64 };
        let mut commit = commit_of(Change::Delete);
        commit.remove = without.remove;
        commit.imports.push(undone_update(import_id));
        self.commit(commit, without.made, None).await?;
        Ok(undone)
    }

    /// Refuses an import that has no rows to take back.
    pub(crate) async fn undoable(&self, import_id: &str) -> Result<()> {
        let import = self.inner.store.import(import_id).await?;
        let import = import.ok_or_else(|| LakeError::NoImport(import_id.to_owned()))?;
        let state = match import.state {
            ImportState::Done => return Ok(()),
            ImportState::Running => "running",
            ImportState::Failed => "failed",
            ImportState::Undone => "undone",
            ImportState::Interrupted => "interrupted",
        };
        Err(LakeError::NotUndoable { id: import.id, state })
    }

    /// The lake's files without an import's rows. Publishing must stand still.
    pub(crate) async fn without(&self, import_id: &str) -> Result<Without> {
        let files = self.places(self.inner.store.snapshot().await?.files)?;
        let maker = self.writer()?.files.clone();
        let import_id: Arc<str> = Arc::from(import_id);
        spawn_blocking(move || {
            let mut without = Without::default();
            for (file, place) in files.iter().filter(|(file, _)| may_hold(file, &import_id)) {
                take_out(&maker, file, place, &import_id, &mut without)?;
            }
            Ok(without)
        })
        .await?
    }
}

/// What an import becomes when its rows are gone.
pub(crate) fn undone_update(import_id: &str) -> ImportUpdate {
    ImportUpdate {
        id: import_id.to_owned(),
        state: ImportState::Undone,
        finished_at: Some(now()),
        counts: None,
        sha256: None,
        n_bytes: None,
        error: None,
        error_zh: None,
    }
}

/// Whether a file may hold rows of an import, as far as the catalog tells.
fn may_hold(file: &DataFile, import_id: &str) -> bool {
    if let Some(only) = &file.file.import_id {
        return only == import_id;
    }
    let source = Column::Source.spec().id;
    let stats = file.file.column_stats.iter().find(|stats| stats.column_id == source);
    match stats.map(|stats| (&stats.min, &stats.max)) {
        Some((Some(StatValue::Text(min)), Some(StatValue::Text(max)))) => {
            min.as_str() <= import_id && import_id <= max.as_str()
        }
        _ => true,
    }
}

/// Drops a file, or writes it again without the import's rows.
fn take_out(
    maker: &FileMaker,
    file: &DataFile,
    place: &LakeFile,
    import_id: &str,
    without: &mut Without,
) -> Result<()> {
    if file.file.import_id.as_deref() == Some(import_id) {
        without.remove.push(file.id);
        without.n_rows += file.file.n_rows.unsigned_abs();
        return Ok(());
    }
    let n_rows: usize = RowsOf::open(place)?
        .map(|rows| Ok(rest(&rows?, import_id)?.true_count()))
        .sum::<Result<_>>()?;
    if n_rows as i64 == file.file.n_rows {
        return Ok(());
    }
    without.remove.push(file.id);
    without.n_rows += (file.file.n_rows - n_rows as i64).unsigned_abs();
    if n_rows > 0 {
        let mut writer = maker.begin(file.file.bucket, n_rows, ids_of(place)?)?;
        for rows in RowsOf::open(place)? {
            let rows = rows?;
            let kept = filter_record_batch(&rows, &rest(&rows, import_id)?)?;
            if kept.num_rows() > 0 {
                writer.write(&kept)?;
            }
        }
        without.made.push(writer.finish(None)?);
    }
    Ok(())
}

/// Which rows came by something else.
fn rest(rows: &RecordBatch, import_id: &str) -> Result<BooleanArray> {
    let sources = rows.column(Column::Source as usize).as_dictionary::<Int32Type>();
    let names = sources.values().as_string::<i32>();
    let is_other: Vec<bool> = names.iter().map(|name| name != Some(import_id)).collect();
    let is_rest = |code: &i32| is_other.get(*code as usize).copied().unwrap_or(true);
    Ok(sources.keys().values().iter().map(is_rest).map(Some).collect())
}
