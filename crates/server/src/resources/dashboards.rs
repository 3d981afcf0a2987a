//! Dashboards: lists of questions, saved with versions, asked in one scan.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use perennial_insights::dashboard::{Dashboard, Filters};
use perennial_store::{Conflict, StoreError};
use perennial_types::filter::Language;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, OpenApi, ToSchema};

use crate::app::{App, Shared};
use crate::body;
use crate::dashboards::laid::Outcome;
use crate::dashboards::run::{Ran, RanDashboard, Run};
use crate::dashboards::{BoardError, Dashboards, Kept, KeptDashboard, Writes, text};
use crate::error::{ApiError, ErrorBody};
use crate::export::Format;

/// The part of the description that is about dashboards.
#[derive(OpenApi)]
#[openapi(
    paths(list, create, show, put, delete, run),
    components(schemas(KeptDashboard, RanDashboard, Dashboard, Filters))
)]
pub(crate) struct Api;

const YAML: &str = "application/yaml; charset=utf-8";

/// A dashboard with all its versions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShownDashboard {
    /// As it is in force.
    #[serde(flatten)]
    kept: KeptDashboard,
    /// Its versions, newest first.
    versions: Vec<KeptDashboard>,
}

/// How a dashboard is written.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Form {
    /// json (the default, with all versions) or yaml (the one in force, for a file).
    format: Option<String>,
}

/// Whether a dashboard of that name may exist.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Making {
    /// Whether it becomes a new version of one that exists; false unless said.
    #[serde(default)]
    replace: bool,
}

/// Which version the caller has seen.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Seen {
    /// The version in force, as far as the caller knows, 0 for none; whatever is in force unless
    /// said.
    version: Option<i64>,
}

/// How the answers are written.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// json (the default: whole answers), presentation (what the tiles show), xlsx, svg or png.
    format: Option<String>,
    /// en (the default) or zh: whatever is laid out for people.
    language: Option<String>,
}

/// Every dashboard in its newest version, the built-in overview among them.
#[utoipa::path(get, path = "/api/v1/dashboards", operation_id = "list_dashboards", tag = "dashboards", responses((status = 200, body = [KeptDashboard])))]
pub(crate) async fn list(State(app): State<Shared>) -> Result<Json<Vec<KeptDashboard>>, ApiError> {
    let dashboards = Dashboards::load(app.lake.store()).await?;
    Ok(Json(dashboards.all.iter().map(Kept::described).collect()))
}

/// Saves a dashboard under the name it has, as JSON or as YAML.
#[utoipa::path(
    post, path = "/api/v1/dashboards", operation_id = "create_dashboard", tag = "dashboards", params(Making),
    request_body(content((Dashboard = "application/json"), (String = "application/yaml"))),
    responses(
        (status = 201, description = "The dashboard", body = KeptDashboard),
        (status = 400, description = "Not a dashboard; the message names tile and field", body = ErrorBody),
        (status = 409, description = "The name is taken", body = ErrorBody),
    )
)]
pub(crate) async fn create(
    State(app): State<Shared>,
    Query(making): Query<Making>,
    body: Body,
) -> Result<(StatusCode, Json<KeptDashboard>), ApiError> {
    let dashboard = read(body).await?;
    let writes = if making.replace { Writes::Over } else { Writes::New };
    let written = write(&app, dashboard, writes).await?;
    Ok((StatusCode::CREATED, Json(written)))
}

/// A dashboard with all its versions, or as a file.
#[utoipa::path(
    get, path = "/api/v1/dashboards/{name}", operation_id = "show_dashboard", tag = "dashboards", params(("name" = String, Path), Form),
    responses(
        (status = 200, content((ShownDashboard = "application/json"), (String = "application/yaml"))),
        (status = 404, description = "No such dashboard", body = ErrorBody),
    )
)]
pub(crate) async fn show(
    State(app): State<Shared>,
    Path(name): Path<String>,
    Query(form): Query<Form>,
) -> Result<Response, ApiError> {
    let dashboards = Dashboards::load(app.lake.store()).await?;
    let kept = dashboards.get(&name)?;
    match form.format.as_deref() {
        None | Some("json") => {
            let versions = dashboards.versions(app.lake.store(), &name).await?;
            let versions = versions.iter().map(Kept::described).collect();
            Ok(Json(ShownDashboard { kept: kept.described(), versions }).into_response())
        }
        Some("yaml") => {
            let yaml = text::to_yaml(kept.readable()?)?;
            let name = HeaderValue::from_static("attachment; filename=\"dashboard.yaml\"");
            let media = HeaderValue::from_static(YAML);
            Ok(([(header::CONTENT_TYPE, media), (header::CONTENT_DISPOSITION, name)], yaml)
                .into_response())
        }
        Some(other) => Err(ApiError::bad(format!("no format is called `{other}`"), "json or yaml")),
    }
}

/// Writes a dashboard, new or in a new version; the same again is no new version.
#[utoipa::path(
    put, path = "/api/v1/dashboards/{name}", operation_id = "put_dashboard", tag = "dashboards", params(("name" = String, Path), Seen),
    request_body(content((Dashboard = "application/json"), (String = "application/yaml"))),
    responses(
        (status = 200, body = KeptDashboard),
        (status = 400, description = "Not a dashboard; the message names tile and field", body = ErrorBody),
        (status = 409, description = "Another version is in force", body = ErrorBody),
    )
)]
pub(crate) async fn put(
    State(app): State<Shared>,
    Path(name): Path<String>,
    Query(seen): Query<Seen>,
    body: Body,
) -> Result<Json<KeptDashboard>, ApiError> {
    let mut dashboard = read(body).await?;
    if dashboard.name.as_ref().is_some_and(|other| *other != name) {
        let hint = "leave `name` away, or write it under its own";
        return Err(ApiError::bad("a dashboard keeps its name", hint));
    }
    dashboard.name = Some(name);
    let writes = seen.version.map_or(Writes::Over, Writes::Version);
    Ok(Json(write(&app, dashboard, writes).await?))
}

/// Forgets a dashboard with all its versions.
#[utoipa::path(
    delete, path = "/api/v1/dashboards/{name}", operation_id = "delete_dashboard", tag = "dashboards", params(("name" = String, Path)),
    responses(
        (status = 204),
        (status = 404, description = "No such dashboard", body = ErrorBody),
        (status = 409, description = "It is built in", body = ErrorBody),
    )
)]
pub(crate) async fn delete(
    State(app): State<Shared>,
    Path(name): Path<String>,
) -> Result<StatusCode, ApiError> {
    let store = app.lake.store();
    Dashboards::load(store).await?.delete(store, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks every question of a dashboard of one snapshot, in one scan; the body may hold filters for
/// this run, which stand over those of the dashboard.
#[utoipa::path(
    post, path = "/api/v1/dashboards/{name}/run", operation_id = "run_dashboard", tag = "dashboards", params(("name" = String, Path), Written),
    request_body(content = Filters),
    responses(
        (status = 200, description = "The answers; a tile without one says why", body = RanDashboard),
        (status = 400, description = "Not filters", body = ErrorBody),
        (status = 404, description = "No such dashboard", body = ErrorBody),
    )
)]
pub(crate) async fn run(
    State(app): State<Shared>,
    Path(name): Path<String>,
    Query(written): Query<Written>,
    body: Body,
) -> Result<Response, ApiError> {
    let given = filters(&body::question(body).await?)?;
    let language = match written.language.as_deref() {
        None | Some("en") => Language::English,
        Some("zh") => Language::Chinese,
        Some(other) => {
            return Err(ApiError::bad(format!("no language is called `{other}`"), "en or zh"));
        }
    };
    let format = written.format.as_deref().unwrap_or("json");
    let file = match format {
        "json" | "presentation" => None,
        name => Some(
            Format::named(name)
                .filter(|format| matches!(format, Format::Xlsx | Format::Svg | Format::Png))
                .ok_or_else(|| {
                    let hint = "json, presentation, xlsx, svg or png";
                    ApiError::bad(format!("a dashboard is not written as `{name}`"), hint)
                })?,
        ),
    };
    let dashboards = Dashboards::load(app.lake.store()).await?;
    let kept = dashboards.get(&name)?;
    let ran = ask(&app, Run::new(kept, kept.readable()?, &given, now())).await?;
    let Some(format) = file else {
        let laid = if format == "json" { ran.answers() } else { ran.shown(language) };
        return Ok(Json(laid).into_response());
    };
    let task = tokio::task::spawn_blocking(move || ran.write(format, language));
    let bytes = task.await.map_err(ApiError::internal)?.map_err(|error| {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        ApiError::new(status, "not_writable", error.to_string(), "choose another format")
    })?;
    let name = format!("attachment; filename=\"dashboard.{}\"", format.name());
    let name = HeaderValue::from_str(&name).map_err(ApiError::internal)?;
    let media = HeaderValue::from_static(format.media_type());
    Ok(([(header::CONTENT_TYPE, media), (header::CONTENT_DISPOSITION, name)], bytes)
        .into_response())
}

async fn ask(app: &App, run: Run) -> Result<Ran, ApiError> {
    let answers = app.answer(run.questions()).await?;
    let outcomes = answers
        .into_iter()
        .map(|sent| sent.map_or_else(Outcome::from, |sent| Outcome::Answered(sent.answer)))
        .collect();
    Ok(run.ran(outcomes))
}

async fn read(body: Body) -> Result<Dashboard, ApiError> {
    let bytes = body::question(body).await?;
    let written = std::str::from_utf8(&bytes)
        .map_err(|_| ApiError::bad("the body is not UTF-8", "send JSON or YAML as UTF-8"))?;
    Ok(text::read(written)?)
}

async fn write(app: &App, dashboard: Dashboard, writes: Writes) -> Result<KeptDashboard, ApiError> {
    let store = app.lake.store();
    let written = Dashboards::load(store).await?.put(store, &[dashboard], writes, now()).await?;
    let kept = written.first().map(|written| written.kept.described());
    kept.ok_or_else(|| ApiError::internal("a dashboard was written and is not there"))
}

/// Filters for one run; nothing at all is none.
fn filters(body: &[u8]) -> Result<Filters, ApiError> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Filters::default());
    }
    let value: Value = serde_json::from_slice(body).map_err(|error| {
        let at = format!("line {}, column {}", error.line(), error.column());
        let message = format!("the body is not the JSON that is expected, at {at}: {error}");
        ApiError::bad(message, "check it there")
    })?;
    if !value.is_object() {
        return Err(ApiError::bad(
            format!("the filters are `{}`", json!(value)),
            "send a JSON object",
        ));
    }
    Ok(Filters::read(&value).map_err(BoardError::from)?)
}

#[expect(clippy::disallowed_methods, reason = "the service is where questions meet the clock")]
fn now() -> Timestamp {
    Timestamp::now()
}

impl From<BoardError> for ApiError {
    fn from(error: BoardError) -> ApiError {
        let (message, hint) = (error.to_string(), error.hint());
        let refused = |status, code| ApiError::new(status, code, message.clone(), hint.clone());
        match error {
            BoardError::Segment(error) => error.into(),
            BoardError::Unknown { .. } => refused(StatusCode::NOT_FOUND, "not_found"),
            BoardError::Taken(_) => ApiError::new(
                StatusCode::CONFLICT,
                "taken",
                message,
                "choose another name, or replace it with PUT",
            ),
            BoardError::BuiltIn(_) => refused(StatusCode::CONFLICT, "built_in"),
            BoardError::Store(StoreError::Conflict(Conflict::DashboardVersion { .. })) => {
                ApiError::new(StatusCode::CONFLICT, "changed", message, "read it again and retry")
            }
            BoardError::Store(StoreError::Invalid { reason }) => ApiError::bad(reason, ""),
            BoardError::Dashboard(_) | BoardError::Text { .. } | BoardError::Nameless => {
                refused(StatusCode::BAD_REQUEST, "bad_dashboard")
            }
            BoardError::Unreadable { .. } => {
                refused(StatusCode::UNPROCESSABLE_ENTITY, "unreadable")
            }
            BoardError::Store(_) | BoardError::Unwritable(_) => ApiError::internal(message),
        }
    }
}
