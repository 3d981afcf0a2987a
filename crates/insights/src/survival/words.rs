//! The definition under the curves, in both languages, and what a reader should know.

use perennial_types::question::{Definition, Warning};

use super::plan::Plan;
use super::question::SurvivalQuestion;
use crate::stays::{leaving_in_words, population_in_words, start_in_words};

/// The definition of a question.
pub fn definition(plan: &Plan, question: &SurvivalQuestion) -> Definition {
    let is_open = plan.stays.rule.is_open_ended();
    let population = question.population();
    let start = start_in_words(question.start.as_ref(), question.event.as_ref(), population);
    let leaving = leaving_in_words(&question.leave, question.event.as_ref(), population);
    let whose = population_in_words(population);
    let (zone, as_of) = (question.zone.name(), question.as_of.map(|ts| ts.to_string()));
    let as_of = as_of.unwrap_or_default();
    let percent = format!("{:.4}", question.level * 100.0);
    let percent = percent.trim_end_matches('0').trim_end_matches('.');
    let began = question.began.as_ref();
    let began_en = began.map_or_else(String::new, |field| {
        format!(" Where `{field}` of the start names an earlier date, the stay counts from there, and the customer is at risk from the start on only.")
    });
    let began_zh = began.map_or_else(String::new, |field| {
        format!(
            "若开始事件的 `{field}` 给出更早的日期，则自该日期起计时长，但客户自开始起才计入在险。"
        )
    });
    Definition {
        en: format!(
            "A stay begins with {}; {}. It is counted in civil days, the first one as 1.{began_en} Survival at an age is the share of customers whose stay is longer, after Kaplan and Meier; hazard is gathered after Nelson and Aalen; means are cut off at `until_days`. Population: {}. Zone {zone}. Known until {as_of}.",
            start.en, leaving.en, whose.en
        ),
        zh: format!(
            "停留自{}开始；{}。停留按自然日计，第一天计为 1。{began_zh}某年龄的留存率为停留更久的客户占比（Kaplan–Meier）；累计风险按 Nelson–Aalen；均值截至 `until_days`。人群：{}。时区 {zone}。数据截至 {as_of}。",
            start.zh, leaving.zh, whose.zh
        ),
        population: population.name().to_owned(),
        denominator: "customers watched when the age begins".to_owned(),
        denominator_zh: "该年龄开始时在险的客户".to_owned(),
        window: "civil days since the start of each customer".to_owned(),
        window_zh: "自每位客户开始起的自然日".to_owned(),
        zone: zone.to_owned(),
        from: question.from,
        to: question.to,
        as_of,
        mean: None,
        mean_zh: None,
        interval: Some(format!("{percent} %, log-log of Greenwood's variance")),
        interval_zh: Some(format!("{percent}%，Greenwood 方差的双对数区间")),
        closed: !is_open,
        flags: is_open.then(|| "open_ended".to_owned()).into_iter().collect(),
    }
}

fn warning(code: &str, message: String, message_zh: String) -> Warning {
    Warning { code: code.to_owned(), message, message_zh, nearest: Vec::new() }
}

/// Customers whose first days were not watched.
pub fn delayed(n: usize) -> Warning {
    warning(
        "delayed_entry",
        format!(
            "{n} customers began before they were first seen: whoever began then and left before is unknown, so they count from the age at which they were seen"
        ),
        format!(
            "{n} 位客户在首次出现之前已开始：同期开始并更早离开者无从得知，故自其出现时的年龄起计入"
        ),
    )
}

/// Starts whose date could not be read.
pub fn unreadable(n: u64) -> Warning {
    warning(
        "unreadable_began",
        format!(
            "{n} customers have no date on or before their start in the field of `began`: their stay counts from the start"
        ),
        format!("{n} 位客户的 `began` 字段没有不晚于开始的日期：其停留自开始起计"),
    )
}

/// Groups told by what is known later.
pub fn told_later() -> Warning {
    warning(
        "told_later",
        "the groups, or the population, are told by what happened after the start: who stayed longer had more time to be told".to_owned(),
        "分组或人群由开始之后的事件决定：停留更久者有更多时间被归入".to_owned(),
    )
}
