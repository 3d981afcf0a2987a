//! The sessions question as it is written in JSON. Every field has a default.

use jiff::Timestamp;
use jiff::civil::Date;
use perennial_types::calendar::{Unit, Weekday, Zone};
use perennial_types::filter::EventFilter;
use perennial_types::question::Population;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::funnel::Length;
use crate::nodes::NodeQuestion;
use crate::significance::Correction;
use crate::visits::SessionRule;

/// What sessions are like, and which first ones go with staying.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SessionsQuestion {
    /// What ends a session.
    pub session: SessionRule,
    /// Which events take part.
    pub events: EventFilter,
    /// What an event is called.
    pub node: NodeQuestion,
    /// Who came back after the first session.
    pub retained: Retained,
    /// Rows of every list.
    pub top: usize,
    /// How the p-values are corrected.
    pub correction: Correction,
    /// First civil date on which a session begins.
    pub from: Option<Date>,
    /// Last civil date on which one does.
    pub to: Option<Date>,
    /// End of the known world.
    pub as_of: Option<Timestamp>,
    /// Zone of every civil date.
    pub zone: Zone,
    /// First day of a week.
    pub week_start: Weekday,
    /// First month of a fiscal year, 1 to 12.
    pub fiscal_year_start: u8,
    /// Length of a row of the trend, to which both dates are widened; no trend where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<Unit>,
    /// Whose customers count.
    pub population: Population,
    /// The number whose customers are wanted.
    pub cell: Option<CellRef>,
}

/// Who came back after the first session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SessionsRetained)]
#[serde(deny_unknown_fields, default)]
pub struct Retained {
    /// What counts as coming back.
    #[serde(rename = "return")]
    pub return_: EventFilter,
    /// How long after the session's beginning it counts from.
    pub after: Length,
    /// How long after the session's beginning it counts until.
    pub within: Length,
}

/// One number of the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SessionsCellRef)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CellRef {
    /// Customers with a session that begins at the node.
    Entry(String),
    /// Customers with a finished session that ends at it.
    Exit(String),
    /// Customers who met it in their first session, their horizon being over.
    Did(String),
    /// Those of them who came back.
    DidAndReturned(String),
    /// Customers with exactly so many sessions.
    Sessions(u32),
    /// Customers with a finished session of one event.
    Bounced(bool),
}

impl Default for Retained {
    fn default() -> Retained {
        Retained {
            return_: EventFilter::any(),
            after: Length::Days(1.0),
            within: Length::Days(30.0),
        }
    }
}

impl Default for SessionsQuestion {
    fn default() -> SessionsQuestion {
        SessionsQuestion {
            session: SessionRule::GapMinutes(30.0),
            events: EventFilter::any(),
            node: NodeQuestion::default(),
            retained: Retained::default(),
            top: 20,
            correction: Correction::BenjaminiHochberg,
            from: None,
            to: None,
            as_of: None,
            zone: Zone::utc(),
            week_start: Weekday::Monday,
            fiscal_year_start: 1,
            period: None,
            population: Population::Everyone,
            cell: None,
        }
    }
}
