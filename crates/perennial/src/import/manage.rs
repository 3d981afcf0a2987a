//! `perennial import list`, `undo` and `letters`.

use clap::Args;
use perennial_insights::present::{CellValue, ColumnKind, Table};
use perennial_lake::LakeError;
use perennial_store::ImportState;

use crate::cli::Data;
use crate::out::say_line;
use crate::settings::Settings;
use crate::table::{grouped, text, visible};

/// List every import, newest first.
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    data: Data,
}

/// Take the rows of an import back.
#[derive(Debug, Args)]
pub struct Undo {
    #[command(flatten)]
    data: Data,
    /// Id of the import
    id: String,
}

/// Show the rows that could not be taken.
#[derive(Debug, Args)]
pub struct Letters {
    #[command(flatten)]
    data: Data,
    /// Id of the import
    id: String,
    /// How many
    #[arg(long, default_value_t = 20)]
    limit: u32,
    /// Only those after this one, to page on
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    after: i64,
}

/// Lists imports.
pub fn list(settings: &Settings, args: &List) -> anyhow::Result<()> {
    let (mut imports, is_written) = settings.runtime()?.block_on(async {
        let lake = settings.open_for_reading(&args.data).await?;
        let is_written = perennial_lake::holder(lake.folder())?.is_some();
        anyhow::Ok((lake.imports().await?, is_written))
    })?;
    // What a killed process left behind; the next one that writes notes it so.
    for import in
        imports.iter_mut().filter(|import| !is_written && import.state == ImportState::Running)
    {
        import.state = ImportState::Interrupted;
    }
    let mut table = Table::new(
        "imports",
        true,
        &[
            ("id", ColumnKind::Text),
            ("state", ColumnKind::Text),
            ("started", ColumnKind::Text),
            ("name", ColumnKind::Text),
            ("read", ColumnKind::Count),
            ("accepted", ColumnKind::Count),
            ("duplicate", ColumnKind::Count),
            ("rejected", ColumnKind::Count),
        ],
    );
    for import in imports {
        let started = jiff::Timestamp::from_microsecond(import.started_at);
        table.rows.push(vec![
            CellValue::Text(import.id),
            CellValue::text(serde_json::to_value(import.state)?.as_str()),
            CellValue::text(started.ok().map(|ts| ts.to_string())),
            CellValue::Text(import.name),
            CellValue::Count(import.counts.read),
            CellValue::Count(import.counts.accepted),
            CellValue::Count(import.counts.duplicate),
            CellValue::Count(import.counts.rejected),
        ]);
    }
    if table.rows.is_empty() {
        say_line!("no imports yet; `perennial import --data DIR --preset orders FILE` makes one");
    } else {
        say_line!("{}", text(&table));
    }
    Ok(())
}

/// Takes an import back.
pub fn undo(settings: &Settings, args: &Undo) -> anyhow::Result<()> {
    let data = settings.data(&args.data)?;
    let undone = settings.runtime()?.block_on(async {
        let lake = settings.open_for_writing(&data, "import undo").await?;
        let undone = lake.undo(&args.id).await;
        lake.close().await;
        anyhow::Ok(undone?)
    })?;
    say_line!("import {} is undone, {} rows are gone", args.id, grouped(undone.n_rows));
    Ok(())
}

/// Shows rejected rows.
pub fn letters(settings: &Settings, args: &Letters) -> anyhow::Result<()> {
    let letters = settings.runtime()?.block_on(async {
        let lake = settings.open_for_reading(&args.data).await?;
        let store = lake.store();
        if store.import(&args.id).await?.is_none() {
            return Err(LakeError::NoImport(args.id.clone()).into());
        }
        anyhow::Ok(store.dead_letters(Some(&args.id), args.after, args.limit).await?)
    })?;
    if letters.is_empty() {
        say_line!("no rejected rows of import {}", args.id);
    }
    for dead in letters {
        let letter = &dead.letter;
        let column = letter.column.as_deref().unwrap_or("-");
        let value = letter.value.as_deref().unwrap_or_default();
        say_line!(
            "#{} {} row {}, column `{}`, value `{}`: {}",
            dead.id,
            visible(&letter.file),
            letter.row,
            visible(column),
            visible(value),
            letter.reason
        );
        say_line!("    {}", visible(String::from_utf8_lossy(&letter.raw).trim_end()));
    }
    Ok(())
}
