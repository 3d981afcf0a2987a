//! Training a model and applying it: a question that leaves a document, and a document that gives
//! scores.
//!
//! [`train`] asks a kind's trainer for a document that holds everything it has learnt and how it
//! fared in the past; [`score`] applies a document to a day, when nothing later is known. Neither
//! keeps anything: the document and the scores are the caller's.
//!
//! A model of some customers (`who`) is trained on who they were before its first cut. Members as
//! of now are those who stayed: to learn from them would be to learn from the future, and a question
//! that learns for itself refuses it too. The document carries the condition with every segment
//! written out, and a scoring asks it anew of its day.

use jiff::Timestamp;
use jiff::civil::Date;
use perennial_engine::error::EngineError;
use perennial_engine::session::Session;
use perennial_engine::source::RunSource;
use perennial_types::calendar::{Calendar, Zone};
use perennial_types::condition::Segments;
use perennial_types::key::CustomerKey;
use perennial_types::question::Refusal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{InProgress, Way, answered};
use crate::insight::{AskError, Trainer};
use crate::reply::Reply;
use crate::segment::who::{self, Who};

/// What a document says of a day.
#[derive(Clone, Debug)]
pub struct Scores {
    /// The civil day at whose end the customers were looked at.
    pub day: Date,
    /// Whose values they are.
    pub customers: Vec<CustomerKey>,
    /// The values, by name.
    pub values: Vec<Values>,
    /// How far the customers have moved from those the model learnt from.
    pub drift: Value,
}

/// One name's values, in the order of the customers.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Values {
    /// What they are called.
    pub name: String,
    /// One per customer; none where it could not be computed.
    pub values: Vec<Option<f64>>,
    /// One per customer, where the values have words.
    #[serde(default)]
    pub texts: Option<Vec<Option<String>>>,
}

/// The kinds whose models can be kept, in the order of the list of kinds.
pub fn trained_kinds() -> Vec<&'static str> {
    let kinds = crate::all().iter().filter(|insight| insight.trainer().is_some());
    kinds.map(|insight| insight.kind()).collect()
}

/// The trainer of a kind.
///
/// # Errors
/// When there is no such kind, or nothing of it can be trained.
pub fn trainer_of(kind: &str) -> Result<&'static dyn Trainer, AskError> {
    let insight = crate::named(kind).ok_or_else(|| super::unknown_kind(kind))?;
    insight.trainer().ok_or_else(|| {
        let kinds = trained_kinds().join(", ");
        AskError::bad(format!("`{kind}` has nothing to train"), format!("one of: {kinds}"))
    })
}

/// Trains a model of a kind; its document. The question must have `as_of`.
///
/// # Errors
/// What the trainer refuses, and `who_sees_the_future` where the customers would be chosen by what
/// they did after the first cut.
pub async fn train(
    session: &Session,
    source: &dyn RunSource,
    segments: &Segments,
    kind: &str,
    question: &Value,
) -> Result<Value, AskError> {
    train_with(session, source, segments, trainer_of(kind)?, question).await
}

pub(super) async fn train_with(
    session: &Session,
    source: &dyn RunSource,
    segments: &Segments,
    trainer: &dyn Trainer,
    question: &Value,
) -> Result<Value, AskError> {
    let mut question = question.clone();
    whole_days(&mut question)?;
    date_who(&mut question)?;
    let who = Who::take(&mut question.clone(), segments)?;
    let way = Way::Train(trainer);
    let one = InProgress::begin(&way, question, segments, &source.facts());
    let mut document = answered(session, source, one).await?.answer.into_tree();
    // What an answer tells beside its question, a document has in it.
    if let Some(fields) = document.as_object_mut() {
        fields.shift_remove("who");
    }
    if let Some(who) = who {
        refuse_future(&who, first_cut(&document)?)?;
        let asked = &who.asked;
        let as_of = Timestamp::from_microsecond(asked.as_of).map(|ts| ts.to_string());
        let written = json!({ "condition": asked.condition, "as_of": as_of.unwrap_or_default() });
        let told = document.get_mut("question").and_then(Value::as_object_mut);
        let told = told.ok_or_else(|| not_a_model("it says no `question`"))?;
        told.insert("who".to_owned(), written);
    }
    Ok(document)
}

/// Applies a document to a day. `zone` is that of the document's question, or UTC.
///
/// # Errors
/// What the trainer refuses: `stale_model`, a feature that is missing, a document that is none.
pub async fn score(
    session: &Session,
    source: &dyn RunSource,
    document: &Value,
    day: Date,
) -> Result<Scores, AskError> {
    let kind = document.get("kind").and_then(Value::as_str);
    let kind = kind.ok_or_else(|| not_a_model("it says no `kind`"))?;
    score_with(session, source, trainer_of(kind)?, document, day).await
}

pub(super) async fn score_with(
    session: &Session,
    source: &dyn RunSource,
    trainer: &dyn Trainer,
    document: &Value,
    day: Date,
) -> Result<Scores, AskError> {
    let mut document = document.clone();
    let zone = zone_of(&document)?;
    let mut question = json!({ "as_of": end_of(day, &zone)?.to_string(), "zone": zone });
    if let Some(condition) = take_who(&mut document) {
        question["who"] = condition;
    }
    let way = Way::Score(trainer, &document);
    let one = InProgress::begin(&way, question, &Segments::new(), &source.facts());
    let reply = answered(session, source, one).await?;
    read(reply, day)
}

/// Takes the condition on customers out of a document, for the question it is applied by.
pub fn take_who(document: &mut Value) -> Option<Value> {
    let question = document.get_mut("question")?.as_object_mut()?;
    let who = question.shift_remove("who")?;
    who.get("condition").cloned()
}

/// The zone of a document's civil days.
///
/// # Errors
/// When it names one that does not exist.
pub fn zone_of(document: &Value) -> Result<Zone, AskError> {
    match document.get("question").and_then(|question| question.get("zone")?.as_str()) {
        None => Ok(Zone::utc()),
        Some(name) => who::zone(name),
    }
}

/// The instant at which a civil day ends; nothing that happens at it or later is of that day.
fn end_of(day: Date, zone: &Zone) -> Result<Timestamp, AskError> {
    let calendar = Calendar { zone: zone.clone(), ..Calendar::default() };
    let next = day.tomorrow().ok().map(|next| calendar.start_of_day(next));
    let end = next.and_then(|next| Timestamp::from_microsecond(next).ok());
    end.ok_or_else(|| AskError::bad(format!("`{day}` has no end"), "give a day of this era"))
}

/// Lets what is learnt end with the last civil day that is over: a model that knew a part of today
/// could score neither today, which goes on, nor yesterday, which it would know more of.
fn whole_days(question: &mut Value) -> Result<(), AskError> {
    let as_of = question.get("as_of").and_then(Value::as_str);
    let Some(as_of) = as_of.and_then(|text| text.parse::<Timestamp>().ok()) else { return Ok(()) };
    let zone = match question.get("zone").and_then(Value::as_str) {
        None => Zone::utc(),
        Some(name) => who::zone(name)?,
    };
    let calendar = Calendar { zone, ..Calendar::default() };
    let midnight = calendar.start_of_day(calendar.date_of(as_of.as_microsecond()));
    if let Ok(midnight) = Timestamp::from_microsecond(midnight) {
        question["as_of"] = json!(midnight.to_string());
    }
    Ok(())
}

/// Dates a condition that says no time of its own: by the first cut, where the question names it.
fn date_who(question: &mut Value) -> Result<(), AskError> {
    let Some(who) = question.get("who").filter(|who| !who.is_null()) else { return Ok(()) };
    if who.get("as_of").is_some_and(|at| !at.is_null()) {
        return Ok(());
    }
    let cuts = question.get("cuts").and_then(Value::as_array).into_iter().flatten();
    let first = cuts.filter_map(Value::as_str).filter_map(|cut| cut.parse::<Date>().ok()).min();
    let Some(first) = first else { return Err(sees_the_future(None).into()) };
    let condition = who.get("condition").unwrap_or(who).clone();
    question["who"] = json!({ "condition": condition, "as_of": first.to_string() });
    Ok(())
}

/// The first cut a document has learnt from.
fn first_cut(document: &Value) -> Result<Date, AskError> {
    let cuts = document.get("trained").and_then(|trained| trained.get("cuts")?.as_array());
    let date = |cut: &Value| {
        let text = cut.as_str().or_else(|| cut.get("date")?.as_str());
        text.and_then(|text| text.parse::<Date>().ok())
    };
    let first = cuts.into_iter().flatten().filter_map(date).min();
    first.ok_or_else(|| not_a_model("`trained.cuts` has no date"))
}

/// Refuses a condition that is judged later than the first cut of what is learnt.
pub(super) fn refuse_future(who: &Who, first: Date) -> Result<(), AskError> {
    let end = who::instant(&first.to_string(), &who.asked.zone)?;
    match who.asked.as_of > end {
        true => Err(sees_the_future(Some(first)).into()),
        false => Ok(()),
    }
}

fn sees_the_future(first: Option<Date>) -> Refusal {
    let (before, before_zh) = match first {
        Some(first) => (format!("`{first}`, the first cut,"), format!("首个切点 `{first}`")),
        None => ("the first cut".to_owned(), "首个切点".to_owned()),
    };
    let example = r#"{"condition": "in segment gold", "as_of": "2024-01-31"}"#;
    Refusal::new(
        "who_sees_the_future",
        format!("`who` is judged after {before} so the model would learn from those who stayed"),
        format!(
            "give `who` a date at or before it: `{example}`; name the `cuts`; or ask with a `model` trained on such customers"
        ),
    )
    .in_chinese(
        format!("`who` 的判定时间晚于{before_zh}，模型会从留下来的客户那里学到未来"),
        format!(
            "为 `who` 给出不晚于它的日期：`{example}`；写明 `cuts`；或使用以此类客户训练的 `model` 提问"
        ),
    )
}

fn not_a_model(reason: &str) -> AskError {
    AskError::bad(format!("the document is no model: {reason}"), "train it anew")
}

/// The scores of a reply, their lengths compared.
fn read(reply: Reply, day: Date) -> Result<Scores, AskError> {
    #[derive(Deserialize)]
    struct Answer {
        day: Date,
        scores: Vec<Values>,
        #[serde(default)]
        drift: Value,
    }
    let wrong = |reason: String| AskError::Engine(EngineError::DataFusion(reason));
    let answer: Answer =
        Answer::deserialize(&*reply.answer.tree()).map_err(|error| wrong(error.to_string()))?;
    let customers = reply.customers.unwrap_or_default();
    for one in &answer.scores {
        let n_texts = one.texts.as_ref().map_or(customers.len(), Vec::len);
        if one.values.len() != customers.len() || n_texts != customers.len() {
            let (n, name) = (customers.len(), &one.name);
            return Err(wrong(format!("score `{name}` has other values than its {n} customers")));
        }
    }
    if answer.day != day {
        return Err(wrong(format!("`{day}` was asked for, `{}` was scored", answer.day)));
    }
    Ok(Scores { day, customers, values: answer.scores, drift: answer.drift })
}

impl Values {
    /// How the values are distributed: how many there are and are not, mean and quantiles (type 7:
    /// Hyndman and Fan 1996), and how often each text stands, the most frequent first.
    pub fn distribution(&self) -> Value {
        let mut known: Vec<f64> = self.values.iter().copied().flatten().collect();
        known.sort_unstable_by(f64::total_cmp);
        let n_known = known.len();
        let at = |share: f64| {
            let place = share * n_known.saturating_sub(1) as f64;
            let (low, part) = (place.floor() as usize, place.fract());
            let left = known.get(low)?;
            let right = known.get(low + 1).unwrap_or(left);
            Some(left + part * (right - left))
        };
        let mean = (n_known > 0).then(|| known.iter().sum::<f64>() / n_known as f64);
        let mut told = json!({
            "n_customers": self.values.len(), "n_without": self.values.len() - n_known, "mean": mean,
            "min": at(0.0), "p10": at(0.1), "p25": at(0.25), "median": at(0.5), "p75": at(0.75),
            "p90": at(0.9), "max": at(1.0),
        });
        if let Some(texts) = &self.texts {
            let mut counts = std::collections::BTreeMap::<&str, u64>::new();
            for text in texts.iter().flatten() {
                *counts.entry(text).or_default() += 1;
            }
            let mut counts: Vec<(&str, u64)> = counts.into_iter().collect();
            counts.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
            let entry = |(text, n): &(&str, u64)| json!({ "text": text, "n_customers": n });
            told["texts"] = counts.iter().take(MOST_TEXTS).map(entry).collect();
            told["n_texts"] = json!(counts.len());
        }
        told
    }
}

/// Texts that are told one by one; `n_texts` says how many there are.
const MOST_TEXTS: usize = 50;
