//! What is in the lake, for whoever builds a question.

use std::sync::{Arc, PoisonError};

use axum::Json;
use axum::extract::State;
use perennial_engine::fold::Fold;
use perennial_engine::source::RunSource;
use perennial_insights::catalog::{Customers, Names, PropertyNames, merged_counts};
use perennial_types::event::Column;
use serde_json::{Value, json};

use crate::app::Shared;
use crate::error::ApiError;

/// Names of events, properties and currencies, first and last instant, numbers of customers and
/// events.
#[utoipa::path(
    get, path = "/api/v1/catalog", tag = "catalog",
    responses((status = 200, description = "What is in the lake", body = Object))
)]
pub(crate) async fn catalog(State(app): State<Shared>) -> Result<Json<Value>, ApiError> {
    let source = app.lake.snapshot().await?;
    let state = source.state();
    let known = || {
        let known = app.catalog.lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|(known, _)| *known == state).map(|(_, catalog)| catalog.clone())
    };
    if let Some(catalog) = known() {
        return Ok(Json(Value::clone(&catalog)));
    }
    let folds: [Arc<dyn Fold>; 4] = [
        Arc::new(Names { column: Column::Event }),
        Arc::new(Names { column: Column::Currency }),
        Arc::new(PropertyNames),
        Arc::new(Customers),
    ];
    let partials = app.session.run(&source, &folds).await.map_err(ApiError::internal)?;
    let counts: Vec<_> = partials.iter().map(|partials| merged_counts(partials)).collect();
    let facts = source.facts();
    let instant = |ts: i64| jiff::Timestamp::from_microsecond(ts).map(|ts| ts.to_string()).ok();
    let mut events: Vec<(&String, &u64)> = counts[0].iter().collect();
    events.sort_by_key(|(_, n_rows)| std::cmp::Reverse(**n_rows));
    let events: Vec<Value> =
        events.into_iter().map(|(name, n_rows)| json!({ "name": name, "n_rows": n_rows })).collect();
    let catalog = json!({
        "events": events,
        "currencies": counts[1].keys().collect::<Vec<_>>(),
        "properties": counts[2].keys().collect::<Vec<_>>(),
        "n_customers": counts[3].get("customers").copied().unwrap_or_default(),
        "n_events": facts.n_rows,
        "first": facts.ts.and_then(|(first, _)| instant(first)),
        "last": facts.ts.and_then(|(_, last)| instant(last)),
        "zone": app.lake.workspace().zone,
    });
    let mut kept = app.catalog.lock().unwrap_or_else(PoisonError::into_inner);
    *kept = Some((state, Arc::new(catalog.clone())));
    Ok(Json(catalog))
}
