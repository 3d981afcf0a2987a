//! What a feature's value says of a customer, as a phrase in both languages.
//!
//! The features that tell most have phrases of their own; the others are told by their names.

use perennial_types::question::Text;

use crate::customer_table::features::{Feature, Measure};

/// What is known of a feature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Known<'a> {
    /// A number.
    Number(f64),
    /// A text.
    Text(&'a str),
    /// Nothing.
    Missing,
}

/// What the value of a feature says; `other` gives the numbers of other features.
pub fn phrase(feature: &Feature, value: &Known<'_>, other: &dyn Fn(&str) -> Option<f64>) -> Text {
    let number = match value {
        Known::Number(number) => *number,
        Known::Text(text) => {
            return Text::new(
                format!("{} is {text}", feature.en),
                format!("{}为{text}", feature.zh),
            );
        }
        Known::Missing => return missing(feature),
    };
    silence(feature.name, number, other)
        .or_else(|| trend(feature.name, number))
        .or_else(|| counted(feature.name, number))
        .or_else(|| single(feature.name, number))
        .unwrap_or_else(|| named(feature, number))
}

fn missing(feature: &Feature) -> Text {
    if feature.name.starts_with("order_") {
        return Text::new(
            "has not ordered twice, so has no usual gap",
            "下单不足两次，尚无平常间隔",
        );
    }
    Text::new(format!("{}: not known", feature.en), format!("{}未知", feature.zh))
}

/// "has not ordered for 62 days, 2.9 of their usual gaps".
fn silence(name: &str, number: f64, other: &dyn Fn(&str) -> Option<f64>) -> Option<Text> {
    let is_order = ["days_since_last_order", "order_silence_ratio"].contains(&name);
    if !is_order && !["recency_days", "silence_ratio"].contains(&name) {
        return None;
    }
    let (days_name, gap_name) = match is_order {
        true => ("days_since_last_order", "order_gap_mean_days"),
        false => ("recency_days", "gap_mean_days"),
    };
    let (verb, verb_zh) = if is_order { ("ordered", "下单") } else { ("been seen", "出现") };
    let ratio_name = if is_order { "order_silence_ratio" } else { "silence_ratio" };
    let days = if name == days_name { Some(number) } else { other(days_name) };
    let ratio = if name == ratio_name { Some(number) } else { other(ratio_name) };
    let ratio = ratio
        .or_else(|| other(gap_name).filter(|gap| *gap > 0.0).and_then(|gap| Some(days? / gap)));
    let gaps = ratio.map(|ratio| {
        let ratio = short(ratio);
        (format!("{ratio} of their usual gaps"), format!("相当于平常间隔的 {ratio} 倍"))
    });
    let since = days.map(|days| {
        let days = short(days);
        let unit = if days == "1" { "day" } else { "days" };
        (format!("has not {verb} for {days} {unit}"), format!("已 {days} 天未{verb_zh}"))
    });
    let (en, zh) = match (since, gaps) {
        (Some(since), Some(gaps)) => {
            (format!("{}, {}", since.0, gaps.0), format!("{}，{}", since.1, gaps.1))
        }
        (Some(one), None) => one,
        (None, Some(gaps)) => {
            (format!("has not {verb} for {}", gaps.0), format!("未{verb_zh}的时间{}", gaps.1))
        }
        (None, None) => return None,
    };
    Some(Text::new(en, zh))
}

/// "orders of the last 90 days are 40 % of those of the 90 before".
fn trend(name: &str, change: f64) -> Option<Text> {
    let (what, what_zh) = match name {
        "orders_trend_90d" => ("orders", "订单数"),
        "events_trend_90d" => ("events", "事件数"),
        "money_trend_90d" => ("money", "金额"),
        _ => return None,
    };
    Some(if change <= -1.0 {
        Text::new(
            format!("no {what} in the last 90 days, after some in the 90 before"),
            format!("近 90 天没有{what_zh}，再前 90 天有"),
        )
    } else if change >= 1.0 {
        Text::new(
            format!("{what} in the last 90 days, after none in the 90 before"),
            format!("近 90 天有{what_zh}，再前 90 天没有"),
        )
    } else {
        let percent = ((1.0 + change) / (1.0 - change) * 100.0).round();
        Text::new(
            format!("{what} of the last 90 days are {percent} % of those of the 90 before"),
            format!("近 90 天{what_zh}为再前 90 天的 {percent}%"),
        )
    })
}

/// "3 orders in the last 90 days", "no calls for help in the last 90 days".
fn counted(name: &str, number: f64) -> Option<Text> {
    let (what, days) = name.rsplit_once('_')?;
    let n_days: u32 = days.strip_suffix('d')?.parse().ok()?;
    let (one, many, zh, unit_zh) = match what {
        "orders" => ("order", "orders", "下单", "次"),
        "events" => ("event", "events", "事件", "个"),
        "active_days" => ("active day", "active days", "活跃", "天"),
        "sessions" => ("session", "sessions", "会话", "次"),
        "support_events" => ("call for help", "calls for help", "求助", "次"),
        "money" => ("unit of money spent", "units of money spent", "消费", ""),
        _ => return None,
    };
    let count = short(number);
    let text = match count.as_str() {
        "0" => format!("no {many} in the last {n_days} days"),
        "1" => format!("1 {one} in the last {n_days} days"),
        _ => format!("{count} {many} in the last {n_days} days"),
    };
    let text_zh = match count.as_str() {
        "0" => format!("近 {n_days} 天没有{zh}"),
        _ => format!("近 {n_days} 天{zh} {count} {unit_zh}"),
    };
    Some(Text::new(text, text_zh.trim_end()))
}

/// Features with a phrase of their own.
fn single(name: &str, number: f64) -> Option<Text> {
    let value = short(number);
    let plural = |one: &str| if value == "1" { one.to_owned() } else { format!("{one}s") };
    let (en, zh) = match name {
        "tenure_days" => (
            format!("has been here for {value} {}", plural("day")),
            format!("成为客户已 {value} 天"),
        ),
        "days_since_first_order" => {
            (format!("first ordered {value} {} ago", plural("day")), format!("首单在 {value} 天前"))
        }
        "orders" => (format!("{value} {} so far", plural("order")), format!("累计下单 {value} 次")),
        "order_gap_mean_days" => {
            (format!("orders every {value} days on average"), format!("平均每 {value} 天下单一次"))
        }
        "refunds" => {
            (format!("{value} {} so far", plural("refund")), format!("累计退款 {value} 次"))
        }
        "refund_share" => {
            let percent = (number * 100.0).round();
            (format!("{percent} % of the money refunded"), format!("金额的 {percent}% 已退款"))
        }
        "last_score" => (format!("last score {value}"), format!("最近评分为 {value}")),
        "days_since_support" => (
            format!("called for help {value} {} ago", plural("day")),
            format!("{value} 天前求助过"),
        ),
        _ => return None,
    };
    Some(Text::new(en, zh))
}

fn named(feature: &Feature, number: f64) -> Text {
    let value = match feature.unit {
        Measure::Share => format!("{} %", (number * 100.0).round()),
        Measure::Seconds => format!("{} s", short(number)),
        _ => short(number),
    };
    Text::new(format!("{}: {value}", feature.en), format!("{}：{value}", feature.zh))
}

/// A number without digits nobody reads.
fn short(number: f64) -> String {
    let digits = if number.abs() < 10.0 { 1 } else { 0 };
    let text = format!("{number:.digits$}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customer_table::features;

    fn said(name: &str, value: Known<'_>, others: &[(&str, f64)]) -> (String, String) {
        let other = |name: &str| others.iter().find(|(known, _)| *known == name).map(|one| one.1);
        let text = phrase(features::named(name).unwrap(), &value, &other);
        (text.en, text.zh)
    }

    #[test]
    fn phrases_say_what_a_marketer_reads() {
        let number = Known::Number;
        let cases: [(&str, Known<'_>, &[(&str, f64)], &str, &str); 12] = [
            (
                "days_since_last_order",
                number(62.0),
                &[("order_silence_ratio", 2.94)],
                "has not ordered for 62 days, 2.9 of their usual gaps",
                "已 62 天未下单，相当于平常间隔的 2.9 倍",
            ),
            (
                "order_silence_ratio",
                number(3.0),
                &[("days_since_last_order", 1.0)],
                "has not ordered for 1 day, 3 of their usual gaps",
                "已 1 天未下单，相当于平常间隔的 3 倍",
            ),
            (
                "days_since_last_order",
                number(60.0),
                &[("order_gap_mean_days", 20.0)],
                "has not ordered for 60 days, 3 of their usual gaps",
                "已 60 天未下单，相当于平常间隔的 3 倍",
            ),
            ("recency_days", number(0.0), &[], "has not been seen for 0 days", "已 0 天未出现"),
            (
                "orders_trend_90d",
                number(-0.5),
                &[],
                "orders of the last 90 days are 33 % of those of the 90 before",
                "近 90 天订单数为再前 90 天的 33%",
            ),
            (
                "money_trend_90d",
                number(-1.0),
                &[],
                "no money in the last 90 days, after some in the 90 before",
                "近 90 天没有金额，再前 90 天有",
            ),
            ("orders_90d", number(3.0), &[], "3 orders in the last 90 days", "近 90 天下单 3 次"),
            (
                "support_events_90d",
                number(0.0),
                &[],
                "no calls for help in the last 90 days",
                "近 90 天没有求助",
            ),
            ("tenure_days", number(1.0), &[], "has been here for 1 day", "成为客户已 1 天"),
            (
                "weekend_share",
                number(0.256),
                &[],
                "share of events at weekends: 26 %",
                "周末事件占比：26%",
            ),
            ("last_channel", Known::Text("ads"), &[], "latest channel is ads", "最近渠道为ads"),
            (
                "order_gap_sd_days",
                Known::Missing,
                &[],
                "has not ordered twice, so has no usual gap",
                "下单不足两次，尚无平常间隔",
            ),
        ];
        for (name, value, others, en, zh) in cases {
            let (found, found_zh) = said(name, value, others);
            assert_eq!(found, en, "{name}");
            assert_eq!(found_zh.replace(" %", "%"), zh, "{name}");
        }
    }

    #[test]
    fn every_feature_can_be_said_in_both_languages() {
        for feature in features::all() {
            for value in
                [Known::Number(0.0), Known::Number(1.0), Known::Number(7.5), Known::Missing]
            {
                let text = phrase(feature, &value, &|_| None);
                assert!(
                    text.zh.chars().any(|one| one > '\u{4e00}'),
                    "{}: {}",
                    feature.name,
                    text.zh
                );
                assert!(!text.en.is_empty() && text.en.is_ascii(), "{}: {}", feature.name, text.en);
            }
        }
    }
}
