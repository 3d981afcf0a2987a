//! Software by subscription, sold by the seat, in dollars; leaving is a `cancel` event.
//!
//! The hazard is constant (shape 1), so events over exposure estimate it directly. Use falls by
//! half in the month before a customer cancels, and the campaign works on leaving itself.

use super::Levels::{Flag, Range, Words};
use super::shop::rule;
use super::{
    COLOURS, CampaignPlan, Channel, Choice, Company, DeclinePlan, Item, Lifetime, Purchase, Step,
    Trait, Visits, channel, choice, driver, item, noise, step,
};
use crate::holiday::{Anchor, Rule};
use crate::season::SeasonPlan;

pub(super) static COMPANY: Company = Company {
    currency: "USD",
    channels: &CHANNELS,
    cities: &CITIES,
    devices: &DEVICES,
    traits: &TRAITS,
    items: &ITEMS,
    lifetime: Lifetime { shape: 1.0, scale_days: 330.0 },
    visits: Visits {
        median_per_day: 0.20,
        log_sd: 0.8,
        most_per_day: 6.0,
        opening: "login",
        steps: &STEPS,
        mean_steps: 2.0,
        decline: Some(DeclinePlan { days: 30, share_kept: 0.5 }),
    },
    purchase: Purchase::Recurring { every_days: 30, failed_share: 0.03, seats: 0 },
    refund_share: 0.02,
    campaign: CampaignPlan {
        name: "success call",
        share_treated: 0.5,
        outcome_days: 90,
        segment: 1,
        rate_ratio: [1.0, 1.0],
        hazard_ratio: [0.45, 0.75],
    },
    season: SeasonPlan {
        weekday: [1.30, 1.35, 1.35, 1.30, 1.10, 0.30, 0.30],
        month: [1.06, 1.04, 1.05, 1.02, 1.00, 0.98, 0.88, 0.84, 1.04, 1.06, 1.05, 0.98],
        // Europe and the Americas at work.
        hour: [
            1.0, 0.8, 0.8, 0.8, 0.8, 1.0, 2.0, 4.0, 6.0, 6.5, 6.5, 6.0, 6.5, 8.0, 9.0, 9.0, 8.0,
            6.5, 5.5, 4.0, 3.0, 2.0, 1.5, 1.2,
        ],
        holidays: &HOLIDAYS,
    },
    growth: 1.8,
};

static CHANNELS: [Channel; 5] = [
    channel("organic", 0.30, 1.00, 1.00),
    channel("partner", 0.15, 0.65, 1.10),
    channel("outbound_sales", 0.15, 0.80, 0.95),
    channel("paid_search", 0.25, 1.40, 0.90),
    channel("微信公众号", 0.15, 1.15, 1.05),
];

static CITIES: [Choice; 10] = [
    choice("New York", 14.0),
    choice("San Francisco", 12.0),
    choice("London", 11.0),
    choice("Berlin", 9.0),
    choice("München", 7.0),
    choice("São Paulo", 8.0),
    choice("上海", 12.0),
    choice("深圳", 10.0),
    choice("東京", 9.0),
    choice("Toronto", 8.0),
];

static DEVICES: [Choice; 3] = [choice("mac", 42.0), choice("windows", 48.0), choice("linux", 10.0)];

static TRAITS: [Trait; 7] = [
    driver("seats", Range(1, 12), -0.05, 0.03),
    driver("onboarded", Flag(0.6), -0.70, 0.20),
    driver("tickets_first_week", Range(0, 4), 0.22, 0.0),
    driver("integrations", Range(0, 5), -0.14, 0.05),
    noise("browser_language_chinese", Flag(0.25)),
    noise("logo_colour", Words(&COLOURS)),
    noise("account_digit", Range(0, 9)),
];

static STEPS: [Step; 5] = [
    step("report_view", 45.0, false),
    step("project_edit", 30.0, false),
    step("export", 12.0, false),
    step("invite_sent", 6.0, false),
    step("support_ticket", 3.0, false),
];

static HOLIDAYS: [Rule; 3] = [
    rule("lunar_new_year", Anchor::LunarNewYear, 0, 6, 0.8),
    rule("christmas", Anchor::Fixed(12, 25), -1, 7, 0.35),
    rule("11.11", Anchor::Fixed(11, 11), 0, 0, 1.1),
];

static ITEMS: [Item; 3] = [
    item("Starter 入门版", "plan", 1_900, 5.0),
    item("Team 团队版", "plan", 4_900, 3.0),
    item("Business 企业版", "plan", 9_900, 1.0),
];
