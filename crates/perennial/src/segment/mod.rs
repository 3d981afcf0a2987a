//! `perennial segment`: conditions over customers, saved by name.

mod keep;
mod look;

use clap::{Args, Subcommand, ValueEnum};
use perennial_insights::present::{CellValue, ColumnKind, Table};
use perennial_insights::segment::who::instant;
use perennial_lake::Lake;
use perennial_types::calendar::{Micros, Zone};
use perennial_types::condition::CustomerCondition;
use perennial_types::filter::Language;
use serde_json::Value;

use crate::cli::Data;
use crate::exit::usage;
use crate::listing::{Format, csv, now, shown};
use crate::settings::Settings;

/// Keep segments of customers: make, list, size, members, compare.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Segment {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
A condition is text, or JSON: docs/reference/segments.md has every form with an example.

Examples:
  perennial segment create --data shop gold \"sum(amount) of order within 1 year > 1000\"
  perennial segment create --data shop quiet \"in segment gold and not (did order within 90 days)\"
  perennial segment size --data shop quiet --as-of 2011-06-30
  perennial segment size --data shop --who \"never did refund\"
  perennial segment members --data shop quiet --format csv
  perennial segment diff --data shop quiet --from 2011-06-30 --to 2011-09-30
  perennial ask retention --data shop --who \"in segment gold\"";

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a segment; says what it means and how many are in it
    Create(keep::Create),
    /// List the segments
    List(keep::List),
    /// Show a segment: its meaning, its versions, who names it
    Show(keep::Show),
    /// Forget a segment with all its versions
    Delete(keep::Delete),
    /// Count the customers of a segment, or of a condition
    Size(look::Size),
    /// List the customers of a segment, as of any time
    Members(look::Members),
    /// List who came into a segment and who left it between two times
    Diff(look::Diff),
}

/// As of when, and whose days.
#[derive(Debug, Args)]
struct At {
    /// End of the known world: an instant, or a date whose end is meant; now unless said
    #[arg(long, value_name = "WHEN")]
    as_of: Option<String>,
    #[command(flatten)]
    zone: ZoneArg,
}

#[derive(Debug, Args)]
struct ZoneArg {
    /// IANA zone of civil days; that of the workspace unless said
    #[arg(long, value_name = "ZONE", env = "PERENNIAL_ZONE")]
    zone: Option<String>,
}

/// Language of sentences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Words {
    /// English
    #[default]
    En,
    /// 简体中文
    Zh,
}

impl From<Words> for Language {
    fn from(words: Words) -> Language {
        match words {
            Words::En => Language::English,
            Words::Zh => Language::Chinese,
        }
    }
}

/// Does it.
pub fn run(settings: &Settings, args: Segment) -> anyhow::Result<()> {
    match args.action {
        Action::Create(args) => keep::create(settings, &args),
        Action::List(args) => keep::list(settings, &args),
        Action::Show(args) => keep::show(settings, &args),
        Action::Delete(args) => keep::delete(settings, &args),
        Action::Size(args) => look::size(settings, &args),
        Action::Members(args) => look::members(settings, &args),
        Action::Diff(args) => look::diff(settings, &args),
    }
}

impl ZoneArg {
    fn zone(&self, lake: &Lake) -> anyhow::Result<Zone> {
        let name = self.zone.as_deref().unwrap_or(&lake.workspace().zone);
        Zone::named(name).map_err(|error| usage(error.to_string(), error.hint()))
    }
}

/// The instant a text means; now without one.
fn when(text: Option<&str>, zone: &Zone) -> anyhow::Result<Micros> {
    Ok(match text {
        None => now(),
        Some(text) => instant(text, zone)?,
    })
}

/// A condition as text or as JSON.
fn condition(text: &str) -> anyhow::Result<CustomerCondition> {
    let read = match serde_json::from_str::<Value>(text) {
        Ok(json @ Value::Object(_)) => CustomerCondition::from_json(&json),
        _ => text.trim().parse(),
    };
    read.map_err(|error| usage(error.to_string(), error.hint()))
}

async fn open(settings: &Settings, data: &Data) -> anyhow::Result<Lake> {
    settings.open_for_reading(data).await
}

/// One column of customers.
fn customers(name: &str, ids: &[String]) -> Table {
    let mut table = Table::new("customers", true, &[(name, ColumnKind::Text)]);
    table.rows = ids.iter().map(|id| vec![CellValue::Text(id.clone())]).collect();
    table
}
