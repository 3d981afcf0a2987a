//! The dimensions: measures of a relationship, each a feature of the customer table, its family, which
//! way round it is good, what it weighs, and how fast it grows stale.
//!
//! Points are an expert's, 100 in all: use first, since it moves first; what customers say and what
//! they pay next. A question may give points of its own, or have them learned. A new dimension is one
//! entry here.

use perennial_models::health::Direction;
use perennial_types::question::Text;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::customer_table::features::{self, Feature};

/// What a dimension is about.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[schema(as = HealthFamily)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// How much, how often, how lately.
    Usage,
    /// How much of what there is to have is had.
    Value,
    /// Calls for help.
    Support,
    /// What customers say.
    Sentiment,
    /// What they pay.
    Commercial,
    /// How long and how steadily.
    Relationship,
}

impl Family {
    /// Every family.
    pub const ALL: [Family; 6] = [
        Family::Usage,
        Family::Value,
        Family::Support,
        Family::Sentiment,
        Family::Commercial,
        Family::Relationship,
    ];

    /// Its name in questions and answers.
    pub fn name(self) -> &'static str {
        match self {
            Family::Usage => "usage",
            Family::Value => "value",
            Family::Support => "support",
            Family::Sentiment => "sentiment",
            Family::Commercial => "commercial",
            Family::Relationship => "relationship",
        }
    }

    /// What it is called.
    pub fn title(self) -> Text {
        let (en, zh) = match self {
            Family::Usage => ("Usage", "使用"),
            Family::Value => ("Value received", "获得的价值"),
            Family::Support => ("Support", "客服支持"),
            Family::Sentiment => ("Sentiment", "情绪"),
            Family::Commercial => ("Commercial", "商业往来"),
            Family::Relationship => ("Relationship", "关系"),
        };
        Text::new(en, zh)
    }
}

/// One dimension.
#[derive(Debug)]
pub struct Dimension {
    /// Name of its feature.
    pub name: &'static str,
    /// What it is about.
    pub family: Family,
    /// Which way round it is good.
    pub direction: Direction,
    /// What it weighs unless the question says otherwise.
    pub points: f64,
    /// How it grows stale; `None` for what is measured anew every day.
    pub aging: Option<Aging>,
}

/// How a value grows stale.
#[derive(Debug)]
pub struct Aging {
    /// The feature that says how many days ago it was measured.
    pub age: &'static str,
    /// After so many days half of what it says is left.
    pub half_life_days: f64,
}

impl Dimension {
    /// Its feature; every dimension has one, as a test shows.
    pub fn feature(&self) -> Option<&'static Feature> {
        features::named(self.name)
    }
}

/// The dimension of that name.
pub fn named(name: &str) -> Option<&'static Dimension> {
    DIMENSIONS.iter().find(|one| one.name == name)
}

const fn more(name: &'static str, family: Family, points: f64) -> Dimension {
    Dimension { name, family, direction: Direction::More, points, aging: None }
}

const fn less(name: &'static str, family: Family, points: f64) -> Dimension {
    Dimension { name, family, direction: Direction::Less, points, aging: None }
}

const fn aging(dimension: Dimension, age: &'static str, half_life_days: f64) -> Dimension {
    Dimension { aging: Some(Aging { age, half_life_days }), ..dimension }
}

/// Every dimension, family by family.
pub static DIMENSIONS: &[Dimension] = &[
    more("events_30d", Family::Usage, 5.0),
    more("active_days_30d", Family::Usage, 5.0),
    more("active_days_90d", Family::Usage, 3.0),
    more("sessions_30d", Family::Usage, 3.0),
    more("events_trend_90d", Family::Usage, 5.0),
    more("events_slope", Family::Usage, 2.0),
    less("recency_days", Family::Usage, 4.0),
    less("silence_ratio", Family::Usage, 3.0),
    more("event_names", Family::Value, 4.0),
    more("items", Family::Value, 2.0),
    more("items_bought", Family::Value, 2.0),
    more("categories", Family::Value, 2.0),
    more("session_mean_events", Family::Value, 3.0),
    more("session_mean_seconds", Family::Value, 2.0),
    less("support_events_90d", Family::Support, 8.0),
    less("support_events", Family::Support, 3.0),
    more("days_since_support", Family::Support, 4.0),
    aging(more("last_score", Family::Sentiment, 8.0), "days_since_vote", 180.0),
    aging(more("mean_score", Family::Sentiment, 5.0), "days_since_vote", 365.0),
    more("votes", Family::Sentiment, 2.0),
    more("money_90d", Family::Commercial, 3.0),
    more("money_trend_90d", Family::Commercial, 3.0),
    more("orders_90d", Family::Commercial, 1.0),
    more("orders_trend_90d", Family::Commercial, 2.0),
    less("days_since_last_order", Family::Commercial, 2.0),
    less("order_gap_last_ratio", Family::Commercial, 1.0),
    aging(more("money_mean", Family::Commercial, 1.0), "days_since_last_order", 365.0),
    less("refund_share", Family::Commercial, 2.0),
    more("tenure_days", Family::Relationship, 3.0),
    more("active_days_365d", Family::Relationship, 2.0),
    less("gap_sd_days", Family::Relationship, 2.0),
    more("orders", Family::Relationship, 1.0),
    less("order_gap_sd_days", Family::Relationship, 1.0),
    less("days_since_vote", Family::Relationship, 1.0),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::customer_table::features::Get;

    #[test]
    fn every_dimension_is_a_number_of_the_customer_table() {
        let names: BTreeSet<&str> = DIMENSIONS.iter().map(|one| one.name).collect();
        assert_eq!(names.len(), DIMENSIONS.len());
        assert!(names.len() >= 24);
        for dimension in DIMENSIONS {
            let feature = dimension.feature().unwrap_or_else(|| panic!("{}", dimension.name));
            assert!(matches!(feature.get, Get::Number(_)));
            assert!(dimension.points > 0.0);
            let age = dimension.aging.as_ref().map(|aging| features::named(aging.age).is_some());
            assert!(age != Some(false), "{}", dimension.name);
        }
        for family in Family::ALL {
            assert!(DIMENSIONS.iter().any(|one| one.family == family), "{}", family.name());
        }
        assert_eq!(DIMENSIONS.iter().map(|one| one.points).sum::<f64>(), 100.0);
    }
}
