//! What features are about: those that say nearly the same are told of together.
//!
//! Days since the last order, silence in usual gaps and orders of the last month are one reason said
//! in three ways. Shares of a prediction are added up by theme, and permuting a theme's features
//! together tells what the model would lose without it.

use perennial_types::question::Text;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a feature is about.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// How long ago they were last seen.
    Silence,
    /// How often they come.
    Frequency,
    /// How regularly.
    Rhythm,
    /// Whether it grows or shrinks.
    Trend,
    /// How long they have been here.
    Tenure,
    /// What they bring.
    Money,
    /// What they take back.
    Refunds,
    /// How many different things.
    Breadth,
    /// Calls for help.
    Support,
    /// Votes.
    Feedback,
    /// Sessions.
    Sessions,
    /// Weekday and time of day.
    Hours,
    /// Channel, country, currency.
    Origin,
}

impl Theme {
    /// The theme of a feature of the customer table; `Frequency` for one that is not in the list.
    pub fn of(feature: &str) -> Theme {
        Theme::listed(feature).unwrap_or(Theme::Frequency)
    }

    fn listed(feature: &str) -> Option<Theme> {
        let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| feature.starts_with(prefix));
        let themes: [(Theme, bool); 13] = [
            (
                Theme::Silence,
                feature.ends_with("silence_ratio")
                    || ["recency_days", "days_since_last_order"].contains(&feature),
            ),
            (Theme::Support, begins(&["support_", "days_since_support"])),
            (Theme::Feedback, begins(&["votes", "last_score", "mean_score", "days_since_vote"])),
            (Theme::Trend, feature.contains("_trend_") || feature.ends_with("_slope")),
            (Theme::Rhythm, begins(&["gap_", "order_gap_"])),
            (Theme::Tenure, ["tenure_days", "days_since_first_order"].contains(&feature)),
            (Theme::Refunds, begins(&["refund"])),
            (Theme::Money, begins(&["money"])),
            (Theme::Breadth, begins(&["event_names", "items", "categories"])),
            (Theme::Sessions, begins(&["session"])),
            (Theme::Hours, feature.ends_with("_share")),
            (Theme::Frequency, begins(&["events", "active_days", "orders"])),
            (Theme::Origin, begins(&["first_", "last_"])),
        ];
        themes.into_iter().find(|(_, is)| *is).map(|(theme, _)| theme)
    }

    /// What it is called, in both languages.
    pub fn title(self) -> Text {
        let (en, zh) = match self {
            Theme::Silence => ("time since they were last seen", "距上次出现的时间"),
            Theme::Frequency => ("how often they come", "来访与下单频率"),
            Theme::Rhythm => ("how regularly they come", "间隔的规律性"),
            Theme::Trend => ("whether it grows or shrinks", "活跃与消费的趋势"),
            Theme::Tenure => ("how long they have been here", "客户时长"),
            Theme::Money => ("what they spend", "消费金额"),
            Theme::Refunds => ("refunds", "退款"),
            Theme::Breadth => ("how many different things they use or buy", "使用与购买的广度"),
            Theme::Support => ("calls for help", "求助"),
            Theme::Feedback => ("votes", "评分"),
            Theme::Sessions => ("sessions", "会话"),
            Theme::Hours => ("weekday and time of day", "时段与星期"),
            Theme::Origin => ("channel, country, currency", "渠道、国家与币种"),
        };
        Text::new(en, zh)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customer_table::features;

    #[test]
    fn every_feature_has_a_theme_of_its_own_kind() {
        for feature in features::all() {
            assert!(Theme::listed(feature.name).is_some(), "{}", feature.name);
        }
        for (name, theme) in [
            ("order_silence_ratio", Theme::Silence),
            ("orders_trend_90d", Theme::Trend),
            ("orders_90d", Theme::Frequency),
            ("refund_share", Theme::Refunds),
            ("night_share", Theme::Hours),
            ("order_gap_sd_days", Theme::Rhythm),
            ("last_score", Theme::Feedback),
            ("last_channel", Theme::Origin),
            ("session_mean_seconds", Theme::Sessions),
        ] {
            assert_eq!(Theme::of(name), theme, "{name}");
        }
    }
}
