//! Receiving: a body becomes a file, however large, however slowly it comes.

use std::path::PathBuf;

use axum::body::Body;
use axum::http::StatusCode;
use tempfile::TempPath;
use tokio::io::AsyncWriteExt;

use crate::body;
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
    while let Some(bytes) = body::next(&mut stream).await? {
        n_bytes += bytes.len() as u64;
        if n_bytes > limits::UPLOAD_BYTES {
            let message = format!("the file is larger than {} bytes", limits::UPLOAD_BYTES);
            let hint = "split it, or use `perennial import`";
            let zh = format!("文件超过 {} 字节", limits::UPLOAD_BYTES);
            return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message, hint)
                .in_chinese(zh, "请拆分文件，或使用 `perennial import`"));
        }
        file.write_all(&bytes).await.map_err(ApiError::internal)?;
    }
    file.flush().await.map_err(ApiError::internal)?;
    Ok(path)
}
