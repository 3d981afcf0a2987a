//! `perennial dashboard list`, `show`, `export` and `history`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use perennial_insights::dashboard::{FILTER_NAMES, Show as Shows};
use perennial_insights::present::{CellValue, ColumnKind, Table};
use perennial_server::dashboards::{Dashboards, Kept, text};
use serde_json::json;

use crate::ask::{Language, write_to};
use crate::cli::Data;
use crate::exit::usage;
use crate::listing::{Format, csv, shown};
use crate::out::{say, say_line};
use crate::settings::Settings;
use crate::table::{text as table_text, visible};

/// List the dashboards.
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    data: Data,
    /// How it is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Language of the titles
    #[arg(long, value_enum, default_value_t)]
    language: Language,
}

/// Show a dashboard: its filters and tiles.
#[derive(Debug, Args)]
pub struct Show {
    #[command(flatten)]
    data: Data,
    /// Its name
    name: String,
    /// How it is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Language of the titles
    #[arg(long, value_enum, default_value_t)]
    language: Language,
}

/// Write a dashboard as a file.
#[derive(Debug, Args)]
pub struct Export {
    #[command(flatten)]
    data: Data,
    /// Its name
    name: String,
    /// Which of its versions; the newest unless said
    #[arg(long, value_name = "N")]
    version: Option<i64>,
    /// How it is written
    #[arg(long, value_enum, default_value_t)]
    format: FileFormat,
    /// Where it is written; standard output unless said
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// List the versions of a dashboard.
#[derive(Debug, Args)]
pub struct History {
    #[command(flatten)]
    data: Data,
    /// Its name
    name: String,
    /// How it is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// How a file is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum FileFormat {
    /// For version control
    #[default]
    Yaml,
    /// For programs
    Json,
}

fn load(settings: &Settings, data: &Data) -> anyhow::Result<Dashboards> {
    settings.runtime()?.block_on(async {
        let lake = settings.open_for_reading(data).await?;
        Ok(Dashboards::load(lake.store()).await?)
    })
}

/// The versions of one, newest first.
fn versions(settings: &Settings, data: &Data, name: &str) -> anyhow::Result<Vec<Kept>> {
    settings.runtime()?.block_on(async {
        let lake = settings.open_for_reading(data).await?;
        Ok(Dashboards::load(lake.store()).await?.versions(lake.store(), name).await?)
    })
}

/// Lists them.
pub fn list(settings: &Settings, args: &List) -> anyhow::Result<()> {
    let dashboards = load(settings, &args.data)?;
    let all: Vec<_> = dashboards.all.iter().map(Kept::described).collect();
    if args.format == Format::Json {
        say_line!("{:#}", json!(all));
        return Ok(());
    }
    let mut table = columns(&["name", "version", "title", "owner", "updated", "tiles"]);
    for one in all {
        let title = match args.language {
            Language::En => one.title.en,
            Language::Zh => one.title.zh,
        };
        table.rows.push(vec![
            CellValue::Text(one.name),
            version(one.version),
            CellValue::Text(title),
            CellValue::text(one.owner),
            CellValue::text(one.updated_at),
            CellValue::Text(one.trouble.unwrap_or_else(|| one.kinds.join(", "))),
        ]);
    }
    write(table, args.format)
}

/// Shows one.
pub fn show(settings: &Settings, args: &Show) -> anyhow::Result<()> {
    let dashboards = load(settings, &args.data)?;
    let kept = dashboards.get(&args.name)?;
    if args.format == Format::Json {
        say_line!("{:#}", json!(kept.described()));
        return Ok(());
    }
    let dashboard = kept.readable()?;
    let in_language = |text: perennial_types::question::Text| match args.language {
        Language::En => text.en,
        Language::Zh => text.zh,
    };
    let mut table = columns(&["tile", "title", "kind", "shows", "width", "question"]);
    for (place, tile) in (1_u64..).zip(&dashboard.tiles) {
        let shows = match tile.show {
            Shows::Picture => "picture",
            Shows::Table => "table",
        };
        table.rows.push(vec![
            CellValue::Count(place),
            CellValue::Text(in_language(tile.title.text())),
            CellValue::Text(tile.kind.clone()),
            CellValue::Text(format!("{shows} {}", tile.place)),
            CellValue::Count(tile.width.into()),
            CellValue::Text(json!(tile.question).to_string()),
        ]);
    }
    if args.format == Format::Table {
        let updated = kept.updated_at.map_or("built in".to_owned(), shown);
        say_line!("dashboard `{}`, version {}, {updated}", visible(&kept.name), kept.version);
        say_line!("{}", visible(&in_language(dashboard.title.text())));
        if let Some(owner) = &dashboard.owner {
            say_line!("owner: {}", visible(owner));
        }
        let filters = json!(dashboard.filters);
        for name in FILTER_NAMES {
            if let Some(value) = filters.get(name) {
                say_line!("{name}: {}", visible(&value.to_string()));
            }
        }
    }
    write(table, args.format)
}

/// Writes one as a file.
pub fn export(settings: &Settings, args: &Export) -> anyhow::Result<()> {
    let versions = versions(settings, &args.data, &args.name)?;
    let found =
        versions.iter().find(|kept| args.version.is_none_or(|version| kept.version == version));
    let kept = found.ok_or_else(|| {
        let message = format!(
            "dashboard `{}` has no version `{}`",
            args.name,
            args.version.unwrap_or_default()
        );
        usage(message, "`perennial dashboard history` lists them")
    })?;
    let dashboard = kept.readable()?;
    let text = match args.format {
        FileFormat::Yaml => text::to_yaml(dashboard)?,
        FileFormat::Json => format!("{:#}\n", json!(dashboard)),
    };
    write_to(args.output.as_deref(), text.as_bytes())
}

/// Lists the versions of one.
pub fn history(settings: &Settings, args: &History) -> anyhow::Result<()> {
    let versions = versions(settings, &args.data, &args.name)?;
    let all: Vec<_> = versions.iter().map(Kept::described).collect();
    if args.format == Format::Json {
        say_line!("{:#}", json!(all));
        return Ok(());
    }
    let mut table = columns(&["version", "updated", "owner", "title", "tiles"]);
    for one in all {
        table.rows.push(vec![
            version(one.version),
            CellValue::text(one.updated_at),
            CellValue::text(one.owner),
            CellValue::Text(one.title.en),
            CellValue::Text(one.trouble.unwrap_or_else(|| one.kinds.join(", "))),
        ]);
    }
    write(table, args.format)
}

fn version(version: i64) -> CellValue {
    CellValue::Count(version.unsigned_abs())
}

/// An empty table of columns of these names; numbers among them stand at the right.
fn columns(names: &[&str]) -> Table {
    let kind = |name: &&str| match *name {
        "version" | "tile" | "width" => ColumnKind::Count,
        _ => ColumnKind::Text,
    };
    let columns: Vec<(&str, ColumnKind)> = names.iter().map(|name| (*name, kind(name))).collect();
    Table::new("dashboards", true, &columns)
}

fn write(table: Table, format: Format) -> anyhow::Result<()> {
    match format {
        Format::Csv => say!("{}", csv(table)?),
        Format::Table | Format::Json => say_line!("{}", table_text(&table)),
    }
    Ok(())
}
