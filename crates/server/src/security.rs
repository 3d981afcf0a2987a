//! What every request must show and every response says.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::ApiError;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'; \
    base-uri 'none'; form-action 'self'";

const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), ""),
];

/// Lets through requests to a loopback host, from a page of ours where they come from a page.
pub(crate) async fn guard(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.or(request.uri().authority().map(|authority| authority.as_str()));
    let is_local = host.is_some_and(is_loopback);
    let site = headers.get("sec-fetch-site").and_then(|site| site.to_str().ok());
    let changes = !request.method().is_safe();
    let is_foreign = changes && matches!(site, Some("cross-site" | "same-site"));
    let mut response = if is_local && !is_foreign {
        next.run(request).await
    } else {
        let what = if is_local {
            "a page elsewhere may not change anything"
        } else {
            "this host is not served"
        };
        let hint = "open http://127.0.0.1 with the port the server printed";
        ApiError::new(StatusCode::FORBIDDEN, "forbidden", what, hint).into_response()
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Whether a `Host` names this machine by loopback, whatever the port.
fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name == "localhost"
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_hosts_are_served() {
        for host in ["127.0.0.1", "127.0.0.1:7979", "localhost:1", "[::1]:7979", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["evil.example", "127.0.0.1.evil.example:80", "10.0.0.1:7979", "", "[::2]"] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
