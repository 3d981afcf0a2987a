//! `perennial dashboard create`, `import` and `delete`.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use perennial_insights::dashboard::Dashboard;
use perennial_server::dashboards::{BoardError, Dashboards, Writes, Written};
use perennial_store::Store;

use super::file;
use crate::cli::Data;
use crate::exit::usage;
use crate::out::say_line;
use crate::settings::Settings;
use crate::table::visible;

/// Make a dashboard out of a file.
#[derive(Debug, Args)]
pub struct Create {
    #[command(flatten)]
    data: Data,
    /// Its name
    name: String,
    /// File that holds it, YAML or JSON; `-` is standard input
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// Who answers for it; whom the file names unless said
    #[arg(long)]
    owner: Option<String>,
    /// Write a new version of a dashboard that exists
    #[arg(long)]
    replace: bool,
}

/// Take in files, each under the name it says; all of them or none.
#[derive(Debug, Args)]
pub struct Import {
    #[command(flatten)]
    data: Data,
    /// Files of YAML or JSON
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Write new versions of dashboards that exist
    #[arg(long)]
    replace: bool,
}

/// Forget a dashboard with all its versions.
#[derive(Debug, Args)]
pub struct Delete {
    #[command(flatten)]
    data: Data,
    /// Its name
    name: String,
}

/// Makes one.
pub fn create(settings: &Settings, args: &Create) -> anyhow::Result<()> {
    let mut dashboard = file(&args.file)?;
    dashboard.name = Some(args.name.clone());
    dashboard.owner = args.owner.clone().or(dashboard.owner);
    put(settings, &args.data, &[dashboard], args.replace)
}

/// Takes files in.
pub fn import(settings: &Settings, args: &Import) -> anyhow::Result<()> {
    let mut dashboards: Vec<Dashboard> = Vec::with_capacity(args.files.len());
    for path in &args.files {
        let dashboard = file(path)?;
        let name = dashboard.name.as_ref().ok_or_else(|| {
            let error = BoardError::Nameless;
            usage(format!("`{}`: {error}", path.display()), error.hint())
        })?;
        if dashboards.iter().any(|known| known.name.as_ref() == Some(name)) {
            let message =
                format!("`{}`: another of the files is called `{name}` too", path.display());
            return Err(usage(message, "give each a name of its own"));
        }
        dashboards.push(dashboard);
    }
    put(settings, &args.data, &dashboards, args.replace)
}

fn put(
    settings: &Settings,
    data: &Data,
    dashboards: &[Dashboard],
    replaces: bool,
) -> anyhow::Result<()> {
    let writes = if replaces { Writes::Over } else { Writes::New };
    let written = with_store(settings, data, async |store| {
        let known = Dashboards::load(store).await?;
        Ok(known.put(store, dashboards, writes, Timestamp::now()).await?)
    })?;
    for Written { kept, is_new } in written {
        let unchanged = if is_new { "" } else { ", unchanged" };
        say_line!("dashboard `{}`, version {}{unchanged}", visible(&kept.name), kept.version);
    }
    Ok(())
}

/// Forgets one.
pub fn delete(settings: &Settings, args: &Delete) -> anyhow::Result<()> {
    with_store(settings, &args.data, async |store| {
        Ok(Dashboards::load(store).await?.delete(store, &args.name).await?)
    })?;
    say_line!("dashboard `{}` is gone", visible(&args.name));
    Ok(())
}

fn with_store<T>(
    settings: &Settings,
    data: &Data,
    work: impl AsyncFnOnce(&Store) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    settings.runtime()?.block_on(async {
        let store = settings.open_store(data).await?;
        let done = work(&store).await;
        store.close().await;
        done
    })
}
