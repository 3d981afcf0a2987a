//! The definition under the states, in both languages.

use perennial_types::filter::Language;
use perennial_types::question::{Definition, Population, Text};

use super::plan::Plan;
use super::question::{LifecycleQuestion, Threshold};

/// The definition of a question.
pub fn definition(plan: &Plan) -> Definition {
    let question = &plan.question;
    let flags = plan.rule.is_open_ended().then(|| "open_ended".to_owned());
    let window = window(question);
    Definition {
        en: english(plan),
        zh: chinese(plan),
        population: question.population.name().to_owned(),
        denominator: "customers active when the period begins".to_owned(),
        denominator_zh: "期初活跃的客户".to_owned(),
        window: window.en,
        window_zh: window.zh,
        zone: question.zone.name().to_owned(),
        from: question.from,
        to: question.to,
        as_of: question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
        mean: None,
        mean_zh: None,
        interval: None,
        interval_zh: None,
        closed: !plan.rule.is_open_ended(),
        flags: flags.into_iter().collect(),
    }
}

fn window(question: &LifecycleQuestion) -> Text {
    match question.threshold {
        Threshold::Periods(n) => Text::new(
            format!("{n} calendar periods of a {}", question.period.name()),
            format!("{n} 个自然周期（{}）", question.period.name_zh()),
        ),
        Threshold::Days(n) => Text::new(
            format!("{n} civil days before an instant"),
            format!("某一时刻之前的 {n} 个自然日"),
        ),
    }
}

fn english(plan: &Plan) -> String {
    let question = &plan.question;
    let occurrence = match (&question.event, question.population) {
        (Some(filter), _) => filter.in_words(Language::English),
        (None, Population::Everyone) => "any event".to_owned(),
        (None, _) => "a purchase".to_owned(),
    };
    let population = match question.population {
        Population::Everyone => "all customers",
        Population::Buyers => "customers with a purchase, from the first one on",
        Population::NetBuyers => "customers who bought and have not been refunded everything",
    };
    let unit = question.period.name();
    let threshold = match question.threshold {
        Threshold::Periods(1) => format!("the {unit} before it"),
        Threshold::Periods(n) => format!("the {n} {unit}s before it"),
        Threshold::Days(n) => format!("the {n} civil days before it"),
    };
    format!(
        "Per {unit}: active at an instant is who had {occurrence} in {threshold}. New: the first one ever lies in the {unit}; returning: active when it begins, and one in it; idle: active throughout without one in it; resurrecting: one in it, an earlier one, not active when it begins; dormant: active when it begins, not when it ends; gone: known before, active at neither end. Active at the end = active at the start + new + resurrecting − dormant. Quick ratio = (new + resurrecting) ÷ dormant. Population: {population}. Zone {}. A {unit} is complete when it has ended by {}.",
        question.zone.name(),
        question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
    )
}

fn chinese(plan: &Plan) -> String {
    let question = &plan.question;
    let occurrence = match (&question.event, question.population) {
        (Some(filter), _) => filter.in_words(Language::Chinese),
        (None, Population::Everyone) => "任意事件".to_owned(),
        (None, _) => "购买".to_owned(),
    };
    let population = match question.population {
        Population::Everyone => "全部客户",
        Population::Buyers => "有过购买的客户，自首次购买起计",
        Population::NetBuyers => "购买后未全额退款的客户",
    };
    let unit = question.period.name_zh();
    let threshold = match question.threshold {
        Threshold::Periods(n) => format!("此前 {n} 个周期（{unit}）"),
        Threshold::Days(n) => format!("此前 {n} 个自然日"),
    };
    format!(
        "按{unit}统计：某一时刻活跃，指{threshold}内有{occurrence}。新客户：历史首次落在本周期；回访：期初活跃且本周期内有发生；静默：全程活跃但本周期内没有发生；复活：期初不活跃、更早有过、本周期内再次发生；休眠：期初活跃、期末不再活跃；流失：此前已知、期初期末均不活跃。期末活跃 = 期初活跃 + 新客户 + 复活 − 休眠。速动比 =（新客户 + 复活）÷ 休眠。人群：{population}。时区 {}。周期在 {} 前结束才算完整。",
        question.zone.name(),
        question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
    )
}
