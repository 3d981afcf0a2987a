//! `perennial serve`: the web page and the API, on loopback.

use std::net::SocketAddr;

use clap::Args;
use perennial_server::ServeOptions;

use crate::cli::Data;
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
    let lake = settings.open_for_writing(data, "serve").await?;
    let guard = Some(crate::probe::guard as _);
    let options = ServeOptions { guard, ..ServeOptions::new(address, settings.threads) };
    let announce = |bound: SocketAddr| println!("Perennial is at http://{bound}  (Ctrl-C stops it)");
    perennial_server::serve(lake.clone(), options, announce, stopped()).await?;
    lake.close().await;
    Ok(())
}

/// Ends with Ctrl-C or SIGTERM.
async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupted = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
        }
        Err(_) => {
            // Without that signal Ctrl-C alone stops it.
            let _ = interrupted.await;
        }
    }
}
