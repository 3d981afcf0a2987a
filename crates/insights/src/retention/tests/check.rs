//! Asking a question of a world, in every layout.

use perennial_testkit::{World, WorldSource, block_on, in_every_layout, session};
use serde_json::Value;

use crate::ask;
use crate::insight::AskError;
use crate::reply::Reply;
use crate::retention::RetentionAnswer;

/// What was asked came out as an answer, a refusal by its code, or a bad question by its message.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// An answer with the keys of its customers.
    Answered(Box<RetentionAnswer>, Option<Vec<i64>>),
    /// A refusal.
    Refused {
        /// Its code.
        code: String,
        /// Its reason.
        reason: String,
    },
    /// A bad question.
    Bad(String),
}

/// Asks in one layout.
pub fn outcome_of(source: &WorldSource, question: &Value) -> Outcome {
    outcome(block_on(ask::ask(&session(), source, "retention", question)))
}

/// A reply as something that can be compared.
pub fn outcome(reply: Result<Reply, AskError>) -> Outcome {
    match reply {
        Ok(reply) => {
            let answer = serde_json::from_value(reply.answer.into_tree())
                .expect("an answer as its type has it");
            let keys = reply.customers.map(|keys| keys.iter().map(|key| key.0).collect());
            Outcome::Answered(Box::new(answer), keys)
        }
        Err(AskError::Refused(refusal)) => {
            Outcome::Refused { code: refusal.code, reason: refusal.reason }
        }
        Err(AskError::BadQuestion { message, .. }) => Outcome::Bad(message),
        Err(AskError::Engine(error)) => panic!("{error}"),
    }
}

/// Asks in every layout.
pub fn outcome_everywhere(world: &World, question: &Value) -> Outcome {
    in_every_layout(world, |source| outcome_of(source, question))
}

/// The answer in every layout.
pub fn answer(world: &World, question: &Value) -> RetentionAnswer {
    match outcome_everywhere(world, question) {
        Outcome::Answered(answer, _) => *answer,
        other => panic!("{other:?}"),
    }
}

/// The outside ids behind the cell a question names, sorted.
pub fn customers(world: &World, question: &Value) -> Vec<String> {
    match outcome_everywhere(world, question) {
        Outcome::Answered(answer, Some(keys)) => {
            assert_eq!(answer.customers.map(|members| members.total), Some(keys.len()));
            let mut names: Vec<String> =
                keys.iter().map(|key| world.name_of(*key).to_owned()).collect();
            names.sort_unstable();
            names
        }
        other => panic!("{other:?}"),
    }
}

/// Customers of every cell, row by row.
pub fn counts(answer: &RetentionAnswer) -> Vec<Vec<u64>> {
    let row = |cohort: &crate::retention::Cohort| {
        cohort.cells.iter().map(|cell| cell.customers).collect()
    };
    answer.cohorts.iter().map(row).collect()
}

/// An answer as a triangle: `~` marks a cell that is not complete, the second number of a row is
/// who returned in the start's own window.
pub fn triangle(answer: &RetentionAnswer) -> String {
    let mut out = String::new();
    for cohort in &answer.cohorts {
        let group = match (&cohort.group, cohort.other) {
            (_, true) => "Other · ".to_owned(),
            (Some(values), _) => {
                let values = values.iter().map(|value| value.as_deref().unwrap_or("(none)"));
                format!("{} · ", values.collect::<Vec<_>>().join("/"))
            }
            (None, _) => String::new(),
        };
        let cells = cohort.cells.iter().map(|cell| {
            let mark = if cell.complete { "" } else { "~" };
            let own = if cell.index == 0 { format!("({})", cell.returned) } else { String::new() };
            let value = cell.value.as_ref().map(|value| format!("={value}")).unwrap_or_default();
            format!("{}{own}{value}{mark}", cell.customers)
        });
        let cells = cells.collect::<Vec<_>>().join(" ");
        out.push_str(&format!("{group}{}  {cells}\n", cohort.start));
    }
    out
}
