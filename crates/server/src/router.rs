//! Which path leads where.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use crate::app::Shared;
use crate::envelope;
use crate::error::ApiError;
use crate::limits;
use crate::resources::{catalog, dashboards, health, imports, insights, models, segments, ui};
use crate::security;

/// Every route.
pub(crate) fn router(app: Shared) -> Router {
    let questions = Router::new()
        .route("/insights", get(insights::list).post(insights::ask_all))
        .route("/insights/{kind}", post(insights::ask))
        .route("/imports/local", post(imports::local))
        .route("/segments", get(segments::list).post(segments::create))
        .route("/conditions/preview", post(segments::preview))
        .route(
            "/segments/{name}",
            get(segments::show).put(segments::replace).delete(segments::delete),
        )
        .route("/segments/{name}/members", get(segments::members))
        .route("/segments/{name}/diff", get(segments::diff))
        .route("/dashboards", get(dashboards::list).post(dashboards::create))
        .route(
            "/dashboards/{name}",
            get(dashboards::show).put(dashboards::put).delete(dashboards::delete),
        )
        .route("/dashboards/{name}/run", post(dashboards::run))
        .route("/models", get(models::list).post(models::train))
        .route("/models/{name}", get(models::show))
        .route("/models/{name}/score", post(models::score))
        .route("/models/{name}/retire", post(models::retire))
        .layer(DefaultBodyLimit::max(limits::QUESTION_BYTES));
    let documents = Router::new()
        .route("/models/{name}/document", get(models::export).put(models::import))
        .layer(DefaultBodyLimit::max(limits::MODEL_BYTES));
    let uploads = Router::new()
        .route("/imports", get(imports::list).post(imports::create))
        .layer(DefaultBodyLimit::disable());
    let api = Router::new()
        .route("/health", get(health::health))
        .route("/limits", get(health::limits))
        .route("/openapi.json", get(health::openapi))
        .route("/catalog", get(catalog::catalog))
        .route("/imports/{id}", get(imports::show))
        .route("/imports/{id}/undo", post(imports::undo))
        .route("/imports/{id}/dead-letters", get(imports::letters))
        .merge(questions)
        .merge(documents)
        .merge(uploads)
        .fallback(async || ApiError::not_found("no such path; `/api/v1/openapi.json` lists them"))
        .layer(middleware::from_fn(envelope::wrap))
        .with_state(app);
    Router::new()
        .nest("/api/v1", api)
        .fallback(ui::page)
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::custom(|_| {
            use axum::response::IntoResponse;
            ApiError::internal("a handler panicked").into_response()
        }))
        .layer(middleware::from_fn(security::guard))
}
