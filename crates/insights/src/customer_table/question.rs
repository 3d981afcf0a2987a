//! The customer table question as it is written in JSON. Every field has a default.

use jiff::Timestamp;
use jiff::civil::Date;
use perennial_types::calendar::Zone;
use perennial_types::filter::{EventFilter, EventNames};
use perennial_types::question::Population;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::visits::SessionRule;

/// Rows of a page unless the question says otherwise.
pub const PAGE: u64 = 100;

/// What is known of every customer at one date or several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CustomerTableQuestion {
    /// Civil dates at whose end customers are looked at; none for the end of the known world.
    pub cuts: Vec<Date>,
    /// Names of the features wanted; none for all of them.
    pub features: Vec<String>,
    /// End of the known world.
    pub as_of: Option<Timestamp>,
    /// Only rows accepted up to this sequence number count: what was known then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_at: Option<i64>,
    /// Zone of every civil date.
    pub zone: Zone,
    /// Whose customers have a row, as known at the cut.
    pub population: Population,
    /// The only currency that counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// What ends a session.
    pub session: SessionRule,
    /// Events that are calls for help.
    pub support: EventFilter,
    /// Events that are votes.
    pub feedback: EventFilter,
    /// Field that holds the score of a vote.
    pub score: String,
    /// Field that names the channel.
    pub channel: String,
    /// Field that names the country.
    pub country: String,
    /// Field that names the category of an item.
    pub category: String,
    /// Rows of the answer; `null` for all.
    pub limit: Option<u64>,
    /// Rows passed over before the first.
    pub offset: u64,
    /// The number whose customers are wanted; the rows are then theirs.
    pub cell: Option<CellRef>,
}

/// The number whose customers are wanted: everybody with a row, or whom a feature tells apart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = CustomerTableCellRef)]
#[serde(deny_unknown_fields, default)]
pub struct CellRef {
    /// The cut; `None` for the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut: Option<Date>,
    /// The feature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feature: Option<String>,
    /// Whether the feature is missing, or is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<bool>,
    /// At least so much of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// Less than so much of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub below: Option<f64>,
    /// This value of it, for one that is text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

impl Default for CustomerTableQuestion {
    fn default() -> CustomerTableQuestion {
        let support = ["support_ticket", "ticket", "complaint"].map(str::to_owned);
        CustomerTableQuestion {
            cuts: Vec::new(),
            features: Vec::new(),
            as_of: None,
            known_at: None,
            zone: Zone::utc(),
            population: Population::Everyone,
            currency: None,
            session: SessionRule::GapMinutes(30.0),
            support: EventFilter { event: EventNames::OneOf(support.to_vec()), condition: None },
            feedback: EventFilter::named("nps"),
            score: "score".to_owned(),
            channel: "channel".to_owned(),
            country: "country".to_owned(),
            category: "category".to_owned(),
            limit: Some(PAGE),
            offset: 0,
            cell: None,
        }
    }
}
