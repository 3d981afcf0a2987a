//! Breadth, help, votes, sessions, hours, channels: how somebody behaves.

use super::{Feature, Label, Measure, Need, number, text};

/// The features of the family.
pub static FEATURES: &[Feature] = &[
    number(
        ["event_names", "kinds of events", "事件种类数"],
        Measure::Count,
        Need::Names,
        "distinct names of events",
        |at| Some(f64::from(at.history.n_names)),
    ),
    number(
        ["items", "items", "商品种类数"],
        Measure::Count,
        Need::Items,
        "distinct items of all events",
        |at| Some(f64::from(at.history.n_items)),
    ),
    number(
        ["items_bought", "items bought", "购买的商品种类数"],
        Measure::Count,
        Need::ItemsBought,
        "distinct items of order lines",
        |at| Some(f64::from(at.history.n_items_bought)),
    ),
    number(
        ["categories", "categories", "品类数"],
        Measure::Count,
        Need::Categories,
        "distinct categories of all events",
        |at| Some(f64::from(at.history.n_categories)),
    ),
    number(
        ["support_events", "calls for help", "求助次数"],
        Measure::Count,
        Need::Support,
        "events that are calls for help",
        |at| Some(at.history.support_days.len() as f64),
    ),
    number(
        ["support_events_90d", "calls for help of 90 days", "近 90 天求助次数"],
        Measure::Count,
        Need::Support,
        "those of the 90 days up to the cut",
        |at| {
            let before = at.history.support_days.partition_point(|day| *day <= at.cut - 90);
            Some((at.history.support_days.len() - before) as f64)
        },
    ),
    number(
        ["days_since_support", "days since the last call for help", "距最近求助的天数"],
        Measure::Days,
        Need::Support,
        "civil days from the last call for help to the cut; missing without one",
        |at| at.days_since(at.history.support_days.last()),
    ),
    number(
        ["votes", "votes", "评分次数"],
        Measure::Count,
        Need::Votes,
        "votes with a number as score",
        |at| Some(at.history.n_votes),
    ),
    number(
        ["last_score", "last score", "最近一次评分"],
        Measure::Number,
        Need::Votes,
        "score of the last vote; missing without one",
        |at| at.history.last_vote.map(|(_, score)| score),
    ),
    number(
        ["mean_score", "mean score", "平均评分"],
        Measure::Number,
        Need::Votes,
        "mean of the scores; missing without a vote",
        |at| (at.history.n_votes > 0.0).then(|| at.history.score_sum / at.history.n_votes),
    ),
    number(
        ["days_since_vote", "days since the last vote", "距最近评分的天数"],
        Measure::Days,
        Need::Votes,
        "civil days from the last vote to the cut; missing without one",
        |at| at.days_since(at.history.last_vote.as_ref().map(|(day, _)| day)),
    ),
    number(
        ["sessions", "sessions", "会话数"],
        Measure::Count,
        Need::Sessions,
        "sessions begun",
        |at| Some(at.history.session_days.len() as f64),
    ),
    number(
        ["sessions_30d", "sessions of 30 days", "近 30 天会话数"],
        Measure::Count,
        Need::Sessions,
        "sessions begun in the 30 days up to the cut",
        |at| {
            let before = at.history.session_days.partition_point(|day| *day <= at.cut - 30);
            Some((at.history.session_days.len() - before) as f64)
        },
    ),
    number(
        ["session_mean_seconds", "mean length of a session", "平均会话时长"],
        Measure::Seconds,
        Need::Sessions,
        "time within sessions / sessions, one of a single event being 0 long",
        |at| {
            let n = at.history.session_days.len() as f64;
            (n > 0.0).then(|| at.history.session_micros as f64 / 1e6 / n)
        },
    ),
    number(
        ["session_mean_events", "events per session", "平均会话事件数"],
        Measure::Number,
        Need::Sessions,
        "events / sessions",
        |at| {
            let n = at.history.session_days.len() as f64;
            (n > 0.0).then(|| at.history.days.len() as f64 / n)
        },
    ),
    number(
        ["weekend_share", "share of events at weekends", "周末事件占比"],
        Measure::Share,
        Need::Rhythm,
        "events on Saturday or Sunday / events",
        |at| at.history.share(at.history.n_weekend),
    ),
    number(
        ["night_share", "share of events at night", "夜间事件占比"],
        Measure::Share,
        Need::Rhythm,
        "events from 00:00 to 06:00 / events",
        |at| at.history.part_share(0),
    ),
    number(
        ["morning_share", "share of events in the morning", "上午事件占比"],
        Measure::Share,
        Need::Rhythm,
        "events from 06:00 to 12:00 / events",
        |at| at.history.part_share(1),
    ),
    number(
        ["afternoon_share", "share of events in the afternoon", "下午事件占比"],
        Measure::Share,
        Need::Rhythm,
        "events from 12:00 to 18:00 / events",
        |at| at.history.part_share(2),
    ),
    number(
        ["evening_share", "share of events in the evening", "晚间事件占比"],
        Measure::Share,
        Need::Rhythm,
        "events from 18:00 to 24:00 / events",
        |at| at.history.part_share(3),
    ),
    text(
        ["first_channel", "first channel", "首次渠道"],
        Need::Channel,
        "channel of the first event that has one",
        Label::FirstChannel,
    ),
    text(
        ["last_channel", "latest channel", "最近渠道"],
        Need::Channel,
        "channel of the last event that has one",
        Label::LastChannel,
    ),
    text(
        ["first_country", "first country", "首次国家"],
        Need::Country,
        "country of the first event that has one",
        Label::FirstCountry,
    ),
    text(
        ["last_country", "latest country", "最近国家"],
        Need::Country,
        "country of the last event that has one",
        Label::LastCountry,
    ),
    text(
        ["last_currency", "latest currency", "最近币种"],
        Need::Currency,
        "currency of the last order",
        Label::LastCurrency,
    ),
];
