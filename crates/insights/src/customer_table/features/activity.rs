//! How long, how much, how regularly: features of the events as such.

use super::{Feature, Measure, Need, change, number};

/// The features of the family.
pub static FEATURES: &[Feature] = &[
    number(
        ["tenure_days", "tenure", "客户时长"],
        Measure::Days,
        Need::Days,
        "civil days from the first event to the cut",
        |at| at.days_since(at.history.days.first()),
    ),
    number(
        ["recency_days", "days since the last event", "距最近一次事件的天数"],
        Measure::Days,
        Need::Days,
        "civil days from the last event to the cut",
        |at| at.days_since(at.history.days.last()),
    ),
    number(
        ["events", "events", "事件数"],
        Measure::Count,
        Need::Days,
        "events before the cut ends",
        |at| Some(at.history.days.len() as f64),
    ),
    number(
        ["events_7d", "events of 7 days", "近 7 天事件数"],
        Measure::Count,
        Need::Days,
        "events of the 7 days up to the cut",
        |at| Some(at.events_within(7)),
    ),
    number(
        ["events_30d", "events of 30 days", "近 30 天事件数"],
        Measure::Count,
        Need::Days,
        "events of the 30 days up to the cut",
        |at| Some(at.events_within(30)),
    ),
    number(
        ["events_90d", "events of 90 days", "近 90 天事件数"],
        Measure::Count,
        Need::Days,
        "events of the 90 days up to the cut",
        |at| Some(at.events_within(90)),
    ),
    number(
        ["events_365d", "events of 365 days", "近 365 天事件数"],
        Measure::Count,
        Need::Days,
        "events of the 365 days up to the cut",
        |at| Some(at.events_within(365)),
    ),
    number(
        ["events_prev_90d", "events of the 90 days before the last 90", "再前 90 天事件数"],
        Measure::Count,
        Need::Days,
        "events of the 180 days up to the cut less those of the last 90",
        |at| Some(at.events_within(180) - at.events_within(90)),
    ),
    number(
        ["events_trend_90d", "change of events over 90 days", "90 天事件数变化"],
        Measure::Number,
        Need::Days,
        "(events_90d - events_prev_90d) / (events_90d + events_prev_90d); missing where both are 0 or the customer was not known before the last 90 days",
        |at| {
            let now = at.events_within(90);
            change(now, at.events_within(180) - now).filter(|_| at.is_older_than(90))
        },
    ),
    number(
        ["events_slope", "slope of events", "事件数斜率"],
        Measure::Number,
        Need::Days,
        "least-squares slope, per block, of the events of the last six blocks of 30 days in which the customer was known from beginning to end; missing with fewer than two",
        |at| at.slope(),
    ),
    number(
        ["active_days", "days with an event", "活跃天数"],
        Measure::Days,
        Need::Days,
        "civil days with an event",
        |at| Some(at.history.active_days.len() as f64),
    ),
    number(
        ["active_days_7d", "days with an event of 7", "近 7 天活跃天数"],
        Measure::Days,
        Need::Days,
        "civil days with an event among the 7 up to the cut",
        |at| Some(at.active_days_within(7)),
    ),
    number(
        ["active_days_30d", "days with an event of 30", "近 30 天活跃天数"],
        Measure::Days,
        Need::Days,
        "civil days with an event among the 30 up to the cut",
        |at| Some(at.active_days_within(30)),
    ),
    number(
        ["active_days_90d", "days with an event of 90", "近 90 天活跃天数"],
        Measure::Days,
        Need::Days,
        "civil days with an event among the 90 up to the cut",
        |at| Some(at.active_days_within(90)),
    ),
    number(
        ["active_days_365d", "days with an event of 365", "近 365 天活跃天数"],
        Measure::Days,
        Need::Days,
        "civil days with an event among the 365 up to the cut",
        |at| Some(at.active_days_within(365)),
    ),
    number(
        ["gap_mean_days", "mean gap", "平均间隔天数"],
        Measure::Number,
        Need::Gaps,
        "mean of the days between consecutive days with an event; missing with one day",
        |at| at.gaps.mean,
    ),
    number(
        ["gap_median_days", "median gap", "间隔天数中位数"],
        Measure::Number,
        Need::Gaps,
        "their median",
        |at| at.gaps.median,
    ),
    number(
        ["gap_sd_days", "deviation of gaps", "间隔天数标准差"],
        Measure::Number,
        Need::Gaps,
        "their standard deviation, by n - 1; missing with one gap",
        |at| at.gaps.deviation,
    ),
    number(
        ["gap_last_ratio", "last gap in mean gaps", "最近间隔与平均间隔之比"],
        Measure::Number,
        Need::Gaps,
        "the latest gap / gap_mean_days",
        |at| at.gaps.in_means(at.gaps.last),
    ),
    number(
        ["silence_ratio", "silence in mean gaps", "静默天数与平均间隔之比"],
        Measure::Number,
        Need::Gaps,
        "recency_days / gap_mean_days",
        |at| at.gaps.in_means(at.days_since(at.history.days.last())),
    ),
];
