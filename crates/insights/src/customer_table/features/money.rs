//! What somebody brings, and takes back.

use super::super::at::{At, units};
use super::{Feature, Measure, Need, change, number};

/// The features of the family.
pub static FEATURES: &[Feature] = &[
    number(
        ["money", "money of orders", "订单金额"],
        Measure::Money,
        Need::Money,
        "sum of the orders",
        |at| Some(at.orders.money()),
    ),
    number(
        ["money_net", "money less refunds", "扣除退款后的金额"],
        Measure::Money,
        Need::Money,
        "money - refund_money",
        |at| {
            Some(units(
                at.orders.amounts.iter().sum::<i128>() - at.refunds.amounts.iter().sum::<i128>(),
            ))
        },
    ),
    number(
        ["money_mean", "money per order", "单均金额"],
        Measure::Money,
        Need::Money,
        "money / orders; missing without an order",
        |at| (at.orders.n() > 0.0).then(|| at.orders.money() / at.orders.n()),
    ),
    number(
        ["money_max", "money of the largest order", "最大单笔金额"],
        Measure::Money,
        Need::Money,
        "largest order; missing without one",
        |at| at.orders.amounts.iter().max().map(|amount| units(*amount)),
    ),
    number(
        ["money_7d", "money of 7 days", "近 7 天金额"],
        Measure::Money,
        Need::Money,
        "sum of the orders of the 7 days up to the cut",
        |at| Some(at.orders.money_within(at.cut, 7)),
    ),
    number(
        ["money_30d", "money of 30 days", "近 30 天金额"],
        Measure::Money,
        Need::Money,
        "sum of the orders of the 30 days up to the cut",
        |at| Some(at.orders.money_within(at.cut, 30)),
    ),
    number(
        ["money_90d", "money of 90 days", "近 90 天金额"],
        Measure::Money,
        Need::Money,
        "sum of the orders of the 90 days up to the cut",
        |at| Some(at.orders.money_within(at.cut, 90)),
    ),
    number(
        ["money_365d", "money of 365 days", "近 365 天金额"],
        Measure::Money,
        Need::Money,
        "sum of the orders of the 365 days up to the cut",
        |at| Some(at.orders.money_within(at.cut, 365)),
    ),
    number(
        ["money_prev_90d", "money of the 90 days before the last 90", "再前 90 天金额"],
        Measure::Money,
        Need::Money,
        "sum of the orders of the 180 days up to the cut less that of the last 90",
        |at| Some(before_90(at)),
    ),
    number(
        ["money_trend_90d", "change of money over 90 days", "90 天金额变化"],
        Measure::Number,
        Need::Money,
        "(money_90d - money_prev_90d) / (money_90d + money_prev_90d); missing where both are 0 or the customer was not known before the last 90 days",
        |at| {
            change(at.orders.money_within(at.cut, 90), before_90(at))
                .filter(|_| at.is_older_than(90))
        },
    ),
    number(
        ["refunds", "refunds", "退款数"],
        Measure::Count,
        Need::Orders,
        "refunds; lines that share an id are one",
        |at| Some(at.refunds.n()),
    ),
    number(
        ["refund_money", "money of refunds", "退款金额"],
        Measure::Money,
        Need::Money,
        "sum of the refunds, whatever their sign",
        |at| Some(at.refunds.money()),
    ),
    number(
        ["refund_share", "refunds as a share of money", "退款占金额的比例"],
        Measure::Number,
        Need::Money,
        "refund_money / money; missing without an order",
        |at| (at.orders.money() > 0.0).then(|| at.refunds.money() / at.orders.money()),
    ),
];

/// Money of the 90 days before the last 90, in units: a difference of exact sums.
fn before_90(at: &At<'_>) -> f64 {
    let first = |n_days| at.orders.days.partition_point(|day| *day <= at.cut - n_days);
    let between = first(180)..first(90);
    units(at.orders.amounts.get(between).into_iter().flatten().sum())
}
