//! `perennial doctor`: every file against its checksum, the catalog against the files.

use clap::Args;

use crate::cli::Data;
use crate::exit::{FINDINGS, Silent};
use crate::out::say_line;
use crate::settings::Settings;
use crate::table::{grouped, visible};

/// Check every file against its checksum and the catalog against the files.
#[derive(Debug, Args)]
pub struct Doctor {
    #[command(flatten)]
    data: Data,
}

/// Examines the data folder; findings are exit code 4.
pub fn run(settings: &Settings, args: &Doctor) -> anyhow::Result<()> {
    let checkup = settings.runtime()?.block_on(async {
        let lake = settings.open_for_reading(&args.data).await?;
        let bar = crate::progress::bytes("examining");
        let shown = bar.clone();
        let checkup = lake.doctor(move |done, total| {
            shown.set_length(total);
            shown.set_position(done);
        });
        let checkup = checkup.await;
        bar.finish_and_clear();
        anyhow::Ok(checkup?)
    })?;
    say_line!(
        "{} files, {} rows, {} bytes examined; {} accepted rows are not in files yet",
        grouped(checkup.n_files),
        grouped(checkup.n_rows),
        grouped(checkup.n_bytes),
        grouped(checkup.n_pending)
    );
    if checkup.is_clean() {
        say_line!("no findings");
        return Ok(());
    }
    for finding in &checkup.findings {
        say_line!("{}: {}: {}", finding.code, visible(&finding.place), visible(&finding.message));
        say_line!("    mend: {}", finding.mend);
    }
    Err(Silent(FINDINGS).into())
}
