//! Everything that can go wrong in the lake, and what mends it.
//!
//! [`LakeError`] names the file, folder or import at fault; [`LakeError::hint`] says what to do.

use std::io;
use std::path::{Path, PathBuf};

use parquet::errors::ParquetError;
use perennial_engine::error::EngineError;
use perennial_store::StoreError;
use thiserror::Error;

use crate::folder::Holder;
use crate::source::{Said, SourceError};

/// Result of every operation of the lake.
pub type Result<T, E = LakeError> = std::result::Result<T, E>;

/// Why an operation of the lake did not happen.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LakeError {
    /// The operational database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An input file that cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The engine, while merging sorted files.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A file or folder.
    #[error("cannot {doing} `{path}`: {source}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// No data folder, and this access may not make one.
    #[error("no data folder at `{0}`")]
    NoLake(PathBuf),
    /// Another process is the writer.
    #[error("`{folder}` is being written by {holder}")]
    Locked {
        /// The data folder.
        folder: PathBuf,
        /// Who holds the lock.
        holder: Holder,
    },
    /// A data folder on a file system without dependable locks and fsync.
    #[error("`{folder}` is on a network file system ({kind})")]
    Network {
        /// The data folder.
        folder: PathBuf,
        /// Which one.
        kind: &'static str,
    },
    /// A data folder that belongs to another operational database.
    #[error("the files in `{folder}` belong to another workspace ({other})")]
    OtherWorkspace {
        /// The data folder.
        folder: PathBuf,
        /// Its workspace.
        other: String,
    },
    /// A write through a lake that was opened for reading.
    #[error("the lake was opened for reading only")]
    ReadOnly,
    /// Bytes of a file are not the bytes that were written.
    #[error("`{path}` is damaged between bytes {start} and {end}: {reason}")]
    Damaged {
        /// Path relative to the folder of the table.
        path: String,
        /// First byte of the damaged block.
        start: u64,
        /// End of the damaged block.
        end: u64,
        /// How it shows.
        reason: String,
    },
    /// A file that is no Parquet file of ours.
    #[error("`{path}` cannot be read as Parquet: {source}")]
    Parquet {
        /// Path relative to the folder of the table.
        path: String,
        /// The reader's or writer's error.
        source: ParquetError,
    },
    /// An Arrow operation.
    #[error(transparent)]
    Arrow(#[from] arrow::error::ArrowError),
    /// A pending batch that is not what was accepted.
    #[error("pending batch {id} cannot be read: {reason}")]
    Pending {
        /// Its id.
        id: i64,
        /// What is wrong.
        reason: String,
    },
    /// A score that is none.
    #[error("score `{name}`, row {row}: {reason}")]
    BadScore {
        /// What the scores are called.
        name: String,
        /// Which row of them, from 0.
        row: usize,
        /// What is wrong.
        reason: String,
    },
    /// An import that does not exist.
    #[error("no import `{0}`")]
    NoImport(String),
    /// An import whose rows are not in the lake.
    #[error("import `{id}` is {state}, it has no rows to take back")]
    NotUndoable {
        /// Its id.
        id: String,
        /// Where it stands.
        state: &'static str,
    },
    /// An import whose rows went when others came.
    #[error("import `{id}` was replaced by import `{by}` already")]
    Replaced {
        /// Its id.
        id: String,
        /// The import that took its place.
        by: String,
    },
    /// An input with more rows than a row number can count.
    #[error("`{0}` has more than 4,294,967,295 rows")]
    TooManyRows(String),
    /// Stopped because it was asked to.
    #[error("stopped before the end; nothing of `{0}` was published")]
    Cancelled(String),
    /// A task that ended without a result.
    #[error("a worker stopped unexpectedly: {0}")]
    Worker(String),
    /// A failure a test asked for.
    #[error("failure asked for at `{0}`")]
    FailPoint(&'static str),
}

impl LakeError {
    /// What mends it, where something does.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            LakeError::Store(error) => return error.hint(),
            LakeError::NoLake(_) => "import something first, or check the path",
            LakeError::Locked { .. } => "stop that process, or give it the work",
            LakeError::Io { .. } => "check the path, the permissions and the space that is left",
            LakeError::Network { .. } => "put the data folder on a local disk",
            LakeError::OtherWorkspace { .. } => {
                "give the database this folder was made with, or an empty folder"
            }
            LakeError::ReadOnly => "open the lake for writing",
            LakeError::Damaged { .. } | LakeError::Parquet { .. } | LakeError::Pending { .. } => {
                "run `perennial doctor`, then restore the file from a backup or import its source again"
            }
            LakeError::NoImport(_) => "`perennial import list` shows every import",
            LakeError::NotUndoable { .. } => "only a finished import can be undone",
            LakeError::Replaced { .. } => "replace that one, or import the file without replacing",
            LakeError::TooManyRows(_) => "split the file",
            LakeError::Cancelled(_) => {
                "run the same import again: files already published are skipped"
            }
            _ => return None,
        })
    }

    /// What is wrong and what mends it, in both languages, where whoever imports can mend it; of
    /// other errors it is English.
    pub fn said(&self) -> (Said, Said) {
        if let LakeError::Source(error) = self {
            return (error.said(), error.mend());
        }
        let (reason, hint) = (self.to_string(), self.hint().unwrap_or_default().to_owned());
        let (reason_zh, hint_zh) = match self {
            LakeError::NoImport(id) => (format!("没有导入“{id}”"), "请在导入列表中查看"),
            LakeError::NotUndoable { id, state } => {
                let state = match *state {
                    "running" => "正在进行",
                    "failed" => "已失败",
                    "undone" => "已撤销",
                    _ => "已中断",
                };
                (format!("导入“{id}”{state}，没有可撤回的行"), "只有已完成的导入才能撤销")
            }
            LakeError::Replaced { id, by } => {
                (format!("导入“{id}”已被导入“{by}”替换"), "请改为替换后者，或直接导入而不替换")
            }
            LakeError::TooManyRows(name) => {
                (format!("“{name}”超过 4,294,967,295 行"), "请拆分该文件")
            }
            LakeError::Cancelled(name) => {
                (format!("中途停止；“{name}”没有发布任何内容"), "请重新导入：已发布的文件会跳过")
            }
            _ => return ((reason.clone(), reason).into(), (hint.clone(), hint).into()),
        };
        ((reason, reason_zh).into(), (hint, hint_zh).into())
    }

    /// Wraps an error of the system, for use with `map_err`.
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> LakeError {
        let path = path.to_owned();
        move |source| LakeError::Io { doing, path, source }
    }

    /// Wraps an error of the Parquet reader or writer; our own errors inside it come out again.
    pub(crate) fn parquet(path: &str) -> impl FnOnce(ParquetError) -> LakeError {
        let path = path.to_owned();
        move |source| match source {
            ParquetError::External(inner) => match inner.downcast::<LakeError>() {
                Ok(ours) => *ours,
                Err(other) => LakeError::Parquet { path, source: ParquetError::External(other) },
            },
            source => LakeError::Parquet { path, source },
        }
    }
}

impl From<tokio::task::JoinError> for LakeError {
    fn from(error: tokio::task::JoinError) -> LakeError {
        LakeError::Worker(error.to_string())
    }
}
