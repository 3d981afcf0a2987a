//! The API described by itself: OpenAPI 3.1, out of the handlers and of the list of insights.
//!
//! Handlers describe their own paths. Every kind of question has a path of its own that follows
//! from its entry in that list: its shapes, its sample, its summary. `docs/reference/openapi.json`
//! is this document as it is committed; the page's types are made of it.

use perennial_insights::{Insight, all};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, PathItem};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Ref, Schema, Type};
use utoipa::openapi::{RefOr, Required};
use utoipa::{IntoParams, OpenApi, PartialSchema, ToSchema};

use crate::error::{ErrorBody, RefusedBody};
use crate::export::Format;
use crate::resources::insights::{Presented, Written};
use crate::resources::{catalog, dashboards, health, imports, insights, models, segments};

/// What the handlers describe.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Perennial",
        description = "Why customers stay: questions, imports and what is in the lake.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    paths(
        health::health,
        health::limits,
        insights::list,
        insights::ask_all,
        catalog::catalog,
        imports::list,
        imports::create,
        imports::show,
        imports::undo,
        imports::letters,
    ),
    components(schemas(ErrorBody, RefusedBody, Presented))
)]
struct Api;

type Named = Vec<(String, RefOr<Schema>)>;

/// A question of any kind.
pub(crate) enum AnyQuestion {}

impl PartialSchema for AnyQuestion {
    fn schema() -> RefOr<Schema> {
        let either = |one: OneOfBuilder, kind: &&dyn Insight| one.item(kind.shapes().question);
        all().iter().fold(OneOfBuilder::new(), either).into()
    }
}

impl ToSchema for AnyQuestion {}

/// An answer of any kind, a refusal or an error.
pub(crate) enum AnyReply {}

impl PartialSchema for AnyReply {
    fn schema() -> RefOr<Schema> {
        let either = |one: OneOfBuilder, kind: &&dyn Insight| one.item(kind.shapes().answer);
        let answers = all().iter().fold(OneOfBuilder::new(), either);
        answers.item(reference::<RefusedBody>()).item(reference::<ErrorBody>()).into()
    }
}

impl ToSchema for AnyReply {
    fn schemas(named: &mut Named) {
        RefusedBody::schemas(named);
        ErrorBody::schemas(named);
    }
}

fn reference<T: ToSchema>() -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name(T::name()))
}

/// The description as a JSON document, two spaces deep.
pub fn document() -> String {
    let mut api = Api::openapi();
    api.merge(segments::Api::openapi());
    api.merge(dashboards::Api::openapi());
    api.merge(models::Api::openapi());
    api.info.version = env!("CARGO_PKG_VERSION").to_owned();
    let components = api.components.get_or_insert_default();
    for insight in all() {
        components.schemas.extend(insight.shapes().named);
        let path = format!("/api/v1/insights/{}", insight.kind());
        api.paths.paths.insert(path, PathItem::new(HttpMethod::Post, asking(*insight)));
    }
    let text = serde_json::to_string_pretty(&api).unwrap_or_default();
    text + "\n"
}

/// Asking one kind of question.
fn asking(insight: &dyn Insight) -> Operation {
    let shapes = insight.shapes();
    let json = |schema: RefOr<Schema>| ContentBuilder::new().schema(Some(schema)).build();
    let said = |description: &str, schema| {
        let response = ResponseBuilder::new().description(description);
        response.content("application/json", json(schema)).build()
    };
    let question =
        ContentBuilder::new().schema(Some(shapes.question)).example(Some(insight.sample())).build();
    let body = RequestBodyBuilder::new()
        .content("application/json", question)
        .description(Some("The question; every field has a default."))
        .required(Some(Required::False));
    let answers = OneOfBuilder::new().item(shapes.answer).item(reference::<Presented>());
    let mut answer = ResponseBuilder::new()
        .description("The answer; with `format`, the same as a file or laid out for people")
        .content("application/json", json(answers.into()));
    for (format, _, media) in Format::ALL {
        if format != Format::Json {
            let file = ObjectBuilder::new().schema_type(Type::String);
            answer = answer.content(media, json(file.into()));
        }
    }
    OperationBuilder::new()
        .tag("insights")
        .operation_id(Some(format!("ask_{}", insight.kind())))
        .summary(Some(insight.summary()))
        .parameters(Some(Written::into_params(|| None)))
        .request_body(Some(body.build()))
        .response("200", answer.build())
        .response("400", said("The question is not one", reference::<ErrorBody>()))
        .response("413", said("The question is too large", reference::<ErrorBody>()))
        .response("422", said("It has no honest answer on these data", reference::<RefusedBody>()))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn the_committed_description_is_the_one_of_this_program() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../docs/reference/openapi.json");
        if std::env::var_os("PERENNIAL_UPDATE").is_some() {
            std::fs::write(&path, document()).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == document(),
            "docs/reference/openapi.json is stale: `PERENNIAL_UPDATE=1 cargo test -p perennial-server openapi`, then `npm run codegen` in ui/"
        );
    }

    #[test]
    fn every_kind_describes_its_question_and_answer() {
        for insight in all() {
            let kind = insight.kind();
            assert!(insight.shapes().is_closed(), "`{kind}`: write `fn shapes` with its types");
        }
    }

    #[test]
    fn one_name_is_one_shape() {
        let mut known: BTreeMap<String, (String, &str)> = BTreeMap::new();
        for insight in all() {
            for (name, schema) in insight.shapes().named {
                let schema = serde_json::to_string(&schema).unwrap();
                let (before, kind) =
                    known.entry(name.clone()).or_insert((schema.clone(), insight.kind()));
                let other = insight.kind();
                assert!(
                    *before == schema,
                    "`{name}` of `{kind}` and of `{other}` differ: rename one by `#[schema(as = …)]`"
                );
            }
        }
    }

    #[test]
    fn every_reference_leads_to_a_shape() {
        let document: serde_json::Value = serde_json::from_str(&document()).unwrap();
        let mut open = vec![&document];
        let mut n_references = 0;
        while let Some(value) = open.pop() {
            if let Some(at) = value.get("$ref").and_then(serde_json::Value::as_str) {
                n_references += 1;
                assert!(
                    document.pointer(at.trim_start_matches('#')).is_some(),
                    "`{at}` is nowhere"
                );
            }
            open.extend(value.as_array().into_iter().flatten());
            open.extend(value.as_object().into_iter().flat_map(|object| object.values()));
        }
        assert!(n_references > 100, "{n_references}");
    }
}
