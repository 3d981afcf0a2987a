//! What a sample is taken of, as it is written in JSON. Every field has a default.
//!
//! Questions of models hold these fields beside their own (`#[serde(flatten)]`).

use jiff::civil::Date;
use perennial_types::calendar::Zone;
use perennial_types::filter::EventFilter;
use perennial_types::question::Population;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::customer_table::CustomerTableQuestion;
use crate::visits::SessionRule;

/// Customers at past dates, and what shows that they left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SampleQuestion {
    /// Civil dates at whose end customers are looked at; none for dates whose horizons follow each
    /// other, the last one ending with the known world.
    pub cuts: Vec<Date>,
    /// Civil days after a cut in which a customer stays or leaves.
    pub horizon_days: u32,
    /// The first of them, in which nothing counts: time to act on the answer.
    pub embargo_days: u32,
    /// Names of the features of `customer_table`; none for every one that varies.
    pub features: Vec<String>,
    /// Events that show a customer is still here; none for orders, or for any event where the lake
    /// has no money.
    pub stays: Option<EventFilter>,
    /// Events by which a customer leaves; none where leaving is silence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaves: Option<EventFilter>,
    /// A customer is at risk with a `stays` event in so many civil days up to the cut; none for as
    /// many as the horizon has.
    pub active_within_days: Option<u32>,
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
}

impl Default for SampleQuestion {
    fn default() -> SampleQuestion {
        let table = CustomerTableQuestion::default();
        SampleQuestion {
            cuts: Vec::new(),
            horizon_days: 90,
            embargo_days: 0,
            features: Vec::new(),
            stays: None,
            leaves: None,
            active_within_days: None,
            zone: table.zone,
            population: table.population,
            currency: None,
            session: table.session,
            support: table.support,
            feedback: table.feedback,
            score: table.score,
            channel: table.channel,
            country: table.country,
            category: table.category,
        }
    }
}
