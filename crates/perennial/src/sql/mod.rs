//! `perennial sql`: a read-only query over the lake, in a child process with limits.
//!
//! A query can exhaust memory, time, disk or the stack of the process it runs in. So it runs in a
//! child that has little of each; this side waits, kills it when its time is over, and shows what
//! came back.

mod child;
mod show;

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::{Args, ValueEnum};

use crate::cli::Data;
use crate::exit::{Silent, usage};
use crate::settings::Settings;

/// Run a read-only SQL query over the lake.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Sql {
    #[command(flatten)]
    data: Data,
    /// The query; `-` is standard input
    query: String,
    /// How the result is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Seconds a query may take
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    timeout: u64,
    /// Memory a query may take, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 2048)]
    memory: u64,
    /// Rows of the result; more are cut, and said to be
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    rows: usize,
    /// Run the query here: what the guarded child is started with
    #[arg(long, hide = true)]
    unguarded: bool,
}

const HELP: &str = "\
Views:
  events     customer, ts, event, order_id, amount, currency, item, quantity, session, properties,
             source, message_id, sequence, ingested_at, identity, bucket
  orders     one row per order: customer, order_id, ts, amount, currency, n_lines
  customers  customer, namespace, outside_id
  customer_day  customer, day, name, value, text, model, sequence: scores of each day, in force

Example:
  perennial sql --data shop \"select date_trunc('month', ts) m, count(distinct customer) n
                             from events where event = 'order' group by 1 order by 1\"";

/// How a result is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// To be read in a terminal
    #[default]
    Table,
    /// A list of objects
    Json,
    /// Comma-separated values
    Csv,
}

/// Runs a query.
pub fn run(settings: &Settings, args: &Sql) -> anyhow::Result<()> {
    let mut query = args.query.clone();
    if query == "-" {
        query.clear();
        std::io::stdin().read_to_string(&mut query).context("cannot read standard input")?;
    }
    if args.unguarded {
        return child::run(settings, args, &query);
    }
    perennial_engine::sql::check(&query)?;
    // Asked here, so that a folder that does not exist is no riddle from a child.
    let data = settings.data(&args.data)?;
    let mut command = Command::new(std::env::current_exe().context("cannot find this program")?);
    if let Some(database) = settings.database_text() {
        command.env("PERENNIAL_DATABASE", database);
    }
    command
        .arg("sql")
        .arg("--unguarded")
        .arg("--data")
        .arg(data)
        .args(["--memory", &args.memory.to_string(), "--rows", &args.rows.to_string()])
        .args(["--timeout", &args.timeout.to_string(), "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = command.spawn().context("cannot start the guarded process")?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(query.as_bytes()).context("cannot hand the query over")?;
    }
    let result = wait(&mut child, Duration::from_secs(args.timeout))?;
    show::print(args.format, &result)
}

/// The result, read while the clock runs. The child is killed when its time is over.
fn wait(child: &mut Child, limit: Duration) -> anyhow::Result<Vec<u8>> {
    let deadline = Instant::now() + limit;
    let mut stdout = child.stdout.take().context("the guarded process has no output")?;
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = stdout.read_to_end(&mut bytes).map(|_| bytes);
        // The receiver is gone only when the time was over.
        let _ = sender.send(read);
    });
    let Ok(read) = receiver.recv_timeout(deadline.saturating_duration_since(Instant::now())) else {
        child.kill().context("cannot stop the query")?;
        child.wait()?;
        return Err(usage(
            format!("the query took longer than {} s and was stopped", limit.as_secs()),
            "narrow it, or give it more time with `--timeout`",
        ));
    };
    let status = child.wait()?;
    match status.code() {
        Some(0) => Ok(read?),
        // The child has said what is wrong on the same standard error.
        Some(code) => Err(Silent(u8::try_from(code).unwrap_or(1)).into()),
        None => Err(usage(
            "the query needed more memory or stack than it may take and was stopped",
            "narrow it, or give it more with `--memory`",
        )),
    }
}
