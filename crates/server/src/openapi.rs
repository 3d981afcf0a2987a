//! The API described by itself: OpenAPI 3.1, out of the handlers.

use utoipa::OpenApi;

use crate::resources::{catalog, health, imports, insights, segments};

/// The description.
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
        insights::ask,
        insights::ask_all,
        catalog::catalog,
        imports::list,
        imports::create,
        imports::show,
        imports::undo,
        imports::letters,
    )
)]
struct Api;

/// The description as a JSON document, two spaces deep.
pub fn document() -> String {
    let mut api = Api::openapi();
    api.merge(segments::Api::openapi());
    api.info.version = env!("CARGO_PKG_VERSION").to_owned();
    let text = serde_json::to_string_pretty(&api).unwrap_or_default();
    text + "\n"
}
