//! What is in the lake, for whoever builds a question.

use std::sync::{Arc, PoisonError};

use axum::Json;
use axum::extract::State;
use perennial_engine::fold::Fold;
use perennial_engine::source::RunSource;
use perennial_insights::catalog::{Customers, Names, PropertyNames, merged_counts};
use perennial_types::event::Column;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::Shared;
use crate::error::ApiError;

/// What is in the lake.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Catalog {
    /// Names of events, the most frequent first.
    events: Vec<EventName>,
    /// Names of properties.
    properties: Vec<String>,
    /// Currencies of amounts.
    currencies: Vec<String>,
    /// First instant.
    #[schema(required)]
    first: Option<String>,
    /// Last instant.
    #[schema(required)]
    last: Option<String>,
    /// Customers with an event.
    n_customers: u64,
    /// Events.
    n_events: u64,
    /// IANA zone of the workspace.
    zone: String,
}

/// A name of events.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct EventName {
    /// The name.
    name: String,
    /// Rows of that name.
    n_rows: u64,
}

/// Names of events, properties and currencies, first and last instant, numbers of customers and
/// events.
#[utoipa::path(
    get, path = "/api/v1/catalog", tag = "catalog",
    responses((status = 200, description = "What is in the lake", body = Catalog))
)]
pub(crate) async fn catalog(State(app): State<Shared>) -> Result<Json<Catalog>, ApiError> {
    let source = app.lake.snapshot().await?;
    let state = source.state();
    let known = || {
        let known = app.catalog.lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|(known, _)| *known == state).map(|(_, catalog)| catalog.clone())
    };
    if let Some(catalog) = known() {
        return Ok(Json(Catalog::clone(&catalog)));
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
    let event = |(name, n_rows): (&String, &u64)| EventName { name: name.clone(), n_rows: *n_rows };
    let catalog = Catalog {
        events: events.into_iter().map(event).collect(),
        currencies: counts[1].keys().cloned().collect(),
        properties: counts[2].keys().cloned().collect(),
        n_customers: counts[3].get("customers").copied().unwrap_or_default(),
        n_events: facts.n_rows,
        first: facts.ts.and_then(|(first, _)| instant(first)),
        last: facts.ts.and_then(|(_, last)| instant(last)),
        zone: app.lake.workspace().zone.clone(),
    };
    let mut kept = app.catalog.lock().unwrap_or_else(PoisonError::into_inner);
    *kept = Some((state, Arc::new(catalog.clone())));
    Ok(Json(catalog))
}
