//! `perennial flush`: a barrier; whatever was accepted before it stands in files after it.

use clap::Args;

use crate::cli::Data;
use crate::out::say_line;
use crate::settings::Settings;
use crate::table::grouped;

/// Write everything accepted so far into files.
#[derive(Debug, Args)]
pub struct Flush {
    #[command(flatten)]
    data: Data,
}

/// Flushes.
pub fn run(settings: &Settings, args: &Flush) -> anyhow::Result<()> {
    let data = settings.data(&args.data)?;
    let flushed = settings.runtime()?.block_on(async {
        let lake = settings.open_for_writing(&data, "flush").await?;
        let flushed = lake.flush().await;
        lake.close().await;
        anyhow::Ok(flushed?)
    })?;
    say_line!("{} rows are in files now", grouped(flushed.n_rows));
    Ok(())
}
