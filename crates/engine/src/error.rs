//! What can go wrong between a question and its partial results.

use datafusion::error::DataFusionError;
use perennial_types::question::Refusal;
use thiserror::Error;

/// An engine error.
#[derive(Debug, Error)]
pub enum EngineError {
    /// The question cannot be answered on these data; an answer of its own kind.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Reading or executing failed.
    #[error("{0}")]
    DataFusion(String),
    /// What the source knows beside its rows could not be read.
    #[error("{0}")]
    Source(String),
    /// Columns of another type than the event table has.
    #[error("column `{column}` is {found}, not {expected}; run `perennial doctor`")]
    WrongColumn {
        /// Column of the event table.
        column: &'static str,
        /// Type that was read.
        found: String,
        /// Type of the event table.
        expected: &'static str,
    },
    /// Two partial results that do not belong together, or an Arrow failure.
    #[error("{0}")]
    Arrow(#[from] arrow::error::ArrowError),
}

impl From<DataFusionError> for EngineError {
    fn from(error: DataFusionError) -> EngineError {
        match error.find_root() {
            DataFusionError::External(inner) => match inner.downcast_ref::<Refusal>() {
                Some(refusal) => EngineError::Refused(refusal.clone()),
                None => EngineError::DataFusion(inner.to_string()),
            },
            _ => EngineError::DataFusion(error.strip_backtrace()),
        }
    }
}

impl From<EngineError> for DataFusionError {
    fn from(error: EngineError) -> DataFusionError {
        match error {
            EngineError::Refused(refusal) => DataFusionError::External(Box::new(refusal)),
            other => DataFusionError::External(Box::new(other)),
        }
    }
}
