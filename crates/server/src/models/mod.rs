//! Models as both edges use them: trained by the insights, kept by the store, applied to the lake.
//!
//! A [`Registry`] is every version of every model, read once without what they have learnt. A model
//! is called `name`, which is its newest version in use, or `name@version`. [`resolve`] writes
//! documents into the questions that name a model, [`score`] adds the scores of a day to
//! `customer_day`, [`report`] lays out what a training found.

mod error;
pub mod report;
mod resolve;
pub mod score;

use perennial_engine::session::Session;
use perennial_insights::ask;
use perennial_lake::{Lake, LakeSource};
use perennial_store::{Model, NewModel, Scoring, Store};
use perennial_types::calendar::Micros;
use perennial_types::text::nearest_names;
use serde_json::{Map, Value, json};

use crate::segments::Library;

pub use error::ModelError;
pub use resolve::{Resolved, resolve};

/// Parts of a document that are only for applying it.
const LEARNT: [&str; 2] = ["model", "reference"];

/// Every version of every model.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    /// By name, the newest version first.
    pub models: Vec<Model>,
}

impl Registry {
    /// Reads them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(store: &Store) -> Result<Registry, ModelError> {
        Ok(Registry { models: store.models().await? })
    }

    /// Every version of a model, newest first.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn versions(&self, name: &str) -> Result<Vec<&Model>, ModelError> {
        let versions: Vec<&Model> = self.models.iter().filter(|one| one.name == name).collect();
        match versions.is_empty() {
            true => Err(ModelError::Unknown {
                name: name.to_owned(),
                nearest: nearest_names(name, self.names(), 3),
            }),
            false => Ok(versions),
        }
    }

    /// A model as it is called: `name`, its newest version in use or else its newest, or
    /// `name@version`.
    ///
    /// # Errors
    /// When there is no such model, or no such version of it.
    pub fn get(&self, called: &str) -> Result<&Model, ModelError> {
        let (name, version) = parts(called);
        let versions = self.versions(name)?;
        let found = match version {
            Some(version) => versions.iter().find(|one| one.version == version),
            None => versions.iter().find(|one| one.retired_at.is_none()).or(versions.first()),
        };
        found.copied().ok_or_else(|| ModelError::NoVersion {
            name: name.to_owned(),
            version: version.unwrap_or_default(),
            newest: versions.first().map_or(0, |one| one.version),
        })
    }

    /// A model that may be used.
    ///
    /// # Errors
    /// As [`Registry::get`], and when it is retired.
    pub fn in_use(&self, called: &str) -> Result<&Model, ModelError> {
        let model = self.get(called)?;
        match model.retired_at {
            Some(_) => Err(ModelError::Retired(title(model))),
            None => Ok(model),
        }
    }

    /// The newest version in use of every model that has one.
    pub fn all_in_use(&self) -> Vec<&Model> {
        let mut found: Vec<&Model> = Vec::new();
        for model in self.models.iter().filter(|one| one.retired_at.is_none()) {
            if found.last().is_none_or(|last| last.name != model.name) {
                found.push(model);
            }
        }
        found
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.models
            .chunk_by(|one, next| one.name == next.name)
            .filter_map(|chunk| Some(&*chunk.first()?.name))
    }
}

/// Name and version of `name@version`; a name alone has no version.
fn parts(called: &str) -> (&str, Option<i64>) {
    let parts =
        called.rsplit_once('@').and_then(|(name, version)| Some((name, version.parse().ok()?)));
    parts.map_or((called, None), |(name, version)| (name, Some(version)))
}

/// What a version of a model is called.
pub fn title(model: &Model) -> String {
    format!("{}@{}", model.name, model.version)
}

/// Trains a model on a snapshot; its document. The question must have `as_of`.
///
/// # Errors
/// What the trainer refuses.
pub async fn train(
    session: &Session,
    source: &LakeSource,
    library: &Library,
    kind: &str,
    question: &Value,
) -> Result<Value, ModelError> {
    let mut document = ask::train(session, source, &library.conditions, kind, question).await?;
    if let Some(trained) = document.get_mut("trained").and_then(Value::as_object_mut) {
        trained.insert("sequence".to_owned(), json!(source.known_at()));
    }
    Ok(document)
}

/// Keeps a document as the next version of a name, that of its kind unless one is given. `state`
/// is the snapshot it was trained on, and the sequence that was known at.
///
/// # Errors
/// When it is no document of a kind that can be trained, or the name is that of another kind.
pub async fn keep(
    store: &Store,
    name: Option<&str>,
    document: Value,
    note: Option<String>,
    at: Micros,
    state: (i64, i64),
) -> Result<Model, ModelError> {
    let kind = kind_of(&document)?.to_owned();
    ask::trainer_of(&kind)?;
    let new = NewModel {
        name: name.unwrap_or(&kind).to_owned(),
        kind,
        at,
        summary: summary(&document),
        document,
        sequence: state.1,
        snapshot_id: state.0,
        note,
    };
    Ok(store.put_model(&new).await?)
}

/// The kind a document says.
fn kind_of(document: &Value) -> Result<&str, ModelError> {
    document.get("kind").and_then(Value::as_str).ok_or_else(|| {
        ModelError::Unreadable("the document is no model: it says no `kind`".to_owned())
    })
}

/// A document without what it has learnt: what is worth showing.
pub fn summary(document: &Value) -> Value {
    let fields = document.as_object().into_iter().flatten();
    let shown = fields.filter(|(name, _)| !LEARNT.contains(&name.as_str()));
    Value::Object(shown.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>())
}

/// Retires a model as it is called, all versions or one; the versions that were in use.
///
/// # Errors
/// When there is no such model.
pub async fn retire(store: &Store, called: &str, at: Micros) -> Result<Vec<String>, ModelError> {
    let registry = Registry::load(store).await?;
    let (name, version) = parts(called);
    let mut versions = registry.versions(name)?;
    if version.is_some() {
        versions = vec![registry.get(called)?];
    }
    let in_use = versions.into_iter().filter(|one| one.retired_at.is_none());
    let in_use: Vec<String> = in_use.map(title).collect();
    store.retire_model(name, version, at).await?;
    Ok(in_use)
}

/// A model as it is called, with its versions and the days scored with them, newest first.
///
/// # Errors
/// When there is no such model.
pub async fn shown(lake: &Lake, registry: &Registry, called: &str) -> Result<Value, ModelError> {
    let model = registry.get(called)?;
    let mut shown = described(model);
    let version = |one: &&Model| {
        let whole = described(one);
        let named = |name: &str| (name.to_owned(), whole[name].clone());
        Value::Object(
            ["version", "created_at", "note", "retired_at"].map(named).into_iter().collect(),
        )
    };
    shown["versions"] = registry.versions(&model.name)?.iter().map(version).collect();
    let versions = format!("{}@", model.name);
    let mut scorings = lake.scores().await?.scorings;
    scorings.retain(|one| one.scoring.model.starts_with(&versions));
    scorings.sort_by(|one, next| {
        next.scoring.day.cmp(&one.scoring.day).then(next.sequence.cmp(&one.sequence))
    });
    let scoring = |one: &Scoring| {
        json!({
            "day": one.scoring.day, "name": one.scoring.name, "model": one.scoring.model,
            "n_rows": one.scoring.file.n_rows, "sequence": one.sequence,
            "detail": one.scoring.detail,
        })
    };
    shown["scorings"] = scorings.iter().map(scoring).collect();
    Ok(shown)
}

/// All of a version of a model.
///
/// # Errors
/// When it is not there, or the database fails.
pub async fn document(store: &Store, model: &Model) -> Result<Value, ModelError> {
    let found = store.model_document(&model.name, model.version).await?;
    found.ok_or_else(|| ModelError::Unreadable(format!("model `{}` is not there", title(model))))
}

/// A model as it is shown.
pub fn described(model: &Model) -> Value {
    let instant = |at: Micros| jiff::Timestamp::from_microsecond(at).map(|ts| ts.to_string()).ok();
    let part = |name: &str| model.summary.get(name).cloned().unwrap_or_default();
    json!({
        "name": model.name,
        "version": model.version,
        "kind": model.kind,
        "created_at": instant(model.created_at),
        "note": model.note,
        "retired_at": model.retired_at.and_then(instant),
        "snapshot": model.snapshot_id,
        "sequence": model.sequence,
        "stale_after_days": part("stale_after_days"),
        "question": part("question"),
        "trained": part("trained"),
        "report": part("report"),
    })
}

#[cfg(test)]
mod tests;
