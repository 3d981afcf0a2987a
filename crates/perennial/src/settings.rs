//! What was typed, what the environment and the configuration file say, resolved once into what
//! is used. A flag beats a variable beats the file beats the default; an unknown key is an error.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use anyhow::Context;
use perennial_engine::session::Session;
use perennial_lake::{Access, Folder, Lake, LakeError};
use perennial_store::{DatabaseUrl, NewWorkspace, Store};
use serde::Deserialize;
use tokio::runtime::Runtime;

use crate::cli::{Data, Global};
use crate::exit::{read_text, usage};

/// Buckets of a new workspace: enough for the cores of one machine, few enough for small data.
const BUCKETS: i32 = 16;
/// Most buckets a workspace can have.
const MAX_BUCKETS: i32 = 4_096;

/// The configuration file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    data: Option<PathBuf>,
    database: Option<String>,
    threads: Option<NonZeroUsize>,
    log: Option<String>,
    address: Option<std::net::SocketAddr>,
    zone: Option<String>,
    buckets: Option<i32>,
}

/// What is used.
#[derive(Debug)]
pub struct Settings {
    file: File,
    database: Option<DatabaseUrl>,
    database_text: Option<String>,
    /// Threads that read, fold and write.
    pub threads: NonZeroUsize,
    log: String,
    n_buckets: i32,
}

impl Settings {
    /// Resolves what was typed.
    pub fn resolve(global: &Global) -> anyhow::Result<Settings> {
        let file = match &global.config {
            None => File::default(),
            Some(path) => {
                let text = read_text(path)?;
                toml::from_str(&text).map_err(|error| {
                    let message = format!("`{}`: {}", path.display(), error.message());
                    usage(message, "keys: data, database, threads, log, address, zone, buckets")
                })?
            }
        };
        let database = global.database.as_ref().or(file.database.as_ref());
        let database_text = database.cloned();
        let database = database.map(|url| url.parse::<DatabaseUrl>()).transpose()?;
        let n_buckets = global.buckets.or(file.buckets).unwrap_or(BUCKETS);
        if !(1..=MAX_BUCKETS).contains(&n_buckets) {
            let hint = format!("1 to {MAX_BUCKETS}; {BUCKETS} unless said");
            return Err(usage(format!("`buckets` is `{n_buckets}`"), hint));
        }
        let cores = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Ok(Settings {
            database,
            database_text,
            threads: global.threads.or(file.threads).unwrap_or_else(cores),
            log: global.log.clone().or(file.log.clone()).unwrap_or_else(|| "warn".to_owned()),
            n_buckets,
            file,
        })
    }

    /// Starts logging to standard error.
    pub fn start_log(&self) -> anyhow::Result<()> {
        let filter = tracing_subscriber::EnvFilter::try_new(&self.log)
            .map_err(|error| usage(format!("`--log {}`: {error}", self.log), "try `info`"))?;
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
        Ok(())
    }

    /// The data folder of a subcommand.
    pub fn data(&self, data: &Data) -> anyhow::Result<PathBuf> {
        let named = data.data.clone().or_else(|| self.file.data.clone());
        named.ok_or_else(|| usage("no data folder is named", "add `--data DIR`"))
    }

    /// The database as it was named, for a child process.
    pub fn database_text(&self) -> Option<&str> {
        self.database_text.as_deref()
    }

    /// The address to serve on.
    pub fn address(&self, typed: Option<std::net::SocketAddr>) -> std::net::SocketAddr {
        typed.or(self.file.address).unwrap_or_else(|| ([127, 0, 0, 1], 7979).into())
    }

    /// The civil zone of a new workspace, and of naive times.
    pub fn zone(&self) -> &str {
        self.configured_zone().unwrap_or("UTC")
    }

    /// The zone of the configuration file, where it names one.
    pub fn configured_zone(&self) -> Option<&str> {
        self.file.zone.as_deref()
    }

    /// A runtime with as many workers as there are threads.
    pub fn runtime(&self) -> anyhow::Result<Runtime> {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        // Deep plans recurse; DataFusion asks for roomy stacks.
        builder.worker_threads(self.threads.get()).thread_stack_size(16 << 20).enable_all();
        builder.build().context("cannot start the threads")
    }

    /// A session that folds on all threads.
    pub fn session(&self) -> Session {
        Session::new(self.threads)
    }

    /// Opens the lake for reading.
    pub async fn open_for_reading(&self, data: &Data) -> anyhow::Result<Lake> {
        Ok(Lake::open(&self.data(data)?, self.database.clone(), Access::Read).await?)
    }

    /// Opens the operational database of an existing data folder for writing, beside whoever
    /// writes the lake.
    pub async fn open_store(&self, data: &Data) -> anyhow::Result<Store> {
        let folder = Folder::new(&self.data(data)?);
        if !folder.root().is_dir() {
            return Err(LakeError::NoLake(folder.root().to_owned()).into());
        }
        let url = self.database.clone().unwrap_or_else(|| DatabaseUrl::Sqlite(folder.database()));
        if let DatabaseUrl::Sqlite(path) = &url
            && !path.exists()
        {
            return Err(LakeError::NoLake(folder.root().to_owned()).into());
        }
        let now = jiff::Timestamp::now().as_microsecond();
        let access = perennial_store::Access::ReadWrite { now, created: self.new_workspace() };
        Ok(Store::open(&url, access).await?)
    }

    /// What a new workspace is created with.
    fn new_workspace(&self) -> NewWorkspace {
        NewWorkspace {
            n_buckets: self.n_buckets,
            zone: self.zone().to_owned(),
            week_start: "monday".to_owned(),
        }
    }

    /// Opens the lake for writing, making it where it does not exist.
    pub async fn open_for_writing(
        &self,
        data: &std::path::Path,
        role: &str,
    ) -> anyhow::Result<Lake> {
        let access = Access::Write { role: role.to_owned(), created: self.new_workspace() };
        Ok(Lake::open(data, self.database.clone(), access).await?)
    }
}
