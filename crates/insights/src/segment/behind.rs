//! Who stands behind the answers that conditions name: asked before anything is folded.
//!
//! "Everybody who is at risk by recency, frequency and money" is `in answer rfm
//! {"cell":{"class":"at_risk"}}`: the customers of that cell when the question is asked as of the
//! instant the condition is read at. So a segment made of a cell stays live: its bounds follow the
//! data, unless the question itself gives them. Limits: the question is asked of all customers, in the
//! zone of the condition; a kind without a list of customers behind its number is an error.

use std::sync::Arc;

use jiff::Timestamp;
use perennial_engine::restrict::CustomerSet;
use perennial_engine::session::Session;
use perennial_engine::source::RunSource;
use perennial_types::calendar::{Calendar, Micros};
use perennial_types::condition::{Answer, CustomerCondition};
use serde_json::{Value, json};

use super::Asked;
use crate::insight::AskError;

/// The customers behind each question, as it was asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Behind {
    found: Vec<((String, Value), Arc<CustomerSet>)>,
}

impl Behind {
    /// Asks every question that the conditions name, equal ones once, all of them in shared scans.
    ///
    /// # Errors
    /// What the question's own kind says, and where its answer has no customers.
    pub(super) async fn found(
        session: &Session,
        source: &dyn RunSource,
        asked: &[Asked],
    ) -> Result<Behind, AskError> {
        let mut questions: Vec<(String, Value)> = Vec::new();
        for one in asked {
            let calendar = Calendar { zone: one.zone.clone(), ..Calendar::default() };
            one.condition.each(&mut |part| {
                if let CustomerCondition::Answer(answer) = part {
                    let question = complete(answer, &calendar, one.as_of);
                    if !questions.contains(&question) {
                        questions.push(question);
                    }
                }
            });
        }
        if questions.is_empty() {
            return Ok(Behind::default());
        }
        let replies = Box::pin(crate::ask::ask_all(session, source, &questions)).await;
        let mut found = Vec::with_capacity(questions.len());
        for (question, reply) in questions.into_iter().zip(replies) {
            let keys = reply?.customers.ok_or_else(|| {
                AskError::bad(
                    format!("the answer of `{}` has no customers behind its number", question.0),
                    "name another `cell`, or another kind",
                )
            })?;
            let customers = CustomerSet::new(keys.iter().map(|key| key.0).collect());
            found.push((question, Arc::new(customers)));
        }
        Ok(Behind { found })
    }

    /// The customers behind an answer.
    pub(super) fn of(
        &self,
        answer: &Answer,
        calendar: &Calendar,
        as_of: Micros,
    ) -> Option<Arc<CustomerSet>> {
        let question = complete(answer, calendar, as_of);
        let known = self.found.iter().find(|(known, _)| *known == question);
        known.map(|(_, customers)| customers.clone())
    }
}

/// A question with the instant and the zone of the condition that names it.
fn complete(answer: &Answer, calendar: &Calendar, as_of: Micros) -> (String, Value) {
    let mut question = answer.question.clone();
    let as_of = Timestamp::from_microsecond(as_of).unwrap_or(Timestamp::MAX);
    if let Some(fields) = question.as_object_mut() {
        fields.insert("as_of".to_owned(), json!(as_of.to_string()));
        fields.insert("zone".to_owned(), json!(calendar.zone));
    }
    (answer.answer.clone(), question)
}
