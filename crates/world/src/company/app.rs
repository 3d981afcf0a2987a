//! A free app with purchases inside: most of its customers are gone within weeks, few ever pay.
//!
//! The hazard falls steeply (shape 0.6), the rates have the heaviest tail of the three.

use super::Levels::{Flag, Range, Words};
use super::shop::rule;
use super::{
    CHINESE_CITIES, COLOURS, CampaignPlan, Channel, Choice, Company, Item, Lifetime, Purchase,
    Step, Trait, Visits, ZODIAC, channel, choice, driver, item, noise, step,
};
use crate::holiday::{Anchor, Rule};
use crate::season::SeasonPlan;

pub(super) static COMPANY: Company = Company {
    currency: "CNY",
    channels: &CHANNELS,
    cities: &CHINESE_CITIES,
    devices: &DEVICES,
    traits: &TRAITS,
    items: &ITEMS,
    lifetime: Lifetime { shape: 0.6, scale_days: 60.0 },
    visits: Visits {
        median_per_day: 0.25,
        log_sd: 1.2,
        most_per_day: 15.0,
        opening: "app_open",
        steps: &STEPS,
        mean_steps: 4.0,
        decline: None,
    },
    purchase: Purchase::PerVisit {
        cart_share: 0.06,
        order_share: 0.5,
        most_lines: 2,
        most_quantity: 2,
    },
    refund_share: 0.03,
    campaign: CampaignPlan {
        name: "push 回归礼包",
        share_treated: 0.5,
        outcome_days: 14,
        segment: 0,
        rate_ratio: [1.0, 1.5],
        hazard_ratio: [1.0, 1.0],
    },
    season: SeasonPlan {
        weekday: [0.92, 0.91, 0.92, 0.94, 1.01, 1.16, 1.14],
        month: [1.04, 1.06, 0.96, 0.95, 0.97, 0.99, 1.10, 1.10, 0.95, 0.98, 0.94, 0.96],
        hour: [
            4.0, 4.0, 4.0, 5.0, 7.0, 6.0, 4.0, 4.0, 4.0, 4.5, 6.0, 7.0, 8.5, 9.5, 9.5, 8.0, 5.0,
            2.5, 1.2, 0.8, 0.6, 0.6, 1.2, 3.0,
        ],
        holidays: &HOLIDAYS,
    },
    growth: 2.0,
};

static CHANNELS: [Channel; 6] = [
    channel("app_store", 0.30, 1.00, 1.00),
    channel("invite", 0.15, 0.55, 1.40),
    channel("抖音", 0.22, 1.60, 0.95),
    channel("微博", 0.10, 1.20, 1.00),
    channel("pre_installed", 0.13, 1.90, 0.70),
    channel("cross_promotion", 0.10, 0.85, 1.10),
];

static DEVICES: [Choice; 3] =
    [choice("android", 52.0), choice("ios", 33.0), choice("harmonyos", 15.0)];

static TRAITS: [Trait; 7] = [
    driver("push_enabled", Flag(0.5), -0.35, 0.15),
    driver("tutorial_done", Flag(0.65), -0.50, 0.10),
    driver("crashes_first_day", Range(0, 3), 0.28, -0.05),
    driver("friends_invited", Range(0, 4), -0.15, 0.08),
    noise("avatar_colour", Words(&COLOURS)),
    noise("zodiac", Words(&ZODIAC)),
    noise("dark_mode", Flag(0.4)),
];

static STEPS: [Step; 6] = [
    step("screen_view", 50.0, false),
    step("level_complete", 25.0, false),
    step("ad_view", 12.0, false),
    step("share", 4.0, false),
    step("offer_view", 6.0, true),
    step("chat_message", 8.0, false),
];

static HOLIDAYS: [Rule; 4] = [
    rule("lunar_new_year", Anchor::LunarNewYear, -1, 6, 1.45),
    rule("national_day", Anchor::Fixed(10, 1), 0, 6, 1.2),
    rule("11.11", Anchor::Fixed(11, 11), 0, 0, 0.85),
    rule("christmas", Anchor::Fixed(12, 25), -1, 0, 1.15),
];

static ITEMS: [Item; 6] = [
    item("金币 100", "coins", 600, 10.0),
    item("金币 680", "coins", 3_000, 5.0),
    item("月卡", "pass", 2_500, 4.0),
    item("新手礼包 🎁", "bundle", 100, 8.0),
    item("限定皮肤", "skin", 6_800, 2.0),
    item("豪华礼包", "bundle", 32_800, 0.5),
];
