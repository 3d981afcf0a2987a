//! Errors as responses: one table from what went wrong to code and status. What a database says
//! stays in the log.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use perennial_insights::AskError;
use perennial_lake::LakeError;
use perennial_types::question::Refusal;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::dashboards::laid::Outcome;

/// An error with its response.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    said: Said,
}

/// What the response says.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Said {
    Error(ErrorBody),
    Refused(RefusedBody),
}

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErrorBody {
    error: ErrorWords,
}

/// What went wrong, in words.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ErrorWords {
    /// Stable code, `bad_question` for one.
    pub code: &'static str,
    /// What it is, naming the offending value.
    pub message: String,
    /// How to mend it; empty where that is not known.
    pub hint: String,
    /// The message in Chinese; empty where it is said in English only.
    pub message_zh: String,
    /// The mend in Chinese; empty where it is said in English only.
    pub hint_zh: String,
}

impl ErrorWords {
    /// In English only.
    pub(crate) fn new(
        code: &'static str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> ErrorWords {
        let (message, hint) = (message.into(), hint.into());
        ErrorWords { code, message, hint, message_zh: String::new(), hint_zh: String::new() }
    }
}

/// Why there is no answer to a question that is one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RefusedBody {
    refused: Refusal,
}

impl ApiError {
    pub(crate) fn new(
        status: StatusCode,
        code: &'static str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> ApiError {
        let error = ErrorWords::new(code, message, hint);
        ApiError { status, said: Said::Error(ErrorBody { error }) }
    }

    /// Says an error in Chinese too; a refusal says it itself.
    pub(crate) fn in_chinese(
        mut self,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> ApiError {
        if let Said::Error(ErrorBody { error }) = &mut self.said {
            (error.message_zh, error.hint_zh) = (message.into(), hint.into());
        }
        self
    }

    pub(crate) fn bad(message: impl Into<String>, hint: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::BAD_REQUEST, "bad_request", message, hint)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::NOT_FOUND, "not_found", message, "")
    }

    /// As what became of one of several questions.
    pub(crate) fn outcome(self) -> Outcome {
        match self.said {
            Said::Error(ErrorBody { error }) => Outcome::Failed(error),
            Said::Refused(RefusedBody { refused }) => Outcome::Refused(refused),
        }
    }

    /// Ours to mend: the response names an id, the log says what happened.
    pub(crate) fn internal(error: impl std::fmt::Display) -> ApiError {
        let id = Uuid::now_v7();
        tracing::error!(%id, %error, "a request failed");
        let message = format!("something failed here; the log says more under {id}");
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message, "")
            .in_chinese(format!("服务器出错；详情见日志中的 {id}"), "")
    }
}

impl From<AskError> for ApiError {
    fn from(error: AskError) -> ApiError {
        match error {
            AskError::Refused(refused) => ApiError {
                status: StatusCode::UNPROCESSABLE_ENTITY,
                said: Said::Refused(RefusedBody { refused }),
            },
            AskError::BadQuestion { message, hint } => {
                ApiError::new(StatusCode::BAD_REQUEST, "bad_question", message, hint)
            }
            AskError::Engine(error) => ApiError::internal(error),
        }
    }
}

impl From<LakeError> for ApiError {
    fn from(error: LakeError) -> ApiError {
        let (status, code) = match &error {
            LakeError::NoImport(_) => (StatusCode::NOT_FOUND, "not_found"),
            LakeError::NotUndoable { .. } => (StatusCode::CONFLICT, "not_undoable"),
            LakeError::Replaced { .. } => (StatusCode::CONFLICT, "replaced"),
            LakeError::Source(inner) => (StatusCode::UNPROCESSABLE_ENTITY, inner.code()),
            _ => return ApiError::internal(error),
        };
        let (said, mend) = error.said();
        ApiError::new(status, code, said.en, mend.en).in_chinese(said.zh, mend.zh)
    }
}

impl From<perennial_store::StoreError> for ApiError {
    fn from(error: perennial_store::StoreError) -> ApiError {
        ApiError::internal(error)
    }
}

impl ApiError {
    /// What it says, as a body.
    pub(crate) fn body(&self) -> Value {
        serde_json::to_value(&self.said).unwrap_or_default()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, Json(self.body())).into_response()
    }
}
