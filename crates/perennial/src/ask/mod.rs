//! `perennial ask`: a question in flags or in JSON, an answer as a table, a file or a picture.

pub mod flags;

use std::io::{IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, ValueEnum};
use perennial_engine::source::RunSource;
use perennial_insights::ask::{ask_knowing, explain};
use perennial_insights::present::{CellValue, Presentation};
use perennial_insights::segment::who;
use perennial_insights::{Answer, AskError, Insight, Reply, sql};
use perennial_lake::Lake;
use perennial_server::models::{ModelError, Resolved, resolve};
use perennial_server::segments::Library;
use serde_json::{Value, json};

use crate::cli::Data;
use crate::exit::{read_text, usage};
use crate::settings::Settings;
use crate::table;

/// Ask a question of the customer base.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Ask {
    /// Kind of question; `perennial ask list` names them
    kind: String,
    #[command(flatten)]
    data: Data,
    /// The whole question as JSON; `-` is standard input. Flags beat its fields
    #[arg(long, value_name = "FILE")]
    question: Option<PathBuf>,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Where it is written; standard output unless said
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Which picture `svg` and `png` draw
    #[arg(long, value_enum, default_value_t)]
    picture: PictureKind,
    /// Print a question of this kind and stop
    #[arg(long)]
    sample: bool,
    /// Print the SQL that gives the answer's numbers again on DuckDB and stop
    #[arg(long, conflicts_with_all = ["format", "sample"])]
    sql: bool,
    /// Language of what stands around the table
    #[arg(long, value_enum, default_value_t)]
    language: Language,
    #[command(flatten)]
    flags: flags::Flags,
}

const EXAMPLES: &str = "\
Examples:
  perennial ask retention --data shop --start order --return order --period month --population buyers
  perennial ask retention --data shop --period week --breakdown properties.Country --top 5
  perennial ask retention --data shop --cell 2010-12-01:1 --format csv
  perennial ask crr --data shop --period quarter --industry retail
  perennial ask rfm --data shop --classes rf10 --cell class:at_risk --format csv
  perennial ask lifecycle --data shop --population buyers --period month --set threshold.periods=3
  perennial ask stickiness --data shop --period week --event order
  perennial ask funnel --data shop --step view --step cart --step order --within 7d
  perennial ask path --data shop --start view --end order --node stage --format png -o paths.png
  perennial ask sessions --data shop --set session.gap_minutes=30
  perennial ask retention --data shop --who \"did order at least 2 times within 1 year\"
  perennial ask lifecycle --data shop --period month --sql
  perennial ask churn_risk --data shop --set model=churn
  perennial ask retention --data shop --question question.json --format png -o triangle.png";

/// How an answer is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// To be read in a terminal
    #[default]
    Table,
    /// The whole answer
    Json,
    /// One fact per row
    Csv,
    /// One fact per row
    Parquet,
    /// A sheet per table
    Xlsx,
    /// A picture
    Svg,
    /// A picture
    Png,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum PictureKind {
    /// The first one: the triangle, the bars, the flow
    #[default]
    #[value(alias = "first")]
    Heatmap,
    /// The curve, where there is one
    Curve,
}

/// Language of whatever is laid out for people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// English
    #[default]
    En,
    /// 简体中文
    Zh,
}

impl From<Language> for perennial_types::filter::Language {
    fn from(language: Language) -> perennial_types::filter::Language {
        match language {
            Language::En => perennial_types::filter::Language::English,
            Language::Zh => perennial_types::filter::Language::Chinese,
        }
    }
}

/// Asks.
pub fn run(settings: &Settings, args: Ask) -> anyhow::Result<()> {
    if args.kind == "list" {
        return list();
    }
    let insight = perennial_insights::named(&args.kind).ok_or_else(|| {
        let kinds: Vec<&str> = perennial_insights::all().iter().map(|one| one.kind()).collect();
        usage(
            format!("no insight is called `{}`", args.kind),
            format!("one of: {}", kinds.join(", ")),
        )
    })?;
    if args.sample {
        return print(format!("{:#}\n", insight.sample()).as_bytes());
    }
    let mut question = question_of(settings, args.question.as_deref(), &args.flags)?;
    if args.sql {
        let script = settings.runtime()?.block_on(script(settings, &args, insight, &question));
        let script = script.map_err(|error| in_language(error, args.language))?;
        return deliver(&args, script.as_bytes());
    }
    if matches!(args.format, Format::Csv | Format::Parquet | Format::Xlsx) {
        insight.in_full(&mut question);
    }
    let answer = settings.runtime()?.block_on(answer(settings, &args, insight, &question));
    let answer = answer.map_err(|error| in_language(error, args.language))?;
    write_answer(&args, insight, &answer)
}

/// A refusal in the language that was asked for.
pub fn in_language(error: anyhow::Error, language: Language) -> anyhow::Error {
    match error.downcast::<AskError>() {
        Ok(AskError::Refused(refusal)) if language == Language::Zh => {
            AskError::Refused(refusal.for_chinese()).into()
        }
        Ok(other) => other.into(),
        Err(other) => match other.downcast::<ModelError>() {
            Ok(ModelError::Ask(error)) => in_language(error.into(), language),
            Ok(other) => other.into(),
            Err(other) => other,
        },
    }
}

fn list() -> anyhow::Result<()> {
    let mut out = String::new();
    for insight in perennial_insights::all() {
        out.push_str(&format!("{:<12} {}\n", insight.kind(), insight.summary()));
    }
    print(out.as_bytes())
}

/// The question: the file's, with the flags' fields over it, the configured zone and the clock's
/// `as_of` where neither says.
pub fn question_of(
    settings: &Settings,
    file: Option<&Path>,
    flags: &flags::Flags,
) -> anyhow::Result<Value> {
    let mut question = match file {
        None => json!({}),
        Some(path) => {
            let text = read(path)?;
            serde_json::from_str(&text).map_err(|error| {
                usage(format!("`{}`: {error}", path.display()), "`--sample` prints a question")
            })?
        }
    };
    let fields = question.as_object_mut().ok_or_else(|| {
        usage("the question is not a JSON object", "`--sample` prints a question")
    })?;
    flags.write_into(fields)?;
    if let Some(zone) = settings.configured_zone()
        && fields.get("zone").is_none_or(Value::is_null)
    {
        fields.insert("zone".to_owned(), json!(zone));
    }
    if fields.get("as_of").is_none_or(Value::is_null) {
        fields.insert("as_of".to_owned(), json!(jiff::Timestamp::now().to_string()));
    }
    Ok(question)
}

/// Reads a text file, `-` being standard input.
pub fn read(path: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).context("cannot read standard input")?;
        return Ok(text);
    }
    read_text(path)
}

async fn answer(
    settings: &Settings,
    args: &Ask,
    insight: &dyn Insight,
    question: &Value,
) -> anyhow::Result<Answer> {
    let lake = settings.open_for_reading(&args.data).await?;
    let source = lake.snapshot().await?;
    let session = settings.session();
    let library = library(&lake, question).await?;
    let segments = &library.conditions;
    let resolved = resolved(&lake, insight, question).await?;
    let (kind, asked) = resolved.asked();
    let reply = ask_knowing(&session, &source, segments, &kind, &asked).await?;
    let Reply { mut answer, customers } = reply;
    resolved.tell(&mut answer);
    if let Some(keys) = customers {
        perennial_server::fill_ids(&lake, &mut answer, &keys).await?;
    }
    Ok(answer)
}

/// The question with the model it names.
async fn resolved(
    lake: &Lake,
    insight: &dyn Insight,
    question: &Value,
) -> anyhow::Result<Resolved> {
    let question = vec![(insight.kind().to_owned(), question.clone())];
    let resolved = resolve(lake.store(), question).await.pop().context("nothing was asked")?;
    Ok(resolved?)
}

/// Every segment, where the question names one.
async fn library(lake: &Lake, question: &Value) -> anyhow::Result<Library> {
    Ok(match who::segment_names(question).is_empty() {
        true => Library::default(),
        false => Library::load(lake.store()).await?,
    })
}

/// The SQL of the answer, without asking.
async fn script(
    settings: &Settings,
    args: &Ask,
    insight: &dyn Insight,
    question: &Value,
) -> anyhow::Result<String> {
    let lake = settings.open_for_reading(&args.data).await?;
    let facts = lake.snapshot().await?.facts();
    let library = library(&lake, question).await?;
    let (kind, asked) = resolved(&lake, insight, question).await?.asked();
    let statements = explain(&kind, &asked, &library.conditions, &facts)?;
    Ok(sql::script(&statements))
}

fn write_answer(args: &Ask, insight: &dyn Insight, answer: &Answer) -> anyhow::Result<()> {
    use perennial_server::export;
    let format = match args.format {
        Format::Json => {
            let mut text = serde_json::to_vec_pretty(answer)?;
            text.push(b'\n');
            return deliver(args, &text);
        }
        Format::Table => None,
        Format::Csv => Some(export::Format::Csv),
        Format::Parquet => Some(export::Format::Parquet),
        Format::Xlsx => Some(export::Format::Xlsx),
        Format::Svg => Some(export::Format::Svg),
        Format::Png => Some(export::Format::Png),
    };
    let mut presentation = insight.present(&answer.tree())?;
    if args.picture == PictureKind::Curve {
        presentation.pictures.reverse();
    }
    if args.language == Language::Zh && !matches!(args.format, Format::Csv | Format::Parquet) {
        presentation = presentation.in_chinese();
    }
    let Some(format) = format else {
        return deliver(args, human(&presentation, args.language).as_bytes());
    };
    let is_binary = !matches!(args.format, Format::Csv | Format::Svg);
    if is_binary && args.output.is_none() && std::io::stdout().is_terminal() {
        return Err(usage("a terminal cannot show this format", "add `-o FILE`, or pipe it on"));
    }
    deliver(args, &export::write(format, answer, &presentation)?)
}

/// Warnings, the first table, the definition.
pub fn human(presentation: &Presentation, language: Language) -> String {
    let (english, chinese) = &presentation.definition;
    let [definition, warning_word, nothing, open] = match language {
        Language::En => [english, "warning: ", "nothing to show", "not complete yet"],
        Language::Zh => [chinese, "警告：", "没有可显示的内容", "尚未完整"],
    };
    let mut out = String::new();
    for warning in &presentation.warnings {
        let text = match language {
            Language::En => &warning.en,
            Language::Zh => &warning.zh,
        };
        out.push_str(&format!("{warning_word}{text}\n"));
    }
    let table = presentation.tables.first().filter(|table| !table.rows.is_empty());
    match table {
        Some(table) => out.push_str(&table::text(table)),
        None => out.push_str(nothing),
    }
    out.push_str(&format!("\n\n{definition}\n"));
    let mut cells = table.into_iter().flat_map(|table| table.rows.iter().flatten());
    if cells.any(CellValue::is_open) {
        out.push_str(&format!("* {open}\n"));
    }
    out
}

fn deliver(args: &Ask, bytes: &[u8]) -> anyhow::Result<()> {
    write_to(args.output.as_deref(), bytes)
}

/// Writes to a file, or to standard output where none is named.
pub fn write_to(output: Option<&Path>, bytes: &[u8]) -> anyhow::Result<()> {
    match output {
        None => print(bytes),
        Some(path) => std::fs::write(path, bytes)
            .with_context(|| format!("cannot write `{}`", path.display())),
    }
}

/// Writes to standard output.
pub fn print(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(())
}
