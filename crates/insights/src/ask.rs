//! Asking: drives one question, or many over shared scans, from question to answer.

mod learnt;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use perennial_engine::error::EngineError;
use perennial_engine::fold::Fold;
use perennial_engine::restrict::{CustomerSet, Restricted};
use perennial_engine::session::Session;
use perennial_engine::source::{RunSource, SourceFacts};
use perennial_types::condition::Segments;
use perennial_types::question::Warning;
use serde_json::{Value, json};

use crate::insight::{AskError, Asking, Insight, Step, Trainer};
use crate::reply::Reply;
use crate::segment::who::Who;
use crate::segment::{self, Asked};
use crate::sql::{self, Explained, Written};
use crate::unfound::BrokenDown;

pub use learnt::{Scores, Values, score, take_who, train, trained_kinds, trainer_of, zone_of};

/// Asks one question that names no segment.
pub async fn ask(
    session: &Session,
    source: &dyn RunSource,
    kind: &str,
    question: &Value,
) -> Result<Reply, AskError> {
    ask_knowing(session, source, &Segments::new(), kind, question).await
}

/// Asks one question, which may name these segments in `who`.
pub async fn ask_knowing(
    session: &Session,
    source: &dyn RunSource,
    segments: &Segments,
    kind: &str,
    question: &Value,
) -> Result<Reply, AskError> {
    let questions = [(kind.to_owned(), question.clone())];
    let mut replies = ask_all_knowing(session, source, segments, &questions).await;
    replies.pop().unwrap_or_else(|| Err(AskError::bad("nothing was asked", "ask something")))
}

/// Asks several questions that name no segments of the same snapshot.
pub async fn ask_all(
    session: &Session,
    source: &dyn RunSource,
    questions: &[(String, Value)],
) -> Vec<Result<Reply, AskError>> {
    ask_all_knowing(session, source, &Segments::new(), questions).await
}

/// Asks several questions of the same snapshot. Every round of scans is shared: eight questions
/// that need one pass each read the lake once. Where some have `who`, one scan before finds all
/// their customers. The replies stand in the order of the questions.
pub async fn ask_all_knowing(
    session: &Session,
    source: &dyn RunSource,
    segments: &Segments,
    questions: &[(String, Value)],
) -> Vec<Result<Reply, AskError>> {
    let facts = match known(source, questions).await {
        Ok(facts) => facts,
        Err(error) => {
            let failed = |_| Err(AskError::Engine(EngineError::Source(error.to_string())));
            return questions.iter().map(failed).collect();
        }
    };
    let mut asked: Vec<InProgress> = Vec::with_capacity(questions.len());
    for (kind, question) in questions {
        asked.push(InProgress::begin(&Way::Ask(kind), question.clone(), segments, &facts));
    }
    if let Err(error) = narrow(session, source, &mut asked).await {
        return match asked.len() {
            1 => vec![Err(error)],
            _ => one_by_one(session, source, segments, questions).await,
        };
    }
    let mut partials = Vec::new();
    loop {
        let folds = step_all(&mut asked, partials);
        if folds.is_empty() {
            break;
        }
        match session.run(source, &folds).await {
            Ok(found) => partials = found,
            Err(error) if asked.len() == 1 => {
                asked = vec![InProgress::Done(Err(error.into()))];
                break;
            }
            // One refusal must not take the other questions with it: ask each by itself.
            Err(_) => return one_by_one(session, source, segments, questions).await,
        }
    }
    asked.into_iter().filter_map(InProgress::reply).collect()
}

/// What is known before anything is read, with what some of the questions need beside.
async fn known(
    source: &dyn RunSource,
    questions: &[(String, Value)],
) -> Result<SourceFacts, EngineError> {
    let mut facts = source.facts();
    let needs_order = |(kind, question): &(String, Value)| {
        crate::named(kind).is_some_and(|insight| insight.needs_order(question))
    };
    if questions.iter().any(needs_order) {
        facts.order = source.outside_order().await?;
    }
    Ok(facts)
}

/// The statements of DuckDB that give the numbers of a question's answer again, without asking it.
///
/// # Errors
/// `not_in_sql` where it cannot be said, and whatever makes the question none.
pub fn explain(
    kind: &str,
    question: &Value,
    segments: &Segments,
    facts: &SourceFacts,
) -> Result<Vec<Written>, AskError> {
    let mut question = question.clone();
    wants_explained(&mut question)?;
    let insight = crate::named(kind).ok_or_else(|| unknown_kind(kind))?;
    let who = Who::take(&mut question, segments)?;
    statements(insight, &question, who.as_ref(), facts)
}

fn statements(
    insight: &dyn Insight,
    question: &Value,
    who: Option<&Who>,
    facts: &SourceFacts,
) -> Result<Vec<Written>, AskError> {
    let statements = insight.explain(question, facts)?;
    let chosen = who.map(|who| sql::chosen(&who.asked)).transpose()?;
    Ok(statements.iter().map(|one| one.written(chosen.as_ref())).collect())
}

/// How an answer is computed, or why that cannot be said.
fn explained(
    insight: &dyn Insight,
    question: &Value,
    who: Option<&Who>,
    facts: &SourceFacts,
) -> Result<Explained, AskError> {
    match statements(insight, question, who, facts) {
        Ok(statements) => Ok(Explained::new(Ok(statements))),
        Err(AskError::Refused(refusal)) => Ok(Explained::new(Err(refusal))),
        Err(other) => Err(other),
    }
}

/// Takes `explain` out of a question: whether its SQL is wanted beside the answer.
fn wants_explained(question: &mut Value) -> Result<bool, AskError> {
    let taken = question.as_object_mut().and_then(|fields| fields.shift_remove("explain"));
    match taken {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(wants)) => Ok(wants),
        Some(other) => Err(AskError::bad(format!("`explain` is `{other}`"), "write true or false")),
    }
}

async fn one_by_one(
    session: &Session,
    source: &dyn RunSource,
    segments: &Segments,
    questions: &[(String, Value)],
) -> Vec<Result<Reply, AskError>> {
    let mut replies = Vec::with_capacity(questions.len());
    for (kind, question) in questions {
        replies.push(Box::pin(ask_knowing(session, source, segments, kind, question)).await);
    }
    replies
}

/// The reply to one question.
async fn answered(
    session: &Session,
    source: &dyn RunSource,
    one: InProgress,
) -> Result<Reply, AskError> {
    let mut asked = vec![one];
    narrow(session, source, &mut asked).await?;
    let mut folds = step_all(&mut asked, Vec::new());
    while !folds.is_empty() {
        let partials = session.run(source, &folds).await?;
        folds = step_all(&mut asked, partials);
    }
    let reply = asked.pop().and_then(InProgress::reply);
    reply.unwrap_or_else(|| Err(AskError::bad("nothing was asked", "ask something")))
}

/// Finds the customers of every question that is about some, each condition once.
async fn narrow(
    session: &Session,
    source: &dyn RunSource,
    asked: &mut [InProgress],
) -> Result<(), AskError> {
    let mut wanted: Vec<Asked> = Vec::new();
    for question in asked.iter() {
        if let InProgress::Asking { some: Some(some), .. } = question
            && !wanted.contains(&some.who.asked)
        {
            wanted.push(some.who.asked.clone());
        }
    }
    let found = segment::members(session, source, &wanted).await?;
    let mut known: Vec<(Arc<CustomerSet>, Vec<Warning>)> = Vec::with_capacity(found.len());
    for (one, customers) in wanted.iter().zip(found) {
        // Nobody at all is often a name that no event has.
        let warnings = match customers.is_empty() {
            true => segment::unknown_names(session, source, &one.condition).await?,
            false => Vec::new(),
        };
        known.push((Arc::new(customers), warnings));
    }
    for question in asked {
        if let InProgress::Asking { some: Some(some), .. } = question
            && let Some(place) = wanted.iter().position(|one| *one == some.who.asked)
            && let Some((customers, warnings)) = known.get(place)
        {
            (some.customers, some.warnings) = (customers.clone(), warnings.clone());
        }
    }
    Ok(())
}

/// What is done with a question.
enum Way<'a> {
    /// It is answered, by the insight of this kind.
    Ask(&'a str),
    /// A model is trained by it.
    Train(&'a dyn Trainer),
    /// It applies a model's document.
    Score(&'a dyn Trainer, &'a Value),
}

enum InProgress {
    Asking {
        asking: Box<dyn Asking>,
        n_folds: usize,
        some: Option<Box<Narrowed>>,
        /// How the answer is computed, where that is wanted.
        explained: Option<Box<Explained>>,
    },
    Done(Result<Reply, AskError>),
}

/// What a question about some customers has to know.
struct Narrowed {
    who: Who,
    customers: Arc<CustomerSet>,
    warnings: Vec<Warning>,
}

impl InProgress {
    fn begin(
        way: &Way<'_>,
        mut question: Value,
        segments: &Segments,
        facts: &SourceFacts,
    ) -> InProgress {
        let mut begin = || -> Result<InProgress, AskError> {
            let wants_explained = wants_explained(&mut question)?;
            let who = Who::take(&mut question, segments)?;
            let (asking, explained) = match way {
                Way::Ask(kind) => {
                    let insight = crate::named(kind).ok_or_else(|| unknown_kind(kind))?;
                    let explained = match wants_explained {
                        true => Some(Box::new(explained(insight, &question, who.as_ref(), facts)?)),
                        false => None,
                    };
                    let asking = insight.begin(&question, facts)?;
                    if let (Some(who), Some(first)) = (&who, asking.learns_from()) {
                        learnt::refuse_future(who, first)?;
                    }
                    (BrokenDown::watched(asking, &question), explained)
                }
                Way::Train(trainer) => (trainer.train(&question, facts)?, None),
                Way::Score(trainer, document) => (trainer.score(document, &question, facts)?, None),
            };
            let some = who.map(|who| {
                let customers = Arc::new(CustomerSet::new(Vec::new()));
                Box::new(Narrowed { who, customers, warnings: Vec::new() })
            });
            Ok(InProgress::Asking { asking, n_folds: 0, some, explained })
        };
        begin().unwrap_or_else(|error| InProgress::Done(Err(error)))
    }

    fn reply(self) -> Option<Result<Reply, AskError>> {
        match self {
            InProgress::Done(reply) => Some(reply),
            InProgress::Asking { .. } => None,
        }
    }
}

/// Hands every question its partial results and collects the folds it wants next, those of a
/// question about some customers restricted to them.
fn step_all(
    asked: &mut [InProgress],
    partials: Vec<Vec<arrow::array::RecordBatch>>,
) -> Vec<Arc<dyn Fold>> {
    let mut partials = partials.into_iter();
    let mut wanted = Vec::new();
    for question in asked {
        let InProgress::Asking { asking, n_folds, some, explained } = question else {
            continue;
        };
        let own = partials.by_ref().take(*n_folds).collect();
        match asking.step(own) {
            Ok(Step::Scan(folds)) => {
                *n_folds = folds.len();
                match some {
                    None => wanted.extend(folds),
                    Some(some) => {
                        let restricted = |fold| Restricted::to(fold, &some.customers);
                        wanted.extend(folds.into_iter().map(restricted));
                    }
                }
            }
            Ok(Step::Done(mut reply)) => {
                if let Some(Narrowed { who, customers, warnings }) = some.as_deref() {
                    reply.answer.change(|answer| who.tell(customers.len(), warnings, answer));
                }
                if let Some(explained) = explained {
                    reply.answer.change(|answer| tell_explained(explained, answer));
                }
                *question = InProgress::Done(Ok(*reply));
            }
            Err(error) => *question = InProgress::Done(Err(error)),
        }
    }
    wanted
}

fn tell_explained(explained: &Explained, answer: &mut Value) {
    if let Some(fields) = answer.as_object_mut() {
        fields.insert("explain".to_owned(), json!(explained));
    }
}

fn unknown_kind(kind: &str) -> AskError {
    let kinds: Vec<&str> = crate::all().iter().map(|insight| insight.kind()).collect();
    AskError::bad(format!("no insight is called `{kind}`"), format!("one of: {}", kinds.join(", ")))
}
