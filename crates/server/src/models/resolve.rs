//! Questions that name a model: its document is written in, and its name put back in the answer.
//!
//! `"model": "churn"` or `"model": "churn@3"` in a question of a kind that can be trained. Like
//! segments, names mean something only where the store is; the insights know documents alone.

use perennial_insights::{Answer, ask, named};
use perennial_store::Store;
use serde_json::{Value, json};

use super::{ModelError, Registry, document, title};

/// A question, its model found.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// Its kind.
    pub kind: String,
    /// The question, its model as `name@version`: two that are equal mean the same.
    pub question: Value,
    document: Option<Value>,
}

/// Finds the models that questions name; each question has an outcome of its own.
pub async fn resolve(
    store: &Store,
    questions: Vec<(String, Value)>,
) -> Vec<Result<Resolved, ModelError>> {
    let mut registry = None;
    let mut resolved = Vec::with_capacity(questions.len());
    for (kind, question) in questions {
        resolved.push(one(store, &mut registry, kind, question).await);
    }
    resolved
}

async fn one(
    store: &Store,
    registry: &mut Option<Registry>,
    kind: String,
    mut question: Value,
) -> Result<Resolved, ModelError> {
    let Some(called) = model_of(&kind, &question) else {
        return Ok(Resolved { kind, question, document: None });
    };
    if registry.is_none() {
        *registry = Some(Registry::load(store).await?);
    }
    let registry = registry.as_ref().ok_or_else(|| ModelError::Unreadable(String::new()))?;
    let model = registry.in_use(&called)?;
    if model.kind != kind {
        let (name, of) = (title(model), model.kind.clone());
        return Err(ModelError::OtherKind { name, kind: of, asked: kind });
    }
    question["model"] = json!(title(model));
    let document = Some(document(store, model).await?);
    Ok(Resolved { kind, question, document })
}

/// The model a question names, where its kind has models.
fn model_of(kind: &str, question: &Value) -> Option<String> {
    named(kind)?.trainer()?;
    question.get("model")?.as_str().map(str::to_owned)
}

impl Resolved {
    /// What the insight is asked: the document in the place of its name, and the customers it is a
    /// model of where the question says no others.
    pub fn asked(&self) -> (String, Value) {
        let mut question = self.question.clone();
        if let Some(mut document) = self.document.clone() {
            let who = ask::take_who(&mut document);
            if let Some(who) = who.filter(|_| question.get("who").is_none_or(Value::is_null)) {
                question["who"] = who;
            }
            question["model"] = document;
        }
        (self.kind.clone(), question)
    }

    /// Puts the name back where the answer tells its question.
    pub fn tell(&self, answer: &mut Answer) {
        if self.document.is_none() {
            return;
        }
        answer.change(|answer| {
            let name = |answer: &mut Value| {
                if let Some(told) = answer.get_mut("question").and_then(Value::as_object_mut) {
                    told.insert("model".to_owned(), self.question["model"].clone());
                }
            };
            name(answer);
            let groups = answer.get_mut("groups").and_then(Value::as_array_mut);
            groups.into_iter().flatten().filter_map(|one| one.get_mut("answer")).for_each(name);
        });
    }
}
