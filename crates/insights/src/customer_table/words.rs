//! The definition under the table, in both languages.

use perennial_types::filter::Language;
use perennial_types::question::{Definition, Population};

use super::features::Need;
use super::plan::Plan;

/// The definition of a question.
pub fn definition(plan: &Plan) -> Definition {
    let question = &plan.question;
    Definition {
        en: english(plan),
        zh: chinese(plan),
        population: question.population.name().to_owned(),
        denominator: "customers with a row at the cut who have the feature".to_owned(),
        denominator_zh: "截止日期有记录且具有该特征的客户".to_owned(),
        window: "all history up to the end of each cut date".to_owned(),
        window_zh: "截至各截止日期结束的全部历史".to_owned(),
        zone: question.zone.name().to_owned(),
        from: plan.cuts.first().map(|cut| cut.date),
        to: plan.cuts.last().map(|cut| cut.date),
        as_of: question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
        mean: None,
        mean_zh: None,
        interval: None,
        interval_zh: None,
        // What comes after a cut is never looked at, so nothing can change once its date is over.
        closed: true,
        flags: Vec::new(),
    }
}

fn dates(plan: &Plan) -> String {
    let dates: Vec<String> = plan.cuts.iter().map(|cut| cut.date.to_string()).collect();
    dates.join(", ")
}

fn english(plan: &Plan) -> String {
    let question = &plan.question;
    let population = match question.population {
        Population::Everyone => "customers with an event before the cut ends",
        Population::Buyers => "customers with an order worth more than 0 before the cut ends",
        Population::NetBuyers => {
            "customers who, as known when the cut ends, have not had everything refunded"
        }
    };
    let known = question.known_at.map_or_else(String::new, |sequence| {
        format!(" Only rows accepted up to sequence {sequence} count.")
    });
    let mut parts = String::new();
    if plan.wants(Need::Sessions) {
        parts.push_str(&format!(" Sessions: {}.", question.session.in_words(Language::English)));
    }
    if plan.support.is_some() {
        parts.push_str(&format!(
            " Calls for help: {}.",
            question.support.in_words(Language::English)
        ));
    }
    if plan.votes.is_some() {
        let event = question.feedback.in_words(Language::English);
        parts.push_str(&format!(" Votes: {event} with a number in `{}`.", question.score));
    }
    format!(
        "One row per customer and cut ({}): {population}. Every feature is computed from events before the end of the cut date alone; N days up to the cut are the N civil dates that end with it. Lines of one order are one order at their earliest instant, as far as they are known at the cut. What is not known is missing, not 0: a count is missing where nobody in the lake had such an event before the cut.{parts}{known} Zone {}.",
        dates(plan),
        question.zone.name(),
    )
}

fn chinese(plan: &Plan) -> String {
    let question = &plan.question;
    let population = match question.population {
        Population::Everyone => "截止前有事件的客户",
        Population::Buyers => "截止前有金额大于 0 的订单的客户",
        Population::NetBuyers => "截止时所知未全额退款的客户",
    };
    let known = question
        .known_at
        .map_or_else(String::new, |sequence| format!("仅计入序号不超过 {sequence} 的记录。"));
    let mut parts = String::new();
    if plan.wants(Need::Sessions) {
        parts.push_str(&format!("会话：{}。", question.session.in_words(Language::Chinese)));
    }
    if plan.support.is_some() {
        parts.push_str(&format!("求助：{}。", question.support.in_words(Language::Chinese)));
    }
    if plan.votes.is_some() {
        let event = question.feedback.in_words(Language::Chinese);
        parts.push_str(&format!("评分：{event}，且“{}”为数值。", question.score));
    }
    format!(
        "每位客户在每个截止日期（{}）一行：{population}。所有特征仅由截止日期结束前的事件计算；近 N 天为截至该日的 N 个自然日。同一订单的各行视为最早时刻的一个订单，仅计截止时已知的部分。未知为缺失而非 0：若截止前全体客户均无此类事件，则该计数缺失。{parts}{known}时区 {}。",
        dates(plan),
        question.zone.name(),
    )
}
