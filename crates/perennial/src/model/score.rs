//! `perennial score`: the scores of a day, added to `customer_day` once.
#![expect(clippy::print_stderr, reason = "what failed is said beside what was scored")]

use clap::Args;
use jiff::civil::Date;
use perennial_insights::present::{CellValue, ColumnKind, Table};
use perennial_lake::{Lake, LakeError};
use perennial_server::handover;
use perennial_server::models::score::score_day;
use perennial_server::models::{ModelError, Registry, report, title};
use perennial_store::Model;
use serde_json::{Value, json};

use super::{number, print_tables};
use crate::cli::Data;
use crate::exit::{self, Silent, usage};
use crate::listing::{Format, now};
use crate::out::say_line;
use crate::settings::Settings;
use crate::table::visible;

/// Score a day with models and add the scores to `customer_day`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Score {
    #[command(flatten)]
    data: Data,
    /// Models, `churn` or `churn@3`; every model in use unless named
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// The day, one that is over; the last one unless said
    #[arg(long, value_name = "DATE")]
    day: Option<Date>,
    /// How the outcome is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

const EXAMPLES: &str = "\
A day is scored from what happened until its end. The same version and day again adds nothing.
While `perennial serve` runs, it scores every day that ends.

Examples:
  perennial score --data shop
  perennial score --data shop churn --day 2011-11-30
  perennial sql --data shop \"select day, avg(value) from customer_day where name = 'churn.churn_risk' group by 1\"";

/// Scores.
pub fn run(settings: &Settings, args: &Score) -> anyhow::Result<()> {
    let data = settings.data(&args.data)?;
    let outcomes = settings.runtime()?.block_on(async {
        let models = wanted(settings, args).await?;
        match settings.open_for_writing(&data, "score").await {
            Ok(lake) => {
                let outcomes = here(settings, args, &lake, &models).await;
                lake.close().await;
                anyhow::Ok(outcomes)
            }
            Err(error) => there(args, &models, error).await,
        }
    })?;
    print(args.format, outcomes)
}

/// The models that are to be applied.
async fn wanted(settings: &Settings, args: &Score) -> anyhow::Result<Vec<Model>> {
    let lake = settings.open_for_reading(&args.data).await?;
    let registry = Registry::load(lake.store()).await?;
    lake.close().await;
    let models: Vec<&Model> = match args.names.is_empty() {
        true => registry.all_in_use(),
        false => {
            let named = args.names.iter().map(|name| registry.in_use(name));
            named.collect::<Result<_, ModelError>>()?
        }
    };
    match models.is_empty() {
        true => {
            Err(usage("no model is in use", "`perennial train churn_risk --data DIR` makes one"))
        }
        false => Ok(models.into_iter().cloned().collect()),
    }
}

/// What became of each model.
type Outcomes = Vec<(String, anyhow::Result<Value>)>;

async fn here(settings: &Settings, args: &Score, lake: &Lake, models: &[Model]) -> Outcomes {
    let session = settings.session();
    let mut outcomes = Vec::with_capacity(models.len());
    for model in models {
        let scored = score_day(lake, &session, model, args.day, now()).await;
        let scored = scored.map(|scored| json!(scored)).map_err(anyhow::Error::from);
        outcomes.push((title(model), scored));
    }
    outcomes
}

/// Lets the server that holds the folder do it.
async fn there(args: &Score, models: &[Model], error: anyhow::Error) -> anyhow::Result<Outcomes> {
    let Some(LakeError::Locked { holder, .. }) = error.downcast_ref() else { return Err(error) };
    let Some(address) = holder.address.clone() else { return Err(error) };
    eprintln!("a server is writing this folder; it scores for us: {address}");
    let mut outcomes = Vec::with_capacity(models.len());
    for model in models {
        let title = title(model);
        let path = ["models", &title, "score"];
        let scored = handover::post(&address, &path, &json!({ "day": args.day })).await;
        outcomes.push((title, scored.map_err(anyhow::Error::from)));
    }
    Ok(outcomes)
}

/// Prints what was scored; then fails with what failed.
fn print(format: Format, mut outcomes: Outcomes) -> anyhow::Result<()> {
    if outcomes.len() == 1
        && let Some((_, Err(error))) = outcomes.pop_if(|(_, scored)| scored.is_err())
    {
        return Err(error);
    }
    let scored: Vec<&Value> =
        outcomes.iter().filter_map(|(_, scored)| scored.as_ref().ok()).collect();
    match format {
        Format::Json => say_line!("{:#}", json!(scored)),
        format => print_tables(tables(&scored), format)?,
    }
    let mut worst = None;
    for (name, error) in
        outcomes.iter().filter_map(|(name, scored)| Some((name, scored.as_ref().err()?)))
    {
        let (word, hint, code) = exit::judged(error);
        eprintln!("{}: {word}: {error}", visible(name));
        if let Some(hint) = hint.filter(|hint| !hint.is_empty()) {
            eprintln!("hint: {hint}");
        }
        // Ours to mend comes before what is wrong with a question, that before a refusal.
        worst = Some(worst.map_or(code, |worst: u8| worst.min(code)));
    }
    worst.map_or(Ok(()), |code| Err(Silent(code).into()))
}

/// The distribution of every name, then the drift of every model.
fn tables(scored: &[&Value]) -> Vec<Table> {
    let columns = [
        ("model", ColumnKind::Text),
        ("day", ColumnKind::Text),
        ("name", ColumnKind::Text),
        ("customers", ColumnKind::Count),
        ("without", ColumnKind::Count),
        ("mean", ColumnKind::Decimal),
        ("p10", ColumnKind::Decimal),
        ("median", ColumnKind::Decimal),
        ("p90", ColumnKind::Decimal),
        ("added", ColumnKind::Flag),
    ];
    let mut table = Table::new("scores", true, &columns);
    let mut drifts = Vec::new();
    for one in scored {
        let scores = one["scores"].as_array().into_iter().flatten();
        for (place, score) in scores.enumerate() {
            let told = &score["detail"]["distribution"];
            let count = |name: &str| CellValue::Count(told[name].as_u64().unwrap_or_default());
            let decimal = |name: &str| CellValue::Text(number(&told[name]));
            table.rows.push(vec![
                CellValue::text(one["model"].as_str()),
                CellValue::text(one["day"].as_str()),
                CellValue::text(score["name"].as_str()),
                count("n_customers"),
                count("n_without"),
                decimal("mean"),
                decimal("p10"),
                decimal("median"),
                decimal("p90"),
                CellValue::Flag(one["known"] == Value::Bool(false)),
            ]);
            if place == 0 {
                let name = format!("drift of {}", one["model"].as_str().unwrap_or_default());
                report::lay_out(&name, &score["detail"]["drift"], &mut drifts);
            }
        }
    }
    std::iter::once(table).chain(drifts).collect()
}
