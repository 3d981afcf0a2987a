//! The answer: customers by active periods, the ratios of day, week and month, and the gaps.

use std::collections::BTreeMap;

use perennial_types::question::{Definition, Warning};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::plan::Plan;
use super::question::{Regularity, StickinessQuestion};
use super::tally::Numbers;
use crate::grouping::Group;
use crate::retention::Members;

/// A stickiness answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StickinessAnswer {
    /// `stickiness`.
    pub kind: String,
    /// Number of periods that have begun.
    pub periods: usize,
    /// Customers active in at least one of them: what shares are of.
    pub customers_active: u64,
    /// Mean number of active periods; null without anybody.
    #[schema(required)]
    pub mean_periods: Option<f64>,
    /// Whether the range is over.
    pub complete: bool,
    /// For 1, 2, … periods, up to the most anybody is active in.
    pub points: Vec<Point>,
    /// Day by day; only days that have begun.
    pub days: Vec<DayAnswer>,
    /// The ratios of the whole range.
    pub ratios: Ratios,
    /// The gaps between neighbouring active periods.
    pub gaps: GapsAnswer,
    /// The points of every group, when customers are told apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupAnswer>,
    /// What exactly was computed.
    pub definition: Definition,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
    /// The customers of the number that was asked for.
    #[schema(required)]
    pub customers: Option<Members>,
    /// The question, every default filled in.
    pub question: StickinessQuestion,
}

/// Customers by number of active periods.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = StickinessPoint)]
pub struct Point {
    /// How many periods.
    pub n: usize,
    /// Customers active in exactly so many.
    pub exactly: u64,
    /// Their share.
    pub exactly_share: f64,
    /// Customers active in at least so many.
    pub at_least: u64,
    /// Their share.
    pub at_least_share: f64,
}

/// Customers of one day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = StickinessDay)]
pub struct DayAnswer {
    /// The civil date.
    pub date: String,
    /// Active on it.
    pub dau: u64,
    /// Active in the 7 days that end with it.
    pub wau: u64,
    /// Active in the 30 days that end with it.
    pub mau: u64,
    /// DAU ÷ WAU; null where WAU is 0.
    #[schema(required)]
    pub dau_wau: Option<f64>,
    /// DAU ÷ MAU; null where MAU is 0.
    #[schema(required)]
    pub dau_mau: Option<f64>,
    /// WAU ÷ MAU; null where MAU is 0.
    #[schema(required)]
    pub wau_mau: Option<f64>,
    /// Whether it is final.
    pub complete: bool,
    /// `history_too_short` where the 30 days begin before anything is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
}

/// Sums of days over sums of days, of the days that are final.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = StickinessRatios)]
pub struct Ratios {
    /// How many days.
    pub days: usize,
    /// Σ DAU ÷ Σ WAU; null where that is 0.
    #[schema(required)]
    pub dau_wau: Option<f64>,
    /// Σ DAU ÷ Σ MAU.
    #[schema(required)]
    pub dau_mau: Option<f64>,
    /// Σ WAU ÷ Σ MAU.
    #[schema(required)]
    pub wau_mau: Option<f64>,
}

/// The gaps between neighbouring active periods.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GapsAnswer {
    /// How many gaps of how many periods.
    pub lengths: Vec<GapAnswer>,
    /// How many there are.
    pub gaps: u64,
    /// Their mean; null without any.
    #[schema(required)]
    pub mean: Option<f64>,
    /// The shortest that at least half of the gaps do not exceed.
    #[schema(required)]
    pub median: Option<usize>,
    /// The shortest that at least nine tenths do not exceed.
    #[schema(required)]
    pub p90: Option<usize>,
    /// Customers by how regular their gaps are.
    pub regularity: Vec<RegularityAnswer>,
}

/// Gaps of one length.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GapAnswer {
    /// Periods from one active period to the next; 1 for neighbours.
    pub periods: usize,
    /// How many.
    pub gaps: u64,
}

/// Customers of one kind of gaps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RegularityAnswer {
    /// The kind.
    pub kind: Regularity,
    /// How many.
    pub customers: u64,
    /// Their share of the customers active at all; null without anybody.
    #[schema(required)]
    pub share: Option<f64>,
}

/// The points of one group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = StickinessGroup)]
pub struct GroupAnswer {
    /// Values of the breakdown.
    #[schema(required, value_type = Option<Vec<Option<String>>>)]
    pub group: Option<Group>,
    /// Whether it is the computed rest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
    /// Customers of the group active in at least one period: what its shares are of.
    pub customers_active: u64,
    /// Mean number of active periods.
    #[schema(required)]
    pub mean_periods: Option<f64>,
    /// For 1, 2, … periods.
    pub points: Vec<Point>,
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// How many customers there are, and the mean number of their active periods.
pub fn size(counts: &BTreeMap<usize, u64>) -> (u64, Option<f64>) {
    let customers: u64 = counts.values().sum();
    let periods: u64 = counts.iter().map(|(n, customers)| *n as u64 * customers).sum();
    (customers, ratio(periods, customers))
}

/// The points of some customers, up to the most periods anybody is active in.
pub fn points(counts: &BTreeMap<usize, u64>) -> Vec<Point> {
    let most = counts.last_key_value().map_or(0, |(n, _)| *n);
    let whole: u64 = counts.values().sum();
    let mut at_least = whole;
    let point = |n: usize| {
        let exactly = counts.get(&n).copied().unwrap_or_default();
        let point = Point {
            n,
            exactly,
            exactly_share: exactly as f64 / whole as f64,
            at_least,
            at_least_share: at_least as f64 / whole as f64,
        };
        at_least -= exactly;
        point
    };
    (1..=most).map(point).collect()
}

impl Plan {
    /// The days of the range.
    pub fn day_answers(&self, numbers: &Numbers) -> Vec<DayAnswer> {
        let day = |day: usize| {
            let [dau, wau, mau] = [0, 1, 2].map(|set| {
                numbers.by_day.get(set).and_then(|days| days.get(day)).copied().unwrap_or_default()
            });
            let too_short = self.is_history_too_short(day);
            DayAnswer {
                date: self.days.date(day).map_or_else(String::new, |date| date.to_string()),
                dau,
                wau,
                mau,
                dau_wau: ratio(dau, wau),
                dau_mau: ratio(dau, mau),
                wau_mau: ratio(wau, mau),
                complete: self.is_day_complete(day),
                flags: too_short.then(|| "history_too_short".to_owned()).into_iter().collect(),
            }
        };
        (self.n_before..self.n_days).map(day).collect()
    }
}

impl Ratios {
    /// Those of some days.
    pub fn of(days: &[DayAnswer]) -> Ratios {
        let complete = || days.iter().filter(|day| day.complete);
        let sum = |of: fn(&DayAnswer) -> u64| complete().map(of).sum::<u64>();
        let (dau, wau, mau) = (sum(|day| day.dau), sum(|day| day.wau), sum(|day| day.mau));
        Ratios {
            days: complete().count(),
            dau_wau: ratio(dau, wau),
            dau_mau: ratio(dau, mau),
            wau_mau: ratio(wau, mau),
        }
    }
}

impl GapsAnswer {
    /// The gaps of a question.
    pub fn of(numbers: &Numbers) -> GapsAnswer {
        let gaps: u64 = numbers.gaps.values().sum();
        let periods: u64 = numbers.gaps.iter().map(|(length, n)| *length as u64 * n).sum();
        let customers: u64 = numbers.regularity.iter().sum();
        // The shortest length that so many tenths of the gaps do not exceed.
        let quantile = |tenths: u64| {
            let mut n_below = 0;
            let mut lengths = numbers.gaps.iter();
            lengths.find(|(_, n)| {
                n_below += **n;
                n_below * 10 >= gaps * tenths
            })
        };
        let kinds = Regularity::ALL.into_iter().zip(numbers.regularity);
        GapsAnswer {
            lengths: numbers
                .gaps
                .iter()
                .map(|(periods, gaps)| GapAnswer { periods: *periods, gaps: *gaps })
                .collect(),
            gaps,
            mean: ratio(periods, gaps),
            median: quantile(5).map(|(length, _)| *length),
            p90: quantile(9).map(|(length, _)| *length),
            regularity: kinds
                .map(|(kind, n)| RegularityAnswer {
                    kind,
                    customers: n,
                    share: ratio(n, customers),
                })
                .collect(),
        }
    }
}
