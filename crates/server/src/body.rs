//! Bodies of requests: read within a size, and within seconds for every further byte.

use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use bytes::Bytes;
use futures::StreamExt;

use crate::error::ApiError;
use crate::limits;

/// The next bytes of a body, `None` at its end.
///
/// # Errors
/// 408 when nothing comes for [`limits::IDLE_SECONDS`], 400 when it breaks off.
pub(crate) async fn next(
    stream: &mut axum::body::BodyDataStream,
) -> Result<Option<Bytes>, ApiError> {
    let idle = Duration::from_secs(limits::IDLE_SECONDS);
    let next = tokio::time::timeout(idle, stream.next()).await.map_err(|_| {
        let message = format!("nothing came for {} seconds", limits::IDLE_SECONDS);
        let hint = "send it again without pauses";
        ApiError::new(StatusCode::REQUEST_TIMEOUT, "too_slow", message, hint).in_chinese(
            format!("{} 秒内没有收到任何数据", limits::IDLE_SECONDS),
            "请不间断地重新发送",
        )
    })?;
    next.transpose()
        .map_err(|error| ApiError::bad(format!("the body broke off: {error}"), "send it again"))
}

/// A whole body of at most [`limits::QUESTION_BYTES`].
///
/// # Errors
/// As [`next`], and 413 when it is longer.
pub(crate) async fn question(body: Body) -> Result<Vec<u8>, ApiError> {
    within(body, limits::QUESTION_BYTES).await
}

/// A whole body of at most so many bytes.
///
/// # Errors
/// As [`next`], and 413 when it is longer.
pub(crate) async fn within(body: Body, most_bytes: usize) -> Result<Vec<u8>, ApiError> {
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::new();
    while let Some(more) = next(&mut stream).await? {
        if bytes.len() + more.len() > most_bytes {
            let message = format!("the body is larger than {most_bytes} bytes");
            let hint = "shorten it, or ask in parts";
            return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message, hint));
        }
        bytes.extend_from_slice(&more);
    }
    Ok(bytes)
}
