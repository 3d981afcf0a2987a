//! From an error to a message, a mend and an exit code.

use std::io::ErrorKind;
use std::path::Path;
use std::process::ExitCode;

use perennial_engine::sql::SqlError;
use perennial_insights::AskError;
use perennial_lake::LakeError;
use perennial_lake::source::SourceError;
use perennial_server::ServeError;
use perennial_server::dashboards::BoardError;
use perennial_server::handover::HandoverError;
use perennial_server::models::ModelError;
use perennial_server::segments::SegmentError;
use perennial_store::StoreError;
use perennial_types::question::Refusal;
use thiserror::Error;

/// The question has no honest answer on these data.
pub const REFUSED: u8 = 3;
/// Something was found that should not be.
pub const FINDINGS: u8 = 4;
/// Ctrl-C.
pub const INTERRUPTED: u8 = 130;

/// Ends the process with this code, the message having been printed already.
#[derive(Debug, Error)]
#[error("exit code {0}")]
pub struct Silent(pub u8);

/// Something typed or handed in is wrong.
#[derive(Debug, Error)]
#[error("{message}")]
pub struct Usage {
    /// What is wrong, naming it.
    pub message: String,
    /// How to mend it.
    pub hint: String,
}

/// A usage error.
pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> anyhow::Error {
    Usage { message: message.into(), hint: hint.into() }.into()
}

/// Prints what went wrong and gives the exit code.
#[expect(clippy::print_stderr, reason = "the last word of a failed command belongs there")]
pub fn code(result: anyhow::Result<()>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    if is_broken_pipe(&error) {
        return ExitCode::SUCCESS;
    }
    if let Some(Silent(code)) = error.downcast_ref() {
        return ExitCode::from(*code);
    }
    let (word, hint, code) = judged(&error);
    eprintln!("{word}: {}", message(&error));
    if let Some(hint) = hint.filter(|hint| !hint.is_empty()) {
        eprintln!("hint: {hint}");
    }
    ExitCode::from(code)
}

/// What an error is called, what mends it, and its exit code.
pub fn judged(error: &anyhow::Error) -> (&'static str, Option<String>, u8) {
    let asked = match error.downcast_ref::<ModelError>() {
        Some(ModelError::Ask(error)) => Some(error),
        _ => error.downcast_ref::<AskError>(),
    };
    match asked {
        Some(AskError::Refused(refusal)) => ("refused", Some(refusal.hint.clone()), REFUSED),
        Some(AskError::BadQuestion { hint, .. }) => ("error", Some(hint.clone()), 2),
        Some(AskError::Engine(_)) => ("error", Some(DOCTOR.to_owned()), 1),
        None => other(error),
    }
}

/// The error and its causes, each said once: some errors quote their cause themselves.
fn message(error: &anyhow::Error) -> String {
    let mut message = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !message.contains(&cause) {
            message.push_str(": ");
            message.push_str(&cause);
        }
    }
    message
}

/// What helps when the engine cannot read on.
const DOCTOR: &str = "run `perennial doctor`; it names what is damaged and what mends it";

/// Reads a text file that was named on the command line.
pub fn read_text(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).map_err(|error| {
        usage(
            format!("cannot read `{}`: {error}", path.display()),
            "check the path and the permissions",
        )
    })
}

fn other(error: &anyhow::Error) -> (&'static str, Option<String>, u8) {
    if let Some(usage) = error.downcast_ref::<Usage>() {
        return ("error", Some(usage.hint.clone()), 2);
    }
    if let Some(refusal) = error.downcast_ref::<Refusal>() {
        return ("refused", Some(refusal.hint.clone()), REFUSED);
    }
    if let Some(error) = error.downcast_ref::<SegmentError>() {
        return match error {
            SegmentError::Ask(AskError::Refused(_)) => ("refused", Some(error.hint()), REFUSED),
            SegmentError::Store(_) | SegmentError::Ask(AskError::Engine(_)) => {
                ("error", Some(error.hint()), 1)
            }
            _ => ("error", Some(error.hint()), 2),
        };
    }
    if let Some(error) = error.downcast_ref::<ModelError>() {
        let is_ours = matches!(error, ModelError::Store(_) | ModelError::Lake(_));
        return ("error", Some(error.hint()), if is_ours { 1 } else { 2 });
    }
    if let Some(error) = error.downcast_ref::<BoardError>() {
        let is_ours = matches!(error, BoardError::Store(_) | BoardError::Unwritable(_));
        return ("error", Some(error.hint()), if is_ours { 1 } else { 2 });
    }
    if let Some(error) = error.downcast_ref::<SourceError>() {
        return ("error", Some(error.hint()), 2);
    }
    if let Some(LakeError::Source(error)) = error.downcast_ref() {
        return ("error", Some(error.hint()), 2);
    }
    if let Some(error) = error.downcast_ref::<LakeError>() {
        let code = if is_wrong_input(error) { 2 } else { 1 };
        return ("error", error.hint().map(str::to_owned), code);
    }
    if let Some(error) = error.downcast_ref::<StoreError>() {
        let code = if matches!(error, StoreError::Url { .. }) { 2 } else { 1 };
        return ("error", error.hint().map(str::to_owned), code);
    }
    if let Some(error) = error.downcast_ref::<SqlError>() {
        return ("error", Some(error.hint()), 2);
    }
    if let Some(error) = error.downcast_ref::<ServeError>() {
        let code = if matches!(error, ServeError::NotLoopback(_)) { 2 } else { 1 };
        return ("error", error.hint().map(str::to_owned), code);
    }
    if let Some(HandoverError::Refused(refusal)) = error.downcast_ref() {
        return ("refused", Some(refusal.hint.clone()), REFUSED);
    }
    if let Some(error) = error.downcast_ref::<HandoverError>() {
        let code = if error.is_wrong_input() { 2 } else { 1 };
        return ("error", Some(error.hint()), code);
    }
    ("error", None, 1)
}

/// Whether a folder or import was named that does not exist, or is not of the kind.
fn is_wrong_input(error: &LakeError) -> bool {
    matches!(
        error,
        LakeError::NoLake(_)
            | LakeError::NoImport(_)
            | LakeError::NotUndoable { .. }
            | LakeError::Replaced { .. }
            | LakeError::Store(StoreError::Url { .. } | StoreError::NotFound { .. })
    )
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == ErrorKind::BrokenPipe)
    })
}
