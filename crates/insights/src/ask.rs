//! Asking: drives one question, or many over shared scans, from question to answer.

use std::sync::Arc;

use perennial_engine::fold::Fold;
use perennial_engine::session::Session;
use perennial_engine::source::RunSource;
use serde_json::Value;

use crate::insight::{AskError, Asking, Reply, Step};

/// Asks one question.
pub async fn ask(
    session: &Session,
    source: &dyn RunSource,
    kind: &str,
    question: &Value,
) -> Result<Reply, AskError> {
    let mut replies = ask_all(session, source, &[(kind.to_owned(), question.clone())]).await;
    replies.pop().unwrap_or_else(|| Err(AskError::bad("nothing was asked", "ask something")))
}

/// Asks several questions of the same snapshot. Every round of scans is shared: eight questions
/// that need one pass each read the lake once. The replies stand in the order of the questions.
pub async fn ask_all(
    session: &Session,
    source: &dyn RunSource,
    questions: &[(String, Value)],
) -> Vec<Result<Reply, AskError>> {
    let facts = source.facts();
    let mut asked: Vec<InProgress> = questions
        .iter()
        .map(|(kind, question)| {
            let insight = crate::named(kind).ok_or_else(|| unknown_kind(kind));
            match insight.and_then(|insight| insight.begin(question, &facts)) {
                Ok(asking) => InProgress::Asking { asking, n_folds: 0 },
                Err(error) => InProgress::Done(Err(error)),
            }
        })
        .collect();
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
            Err(_) => return one_by_one(session, source, questions).await,
        }
    }
    asked.into_iter().filter_map(InProgress::reply).collect()
}

async fn one_by_one(
    session: &Session,
    source: &dyn RunSource,
    questions: &[(String, Value)],
) -> Vec<Result<Reply, AskError>> {
    let mut replies = Vec::with_capacity(questions.len());
    for (kind, question) in questions {
        replies.push(Box::pin(ask(session, source, kind, question)).await);
    }
    replies
}

enum InProgress {
    Asking { asking: Box<dyn Asking>, n_folds: usize },
    Done(Result<Reply, AskError>),
}

impl InProgress {
    fn reply(self) -> Option<Result<Reply, AskError>> {
        match self {
            InProgress::Done(reply) => Some(reply),
            InProgress::Asking { .. } => None,
        }
    }
}

/// Hands every question its partial results and collects the folds it wants next.
fn step_all(
    asked: &mut [InProgress],
    partials: Vec<Vec<arrow::array::RecordBatch>>,
) -> Vec<Arc<dyn Fold>> {
    let mut partials = partials.into_iter();
    let mut wanted = Vec::new();
    for question in asked {
        let InProgress::Asking { asking, n_folds } = question else { continue };
        let own = partials.by_ref().take(*n_folds).collect();
        match asking.step(own) {
            Ok(Step::Scan(folds)) => {
                *n_folds = folds.len();
                wanted.extend(folds);
            }
            Ok(Step::Done(reply)) => *question = InProgress::Done(Ok(*reply)),
            Err(error) => *question = InProgress::Done(Err(error)),
        }
    }
    wanted
}

fn unknown_kind(kind: &str) -> AskError {
    let kinds: Vec<&str> = crate::all().iter().map(|insight| insight.kind()).collect();
    AskError::bad(format!("no insight is called `{kind}`"), format!("one of: {}", kinds.join(", ")))
}
