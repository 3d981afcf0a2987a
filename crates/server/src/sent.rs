//! An answer as it is sent: written once, for whoever asks and for whoever asks again.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use perennial_insights::Answer;

use crate::error::ApiError;

/// An answer and its text as JSON; both are shared by its copies.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) answer: Answer,
    text: Bytes,
}

impl Sent {
    /// Writes an answer.
    ///
    /// # Errors
    /// When it is none that JSON can say.
    pub(crate) fn of(answer: Answer) -> Result<Sent, ApiError> {
        let text = serde_json::to_vec(&answer).map_err(ApiError::internal)?;
        Ok(Sent { answer, text: text.into() })
    }

    /// About how many bytes it takes: its text, and what the insight made, which is no larger.
    pub(crate) fn n_bytes(&self) -> usize {
        2 * self.text.len()
    }

    /// The answers to several questions as one list, an error where one has none.
    pub(crate) fn list(all: Vec<Result<Sent, ApiError>>) -> Result<Response, ApiError> {
        let mut texts = Vec::with_capacity(all.len());
        for one in all {
            let one = one.or_else(|error| Sent::of(error.body().into()))?;
            texts.push(one.text);
        }
        let list = [b"[".as_slice(), &texts.join(b",".as_slice()), b"]"].concat();
        Ok(json(list.into()))
    }
}

impl IntoResponse for Sent {
    fn into_response(self) -> Response {
        json(self.text)
    }
}

fn json(text: Bytes) -> Response {
    let media = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, media)], text).into_response()
}
