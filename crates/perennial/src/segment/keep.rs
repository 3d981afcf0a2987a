//! `perennial segment create`, `list`, `show` and `delete`.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use perennial_insights::present::{CellValue, ColumnKind, Table};
use perennial_server::segments::{Library, described, size};
use perennial_store::NewSegment;
use serde_json::{Value, json};

use super::{At, Format, Words, condition, csv, now, open, shown, when};
use crate::cli::Data;
use crate::exit::usage;
use crate::out::{say, say_line};
use crate::settings::Settings;
use crate::table::{grouped, text, visible};

/// Make a segment; says what it means and how many are in it.
#[derive(Debug, Args)]
pub struct Create {
    #[command(flatten)]
    data: Data,
    /// Its name
    name: String,
    /// Its condition, as text or JSON
    #[arg(required_unless_present = "file", conflicts_with = "file")]
    condition: Option<String>,
    /// File that holds the condition, as text or JSON; `-` is standard input
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Who answers for it
    #[arg(long)]
    owner: Option<String>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Write a new version of a segment that exists
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    at: At,
    /// Language of the sentence
    #[arg(long, value_enum, default_value_t)]
    language: Words,
}

/// List the segments.
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    data: Data,
    /// How it is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Show a segment: its meaning, its versions, who names it.
#[derive(Debug, Args)]
pub struct Show {
    #[command(flatten)]
    data: Data,
    /// Its name
    name: String,
    /// How it is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Language of the sentence
    #[arg(long, value_enum, default_value_t)]
    language: Words,
}

/// Forget a segment with all its versions.
#[derive(Debug, Args)]
pub struct Delete {
    #[command(flatten)]
    data: Data,
    /// Its name
    name: String,
}

/// Makes one.
pub fn create(settings: &Settings, args: &Create) -> anyhow::Result<()> {
    let written = match (&args.condition, &args.file) {
        (Some(text), _) => text.clone(),
        (None, Some(path)) => read(path)?,
        (None, None) => {
            return Err(usage(
                "no condition is given",
                "write it after the name, or give `--file`",
            ));
        }
    };
    let condition = condition(&written)?;
    settings.runtime()?.block_on(async {
        let store = settings.open_store(&args.data).await?;
        let lake = open(settings, &args.data).await?;
        let zone = args.at.zone.zone(&lake)?;
        let as_of = when(args.at.as_of.as_deref(), &zone)?;
        let mut library = Library::load(&store).await?;
        let new = NewSegment {
            name: args.name.clone(),
            condition: json!(condition),
            owner: args.owner.clone(),
            description: args.description.clone(),
            at: now(),
        };
        let segment = library.put(&store, &new, &condition, args.replace).await?;
        say_line!("segment `{}`, version {}", visible(&segment.name), segment.version);
        say_line!("{condition}");
        say_line!("{}", condition.in_words(args.language.into()));
        let asked = library.asked(&condition, as_of, &zone)?;
        let size = size(&settings.session(), &lake.snapshot().await?, &asked).await?;
        say_line!("{}", size_words(size.n_customers, size.of, as_of));
        for warning in perennial_insights::present::warning_lines(&size.warnings) {
            say_line!("warning: {}", warning.en);
        }
        store.close().await;
        anyhow::Ok(())
    })
}

/// `12 of 4,338 customers as of …`
pub(super) fn size_words(n_customers: usize, of: usize, as_of: i64) -> String {
    let share = if of == 0 {
        String::new()
    } else {
        format!(" ({})", perennial_insights::present::percent(n_customers as f64 / of as f64))
    };
    let (n_customers, of) = (grouped(n_customers as u64), grouped(of as u64));
    format!("{n_customers} of {of} customers{share} as of {}", shown(as_of))
}

fn read(path: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).context("cannot read standard input")?;
        return Ok(text);
    }
    std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))
}

/// Lists them.
pub fn list(settings: &Settings, args: &List) -> anyhow::Result<()> {
    let library = settings.runtime()?.block_on(async {
        let lake = open(settings, &args.data).await?;
        anyhow::Ok(Library::load(lake.store()).await?)
    })?;
    let pairs = library.segments.iter().filter_map(|one| library.get(&one.name).ok());
    let all: Vec<Value> =
        pairs.map(|(segment, condition)| described(segment, condition, &library)).collect();
    if args.format == Format::Json {
        say_line!("{:#}", json!(all));
        return Ok(());
    }
    let mut table = Table::new(
        "segments",
        true,
        &[
            ("name", ColumnKind::Text),
            ("version", ColumnKind::Count),
            ("owner", ColumnKind::Text),
            ("updated", ColumnKind::Text),
            ("condition", ColumnKind::Text),
            ("used by", ColumnKind::Text),
        ],
    );
    for one in &all {
        let users: Vec<&str> =
            one["used_by"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        table.rows.push(vec![
            CellValue::text(one["name"].as_str()),
            CellValue::Count(one["version"].as_u64().unwrap_or_default()),
            CellValue::text(one["owner"].as_str()),
            CellValue::text(one["updated_at"].as_str()),
            CellValue::text(one["text"].as_str()),
            CellValue::Text(users.join(", ")),
        ]);
    }
    match args.format {
        Format::Csv => say!("{}", csv(table)?),
        _ if table.rows.is_empty() => {
            say_line!(
                "no segments yet; `perennial segment create --data DIR NAME CONDITION` makes one"
            );
        }
        _ => say_line!("{}", text(&table)),
    }
    Ok(())
}

/// Shows one.
pub fn show(settings: &Settings, args: &Show) -> anyhow::Result<()> {
    let (library, versions) = settings.runtime()?.block_on(async {
        let lake = open(settings, &args.data).await?;
        let library = Library::load(lake.store()).await?;
        let versions = lake.store().segment_versions(&args.name).await?;
        anyhow::Ok((library, versions))
    })?;
    let (segment, condition) = library.get(&args.name)?;
    let mut whole = described(segment, condition, &library);
    let version = |one: &perennial_store::Segment| {
        json!({ "version": one.version, "condition": one.condition, "owner": one.owner,
                "description": one.description, "updated_at": shown(one.updated_at) })
    };
    whole["versions"] = versions.iter().map(version).collect();
    if args.format != Format::Table {
        say_line!("{whole:#}");
        return Ok(());
    }
    say_line!(
        "segment `{}`, version {}, of {}",
        visible(&segment.name),
        segment.version,
        shown(segment.updated_at)
    );
    for (what, value) in [("owner", &segment.owner), ("description", &segment.description)] {
        if let Some(value) = value {
            say_line!("{what}: {}", visible(value));
        }
    }
    say_line!("{condition}\n{}", condition.in_words(args.language.into()));
    for user in library.users_of(&args.name) {
        say_line!("named by segment `{}`", visible(&user));
    }
    for dashboard in library.dashboards_of(&args.name) {
        say_line!("named by dashboard `{}`", visible(&dashboard));
    }
    for one in versions.iter().skip(1) {
        say_line!("version {}, of {}: {}", one.version, shown(one.updated_at), one.condition);
    }
    Ok(())
}

/// Forgets one.
pub fn delete(settings: &Settings, args: &Delete) -> anyhow::Result<()> {
    settings.runtime()?.block_on(async {
        let store = settings.open_store(&args.data).await?;
        Library::load(&store).await?.delete(&store, &args.name).await?;
        store.close().await;
        anyhow::Ok(())
    })?;
    say_line!("segment `{}` is gone", visible(&args.name));
    Ok(())
}
