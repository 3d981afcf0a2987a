//! The three companies as tables of numbers; everything a customer does follows from them.
//!
//! A company is added by one file and one entry in [`Kind::ALL`] and [`Company::of`]. Effects are
//! stated where they are planted: a [`Trait`] with both effects 0 is noise, made to look as
//! telling as a driver.

mod app;
mod shop;
mod subscription;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::WorldError;
use crate::season::SeasonPlan;

/// Which company is simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An online shop: customers leave without a word.
    Shop,
    /// Software by subscription: customers cancel, and the instant is seen.
    Subscription,
    /// A free app with purchases inside: many events, few payers.
    App,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 3] = [Kind::Shop, Kind::Subscription, Kind::App];

    /// The kind's name.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Shop => "shop",
            Kind::Subscription => "subscription",
            Kind::App => "app",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = WorldError;

    fn from_str(text: &str) -> Result<Kind, WorldError> {
        let known = Kind::ALL.into_iter().find(|kind| kind.name() == text);
        known.ok_or_else(|| WorldError::UnknownKind(text.to_owned()))
    }
}

/// Everything that makes one company.
#[derive(Debug)]
pub(crate) struct Company {
    pub(crate) currency: &'static str,
    pub(crate) channels: &'static [Channel],
    pub(crate) cities: &'static [Choice],
    pub(crate) devices: &'static [Choice],
    /// Drivers first, noise after; at most [`MAX_TRAITS`].
    pub(crate) traits: &'static [Trait],
    pub(crate) items: &'static [Item],
    pub(crate) lifetime: Lifetime,
    pub(crate) visits: Visits,
    pub(crate) purchase: Purchase,
    /// Share of order lines that are later given back, in whole or in part.
    pub(crate) refund_share: f64,
    pub(crate) campaign: CampaignPlan,
    pub(crate) season: SeasonPlan,
    /// How many times as many customers join on the last day as on the first.
    pub(crate) growth: f64,
}

/// How many traits a customer can have.
pub(crate) const MAX_TRAITS: usize = 12;

/// A word and how often it is drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice {
    pub(crate) name: &'static str,
    pub(crate) weight: f64,
}

const fn choice(name: &'static str, weight: f64) -> Choice {
    Choice { name, weight }
}

/// Where customers come from and how good they are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Channel {
    pub(crate) name: &'static str,
    pub(crate) share: f64,
    /// Multiplies the hazard of leaving.
    pub(crate) hazard_ratio: f64,
    /// Multiplies the rate of visits.
    pub(crate) rate_ratio: f64,
}

const fn channel(name: &'static str, share: f64, hazard_ratio: f64, rate_ratio: f64) -> Channel {
    Channel { name, share, hazard_ratio, rate_ratio }
}

/// Something known of a customer at sign-up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trait {
    pub(crate) name: &'static str,
    pub(crate) levels: Levels,
    /// Added to the logarithm of the hazard, per unit.
    pub(crate) log_hazard: f64,
    /// Added to the logarithm of the rate of visits, per unit.
    pub(crate) log_rate: f64,
}

impl Trait {
    /// Whether the trait has any effect.
    pub(crate) fn is_driver(&self) -> bool {
        self.log_hazard != 0.0 || self.log_rate != 0.0
    }
}

/// What values a trait takes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Levels {
    /// True with this probability.
    Flag(f64),
    /// Uniform on the whole numbers from the first to the second, inclusive.
    Range(i32, i32),
    /// Uniform on these words; worth its place, so only noise may be words.
    Words(&'static [&'static str]),
}

const fn driver(name: &'static str, levels: Levels, log_hazard: f64, log_rate: f64) -> Trait {
    Trait { name, levels, log_hazard, log_rate }
}

const fn noise(name: &'static str, levels: Levels) -> Trait {
    Trait { name, levels, log_hazard: 0.0, log_rate: 0.0 }
}

/// Something one can buy or look at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item {
    pub(crate) name: &'static str,
    pub(crate) category: &'static str,
    /// Hundredths of the currency.
    pub(crate) price_cents: i64,
    pub(crate) weight: f64,
}

const fn item(name: &'static str, category: &'static str, price_cents: i64, weight: f64) -> Item {
    Item { name, category, price_cents, weight }
}

/// Weibull time from joining to leaving, with proportional hazards:
/// `S(t) = exp(-exp(η) (t / scale)^shape)`, η the sum of the log hazards.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lifetime {
    pub(crate) shape: f64,
    pub(crate) scale_days: f64,
}

/// How often customers come and what they do then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Visits {
    /// Median of the log-normal rate, before channel and traits.
    pub(crate) median_per_day: f64,
    /// Standard deviation of the rate's logarithm: the heavy tail.
    pub(crate) log_sd: f64,
    /// Nobody comes more often than this.
    pub(crate) most_per_day: f64,
    /// First event of every visit.
    pub(crate) opening: &'static str,
    /// What follows, and whether it is about an item.
    pub(crate) steps: &'static [Step],
    /// Mean number of steps, geometric from 0.
    pub(crate) mean_steps: f64,
    /// What is left of the visits before leaving, if leaving casts a shadow.
    pub(crate) decline: Option<DeclinePlan>,
}

/// A step of a visit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) event: &'static str,
    pub(crate) weight: f64,
    pub(crate) has_item: bool,
}

const fn step(event: &'static str, weight: f64, has_item: bool) -> Step {
    Step { event, weight, has_item }
}

/// The share of visits still made in the last days before leaving.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DeclinePlan {
    pub(crate) days: u32,
    pub(crate) share_kept: f64,
}

/// How money comes in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purchase {
    /// Some visits fill a cart, some carts become orders.
    PerVisit { cart_share: f64, order_share: f64, most_lines: u32, most_quantity: u32 },
    /// One order when joining and one every so many days until leaving; the item is the plan, the
    /// quantity the trait `seats`. Leaving is seen as `cancel`.
    Recurring { every_days: u32, failed_share: f64, seats: usize },
}

/// A strategy tried on a random half, against a control group.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CampaignPlan {
    pub(crate) name: &'static str,
    pub(crate) share_treated: f64,
    /// Whole days the effect lasts.
    pub(crate) outcome_days: u32,
    /// The flag trait that says who is moved more.
    pub(crate) segment: usize,
    /// Visits of a treated customer during the outcome window are multiplied by this, for
    /// customers without and with the trait. Not below 1.
    pub(crate) rate_ratio: [f64; 2],
    /// Likewise for the hazard of leaving. Above 0.
    pub(crate) hazard_ratio: [f64; 2],
}

impl Company {
    /// The company of that kind.
    pub(crate) fn of(kind: Kind) -> &'static Company {
        match kind {
            Kind::Shop => &shop::COMPANY,
            Kind::Subscription => &subscription::COMPANY,
            Kind::App => &app::COMPANY,
        }
    }

    /// Whether leaving is seen in the events.
    pub(crate) fn is_contractual(&self) -> bool {
        matches!(self.purchase, Purchase::Recurring { .. })
    }
}

/// Chinese cities by roughly how many shop online.
static CHINESE_CITIES: [Choice; 12] = [
    choice("上海", 14.0),
    choice("北京", 13.0),
    choice("广州", 11.0),
    choice("深圳", 11.0),
    choice("杭州", 9.0),
    choice("成都", 9.0),
    choice("重庆", 8.0),
    choice("武汉", 7.0),
    choice("西安", 6.0),
    choice("南京", 5.0),
    choice("厦门", 4.0),
    choice("乌鲁木齐", 3.0),
];

static COLOURS: [&str; 6] = ["红", "橙", "黄", "绿", "蓝", "紫"];
static ZODIAC: [&str; 12] =
    ["鼠", "牛", "虎", "兔", "龙", "蛇", "马", "羊", "猴", "鸡", "狗", "猪"];

#[cfg(test)]
mod tests {
    use super::*;

    /// What the generator takes for granted of the tables.
    #[test]
    fn tables_are_sound() {
        for kind in Kind::ALL {
            let company = Company::of(kind);
            assert_eq!(kind.name().parse::<Kind>().unwrap(), kind);
            assert!(company.traits.len() <= MAX_TRAITS);
            let shares: f64 = company.channels.iter().map(|channel| channel.share).sum();
            assert!((shares - 1.0).abs() < 1e-12, "{kind}: {shares}");
            let campaign = company.campaign;
            assert!(matches!(company.traits[campaign.segment].levels, Levels::Flag(_)));
            assert!(campaign.rate_ratio.iter().all(|&ratio| ratio >= 1.0));
            assert!(campaign.hazard_ratio.iter().all(|&ratio| ratio > 0.0));
            for planted in company.traits {
                let is_words = matches!(planted.levels, Levels::Words(_));
                assert!(!(is_words && planted.is_driver()));
            }
            if let Purchase::Recurring { seats, .. } = company.purchase {
                assert!(matches!(company.traits[seats].levels, Levels::Range(1, _)));
            }
            assert!(company.traits.iter().filter(|planted| !planted.is_driver()).count() >= 2);
        }
    }
}
