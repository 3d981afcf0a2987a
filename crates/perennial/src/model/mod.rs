//! `perennial train`, `backtest`, `score` and `model`: models learnt from the lake, kept by name
//! and version, applied day after day.

mod keep;
pub mod score;
pub mod train;

use clap::{Args, Subcommand};
use perennial_insights::present::Table;
use serde_json::Value;

use crate::listing::{Format, csv};
use crate::out::{say, say_line};
use crate::settings::Settings;
use crate::table::text;

/// Keep models: list, show, retire, export, import.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Model {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
A model is called `churn`, which is its newest version in use, or `churn@3`.

Examples:
  perennial train churn_risk --data shop --name churn
  perennial model list --data shop
  perennial model show --data shop churn@2
  perennial model retire --data shop churn@1
  perennial model export --data shop churn -o churn.json
  perennial model import --data other churn churn.json";

#[derive(Debug, Subcommand)]
enum Action {
    /// List every version of every model
    List(keep::List),
    /// Show a model: how it was trained, its report, its versions, the days it scored
    Show(keep::Show),
    /// Say of a model, or of one version, that it is no longer used; nothing is deleted
    Retire(keep::Retire),
    /// Write all of a model to a file
    Export(keep::Export),
    /// Keep a model from a file as the next version of a name
    Import(keep::Import),
}

/// Does it.
pub fn run(settings: &Settings, args: Model) -> anyhow::Result<()> {
    match args.action {
        Action::List(args) => keep::list(settings, &args),
        Action::Show(args) => keep::show(settings, &args),
        Action::Retire(args) => keep::retire(settings, &args),
        Action::Export(args) => keep::export(settings, &args),
        Action::Import(args) => keep::import(settings, &args),
    }
}

/// Prints tables, each under its name, or the first one as CSV.
fn print_tables(tables: Vec<Table>, format: Format) -> anyhow::Result<()> {
    for (place, table) in tables.into_iter().enumerate() {
        match format {
            Format::Csv if place > 0 => break,
            Format::Csv => say!("{}", csv(table)?),
            _ => say_line!("{}\n{}\n", table.name, text(&table)),
        }
    }
    Ok(())
}

/// A number of a JSON value as a cell shows it.
fn number(value: &Value) -> String {
    value.as_f64().map_or_else(String::new, |number| format!("{number:.4}"))
}
