//! `perennial doctor`: every file against its checksum, the catalog against the files.

use clap::Args;

use crate::cli::Data;
use crate::exit::{FINDINGS, Silent};
use crate::settings::Settings;
use crate::table::grouped;

/// Check every file against its checksum and the catalog against the files.
#[derive(Debug, Args)]
pub struct Doctor {
    #[command(flatten)]
    data: Data,
}

/// Examines the data folder; findings are exit code 4.
pub fn run(settings: &Settings, args: &Doctor) -> anyhow::Result<()> {
    let report = settings.runtime()?.block_on(async {
        let lake = settings.open_for_reading(&args.data).await?;
        anyhow::Ok(lake.doctor().await?)
    })?;
    println!("{} files, {} rows examined", grouped(report.n_files), grouped(report.n_rows));
    if report.findings.is_empty() {
        println!("no findings");
        return Ok(());
    }
    for finding in &report.findings {
        println!("finding: {finding}");
        println!("   mend: {}", finding.mend());
    }
    Err(Silent(FINDINGS).into())
}
