//! `perennial segment size`, `members` and `diff`.

use clap::Args;
use perennial_insights::present::{CellValue, ColumnKind, Table};
use perennial_server::outside_ids;
use perennial_server::segments::{Library, difference, keys, size as count};
use perennial_types::condition::CustomerCondition;
use serde_json::json;

use super::keep::size_words;
use super::{At, Format, ZoneArg, condition, csv, customers, open, shown, when};
use crate::cli::Data;
use crate::exit::usage;
use crate::out::{say, say_line};
use crate::settings::Settings;
use crate::table::{grouped, text};

/// Count the customers of a segment, or of a condition.
#[derive(Debug, Args)]
pub struct Size {
    #[command(flatten)]
    data: Data,
    /// Name of the segment
    #[arg(required_unless_present = "who", conflicts_with = "who")]
    name: Option<String>,
    /// A condition instead, as text or JSON
    #[arg(long, value_name = "CONDITION")]
    who: Option<String>,
    #[command(flatten)]
    at: At,
    /// How it is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// List the customers of a segment, as of any time.
#[derive(Debug, Args)]
pub struct Members {
    #[command(flatten)]
    data: Data,
    /// Name of the segment
    name: String,
    #[command(flatten)]
    at: At,
    /// How it is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// List who came into a segment and who left it between two times.
#[derive(Debug, Args)]
pub struct Diff {
    #[command(flatten)]
    data: Data,
    /// Name of the segment
    name: String,
    /// The earlier time: an instant, or a date whose end is meant
    #[arg(long, value_name = "WHEN")]
    from: String,
    /// The later one; now unless said
    #[arg(long, value_name = "WHEN")]
    to: Option<String>,
    #[command(flatten)]
    zone: ZoneArg,
    /// How it is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Counts.
pub fn size(settings: &Settings, args: &Size) -> anyhow::Result<()> {
    settings.runtime()?.block_on(async {
        let lake = open(settings, &args.data).await?;
        let library = Library::load(lake.store()).await?;
        let condition = match (&args.who, &args.name) {
            (Some(who), _) => condition(who)?,
            (None, Some(name)) => library.get(name)?.1.clone(),
            (None, None) => {
                return Err(usage("nothing to count", "name a segment, or give `--who`"));
            }
        };
        let zone = args.at.zone.zone(&lake)?;
        let as_of = when(args.at.as_of.as_deref(), &zone)?;
        let asked = library.asked(&condition, as_of, &zone)?;
        let size = count(&settings.session(), &lake.snapshot().await?, &asked).await?;
        match args.format {
            Format::Json => say_line!(
                "{:#}",
                json!({
                    "text": condition.to_string(), "as_of": shown(as_of), "zone": zone,
                    "n_customers": size.n_customers, "of": size.of, "warnings": size.warnings,
                })
            ),
            Format::Csv => say_line!("n_customers,of\n{},{}", size.n_customers, size.of),
            Format::Table => {
                for warning in perennial_insights::present::warning_lines(&size.warnings) {
                    say_line!("warning: {}", warning.en);
                }
                say_line!("{}", size_words(size.n_customers, size.of, as_of));
            }
        }
        Ok(())
    })
}

/// Lists.
pub fn members(settings: &Settings, args: &Members) -> anyhow::Result<()> {
    settings.runtime()?.block_on(async {
        let lake = open(settings, &args.data).await?;
        let library = Library::load(lake.store()).await?;
        let (segment, condition) = library.get(&args.name)?;
        let zone = args.at.zone.zone(&lake)?;
        let as_of = when(args.at.as_of.as_deref(), &zone)?;
        let asked = library.asked(condition, as_of, &zone)?;
        let found = keys(&settings.session(), &lake.snapshot().await?, &asked).await?;
        let ids = outside_ids(&lake, &found).await?;
        match args.format {
            Format::Json => say_line!(
                "{:#}",
                json!({
                    "segment": args.name, "version": segment.version, "text": condition.to_string(),
                    "as_of": shown(as_of), "zone": zone,
                    "customers": { "total": ids.len(), "ids": ids },
                })
            ),
            Format::Csv => say!("{}", csv(customers("customer", &ids))?),
            Format::Table if ids.is_empty() => say_line!("nobody is in it as of {}", shown(as_of)),
            Format::Table => say_line!(
                "{}\n{} customers as of {}",
                text(&customers("customer", &ids)),
                grouped(ids.len() as u64),
                shown(as_of)
            ),
        }
        anyhow::Ok(())
    })
}

/// Compares.
pub fn diff(settings: &Settings, args: &Diff) -> anyhow::Result<()> {
    settings.runtime()?.block_on(async {
        let lake = open(settings, &args.data).await?;
        let library = Library::load(lake.store()).await?;
        let (segment, condition) = library.get(&args.name)?;
        let zone = args.zone.zone(&lake)?;
        let (from, to) = (when(Some(&args.from), &zone)?, when(args.to.as_deref(), &zone)?);
        let asked = |condition: &CustomerCondition, at| library.asked(condition, at, &zone);
        let (before, after) = (asked(condition, from)?, asked(condition, to)?);
        let found = difference(&settings.session(), &lake.snapshot().await?, before, after).await?;
        let (entered, left) = (outside_ids(&lake, &found.entered).await?, outside_ids(&lake, &found.left).await?);
        if args.format == Format::Json {
            say_line!("{:#}", json!({
                "segment": args.name, "version": segment.version, "from": shown(from), "to": shown(to), "zone": zone,
                "entered": { "total": entered.len(), "ids": entered },
                "left": { "total": left.len(), "ids": left },
                "n_stayed": found.n_stayed,
            }));
            return Ok(());
        }
        let mut table = Table::new("customers", true, &[("customer", ColumnKind::Text), ("change", ColumnKind::Text)]);
        for (change, ids) in [("entered", &entered), ("left", &left)] {
            let row = |id: &String| vec![CellValue::Text(id.clone()), CellValue::Text(change.to_owned())];
            table.rows.extend(ids.iter().map(row));
        }
        if args.format == Format::Csv {
            say!("{}", csv(table)?);
            return Ok(());
        }
        if !table.rows.is_empty() {
            say_line!("{}", text(&table));
        }
        let [entered, left, stayed] = [entered.len(), left.len(), found.n_stayed].map(|n| grouped(n as u64));
        say_line!("{entered} entered, {left} left, {stayed} stayed, from {} to {}", shown(from), shown(to));
        anyhow::Ok(())
    })
}
