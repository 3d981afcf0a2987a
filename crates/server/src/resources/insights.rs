//! Questions and answers.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use perennial_insights::present::{Presentation, Table};
use perennial_types::filter::Language;
use perennial_types::question::{Definition, Warning};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::app::Shared;
use crate::body;
use crate::error::{ApiError, ErrorBody};
use crate::export::{self, Format};
use crate::limits;
use crate::openapi::{AnyQuestion, AnyReply};
use crate::sent::Sent;

/// A kind of question.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Kind {
    /// Its name in paths.
    kind: &'static str,
    /// What it is called.
    title: String,
    /// 名称。
    title_zh: String,
    /// What it answers.
    summary: &'static str,
    /// 它回答什么。
    summary_zh: &'static str,
    /// A question of this kind that works on any data.
    #[schema(value_type = AnyQuestion)]
    sample: Value,
}

/// How the answer is written.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// json (the default), presentation (the same laid out for people), csv, parquet, xlsx, svg or
    /// png.
    format: Option<String>,
    /// Which picture svg and png draw: heatmap (the default), curve, or its place among the
    /// answer's own, from 0.
    picture: Option<String>,
    /// en (the default) or zh: headings, warnings and the definition of whatever is laid out for
    /// people.
    language: Option<String>,
}

/// An answer laid out for people.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Presented {
    /// Tables; the first is the one to show when there is room for one.
    tables: Vec<Table>,
    /// How many pictures there are; `format=svg&picture=0` draws the first.
    n_pictures: usize,
    /// What exactly was computed.
    #[schema(value_type = Definition)]
    definition: Value,
    /// What the reader should know.
    #[schema(value_type = Vec<Warning>)]
    warnings: Value,
    /// The question, every default filled in.
    #[schema(value_type = AnyQuestion)]
    question: Value,
}

/// One of several questions.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// Kind of the question.
    kind: String,
    /// The question.
    #[schema(value_type = AnyQuestion)]
    question: Value,
}

/// The kinds of questions.
#[utoipa::path(get, path = "/api/v1/insights", operation_id = "list_insights", tag = "insights", responses((status = 200, body = [Kind])))]
pub(crate) async fn list() -> Json<Vec<Kind>> {
    let kind = |insight: &&dyn perennial_insights::Insight| Kind {
        kind: insight.kind(),
        title: insight.title().en,
        title_zh: insight.title().zh,
        summary: insight.summary(),
        summary_zh: insight.summary_zh(),
        sample: insight.sample(),
    };
    Json(perennial_insights::all().iter().map(kind).collect())
}

/// Asks one question. Described kind by kind in `openapi`.
pub(crate) async fn ask(
    State(app): State<Shared>,
    Path(kind): Path<String>,
    Query(written): Query<Written>,
    body: Body,
) -> Result<Response, ApiError> {
    let insight = perennial_insights::named(&kind)
        .ok_or_else(|| ApiError::not_found(format!("no insight is called `{kind}`")))?;
    let wanted = written.wanted()?;
    let mut question = object(&body::question(body).await?)?;
    if let Wanted::Made { format: Some(Format::Csv | Format::Parquet | Format::Xlsx), .. } = wanted
    {
        insight.in_full(&mut question);
    }
    let answer = app.answer(vec![(kind.clone(), question)]).await?.pop();
    let answer = answer.ok_or_else(|| ApiError::internal("a question without an answer"))??;
    let Wanted::Made { format, language } = wanted else {
        return Ok(answer.into_response());
    };
    let answer = answer.answer;
    let tree = answer.tree();
    let mut presentation = insight.present(&tree)?;
    if language == Language::Chinese {
        presentation = presentation.in_chinese();
    }
    let Some(format) = format else {
        let part = |name: &str| tree.get(name).cloned().unwrap_or_default();
        return Ok(Json(Presented {
            n_pictures: presentation.pictures.len(),
            tables: presentation.tables,
            definition: part("definition"),
            warnings: part("warnings"),
            question: part("question"),
        })
        .into_response());
    };
    drop(tree);
    choose(&mut presentation, written.picture.as_deref())?;
    let task = tokio::task::spawn_blocking(move || export::write(format, &answer, &presentation));
    let bytes = task.await.map_err(ApiError::internal)?.map_err(|error| {
        ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "not_writable",
            error.to_string(),
            "choose another format",
        )
    })?;
    let name = format!("attachment; filename=\"{}.{}\"", insight.kind(), format.name());
    let name = HeaderValue::from_str(&name).map_err(ApiError::internal)?;
    let media = HeaderValue::from_static(format.media_type());
    Ok(([(header::CONTENT_TYPE, media), (header::CONTENT_DISPOSITION, name)], bytes)
        .into_response())
}

/// What is to be made of an answer.
enum Wanted {
    /// Nothing: the answer itself.
    Answer,
    /// A file, or without a format the presentation as JSON.
    Made { format: Option<Format>, language: Language },
}

impl Written {
    fn wanted(&self) -> Result<Wanted, ApiError> {
        let language = match self.language.as_deref() {
            None | Some("en") => Language::English,
            Some("zh") => Language::Chinese,
            Some(other) => {
                return Err(ApiError::bad(format!("no language is called `{other}`"), "en or zh"));
            }
        };
        Ok(match self.format.as_deref().unwrap_or("json") {
            "presentation" => Wanted::Made { format: None, language },
            name => match Format::named(name) {
                Some(Format::Json) => Wanted::Answer,
                // What is computed on is the same in every language.
                Some(format @ (Format::Csv | Format::Parquet)) => {
                    Wanted::Made { format: Some(format), language: Language::English }
                }
                Some(format) => Wanted::Made { format: Some(format), language },
                None => {
                    let hint = "json, presentation, csv, parquet, xlsx, svg or png";
                    return Err(ApiError::bad(format!("no format is called `{name}`"), hint));
                }
            },
        })
    }
}

/// Puts the picture that was asked for first.
fn choose(presentation: &mut Presentation, picture: Option<&str>) -> Result<(), ApiError> {
    match picture {
        None | Some("heatmap") => {}
        Some("curve") => presentation.pictures.reverse(),
        Some(other) => {
            let n_pictures = presentation.pictures.len();
            let place = other.parse().ok().filter(|place: &usize| *place < n_pictures);
            let Some(place) = place else {
                let hint = format!("heatmap, curve, or its place: there are {n_pictures}, from 0");
                return Err(ApiError::bad(format!("no picture is called `{other}`"), hint));
            };
            presentation.pictures.swap(0, place);
        }
    }
    Ok(())
}

/// Asks several questions of one snapshot; what they scan is scanned once.
#[utoipa::path(
    post, path = "/api/v1/insights", tag = "insights",
    request_body(content = [Asked]),
    responses(
        (status = 200, description = "An answer, a refusal or an error for each", body = [AnyReply]),
        (status = 400, description = "Not a list of questions", body = ErrorBody),
    )
)]
pub(crate) async fn ask_all(State(app): State<Shared>, body: Body) -> Result<Response, ApiError> {
    let asked: Vec<Asked> =
        serde_json::from_slice(&body::question(body).await?).map_err(not_json)?;
    if asked.len() > limits::QUESTIONS {
        let hint = format!("ask at most {} at a time", limits::QUESTIONS);
        return Err(ApiError::bad(format!("{} questions at once", asked.len()), hint));
    }
    let asked = asked.into_iter().map(|one| (one.kind, one.question)).collect();
    Sent::list(app.answer(asked).await?)
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
    ApiError::bad(
        format!("the body is not the JSON that is expected, at {at}: {error}"),
        "check it there",
    )
}
