//! Every limit of the service, in one place; served at `/api/v1/limits`.

use serde::Serialize;
use utoipa::ToSchema;

/// Largest question, in bytes.
pub const QUESTION_BYTES: usize = 1 << 20;
/// Largest document of a model that is brought along, in bytes.
pub const MODEL_BYTES: usize = 64 << 20;
/// Most questions of one request.
pub const QUESTIONS: usize = 64;
/// Largest file that is imported over HTTP, in bytes.
pub const UPLOAD_BYTES: u64 = 20 << 30;
/// Most dead letters of one request.
pub const LETTERS: u32 = 1_000;
/// Imports that may wait.
pub const WAITING_IMPORTS: usize = 64;
/// Connections at a time.
pub const CONNECTIONS: usize = 512;
/// Seconds a client may take for the head of a request.
pub const HEAD_SECONDS: u64 = 10;
/// Seconds without a byte of a body.
pub const IDLE_SECONDS: u64 = 10;
/// Uploads kept between a look and an import; the one unused longest goes first.
pub const UPLOADS: usize = 16;
/// Seconds an upload is kept after it was last looked at.
pub const UPLOAD_SECONDS: u64 = 60 * 60;
/// Bytes of decoded columns kept.
pub const COLUMN_BYTES: usize = 2 << 30;
/// Bytes of answers kept.
pub const CACHE_BYTES: usize = 64 << 20;

/// The limits as they are served.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Limits {
    /// Largest question, in bytes.
    pub question_bytes: usize,
    /// Largest document of a model that is brought along, in bytes.
    pub model_bytes: usize,
    /// Most questions of one request.
    pub questions: usize,
    /// Largest file that is imported over HTTP, in bytes.
    pub upload_bytes: u64,
    /// Most dead letters of one request.
    pub letters: u32,
    /// Imports that may wait.
    pub waiting_imports: usize,
    /// Uploads kept between a look and an import.
    pub uploads: usize,
    /// Seconds an upload is kept after it was last looked at.
    pub upload_seconds: u64,
}

/// The limits in force.
pub const LIMITS: Limits = Limits {
    question_bytes: QUESTION_BYTES,
    model_bytes: MODEL_BYTES,
    questions: QUESTIONS,
    upload_bytes: UPLOAD_BYTES,
    letters: LETTERS,
    waiting_imports: WAITING_IMPORTS,
    uploads: UPLOADS,
    upload_seconds: UPLOAD_SECONDS,
};
