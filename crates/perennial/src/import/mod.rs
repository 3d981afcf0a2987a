//! `perennial import`: files of orders or events into the lake; `list`, `undo` and `letters`.

mod dry_run;
mod manage;
mod options;
mod report;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};
use perennial_lake::source::{Input, SourceOptions};
use perennial_lake::{ImportRequest, Lake, LakeError};
use tokio_util::sync::CancellationToken;

use crate::cli::Data;
use crate::exit::{INTERRUPTED, Silent};
use crate::progress::Bar;
use crate::settings::Settings;

/// Take in files of orders or events; list and undo imports.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true, after_help = EXAMPLES)]
pub struct Import {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    files: Files,
}

const EXAMPLES: &str = "\
CSV, TSV, JSONL, Parquet or XLSX, plain or packed with gzip or Zstandard; format, encoding,
delimiter and date format are detected and reported. Rows that cannot be taken are kept with
their reason (`import letters`). Importing a file twice, or a later export that overlaps it, adds
nothing. Each file is published as a whole or not at all; a killed import is simply run again.

Examples:
  perennial import --data shop --preset orders --dry-run sales.csv
  perennial import --data shop --preset orders --map amount=Quantity*UnitPrice sales.csv.gz
  perennial import --data app --preset events --map customer=user_id,ts=time,event=name logs/*.jsonl
  zcat export.gz | perennial import --data app --preset events -
  perennial import list --data shop";

/// Files and how to read them.
#[derive(Debug, Args)]
struct Files {
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    options: options::Options,
    /// Show the mapping, ten rows and the counts; write nothing
    #[arg(long)]
    dry_run: bool,
    /// Import whose rows go when those of the first file come, after a wrong mapping
    #[arg(long, value_name = "ID")]
    replace: Option<String>,
    /// How the closing report is written
    #[arg(long, value_enum, default_value_t)]
    format: report::Format,
    /// Files; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List every import, newest first
    List(manage::List),
    /// Take the rows of an import back
    Undo(manage::Undo),
    /// Show the rows that could not be taken
    Letters(manage::Letters),
}

/// Imports, or manages imports.
pub fn run(settings: &Settings, args: Box<Import>) -> anyhow::Result<()> {
    let Import { action, files } = *args;
    match action {
        Some(Action::List(args)) => manage::list(settings, &args),
        Some(Action::Undo(args)) => manage::undo(settings, &args),
        Some(Action::Letters(args)) => manage::letters(settings, &args),
        None => import(settings, &files),
    }
}

fn import(settings: &Settings, args: &Files) -> anyhow::Result<()> {
    let options = args.options.resolve(settings)?;
    if args.dry_run {
        return args.files.iter().try_for_each(|file| dry_run::run(input(file), &options));
    }
    let data = settings.data(&args.data)?;
    settings.runtime()?.block_on(async {
        let lake = match settings.open_for_writing(&data, "import").await {
            Ok(lake) => lake,
            Err(error) => return hand_over(args, &options, &data, error).await,
        };
        let cancel = CancellationToken::new();
        let done = import_all(&lake, settings, args, &options, cancel.clone());
        tokio::pin!(done);
        let result = tokio::select! {
            result = &mut done => result,
            _ = tokio::signal::ctrl_c() => {
                cancel.cancel();
                done.await
            }
        };
        lake.close().await;
        result
    })
}

fn input(file: &Path) -> Input {
    match file.to_str() {
        Some("-") => Input::stream("standard input", std::io::stdin()),
        _ => Input::path(file),
    }
}

async fn import_all(
    lake: &Lake,
    settings: &Settings,
    args: &Files,
    options: &SourceOptions,
    cancel: CancellationToken,
) -> anyhow::Result<()> {
    let mut imported = Vec::new();
    let mut replaces = args.replace.clone();
    for file in &args.files {
        let request = ImportRequest {
            // What is replaced is gone once the first file is there; the others join it.
            replaces: replaces.take(),
            n_threads: settings.threads,
            ..ImportRequest::new(input(file), options.clone())
        };
        let bar = Arc::new(Bar::new(&file.display().to_string()));
        let result = lake.ingest(request, bar.clone(), cancel.clone()).await;
        bar.finish();
        match result {
            Ok(done) => imported.push(done),
            Err(error) => {
                report::print(args.format, &imported)?;
                if matches!(error, LakeError::Cancelled(_)) {
                    report::note(&format!("{error}"));
                    return Err(Silent(INTERRUPTED).into());
                }
                return Err(error.into());
            }
        }
    }
    report::print(args.format, &imported)
}

/// Gives the work to the server that holds the folder, where one does.
async fn hand_over(
    args: &Files,
    options: &SourceOptions,
    data: &Path,
    error: anyhow::Error,
) -> anyhow::Result<()> {
    let Some(LakeError::Locked { holder, .. }) = error.downcast_ref() else { return Err(error) };
    let Some(address) = holder.address.clone() else { return Err(error) };
    report::note(&format!("a server is writing this folder; it imports for us: {address}"));
    let job = perennial_server::handover::Job::new(&args.files, options, args.replace.clone())?;
    let imported = perennial_server::handover::send(&address, data, &job).await?;
    report::print_handed(args.format, &imported)
}
