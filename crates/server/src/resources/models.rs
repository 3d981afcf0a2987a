//! Models: trained, kept in versions, applied to days, retired.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, OpenApi, ToSchema};

use crate::app::{App, Shared, now, with_clock};
use crate::body;
use crate::error::{ApiError, ErrorBody, RefusedBody};
use crate::limits;
use crate::models::score::{DayScores, NamedScores, score_day};
use crate::models::{self, ModelError, Registry, described, title};
use crate::segments::Library;

/// The part of the description that is about models.
#[derive(OpenApi)]
#[openapi(
    paths(list, train, show, score, retire, export, import),
    components(schemas(TrainBody, ScoreBody, RetireBody, DayScores, NamedScores))
)]
pub(crate) struct Api;

/// What is to be trained.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrainBody {
    /// The kind: `churn_risk` for one.
    kind: String,
    /// What the model is called; like its kind unless said.
    #[serde(default)]
    name: Option<String>,
    /// The question it is trained by; every field has a default.
    #[serde(default)]
    #[schema(value_type = Object)]
    question: Value,
    /// What its maker says of it.
    #[serde(default)]
    note: Option<String>,
    /// Whether it is kept; `false` is a backtest, which only reports.
    #[serde(default = "yes")]
    keep: bool,
}

fn yes() -> bool {
    true
}

/// Which day is to be scored.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ScoreBody {
    /// A civil day that is over; the last one unless said.
    #[schema(value_type = Option<String>, format = "date")]
    day: Option<Date>,
}

/// Which version is no longer used.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RetireBody {
    /// The version; all of them unless said.
    version: Option<i64>,
}

/// What is said of a document that is brought along.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Brought {
    /// What its maker says of it.
    note: Option<String>,
}

/// Every version of every model, with its report and without what it has learnt.
#[utoipa::path(get, path = "/api/v1/models", operation_id = "list_models", tag = "models", responses((status = 200, body = [Object])))]
pub(crate) async fn list(State(app): State<Shared>) -> Result<Json<Vec<Value>>, ApiError> {
    let registry = Registry::load(app.lake.store()).await?;
    Ok(Json(registry.models.iter().map(described).collect()))
}

/// Trains a model and keeps it as the next version of its name, or only reports.
#[utoipa::path(
    post, path = "/api/v1/models", operation_id = "train_model", tag = "models", request_body = TrainBody,
    responses(
        (status = 201, description = "The model that was kept", body = Object),
        (status = 200, description = "With `keep` false: how it was trained and its report", body = Object),
        (status = 400, description = "Not a question, or a kind without models", body = ErrorBody),
        (status = 422, description = "Too little is known to learn from", body = RefusedBody),
    )
)]
pub(crate) async fn train(
    State(app): State<Shared>,
    body: Body,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let asked: TrainBody = read(&body::question(body).await?)?;
    let question = match asked.question {
        Value::Null => json!({}),
        given => given,
    };
    let library = Library::load(app.lake.store()).await?;
    let source = app.lake.snapshot().await?;
    let question = with_clock(question);
    let document = models::train(&app.session, &source, &library, &asked.kind, &question).await?;
    if !asked.keep {
        return Ok((StatusCode::OK, Json(models::summary(&document))));
    }
    let (store, name) = (app.lake.store(), asked.name.as_deref());
    let state = (source.snapshot_id(), source.known_at());
    let model = models::keep(store, name, document, asked.note, now(), state).await?;
    Ok((StatusCode::CREATED, Json(described(&model))))
}

/// A model, its versions and the days that were scored with them.
#[utoipa::path(
    get, path = "/api/v1/models/{name}", operation_id = "show_model", tag = "models",
    params(("name" = String, Path, description = "`churn`, or `churn@3` for a version")),
    responses((status = 200, body = Object), (status = 404, description = "No such model", body = ErrorBody))
)]
pub(crate) async fn show(
    State(app): State<Shared>,
    Path(name): Path<String>,
) -> Result<Json<Value>, ApiError> {
    Ok(Json(shown(&app, &name).await?))
}

async fn shown(app: &App, name: &str) -> Result<Value, ModelError> {
    let registry = Registry::load(app.lake.store()).await?;
    models::shown(&app.lake, &registry, name).await
}

/// Adds the scores of a day to `customer_day`; the same version and day again adds nothing.
#[utoipa::path(
    post, path = "/api/v1/models/{name}/score", operation_id = "score_model", tag = "models",
    params(("name" = String, Path)), request_body = ScoreBody,
    responses(
        (status = 200, description = "Distribution and drift", body = DayScores),
        (status = 400, description = "A day that is not over", body = ErrorBody),
        (status = 404, description = "No such model", body = ErrorBody),
        (status = 409, description = "The model is retired", body = ErrorBody),
        (status = 422, description = "The model is stale, or something it needs is missing", body = RefusedBody),
    )
)]
pub(crate) async fn score(
    State(app): State<Shared>,
    Path(name): Path<String>,
    body: Body,
) -> Result<Json<DayScores>, ApiError> {
    let ScoreBody { day } = read_or_default(&body::question(body).await?)?;
    let registry = Registry::load(app.lake.store()).await?;
    let model = registry.in_use(&name)?;
    Ok(Json(score_day(&app.lake, &app.session, model, day, now()).await?))
}

/// Says of a model, or of one version, that it is no longer used. Nothing of it is deleted.
#[utoipa::path(
    post, path = "/api/v1/models/{name}/retire", operation_id = "retire_model", tag = "models",
    params(("name" = String, Path)), request_body = RetireBody,
    responses((status = 200, body = Object), (status = 404, description = "No such model", body = ErrorBody))
)]
pub(crate) async fn retire(
    State(app): State<Shared>,
    Path(name): Path<String>,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let RetireBody { version } = read_or_default(&body::question(body).await?)?;
    let called = version.map_or_else(|| name.clone(), |version| format!("{name}@{version}"));
    let retired = models::retire(app.lake.store(), &called, now()).await?;
    Ok(Json(json!({ "retired": retired })))
}

/// All of a model, to be brought into another workspace.
#[utoipa::path(
    get, path = "/api/v1/models/{name}/document", operation_id = "export_model", tag = "models",
    params(("name" = String, Path)),
    responses((status = 200, body = Object), (status = 404, description = "No such model", body = ErrorBody))
)]
pub(crate) async fn export(
    State(app): State<Shared>,
    Path(name): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let registry = Registry::load(app.lake.store()).await?;
    Ok(Json(models::document(app.lake.store(), registry.get(&name)?).await?))
}

/// Keeps a document from elsewhere as the next version of a name.
#[utoipa::path(
    put, path = "/api/v1/models/{name}/document", operation_id = "import_model", tag = "models",
    params(("name" = String, Path), Brought), request_body = Object,
    responses((status = 201, body = Object), (status = 400, description = "Not a model", body = ErrorBody))
)]
pub(crate) async fn import(
    State(app): State<Shared>,
    Path(name): Path<String>,
    Query(brought): Query<Brought>,
    body: Body,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let document: Value = read(&body::within(body, limits::MODEL_BYTES).await?)?;
    let store = app.lake.store();
    let head = store.head().await?;
    let state = (head.snapshot_id, head.known_at);
    let model = models::keep(store, Some(&name), document, brought.note, now(), state).await?;
    Ok((
        StatusCode::CREATED,
        Json(json!({ "name": model.name, "title": title(&model), "version": model.version })),
    ))
}

fn read<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body).map_err(|error| {
        let at = format!("line {}, column {}", error.line(), error.column());
        let message = format!("the body is not the JSON that is expected, at {at}: {error}");
        ApiError::bad(message, "check it there")
    })
}

/// A body, nothing at all being the one with every default.
fn read_or_default<T: serde::de::DeserializeOwned + Default>(body: &[u8]) -> Result<T, ApiError> {
    match body.iter().all(u8::is_ascii_whitespace) {
        true => Ok(T::default()),
        false => read(body),
    }
}

impl From<ModelError> for ApiError {
    fn from(error: ModelError) -> ApiError {
        let (code, message, hint) = (error.code(), error.to_string(), error.hint());
        let status = match error {
            ModelError::Ask(error) => return error.into(),
            ModelError::Segment(error) => return error.into(),
            ModelError::Lake(error) => return error.into(),
            ModelError::Store(error) => return error.into(),
            ModelError::Unknown { .. } | ModelError::NoVersion { .. } => StatusCode::NOT_FOUND,
            ModelError::Retired(_) => StatusCode::CONFLICT,
            ModelError::OtherKind { .. }
            | ModelError::NotOver { .. }
            | ModelError::Unfit(_)
            | ModelError::Unreadable(_) => StatusCode::BAD_REQUEST,
        };
        ApiError::new(status, code, message, hint)
    }
}
