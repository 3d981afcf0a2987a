//! The scores of a day: computed from what was known when it ended, added to `customer_day` once.

use jiff::civil::Date;
use perennial_engine::session::Session;
use perennial_insights::ask;
use perennial_lake::{DayValues, Lake};
use perennial_store::Model;
use perennial_types::calendar::{Calendar, Micros, Zone};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{ModelError, document, title};

/// What a scoring found.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DayScores {
    /// The model and its version.
    pub model: String,
    /// The civil day.
    #[schema(value_type = String, format = "date")]
    pub day: Date,
    /// Whether this version had scored that day before; nothing was added then.
    pub known: bool,
    /// Customers with a row, over all names.
    pub n_rows: u64,
    /// What was scored, name by name.
    pub scores: Vec<NamedScores>,
}

/// One name's values of a day.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NamedScores {
    /// What they are called in `customer_day`.
    pub name: String,
    /// Rows.
    pub n_rows: i64,
    /// Their distribution and the drift of the customers since the training.
    #[schema(value_type = Object)]
    pub detail: Value,
}

/// What the values of a model are called: as the kind says where the model is named like its kind,
/// otherwise with the model's name before it, so that two models of a kind stay apart.
pub fn score_name(model: &Model, name: &str) -> String {
    match model.name == model.kind {
        true => name.to_owned(),
        false => format!("{}.{name}", model.name),
    }
}

/// Scores a day, the last one that is over unless one is named.
///
/// # Errors
/// When the day is not over, the model is stale, or something it needs is missing.
pub async fn score_day(
    lake: &Lake,
    session: &Session,
    model: &Model,
    day: Option<Date>,
    now: Micros,
) -> Result<DayScores, ModelError> {
    let document = document(lake.store(), model).await?;
    let zone = ask::zone_of(&document)?;
    let last = last_day(&zone, now)?;
    let day = day.unwrap_or(last);
    if day > last {
        return Err(ModelError::NotOver { day, zone: zone.name().to_owned() });
    }
    if let Some(known) = known(lake, model, day).await? {
        return Ok(known);
    }
    let source = lake.snapshot().await?;
    let found = ask::score(session, &source, &document, day).await?;
    let customers: Vec<i64> = found.customers.iter().map(|key| key.0).collect();
    let values = found.values.into_iter().map(|one| DayValues {
        name: score_name(model, &one.name),
        customers: customers.clone(),
        detail: json!({ "distribution": one.distribution(), "drift": found.drift }),
        values: one.values,
        texts: one.texts,
    });
    let values: Vec<DayValues> = values.collect();
    let named = |one: &DayValues| NamedScores {
        name: one.name.clone(),
        n_rows: one.customers.len() as i64,
        detail: one.detail.clone(),
    };
    let scores = values.iter().map(named).collect();
    let scored = lake.put_scores(day, &title(model), values).await?;
    Ok(DayScores { model: title(model), day, known: false, n_rows: scored.n_rows, scores })
}

/// What this version has scored for a day before.
async fn known(lake: &Lake, model: &Model, day: Date) -> Result<Option<DayScores>, ModelError> {
    let (title, text) = (title(model), day.to_string());
    let scorings = lake.scores().await?.scorings.into_iter().map(|one| one.scoring);
    let of = scorings.filter(|one| one.model == title && one.day == text);
    let scores: Vec<NamedScores> = of
        .map(|one| NamedScores { name: one.name, n_rows: one.file.n_rows, detail: one.detail })
        .collect();
    let is_known = !scores.is_empty();
    Ok(is_known.then_some(DayScores { model: title, day, known: true, n_rows: 0, scores }))
}

/// The last day that is over in a zone.
///
/// # Errors
/// When the clock is outside of this era.
pub fn last_day(zone: &Zone, now: Micros) -> Result<Date, ModelError> {
    let today = Calendar { zone: zone.clone(), ..Calendar::default() }.date_of(now);
    today.yesterday().map_err(|error| ModelError::Unreadable(error.to_string()))
}
