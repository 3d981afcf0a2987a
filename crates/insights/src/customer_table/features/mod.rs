//! The features: one entry each, and nowhere else a word about it.
//!
//! A feature is a name, what it is called, its unit, its formula, what has to be read for it, and a
//! function of what is known of one customer at one cut. `None` is missing: never a 0 that nobody
//! has seen. A new feature is one entry in the list of its family.
//!
//! In the formulas the cut is the last civil date that counts; `N` days up to the cut are the `N`
//! civil dates that end with it, both included.

mod activity;
mod chinese;
mod conduct;
mod money;
mod orders;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::at::At;

/// One feature.
#[derive(Debug)]
pub struct Feature {
    /// Its name in questions, answers and exports.
    pub name: &'static str,
    /// What it is called in English.
    pub en: &'static str,
    /// 中文名称。
    pub zh: &'static str,
    /// What it counts.
    pub unit: Measure,
    /// What has to be read for it.
    pub need: Need,
    /// How it is computed.
    pub formula: &'static str,
    /// Its value.
    pub get: Get,
}

/// A feature's value.
#[derive(Clone, Copy, Debug)]
pub enum Get {
    /// A number; `None` where it is missing.
    Number(fn(&At<'_>) -> Option<f64>),
    /// A text, by where it is kept.
    Text(Label),
}

/// Texts that are kept of a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// The first channel.
    FirstChannel,
    /// The latest channel.
    LastChannel,
    /// The first country.
    FirstCountry,
    /// The latest country.
    LastCountry,
    /// Currency of the latest order with money.
    LastCurrency,
}

/// What a feature counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = FeatureUnit)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Whole things.
    Count,
    /// Civil days.
    Days,
    /// Money in units of the currency.
    Money,
    /// A share from 0 to 1.
    Share,
    /// A ratio, a change, a score.
    Number,
    /// Seconds.
    Seconds,
    /// A name.
    Text,
}

/// What has to be read for a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// The days of the events.
    Days,
    /// The gaps between days with an event.
    Gaps,
    /// Orders and refunds.
    Orders,
    /// The gaps between orders.
    OrderGaps,
    /// Money of orders and refunds, which must be of one currency.
    Money,
    /// Currency of the orders.
    Currency,
    /// Names of the events.
    Names,
    /// Items.
    Items,
    /// Items of order lines.
    ItemsBought,
    /// Categories.
    Categories,
    /// Calls for help.
    Support,
    /// Votes.
    Votes,
    /// Sessions.
    Sessions,
    /// Weekday and time of day.
    Rhythm,
    /// Channel.
    Channel,
    /// Country.
    Country,
}

/// Every feature, family by family.
pub fn all() -> impl Iterator<Item = &'static Feature> {
    let families: [&'static [Feature]; 4] =
        [activity::FEATURES, orders::FEATURES, money::FEATURES, conduct::FEATURES];
    families.into_iter().flatten()
}

/// The feature of that name.
pub fn named(name: &str) -> Option<&'static Feature> {
    all().find(|feature| feature.name == name)
}

/// An entry of a list: name, English, Chinese, unit, need, formula, function.
const fn number(
    [name, en, zh]: [&'static str; 3],
    unit: Measure,
    need: Need,
    formula: &'static str,
    get: fn(&At<'_>) -> Option<f64>,
) -> Feature {
    Feature { name, en, zh, unit, need, formula, get: Get::Number(get) }
}

/// An entry whose value is a text.
const fn text(
    [name, en, zh]: [&'static str; 3],
    need: Need,
    formula: &'static str,
    label: Label,
) -> Feature {
    Feature { name, en, zh, unit: Measure::Text, need, formula, get: Get::Text(label) }
}

/// How far two amounts are apart, as a share of both: from −1, all gone, to 1, all new. `None` where
/// both are nothing.
fn change(now: f64, before: f64) -> Option<f64> {
    (now + before > 0.0).then(|| (now - before) / (now + before))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_feature_has_a_name_of_its_own_and_words_in_both_languages() {
        let names: BTreeSet<&str> = all().map(|feature| feature.name).collect();
        assert_eq!(names.len(), all().count());
        assert!(names.len() >= 40, "{}", names.len());
        for feature in all() {
            assert!(feature.zh.chars().any(|one| one > '\u{4e00}'), "{}", feature.name);
            assert!(feature.en.is_ascii() && !feature.formula.is_empty(), "{}", feature.name);
            assert_eq!(matches!(feature.get, Get::Text(_)), feature.unit == Measure::Text);
            assert_eq!(named(feature.name).map(|one| one.en), Some(feature.en));
        }
    }
}
