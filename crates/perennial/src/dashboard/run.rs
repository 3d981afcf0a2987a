//! `perennial dashboard run`: every tile's question of one snapshot, in one scan.

use std::io::IsTerminal;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use perennial_insights::Reply;
use perennial_insights::ask::ask_all_knowing;
use perennial_insights::dashboard::{Dashboard, Filters};
use perennial_lake::Lake;
use perennial_server::dashboards::laid::{Laid, Outcome};
use perennial_server::dashboards::run::{Ran, Run as Asked};
use perennial_server::dashboards::{BoardError, Dashboards, Kept};
use perennial_server::export;
use perennial_server::models::{Resolved, resolve};
use perennial_server::segments::Library;
use serde_json::{Map, Value, json};

use super::file;
use crate::ask::{Language, human, write_to};
use crate::cli::Data;
use crate::exit::{Silent, usage};
use crate::settings::Settings;
use crate::table::visible;

/// Ask its questions in one scan.
#[derive(Debug, Args)]
pub struct Run {
    #[command(flatten)]
    data: Data,
    /// Name of the dashboard
    #[arg(required_unless_present = "file", conflicts_with = "file")]
    name: Option<String>,
    /// A file that holds one instead; nothing is saved
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// How the answers are written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Where they are written; standard output unless said
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Language of whatever is laid out for people
    #[arg(long, value_enum, default_value_t)]
    language: Language,
    #[command(flatten)]
    given: Given,
}

/// Filters for this run, over those of the dashboard; what a tile's own question says stays.
#[derive(Debug, Args)]
#[command(next_help_heading = "Filters of this run")]
struct Given {
    /// First civil date
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// Last civil date
    #[arg(long, value_name = "DATE")]
    to: Option<String>,
    /// End of the known world, an instant; now unless said
    #[arg(long, value_name = "INSTANT")]
    as_of: Option<String>,
    /// IANA zone of every civil date
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// everyone, buyers or net_buyers
    #[arg(long, value_name = "WHO")]
    population: Option<String>,
    /// Only the customers of a condition: `did order within 90 days`, `in segment vip`, or JSON
    #[arg(long, value_name = "CONDITION")]
    who: Option<String>,
    /// Any other filter: `--set period=week`; the value is JSON, or else text
    #[arg(long, value_name = "FILTER=VALUE")]
    set: Vec<String>,
}

/// How answers are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// To be read in a terminal
    #[default]
    Table,
    /// The whole answers
    Json,
    /// A sheet per table
    Xlsx,
    /// One picture of all tiles
    Svg,
    /// One picture of all tiles
    Png,
}

/// Asks, and ends with 2 or 1 where a tile's question is none or reading failed: every tile has been
/// written by then.
pub fn run(settings: &Settings, args: &Run) -> anyhow::Result<()> {
    let given = args.given.filters()?;
    let ran = settings.runtime()?.block_on(async {
        let lake = settings.open_for_reading(&args.data).await?;
        let (kept, dashboard) = named(args, &lake).await?;
        let given = in_zone(settings, given, &dashboard);
        ask(settings, &lake, Asked::new(&kept, &dashboard, &given, Timestamp::now())).await
    })?;
    let laid = ran.laid(args.language.into());
    write(args, &ran, &laid)?;
    match laid.iter().filter_map(|laid| laid.found.as_ref().err()).filter_map(code).min() {
        None => Ok(()),
        Some(code) => Err(Silent(code).into()),
    }
}

/// Where anything failed 1, else 2 where something is no question.
fn code(outcome: &Outcome) -> Option<u8> {
    match outcome {
        Outcome::Failed(words) => Some(if words.code == "internal" { 1 } else { 2 }),
        Outcome::Answered(_) | Outcome::Refused(_) => None,
    }
}

/// The configured zone where neither this run nor the dashboard says one.
fn in_zone(settings: &Settings, given: Filters, dashboard: &Dashboard) -> Filters {
    let named = |name: &str| perennial_types::calendar::Zone::named(name).ok();
    let configured = settings.configured_zone().and_then(named);
    let under = Filters { zone: configured, ..Filters::default() };
    match dashboard.filters.zone {
        Some(_) => given,
        None => given.over(&under),
    }
}

async fn named(args: &Run, lake: &Lake) -> anyhow::Result<(Kept, Dashboard)> {
    if let Some(path) = &args.file {
        let dashboard = file(path)?;
        let kept = Kept {
            name: dashboard.name.clone().unwrap_or_default(),
            version: 0,
            created_at: None,
            updated_at: None,
            dashboard: Ok(dashboard.clone()),
        };
        return Ok((kept, dashboard));
    }
    let name = args.name.as_deref().unwrap_or_default();
    let dashboards = Dashboards::load(lake.store()).await?;
    let kept = dashboards.get(name)?.clone();
    let dashboard = kept.readable()?.clone();
    Ok((kept, dashboard))
}

async fn ask(settings: &Settings, lake: &Lake, run: Asked) -> anyhow::Result<Ran> {
    let source = lake.snapshot().await?;
    let library = Library::load(lake.store()).await?;
    let session = settings.session();
    let resolved = resolve(lake.store(), run.questions()).await;
    let questions: Vec<(String, Value)> = resolved.iter().flatten().map(Resolved::asked).collect();
    let replies = ask_all_knowing(&session, &source, &library.conditions, &questions).await;
    let mut replies = replies.into_iter();
    let mut outcomes = Vec::with_capacity(resolved.len());
    for question in resolved {
        let question = match question {
            Ok(question) => question,
            Err(error) => {
                outcomes.push(error.into());
                continue;
            }
        };
        let Some(reply) = replies.next() else { break };
        outcomes.push(match reply {
            Ok(Reply { mut answer, customers }) => {
                question.tell(&mut answer);
                if let Some(keys) = customers {
                    perennial_server::fill_ids(lake, &mut answer, &keys).await?;
                }
                Outcome::Answered(answer)
            }
            Err(error) => error.into(),
        });
    }
    Ok(run.ran(outcomes))
}

fn write(args: &Run, ran: &Ran, laid: &[Laid]) -> anyhow::Result<()> {
    let output = args.output.as_deref();
    let format = match args.format {
        Format::Table => return write_to(output, in_words(laid, args.language).as_bytes()),
        Format::Json => {
            let mut answers = serde_json::to_vec_pretty(&ran.answers())?;
            answers.push(b'\n');
            return write_to(output, &answers);
        }
        Format::Xlsx => export::Format::Xlsx,
        Format::Svg => export::Format::Svg,
        Format::Png => export::Format::Png,
    };
    let is_binary = format != export::Format::Svg;
    if is_binary && output.is_none() && std::io::stdout().is_terminal() {
        return Err(usage("a terminal cannot show this format", "add `-o FILE`, or pipe it on"));
    }
    write_to(output, &ran.write(format, args.language.into())?)
}

/// Tile after tile, as `perennial ask` prints an answer.
fn in_words(laid: &[Laid], language: Language) -> String {
    let [refused, hint, left_out] = match language {
        Language::En => ["refused", "hint", "not filtered by"],
        Language::Zh => ["无法计算", "建议", "未按以下条件筛选："],
    };
    let mut out = String::new();
    for (place, Laid { title, found, left_out: names }) in (1..).zip(laid) {
        out.push_str(&format!("── {place}. {}\n", visible(title)));
        if !names.is_empty() {
            out.push_str(&format!("{left_out} {}\n", names.join(", ")));
        }
        match found {
            Ok(found) => out.push_str(&human(&found.presentation, language)),
            Err(outcome) => {
                let word = if matches!(outcome, Outcome::Refused(_)) { refused } else { "error" };
                let (reason, mend) = outcome.in_words(language.into());
                out.push_str(&format!("{word}: {}\n", visible(&reason)));
                if !mend.is_empty() {
                    out.push_str(&format!("{hint}: {}\n", visible(&mend)));
                }
            }
        }
        out.push('\n');
    }
    out
}

impl Given {
    fn filters(&self) -> anyhow::Result<Filters> {
        let texts = [
            ("from", &self.from),
            ("to", &self.to),
            ("as_of", &self.as_of),
            ("zone", &self.zone),
            ("population", &self.population),
        ];
        let mut filters = Map::new();
        for (name, text) in texts {
            if let Some(text) = text {
                filters.insert(name.to_owned(), json!(text));
            }
        }
        if let Some(text) = &self.who {
            filters.insert("who".to_owned(), json_or_text(text));
        }
        for text in &self.set {
            let (name, value) = text.split_once('=').ok_or_else(|| {
                usage(format!("`--set {text}` has no `=`"), "write `--set FILTER=VALUE`")
            })?;
            filters.insert(name.to_owned(), json_or_text(value));
        }
        Ok(Filters::read(&Value::Object(filters)).map_err(BoardError::from)?)
    }
}

fn json_or_text(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| json!(text))
}
