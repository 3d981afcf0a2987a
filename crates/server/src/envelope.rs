//! Whatever goes wrong before a handler runs is said in the one form errors have.
//!
//! The framework refuses unknown methods, unreadable queries and the like in plain text. Programs
//! expect `{"error": {"code", "message", "hint"}}` of every error, so its words are put into that.

use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::ApiError;

/// Longest text of the framework that is passed on.
const MAX_BYTES: usize = 4 << 10;

/// Wraps errors that are not JSON yet.
pub(crate) async fn wrap(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    let media = response.headers().get(header::CONTENT_TYPE);
    let is_json = media.is_some_and(|media| media.as_bytes().starts_with(b"application/json"));
    if is_json || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let allow = response.headers().get(header::ALLOW).cloned();
    let text = axum::body::to_bytes(response.into_body(), MAX_BYTES).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let message =
        if text.is_empty() { status.canonical_reason().unwrap_or("refused") } else { &text };
    let hint = "`/api/v1/openapi.json` says what is expected";
    let mut wrapped = ApiError::new(status, code(status), message, hint).into_response();
    if let Some(allow) = allow {
        wrapped.headers_mut().insert(header::ALLOW, allow);
    }
    wrapped
}

fn code(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::METHOD_NOT_ALLOWED => "method_not_allowed",
        StatusCode::PAYLOAD_TOO_LARGE => "too_large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "unsupported_media_type",
        status if status.is_server_error() => "internal",
        _ => "bad_request",
    }
}
