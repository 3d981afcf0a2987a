//! The definition of the rates, in both languages.

use perennial_types::filter::Language;
use perennial_types::question::{Definition, Population, Text};

use super::plan::Plan;
use super::question::{Compare, RevenueRetentionQuestion};

/// The definition of a question.
pub fn definition(plan: &Plan) -> Definition {
    let question = &plan.question;
    let flags = plan.rule.is_open_ended().then(|| "open_ended".to_owned());
    let window = window(question);
    Definition {
        en: english(plan),
        zh: chinese(plan),
        population: population(question).name().to_owned(),
        denominator: "money of the base period".to_owned(),
        denominator_zh: "基期金额".to_owned(),
        window: window.en,
        window_zh: window.zh,
        zone: question.zone.name().to_owned(),
        from: question.from,
        to: question.to,
        as_of: question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
        mean: Some(
            "sum of the money kept ÷ sum of the bases, over periods that are over".to_owned(),
        ),
        mean_zh: Some("各已结束周期留存金额之和 ÷ 基期金额之和".to_owned()),
        interval: None,
        interval_zh: None,
        closed: !plan.rule.is_open_ended(),
        flags: flags.into_iter().collect(),
    }
}

fn population(question: &RevenueRetentionQuestion) -> Population {
    question.population.unwrap_or(Population::Buyers)
}

fn window(question: &RevenueRetentionQuestion) -> Text {
    let (unit, unit_zh) = (question.period.name(), question.period.name_zh());
    match question.compare {
        Compare::Previous => Text::new(
            format!("calendar {unit}s, each against the {unit} before"),
            format!("自然周期（{unit_zh}），与上一期相比"),
        ),
        Compare::YearAgo => Text::new(
            format!("calendar {unit}s, each against the same {unit} a year before"),
            format!("自然周期（{unit_zh}），与去年同期相比"),
        ),
    }
}

fn english(plan: &Plan) -> String {
    let question = &plan.question;
    let money = match &question.recurring {
        Some(one) => format!(
            "`{}` of the latest of {} that is known when the period ends{}",
            one.value,
            one.event.in_words(Language::English),
            one.end.as_ref().map_or_else(String::new, |end| format!(
                ", 0 after {}",
                end.in_words(Language::English)
            )),
        ),
        None if plan.nets() => "purchases less refunds in the period, never below 0".to_owned(),
        None => "purchases in the period".to_owned(),
    };
    let whose = match population(question) {
        Population::Everyone => "all customers",
        Population::Buyers => "customers with a purchase",
        Population::NetBuyers => "customers who bought and have not been refunded everything",
    };
    format!(
        "Periods: {}. A customer's money: {money}. Churned: some in the base, none in the period; contraction: less; unchanged: as much; expansion: more; reactivation: none in the base, but some before; new: none before the base ended. Money of the period = base − churned − contraction + expansion + reactivation + new. GRR = (base − churned − contraction) ÷ base, NRR = GRR + expansion ÷ base; new and reactivated money is in neither. Population: {whose}. Zone {}. A period is complete when it has ended by {}.",
        window(question).en,
        question.zone.name(),
        question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
    )
}

fn chinese(plan: &Plan) -> String {
    let question = &plan.question;
    let money = match &question.recurring {
        Some(one) => format!(
            "周期结束时已知的最近一次{}的 `{}`{}",
            one.event.in_words(Language::Chinese),
            one.value,
            one.end.as_ref().map_or_else(String::new, |end| format!(
                "，{}之后为 0",
                end.in_words(Language::Chinese)
            )),
        ),
        None if plan.nets() => "周期内购买减去退款，不低于 0".to_owned(),
        None => "周期内的购买金额".to_owned(),
    };
    let whose = match population(question) {
        Population::Everyone => "全部客户",
        Population::Buyers => "有过购买的客户",
        Population::NetBuyers => "购买后未全额退款的客户",
    };
    format!(
        "周期：{}。客户金额：{money}。流失：基期有、本期无；收缩：比基期少；不变：与基期相同；扩张：比基期多；复活：基期无、更早有；新增：基期结束前从未有过。本期金额 = 基期 − 流失 − 收缩 + 扩张 + 复活 + 新增。GRR =（基期 − 流失 − 收缩）÷ 基期，NRR = GRR + 扩张 ÷ 基期；新增与复活金额均不计入。人群：{whose}。时区 {}。周期在 {} 前结束才算完整。",
        window(question).zh,
        question.zone.name(),
        question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
    )
}
