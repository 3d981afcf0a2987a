//! Giving an import, or a scoring, to the server that holds the data folder.
//!
//! Only one process writes a data folder. `perennial import` beside a running server therefore
//! hands the paths over, showing a token that only whoever may read the folder can know.

use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use perennial_lake::source::SourceOptions;
use perennial_types::question::Refusal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

/// File in the data folder that holds the token of the running server.
pub const TOKEN_FILE: &str = "perennial.token";
/// Code of an import that failed without its input being at fault.
pub(crate) const IMPORT_FAILED: &str = "import_failed";
/// Code of what is the server's to mend.
const INTERNAL: &str = "internal";
/// Code of an import that was stopped.
pub(crate) const INTERRUPTED: &str = "interrupted";
/// Header that shows it.
pub(crate) const TOKEN_HEADER: &str = "x-perennial-token";

/// The token of a running server; its file goes with it.
#[derive(Debug)]
pub(crate) struct Token {
    path: PathBuf,
    text: String,
}

impl Token {
    /// A new token, written where only the owner of the folder can read it.
    pub(crate) fn write(folder: &Path) -> io::Result<Token> {
        let mut secret = [0_u8; 32];
        std::fs::File::open("/dev/urandom")?.read_exact(&mut secret)?;
        let text: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        let path = folder.join(TOKEN_FILE);
        let _ = std::fs::remove_file(&path);
        let mut file =
            std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        file.write_all(text.as_bytes())?;
        Ok(Token { path, text })
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        // A token left behind opens nothing: the next server writes its own.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Why the work could not be handed over.
#[derive(Debug, Error)]
pub enum HandoverError {
    /// Standard input cannot be handed over by path.
    #[error("{0} cannot be handed to the running server")]
    NotAFile(&'static str),
    /// The token, or the path.
    #[error("cannot read `{path}`: {source}")]
    Read {
        /// What.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The server did not answer as it should.
    #[error("the running server did not take the work: {0}")]
    Server(String),
    /// The server took the work and refused it.
    #[error(transparent)]
    Refused(Refusal),
    /// The server took the work and found the input wrong.
    #[error("{message}")]
    Import {
        /// Stable name of what is wrong.
        code: String,
        /// What is wrong.
        message: String,
        /// How to mend it.
        hint: String,
    },
}

impl HandoverError {
    /// Whether what was handed in is at fault.
    pub fn is_wrong_input(&self) -> bool {
        match self {
            HandoverError::NotAFile(_) | HandoverError::Read { .. } => true,
            HandoverError::Server(_) => false,
            HandoverError::Refused(_) => true,
            HandoverError::Import { code, .. } => {
                ![IMPORT_FAILED, INTERRUPTED, INTERNAL].contains(&code.as_str())
            }
        }
    }

    /// What mends it.
    pub fn hint(&self) -> String {
        match self {
            HandoverError::NotAFile(_) => "stop the server, or give a file".to_owned(),
            HandoverError::Read { .. } => "check the path and the permissions".to_owned(),
            HandoverError::Server(_) => "see whether the server runs, then try again".to_owned(),
            HandoverError::Refused(refusal) => refusal.hint.clone(),
            HandoverError::Import { hint, .. } => hint.clone(),
        }
    }
}

/// Files to import and how.
#[derive(Debug, Serialize, Deserialize)]
pub struct Job {
    /// Absolute paths.
    pub paths: Vec<PathBuf>,
    /// How they are read.
    pub options: SourceOptions,
    /// Import whose rows go when those of the first file come.
    pub replaces: Option<String>,
}

impl Job {
    /// A job of these files.
    pub fn new(
        files: &[PathBuf],
        options: &SourceOptions,
        replaces: Option<String>,
    ) -> Result<Job, HandoverError> {
        let absolute = |path: &PathBuf| {
            if path.as_os_str() == "-" {
                return Err(HandoverError::NotAFile("standard input"));
            }
            path.canonicalize().map_err(|source| HandoverError::Read { path: path.clone(), source })
        };
        let paths = files.iter().map(absolute).collect::<Result<_, _>>()?;
        Ok(Job { paths, options: options.clone(), replaces })
    }
}

/// Hands a job to the server at an address and waits for its reports.
pub async fn send(address: &str, folder: &Path, job: &Job) -> Result<Vec<Value>, HandoverError> {
    let path = folder.join(TOKEN_FILE);
    let token =
        std::fs::read_to_string(&path).map_err(|source| HandoverError::Read { path, source })?;
    let client = reqwest::Client::new();
    let said = |error: reqwest::Error| HandoverError::Server(error.to_string());
    let url = format!("http://{address}/api/v1/imports/local");
    let response =
        client.post(url).header(TOKEN_HEADER, token.trim()).json(job).send().await.map_err(said)?;
    let is_taken = response.status().is_success();
    let body: Value = response.json().await.map_err(said)?;
    if !is_taken {
        let message = body["error"]["message"].as_str().unwrap_or("no reason given");
        return Err(HandoverError::Server(message.to_owned()));
    }
    let ids: Vec<String> = serde_json::from_value(body["ids"].clone()).unwrap_or_default();
    let mut reports = Vec::new();
    for id in ids {
        reports.push(finished(&client, address, &id).await?);
    }
    Ok(reports)
}

/// Has the server at an address do what a path under `/api/v1` does, and gives its answer.
pub async fn post(address: &str, path: &[&str], body: &Value) -> Result<Value, HandoverError> {
    let said = |error: reqwest::Error| HandoverError::Server(error.to_string());
    let mut url = reqwest::Url::parse(&format!("http://{address}/api/v1"))
        .map_err(|error| HandoverError::Server(error.to_string()))?;
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.extend(path);
    }
    let response = reqwest::Client::new().post(url).json(body).send().await.map_err(said)?;
    let is_done = response.status().is_success();
    let reply: Value = response.json().await.map_err(said)?;
    if is_done {
        return Ok(reply);
    }
    if let Ok(refusal) = serde_json::from_value::<Refusal>(reply["refused"].clone()) {
        return Err(HandoverError::Refused(refusal));
    }
    let text = |name: &str| reply["error"][name].as_str().unwrap_or_default().to_owned();
    Err(HandoverError::Import { code: text("code"), message: text("message"), hint: text("hint") })
}

/// Waits until an import has ended.
async fn finished(
    client: &reqwest::Client,
    address: &str,
    id: &str,
) -> Result<Value, HandoverError> {
    let said = |error: reqwest::Error| HandoverError::Server(error.to_string());
    loop {
        let url = format!("http://{address}/api/v1/imports/{id}");
        let report: Value =
            client.get(url).send().await.map_err(said)?.json().await.map_err(said)?;
        match report["state"].as_str() {
            Some("waiting" | "running") => tokio::time::sleep(Duration::from_millis(200)).await,
            Some("done") => return Ok(report),
            _ => {
                let text =
                    |name: &str, other: &str| report[name].as_str().unwrap_or(other).to_owned();
                return Err(HandoverError::Import {
                    code: text("code", INTERRUPTED),
                    message: text("reason", "the import ended early"),
                    hint: text("hint", "import the file again"),
                });
            }
        }
    }
}
