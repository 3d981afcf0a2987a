//! Segments: saved conditions over customers, who satisfies them, who came and who went.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use perennial_engine::cache::CachedSource;
use perennial_insights::Answer;
use perennial_insights::present::{CellValue, ColumnKind, Presentation, Table};
use perennial_insights::segment::who::instant;
use perennial_store::{Conflict, NewSegment, StoreError};
use perennial_types::calendar::{Micros, Zone};
use perennial_types::condition::CustomerCondition;
use perennial_types::filter::Language;
use perennial_types::key::CustomerKey;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, OpenApi, ToSchema};

use crate::app::{App, Shared};
use crate::error::ApiError;
use crate::export::{self, Format};
use crate::ids::{fill_ids, outside_ids};
use crate::segments::{Library, SegmentError, described, difference, keys, size};

/// The part of the description that is about segments.
#[derive(OpenApi)]
#[openapi(
    paths(list, create, preview, show, replace, delete, members, diff),
    components(schemas(SegmentBody, PreviewBody))
)]
pub(crate) struct Api;

/// A segment to be written.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SegmentBody {
    /// Its name; in the path where it is replaced.
    #[serde(default)]
    name: Option<String>,
    /// Its condition, as text or as JSON.
    #[schema(value_type = Object)]
    condition: Value,
    /// Who answers for it.
    #[serde(default)]
    owner: Option<String>,
    /// What it is for.
    #[serde(default)]
    description: Option<String>,
}

/// A condition to be tried.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PreviewBody {
    /// The condition, as text or as JSON.
    #[schema(value_type = Object)]
    condition: Value,
    /// An instant, or a date whose end is meant; now unless said.
    #[serde(default)]
    as_of: Option<String>,
    /// IANA zone of its civil days; that of the workspace unless said.
    #[serde(default)]
    zone: Option<String>,
}

/// At which time.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct At {
    /// An instant, or a date whose end is meant; now unless said.
    as_of: Option<String>,
    /// IANA zone of its civil days; that of the workspace unless said.
    zone: Option<String>,
    /// json (the default), csv, parquet or xlsx.
    format: Option<String>,
}

/// Between which times.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Between {
    /// An instant, or a date whose end is meant.
    from: String,
    /// Likewise; now unless said.
    to: Option<String>,
    /// IANA zone of its civil days; that of the workspace unless said.
    zone: Option<String>,
}

/// Every segment in its newest version.
#[utoipa::path(get, path = "/api/v1/segments", operation_id = "list_segments", tag = "segments", responses((status = 200, body = [Object])))]
pub(crate) async fn list(State(app): State<Shared>) -> Result<Json<Vec<Value>>, ApiError> {
    let library = Library::load(app.lake.store()).await?;
    let pairs = library.segments.iter().filter_map(|one| library.get(&one.name).ok());
    Ok(Json(pairs.map(|(segment, condition)| described(segment, condition, &library)).collect()))
}

/// Makes a segment.
#[utoipa::path(
    post, path = "/api/v1/segments", operation_id = "create_segment", tag = "segments", request_body = SegmentBody,
    responses(
        (status = 201, description = "The segment", body = Object),
        (status = 400, description = "Not a condition; the message points at the place"),
        (status = 409, description = "The name is taken"),
    )
)]
pub(crate) async fn create(
    State(app): State<Shared>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let body: SegmentBody = read(&body)?;
    let name = body
        .name
        .clone()
        .ok_or_else(|| ApiError::bad("`name` is missing", "give the segment a name"))?;
    Ok((StatusCode::CREATED, Json(write(&app, name, body, false).await?)))
}

/// Says what a condition means and how many satisfy it, without keeping it.
#[utoipa::path(
    post, path = "/api/v1/conditions/preview", operation_id = "preview_condition", tag = "segments", request_body = PreviewBody,
    responses(
        (status = 200, description = "Text, sentence and size", body = Object),
        (status = 400, description = "Not a condition; the message points at the place"),
    )
)]
pub(crate) async fn preview(
    State(app): State<Shared>,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    let body: PreviewBody = read(&body)?;
    let condition = condition(&body.condition)?;
    let library = Library::load(app.lake.store()).await?;
    let (as_of, zone) = at(&app, body.as_of.as_deref(), body.zone.as_deref())?;
    let asked = library.asked(&condition, as_of, &zone)?;
    let size = size(&app.session, &source(&app).await?, &asked).await?;
    Ok(Json(json!({
        "condition": condition,
        "text": condition.to_string(),
        "en": condition.in_words(Language::English),
        "zh": condition.in_words(Language::Chinese),
        "as_of": shown(as_of),
        "zone": zone,
        "n_customers": size.n_customers,
        "of": size.of,
        "warnings": size.warnings,
    })))
}

/// A segment with all its versions.
#[utoipa::path(
    get, path = "/api/v1/segments/{name}", operation_id = "show_segment", tag = "segments", params(("name" = String, Path)),
    responses((status = 200, body = Object), (status = 404, description = "No such segment"))
)]
pub(crate) async fn show(
    State(app): State<Shared>,
    Path(name): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let library = Library::load(app.lake.store()).await?;
    let (segment, condition) = library.get(&name)?;
    let mut shown = described(segment, condition, &library);
    let versions = app.lake.store().segment_versions(&name).await?;
    let version = |one: &perennial_store::Segment| {
        json!({ "version": one.version, "condition": one.condition, "owner": one.owner,
                "description": one.description, "updated_at": self::shown(one.updated_at) })
    };
    shown["versions"] = versions.iter().map(version).collect();
    Ok(Json(shown))
}

/// Writes a new version of a segment.
#[utoipa::path(
    put, path = "/api/v1/segments/{name}", operation_id = "replace_segment", tag = "segments", params(("name" = String, Path)),
    request_body = SegmentBody,
    responses((status = 200, body = Object), (status = 404, description = "No such segment"))
)]
pub(crate) async fn replace(
    State(app): State<Shared>,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    let body: SegmentBody = read(&body)?;
    if body.name.as_ref().is_some_and(|other| *other != name) {
        return Err(ApiError::bad(
            "a segment keeps its name",
            "leave `name` away, or make a new one",
        ));
    }
    Library::load(app.lake.store()).await?.get(&name)?;
    Ok(Json(write(&app, name, body, true).await?))
}

/// Forgets a segment that no other names.
#[utoipa::path(
    delete, path = "/api/v1/segments/{name}", operation_id = "delete_segment", tag = "segments", params(("name" = String, Path)),
    responses((status = 204), (status = 404, description = "No such segment"), (status = 409, description = "Others name it"))
)]
pub(crate) async fn delete(
    State(app): State<Shared>,
    Path(name): Path<String>,
) -> Result<StatusCode, ApiError> {
    let library = Library::load(app.lake.store()).await?;
    library.delete(app.lake.store(), &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The customers of a segment, as of any time.
#[utoipa::path(
    get, path = "/api/v1/segments/{name}/members", operation_id = "list_members", tag = "segments", params(("name" = String, Path), At),
    responses((status = 200, body = Object), (status = 404, description = "No such segment"))
)]
pub(crate) async fn members(
    State(app): State<Shared>,
    Path(name): Path<String>,
    Query(query): Query<At>,
) -> Result<Response, ApiError> {
    let format = query.format.as_deref().unwrap_or("json");
    let format =
        Format::named(format).filter(|format| !matches!(format, Format::Svg | Format::Png));
    let format = format.ok_or_else(|| {
        ApiError::bad("customers are written as a table", "json, csv, parquet or xlsx")
    })?;
    let library = Library::load(app.lake.store()).await?;
    let (segment, condition) = library.get(&name)?;
    let (as_of, zone) = at(&app, query.as_of.as_deref(), query.zone.as_deref())?;
    let asked = library.asked(condition, as_of, &zone)?;
    let customers = keys(&app.session, &source(&app).await?, &asked).await?;
    let mut answer = Answer::from(json!({
        "segment": name, "version": segment.version, "as_of": shown(as_of), "zone": zone,
        "en": condition.in_words(Language::English), "zh": condition.in_words(Language::Chinese),
    }));
    fill_ids(&app.lake, &mut answer, &customers).await?;
    if format == Format::Json {
        return Ok(Json(answer).into_response());
    }
    let bytes = export::write(format, &answer, &as_table(&answer.tree(), condition))
        .map_err(ApiError::internal)?;
    Ok(([(header::CONTENT_TYPE, format.media_type())], bytes).into_response())
}

/// Who came into a segment and who left it between two times.
#[utoipa::path(
    get, path = "/api/v1/segments/{name}/diff", operation_id = "diff_segment", tag = "segments", params(("name" = String, Path), Between),
    responses((status = 200, body = Object), (status = 404, description = "No such segment"))
)]
pub(crate) async fn diff(
    State(app): State<Shared>,
    Path(name): Path<String>,
    Query(query): Query<Between>,
) -> Result<Json<Value>, ApiError> {
    let library = Library::load(app.lake.store()).await?;
    let (segment, condition) = library.get(&name)?;
    let (from, zone) = at(&app, Some(&query.from), query.zone.as_deref())?;
    let (to, _) = at(&app, query.to.as_deref(), query.zone.as_deref())?;
    let (before, after) =
        (library.asked(condition, from, &zone)?, library.asked(condition, to, &zone)?);
    let found = difference(&app.session, &source(&app).await?, before, after).await?;
    Ok(Json(json!({
        "segment": name, "version": segment.version, "from": shown(from), "to": shown(to), "zone": zone,
        "entered": listed(&app, &found.entered).await?,
        "left": listed(&app, &found.left).await?,
        "n_stayed": found.n_stayed,
    })))
}

async fn listed(app: &App, customers: &[CustomerKey]) -> Result<Value, ApiError> {
    let ids = outside_ids(&app.lake, customers).await?;
    Ok(json!({ "total": ids.len(), "ids": ids }))
}

fn as_table(answer: &Value, condition: &CustomerCondition) -> Presentation {
    let mut table = Table::new("customers", true, &[("customer", ColumnKind::Text)]);
    let ids = answer["customers"]["ids"].as_array().into_iter().flatten();
    table.rows = ids.map(|id| vec![CellValue::text(id.as_str())]).collect();
    Presentation {
        tables: vec![table],
        definition: (condition.in_words(Language::English), condition.in_words(Language::Chinese)),
        ..Presentation::default()
    }
}

async fn write(
    app: &App,
    name: String,
    body: SegmentBody,
    replaces: bool,
) -> Result<Value, ApiError> {
    let condition = condition(&body.condition)?;
    let new = NewSegment {
        name,
        condition: json!(condition),
        owner: body.owner,
        description: body.description,
        at: now(),
    };
    let mut library = Library::load(app.lake.store()).await?;
    let segment = library.put(app.lake.store(), &new, &condition, replaces).await?;
    Ok(described(&segment, &condition, &library))
}

async fn source(app: &App) -> Result<CachedSource, ApiError> {
    Ok(app.cached(Arc::new(app.lake.snapshot().await?)))
}

fn read<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body).map_err(|error| {
        let at = format!("line {}, column {}", error.line(), error.column());
        ApiError::bad(
            format!("the body is not the JSON that is expected, at {at}: {error}"),
            "check it there",
        )
    })
}

fn condition(json: &Value) -> Result<CustomerCondition, SegmentError> {
    Ok(match json {
        Value::String(text) => text.parse()?,
        other => CustomerCondition::from_json(other)?,
    })
}

fn at(app: &App, as_of: Option<&str>, zone: Option<&str>) -> Result<(Micros, Zone), ApiError> {
    let zone = Zone::named(zone.unwrap_or(&app.lake.workspace().zone))
        .map_err(|error| ApiError::bad(error.to_string(), error.hint()))?;
    let as_of = as_of.map_or(Ok(now()), |text| instant(text, &zone))?;
    Ok((as_of, zone))
}

fn shown(at: Micros) -> Option<String> {
    jiff::Timestamp::from_microsecond(at).map(|ts| ts.to_string()).ok()
}

#[expect(clippy::disallowed_methods, reason = "the service is where questions meet the clock")]
fn now() -> Micros {
    jiff::Timestamp::now().as_microsecond()
}

impl From<SegmentError> for ApiError {
    fn from(error: SegmentError) -> ApiError {
        let (message, hint) = (error.to_string(), error.hint());
        match error {
            SegmentError::Ask(error) => error.into(),
            SegmentError::Unknown { .. } => {
                ApiError::new(StatusCode::NOT_FOUND, "not_found", message, hint)
            }
            SegmentError::Taken(_) => ApiError::new(
                StatusCode::CONFLICT,
                "taken",
                message,
                "choose another name, or replace it with PUT",
            ),
            SegmentError::InUse { .. } => {
                ApiError::new(StatusCode::CONFLICT, "in_use", message, hint)
            }
            SegmentError::Store(StoreError::Conflict(Conflict::SegmentVersion { .. })) => {
                ApiError::new(StatusCode::CONFLICT, "changed", message, "read it again and retry")
            }
            SegmentError::Store(StoreError::Invalid { reason }) => ApiError::bad(reason, ""),
            SegmentError::Store(_) | SegmentError::Unreadable { .. } => ApiError::internal(message),
        }
    }
}
