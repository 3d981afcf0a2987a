//! How often and how regularly somebody buys.

use super::{Feature, Measure, Need, change, number};

/// The features of the family.
pub static FEATURES: &[Feature] = &[
    number(
        ["orders", "orders", "订单数"],
        Measure::Count,
        Need::Orders,
        "orders worth more than 0; lines that share an id are one",
        |at| Some(at.orders.n()),
    ),
    number(
        ["orders_7d", "orders of 7 days", "近 7 天订单数"],
        Measure::Count,
        Need::Orders,
        "orders of the 7 days up to the cut",
        |at| Some(at.orders.n_within(at.cut, 7)),
    ),
    number(
        ["orders_30d", "orders of 30 days", "近 30 天订单数"],
        Measure::Count,
        Need::Orders,
        "orders of the 30 days up to the cut",
        |at| Some(at.orders.n_within(at.cut, 30)),
    ),
    number(
        ["orders_90d", "orders of 90 days", "近 90 天订单数"],
        Measure::Count,
        Need::Orders,
        "orders of the 90 days up to the cut",
        |at| Some(at.orders.n_within(at.cut, 90)),
    ),
    number(
        ["orders_365d", "orders of 365 days", "近 365 天订单数"],
        Measure::Count,
        Need::Orders,
        "orders of the 365 days up to the cut",
        |at| Some(at.orders.n_within(at.cut, 365)),
    ),
    number(
        ["orders_prev_90d", "orders of the 90 days before the last 90", "再前 90 天订单数"],
        Measure::Count,
        Need::Orders,
        "orders of the 180 days up to the cut less those of the last 90",
        |at| Some(at.orders.n_within(at.cut, 180) - at.orders.n_within(at.cut, 90)),
    ),
    number(
        ["orders_trend_90d", "change of orders over 90 days", "90 天订单数变化"],
        Measure::Number,
        Need::Orders,
        "(orders_90d - orders_prev_90d) / (orders_90d + orders_prev_90d); missing where both are 0 or the customer was not known before the last 90 days",
        |at| {
            let now = at.orders.n_within(at.cut, 90);
            change(now, at.orders.n_within(at.cut, 180) - now).filter(|_| at.is_older_than(90))
        },
    ),
    number(
        ["days_since_first_order", "days since the first order", "距首单天数"],
        Measure::Days,
        Need::Orders,
        "civil days from the first order to the cut; missing without one",
        |at| at.days_since(at.orders.days.first()),
    ),
    number(
        ["days_since_last_order", "days since the last order", "距最近订单天数"],
        Measure::Days,
        Need::Orders,
        "civil days from the last order to the cut; missing without one",
        |at| at.days_since(at.orders.days.last()),
    ),
    number(
        ["order_gap_mean_days", "mean gap of orders", "平均下单间隔天数"],
        Measure::Number,
        Need::OrderGaps,
        "mean of the civil days between consecutive orders; missing with one order",
        |at| at.order_gaps.mean,
    ),
    number(
        ["order_gap_median_days", "median gap of orders", "下单间隔天数中位数"],
        Measure::Number,
        Need::OrderGaps,
        "their median",
        |at| at.order_gaps.median,
    ),
    number(
        ["order_gap_sd_days", "deviation of gaps of orders", "下单间隔天数标准差"],
        Measure::Number,
        Need::OrderGaps,
        "their standard deviation, by n - 1; missing with one gap",
        |at| at.order_gaps.deviation,
    ),
    number(
        ["order_gap_last_ratio", "last gap of orders in mean gaps", "最近下单间隔与平均间隔之比"],
        Measure::Number,
        Need::OrderGaps,
        "the latest gap / order_gap_mean_days; missing where that is 0",
        |at| at.order_gaps.in_means(at.order_gaps.last),
    ),
    number(
        [
            "order_silence_ratio",
            "silence since the last order in mean gaps",
            "未下单天数与平均下单间隔之比",
        ],
        Measure::Number,
        Need::OrderGaps,
        "days_since_last_order / order_gap_mean_days; missing where that is 0",
        |at| at.order_gaps.in_means(at.days_since(at.orders.days.last())),
    ),
];
