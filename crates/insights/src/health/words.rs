//! The definition and the warnings, in both languages.

use perennial_types::filter::{EventFilter, Language};
use perennial_types::question::{Definition, Population, Refusal, Warning};

use super::dimensions::Family;
use super::people::People;
use super::plan::Plan;
use super::question::{Learner, RankedAt, WeightsFrom};

/// The definition of a question.
pub fn definition(plan: &Plan) -> Definition {
    let question = &plan.question;
    let n_days = question.active_within_days.unwrap_or(question.horizon_days);
    Definition {
        en: english(plan, n_days),
        zh: chinese(plan, n_days),
        population: question.population.name().to_owned(),
        denominator: "customers who are here at the date".to_owned(),
        denominator_zh: "该日期仍在的客户".to_owned(),
        window: "all history up to the end of each date".to_owned(),
        window_zh: "截至各日期结束的全部历史".to_owned(),
        zone: question.zone.name().to_owned(),
        from: plan.dates.first().copied(),
        to: plan.dates.last().copied(),
        as_of: question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
        mean: None,
        mean_zh: None,
        interval: None,
        interval_zh: None,
        // What comes after a date is never looked at, so nothing changes once the date is over.
        closed: true,
        flags: Vec::new(),
    }
}

/// The events of a filter in words; any event where there is none.
fn in_words(filter: Option<&EventFilter>, language: Language) -> String {
    filter.map_or_else(|| EventFilter::any().in_words(language), |filter| filter.in_words(language))
}

fn english(plan: &Plan, n_days: u32) -> String {
    let question = &plan.question;
    let stays = in_words(question.stays.as_ref(), Language::English);
    let leaves = match &question.leaves {
        Some(filter) => format!(" and none of {} after it", filter.in_words(Language::English)),
        None => String::new(),
    };
    let population = match question.population {
        Population::Everyone => "",
        Population::Buyers => " Only customers with an order worth more than 0 by then.",
        Population::NetBuyers => " Only customers who by then have not had everything refunded.",
    };
    let weights = match (&plan.trained, question.weights) {
        (Some(_), _) => "of the model",
        (None, WeightsFrom::Expert) => "of an expert",
        (None, WeightsFrom::Learned) => {
            "learned from who left before the first date, none turned round"
        }
    };
    let ranked = match (&plan.trained, question.ranked) {
        (Some(_), _) => "when the model was trained",
        (None, RankedAt::FirstDate) => "at the first date with enough of them",
        (None, RankedAt::EachDate) => "at the same date",
    };
    let segment = question.segment.as_ref().map_or_else(String::new, |field| {
        let smallest = question.smallest_segment;
        format!(
            " with the same latest `{field}`, of all where fewer than {smallest} have the measure,"
        )
    });
    let bands = question.bands;
    format!(
        "Score: 100 times the weighted mean of ranks, over the dimensions that are known; the rank of a value is the share of the customers{segment} {ranked} with less of it, half of those with as much, turned round where less is better. Old values are drawn toward the middle. Weights {weights}. No score where what is known weighs less than {} of all. Healthy from {}, at risk below {}; a band is left {} points past its bound at {} dates in a row. Here: {stays} in the {n_days} days up to the date{leaves}.{population} Who has left keeps the score of the last date they were here. {} Every date from events before its end alone. Zone {}.",
        question.min_coverage,
        bands.healthy_from,
        bands.at_risk_below,
        bands.margin,
        bands.dates,
        warning_en(plan),
        question.zone.name(),
    )
}

fn warning_en(plan: &Plan) -> String {
    let horizon = plan.question.horizon_days;
    match plan.question.warning {
        Learner::None => "No early warning.".to_owned(),
        Learner::Ranks => format!(
            "Early warning: calibrated probability of leaving within {horizon} days, a logistic regression on the ranks."
        ),
        learner => format!(
            "Early warning: calibrated probability of leaving within {horizon} days, learner `{}`.",
            learner.name()
        ),
    }
}

fn chinese(plan: &Plan, n_days: u32) -> String {
    let question = &plan.question;
    let stays = in_words(question.stays.as_ref(), Language::Chinese);
    let leaves = match &question.leaves {
        Some(filter) => format!("，且此后没有{}", filter.in_words(Language::Chinese)),
        None => String::new(),
    };
    let population = match question.population {
        Population::Everyone => "",
        Population::Buyers => "仅限当时已有金额大于 0 的订单的客户。",
        Population::NetBuyers => "仅限当时未全额退款的客户。",
    };
    let weights = match (&plan.trained, question.weights) {
        (Some(_), _) => "取自模型",
        (None, WeightsFrom::Expert) => "由专家给定",
        (None, WeightsFrom::Learned) => "由首个日期之前的流失情况学习而来，方向不变",
    };
    let ranked = match (&plan.trained, question.ranked) {
        (Some(_), _) => "模型训练时",
        (None, RankedAt::FirstDate) => "首个客户数足够的日期",
        (None, RankedAt::EachDate) => "同一日期",
    };
    let segment = question.segment.as_ref().map_or_else(String::new, |field| {
        let smallest = question.smallest_segment;
        format!("与其最近“{field}”相同（具有该指标者不足 {smallest} 位时取全体）的")
    });
    let bands = question.bands;
    let horizon = question.horizon_days;
    let warning = match question.warning {
        Learner::None => "无预警。".to_owned(),
        learner => format!("预警为 {horizon} 天内流失的校准概率（{}）。", learner.name()),
    };
    format!(
        "健康度为已知维度名次的加权平均乘以 100；名次为{ranked}{segment}客户中数值更小者的占比加上相同者的一半，越小越好的维度取反。陈旧数值向中间值靠拢。权重{weights}。已知维度权重不足 {} 时不评分。{} 分及以上为健康，低于 {} 分为有风险；越过界限 {} 分且连续 {} 个日期后才变更等级。仍在：截至该日 {n_days} 天内有{stays}{leaves}。{population}已流失客户保留其最后在的日期的分数。{warning}每个日期仅使用其结束前的事件。时区 {}。",
        question.min_coverage,
        bands.healthy_from,
        bands.at_risk_below,
        bands.margin,
        bands.dates,
        question.zone.name(),
    )
}

/// What the reader should know of the scores.
pub fn warnings(people: &People<'_>) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut warn = |code: &str, message: String, message_zh: String| {
        warnings.push(Warning { code: code.to_owned(), message, message_zh, nearest: Vec::new() });
    };
    let plan = people.plan;
    let enough = plan.question.smallest_segment as usize;
    let here = |date: usize| {
        (0..people.scored.customers.len())
            .filter(|one| people.look(*one, date).state.is_here())
            .count()
    };
    let most = (0..plan.dates.len()).map(here).max().unwrap_or_default();
    if plan.trained.is_none() && most < enough {
        warn(
            "few_customers",
            format!(
                "at no date are more than {most} customers here: ranks among so few say little"
            ),
            format!("任何日期仍在的客户都不超过 {most} 位：在如此少的客户中排名意义有限"),
        );
    }
    if let Some(Some(basis)) = people.scored.bases.last() {
        let shares: Vec<f64> = basis.weights.shares().collect();
        let is_empty = |family: &Family| {
            let own = plan.dimensions.iter().zip(&shares).filter(|(one, _)| one.family == *family);
            let weights: Vec<f64> = own.map(|(_, share)| *share).collect();
            !weights.is_empty() && weights.iter().all(|share| *share <= 0.0)
        };
        let empty: Vec<Family> = Family::ALL.into_iter().filter(is_empty).collect();
        if !empty.is_empty() {
            let en: Vec<&str> = empty.iter().map(|family| family.name()).collect();
            let zh: Vec<String> = empty.iter().map(|family| family.title().zh).collect();
            warn(
                "families_without_measures",
                format!("nothing is measured of {}: it has no weight", en.join(", ")),
                format!("“{}”没有任何可用指标，不计权重", zh.join("、")),
            );
        }
    }
    warnings
}

/// Nobody is here, so nothing can be learned.
pub fn nobody() -> Refusal {
    Refusal::new(
        "nobody_at_risk",
        "no customer is here at any of the dates",
        "name the event that shows a customer is here with `stays`, or take a longer `active_within_days`",
    )
    .in_chinese("任何日期都没有仍在的客户", "请用 `stays` 指定代表客户仍在的事件，或延长 `active_within_days`")
}

/// The model was trained without a warning.
pub fn model_without_warning() -> Refusal {
    Refusal::new(
        "no_warning",
        "the model was trained without an early warning",
        "train it with `warning` of `forest` or `ranks`",
    )
    .in_chinese("该模型训练时未包含预警", "请将 `warning` 设为 `forest` 或 `ranks` 后重新训练")
}

/// The model was trained on one past cut alone.
pub fn model_without_backtest() -> Refusal {
    Refusal::new(
        "history_too_short",
        "the model was trained on too short a history to be judged by time",
        "train it again once a further horizon is over",
    )
    .in_chinese("该模型训练时历史过短，无法按时间检验", "请在下一个观察期结束后重新训练")
}
