//! Receiving: a body becomes a file, however large, however slowly it comes.

use std::path::PathBuf;

use axum::body::Body;
use axum::http::StatusCode;
use futures::StreamExt;
use tempfile::TempPath;
use tokio::io::AsyncWriteExt;

use crate::error::ApiError;
use crate::limits;

/// Writes a body into a file that goes away with the job.
pub(super) async fn receive(body: Body, folder: PathBuf) -> Result<TempPath, ApiError> {
    std::fs::create_dir_all(&folder).map_err(ApiError::internal)?;
    let made = tempfile::Builder::new().prefix("upload-").tempfile_in(&folder);
    let (file, path) = made.map_err(ApiError::internal)?.into_parts();
    let mut file = tokio::fs::File::from_std(file);
    let mut stream = body.into_data_stream();
    let mut n_bytes = 0;
    let idle = std::time::Duration::from_secs(limits::IDLE_SECONDS);
    loop {
        let next = tokio::time::timeout(idle, stream.next()).await.map_err(|_| {
            let hint = "send it again without pauses";
            ApiError::new(StatusCode::REQUEST_TIMEOUT, "too_slow", "the file stopped coming", hint)
        })?;
        let Some(bytes) = next else { break };
        let bytes = bytes.map_err(|error| ApiError::bad(error.to_string(), "send the file again"))?;
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
