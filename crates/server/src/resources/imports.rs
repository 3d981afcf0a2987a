//! Imports: files come in as they are, are understood, and become rows.

use std::path::PathBuf;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use perennial_lake::source::{self, Field, Input, Preset, SourceOptions};
use perennial_store::{Import, ImportState};
use perennial_types::calendar::{DateFormat, Zone};
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempPath;
use tokio::io::AsyncWriteExt;
use utoipa::IntoParams;

use crate::app::Shared;
use crate::body;
use crate::error::ApiError;
use crate::handover::{self, TOKEN_HEADER};
use crate::jobs::Job;
use crate::limits;

/// Rows shown of a file that is only looked at.
const SHOWN: usize = 10;

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

/// Every import, those at work first.
#[utoipa::path(get, path = "/api/v1/imports", tag = "imports", responses((status = 200, body = [Object])))]
pub(crate) async fn list(State(app): State<Shared>) -> Result<Json<Vec<Value>>, ApiError> {
    let mut imports = app.jobs.open();
    let done = app.lake.imports().await?;
    let ended = done.iter().filter(|import| import.state != ImportState::Running);
    imports.extend(ended.map(report));
    Ok(Json(imports))
}

/// Takes a file in, or only looks at it.
#[utoipa::path(
    post, path = "/api/v1/imports", tag = "imports", params(How),
    request_body(content_type = "application/octet-stream", description = "The file as it is"),
    responses(
        (status = 200, description = "What was found, with `dry_run`", body = Object),
        (status = 202, description = "The id to ask about", body = Object),
        (status = 413, description = "Too large"),
        (status = 422, description = "Not a table that can be read"),
    )
)]
pub(crate) async fn create(
    State(app): State<Shared>,
    Query(how): Query<How>,
    body: Body,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let options = SourceOptions { guard: app.guard, ..options(&how)? };
    let name = how.name.clone().unwrap_or_else(|| "upload".to_owned());
    let upload = receive(body, app.lake.folder().tmp()).await?;
    if how.dry_run == Some(true) {
        let look = tokio::task::spawn_blocking(move || look(&name, &upload, &options));
        let found = look.await.map_err(ApiError::internal)??;
        return Ok((StatusCode::OK, Json(found)));
    }
    let path = upload.to_path_buf();
    let (replaces, upload) = (how.replace, Some(upload));
    let id = app.jobs.push(Job { path, name: Some(name), options, replaces, upload });
    let id = id.ok_or_else(too_many)?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "id": id }))))
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
    let mut ids = Vec::new();
    for path in job.paths {
        let options = SourceOptions { guard: app.guard, ..job.options.clone() };
        let replaces = job.replaces.clone();
        let queued = Job { path, name: None, options, replaces, upload: None };
        ids.push(app.jobs.push(queued).ok_or_else(too_many)?);
    }
    Ok((StatusCode::ACCEPTED, Json(json!({ "ids": ids }))))
}

/// How an import stands.
#[utoipa::path(
    get, path = "/api/v1/imports/{id}", tag = "imports", params(("id" = String, Path)),
    responses((status = 200, body = Object), (status = 404, description = "No such import"))
)]
pub(crate) async fn show(
    State(app): State<Shared>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    if let Some(report) = app.jobs.report(&id) {
        return Ok(Json(report));
    }
    let import = app.lake.store().import(&id).await?;
    let import = import.ok_or_else(|| ApiError::not_found(format!("no import `{id}`")))?;
    Ok(Json(report(&import)))
}

/// Takes the rows of an import back.
#[utoipa::path(
    post, path = "/api/v1/imports/{id}/undo", tag = "imports", params(("id" = String, Path)),
    responses(
        (status = 200, description = "Undone", body = Object),
        (status = 404, description = "No such import"),
        (status = 409, description = "It has no rows to take back"),
    )
)]
pub(crate) async fn undo(
    State(app): State<Shared>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let undone = app.lake.undo(&id).await?;
    Ok(Json(json!({ "id": id, "state": "undone", "n_rows": undone.n_rows })))
}

/// The rows of an import that could not be taken.
#[utoipa::path(
    get, path = "/api/v1/imports/{id}/dead-letters", tag = "imports",
    params(("id" = String, Path), Page),
    responses((status = 200, body = Object), (status = 400, description = "A limit of 0 or too large"))
)]
pub(crate) async fn letters(
    State(app): State<Shared>,
    Path(id): Path<String>,
    Query(page): Query<Page>,
) -> Result<Json<Value>, ApiError> {
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
    let next = (letters.len() == limit as usize).then(|| letters.last().map(|one| one.id)).flatten();
    let letters: Vec<Value> = letters
        .into_iter()
        .map(|one| {
            json!({
                "id": one.id, "file": one.letter.file, "row": one.letter.row,
                "column": one.letter.column, "value": one.letter.value,
                "reason": one.letter.reason,
                "raw": String::from_utf8_lossy(&one.letter.raw), "capped": one.is_capped,
            })
        })
        .collect();
    Ok(Json(json!({ "letters": letters, "next": next })))
}

fn report(import: &Import) -> Value {
    let instant = |ts: i64| jiff::Timestamp::from_microsecond(ts).map(|ts| ts.to_string()).ok();
    json!({
        "id": import.id, "import": import.id, "state": import.state, "name": import.name,
        "read": import.counts.read, "accepted": import.counts.accepted,
        "rejected": import.counts.rejected, "duplicate": import.counts.duplicate,
        "by_reason": import.counts.by_reason, "bytes": import.n_bytes, "total_bytes": import.n_bytes,
        "started_at": instant(import.started_at),
        "finished_at": import.finished_at.and_then(instant),
        "error": import.error,
    })
}

fn too_many() -> ApiError {
    let hint = "wait until some of them are done";
    ApiError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_imports", "too many imports wait", hint)
}

/// Compares without telling by time how much of it was right.
fn is_equal(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len()
        && left.iter().zip(right).fold(0, |differing, (left, right)| differing | (left ^ right)) == 0
}

/// Writes a body into a file that goes away with the job.
async fn receive(body: Body, folder: PathBuf) -> Result<TempPath, ApiError> {
    std::fs::create_dir_all(&folder).map_err(ApiError::internal)?;
    let made = tempfile::Builder::new().prefix("upload-").tempfile_in(&folder);
    let (file, path) = made.map_err(ApiError::internal)?.into_parts();
    let mut file = tokio::fs::File::from_std(file);
    let mut stream = body.into_data_stream();
    let mut n_bytes = 0;
    while let Some(bytes) = body::next(&mut stream).await? {
        n_bytes += bytes.len() as u64;
        if n_bytes > limits::UPLOAD_BYTES {
            let message = format!("the file is larger than {} bytes", limits::UPLOAD_BYTES);
            let hint = "split it, or use `perennial import`";
            return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message, hint));
        }
        file.write_all(&bytes).await.map_err(ApiError::internal)?;
    }
    file.flush().await.map_err(ApiError::internal)?;
    Ok(path)
}

#[expect(clippy::disallowed_methods, reason = "the service is where imports meet the clock")]
fn options(how: &How) -> Result<SourceOptions, ApiError> {
    let preset = match how.preset.as_deref() {
        None | Some("orders") => Preset::Orders,
        Some("events") => Preset::Events,
        Some("none") => Preset::None,
        Some(other) => {
            return Err(ApiError::bad(format!("no preset is called `{other}`"), "orders, events or none"));
        }
    };
    let zone = how.zone.as_deref().map(Zone::named).transpose();
    let zone = zone.map_err(|error| ApiError::bad(error.to_string(), error.hint()))?;
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
    let fields: std::collections::BTreeMap<Field, String> = serde_json::from_str(text)
        .map_err(|error| ApiError::bad(format!("`map`: {error}"), "write {\"customer\":\"CustomerID\"}"))?;
    Ok(fields.into_iter().collect())
}

/// What is in a file, and how it is understood.
fn look(name: &str, path: &std::path::Path, options: &SourceOptions) -> Result<Value, ApiError> {
    let file = std::fs::File::open(path).map_err(ApiError::internal)?;
    let opened = source::open(Input::stream(name.to_owned(), file), options);
    let mut source = opened.map_err(perennial_lake::LakeError::from)?;
    let detected = source.report().clone();
    let mut shown = Vec::new();
    let (mut n_read, mut n_taken) = (0, 0);
    let mut by_reason = std::collections::BTreeMap::<&str, u64>::new();
    while let Some(rows) = source.next().map_err(perennial_lake::LakeError::from)? {
        n_read += rows.n_read;
        n_taken += rows.row.len() as u64;
        for reject in &rows.rejects {
            *by_reason.entry(reject.reason).or_default() += 1;
        }
        let missing = SHOWN.saturating_sub(shown.len()).min(rows.row.len());
        shown.extend((0..missing).map(|index| row(&rows, index)));
    }
    let mapping: Vec<Value> = detected
        .mapping
        .iter()
        .map(|field| json!({ "field": field.field.name(), "from": field.from, "why": field.why.to_string() }))
        .collect();
    Ok(json!({
        "detected": {
            "format": format!("{:?}", detected.format).to_lowercase(),
            "compression": format!("{:?}", detected.compression).to_lowercase(),
            "encoding": detected.encoding,
            "delimiter": detected.delimiter.map(|byte| char::from(byte).to_string()),
            "sheet": detected.sheet,
            "columns": detected.columns,
            "mapping": mapping,
            "properties": detected.properties,
            "notes": detected.notes,
        },
        "rows": shown,
        "counts": {
            "read": n_read, "accepted": n_taken, "rejected": n_read - n_taken, "duplicate": 0,
            "by_reason": by_reason,
        },
    }))
}

fn row(rows: &source::Rows, index: usize) -> Value {
    use arrow::array::{Array, StringArray};
    let text = |column: &StringArray| column.is_valid(index).then(|| column.value(index).to_owned());
    let decimal = |column: &[Option<i64>]| {
        column[index].map(|value| perennial_types::money::decimal_text(i128::from(value)))
    };
    let ts = jiff::Timestamp::from_microsecond(rows.ts[index]).map(|ts| ts.to_string()).ok();
    json!({
        "row": rows.row[index], "customer": text(&rows.customer), "ts": ts,
        "event": text(&rows.event), "order_id": text(&rows.order_id), "item": text(&rows.item),
        "quantity": decimal(&rows.quantity), "amount": decimal(&rows.amount),
        "currency": text(&rows.currency), "session": text(&rows.session),
        "properties": text(&rows.properties),
    })
}
