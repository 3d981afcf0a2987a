//! Imports: files come in as they are, are understood, and become rows.

mod look;
mod receive;
mod shapes;

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use perennial_lake::source::{Field, Preset, SourceOptions};
use perennial_store::ImportState;
use perennial_types::calendar::{DateFormat, Zone};
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempPath;
use utoipa::IntoParams;

use self::look::look;
use self::receive::receive;
use self::shapes::{DryRun, Kept, Letter, Letters, Look, Queued, TakenBack};
pub(crate) use self::shapes::{ImportReport, Standing};
use crate::app::Shared;
use crate::error::{ApiError, ErrorBody};
use crate::handover::{self, TOKEN_HEADER};
use crate::jobs::Job;
use crate::limits;

/// How a file is read.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct How {
    /// What the file is called.
    name: Option<String>,
    /// orders, events or none.
    preset: Option<String>,
    /// A JSON object of fields to columns: {"customer":"CustomerID"}.
    map: Option<String>,
    /// IANA zone of times that name none.
    zone: Option<String>,
    /// strftime pattern, or unix_seconds, unix_millis, unix_micros.
    date_format: Option<String>,
    /// Currency of amounts where no column says.
    currency: Option<String>,
    /// Only rows for which this holds.
    #[serde(rename = "where")]
    #[param(rename = "where")]
    condition: Option<String>,
    /// Whether the comma is the decimal mark of numbers: `1.234,5`.
    decimal_comma: Option<bool>,
    /// Look only: the mapping, ten rows and the counts.
    dry_run: Option<bool>,
    /// Import whose rows go when these come.
    replace: Option<String>,
    /// A file that was looked at before, by the token that look gave; the body is empty then.
    upload: Option<String>,
}

/// A page of dead letters.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    /// How many; 100 unless said.
    limit: Option<u32>,
    /// Only those after this one.
    after: Option<i64>,
}

/// Every import, those at work first. Each stands there once, under one id.
#[utoipa::path(get, path = "/api/v1/imports", operation_id = "list_imports", tag = "imports", responses((status = 200, body = [ImportReport])))]
pub(crate) async fn list(State(app): State<Shared>) -> Result<Json<Vec<ImportReport>>, ApiError> {
    // Jobs first: one that ends in between is then in the lake, and in no case missing.
    let jobs = app.jobs.without_rows();
    let done = app.lake.imports().await?;
    let ended: Vec<_> = done.into_iter().filter(|one| one.state != ImportState::Running).collect();
    let is_known = |id: &str| ended.iter().any(|import| import.id == id);
    let mut imports: Vec<ImportReport> =
        jobs.into_iter().filter(|job| !is_known(&job.id)).collect();
    imports.extend(ended.into_iter().map(ImportReport::from));
    Ok(Json(imports))
}

/// Takes a file in, or only looks at it. What was looked at is kept for a while: the import, or
/// another look, names it by `upload` and sends an empty body.
#[utoipa::path(
    post, path = "/api/v1/imports", operation_id = "create_import", tag = "imports", params(How),
    request_body(content_type = "application/octet-stream", description = "The file as it is; empty with `upload`"),
    responses(
        (status = 200, description = "What was found, with `dry_run`", body = DryRun),
        (status = 202, description = "The id to ask about", body = Queued),
        (status = 400, description = "Not a way to read a file", body = ErrorBody),
        (status = 408, description = "It stopped coming", body = ErrorBody),
        (status = 410, description = "The upload is no longer kept", body = ErrorBody),
        (status = 413, description = "Too large", body = ErrorBody),
        (status = 422, description = "Not a table that can be read", body = ErrorBody),
        (status = 429, description = "Too many imports wait", body = ErrorBody),
    )
)]
pub(crate) async fn create(
    State(app): State<Shared>,
    Query(how): Query<How>,
    body: Body,
) -> Result<Response, ApiError> {
    let options = SourceOptions { guard: app.guard, ..options(&how)? };
    let (name, file) = match &how.upload {
        Some(token) => {
            let kept = app.uploads.find(token, Instant::now()).ok_or_else(|| gone(token))?;
            (how.name.clone().unwrap_or(kept.name), kept.path)
        }
        None => {
            let file = receive(body, app.lake.folder().tmp()).await?;
            (how.name.clone().unwrap_or_else(|| "upload".to_owned()), Arc::new(file))
        }
    };
    if how.dry_run == Some(true) {
        return Ok(Json(dry_run(&app, how.upload, name, file, options).await?).into_response());
    }
    let path = file.to_path_buf();
    let (name, upload) = (Some(name), Some(file));
    let job = Job { path, name, options, replaces: how.replace, after: None, upload };
    let id = app.jobs.push(job).ok_or_else(too_many)?;
    if let Some(token) = &how.upload {
        app.uploads.forget(token);
    }
    Ok((StatusCode::ACCEPTED, Json(Queued { id })).into_response())
}

/// Looks at a file and keeps it, under the token it already has.
async fn dry_run(
    app: &Shared,
    token: Option<String>,
    name: String,
    file: Arc<TempPath>,
    options: SourceOptions,
) -> Result<DryRun, ApiError> {
    let (looked_at, called) = (file.clone(), name.clone());
    let look = tokio::task::spawn_blocking(move || look(&called, &looked_at, &options));
    let Look { detected, rows, counts } = look.await.map_err(ApiError::internal)??;
    let token = token.unwrap_or_else(|| app.uploads.keep(name, file, Instant::now()));
    Ok(DryRun { detected, rows, counts, upload: Kept { token, seconds: limits::UPLOAD_SECONDS } })
}

/// Takes files of this machine in, for a process that may read the data folder.
pub(crate) async fn local(
    State(app): State<Shared>,
    headers: HeaderMap,
    Json(job): Json<handover::Job>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let shown = headers.get(TOKEN_HEADER).map(|token| token.as_bytes()).unwrap_or_default();
    if !is_equal(shown, app.token.as_bytes()) {
        let hint = "only a process that may read the data folder can hand work over";
        return Err(ApiError::new(StatusCode::FORBIDDEN, "forbidden", "the token is wrong", hint));
    }
    let is_replacing = job.replaces.is_some();
    let mut replaces = job.replaces;
    let mut ids: Vec<String> = Vec::new();
    for path in job.paths {
        let options = SourceOptions { guard: app.guard, ..job.options.clone() };
        let after = ids.last().filter(|_| is_replacing).cloned();
        let replaces = replaces.take();
        let queued = Job { path, name: None, options, replaces, after, upload: None };
        ids.push(app.jobs.push(queued).ok_or_else(too_many)?);
    }
    Ok((StatusCode::ACCEPTED, Json(json!({ "ids": ids }))))
}

/// How an import stands.
#[utoipa::path(
    get, path = "/api/v1/imports/{id}", operation_id = "show_import", tag = "imports", params(("id" = String, Path)),
    responses((status = 200, body = ImportReport), (status = 404, description = "No such import", body = ErrorBody))
)]
pub(crate) async fn show(
    State(app): State<Shared>,
    Path(id): Path<String>,
) -> Result<Json<ImportReport>, ApiError> {
    if let Some(report) = app.jobs.report(&id) {
        return Ok(Json(report));
    }
    let import = app.lake.store().import(&id).await?;
    let import = import.ok_or_else(|| ApiError::not_found(format!("no import `{id}`")))?;
    Ok(Json(import.into()))
}

/// Takes the rows of an import back.
#[utoipa::path(
    post, path = "/api/v1/imports/{id}/undo", operation_id = "undo_import", tag = "imports", params(("id" = String, Path)),
    responses(
        (status = 200, description = "Undone", body = TakenBack),
        (status = 404, description = "No such import", body = ErrorBody),
        (status = 409, description = "It has no rows to take back", body = ErrorBody),
    )
)]
pub(crate) async fn undo(
    State(app): State<Shared>,
    Path(id): Path<String>,
) -> Result<Json<TakenBack>, ApiError> {
    let undone = app.lake.undo(&id).await?;
    Ok(Json(TakenBack { id, state: Standing::Undone, n_rows: undone.n_rows }))
}

/// The rows of an import that could not be taken.
#[utoipa::path(
    get, path = "/api/v1/imports/{id}/dead-letters", operation_id = "list_dead_letters", tag = "imports",
    params(("id" = String, Path), Page),
    responses((status = 200, body = Letters), (status = 400, description = "A limit of 0 or too large", body = ErrorBody))
)]
pub(crate) async fn letters(
    State(app): State<Shared>,
    Path(id): Path<String>,
    Query(page): Query<Page>,
) -> Result<Json<Letters>, ApiError> {
    let limit = page.limit.unwrap_or(100);
    if limit == 0 || limit > limits::LETTERS {
        let hint = format!("ask for 1 to {}", limits::LETTERS);
        return Err(ApiError::bad(format!("`limit` is `{limit}`"), hint));
    }
    let import = app.lake.store().import(&id).await?;
    if import.is_none() {
        return Err(ApiError::not_found(format!("no import `{id}`")));
    }
    let after = page.after.unwrap_or(0);
    let letters = app.lake.store().dead_letters(Some(&id), after, limit).await?;
    let next =
        (letters.len() == limit as usize).then(|| letters.last().map(|one| one.id)).flatten();
    Ok(Json(Letters { letters: letters.into_iter().map(Letter::from).collect(), next }))
}

fn gone(token: &str) -> ApiError {
    let message = format!("the upload `{token}` is no longer kept");
    ApiError::new(StatusCode::GONE, "upload_gone", message, "send the file again")
        .in_chinese(format!("上传的“{token}”已不再保留"), "请重新上传该文件")
}

fn too_many() -> ApiError {
    let hint = "wait until some of them are done";
    ApiError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_imports", "too many imports wait", hint)
        .in_chinese("等待中的导入过多", "请等其中一些完成")
}

/// Compares without telling by time how much of it was right.
fn is_equal(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len()
        && left.iter().zip(right).fold(0, |differing, (left, right)| differing | (left ^ right))
            == 0
}

#[expect(clippy::disallowed_methods, reason = "the service is where imports meet the clock")]
fn options(how: &How) -> Result<SourceOptions, ApiError> {
    let preset = match how.preset.as_deref() {
        None | Some("orders") => Preset::Orders,
        Some("events") => Preset::Events,
        Some("none") => Preset::None,
        Some(other) => {
            return Err(ApiError::bad(
                format!("no preset is called `{other}`"),
                "orders, events or none",
            ));
        }
    };
    let zone = how.zone.as_deref().map(Zone::named).transpose();
    let zone = zone.map_err(|error| {
        ApiError::bad(error.to_string(), error.hint())
            .in_chinese(error.in_chinese(), error.hint_in_chinese())
    })?;
    let date_format = how.date_format.as_deref().map(|text| match text {
        "auto" => DateFormat::Auto,
        "unix_seconds" => DateFormat::UnixSeconds,
        "unix_millis" => DateFormat::UnixMillis,
        "unix_micros" => DateFormat::UnixMicros,
        pattern => DateFormat::Explicit(pattern.to_owned()),
    });
    Ok(SourceOptions {
        map: how.map.as_deref().map(map).transpose()?.unwrap_or_default(),
        zone: zone.unwrap_or_else(Zone::utc),
        date_format,
        currency: how.currency.clone(),
        where_: how.condition.clone(),
        decimal_comma: how.decimal_comma == Some(true),
        ..SourceOptions::new(preset, jiff::Timestamp::now().as_microsecond())
    })
}

fn map(text: &str) -> Result<Vec<(Field, String)>, ApiError> {
    let fields: std::collections::BTreeMap<Field, String> =
        serde_json::from_str(text).map_err(|error| {
            ApiError::bad(format!("`map`: {error}"), "write {\"customer\":\"CustomerID\"}")
        })?;
    Ok(fields.into_iter().collect())
}
