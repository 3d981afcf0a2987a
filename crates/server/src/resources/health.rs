//! Whether the service lives, what its limits are, and what its API is.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::Shared;
use crate::error::ApiError;
use crate::limits::{LIMITS, Limits};
use crate::openapi;

/// Health.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok` while questions can be answered.
    status: &'static str,
    /// Version of the service.
    version: &'static str,
    /// Snapshot of the lake that is served.
    snapshot: i64,
}

/// Whether questions can be answered.
#[utoipa::path(get, path = "/api/v1/health", tag = "service", responses((status = 200, body = Health)))]
pub(crate) async fn health(State(app): State<Shared>) -> Result<Json<Health>, ApiError> {
    let snapshot = app.lake.store().snapshot_id().await?;
    Ok(Json(Health { status: "ok", version: env!("CARGO_PKG_VERSION"), snapshot }))
}

/// Every limit of the service.
#[utoipa::path(get, path = "/api/v1/limits", tag = "service", responses((status = 200, body = Limits)))]
pub(crate) async fn limits() -> Json<Limits> {
    Json(LIMITS)
}

/// This description.
pub(crate) async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], openapi::document())
}
