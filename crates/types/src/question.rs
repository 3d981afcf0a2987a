//! What every question and answer share: populations, refusals, warnings and the definition that
//! stands under every number.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Which customers a question is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Population {
    /// Whoever has any event.
    #[default]
    Everyone,
    /// Who has at least one order worth more than 0 at or before the anchor, as known at the
    /// anchor: a later refund never removes a buyer.
    Buyers,
    /// Who, with hindsight, has not had everything refunded.
    NetBuyers,
}

impl Population {
    /// The population's name in questions.
    pub fn name(self) -> &'static str {
        match self {
            Population::Everyone => "everyone",
            Population::Buyers => "buyers",
            Population::NetBuyers => "net_buyers",
        }
    }
}

/// Why a question is not answered. A refusal is an answer of its own, never a 0.
#[derive(Clone, Debug, Error, PartialEq, Eq, Serialize, Deserialize)]
#[error("{reason}")]
pub struct Refusal {
    /// Stable code, `mixed_currencies` for one.
    pub code: String,
    /// What stands in the way, naming the offending input.
    pub reason: String,
    /// How to mend it.
    pub hint: String,
}

impl Refusal {
    /// A refusal of that code, reason and mend.
    pub fn new(code: &str, reason: impl Into<String>, hint: impl Into<String>) -> Refusal {
        Refusal { code: code.to_owned(), reason: reason.into(), hint: hint.into() }
    }
}

/// Something the reader of an answer should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// Stable code, `unknown_event` for one.
    pub code: String,
    /// The sentence.
    pub message: String,
    /// Known names nearest to an unknown one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nearest: Vec<String>,
}

/// What exactly was computed, in words and in fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// In English.
    pub en: String,
    /// 用中文。
    pub zh: String,
    /// Whose customers count.
    pub population: String,
    /// What every share is a share of.
    pub denominator: String,
    /// How periods are cut.
    pub window: String,
    /// IANA zone of every civil date.
    pub zone: String,
    /// First civil date of the rows, widened to whole periods.
    pub from: Option<Date>,
    /// Last civil date of the rows, widened to whole periods.
    pub to: Option<Date>,
    /// End of the known world.
    pub as_of: String,
    /// Formula of the mean row, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean: Option<String>,
    /// Kind of its interval, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<String>,
    /// Whether a closed period's figures can never change by later events.
    pub closed: bool,
    /// Stable marks such as `open_ended`.
    #[serde(default)]
    pub flags: Vec<String>,
}
