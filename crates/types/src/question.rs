//! What every question and answer share: populations, refusals, warnings and the definition that
//! stands under every number.
//!
//! Whatever a person reads comes in English and in Chinese, so that page, command line and exports
//! say the same: a field and the same field with `_zh`. Codes stay codes.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use utoipa::ToSchema;

/// Which customers a question is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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

/// The same text in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Text {
    /// In English.
    pub en: String,
    /// 用中文。
    pub zh: String,
}

impl Text {
    /// A text of those two.
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Text {
        Text { en: en.into(), zh: zh.into() }
    }
}

/// Why a question is not answered. A refusal is an answer of its own, never a 0.
#[derive(Clone, Debug, Error, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[error("{reason}")]
pub struct Refusal {
    /// Stable code, `mixed_currencies` for one.
    pub code: String,
    /// What stands in the way, naming the offending input.
    pub reason: String,
    /// How to mend it.
    pub hint: String,
    /// 原因。
    #[serde(default)]
    #[schema(required)]
    pub reason_zh: String,
    /// 如何解决。
    #[serde(default)]
    #[schema(required)]
    pub hint_zh: String,
}

impl Refusal {
    /// A refusal of that code, reason and mend; [`Refusal::in_chinese`] says the rest.
    pub fn new(code: &str, reason: impl Into<String>, hint: impl Into<String>) -> Refusal {
        let (reason_zh, hint_zh) = Default::default();
        Refusal {
            code: code.to_owned(),
            reason: reason.into(),
            hint: hint.into(),
            reason_zh,
            hint_zh,
        }
    }

    /// The same reason and mend in Chinese.
    pub fn in_chinese(mut self, reason: impl Into<String>, hint: impl Into<String>) -> Refusal {
        (self.reason_zh, self.hint_zh) = (reason.into(), hint.into());
        self
    }

    /// The same for readers of Chinese: reason and mend are those in Chinese.
    pub fn for_chinese(mut self) -> Refusal {
        if !self.reason_zh.is_empty() {
            self.reason.clone_from(&self.reason_zh);
            self.hint.clone_from(&self.hint_zh);
        }
        self
    }
}

/// Something the reader of an answer should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Warning {
    /// Stable code, `unknown_event` for one.
    pub code: String,
    /// The sentence.
    pub message: String,
    /// 同一句话。
    #[serde(default)]
    #[schema(required)]
    pub message_zh: String,
    /// Known names nearest to an unknown one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nearest: Vec<String>,
}

/// What exactly was computed, in words and in fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Definition {
    /// In English.
    pub en: String,
    /// 用中文。
    pub zh: String,
    /// Whose customers count: the population's name.
    pub population: String,
    /// What every share is a share of.
    pub denominator: String,
    /// 占比的分母。
    #[serde(default)]
    #[schema(required)]
    pub denominator_zh: String,
    /// How periods are cut.
    pub window: String,
    /// 窗口如何划分。
    #[serde(default)]
    #[schema(required)]
    pub window_zh: String,
    /// IANA zone of every civil date.
    pub zone: String,
    /// First civil date of the rows, widened to whole periods.
    #[schema(required)]
    pub from: Option<Date>,
    /// Last civil date of the rows, widened to whole periods.
    #[schema(required)]
    pub to: Option<Date>,
    /// End of the known world.
    pub as_of: String,
    /// Formula of the mean row, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean: Option<String>,
    /// 均值行的公式。
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean_zh: Option<String>,
    /// Kind of its interval, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<String>,
    /// 区间的种类。
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval_zh: Option<String>,
    /// Whether a closed period's figures can never change by later events.
    pub closed: bool,
    /// Stable marks such as `open_ended`.
    #[serde(default)]
    #[schema(required)]
    pub flags: Vec<String>,
}
