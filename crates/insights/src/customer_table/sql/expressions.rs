//! Every feature as an expression over what is gathered of a customer at a cut.

use super::super::features::{Feature, Need};

/// Trailing windows, in days.
pub const WINDOWS: [u32; 5] = [7, 30, 90, 180, 365];
/// Blocks of 30 days the slope looks at.
pub const N_BLOCKS: u32 = 6;

/// The expression of a feature, missing where nobody has anything of it.
pub fn of(feature: &Feature) -> Option<String> {
    let value = value(feature.name)?;
    Some(match seen(feature.need) {
        Some(seen) => format!("case when {seen} then {value} end"),
        None => value,
    })
}

/// Whether anybody had, before the cut, what a feature is made of.
fn seen(need: Need) -> Option<&'static str> {
    match need {
        Need::Orders | Need::OrderGaps | Need::Money | Need::Currency => Some("seen_orders"),
        Need::Items => Some("seen_items"),
        Need::ItemsBought => Some("seen_items_bought"),
        Need::Categories => Some("seen_categories"),
        Need::Support => Some("seen_support"),
        Need::Votes => Some("seen_votes"),
        _ => None,
    }
}

fn value(name: &str) -> Option<String> {
    if let Some((counted, days)) = window(name) {
        return Some(format!("coalesce({counted}_{days}, 0)"));
    }
    let text = match name {
        "tenure_days" => "cut_day - first_day".to_owned(),
        "recency_days" => "cut_day - last_day".to_owned(),
        "events_prev_90d" => "events_180 - events_90".to_owned(),
        "orders_prev_90d" => "coalesce(orders_180 - orders_90, 0)".to_owned(),
        "money_prev_90d" => "coalesce(money_180 - money_90, 0)".to_owned(),
        "events_trend_90d" => trend("events"),
        "orders_trend_90d" => trend("orders"),
        "money_trend_90d" => trend("money"),
        "events_slope" => slope(),
        "gap_last_ratio" => "gap_last / nullif(gap_mean, 0)".to_owned(),
        "silence_ratio" => "(cut_day - last_day) / nullif(gap_mean, 0)".to_owned(),
        "order_gap_last_ratio" => "order_gap_last / nullif(order_gap_mean, 0)".to_owned(),
        "order_silence_ratio" => {
            "(cut_day - last_order_day) / nullif(order_gap_mean, 0)".to_owned()
        }
        "gap_mean_days"
        | "gap_median_days"
        | "gap_sd_days"
        | "order_gap_mean_days"
        | "order_gap_median_days"
        | "order_gap_sd_days" => name.trim_end_matches("_days").to_owned(),
        "days_since_first_order" => "cut_day - first_order_day".to_owned(),
        "days_since_last_order" => "cut_day - last_order_day".to_owned(),
        "days_since_support" => "cut_day - last_support_day".to_owned(),
        "days_since_vote" => "cut_day - last_vote_day".to_owned(),
        "money_net" => "coalesce(money, 0) - coalesce(refund_money, 0)".to_owned(),
        "money_mean" => "money / nullif(orders, 0)".to_owned(),
        "refund_share" => "coalesce(refund_money, 0) / nullif(money, 0)".to_owned(),
        "mean_score" => "score_sum / nullif(votes, 0)".to_owned(),
        "session_mean_seconds" => "session_micros / 1000000 / nullif(sessions, 0)".to_owned(),
        "session_mean_events" => "events / nullif(sessions, 0)".to_owned(),
        "weekend_share" | "night_share" | "morning_share" | "afternoon_share" | "evening_share" => {
            format!("{} / events", name.replace("_share", "_events"))
        }
        // What is counted is 0 where there is nothing to count.
        "events" | "active_days" | "orders" | "refunds" | "money" | "refund_money"
        | "event_names" | "items" | "items_bought" | "categories" | "support_events" | "votes"
        | "sessions" => format!("coalesce({name}, 0)"),
        "money_max" | "last_score" | "first_channel" | "last_channel" | "first_country"
        | "last_country" | "last_currency" => name.to_owned(),
        _ => return None,
    };
    Some(text)
}

/// What is counted within how many days, where a name says so.
fn window(name: &str) -> Option<(&str, u32)> {
    let (counted, days) = name.strip_suffix('d')?.rsplit_once('_')?;
    let days = days.parse().ok().filter(|days| WINDOWS.contains(days))?;
    let is_counted = ["events", "active_days", "orders", "money", "support_events", "sessions"]
        .contains(&counted);
    is_counted.then_some((counted, days))
}

/// How far the last 90 days and the 90 before them are apart; missing of who was not known then.
fn trend(of: &str) -> String {
    // (now - before) / (now + before), before being the 180 days less the 90.
    format!(
        "case when cut_day - first_day >= 90 then (2 * {of}_90 - {of}_180) / nullif({of}_180, 0) end"
    )
}

/// Least squares over the blocks in which the customer was known from beginning to end.
fn slope() -> String {
    let n = format!("least((cut_day - first_day + 1) // 30, {N_BLOCKS})");
    let along = (0..N_BLOCKS).map(|block| {
        format!("case when {n} > {block} then (({n} - 1) / 2 - {block}) * block_{block} else 0 end")
    });
    format!(
        "case when {n} >= 2 then ({}) / ({n} * ({n} * {n} - 1) / 12) end",
        along.collect::<Vec<_>>().join(" + ")
    )
}

#[cfg(test)]
mod tests {
    use super::super::super::features;
    use super::*;

    #[test]
    fn every_feature_has_an_expression() {
        for feature in features::all() {
            assert!(of(feature).is_some(), "{}", feature.name);
        }
        assert_eq!(window("events_prev_90d"), None);
        assert_eq!(window("support_events_90d"), Some(("support_events", 90)));
    }
}
