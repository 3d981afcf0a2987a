//! Errors as responses: one table from what went wrong to code and status. What a database says
//! stays in the log.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use perennial_insights::AskError;
use perennial_lake::LakeError;
use serde_json::{Value, json};
use uuid::Uuid;

/// An error with its response.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
    hint: String,
    is_refusal: Option<String>,
}

impl ApiError {
    pub(crate) fn new(
        status: StatusCode,
        code: &'static str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> ApiError {
        ApiError { status, code, message: message.into(), hint: hint.into(), is_refusal: None }
    }

    pub(crate) fn bad(message: impl Into<String>, hint: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::BAD_REQUEST, "bad_request", message, hint)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::NOT_FOUND, "not_found", message, "")
    }

    /// Ours to mend: the response names an id, the log says what happened.
    pub(crate) fn internal(error: impl std::fmt::Display) -> ApiError {
        let id = Uuid::now_v7();
        tracing::error!(%id, %error, "a request failed");
        let message = format!("something failed here; the log says more under {id}");
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message, "")
    }
}

impl From<AskError> for ApiError {
    fn from(error: AskError) -> ApiError {
        match error {
            AskError::Refused(refusal) => ApiError {
                status: StatusCode::UNPROCESSABLE_ENTITY,
                code: "refused",
                message: refusal.reason,
                hint: refusal.hint,
                is_refusal: Some(refusal.code),
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
        let hint = match &error {
            LakeError::Source(inner) => inner.hint(),
            other => other.hint().unwrap_or_default().to_owned(),
        };
        match error {
            LakeError::NoImport(_) => ApiError::not_found(error.to_string()),
            LakeError::NotUndoable { .. } => {
                ApiError::new(StatusCode::CONFLICT, "not_undoable", error.to_string(), hint)
            }
            LakeError::Source(inner) => {
                ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, inner.code(), inner.to_string(), hint)
            }
            other => ApiError::internal(other),
        }
    }
}

impl From<perennial_store::StoreError> for ApiError {
    fn from(error: perennial_store::StoreError) -> ApiError {
        ApiError::internal(error)
    }
}

impl ApiError {
    /// What it says, as a body.
    pub(crate) fn body(self) -> Value {
        match self.is_refusal {
            Some(code) => {
                json!({ "refused": { "code": code, "reason": self.message, "hint": self.hint } })
            }
            None => {
                json!({ "error": { "code": self.code, "message": self.message, "hint": self.hint } })
            }
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, Json(self.body())).into_response()
    }
}
