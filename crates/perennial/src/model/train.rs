//! `perennial train` and `perennial backtest`: a question that leaves a model, or only its report.

use std::path::PathBuf;

use clap::Args;
use perennial_server::models::{self, report, title};
use perennial_server::segments::Library;
use serde_json::{Value, json};

use super::print_tables;
use crate::ask::{flags, in_language, question_of};
use crate::cli::Data;
use crate::listing::{Format, now};
use crate::out::say_line;
use crate::settings::Settings;
use crate::table::visible;

/// Train a model and keep it as the next version of its name.
#[derive(Debug, Args)]
#[command(after_help = TRAIN_EXAMPLES)]
pub struct Train {
    /// What the model is called; like its kind unless said
    #[arg(long)]
    name: Option<String>,
    /// What you say of it
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    #[command(flatten)]
    what: What,
}

/// Train on the past and report how it fared, keeping nothing.
#[derive(Debug, Args)]
#[command(after_help = BACKTEST_EXAMPLES)]
pub struct Backtest {
    #[command(flatten)]
    what: What,
}

#[derive(Debug, Args)]
struct What {
    /// Kind of model; `perennial ask list` names the kinds
    kind: String,
    #[command(flatten)]
    data: Data,
    /// The whole question as JSON; `-` is standard input. Flags beat its fields
    #[arg(long, value_name = "FILE")]
    question: Option<PathBuf>,
    /// How the report is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Language of what is said
    #[arg(long, value_enum, default_value_t)]
    language: crate::ask::Language,
    #[command(flatten)]
    flags: flags::Flags,
}

const TRAIN_EXAMPLES: &str = "\
A model learns from what was known at dates of the past and what came after them; docs/reference/models.md
says how. It is kept with its question, its report and what it needs to be applied.

Examples:
  perennial train churn_risk --data shop
  perennial train churn_risk --data shop --name churn --set horizon_days=60 --note \"after the new plan\"
  perennial train churn_risk --data shop --name gold --question gold.json
  perennial score --data shop churn
  perennial ask churn_risk --data shop --set model=churn";

const BACKTEST_EXAMPLES: &str = "\
Examples:
  perennial backtest churn_risk --data shop
  perennial backtest churn_risk --data shop --set horizon_days=30 --format json";

/// Trains and keeps.
pub fn train(settings: &Settings, args: &Train) -> anyhow::Result<()> {
    let what = &args.what;
    let question = question_of(settings, what.question.as_deref(), &what.flags)?;
    let kept = settings.runtime()?.block_on(async {
        // Opened first: it brings an older workspace up to date.
        let store = settings.open_store(&what.data).await?;
        let (document, state) = document(settings, what, &question).await?;
        let summary = models::summary(&document);
        let (name, note) = (args.name.as_deref(), args.note.clone());
        let model = models::keep(&store, name, document, note, now(), state).await?;
        store.close().await;
        anyhow::Ok((model, summary))
    });
    let (model, summary) = kept.map_err(|error| in_language(error, what.language))?;
    if what.format == Format::Json {
        say_line!("{:#}", models::described(&model));
        return Ok(());
    }
    print_tables(report::presentation(&summary).tables, what.format)?;
    if what.format == Format::Table {
        let name = visible(&title(&model));
        say_line!("model `{name}` is kept; `perennial score {name}` applies it");
    }
    Ok(())
}

/// Reports alone.
pub fn backtest(settings: &Settings, args: &Backtest) -> anyhow::Result<()> {
    let what = &args.what;
    let question = question_of(settings, what.question.as_deref(), &what.flags)?;
    let found = settings.runtime()?.block_on(document(settings, what, &question));
    let (document, _) = found.map_err(|error| in_language(error, what.language))?;
    let summary = models::summary(&document);
    match what.format {
        Format::Json => {
            let part = |name: &str| summary.get(name).cloned().unwrap_or_default();
            say_line!(
                "{:#}",
                json!({ "kind": what.kind, "question": part("question"), "trained": part("trained"), "report": part("report") })
            );
            Ok(())
        }
        format => print_tables(report::presentation(&summary).tables, format),
    }
}

/// The document, the snapshot it was learnt from and the sequence that was known at.
async fn document(
    settings: &Settings,
    what: &What,
    question: &Value,
) -> anyhow::Result<(Value, (i64, i64))> {
    let lake = settings.open_for_reading(&what.data).await?;
    let source = lake.snapshot().await?;
    let library = Library::load(lake.store()).await?;
    let session = settings.session();
    let document = models::train(&session, &source, &library, &what.kind, question).await?;
    Ok((document, (source.snapshot_id(), source.known_at())))
}
