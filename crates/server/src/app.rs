//! What every request shares.

use std::sync::{Arc, Mutex};

use perennial_engine::cache::{CachedSource, ColumnCache};
use perennial_engine::session::Session;
use perennial_insights::segment::who;
use perennial_insights::{AskError, Reply};
use perennial_lake::source::Guard;
use perennial_lake::{Lake, LakeSource};
use perennial_types::calendar::Micros;
use perennial_types::condition::Segments;
use serde_json::{Value, json};

use crate::accept::ServeOptions;
use crate::cache::Cache;
use crate::error::ApiError;
use crate::ids::fill_ids;
use crate::jobs::Jobs;
use crate::limits;
use crate::models::{Resolved, resolve};
use crate::resources::catalog::Catalog;
use crate::segments::Library;
use crate::sent::Sent;
use crate::uploads::Uploads;

/// The shared state.
pub(crate) struct App {
    pub(crate) lake: Lake,
    pub(crate) session: Session,
    pub(crate) answers: Cache,
    /// Decoded columns.
    columns: Arc<ColumnCache>,
    pub(crate) jobs: Jobs,
    /// Files that were looked at and may yet be imported.
    pub(crate) uploads: Uploads,
    /// What a process on this machine shows that it may hand its work over.
    pub(crate) token: String,
    /// What looks at uploads before they are read.
    pub(crate) guard: Option<Guard>,
    /// What is in the lake, by the state of the lake.
    pub(crate) catalog: Mutex<Option<((i64, i64), Arc<Catalog>)>>,
}

pub(crate) type Shared = Arc<App>;

impl App {
    pub(crate) fn new(lake: Lake, options: &ServeOptions, token: String) -> Shared {
        let threads = options.threads;
        Arc::new(App {
            session: Session::new(threads),
            answers: Cache::new(limits::CACHE_BYTES),
            columns: Arc::new(ColumnCache::new(limits::COLUMN_BYTES)),
            uploads: Uploads::default(),
            jobs: Jobs::new(lake.clone(), threads),
            catalog: Mutex::default(),
            guard: options.guard,
            lake,
            token,
        })
    }

    /// Answers questions of one snapshot, each scan shared by all of them.
    pub(crate) async fn answer(
        &self,
        questions: Vec<(String, Value)>,
    ) -> Result<Vec<Result<Sent, ApiError>>, ApiError> {
        let source = self.lake.snapshot().await?;
        let questions: Vec<(String, Value)> =
            questions.into_iter().map(|(kind, question)| (kind, with_clock(question))).collect();
        let state = source.state();
        let library = self.library(&questions).await?;
        // What a segment means is part of the question; a model says its version.
        let key = |Resolved { kind, question, .. }: &Resolved| {
            let names = who::segment_names(question);
            let meanings = if names.is_empty() {
                String::new()
            } else {
                json!(library.conditions).to_string()
            };
            (state.0, state.1, kind.clone(), question.to_string() + &meanings)
        };
        let mut answers: Vec<Option<Result<Sent, ApiError>>> = Vec::with_capacity(questions.len());
        let mut missing = Vec::new();
        for (place, resolved) in resolve(self.lake.store(), questions).await.into_iter().enumerate()
        {
            answers.push(match resolved {
                Err(error) => Some(Err(error.into())),
                Ok(question) => {
                    let known = self.answers.get(&key(&question)).map(Ok);
                    if known.is_none() {
                        missing.push((place, question));
                    }
                    known
                }
            });
        }
        let asked: Vec<(String, Value)> = missing.iter().map(|(_, one)| one.asked()).collect();
        let replies = self.ask(&source, &library.conditions, &asked).await;
        for ((place, question), reply) in missing.into_iter().zip(replies) {
            let answer = self.finished(reply, &question).await;
            if let Ok(answer) = &answer {
                self.answers.put(key(&question), answer.clone());
            }
            if let Some(slot) = answers.get_mut(place) {
                *slot = Some(answer);
            }
        }
        Ok(answers.into_iter().flatten().collect())
    }

    /// Every segment, where a question names one.
    async fn library(&self, questions: &[(String, Value)]) -> Result<Library, ApiError> {
        let names_one = |(_, question): &(String, Value)| !who::segment_names(question).is_empty();
        match questions.iter().any(names_one) {
            true => Ok(Library::load(self.lake.store()).await?),
            false => Ok(Library::default()),
        }
    }

    /// A source whose decoded columns are kept.
    pub(crate) fn cached(&self, source: Arc<LakeSource>) -> CachedSource {
        CachedSource::new(source, self.columns.clone())
    }

    async fn ask(
        &self,
        source: &LakeSource,
        segments: &Segments,
        questions: &[(String, Value)],
    ) -> Vec<Result<Reply, AskError>> {
        if questions.is_empty() {
            return Vec::new();
        }
        let source = self.cached(Arc::new(source.clone()));
        perennial_insights::ask::ask_all_knowing(&self.session, &source, segments, questions).await
    }

    async fn finished(
        &self,
        reply: Result<Reply, AskError>,
        question: &Resolved,
    ) -> Result<Sent, ApiError> {
        let Reply { mut answer, customers } = reply?;
        question.tell(&mut answer);
        if let Some(customers) = customers {
            fill_ids(&self.lake, &mut answer, &customers).await?;
        }
        Sent::of(answer)
    }
}

/// The question with the clock's instant where it names no end of the known world.
pub(crate) fn with_clock(mut question: Value) -> Value {
    if let Some(fields) = question.as_object_mut()
        && fields.get("as_of").is_none_or(Value::is_null)
    {
        fields.insert("as_of".to_owned(), json!(clock().to_string()));
    }
    question
}

/// The clock, in microseconds.
pub(crate) fn now() -> Micros {
    clock().as_microsecond()
}

#[expect(clippy::disallowed_methods, reason = "the service is where questions meet the clock")]
fn clock() -> jiff::Timestamp {
    jiff::Timestamp::now()
}
