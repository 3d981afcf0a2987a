//! Imports: what was read, what became of it.

use serde_json::Value;

use super::{Store, json};
use crate::db::{Row, Tx, values};
use crate::{Import, ImportState, ImportUpdate, Result, StoreError};

const COLUMNS: &str = "id, state, started_at, finished_at, name, sha256, n_bytes, mapping, \
                       counts, replaces, error, error_zh";

impl Store {
    /// Every import, newest first.
    pub async fn imports(&self) -> Result<Vec<Import>> {
        let sql = format!("SELECT {COLUMNS} FROM import ORDER BY started_at DESC, id DESC");
        self.db
            .read("reading imports", move |tx| {
                Box::pin(async move { tx.rows(&sql, []).await?.iter().map(import).collect() })
            })
            .await
    }

    /// One import, if it is known.
    pub async fn import(&self, id: &str) -> Result<Option<Import>> {
        let (id, sql) = (id.to_owned(), format!("SELECT {COLUMNS} FROM import WHERE id = $1"));
        self.db
            .read("reading an import", move |tx| {
                Box::pin(async move {
                    tx.row(&sql, values![id]).await?.as_ref().map(import).transpose()
                })
            })
            .await
    }

    /// Writes an import, new or known, with all its fields.
    pub async fn put_import(&self, import: &Import) -> Result<()> {
        check_id(&import.id)?;
        check_counts(import.state, Some(&import.counts))?;
        let import = import.clone();
        self.db
            .write("writing an import", move |tx| Box::pin(async move { put(tx, &import).await }))
            .await
    }

    /// Changes an import that moves no rows; with rows, put the update into the commit.
    pub async fn update_import(&self, change: ImportUpdate) -> Result<()> {
        self.db
            .write("writing an import", move |tx| {
                Box::pin(async move { update(tx, &change).await })
            })
            .await
    }
}

async fn put(tx: &Tx, import: &Import) -> Result<()> {
    let sql = format!(
        "INSERT INTO import ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
         ON CONFLICT (id) DO UPDATE SET state = excluded.state, \
         started_at = excluded.started_at, finished_at = excluded.finished_at, \
         name = excluded.name, sha256 = excluded.sha256, n_bytes = excluded.n_bytes, \
         mapping = excluded.mapping, counts = excluded.counts, replaces = excluded.replaces, \
         error = excluded.error, error_zh = excluded.error_zh, first_sequence = NULL"
    );
    let row = values![
        import.id.as_str(),
        state_name(import.state),
        import.started_at,
        import.finished_at,
        without_zero(&import.name),
        import.sha256.clone(),
        import.n_bytes,
        import.mapping.to_string(),
        to_json(&import.counts)?,
        import.replaces.clone(),
        import.error.as_deref().map(without_zero),
        import.error_zh.as_deref().map(without_zero),
    ];
    tx.execute(&sql, row).await?;
    Ok(())
}

/// Changes the fields that are given.
pub(super) async fn update(tx: &Tx, change: &ImportUpdate) -> Result<()> {
    check_counts(change.state, change.counts.as_ref())?;
    let counts = change.counts.as_ref().map(to_json).transpose()?;
    let n_changed = tx
        .execute(
            "UPDATE import SET state = $2, finished_at = COALESCE($3, finished_at), \
             counts = COALESCE($4, counts), sha256 = COALESCE($5, sha256), \
             n_bytes = COALESCE($6, n_bytes), error = COALESCE($7, error), \
             error_zh = COALESCE($8, error_zh) WHERE id = $1",
            values![
                change.id.as_str(),
                state_name(change.state),
                change.finished_at,
                counts,
                change.sha256.clone(),
                change.n_bytes,
                change.error.as_deref().map(without_zero),
                change.error_zh.as_deref().map(without_zero),
            ],
        )
        .await?;
    match n_changed {
        1 => Ok(()),
        _ => Err(StoreError::invalid(format!("no import `{}`", change.id))),
    }
}

fn check_id(id: &str) -> Result<()> {
    match uuid::Uuid::try_parse(id) {
        Ok(_) => Ok(()),
        Err(_) => Err(StoreError::invalid(format!("`{id}` is not the id of an import"))),
    }
}

/// A done import accounts for every row it read.
fn check_counts(state: ImportState, counts: Option<&crate::ImportCounts>) -> Result<()> {
    match counts {
        Some(counts) if state == ImportState::Done && !counts.is_balanced() => {
            Err(StoreError::invalid(format!(
                "{} accepted, {} rejected and {} duplicate rows are not the {} read",
                counts.accepted, counts.rejected, counts.duplicate, counts.read
            )))
        }
        _ => Ok(()),
    }
}

fn import(row: &Row) -> Result<Import> {
    let id: String = row.get(0)?;
    let what = format!("import `{id}`");
    let (state, mapping, counts): (String, String, String) =
        (row.get(1)?, row.get(7)?, row.get(8)?);
    Ok(Import {
        state: json(&what, &Value::String(state).to_string())?,
        started_at: row.get(2)?,
        finished_at: row.get(3)?,
        name: row.get(4)?,
        sha256: row.get(5)?,
        n_bytes: row.get(6)?,
        mapping: json(&what, &mapping)?,
        counts: json(&what, &counts)?,
        replaces: row.get(9)?,
        error: row.get(10)?,
        error_zh: row.get(11)?,
        id,
    })
}

fn state_name(state: ImportState) -> &'static str {
    match state {
        ImportState::Running => "running",
        ImportState::Done => "done",
        ImportState::Failed => "failed",
        ImportState::Undone => "undone",
        ImportState::Interrupted => "interrupted",
    }
}

fn to_json(counts: &crate::ImportCounts) -> Result<String> {
    serde_json::to_string(counts).map_err(|error| StoreError::invalid(error.to_string()))
}

/// PostgreSQL text holds no zero byte.
pub(super) fn without_zero(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
