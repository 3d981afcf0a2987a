//! The web page, built into the binary. Any path that is no file is the page: it finds its own way.

use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::RustEmbed;

/// The built page. Empty where the interface was not built before the binary.
#[derive(RustEmbed)]
#[folder = "../../ui/dist"]
#[allow_missing = true]
struct Page;

const UNBUILT: &str = "<!doctype html><title>Perennial</title><h1>Perennial</h1>\
    <p>This binary was built without its web page. Run <code>make demo</code>, or build \
    <code>ui/</code> before the binary. The API is at <code>/api/v1</code>.</p>";

/// A file of the page, or the page.
pub(crate) async fn page(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if let Some(file) = Page::get(path).filter(|_| !path.is_empty()) {
        // Names under `assets/` carry a hash of their content.
        let cache = match path.starts_with("assets/") {
            true => "public, max-age=31536000, immutable",
            false => "no-cache",
        };
        return with_type(file.metadata.mimetype(), cache, file.data.into_owned());
    }
    if path.starts_with("assets/") {
        return StatusCode::NOT_FOUND.into_response();
    }
    match Page::get("index.html") {
        Some(file) => with_type("text/html; charset=utf-8", "no-cache", file.data.into_owned()),
        None => Html(UNBUILT).into_response(),
    }
}

fn with_type(media: &str, cache: &'static str, bytes: Vec<u8>) -> Response {
    let media = HeaderValue::from_str(media)
        .unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream"));
    let headers =
        [(header::CONTENT_TYPE, media), (header::CACHE_CONTROL, HeaderValue::from_static(cache))];
    (headers, bytes).into_response()
}
