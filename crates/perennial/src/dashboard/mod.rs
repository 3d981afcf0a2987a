//! `perennial dashboard`: lists of questions, saved by name, asked in one scan.

mod keep;
mod look;
mod run;

use std::path::Path;

use anyhow::Context;
use clap::{Args, Subcommand};
use perennial_insights::dashboard as boards;
use perennial_server::dashboards::text;

use crate::ask::read;
use crate::settings::Settings;

/// Keep dashboards of questions, and ask them in one scan.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Dashboard {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
A dashboard is a file of YAML or JSON: docs/reference/dashboards.md has every field.

Examples:
  perennial dashboard run overview --data shop
  perennial dashboard run overview --data shop --from 2011-01-01 --to 2011-06-30 --format png -o shop.png
  perennial dashboard export overview --data shop > dashboards/shop.yaml
  perennial dashboard create shop --data shop --file dashboards/shop.yaml
  perennial dashboard import --data shop --replace dashboards/*.yaml
  perennial dashboard history shop --data shop";

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a dashboard out of a file
    Create(keep::Create),
    /// Take in files, each under the name it says; all of them or none
    Import(keep::Import),
    /// List the dashboards
    List(look::List),
    /// Show a dashboard: its filters and tiles
    Show(look::Show),
    /// Ask its questions in one scan
    Run(Box<run::Run>),
    /// Write a dashboard as a file
    Export(look::Export),
    /// List the versions of a dashboard
    History(look::History),
    /// Forget a dashboard with all its versions
    Delete(keep::Delete),
}

/// Does it.
pub fn run(settings: &Settings, args: Dashboard) -> anyhow::Result<()> {
    match args.action {
        Action::Create(args) => keep::create(settings, &args),
        Action::Import(args) => keep::import(settings, &args),
        Action::List(args) => look::list(settings, &args),
        Action::Show(args) => look::show(settings, &args),
        Action::Run(args) => run::run(settings, &args),
        Action::Export(args) => look::export(settings, &args),
        Action::History(args) => look::history(settings, &args),
        Action::Delete(args) => keep::delete(settings, &args),
    }
}

/// A dashboard out of a file, `-` being standard input.
fn file(path: &Path) -> anyhow::Result<boards::Dashboard> {
    text::read(&read(path)?).with_context(|| format!("`{}`", path.display()))
}
