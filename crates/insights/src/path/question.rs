//! The path question as it is written in JSON. Every field has a default.

use jiff::Timestamp;
use jiff::civil::Date;
use perennial_types::calendar::Zone;
use perennial_types::filter::EventFilter;
use perennial_types::question::Population;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::funnel::Length;
use crate::nodes::NodeQuestion;
use crate::significance::Correction;
use crate::visits::SessionRule;

/// Which ways customers take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PathQuestion {
    /// Fields set for a question asked often.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset: Option<Preset>,
    /// Where paths begin; at the start of a session unless said.
    pub start: Option<EventFilter>,
    /// Where paths end. Alone, paths are looked at backwards from here.
    pub end: Option<EventFilter>,
    /// Which events take part.
    pub events: EventFilter,
    /// What an event is called.
    pub node: NodeQuestion,
    /// What ends a session; `null` is never.
    pub session: Option<SessionRule>,
    /// How far from its anchor a path reaches, its end excluded.
    pub within: Option<Length>,
    /// Most nodes of a path, 2 to 12.
    pub steps: usize,
    /// Whether the same node several times in a row is one.
    pub collapse: Collapse,
    /// Which paths are counted.
    pub count: Count,
    /// Whose first path counts, where customers are counted.
    pub enter: Enter,
    /// Whether the time from node to node is measured.
    pub times: bool,
    /// Nodes shown by themselves; the rest is one more, `Other`.
    pub top: usize,
    /// Sequences listed.
    pub sequences: usize,
    /// Customers who came back against those who did not.
    pub compare: Option<Compare>,
    /// How the p-values of the comparisons are corrected.
    pub correction: Correction,
    /// First civil date of the anchors.
    pub from: Option<Date>,
    /// Last civil date of the anchors.
    pub to: Option<Date>,
    /// End of the known world.
    pub as_of: Option<Timestamp>,
    /// Zone of every civil date.
    pub zone: Zone,
    /// Whose customers count.
    pub population: Population,
    /// The number whose customers are wanted.
    pub cell: Option<CellRef>,
}

/// Questions asked often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PathPreset)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// What customers do between their first purchase and their second.
    FirstToSecondPurchase,
}

/// Whether the same node several times in a row is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PathCollapse)]
#[serde(rename_all = "snake_case")]
pub enum Collapse {
    /// It is one, at its first instant.
    Repeats,
    /// Every event is a node.
    None,
}

/// Which paths are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PathCount)]
#[serde(rename_all = "snake_case")]
pub enum Count {
    /// The first path of every customer.
    Customers,
    /// The first path of every session.
    Sessions,
    /// A path from every anchor.
    Paths,
}

/// Whose first path counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PathEnter)]
#[serde(rename_all = "snake_case")]
pub enum Enter {
    /// The first one of the range.
    FirstInRange,
    /// The first one ever, where it lies in the range.
    FirstEver,
}

/// Customers who came back by a horizon against those who did not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = PathCompare)]
#[serde(deny_unknown_fields)]
pub struct Compare {
    /// What counts as coming back.
    #[serde(rename = "return")]
    pub return_: EventFilter,
    /// How long after the anchor it counts from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Length>,
    /// The horizon: how long after the anchor it counts until.
    pub within: Length,
}

/// One number of the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PathCellRef)]
#[serde(deny_unknown_fields)]
pub struct CellRef {
    /// Number of the node's step, from 1.
    pub step: usize,
    /// The node, `Other` for the computed rest.
    pub node: String,
    /// The node after it; any where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// How the path ends there; any way where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<End>,
}

/// How a path ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PathEnd)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Nothing followed, and nothing can any more; looked at backwards, nothing came before.
    Dropped,
    /// Nothing followed, but something still can.
    Open,
    /// It went on beyond the last step shown.
    Cut,
    /// It came to where paths end.
    Arrived,
}

impl Default for PathQuestion {
    fn default() -> PathQuestion {
        PathQuestion {
            preset: None,
            start: None,
            end: None,
            events: EventFilter::any(),
            node: NodeQuestion::default(),
            session: Some(SessionRule::GapMinutes(30.0)),
            within: None,
            steps: 5,
            collapse: Collapse::Repeats,
            count: Count::Sessions,
            enter: Enter::FirstInRange,
            times: true,
            top: 8,
            sequences: 10,
            compare: None,
            correction: Correction::BenjaminiHochberg,
            from: None,
            to: None,
            as_of: None,
            zone: Zone::utc(),
            population: Population::Everyone,
            cell: None,
        }
    }
}
