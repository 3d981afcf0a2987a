//! The definition under the values and the warnings beside them, in both languages.

use perennial_models::lifetime::amounts::Amounts;
use perennial_types::question::{Definition, Population, Warning};

use super::amounts::FittedAmounts;
use super::fitting::{Because, Models, RATE};
use super::plan::Plan;
use super::question::TimeUnit;
use super::refusals::cannot_fit;
use crate::rfm::Refunds;

/// From this correlation on, amounts depend on how often somebody buys: Cohen's medium effect.
const DEPENDENT: f64 = 0.3;

/// The definition of a question.
pub fn definition(plan: &Plan) -> Definition {
    let question = &plan.question;
    let flags = if plan.rule.is_open_ended() { vec!["open_ended".to_owned()] } else { Vec::new() };
    let date = plan.dates.last().map(|cut| cut.date);
    let level = question.level * 100.0;
    Definition {
        en: english(plan),
        zh: chinese(plan),
        population: question.population.name().to_owned(),
        denominator: "customers with a purchase up to the date".to_owned(),
        denominator_zh: "截至该日有过购买的客户".to_owned(),
        window: format!("the {} days after the date", question.horizon_days),
        window_zh: format!("该日之后的 {} 天", question.horizon_days),
        zone: question.zone.name().to_owned(),
        from: plan.dates.first().map(|cut| cut.date),
        to: date,
        as_of: question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
        mean: None,
        mean_zh: None,
        interval: Some(format!(
            "{level:.0} %: of a customer the quantiles of the model's distribution of purchases and amounts, of everybody normal with the variance of chance and, by the delta method, of the estimated parameters"
        )),
        interval_zh: Some(format!(
            "{level:.0}%：单个客户为模型的购买次数与金额分布的分位数；总体为正态区间，方差含随机性及（按 delta 方法）参数估计误差"
        )),
        closed: !plan.rule.is_open_ended(),
        flags,
    }
}

fn english(plan: &Plan) -> String {
    let question = &plan.question;
    let date = plan.dates.last().map(|cut| cut.date.to_string()).unwrap_or_default();
    let unit = match question.unit {
        TimeUnit::Day => "days",
        TimeUnit::Week => "weeks of seven days",
    };
    let refunds = match question.refunds {
        Refunds::Net => "less the share that customers like them send back",
        Refunds::Ignore => "refunds passed over",
    };
    let population = match question.population {
        Population::NetBuyers => "buyers who have not been refunded everything",
        _ => "buyers, whatever was refunded later",
    };
    let held_out = match question.holdout_days {
        Some(days) if plan.calibration.is_some() => {
            format!(" Every model learnt without the last {days} days and foretold them.")
        }
        _ => String::new(),
    };
    format!(
        "What the customers known at the end of {date} are expected to buy in the {} days after it. A purchase is a civil day with an order worth more than 0, lines of one order being one order; repeats, the time to the last of them and the time since the first are told in {unit}. Expected money is expected purchases × the expected amount of one, {refunds}. Value is discounted purchases ({} % a year, continuously) × (amount × margin {} − {} per order) − {} per customer and year. Value at risk is value × (1 − P(alive)).{held_out} Tiers end at {} % of the customers, the most valuable first. Population: {population}. Zone {}.",
        question.horizon_days,
        number(question.discount_yearly * 100.0),
        number(question.margin),
        question.cost_per_order,
        question.cost_per_customer_yearly,
        borders(&question.tiers, ", "),
        question.zone.name(),
    )
}

fn chinese(plan: &Plan) -> String {
    let question = &plan.question;
    let date = plan.dates.last().map(|cut| cut.date.to_string()).unwrap_or_default();
    let unit = match question.unit {
        TimeUnit::Day => "天",
        TimeUnit::Week => "周（七天）",
    };
    let refunds = match question.refunds {
        Refunds::Net => "扣除此类客户的退款比例",
        Refunds::Ignore => "不计退款",
    };
    let population = match question.population {
        Population::NetBuyers => "购买后未全额退款的客户",
        _ => "有过购买的客户，之后的退款不影响",
    };
    let held_out = match question.holdout_days {
        Some(days) if plan.calibration.is_some() => {
            format!("各模型均在不含最后 {days} 天的数据上学习，并预测这些天。")
        }
        _ => String::new(),
    };
    format!(
        "截至 {date} 结束时已知的客户在其后 {} 天内的预期购买。有金额大于 0 的订单的自然日算一次购买，同一订单的各行算一个订单；复购次数、至最近一次复购的时间与自首次购买的时间以{unit}计。预期金额 = 预期购买次数 × 单次预期金额（{refunds}）。价值 = 贴现后的购买次数（年贴现率 {}%，连续复利）×（金额 × 毛利率 {} − 每单成本 {}）− 每位客户每年成本 {}。风险价值 = 价值 ×（1 − 存活概率）。{held_out}层级按客户价值从高到低，止于客户数的 {}%。人群：{population}。时区 {}。",
        question.horizon_days,
        number(question.discount_yearly * 100.0),
        number(question.margin),
        question.cost_per_order,
        question.cost_per_customer_yearly,
        borders(&question.tiers, "%、"),
        question.zone.name(),
    )
}

/// A number without digits nobody reads.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn borders(tiers: &[f64], separator: &str) -> String {
    let all = tiers.iter().copied().chain([1.0]).map(|share| number(share * 100.0));
    all.collect::<Vec<_>>().join(separator)
}

/// What the reader should know.
pub fn warnings(plan: &Plan, models: &Models, amounts: &FittedAmounts) -> Vec<Warning> {
    let mut all = Vec::new();
    let mut warn = |code: &str, message: String, message_zh: String| {
        all.push(Warning { code: code.to_owned(), message, message_zh, nearest: Vec::new() });
    };
    let trained = plan.document.as_ref().and_then(|document| document.date());
    if let Some(trained) = trained.filter(|date| plan.dates.iter().any(|cut| cut.date < *date)) {
        warn(
            "trained_later",
            format!(
                "the model was trained on {trained}: dates before it are told with what was not known then"
            ),
            format!("模型训练于 {trained}：更早日期的结果用到了当时未知的信息"),
        );
    }
    let believed = models.believed().map(|(name, _)| name).unwrap_or_default();
    if believed == RATE && models.because == Because::Holdout {
        warn(
            "rate_wins",
            "no model foretold better than everybody's own past rate carried on, which does not tell who is still a customer".to_owned(),
            "没有模型比沿用各自过去的频率预测得更好；按频率推算无法得知谁仍是客户".to_owned(),
        );
    }
    if models.because == Because::Likelihood {
        warn(
            "not_held_out",
            "no days could be held out, so how well the models foretell is not known".to_owned(),
            "没有可留出的日期，因此模型的预测能力未知".to_owned(),
        );
    }
    let far = plan.question.holdout_days.filter(|days| plan.question.horizon_days > 2 * days);
    if let Some(days) = far.filter(|_| models.n_held_out > 0) {
        let horizon = plan.question.horizon_days;
        warn(
            "far_horizon",
            format!(
                "the horizon of {horizon} days is more than twice the {days} days on which the models were tried"
            ),
            format!("{horizon} 天的预测期超过检验模型所用 {days} 天的两倍"),
        );
    }
    if let Some(error) = &amounts.refused {
        let refusal = cannot_fit(error);
        warn(
            "own_means",
            format!("amounts are each customer's own mean: {}", refusal.reason),
            format!("金额采用各客户自己的均值：{}", refusal.reason_zh),
        );
    }
    let correlation = amounts.independence.filter(|one| one.abs() >= DEPENDENT);
    if let (Some(correlation), Amounts::GammaGamma(_)) = (correlation, &amounts.model) {
        warn(
            "amounts_depend_on_frequency",
            format!(
                "orders and their mean amount are correlated ({correlation:.2}), which Gamma-Gamma supposes they are not"
            ),
            format!("订单次数与平均金额相关（{correlation:.2}），而 Gamma-Gamma 假设二者无关"),
        );
    }
    all
}
