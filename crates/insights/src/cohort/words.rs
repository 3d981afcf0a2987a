//! The definition under the cohorts, in both languages.

use perennial_types::filter::Language;
use perennial_types::question::{Definition, Population, Text};

use super::plan::Plan;
use super::question::{By, CohortQuestion};
use crate::present::percent;
use crate::retention::{Incomplete, Window};

/// The definition of a question.
pub fn definition(plan: &Plan) -> Definition {
    let question = &plan.question;
    let (window, denominator) = (window(question), denominator(question));
    let flags = plan.is_open_ended().then(|| "open_ended".to_owned());
    Definition {
        en: english(plan, &window.en, &denominator.en),
        zh: chinese(plan, &window.zh, &denominator.zh),
        population: plan.population.name().to_owned(),
        denominator: denominator.en,
        denominator_zh: denominator.zh,
        window: window.en,
        window_zh: window.zh,
        zone: question.zone.name().to_owned(),
        from: question.from,
        to: question.to,
        as_of: question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
        mean: Some("pooled: Σ of the cohorts ÷ Σ of their customers, age by age".to_owned()),
        mean_zh: Some("合并：逐期将各群组之和除以其客户数之和".to_owned()),
        interval: Some("wilson".to_owned()),
        interval_zh: Some("Wilson 区间".to_owned()),
        closed: !plan.is_open_ended(),
        flags: flags.into_iter().collect(),
    }
}

fn denominator(question: &CohortQuestion) -> Text {
    match question.incomplete {
        Some(Incomplete::Eligible) => Text::new(
            "customers of the cohort whose own window of the age is over",
            "该群组中自身该期窗口已结束的客户",
        ),
        _ => Text::new(
            "customers of the cohort, whether they bought or not",
            "该群组的全部客户，无论是否购买",
        ),
    }
}

fn window(question: &CohortQuestion) -> Text {
    let unit = question.period;
    match question.window {
        Window::Calendar => Text::new(
            format!("calendar {}, counted from that of the start", unit.name()),
            format!("自然{}，自起点所在的一期数起", unit.name_zh()),
        ),
        Window::Rolling => Text::new(
            format!("rolling {}, elapsed time from the start", unit.name()),
            format!("滚动{}（自起点起的经过时间）", unit.name_zh()),
        ),
    }
}

fn fields(question: &CohortQuestion) -> String {
    let names: Vec<&str> = question.breakdown.iter().map(|one| one.field.as_str()).collect();
    names.join(", ")
}

fn english(plan: &Plan, window: &str, denominator: &str) -> String {
    let question = &plan.question;
    let start = question.start.as_ref();
    let start = start.map_or("purchase".to_owned(), |start| start.in_words(Language::English));
    let rows = question.rows.map_or("period", |unit| unit.name());
    let by = match question.by {
        Some(By::Group) => format!("the values of {} there", fields(question)),
        Some(By::Both) => {
            format!("the {rows} it falls in and the values of {} there", fields(question))
        }
        Some(By::Period) | None => format!("the {rows} it falls in"),
    };
    let population = match plan.population {
        Population::Everyone => "all customers with a start",
        Population::Buyers => "customers with a purchase at or before their start",
        Population::NetBuyers => "customers who bought and have not been refunded everything",
    };
    let currency = question.currency.as_ref();
    let currency = currency.map_or(String::new(), |one| format!(" Only money in {one} counts."));
    let margin = question.margin.map_or_else(String::new, |margin| {
        format!(", times the margin of {}", percent(margin.0 as f64 / 10_000.0))
    });
    let has_cost = question.cost.is_some() || !question.costs.is_empty();
    let payback = match has_cost {
        true => format!(
            " Payback: the first age at which it{margin} reaches the cost of winning a customer."
        ),
        false => String::new(),
    };
    let together = match question.incomplete {
        Some(Incomplete::Eligible) => "all of them, with the members whose own window is over",
        _ => "only those whose own cell is complete",
    };
    format!(
        "A customer starts with the first ever {start}; a cohort is {by}. Everything is since the start, aligned by age: {window}; age 0 is the start's own. Orders are those worth more than 0, gross is their money, refunds count when they happen, revenue = gross − refunded. Share = customers who bought at the age ÷ {denominator}; cumulative per customer = revenue of the ages up to it ÷ the same customers. Mean order = gross ÷ orders. Several cohorts together: {together}.{payback}{currency} Population: {population}. Zone {}. A cell is complete when its last member's window has ended by {}.",
        question.zone.name(),
        question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
    )
}

fn chinese(plan: &Plan, window: &str, denominator: &str) -> String {
    let question = &plan.question;
    let start = question.start.as_ref();
    let start = start.map_or("购买".to_owned(), |start| start.in_words(Language::Chinese));
    let rows = question.rows.map_or("周期", |unit| unit.name_zh());
    let by = match question.by {
        Some(By::Group) => format!("当时的 {} 取值", fields(question)),
        Some(By::Both) => format!("其所在的{rows}与当时的 {} 取值", fields(question)),
        Some(By::Period) | None => format!("其所在的{rows}"),
    };
    let population = match plan.population {
        Population::Everyone => "有起点的全部客户",
        Population::Buyers => "起点时已有购买的客户",
        Population::NetBuyers => "购买后未全额退款的客户",
    };
    let currency = question.currency.as_ref();
    let currency = currency.map_or(String::new(), |one| format!("只计 {one} 的金额。"));
    let margin = question.margin.map_or_else(String::new, |margin| {
        format!("乘以毛利率 {}", percent(margin.0 as f64 / 10_000.0))
    });
    let has_cost = question.cost.is_some() || !question.costs.is_empty();
    let payback = match has_cost {
        true => format!("回本：人均累计收入{margin}首次达到获客成本的期数。"),
        false => String::new(),
    };
    let together = match question.incomplete {
        Some(Incomplete::Eligible) => "计入全部群组中窗口已结束的客户",
        _ => "只计该格已完整的群组",
    };
    format!(
        "客户以历史上首次{start}为起点，群组按{by}划分。一切均自起点起算，按客龄对齐：{window}；第 0 期为起点所在的一期。订单指金额大于 0 者，总额为其金额，退款在发生时计入，收入 = 总额 − 退款。占比 = 该期购买的客户 ÷ {denominator}；人均累计收入 = 截至该期的收入 ÷ 同一批客户。平均订单额 = 总额 ÷ 订单数。多个群组合并时{together}。{payback}{currency}人群：{population}。时区 {}。当最后一位成员的窗口在 {} 前结束时，该格才算完整。",
        question.zone.name(),
        question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
    )
}
