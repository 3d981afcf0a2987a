//! Imports, one at a time, with their progress.

use std::collections::{BTreeMap, VecDeque};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use perennial_lake::source::{Input, Said, SourceOptions};
use perennial_lake::{ImportRequest, Imported, Lake, LakeError, Step, Watch};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::app::Shared;
use crate::handover::{IMPORT_FAILED, INTERRUPTED};
use crate::limits;
use crate::resources::imports::{ImportReport, Standing};

/// Jobs remembered after they ended.
const REMEMBERED: usize = 200;

/// What is to be imported.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) path: PathBuf,
    /// What the file is called, when its path is not its name.
    pub(crate) name: Option<String>,
    pub(crate) options: SourceOptions,
    pub(crate) replaces: Option<String>,
    /// The job whose rows must be there first: where it failed, the rows that were to be replaced
    /// still are, and this one would stand beside them.
    pub(crate) after: Option<String>,
    /// Removed with the job: an upload.
    pub(crate) upload: Option<Arc<tempfile::TempPath>>,
}

/// The queue.
pub(crate) struct Jobs {
    lake: Lake,
    threads: NonZeroUsize,
    waiting: Mutex<VecDeque<(String, Job)>>,
    known: Mutex<BTreeMap<String, Arc<Progress>>>,
    news: Notify,
}

/// Where a job stands.
pub(crate) struct Progress {
    name: String,
    state: Mutex<State>,
}

enum State {
    Waiting,
    Running { read: u64, bytes: u64, total_bytes: Option<u64>, written: u64 },
    Done(Box<Imported>),
    Failed { code: String, said: Said, mend: Said, is_stopped: bool },
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Jobs {
    pub(crate) fn new(lake: Lake, threads: NonZeroUsize) -> Jobs {
        let (waiting, known, news) = Default::default();
        Jobs { lake, threads, waiting, known, news }
    }

    /// Queues a job; gives its id, or nothing when too many wait.
    pub(crate) fn push(&self, job: Job) -> Option<String> {
        let mut waiting = lock(&self.waiting);
        if waiting.len() >= limits::WAITING_IMPORTS {
            return None;
        }
        let id = Uuid::now_v7().to_string();
        let name = job.name.clone().unwrap_or_else(|| job.path.display().to_string());
        let progress = Arc::new(Progress { name, state: Mutex::new(State::Waiting) });
        let mut known = lock(&self.known);
        known.insert(id.clone(), progress);
        while known.len() > REMEMBERED {
            known.pop_first();
        }
        waiting.push_back((id.clone(), job));
        self.news.notify_one();
        Some(id)
    }

    /// How a job stands.
    pub(crate) fn report(&self, id: &str) -> Option<ImportReport> {
        let progress = lock(&self.known).get(id).cloned()?;
        Some(progress.report(id))
    }

    fn is_done(&self, id: &str) -> bool {
        let job = lock(&self.known).get(id).cloned();
        job.is_some_and(|job| matches!(*lock(&job.state), State::Done(_)))
    }

    /// Jobs that have put no rows into the lake: at work, or failed.
    pub(crate) fn without_rows(&self) -> Vec<ImportReport> {
        let known = lock(&self.known);
        let jobs = known.iter().filter(|(_, job)| !matches!(*lock(&job.state), State::Done(_)));
        jobs.map(|(id, job)| job.report(id)).collect()
    }

    async fn run(&self, id: &str, job: Job, stop: CancellationToken) {
        let Some(progress) = lock(&self.known).get(id).cloned() else { return };
        if let Some(before) = job.after.as_deref().filter(|before| !self.is_done(before)) {
            *lock(&progress.state) = not_begun(&progress.name, before);
            return;
        }
        let input = match &job.name {
            None => Input::path(&job.path),
            Some(name) => match std::fs::File::open(&job.path) {
                Ok(file) => Input::stream(name.clone(), file),
                Err(error) => {
                    *lock(&progress.state) = unreadable(&error);
                    return;
                }
            },
        };
        let request = ImportRequest {
            id: id.to_owned(),
            replaces: job.replaces,
            n_threads: self.threads,
            ..ImportRequest::new(input, job.options)
        };
        let result = self.lake.ingest(request, progress.clone(), stop).await;
        drop(job.upload);
        *lock(&progress.state) = match result {
            Ok(imported) => State::Done(Box::new(imported)),
            Err(error) => {
                let is_stopped = matches!(error, LakeError::Cancelled(_));
                let code = match &error {
                    LakeError::Source(error) => error.code(),
                    LakeError::NoImport(_) => "no_import",
                    LakeError::NotUndoable { .. } => "not_undoable",
                    LakeError::Replaced { .. } => "replaced",
                    _ if is_stopped => INTERRUPTED,
                    _ => IMPORT_FAILED,
                };
                let (said, mend) = error.said();
                State::Failed { code: code.to_owned(), said, mend, is_stopped }
            }
        };
    }
}

fn not_begun(name: &str, before: &str) -> State {
    let said = (
        format!("`{name}` was not read: import `{before}`, which comes first, failed"),
        format!("没有读取“{name}”：排在前面的导入“{before}”失败了"),
    );
    let mend = ("mend that one, then import all of them again", "请先解决前者，再重新导入全部文件");
    let code = "not_begun".to_owned();
    State::Failed { code, said: said.into(), mend: mend.into(), is_stopped: false }
}

fn unreadable(error: &std::io::Error) -> State {
    let said = (error.to_string(), format!("无法读取上传的文件：{error}"));
    let mend = ("send the file again", "请重新上传该文件");
    let code = "unreadable_file".to_owned();
    State::Failed { code, said: said.into(), mend: mend.into(), is_stopped: false }
}

impl crate::app::App {
    /// Runs jobs until stopped; the one at work is asked to stop and publishes nothing.
    pub(crate) async fn jobs_loop(self: Shared, stop: CancellationToken) {
        loop {
            let next = lock(&self.jobs.waiting).pop_front();
            match next {
                Some((id, job)) => self.jobs.run(&id, job, stop.clone()).await,
                None => {
                    tokio::select! {
                        () = self.jobs.news.notified() => {}
                        () = stop.cancelled() => return,
                    }
                }
            }
            if stop.is_cancelled() {
                return;
            }
        }
    }
}

impl Progress {
    fn report(&self, id: &str) -> ImportReport {
        let report = ImportReport::waiting(id, &self.name);
        match &*lock(&self.state) {
            State::Waiting => report,
            State::Running { read, bytes, total_bytes, written } => {
                let mut report = ImportReport { state: Standing::Running, ..report };
                report.counts.read = *read;
                ImportReport {
                    bytes: *bytes,
                    total_bytes: *total_bytes,
                    written: *written,
                    ..report
                }
            }
            State::Done(imported) => ImportReport {
                state: Standing::Done,
                import: Some(imported.id.clone()),
                counts: imported.counts.clone().into(),
                written: imported.counts.accepted,
                known: imported.is_known,
                ..report
            },
            State::Failed { code, said, mend, is_stopped } => ImportReport {
                state: if *is_stopped { Standing::Interrupted } else { Standing::Failed },
                code: Some(code.clone()),
                // One line for people; the parts for programs.
                error: Some(format!("{said}; {mend}").trim_end_matches("; ").to_owned()),
                error_zh: Some(
                    format!("{}；{}", said.zh, mend.zh).trim_end_matches('；').to_owned(),
                ),
                reason: Some(said.en.clone()),
                hint: Some(mend.en.clone()),
                ..report
            },
        }
    }
}

impl Watch for Progress {
    fn at(&self, step: Step) {
        let mut state = lock(&self.state);
        match step {
            Step::Reading { rows, bytes, total_bytes } => {
                *state = State::Running { read: rows, bytes, total_bytes, written: 0 };
            }
            Step::Writing { rows, .. } => {
                if let State::Running { written, .. } = &mut *state {
                    *written = rows;
                }
            }
        }
    }
}
