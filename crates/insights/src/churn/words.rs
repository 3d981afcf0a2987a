//! The definition of the rates, in both languages.

use perennial_types::filter::Language;
use perennial_types::question::{Definition, Population, Text};

use super::plan::Plan;
use crate::crr::{ActiveAnswer, DAY, Window, days, thousands};
use crate::rfm::Refunds;

/// When a customer is active, and where that comes from.
pub fn active(plan: &Plan) -> ActiveAnswer {
    let chosen = match (plan.subscription(), plan.window) {
        (Some(_), _) => "subscription".to_owned(),
        (None, Window::Measured(_, n_gaps)) => {
            format!("p90 of {} gaps between purchases", thousands(n_gaps as u64))
        }
        (None, Window::Given(_)) => "as asked".to_owned(),
        (None, Window::Unknown) => "nothing to measure: there are no events".to_owned(),
    };
    let micros = plan.window.micros().filter(|_| plan.subscription().is_none());
    ActiveAnswer { trailing_days: micros.map(|micros| micros as f64 / DAY), chosen }
}

/// The definition of a question.
pub fn definition(plan: &Plan) -> Definition {
    let question = &plan.question;
    let follows_data = plan.subscription().is_none() && !matches!(plan.window, Window::Given(_));
    let is_open = plan.rule.is_open_ended();
    let mut flags = Vec::new();
    if is_open {
        flags.push("open_ended".to_owned());
    }
    if follows_data {
        flags.push("window_follows_data".to_owned());
    }
    let window = window(plan);
    Definition {
        en: english(plan),
        zh: chinese(plan),
        population: plan.population().name().to_owned(),
        denominator: "customers active when the period begins".to_owned(),
        denominator_zh: "期初活跃的客户".to_owned(),
        window: window.en,
        window_zh: window.zh,
        zone: question.zone.name().to_owned(),
        from: question.from,
        to: question.to,
        as_of: question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
        mean: Some("sum of churned ÷ sum of at risk, over periods that are over".to_owned()),
        mean_zh: Some("各已结束周期流失人数之和 ÷ 期初活跃人数之和".to_owned()),
        interval: Some("wilson".to_owned()),
        interval_zh: Some("Wilson 区间".to_owned()),
        closed: !is_open && !follows_data,
        flags,
    }
}

fn window(plan: &Plan) -> Text {
    match (plan.subscription(), plan.window.micros()) {
        (Some(one), _) => Text::new(
            format!(
                "from {} to {}",
                one.start.in_words(Language::English),
                one.end.in_words(Language::English)
            ),
            format!(
                "自{}起，至{}止",
                one.start.in_words(Language::Chinese),
                one.end.in_words(Language::Chinese)
            ),
        ),
        (None, Some(window)) => Text::new(
            format!("trailing {} days", days(window)),
            format!("此前 {} 天", days(window)),
        ),
        (None, None) => Text::new(active(plan).chosen, "没有事件，无从测量"),
    }
}

/// What a customer's money is.
fn money(plan: &Plan) -> Text {
    let unit = plan.question.period;
    match plan.subscription().map(|one| one.money.as_deref()) {
        Some(Some(field)) => Text::new(
            format!("`{field}` of the latest start before the period"),
            format!("周期开始前最近一次开始事件的 `{field}`"),
        ),
        Some(None) => Text::new(
            format!("purchases of the {} before", unit.name()),
            format!("上一周期（{}）的购买金额", unit.name_zh()),
        ),
        None => Text::new(
            "purchases in the window before the period begins",
            "周期开始前窗口内的购买金额",
        ),
    }
}

/// What refunds do to the money; a level knows none.
fn refunds(plan: &Plan) -> Text {
    let is_level = plan.subscription().is_some_and(|one| one.money.is_some());
    match (is_level, plan.question.refunds) {
        (true, _) => Text::new("", ""),
        (false, Refunds::Net) => Text::new(", less refunds, never below 0", "，扣除退款，不低于 0"),
        (false, Refunds::Ignore) => Text::new(", whatever was refunded", "，不计退款"),
    }
}

fn english(plan: &Plan) -> String {
    let question = &plan.question;
    let occurrence = match (&question.event, plan.population()) {
        (Some(filter), _) => filter.in_words(Language::English),
        (None, Population::Everyone) => "any event".to_owned(),
        (None, _) => "a purchase".to_owned(),
    };
    let active = match plan.subscription() {
        Some(_) => format!("whose subscription runs, {}", window(plan).en),
        None => format!("with {occurrence} in the window before it, {}", window(plan).en),
    };
    let whose = match plan.population() {
        Population::Everyone => "all customers",
        Population::Buyers => "customers with a purchase",
        Population::NetBuyers => "customers who bought and have not been refunded everything",
    };
    let refunds = refunds(plan).en;
    format!(
        "Active at an instant is who is a customer {active}. At risk: active when the period begins; churned: of those, not active when it ends; new: first active in the period, and active when it ends; won back: active earlier, not when it begins, and again when it ends. Active at the end = at risk + new + won back − churned. Rate = churned ÷ at risk. Money: {}{refunds}. New customers: at most {} whole periods since the first occurrence. Hazard at an age = churned ÷ at risk at that age, over the periods that are over. Win-back: customers who left at any instant of the range, by the first time; shares are of those whose days are over by {}. Population: {whose}. Zone {}.",
        money(plan).en,
        question.new_for,
        question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
        question.zone.name(),
    )
}

fn chinese(plan: &Plan) -> String {
    let question = &plan.question;
    let occurrence = match (&question.event, plan.population()) {
        (Some(filter), _) => filter.in_words(Language::Chinese),
        (None, Population::Everyone) => "任意事件".to_owned(),
        (None, _) => "购买".to_owned(),
    };
    let active = match plan.subscription() {
        Some(_) => format!("订阅有效（{}）", window(plan).zh),
        None => format!("{}内有{occurrence}", window(plan).zh),
    };
    let whose = match plan.population() {
        Population::Everyone => "全部客户",
        Population::Buyers => "有过购买的客户",
        Population::NetBuyers => "购买后未全额退款的客户",
    };
    let refunds = refunds(plan).zh;
    format!(
        "某一时刻活跃：{active}。期初活跃者为有风险客户；流失：期初活跃、期末不再活跃；新客户：本周期内首次活跃且期末活跃；召回：更早活跃过、期初不活跃、期末再次活跃。期末活跃 = 期初活跃 + 新客户 + 召回 − 流失。流失率 = 流失 ÷ 期初活跃。金额：{}{refunds}。新客户指首次发生后至多 {} 个完整周期。某一年龄的风险率 = 该年龄的流失 ÷ 该年龄的期初活跃，只计已结束的周期。召回统计范围内任一时刻离开的客户，按首次离开计；占比只计到 {} 天数已满的客户。人群：{whose}。时区 {}。",
        money(plan).zh,
        question.new_for,
        question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
        question.zone.name(),
    )
}
