//! What can be typed: the subcommands and the options all of them share.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::{
    ask, dashboard, demo, doctor, flush, generate, import, model, probe, segment, serve, sql, world,
};

/// See why customers stay, foretell who will leave, act on it, and prove that acting worked.
#[derive(Debug, Parser)]
#[command(name = "perennial", version, about, max_term_width = 100, after_help = EXAMPLES)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  perennial demo                                        a sample company, in the browser
  perennial import --data shop --preset orders sales.csv
  perennial ask retention --data shop --period month
  perennial serve --data shop

Exit codes: 0 done, 1 failed, 2 wrong usage or input, 3 refused: the question has no honest answer
on these data, 4 findings (`doctor`), 130 interrupted.";

/// Options of every subcommand.
#[derive(Debug, Args)]
pub struct Global {
    /// Configuration file (TOML); every key in it is also an option and a variable
    #[arg(long, global = true, value_name = "FILE", env = "PERENNIAL_CONFIG")]
    pub config: Option<PathBuf>,
    /// Operational database; the SQLite file in the data folder unless `postgres://…` is given
    #[arg(long, global = true, value_name = "URL", env = "PERENNIAL_DATABASE")]
    pub database: Option<String>,
    /// Threads that read, fold and write; all cores unless said
    #[arg(long, global = true, value_name = "N", env = "PERENNIAL_THREADS")]
    pub threads: Option<std::num::NonZeroUsize>,
    /// Parts a new workspace is cut into, for good; more cores need more: 16 unless said
    #[arg(long, global = true, value_name = "N", env = "PERENNIAL_BUCKETS")]
    pub buckets: Option<i32>,
    /// What to log on standard error: `warn`, `info`, `debug`, or per module
    #[arg(long, global = true, value_name = "FILTER", env = "PERENNIAL_LOG")]
    pub log: Option<String>,
}

/// The data folder, where a subcommand needs one.
#[derive(Debug, Args)]
pub struct Data {
    /// Data folder
    #[arg(long, value_name = "DIR", env = "PERENNIAL_DATA")]
    pub data: Option<PathBuf>,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a sample company and open it in the browser
    Demo(demo::Demo),
    /// Serve the web page and the API on loopback
    Serve(serve::Serve),
    /// Take in files of orders or events; list and undo imports
    Import(Box<import::Import>),
    /// Ask a question of the customer base
    Ask(Box<ask::Ask>),
    /// Keep segments of customers: make, list, size, members, compare
    Segment(Box<segment::Segment>),
    /// Keep dashboards of questions, and ask them in one scan
    Dashboard(Box<dashboard::Dashboard>),
    /// Train a model and keep it as the next version of its name
    Train(Box<model::train::Train>),
    /// Train on the past and report how it fared, keeping nothing
    Backtest(Box<model::train::Backtest>),
    /// Score a day with models and add the scores to `customer_day`
    Score(model::score::Score),
    /// Keep models: list, show, retire, export, import
    Model(Box<model::Model>),
    /// Run a read-only SQL query over the lake
    Sql(sql::Sql),
    /// Write everything accepted so far into files
    Flush(flush::Flush),
    /// Check every file against its checksum and the catalog against the files
    Doctor(doctor::Doctor),
    /// Decode a file and keep nothing: what the guarded child is started with
    #[command(hide = true)]
    Probe(probe::Probe),
    /// Simulate a company whose truth is known
    World(world::World),
    /// Print shell completions or the manual page
    Generate(generate::Generate),
}
