//! `perennial`: the one binary. Each subcommand is one file; this one reads what was typed, runs
//! it and turns what went wrong into a message, a mend and an exit code.
#![expect(
    clippy::disallowed_methods,
    reason = "the command line is where questions meet the clock"
)]

mod ask;
mod cli;
mod confine;
mod dashboard;
mod demo;
mod doctor;
mod exit;
mod flush;
mod generate;
mod import;
mod listing;
mod model;
mod out;
mod probe;
mod progress;
mod segment;
mod serve;
mod settings;
mod sql;
mod table;
mod world;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};
use crate::settings::Settings;

// Folds and imports allocate from both cores at once; the system allocator makes them wait.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    exit::code(run(cli).and_then(|()| out::result()))
}

fn run(cli: Cli) -> anyhow::Result<()> {
    let settings = Settings::resolve(&cli.global)?;
    settings.start_log()?;
    match cli.command {
        Command::Demo(args) => demo::run(&settings, &args),
        Command::Serve(args) => serve::run(&settings, &args),
        Command::Import(args) => import::run(&settings, args),
        Command::Ask(args) => ask::run(&settings, *args),
        Command::Segment(args) => segment::run(&settings, *args),
        Command::Dashboard(args) => dashboard::run(&settings, *args),
        Command::Train(args) => model::train::train(&settings, &args),
        Command::Backtest(args) => model::train::backtest(&settings, &args),
        Command::Score(args) => model::score::run(&settings, &args),
        Command::Model(args) => model::run(&settings, *args),
        Command::Sql(args) => sql::run(&settings, &args),
        Command::Flush(args) => flush::run(&settings, &args),
        Command::Doctor(args) => doctor::run(&settings, &args),
        Command::Probe(args) => probe::run(&args),
        Command::World(args) => world::run(args),
        Command::Generate(args) => generate::run(&args),
    }
}
