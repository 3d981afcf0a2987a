//! The field `who` of every question: only the customers of a condition are asked about.
//!
//! `"who": "did order within 90 days"`, its JSON form, `{"segment":"vip"}`, or
//! `{"condition":…,"as_of":"2011-06-30"}` for membership at another time than the question's own.
//! It is taken out before the insight reads the question, decides which runs its folds are shown,
//! and is put back into the answer: in `question.who` as it was asked, in `who` with the number of
//! customers, and as a sentence in the definition. A cell's list, a rate's denominator, a first
//! order: everything is then about these customers, with the whole of their history.

use jiff::Timestamp;
use jiff::civil::Date;
use perennial_types::calendar::{Calendar, Micros, Zone};
use perennial_types::condition::{CustomerCondition, Segments};
use perennial_types::filter::Language;
use perennial_types::question::Warning;
use serde_json::{Value, json};

use super::Asked;
use crate::insight::AskError;

/// Who is asked about.
#[derive(Clone, Debug, PartialEq)]
pub struct Who {
    /// As it was asked, segments by name.
    condition: CustomerCondition,
    /// What is put back into the question.
    written: Value,
    /// What is folded.
    pub asked: Asked,
}

impl Who {
    /// Takes `who` out of a question; nothing where there is none.
    ///
    /// # Errors
    /// When it is no condition, a segment is not known, or the question has no `as_of`.
    pub fn take(question: &mut Value, segments: &Segments) -> Result<Option<Who>, AskError> {
        let taken = question.as_object_mut().and_then(|fields| fields.shift_remove("who"));
        let Some(who) = taken.filter(|who| !who.is_null()) else { return Ok(None) };
        let zone = match question.get("zone").and_then(Value::as_str) {
            None => Zone::utc(),
            Some(name) => zone(name)?,
        };
        let (condition, at) = parts(&who)?;
        let as_of = match &at {
            Some(at) => instant(at, &zone)?,
            None => {
                let as_of = question.get("as_of").and_then(Value::as_str);
                let as_of = as_of.and_then(|text| text.parse::<Timestamp>().ok());
                let as_of = as_of.ok_or_else(|| {
                    AskError::bad(
                        "`as_of` is missing",
                        "give the instant at which the known world ends",
                    )
                })?;
                as_of.as_microsecond()
            }
        };
        let written = match at {
            Some(at) => json!({ "condition": condition, "as_of": at }),
            None => json!(condition),
        };
        let asked = Asked { condition: condition.inlined(segments)?, as_of, zone };
        Ok(Some(Who { condition, written, asked }))
    }

    /// Writes who was asked about into an answer.
    pub fn tell(&self, n_customers: usize, warnings: &[Warning], answer: &mut Value) {
        let as_of = Timestamp::from_microsecond(self.asked.as_of).map(|ts| ts.to_string());
        let as_of = as_of.unwrap_or_default();
        let english = self.condition.in_words(Language::English);
        let chinese = self.condition.in_words(Language::Chinese);
        if let Some(question) = answer.get_mut("question").and_then(Value::as_object_mut) {
            question.insert("who".to_owned(), self.written.clone());
        }
        if let Some(definition) = answer.get_mut("definition").and_then(Value::as_object_mut) {
            let add = |text: Option<&Value>, sentence: String| {
                json!(format!("{}{sentence}", text.and_then(Value::as_str).unwrap_or_default()))
            };
            let in_english = add(
                definition.get("en"),
                format!(" Only some customers, as of {as_of}: {english}"),
            );
            let in_chinese =
                add(definition.get("zh"), format!("仅统计部分客户（截至 {as_of}）：{chinese}"));
            definition.insert("en".to_owned(), in_english);
            definition.insert("zh".to_owned(), in_chinese);
        }
        if let Some(known) = answer.get_mut("warnings").and_then(Value::as_array_mut) {
            known.extend(warnings.iter().map(|warning| json!(warning)));
        }
        if let Some(fields) = answer.as_object_mut() {
            let who = json!({
                "condition": self.written, "text": self.condition.to_string(), "as_of": as_of,
                "en": english, "zh": chinese, "n_customers": n_customers,
            });
            fields.insert("who".to_owned(), who);
        }
    }
}

/// The zone of a name.
///
/// # Errors
/// When there is none.
pub fn zone(name: &str) -> Result<Zone, AskError> {
    Zone::named(name).map_err(|error| AskError::bad(error.to_string(), error.hint()))
}

/// An answer without what [`Who::tell`] has written into its question: what the insight knows.
pub fn without(answer: &Value) -> Value {
    let mut answer = answer.clone();
    if let Some(question) = answer.get_mut("question").and_then(Value::as_object_mut) {
        question.shift_remove("who");
    }
    answer
}

/// Names of the segments a question names in `who`; none where it is no condition.
pub fn segment_names(question: &Value) -> Vec<String> {
    let who = question.get("who").filter(|who| !who.is_null());
    let parts = who.and_then(|who| parts(who).ok());
    parts.map(|(condition, _)| condition.segment_names()).unwrap_or_default()
}

/// The condition, and the instant or date it is to be read at.
fn parts(who: &Value) -> Result<(CustomerCondition, Option<String>), AskError> {
    if let Some(condition) = who.get("condition") {
        let at = who.get("as_of").filter(|at| !at.is_null());
        let fields = who.as_object().into_iter().flat_map(|fields| fields.keys());
        if let Some(other) =
            fields.into_iter().find(|name| !matches!(name.as_str(), "condition" | "as_of"))
        {
            return Err(AskError::bad(
                format!("`who` has no field `{other}`"),
                "write `condition` and `as_of`",
            ));
        }
        let at = at.map(|at| {
            at.as_str().map(str::to_owned).ok_or_else(|| not_an_instant(&at.to_string()))
        });
        return Ok((read(condition)?, at.transpose()?));
    }
    Ok((read(who)?, None))
}

fn read(condition: &Value) -> Result<CustomerCondition, AskError> {
    Ok(match condition {
        Value::String(text) => text.parse()?,
        other => CustomerCondition::from_json(other)?,
    })
}

/// An instant, or the end of a civil date.
///
/// # Errors
/// When it is neither.
pub fn instant(text: &str, zone: &Zone) -> Result<Micros, AskError> {
    if let Ok(exact) = text.parse::<Timestamp>() {
        return Ok(exact.as_microsecond());
    }
    let date: Date = text.parse().map_err(|_| not_an_instant(text))?;
    let next = date.tomorrow().map_err(|_| not_an_instant(text))?;
    let calendar = Calendar { zone: zone.clone(), ..Calendar::default() };
    Ok(calendar.start_of_day(next))
}

fn not_an_instant(text: &str) -> AskError {
    AskError::bad(
        format!("`{text}` is neither an instant nor a date"),
        "write `2011-06-30`, which is the end of that date, or `2011-06-30T12:00:00Z`",
    )
}
