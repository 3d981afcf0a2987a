//! Models: every version is kept as it was trained, and none is ever rewritten.

use super::{Store, check_name, import::without_zero, json};
use crate::db::{Row, Tx, values};
use crate::{Micros, Model, NewModel, Result, StoreError};
use serde_json::Value;

const COLUMNS: &str =
    "name, version, kind, created_at, summary, sequence, snapshot, note, retired_at";

impl Store {
    /// Every version of every model, by name, the newest first.
    pub async fn models(&self) -> Result<Vec<Model>> {
        let sql = format!("SELECT {COLUMNS} FROM model");
        let read = self.db.read("reading models", move |tx| {
            Box::pin(async move { tx.rows(&sql, []).await?.iter().map(model).collect() })
        });
        let mut models: Vec<Model> = read.await?;
        // Databases sort names each in their own way.
        models.sort_unstable_by(|left, right| {
            left.name.cmp(&right.name).then(right.version.cmp(&left.version))
        });
        Ok(models)
    }

    /// All of one version of a model; none where there is none.
    pub async fn model_document(&self, name: &str, version: i64) -> Result<Option<Value>> {
        let name = name.to_owned();
        self.db
            .read("reading a model", move |tx| {
                Box::pin(async move {
                    let sql = "SELECT document FROM model WHERE name = $1 AND version = $2";
                    let Some(row) = tx.row(sql, values![name.as_str(), version]).await? else {
                        return Ok(None);
                    };
                    let text: String = row.get(0)?;
                    json(&format!("model `{name}`, version {version}"), &text).map(Some)
                })
            })
            .await
    }

    /// Keeps a model as the next version of its name.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] where the name cannot be one, or is that of another kind's model.
    pub async fn put_model(&self, new: &NewModel) -> Result<Model> {
        check_name("model", &new.name)?;
        if new.name.contains('@') {
            let name = &new.name;
            let reason = format!("`{name}` cannot name a model: `@` stands before its version");
            return Err(StoreError::invalid(reason));
        }
        let new = new.clone();
        self.db
            .write("keeping a model", move |tx| Box::pin(async move { put(tx, &new).await }))
            .await
    }

    /// Says of a version of a model, or of all its versions, that it is no longer used; returns
    /// how many were in use before.
    pub async fn retire_model(&self, name: &str, version: Option<i64>, at: Micros) -> Result<u64> {
        let name = name.to_owned();
        self.db
            .write("retiring a model", move |tx| {
                Box::pin(async move {
                    let sql = "UPDATE model SET retired_at = $1 WHERE name = $2 \
                               AND retired_at IS NULL AND (version = $3 OR $4 = 0)";
                    let wanted = version.unwrap_or_default();
                    let is_one = i64::from(version.is_some());
                    tx.execute(sql, values![at, name.as_str(), wanted, is_one]).await
                })
            })
            .await
    }
}

async fn put(tx: &Tx, new: &NewModel) -> Result<Model> {
    let sql = "SELECT COALESCE(MAX(version), 0), MIN(kind) FROM model WHERE name = $1";
    let row = tx.one(sql, values![new.name.as_str()]).await?;
    let (found, kind): (i64, Option<String>) = (row.get(0)?, row.get(1)?);
    if let Some(kind) = kind.filter(|kind| *kind != new.kind) {
        let reason = format!("model `{}` is a `{kind}`, not a `{}`", new.name, new.kind);
        return Err(StoreError::invalid(reason));
    }
    let written = Model {
        name: new.name.clone(),
        version: found + 1,
        kind: new.kind.clone(),
        created_at: new.at,
        summary: new.summary.clone(),
        sequence: new.sequence,
        snapshot_id: new.snapshot_id,
        note: new.note.as_deref().map(without_zero),
        retired_at: None,
    };
    let row = values![
        written.name.as_str(),
        written.version,
        written.kind.as_str(),
        written.created_at,
        written.summary.to_string(),
        written.sequence,
        written.snapshot_id,
        written.note.as_deref(),
        written.retired_at,
        new.document.to_string(),
    ];
    let sql = format!(
        "INSERT INTO model ({COLUMNS}, document) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    );
    tx.execute(&sql, row).await?;
    Ok(written)
}

fn model(row: &Row) -> Result<Model> {
    let (name, summary): (String, String) = (row.get(0)?, row.get(4)?);
    Ok(Model {
        version: row.get(1)?,
        kind: row.get(2)?,
        created_at: row.get(3)?,
        summary: json(&format!("model `{name}`"), &summary)?,
        sequence: row.get(5)?,
        snapshot_id: row.get(6)?,
        note: row.get(7)?,
        retired_at: row.get(8)?,
        name,
    })
}
