//! `perennial model list`, `show`, `retire`, `export` and `import`.

use std::path::PathBuf;

use clap::Args;
use perennial_insights::present::{CellValue, ColumnKind, Table};
use perennial_server::models::{self, Registry, described, report, title};
use serde_json::{Value, json};

use super::{number, print_tables};
use crate::ask::{read, write_to};
use crate::cli::Data;
use crate::exit::usage;
use crate::listing::{Format, now};
use crate::out::say_line;
use crate::settings::Settings;
use crate::table::visible;

/// List every version of every model.
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    data: Data,
    /// How it is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Show a model.
#[derive(Debug, Args)]
pub struct Show {
    #[command(flatten)]
    data: Data,
    /// Its name, or `name@version`
    name: String,
    /// How it is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Say that a model is no longer used.
#[derive(Debug, Args)]
pub struct Retire {
    #[command(flatten)]
    data: Data,
    /// Its name for all versions, or `name@version` for one
    name: String,
}

/// Write all of a model to a file.
#[derive(Debug, Args)]
pub struct Export {
    #[command(flatten)]
    data: Data,
    /// Its name, or `name@version`
    name: String,
    /// Where it is written; standard output unless said
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Keep a model from a file.
#[derive(Debug, Args)]
pub struct Import {
    #[command(flatten)]
    data: Data,
    /// The name it gets
    name: String,
    /// The document, as `perennial model export` writes it; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What you say of it
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

/// Lists them.
pub fn list(settings: &Settings, args: &List) -> anyhow::Result<()> {
    let registry = settings.runtime()?.block_on(async {
        let lake = settings.open_for_reading(&args.data).await?;
        anyhow::Ok(Registry::load(lake.store()).await?)
    })?;
    let all: Vec<Value> = registry.models.iter().map(described).collect();
    if args.format == Format::Json {
        say_line!("{:#}", json!(all));
        return Ok(());
    }
    if all.is_empty() && args.format == Format::Table {
        say_line!("no models yet; `perennial train churn_risk --data DIR` makes one");
        return Ok(());
    }
    print_tables(vec![listed(&all)], args.format)
}

fn listed(all: &[Value]) -> Table {
    let columns = [
        ("model", ColumnKind::Text),
        ("version", ColumnKind::Count),
        ("kind", ColumnKind::Text),
        ("trained as of", ColumnKind::Text),
        ("customers", ColumnKind::Count),
        ("base rate", ColumnKind::Decimal),
        ("kept", ColumnKind::Text),
        ("retired", ColumnKind::Text),
        ("note", ColumnKind::Text),
    ];
    let mut table = Table::new("models", true, &columns);
    for one in all {
        let trained = &one["trained"];
        table.rows.push(vec![
            CellValue::text(one["name"].as_str()),
            CellValue::Count(one["version"].as_u64().unwrap_or_default()),
            CellValue::text(one["kind"].as_str()),
            CellValue::text(trained["as_of"].as_str()),
            trained["n_customers"].as_u64().map_or(CellValue::Absent, CellValue::Count),
            CellValue::Text(number(&trained["base_rate"])),
            CellValue::text(one["created_at"].as_str()),
            CellValue::text(one["retired_at"].as_str()),
            CellValue::text(one["note"].as_str()),
        ]);
    }
    table
}

/// Shows one.
pub fn show(settings: &Settings, args: &Show) -> anyhow::Result<()> {
    let shown = settings.runtime()?.block_on(async {
        let lake = settings.open_for_reading(&args.data).await?;
        let registry = Registry::load(lake.store()).await?;
        anyhow::Ok(models::shown(&lake, &registry, &args.name).await?)
    })?;
    if args.format == Format::Json {
        say_line!("{shown:#}");
        return Ok(());
    }
    if args.format == Format::Table {
        let text = |name: &str| visible(shown[name].as_str().unwrap_or_default());
        let (name, version) = (text("name"), &shown["version"]);
        say_line!(
            "model `{name}`, version {version}, a `{}`, kept {}",
            text("kind"),
            text("created_at")
        );
        for (what, name) in [("note", "note"), ("retired", "retired_at")] {
            if shown[name].is_string() {
                say_line!("{what}: {}", text(name));
            }
        }
        say_line!("asked: {}\n", visible(&shown["question"].to_string()));
    }
    let mut tables = report::presentation(&shown).tables;
    report::lay_out("versions", &shown["versions"], &mut tables);
    let scorings = shown["scorings"].as_array().filter(|scorings| !scorings.is_empty());
    tables.extend(scorings.map(|scorings| scored(scorings)));
    print_tables(tables, args.format)
}

/// The days a model has scored.
fn scored(scorings: &[Value]) -> Table {
    let columns = [
        ("day", ColumnKind::Text),
        ("name", ColumnKind::Text),
        ("model", ColumnKind::Text),
        ("customers", ColumnKind::Count),
        ("mean", ColumnKind::Decimal),
        ("median", ColumnKind::Decimal),
    ];
    let mut table = Table::new("scorings", true, &columns);
    for one in scorings {
        let told = &one["detail"]["distribution"];
        table.rows.push(vec![
            CellValue::text(one["day"].as_str()),
            CellValue::text(one["name"].as_str()),
            CellValue::text(one["model"].as_str()),
            CellValue::Count(one["n_rows"].as_u64().unwrap_or_default()),
            CellValue::Text(number(&told["mean"])),
            CellValue::Text(number(&told["median"])),
        ]);
    }
    table
}

/// Retires one.
pub fn retire(settings: &Settings, args: &Retire) -> anyhow::Result<()> {
    let retired = settings.runtime()?.block_on(async {
        let store = settings.open_store(&args.data).await?;
        let retired = models::retire(&store, &args.name, now()).await?;
        store.close().await;
        anyhow::Ok(retired)
    })?;
    match retired.is_empty() {
        true => say_line!("model `{}` was retired before", visible(&args.name)),
        false => retired.iter().for_each(|one| say_line!("model `{}` is retired", visible(one))),
    }
    Ok(())
}

/// Writes one out.
pub fn export(settings: &Settings, args: &Export) -> anyhow::Result<()> {
    let document = settings.runtime()?.block_on(async {
        let lake = settings.open_for_reading(&args.data).await?;
        let registry = Registry::load(lake.store()).await?;
        anyhow::Ok(models::document(lake.store(), registry.get(&args.name)?).await?)
    })?;
    write_to(args.output.as_deref(), format!("{document:#}\n").as_bytes())
}

/// Keeps one from a file.
pub fn import(settings: &Settings, args: &Import) -> anyhow::Result<()> {
    let file = args.file.display();
    let document: Value = serde_json::from_str(&read(&args.file)?).map_err(|error| {
        usage(format!("`{file}`: {error}"), "`perennial model export` writes one")
    })?;
    let model = settings.runtime()?.block_on(async {
        let store = settings.open_store(&args.data).await?;
        let head = store.head().await?;
        let state = (head.snapshot_id, head.known_at);
        let (name, note) = (Some(args.name.as_str()), args.note.clone());
        let model = models::keep(&store, name, document, note, now(), state).await?;
        store.close().await;
        anyhow::Ok(model)
    })?;
    say_line!("model `{}` is kept", visible(&title(&model)));
    Ok(())
}
