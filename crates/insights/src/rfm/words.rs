//! The definition under the scores, in both languages.

use perennial_types::filter::Language;
use perennial_types::question::{Definition, Population, Text};

use super::plan::Plan;
use super::question::{Frequency, Measure, Refunds, RfmQuestion, Scoring, Ties};

/// The definition of a question.
pub fn definition(plan: &Plan) -> Definition {
    let question = &plan.question;
    let mut flags = Vec::new();
    if plan.is_open_ended() {
        flags.push("open_ended".to_owned());
    }
    if question.scoring != Scoring::Fixed {
        flags.push("cutoffs_follow_data".to_owned());
    }
    let reference = plan.references.first();
    let window = window(question);
    Definition {
        en: english(plan),
        zh: chinese(plan),
        population: question.population.name().to_owned(),
        denominator: "customers with a purchase in the window".to_owned(),
        denominator_zh: "统计范围内有购买的客户".to_owned(),
        window: window.en,
        window_zh: window.zh,
        zone: question.zone.name().to_owned(),
        from: question.from,
        to: reference.map(|one| one.date),
        as_of: question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
        mean: None,
        mean_zh: None,
        interval: None,
        interval_zh: None,
        closed: !plan.is_open_ended(),
        flags,
    }
}

fn window(question: &RfmQuestion) -> Text {
    match (question.trailing_days, question.from) {
        (Some(n), _) => Text::new(
            format!("{n} civil days up to the reference date"),
            format!("截至基准日的 {n} 个自然日"),
        ),
        (None, Some(from)) => {
            Text::new(format!("from {from} to the reference date"), format!("{from} 至基准日"))
        }
        (None, None) => {
            Text::new("the whole history up to the reference date", "截至基准日的全部历史")
        }
    }
}

fn date(plan: &Plan) -> String {
    plan.references.first().map_or_else(String::new, |one| one.date.to_string())
}

fn english(plan: &Plan) -> String {
    let question = &plan.question;
    let purchases = match &question.event {
        None => "orders worth more than 0".to_owned(),
        Some(filter) => format!("{} worth more than 0", filter.in_words(Language::English)),
    };
    let frequency = match question.frequency {
        Frequency::Orders => "purchases",
        Frequency::Days => "civil days with a purchase",
    };
    let money = match question.money {
        Measure::Sum => "their money",
        Measure::Mean => "money per purchase",
    };
    let refunds = match question.refunds {
        Refunds::Net => "less refunds",
        Refunds::Ignore => "refunds passed over",
    };
    let population = match question.population {
        Population::NetBuyers => "buyers who have not been refunded everything",
        _ => "buyers, whatever was refunded later",
    };
    let n_bins = plan.n_bins();
    let scoring = match question.scoring {
        Scoring::Quantile => match question.ties {
            Ties::Share => {
                format!("Each measure is cut at its {n_bins} quantiles; equal values share a score")
            }
            Ties::First => format!(
                "Each measure is ranked, ties in order of the customers' ids, and the ranks cut in {n_bins} equal parts"
            ),
        },
        Scoring::Fixed => "The bounds of the scores are given".to_owned(),
        Scoring::Mean => {
            "Each measure is split at its mean: 2 at or better than it, else 1".to_owned()
        }
        Scoring::Median => {
            "Each measure is split at its median: 2 at or better than it, else 1".to_owned()
        }
    };
    let tiers = &question.tiers;
    format!(
        "R is the civil days from the last purchase to {} (fewer is better), F the {frequency}, M {money}, {refunds}; purchases are {purchases}, lines of one order being one purchase, in {}. {scoring}; {n_bins} is the best. Frequent buyers gone quiet have F above and R below the middle score. Tiers: customers in order of money, high while those before bring less than {} % of it, middle less than {} %, changed only past a margin of {} %. Population: {population}. Shares are of the customers with a purchase in the window. Zone {}.",
        date(plan),
        window(question).en,
        percent(tiers.high),
        percent(tiers.middle),
        percent(tiers.margin),
        question.zone.name(),
    )
}

fn chinese(plan: &Plan) -> String {
    let question = &plan.question;
    let purchases = match &question.event {
        None => "金额大于 0 的订单".to_owned(),
        Some(filter) => format!("金额大于 0 的{}", filter.in_words(Language::Chinese)),
    };
    let frequency = match question.frequency {
        Frequency::Orders => "购买次数",
        Frequency::Days => "有购买的天数",
    };
    let money = match question.money {
        Measure::Sum => "消费总额",
        Measure::Mean => "每次购买的平均金额",
    };
    let refunds = match question.refunds {
        Refunds::Net => "扣除退款",
        Refunds::Ignore => "不计退款",
    };
    let population = match question.population {
        Population::NetBuyers => "购买后未全额退款的客户",
        _ => "有过购买的客户，之后的退款不影响",
    };
    let window = window(question).zh;
    let n_bins = plan.n_bins();
    let scoring = match question.scoring {
        Scoring::Quantile => match question.ties {
            Ties::Share => format!("各指标按 {n_bins} 等分位切分，数值相同则得分相同"),
            Ties::First => {
                format!("各指标排名后按名次 {n_bins} 等分，数值相同者按客户编号先后排名")
            }
        },
        Scoring::Fixed => "各分值的界限由提问给定".to_owned(),
        Scoring::Mean => "各指标按均值一分为二：达到或优于均值得 2 分，否则得 1 分".to_owned(),
        Scoring::Median => {
            "各指标按中位数一分为二：达到或优于中位数得 2 分，否则得 1 分".to_owned()
        }
    };
    let tiers = &question.tiers;
    format!(
        "R 为最近一次购买距 {} 的自然日数（越少越好），F 为{frequency}，M 为{money}（{refunds}）；购买指{purchases}，同一订单的各行算一次购买，统计范围：{window}。{scoring}；{n_bins} 分最好。“沉寂的常客”指 F 高于、R 低于中间分值的客户。价值分层：客户按金额从高到低排列，排在前面的客户贡献不足 {}% 为高价值，不足 {}% 为中价值，超出 {}% 的缓冲才会变更层级。人群：{population}。占比以统计范围内有购买的客户为分母。时区 {}。",
        date(plan),
        percent(tiers.high),
        percent(tiers.middle),
        percent(tiers.margin),
        question.zone.name(),
    )
}

fn percent(share: f64) -> String {
    let text = format!("{:.1}", share * 100.0);
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}
