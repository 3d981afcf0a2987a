//! `perennial world`: a company's customers, simulated, with the truth beside the data.
//!
//! Writes what a company would export (`events.*`, `orders.csv`, `identities.csv`) and what only a
//! simulator knows (`truth.json`). Customers stream by one at a time, so memory stays flat. Files
//! appear under their names only when all of them are whole.

mod columnar;
mod output;
mod rows;
#[cfg(test)]
mod tests;

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::civil::Date;
use perennial_world::{
    Counts, History, Kind, Options, TruthWriter, World as Simulation, WorldEvent,
};

use self::columnar::ParquetRows;
use self::output::Folder;
use self::rows::{CsvRows, IdentityRows, JsonRows, OrderRows};
use crate::exit::usage;

const EXAMPLES: &str = "\
Example: two years of a shop, and what was planted in it
  perennial world --kind shop --customers 10000 --days 730 --seed 7 --out shop
  perennial import --data data --preset events shop/events.csv

Example: events on standard output (the truth is written to folders only)
  perennial world --kind app --customers 100 --format jsonl --out - | head

The same options give the same bytes on every machine.";

/// Simulate a company's customers, and write down the truth beside the data
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct World {
    /// Which company
    #[arg(long, value_enum, default_value_t = Company::Shop)]
    kind: Company,
    /// How many customers join
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    customers: u32,
    /// How many days the world lasts
    #[arg(long, value_name = "N", default_value_t = 730, value_parser = clap::value_parser!(u32).range(1..))]
    days: u32,
    /// Seed of all randomness
    #[arg(long, value_name = "N", default_value_t = 7)]
    seed: u64,
    /// First day; years 2000 to 2050
    #[arg(long, value_name = "DATE", default_value = "2024-01-01")]
    start: Date,
    /// Format of the events
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
    /// Folder to write to, made if need be; `-` writes the events alone to standard output
    #[arg(long, value_name = "DIR", default_value = "world")]
    out: PathBuf,
    /// Whose id the events carry
    #[arg(long, value_enum, default_value_t = Ids::Customer)]
    ids: Ids,
    /// Replace files of an earlier world
    #[arg(long)]
    force: bool,
}

/// A company to simulate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Company {
    /// An online shop; customers leave without a word
    Shop,
    /// Software by subscription; customers cancel
    Subscription,
    /// A free app with purchases inside
    App,
}

/// How events are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Comma-separated, with a header
    Csv,
    /// One JSON object a line
    Jsonl,
    /// Apache Parquet, zstd
    Parquet,
}

/// What stands in the column `customer_id` of the events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Ids {
    /// The customer's own id
    Customer,
    /// The id the event came in with: a device, an e-mail or the customer's own;
    /// `identities.csv` tells who is who
    Arrived,
}

impl World {
    /// The shop of the demo, as Parquet in a folder.
    pub fn sample(customers: u32, days: u32, seed: u64, start: Date, out: &Path) -> World {
        World {
            kind: Company::Shop,
            customers,
            days,
            seed,
            start,
            format: Format::Parquet,
            out: out.to_owned(),
            ids: Ids::Customer,
            force: true,
        }
    }
}

impl Company {
    fn kind(self) -> Kind {
        match self {
            Company::Shop => Kind::Shop,
            Company::Subscription => Kind::Subscription,
            Company::App => Kind::App,
        }
    }
}

impl Format {
    fn file_name(self) -> &'static str {
        match self {
            Format::Csv => "events.csv",
            Format::Jsonl => "events.jsonl",
            Format::Parquet => "events.parquet",
        }
    }
}

impl Ids {
    fn of<'a>(self, row: &WorldEvent<'a>) -> &'a str {
        match self {
            Ids::Customer => row.customer,
            Ids::Arrived => row.identity.id,
        }
    }
}

/// Runs the subcommand.
pub fn run(args: World) -> anyhow::Result<()> {
    let world = Simulation::new(Options {
        kind: args.kind.kind(),
        seed: args.seed,
        n_customers: args.customers,
        n_days: args.days,
        start: args.start,
    })
    .map_err(|error| usage(error.to_string(), ""))?;
    if args.out == Path::new("-") {
        write_stdout(args.format, args.ids, &world)
    } else {
        write_folder(args, &world)
    }
}

/// Takes events one by one in one format.
trait EventRows {
    /// Writes one row under that customer id.
    fn write(&mut self, id: &str, row: &WorldEvent<'_>) -> anyhow::Result<()>;
    /// Writes what is still held back.
    fn finish(self: Box<Self>) -> anyhow::Result<()>;
}

fn event_rows<'w>(
    format: Format,
    world: &Simulation,
    out: impl Write + Send + 'w,
) -> anyhow::Result<Box<dyn EventRows + 'w>> {
    let properties = world.properties();
    Ok(match format {
        Format::Csv => Box::new(CsvRows::new(out, &properties)?),
        Format::Jsonl => Box::new(JsonRows::new(out)),
        Format::Parquet => Box::new(ParquetRows::new(out, &properties)?),
    })
}

/// Events only; a reader who has seen enough is no error.
fn write_stdout(format: Format, ids: Ids, world: &Simulation) -> anyhow::Result<()> {
    let stdout = io::stdout();
    if format == Format::Parquet && stdout.is_terminal() {
        return Err(usage(
            "Parquet is not for a terminal",
            "send standard output to a file, or name a folder with `--out DIR`",
        ));
    }
    let written = (|| {
        let mut events = event_rows(format, world, BufWriter::new(stdout))?;
        visit(world, |history| {
            history.events().try_for_each(|row| events.write(ids.of(&row), &row))
        })?;
        events.finish()
    })();
    match written {
        Err(error) if is_broken_pipe(&error) => Ok(()),
        other => other,
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io_error = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        let csv_error = cause.downcast_ref::<csv::Error>().and_then(|error| match error.kind() {
            csv::ErrorKind::Io(error) => Some(error.kind()),
            _ => None,
        });
        let json_error =
            cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
        [io_error, csv_error, json_error].contains(&Some(io::ErrorKind::BrokenPipe))
    })
}

fn write_folder(args: World, world: &Simulation) -> anyhow::Result<()> {
    let mut folder = Folder::prepare(args.out, args.force)?;
    let mut events = event_rows(args.format, world, folder.file(args.format.file_name())?)?;
    let mut orders = OrderRows::new(folder.file("orders.csv")?)?;
    let mut identities = IdentityRows::new(folder.file("identities.csv")?)?;
    let mut truth = TruthWriter::new(folder.file("truth.json")?, &world.planted())?;
    let mut counts = Counts::default();
    visit(world, |history| {
        for row in history.events() {
            events.write(args.ids.of(&row), &row)?;
            orders.write(&row)?;
        }
        history.identities().try_for_each(|identity| identities.write(history, identity))?;
        truth.customer(history.truth())?;
        counts += *history.counts();
        Ok(())
    })?;
    events.finish()?;
    orders.finish()?;
    identities.finish()?;
    truth.finish(&counts)?;
    let path = folder.publish()?;
    let (folder, file_name) = (path.display(), args.format.file_name());
    let Counts { n_rows, n_customers, .. } = counts;
    // Everything is written; that nobody listens is no failure.
    let _ = writeln!(
        io::stderr(),
        "wrote {n_rows} rows of {n_customers} customers to {folder}: {file_name}, orders.csv, \
         identities.csv, truth.json"
    );
    Ok(())
}

/// Visits every customer, with a progress bar where somebody watches.
fn visit(
    world: &Simulation,
    mut visit: impl FnMut(&History) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let n_customers = world.options().n_customers;
    // Draws nothing unless standard error is a terminal.
    let target = ProgressDrawTarget::stderr();
    let bar = ProgressBar::with_draw_target(Some(u64::from(n_customers)), target);
    bar.set_style(
        ProgressStyle::with_template("{bar:30} {pos}/{len} customers, {per_sec}, {eta} left")
            .context("the progress bar's template is malformed")?,
    );
    let walked = world.visit(0..n_customers, |history| {
        bar.inc(1);
        visit(history)
    });
    bar.finish_and_clear();
    walked
}
