//! Random worlds against the formulas: every customer at every cut, in plain loops over their rows.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use perennial_testkit::{Scene, scenes, worlds};
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::plain::{date_at, days_between, is_order, joined, kept_something, money, start_of};

#[derive(Clone, Debug)]
struct Asked {
    scene: Scene,
    world: World,
    as_of: i32,
    cuts: Vec<i32>,
    population: &'static str,
    currency: Option<&'static str>,
    gap_minutes: i64,
    known_at: Option<i64>,
}

fn asked() -> impl Strategy<Value = Asked> {
    scenes().prop_flat_map(|scene| {
        let n = scene.n_days;
        (
            worlds(scene),
            (1..=n + 1, proptest::collection::vec(0..=n, 0..4)),
            select(vec!["everyone", "everyone", "buyers", "net_buyers"]),
            select(vec![Some("EUR"), Some("EUR"), None]),
            select(vec![1_i64, 30, 600]),
            proptest::option::weighted(0.3, 0..40_i64),
        )
            .prop_map(
                move |(world, (as_of, mut cuts), population, currency, gap_minutes, known_at)| {
                    cuts.retain(|cut| *cut < as_of);
                    Asked { scene, world, as_of, cuts, population, currency, gap_minutes, known_at }
                },
            )
    })
}

impl Asked {
    fn date(&self, day: i32) -> Date {
        self.scene.date + i64::from(day).days()
    }

    fn end(&self) -> i64 {
        start_of(&self.scene.rules(), self.date(self.as_of))
    }

    fn last_known(&self) -> Date {
        date_at(&self.scene.rules(), self.end() - 1)
    }

    /// The dates of the cuts, no later than what is known.
    fn dates(&self) -> BTreeSet<Date> {
        let dates: BTreeSet<Date> =
            self.cuts.iter().map(|cut| self.date(*cut).min(self.last_known())).collect();
        if dates.is_empty() { BTreeSet::from([self.last_known()]) } else { dates }
    }

    fn question(&self) -> Value {
        let cuts: Vec<String> = match self.cuts.is_empty() {
            true => Vec::new(),
            false => self.dates().iter().map(Date::to_string).collect(),
        };
        let mut question = json!({
            "as_of": jiff::Timestamp::from_microsecond(self.end()).unwrap().to_string(),
            "cuts": cuts, "zone": self.scene.zone, "population": self.population, "limit": null,
            "session": {"gap_minutes": self.gap_minutes}, "support": {"event": "signup"},
            "feedback": {"event": "view"}, "channel": "plan", "country": "item", "category": "plan",
        });
        if let Some(currency) = self.currency {
            question["currency"] = json!(currency);
        }
        if let Some(known_at) = self.known_at {
            question["known_at"] = json!(known_at);
        }
        question
    }

    fn is_known(&self, row: &Event, date: Date) -> bool {
        let end = start_of(&self.scene.rules(), date.tomorrow().unwrap()).min(self.end());
        row.ts < end && self.known_at.is_none_or(|known_at| row.sequence <= known_at)
    }
}

/// What the lake has, before a cut, of each thing a count may be missing for.
struct Seen {
    orders: bool,
    items: bool,
    bought: bool,
    plans: bool,
    support: bool,
    votes: bool,
}

fn score(row: &Event) -> Option<f64> {
    row.properties.get("score").filter(|_| row.event == "view")?.parse().ok()
}

/// Money rows of another currency are passed over, or are no orders at all.
fn counts(row: &Event, currency: Option<&str>) -> bool {
    currency.is_none() || row.currency.as_deref() == currency
}

type Row = BTreeMap<&'static str, Value>;

fn number(value: Option<f64>) -> Value {
    value.map_or(Value::Null, Value::from)
}

fn whole(value: usize) -> Value {
    Value::from(value as i64)
}

fn text(value: Option<&String>) -> Value {
    value.map_or(Value::Null, |value| Value::from(value.as_str()))
}

fn gaps(dates: &[Date]) -> Vec<f64> {
    dates.windows(2).map(|pair| days_between(pair[0], pair[1]) as f64).collect()
}

fn mean(all: &[f64]) -> Option<f64> {
    (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64)
}

fn put_gaps(row: &mut Row, names: [&'static str; 5], gaps: &[f64], since: Option<f64>) {
    let mean = mean(gaps);
    let mut sorted = gaps.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    let squares = mean.map(|mean| gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>());
    let ratio =
        |length: Option<f64>| mean.filter(|mean| *mean > 0.0).and_then(|mean| Some(length? / mean));
    row.insert(names[0], number(mean));
    row.insert(names[1], number((n > 0).then(|| (sorted[(n - 1) / 2] + sorted[n / 2]) / 2.0)));
    row.insert(
        names[2],
        number(squares.filter(|_| n > 1).map(|squares| (squares / (n as f64 - 1.0)).sqrt())),
    );
    row.insert(names[3], number(ratio(gaps.last().copied())));
    row.insert(names[4], number(ratio(since)));
}

/// Part of a trend: `(now − before) ÷ (now + before)`.
fn change(now: f64, before: f64, is_older: bool) -> Value {
    number((is_older && now + before > 0.0).then(|| (now - before) / (now + before)))
}

impl Asked {
    fn row(&self, own: &[&Event], cut: Date, seen: &Seen) -> Row {
        let zone = self.scene.rules();
        let mut row = Row::new();
        let dates: Vec<Date> = own.iter().map(|event| date_at(&zone, event.ts)).collect();
        let since = |date: Option<&Date>| date.map(|date| days_between(*date, cut) as f64);
        let days = |date: Option<&Date>| {
            date.map_or(Value::Null, |date| Value::from(days_between(*date, cut)))
        };
        let within = |date: &Date, n: i64| days_between(*date, cut) < n;
        let n_within = |dates: &[Date], n: i64| dates.iter().filter(|date| within(date, n)).count();
        let active: Vec<Date> =
            dates.iter().copied().collect::<BTreeSet<Date>>().into_iter().collect();
        let is_older = days_between(dates[0], cut) >= 90;
        row.insert("tenure_days", days(dates.first()));
        row.insert("recency_days", days(dates.last()));
        row.insert("events", whole(dates.len()));
        row.insert("active_days", whole(active.len()));
        for (n, [events, active_days]) in [
            (7, ["events_7d", "active_days_7d"]),
            (30, ["events_30d", "active_days_30d"]),
            (90, ["events_90d", "active_days_90d"]),
            (365, ["events_365d", "active_days_365d"]),
        ] {
            row.insert(events, whole(n_within(&dates, n)));
            row.insert(active_days, whole(n_within(&active, n)));
        }
        let (now, both) = (n_within(&dates, 90), n_within(&dates, 180));
        row.insert("events_prev_90d", whole(both - now));
        row.insert("events_trend_90d", change(now as f64, (both - now) as f64, is_older));
        row.insert("events_slope", number(slope(&dates, cut)));
        put_gaps(
            &mut row,
            ["gap_mean_days", "gap_median_days", "gap_sd_days", "gap_last_ratio", "silence_ratio"],
            &gaps(&active),
            since(dates.last()),
        );
        self.put_orders(&mut row, own, cut, seen, is_older);
        let distinct =
            |all: Vec<Option<&String>>| all.into_iter().flatten().collect::<BTreeSet<_>>().len();
        let if_seen = |is_seen: bool, value: Value| if is_seen { value } else { Value::Null };
        let plans: Vec<Option<&String>> =
            own.iter().map(|event| event.properties.get("plan")).collect();
        let items: Vec<Option<&String>> = own.iter().map(|event| event.item.as_ref()).collect();
        let bought = own.iter().filter(|event| is_order(event) && counts(event, self.currency));
        row.insert(
            "event_names",
            whole(distinct(own.iter().map(|event| Some(&event.event)).collect())),
        );
        row.insert("items", if_seen(seen.items, whole(distinct(items.clone()))));
        row.insert(
            "items_bought",
            if_seen(
                seen.bought,
                whole(distinct(bought.map(|event| event.item.as_ref()).collect())),
            ),
        );
        row.insert("categories", if_seen(seen.plans, whole(distinct(plans.clone()))));
        row.insert("first_channel", text(plans.iter().flatten().next().copied()));
        row.insert("last_channel", text(plans.iter().flatten().last().copied()));
        row.insert("first_country", text(items.iter().flatten().next().copied()));
        row.insert("last_country", text(items.iter().flatten().last().copied()));
        let support: Vec<Date> = own
            .iter()
            .zip(&dates)
            .filter(|(event, _)| event.event == "signup")
            .map(|(_, date)| *date)
            .collect();
        row.insert("support_events", if_seen(seen.support, whole(support.len())));
        row.insert("support_events_90d", if_seen(seen.support, whole(n_within(&support, 90))));
        row.insert("days_since_support", days(support.last()));
        let votes: Vec<(Date, f64)> = own
            .iter()
            .zip(&dates)
            .filter_map(|(event, date)| Some((*date, score(event)?)))
            .collect();
        let scores: Vec<f64> = votes.iter().map(|(_, score)| *score).collect();
        row.insert("votes", if_seen(seen.votes, whole(votes.len())));
        row.insert("last_score", number(scores.last().copied()));
        row.insert("mean_score", number(mean(&scores)));
        row.insert("days_since_vote", days(votes.last().map(|(date, _)| date)));
        self.put_rhythm(&mut row, own, &dates, cut, &zone);
        row
    }

    fn put_orders(&self, row: &mut Row, own: &[&Event], cut: Date, seen: &Seen, is_older: bool) {
        let zone = self.scene.rules();
        let listed = |passes: &dyn Fn(&Event) -> bool| {
            joined(own, |event| passes(event) && counts(event, self.currency))
        };
        let orders: Vec<_> =
            listed(&is_order).into_iter().filter(|lines| money(lines).1 > 0).collect();
        let refunds = listed(&|event| event.event == "refund");
        let dates: Vec<Date> = orders.iter().map(|lines| date_at(&zone, lines[0].ts)).collect();
        let n_within = |n: i64| dates.iter().filter(|date| days_between(**date, cut) < n).count();
        let sum_within = |n: i64| -> i64 {
            let recent =
                orders.iter().zip(&dates).filter(|(_, date)| days_between(**date, cut) < n);
            recent.map(|(lines, _)| money(lines).1).sum()
        };
        let decimal =
            |amount: i64| Value::from(perennial_types::money::decimal_text(i128::from(amount)));
        let since = |date: Option<&Date>| {
            date.map_or(Value::Null, |date| Value::from(days_between(*date, cut)))
        };
        let total: i64 = orders.iter().map(|lines| money(lines).1).sum();
        let back: i64 = refunds.iter().map(|lines| money(lines).1.abs()).sum();
        let (now, both) = (n_within(90), n_within(180));
        let (now_money, both_money) = (sum_within(90), sum_within(180));
        row.insert("orders", whole(orders.len()));
        row.insert("refunds", whole(refunds.len()));
        row.insert("orders_prev_90d", whole(both - now));
        row.insert("orders_trend_90d", change(now as f64, (both - now) as f64, is_older));
        row.insert("days_since_first_order", since(dates.first()));
        row.insert("days_since_last_order", since(dates.last()));
        for (n, [orders, money]) in [
            (7, ["orders_7d", "money_7d"]),
            (30, ["orders_30d", "money_30d"]),
            (90, ["orders_90d", "money_90d"]),
            (365, ["orders_365d", "money_365d"]),
        ] {
            row.insert(orders, whole(n_within(n)));
            row.insert(money, decimal(sum_within(n)));
        }
        row.insert("money", decimal(total));
        row.insert("money_net", decimal(total - back));
        row.insert("refund_money", decimal(back));
        row.insert("money_prev_90d", decimal(both_money - now_money));
        row.insert(
            "money_trend_90d",
            change(now_money as f64, (both_money - now_money) as f64, is_older),
        );
        row.insert(
            "money_max",
            orders.iter().map(|lines| money(lines).1).max().map_or(Value::Null, decimal),
        );
        let each = total as f64 / orders.len() as f64;
        row.insert(
            "money_mean",
            if orders.is_empty() { Value::Null } else { decimal(each.round() as i64) },
        );
        row.insert("refund_share", number((total > 0).then(|| back as f64 / total as f64)));
        let length = dates.last().map(|date| days_between(*date, cut) as f64);
        put_gaps(
            row,
            [
                "order_gap_mean_days",
                "order_gap_median_days",
                "order_gap_sd_days",
                "order_gap_last_ratio",
                "order_silence_ratio",
            ],
            &gaps(&dates),
            length,
        );
        if !seen.orders {
            for (name, value) in row.iter_mut() {
                let is_of_orders =
                    ["order", "money", "refund", "days_since_first_order", "days_since_last_order"];
                if is_of_orders.iter().any(|start| name.starts_with(start)) {
                    *value = Value::Null;
                }
            }
        }
        let currency = orders.iter().rev().find_map(|lines| money(lines).0);
        row.insert("last_currency", text(currency.as_ref()));
    }

    fn put_rhythm(
        &self,
        row: &mut Row,
        own: &[&Event],
        dates: &[Date],
        cut: Date,
        zone: &TimeZone,
    ) {
        let gap = self.gap_minutes * 60_000_000;
        let mut starts: Vec<Date> = Vec::new();
        let mut inside = 0;
        for (position, event) in own.iter().enumerate() {
            match position.checked_sub(1).map(|before| event.ts - own[before].ts) {
                Some(silence) if silence < gap => inside += silence,
                _ => starts.push(dates[position]),
            }
        }
        let n = starts.len() as f64;
        row.insert("sessions", whole(starts.len()));
        row.insert(
            "sessions_30d",
            whole(starts.iter().filter(|date| days_between(**date, cut) < 30).count()),
        );
        row.insert("session_mean_seconds", number(Some(inside as f64 / 1e6 / n)));
        row.insert("session_mean_events", number(Some(own.len() as f64 / n)));
        let share = |n: usize| number(Some(n as f64 / own.len() as f64));
        let weekend = dates
            .iter()
            .filter(|date| matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday));
        row.insert("weekend_share", share(weekend.count()));
        // The last quarter of the event's own date that has begun by the wall clock.
        let quarter = |(event, date): (&&Event, &Date)| {
            let begun = |hour: i8| {
                let begin = date.at(hour, 0, 0, 0).to_zoned(zone.clone()).unwrap();
                begin.timestamp().as_microsecond() <= event.ts
            };
            [6, 12, 18].into_iter().filter(|hour| begun(*hour)).count()
        };
        let quarters: Vec<usize> = own.iter().zip(dates).map(quarter).collect();
        for (part, name) in ["night_share", "morning_share", "afternoon_share", "evening_share"]
            .into_iter()
            .enumerate()
        {
            row.insert(name, share(quarters.iter().filter(|own| **own == part).count()));
        }
    }
}

/// Slope of the events of full blocks of 30 days, at most six, by the textbook.
fn slope(dates: &[Date], cut: Date) -> Option<f64> {
    let n = ((days_between(dates[0], cut) + 1) / 30).min(6);
    let points: Vec<(f64, f64)> = (0..n)
        .map(|block| {
            let inside = |date: &&Date| days_between(**date, cut) / 30 == block;
            (-block as f64, dates.iter().filter(inside).count() as f64)
        })
        .collect();
    let (x, y) = (
        mean(&points.iter().map(|one| one.0).collect::<Vec<_>>())?,
        mean(&points.iter().map(|one| one.1).collect::<Vec<_>>())?,
    );
    let along: f64 = points.iter().map(|one| (one.0 - x) * (one.1 - y)).sum();
    let spread: f64 = points.iter().map(|one| (one.0 - x).powi(2)).sum();
    (n > 1).then(|| along / spread)
}

fn is_close(found: &Value, wanted: &Value) -> bool {
    match (found.as_f64(), wanted.as_f64()) {
        (Some(found), Some(wanted)) => (found - wanted).abs() <= 1e-9 * wanted.abs().max(1.0),
        _ => found == wanted,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn every_feature_is_what_its_formula_says(asked in asked()) {
        let events = asked.world.sorted();
        let mut currencies = BTreeSet::new();
        let mut wanted: Vec<(i64, Date, Row)> = Vec::new();
        for date in asked.dates() {
            let known: Vec<&Event> = events.iter().filter(|event| asked.is_known(event, date)).collect();
            let orders = |event: &&&Event| (is_order(event) || event.event == "refund") && counts(event, asked.currency);
            let seen = Seen {
                orders: known.iter().any(|event| orders(&event)),
                items: known.iter().any(|event| event.item.is_some()),
                bought: known.iter().any(|event| is_order(event) && counts(event, asked.currency) && event.item.is_some()),
                plans: known.iter().any(|event| event.properties.contains_key("plan")),
                support: known.iter().any(|event| event.event == "signup"),
                votes: known.iter().any(|event| score(event).is_some()),
            };
            for key in known.iter().map(|event| event.customer).collect::<BTreeSet<i64>>() {
                let own: Vec<&Event> = known.iter().filter(|event| event.customer == key).copied().collect();
                let listed = |passes: &dyn Fn(&Event) -> bool| joined(&own, |event| passes(event) && counts(event, asked.currency));
                let bought: Vec<_> = listed(&is_order).into_iter().filter(|lines| money(lines).1 > 0).collect();
                let refunds = listed(&|event| event.event == "refund");
                let is_in = match asked.population {
                    "buyers" => !bought.is_empty(),
                    "net_buyers" => kept_something(&bought, &refunds),
                    _ => true,
                };
                if is_in {
                    currencies.extend(bought.iter().chain(&refunds).filter_map(|lines| money(lines).0));
                    wanted.push((key, date, asked.row(&own, date, &seen)));
                }
            }
        }
        if currencies.len() > 1 {
            prop_assert!(reply(&asked.world, &asked.question()).unwrap_err().starts_with("mixed_currencies"));
            return Ok(());
        }
        wanted.sort_by_key(|(key, date, _)| (*key, *date));
        let (json, keys) = reply(&asked.world, &asked.question()).unwrap();
        let found: CustomerTableAnswer = serde_json::from_value(json).unwrap();
        prop_assert_eq!(found.rows.len(), wanted.len());
        for (row, (key, date, values)) in found.rows.iter().zip(&wanted) {
            prop_assert_eq!((keys[row.customer].0, &row.cut), (*key, &date.to_string()));
            prop_assert_eq!(values.len(), found.features.len());
            for (feature, value) in found.features.iter().zip(&row.values) {
                let wanted = &values[feature.name.as_str()];
                prop_assert!(is_close(value, wanted), "{} of {key} at {date}: {value}, not {wanted}", feature.name);
            }
        }
    }

    #[test]
    fn rows_after_the_last_cut_might_as_well_not_be_there(asked in asked()) {
        let question = with(asked.question(), json!({"currency": "EUR"}));
        let last = *asked.dates().last().unwrap();
        let known = asked.world.filtered(|event| asked.is_known(event, last));
        // Whether a name occurs at all is said of the whole lake.
        let table = |world: &World| {
            let mut reply = reply(world, &question);
            if let Ok((answer, _)) = &mut reply {
                answer["warnings"] = Value::Null;
            }
            reply
        };
        prop_assert_eq!(table(&asked.world), table(&known));
    }

    #[test]
    fn summaries_are_of_the_rows_and_cells_list_them(asked in asked(), pick in any::<prop::sample::Index>()) {
        let question = with(asked.question(), json!({"currency": "EUR"}));
        let found = answer(&asked.world, &question);
        let cut = found.cuts.last().unwrap().date.clone();
        let at = pick.index(found.features.len());
        let feature = &found.features[at];
        let own: Vec<&Value> = found.rows.iter().filter(|row| row.cut == cut).map(|row| &row.values[at]).collect();
        let summary = feature.summaries.last().unwrap();
        let n_missing = own.iter().filter(|value| value.is_null()).count();
        prop_assert_eq!((summary.missing as usize, summary.present as usize), (n_missing, own.len() - n_missing));
        let listed = |cell: Value| reply(&asked.world, &with(question.clone(), json!({"cell": cell}))).unwrap().1.len();
        prop_assert_eq!(listed(json!({"feature": feature.name, "missing": true})), n_missing);
        if let Some(median) = summary.median {
            let n_below = listed(json!({"feature": feature.name, "below": median}));
            let n_others = listed(json!({"feature": feature.name, "at_least": median}));
            prop_assert_eq!(n_below + n_others, summary.present as usize);
        }
        for level in &summary.levels {
            prop_assert_eq!(listed(json!({"feature": feature.name, "value": level.value})), level.customers as usize);
        }
    }
}
