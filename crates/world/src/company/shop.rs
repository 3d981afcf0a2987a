//! A Chinese online shop: tea, home, beauty, electronics; prices in yuan.
//!
//! Customers leave silently and ever more slowly (shape below 1). The slow first delivery is what
//! drives them away, the newsletter what keeps them.

use super::Levels::{Flag, Range, Words};
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
    lifetime: Lifetime { shape: 0.8, scale_days: 420.0 },
    visits: Visits {
        median_per_day: 0.08,
        log_sd: 1.0,
        most_per_day: 8.0,
        opening: "session_start",
        steps: &STEPS,
        mean_steps: 3.0,
        decline: None,
    },
    purchase: Purchase::PerVisit {
        cart_share: 0.45,
        order_share: 0.55,
        most_lines: 5,
        most_quantity: 4,
    },
    refund_share: 0.06,
    campaign: CampaignPlan {
        name: "老客回馈 coupon",
        share_treated: 0.5,
        outcome_days: 30,
        segment: 3,
        rate_ratio: [1.15, 1.60],
        hazard_ratio: [1.0, 1.0],
    },
    season: SeasonPlan {
        weekday: [0.92, 0.90, 0.92, 0.96, 1.05, 1.15, 1.10],
        month: [1.02, 0.84, 0.95, 0.94, 1.00, 1.10, 0.93, 0.92, 1.00, 1.02, 1.18, 1.10],
        // Midnight UTC is eight in the morning in China.
        hour: [
            3.0, 4.5, 6.0, 6.0, 6.5, 6.0, 5.0, 5.0, 5.0, 4.5, 4.0, 5.0, 7.0, 8.5, 8.5, 6.5, 3.5,
            1.8, 1.0, 0.6, 0.4, 0.4, 0.8, 1.5,
        ],
        holidays: &HOLIDAYS,
    },
    growth: 1.6,
};

static CHANNELS: [Channel; 6] = [
    channel("organic", 0.28, 1.00, 1.00),
    channel("referral", 0.12, 0.60, 1.35),
    channel("email", 0.10, 0.80, 1.15),
    channel("paid_search", 0.20, 1.25, 0.90),
    channel("小红书", 0.16, 1.50, 1.05),
    channel("微信小程序", 0.14, 0.90, 1.20),
];

static DEVICES: [Choice; 4] =
    [choice("android", 46.0), choice("ios", 30.0), choice("harmonyos", 12.0), choice("web", 12.0)];

static TRAITS: [Trait; 8] = [
    driver("first_delivery_days", Range(1, 9), 0.12, -0.02),
    driver("newsletter", Flag(0.45), -0.40, 0.0),
    driver("first_order_coupon", Flag(0.40), 0.30, 0.0),
    // Says nothing of leaving, but who answers the campaign.
    noise("price_sensitive", Flag(0.35)),
    noise("favourite_colour", Words(&COLOURS)),
    noise("zodiac", Words(&ZODIAC)),
    noise("lucky_digit", Range(0, 9)),
    noise("left_handed", Flag(0.11)),
];

static STEPS: [Step; 5] = [
    step("page_view", 45.0, false),
    step("product_view", 35.0, true),
    step("search", 12.0, false),
    step("wishlist_add", 4.0, true),
    step("review_read", 4.0, true),
];

static HOLIDAYS: [Rule; 7] = [
    rule("lunar_new_year_shopping", Anchor::LunarNewYear, -14, -3, 1.5),
    rule("lunar_new_year", Anchor::LunarNewYear, -2, 6, 0.45),
    rule("618", Anchor::Fixed(6, 18), -2, 0, 1.9),
    rule("national_day", Anchor::Fixed(10, 1), 0, 6, 1.15),
    rule("11.11 run-up", Anchor::Fixed(11, 11), -10, -1, 1.2),
    rule("11.11", Anchor::Fixed(11, 11), 0, 0, 4.0),
    rule("christmas", Anchor::Fixed(12, 25), -7, 0, 1.3),
];

pub(super) const fn rule(
    name: &'static str,
    anchor: Anchor,
    first: i32,
    last: i32,
    factor: f64,
) -> Rule {
    Rule { name, anchor, first, last, factor }
}

static ITEMS: [Item; 24] = [
    item("西湖龙井 250g", "tea", 16_800, 7.0),
    item("安溪铁观音 500g", "tea", 12_900, 6.0),
    item("云南普洱饼 357g", "tea", 19_900, 4.0),
    item("茉莉花茶 100g", "tea", 4_590, 8.0),
    item("青瓷茶具六件套", "home", 25_800, 3.0),
    item("竹纤维毛巾 3条", "home", 3_990, 9.0),
    item("乳胶枕", "home", 19_900, 4.0),
    item("桌面香薰灯", "home", 8_850, 5.0),
    item("不锈钢保温杯 500ml", "home", 7_900, 8.0),
    item("玻尿酸面膜 10片", "beauty", 9_900, 9.0),
    item("氨基酸洁面乳", "beauty", 6_800, 8.0),
    item("防晒霜 SPF50+", "beauty", 11_900, 6.0),
    item("丝绒口红 #03", "beauty", 15_900, 5.0),
    item("无线蓝牙耳机", "electronics", 29_900, 5.0),
    item("65W 氮化镓充电器", "electronics", 12_900, 6.0),
    item("机械键盘 87键", "electronics", 39_900, 2.0),
    item("智能手环", "electronics", 22_900, 4.0),
    item("USB-C 数据线 2m", "electronics", 1_990, 10.0),
    item("每日坚果 30包", "food", 10_900, 8.0),
    item("武汉热干面 6盒", "food", 4_280, 7.0),
    item("新疆灰枣 1kg", "food", 5_690, 6.0),
    item("四川火锅底料 3袋", "food", 3_880, 8.0),
    item("儿童绘本 10册", "books", 8_800, 4.0),
    item("《红楼梦》, \"精装\"版", "books", 12_800, 2.0),
];
