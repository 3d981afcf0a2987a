//! The definition under the score, and what the reader should know, in both languages.

use perennial_types::filter::Language;
use perennial_types::question::{Definition, Population, Warning};

use super::answer::{Dropped, Figures};
use super::plan::Plan;
use super::question::{Metric, Scale, Vote};
use super::tally::FEW;

/// The definition of a question.
pub fn definition(plan: &Plan) -> Definition {
    let question = &plan.question;
    let flags = if plan.is_open_ended() { vec!["open_ended".to_owned()] } else { Vec::new() };
    let (window, window_zh) = match &question.wave {
        Some(field) => (format!("waves named by `{field}`"), format!("按“{field}”划分的调查轮次")),
        None => (
            format!("waves are calendar {}s", question.period.name()),
            format!("每个自然{}为一轮调查", question.period.name_zh()),
        ),
    };
    Definition {
        en: english(plan),
        zh: chinese(plan),
        population: question.population.name().to_owned(),
        denominator: "votes that count, one per customer and wave".to_owned(),
        denominator_zh: "有效评分，每位客户每轮一票".to_owned(),
        window,
        window_zh,
        zone: question.zone.name().to_owned(),
        from: question.from,
        to: question.to,
        as_of: question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
        mean: None,
        mean_zh: None,
        interval: Some("adjusted_wald".to_owned()),
        interval_zh: Some("校正 Wald 区间".to_owned()),
        closed: !plan.is_open_ended(),
        flags,
    }
}

fn english(plan: &Plan) -> String {
    let question = &plan.question;
    let Scale { least, most, low_to, high_from } = plan.scale;
    let [[high, ..], [middle, ..], [low, ..]] = question.metric.classes();
    let score = match question.metric {
        Metric::Nps => format!("100 × ({high} − {low}) ÷ votes"),
        Metric::Csat | Metric::Ces => format!("100 × {high} ÷ votes"),
    };
    let vote = match question.vote {
        Vote::Last => "last",
        Vote::First => "first",
    };
    let population = match question.population {
        Population::Everyone => "all customers",
        Population::Buyers => "customers who had bought by the vote",
        Population::NetBuyers => {
            "customers who had bought by the vote and have not been refunded everything"
        }
    };
    let event = question.event.as_ref().map(|event| event.in_words(Language::English));
    let asked = question.sent.as_ref().map_or_else(
        || "who was active in the range".to_owned(),
        |sent| format!("who had {} in the range", sent.in_words(Language::English)),
    );
    format!(
        "Votes are {} with a whole number from {least} to {most} in `{}`. A customer has one vote per wave, the {vote} one; over the whole range one vote, too. {high}: from {high_from}; {low}: up to {low_to}; {middle}: between. Score = {score}, rounded half away from zero; fewer than {FEW} votes are flagged. Intervals are of 95 %, adjusted Wald. Stayed: {} later than the vote and before {} have passed; votes whose time is not over are in no share. Asked: {asked}; recency, purchases and money less refunds are those at the end of the range. Votes and staying going together does not say that one makes the other. Population: {population}. Zone {}.",
        event.unwrap_or_default(),
        question.score,
        question.retained.return_.in_words(Language::English),
        question.retained.within.words().0,
        question.zone.name(),
    )
}

fn chinese(plan: &Plan) -> String {
    let question = &plan.question;
    let Scale { least, most, low_to, high_from } = plan.scale;
    let [[_, _, high], [_, _, middle], [_, _, low]] = question.metric.classes();
    let score = match question.metric {
        Metric::Nps => format!("100 ×（{high} − {low}）÷ 票数"),
        Metric::Csat | Metric::Ces => format!("100 × {high} ÷ 票数"),
    };
    let vote = match question.vote {
        Vote::Last => "最后",
        Vote::First => "最早",
    };
    let population = match question.population {
        Population::Everyone => "全部客户",
        Population::Buyers => "评分时已购买的客户",
        Population::NetBuyers => "评分时已购买且未全额退款的客户",
    };
    let event = question.event.as_ref().map(|event| event.in_words(Language::Chinese));
    let asked = question.sent.as_ref().map_or_else(
        || "范围内活跃的客户".to_owned(),
        |sent| format!("范围内有{}的客户", sent.in_words(Language::Chinese)),
    );
    format!(
        "评分为{}，且“{}”为 {least} 至 {most} 的整数。每位客户每轮一票，取{vote}一次；整个范围同样一票。{high}：不低于 {high_from}；{low}：不高于 {low_to}；{middle}：介于其间。得分 = {score}，四舍五入（远离零）；少于 {FEW} 票会标明。区间为 95% 校正 Wald 区间。留下：评分之后 {}内有{}；期限未到者不计入占比。被调查者：{asked}；近度、购买次数与扣除退款的金额均截至范围结束。评分与留存相伴，并不表示因果。人群：{population}。时区 {}。",
        event.unwrap_or_default(),
        question.score,
        question.retained.within.words().1,
        question.retained.return_.in_words(Language::Chinese),
        question.zone.name(),
    )
}

fn warning(code: &str, message: String, message_zh: String) -> Warning {
    Warning { code: code.to_owned(), message, message_zh, nearest: Vec::new() }
}

/// That there are few votes.
pub fn few_votes(overall: &Figures, n_waves: usize) -> Option<Warning> {
    if overall.few {
        return Some(warning(
            "few_votes",
            format!("only {} votes: the interval says how little is known", overall.votes),
            format!("仅有 {} 票：请以区间判断不确定性", overall.votes),
        ));
    }
    (n_waves > 0).then(|| {
        warning(
            "few_votes",
            format!("waves with fewer than {FEW} votes: {n_waves}"),
            format!("有 {n_waves} 轮调查少于 {FEW} 票"),
        )
    })
}

/// That rows were no votes.
pub fn dropped(dropped: &Dropped, scale: &Scale) -> Option<Warning> {
    let Dropped { without_score, no_number, off_scale, without_wave } = *dropped;
    let parts = [
        (without_score, "without a score".to_owned(), "无评分".to_owned()),
        (no_number, "with a score that is no number".to_owned(), "评分不是数值".to_owned()),
        (
            off_scale,
            format!("with none of the numbers from {} to {}", scale.least, scale.most),
            format!("评分不是 {} 至 {} 的整数", scale.least, scale.most),
        ),
        (without_wave, "without a wave".to_owned(), "无轮次".to_owned()),
    ];
    let parts = parts.iter().filter(|(n, ..)| *n > 0);
    let en: Vec<String> = parts.clone().map(|(n, en, _)| format!("{n} {en}")).collect();
    let zh: Vec<String> = parts.map(|(n, _, zh)| format!("{zh} {n} 行")).collect();
    (!en.is_empty()).then(|| {
        warning(
            "votes_dropped",
            format!("rows that are no votes: {}", en.join(", ")),
            format!("不计为评分的记录：{}", zh.join("，")),
        )
    })
}

/// That money of several currencies is not compared.
pub fn mixed_currencies(currencies: &[String]) -> Option<Warning> {
    (currencies.len() > 1).then(|| {
        warning(
            "mixed_currencies",
            format!(
                "money of {} is not compared: choose one with `currency`",
                currencies.join(", ")
            ),
            format!("不比较 {} 的金额：请用 `currency` 选择一种货币", currencies.join("、")),
        )
    })
}
