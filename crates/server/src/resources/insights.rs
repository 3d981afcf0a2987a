//! Questions and answers.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::app::Shared;
use crate::body;
use crate::error::ApiError;
use crate::export::{self, Format};
use crate::limits;

/// A kind of question.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Kind {
    /// Its name in paths.
    kind: &'static str,
    /// What it answers.
    summary: &'static str,
    /// A question of this kind.
    sample: Value,
}

/// How the answer is written.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// json (the default), csv, parquet, xlsx, svg or png.
    format: Option<String>,
    /// heatmap (the default) or curve, for svg and png.
    picture: Option<String>,
}

/// One of several questions.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// Kind of the question.
    kind: String,
    /// The question.
    question: Value,
}

/// The kinds of questions.
#[utoipa::path(get, path = "/api/v1/insights", tag = "insights", responses((status = 200, body = [Kind])))]
pub(crate) async fn list() -> Json<Vec<Kind>> {
    let kind = |insight: &&dyn perennial_insights::Insight| Kind {
        kind: insight.kind(),
        summary: insight.summary(),
        sample: insight.sample(),
    };
    Json(perennial_insights::all().iter().map(kind).collect())
}

/// Asks one question.
#[utoipa::path(
    post, path = "/api/v1/insights/{kind}", tag = "insights",
    params(("kind" = String, Path, description = "Kind of the question"), Written),
    request_body(content = Object, description = "The question; every field has a default"),
    responses(
        (status = 200, description = "The answer", body = Object),
        (status = 400, description = "The question is not one"),
        (status = 404, description = "No such kind"),
        (status = 413, description = "Larger than the limit"),
        (status = 422, description = "Refused: it has no honest answer on these data"),
    )
)]
pub(crate) async fn ask(
    State(app): State<Shared>,
    Path(kind): Path<String>,
    Query(written): Query<Written>,
    body: Body,
) -> Result<Response, ApiError> {
    let insight = perennial_insights::named(&kind)
        .ok_or_else(|| ApiError::not_found(format!("no insight is called `{kind}`")))?;
    let format = written.format.as_deref().unwrap_or("json");
    let format = Format::named(format).ok_or_else(|| {
        ApiError::bad(format!("no format is called `{format}`"), "json, csv, parquet, xlsx, svg or png")
    })?;
    let question = object(&body::question(body).await?)?;
    let answer = app.answer(vec![(kind.clone(), question)]).await?.pop();
    let answer = answer.ok_or_else(|| ApiError::internal("a question without an answer"))??;
    if format == Format::Json {
        return Ok(Json(Arc::unwrap_or_clone(answer)).into_response());
    }
    let mut presentation = insight.present(&answer)?;
    if written.picture.as_deref() == Some("curve") {
        presentation.pictures.reverse();
    }
    let task = tokio::task::spawn_blocking(move || export::write(format, &answer, &presentation));
    let bytes = task.await.map_err(ApiError::internal)?.map_err(|error| {
        ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "not_writable", error.to_string(), "choose another format")
    })?;
    let name = format!("attachment; filename=\"{}.{}\"", insight.kind(), format.name());
    let name = HeaderValue::from_str(&name).map_err(ApiError::internal)?;
    let media = HeaderValue::from_static(format.media_type());
    Ok(([(header::CONTENT_TYPE, media), (header::CONTENT_DISPOSITION, name)], bytes).into_response())
}

/// Asks several questions of one snapshot; what they scan is scanned once.
#[utoipa::path(
    post, path = "/api/v1/insights", tag = "insights",
    request_body(content = [Asked]),
    responses((status = 200, description = "An answer, a refusal or an error for each", body = [Object]))
)]
pub(crate) async fn ask_all(
    State(app): State<Shared>,
    body: Body,
) -> Result<Json<Vec<Value>>, ApiError> {
    let asked: Vec<Asked> = serde_json::from_slice(&body::question(body).await?).map_err(not_json)?;
    if asked.len() > limits::QUESTIONS {
        let hint = format!("ask at most {} at a time", limits::QUESTIONS);
        return Err(ApiError::bad(format!("{} questions at once", asked.len()), hint));
    }
    let asked = asked.into_iter().map(|one| (one.kind, one.question)).collect();
    let answers = app.answer(asked).await?.into_iter().map(|answer| match answer {
        Ok(answer) => Arc::unwrap_or_clone(answer),
        Err(error) => error.body(),
    });
    Ok(Json(answers.collect()))
}

/// A body that is a JSON object; nothing at all is the question with every default.
fn object(body: &[u8]) -> Result<Value, ApiError> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    let question: Value = serde_json::from_slice(body).map_err(not_json)?;
    match question {
        Value::Object(_) => Ok(question),
        other => Err(ApiError::bad(format!("the question is `{other}`"), "send a JSON object")),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the form `map_err` takes")]
fn not_json(error: serde_json::Error) -> ApiError {
    let at = format!("line {}, column {}", error.line(), error.column());
    ApiError::bad(format!("the body is not the JSON that is expected, at {at}: {error}"), "check it there")
}
