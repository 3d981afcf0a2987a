//! `perennial demo`: a sample company, made once, in the browser.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use jiff::ToSpan;
use perennial_lake::source::{Input, Preset, SourceOptions};
use perennial_lake::{ImportRequest, Lake};
use tokio_util::sync::CancellationToken;

use crate::out::say_line;
use crate::progress::Bar;
use crate::serve;
use crate::settings::Settings;
use crate::table::grouped;
use crate::world::World;

/// Days the sample company has existed.
const DAYS: u32 = 730;

/// Make a sample company and open it in the browser.
#[derive(Debug, Args)]
pub struct Demo {
    /// Folder of the sample company; made when it does not exist
    #[arg(long, value_name = "DIR", default_value = "perennial-demo")]
    data: PathBuf,
    /// How many customers it has
    #[arg(long, value_name = "N", default_value_t = 5_000)]
    customers: u32,
    /// Seed of its randomness
    #[arg(long, value_name = "N", default_value_t = 7)]
    seed: u64,
    /// Address to serve on; only loopback until sign-in exists
    #[arg(long, value_name = "ADDRESS", env = "PERENNIAL_ADDRESS")]
    address: Option<SocketAddr>,
}

/// Makes the company where it is not there yet, and serves it.
pub fn run(settings: &Settings, args: &Demo) -> anyhow::Result<()> {
    let runtime = settings.runtime()?;
    if args.data.join(perennial_lake::DATABASE).exists() {
        say_line!("opening the sample company in `{}`", args.data.display());
    } else {
        say_line!(
            "making a sample company of {} customers in `{}`",
            grouped(args.customers.into()),
            args.data.display()
        );
        let made = make(settings, args, &runtime);
        if made.is_err() {
            // Half a company would be opened next time as if it were whole.
            let _ = std::fs::remove_dir_all(&args.data);
        }
        made?;
    }
    runtime.block_on(serve::serve(settings, &args.data, settings.address(args.address)))
}

fn make(settings: &Settings, args: &Demo, runtime: &tokio::runtime::Runtime) -> anyhow::Result<()> {
    let work = tempfile::tempdir()?;
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let start = today.checked_sub(i64::from(DAYS).days())?;
    crate::world::run(World::sample(args.customers, DAYS, args.seed, start, work.path()))?;
    runtime.block_on(async {
        let lake = settings.open_for_writing(&args.data, "demo").await?;
        let imported = import(settings, &lake, &work.path().join("events.parquet")).await;
        lake.close().await;
        imported
    })
}

async fn import(settings: &Settings, lake: &Lake, events: &Path) -> anyhow::Result<()> {
    let now = jiff::Timestamp::now().as_microsecond();
    let options = SourceOptions::new(Preset::Events, now);
    let request = ImportRequest {
        n_threads: settings.threads,
        ..ImportRequest::new(Input::path(events), options)
    };
    let bar = Arc::new(Bar::new("sample company"));
    let imported = lake.ingest(request, bar.clone(), CancellationToken::new()).await;
    bar.finish();
    let counts = imported?.counts;
    say_line!(
        "imported {} events; {} arrived twice and count once",
        grouped(counts.accepted),
        grouped(counts.duplicate)
    );
    Ok(())
}
