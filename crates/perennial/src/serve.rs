//! `perennial serve`: the web page and the API, on loopback.

use std::net::SocketAddr;

use anyhow::Context;
use clap::Args;
use perennial_server::ServeOptions;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::Data;
use crate::out::say_line;
use crate::settings::Settings;

/// Serve the web page and the API on loopback.
#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    data: Data,
    /// Address to serve on; only loopback until sign-in exists
    #[arg(long, value_name = "ADDRESS", env = "PERENNIAL_ADDRESS")]
    address: Option<SocketAddr>,
}

/// Serves until Ctrl-C or SIGTERM.
pub fn run(settings: &Settings, args: &Serve) -> anyhow::Result<()> {
    let data = settings.data(&args.data)?;
    let address = settings.address(args.address);
    settings.runtime()?.block_on(serve(settings, &data, address))
}

/// Serves a data folder, printing the address.
pub async fn serve(
    settings: &Settings,
    data: &std::path::Path,
    address: SocketAddr,
) -> anyhow::Result<()> {
    let stopped = stopped()?;
    let lake = settings.open_for_writing(data, "serve").await?;
    let guard = Some(crate::probe::guard as _);
    let options = ServeOptions { guard, ..ServeOptions::new(address, settings.threads) };
    let announce =
        |bound: SocketAddr| say_line!("Perennial is at http://{bound}  (Ctrl-C stops it)");
    perennial_server::serve(lake.clone(), options, announce, stopped).await?;
    lake.close().await;
    Ok(())
}

/// Ends with Ctrl-C or SIGTERM. Both are listened to from the call on, not only from the first wait.
fn stopped() -> anyhow::Result<impl Future<Output = ()>> {
    let mut interrupted = signal(SignalKind::interrupt()).context("cannot listen for Ctrl-C")?;
    let mut terminated = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}
