//! The definition in plain lines: who is here, ranks, scores and bands counted one by one out of the
//! features of `customer_table`, against the answer.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use perennial_testkit::{World, scenes, worlds};
use perennial_types::calendar::Micros;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{ask_of, reply};
use crate::health::dimensions::{DIMENSIONS, Dimension, named};

/// A random question of a world.
#[derive(Clone, Debug)]
struct Asked {
    zone: &'static str,
    dates: Vec<Date>,
    dimensions: Vec<&'static str>,
    segment: bool,
    smallest: u32,
    each_date: bool,
    min_coverage: f64,
    leaves: bool,
    active_within_days: u32,
    looks: u32,
}

fn asked() -> impl Strategy<Value = (World, Asked)> {
    scenes().prop_flat_map(|scene| {
        let names: Vec<&'static str> = DIMENSIONS.iter().map(|one| one.name).collect();
        let question = (
            prop::collection::btree_set(0..=scene.n_days, 1..5),
            prop::sample::subsequence(names, 1..8),
            (any::<bool>(), 1..4_u32, any::<bool>(), 0.0..0.9_f64),
            (any::<bool>(), 1..60_u32, 1..3_u32),
        )
            .prop_map(
                move |(days, dimensions, (segment, smallest, each_date, min_coverage), rest)| {
                    let (leaves, active_within_days, looks) = rest;
                    let date = |day: i32| scene.date.saturating_add(i64::from(day).days());
                    Asked {
                        zone: scene.zone,
                        dates: days.into_iter().map(date).collect(),
                        dimensions,
                        segment,
                        smallest,
                        each_date,
                        min_coverage,
                        leaves,
                        active_within_days,
                        looks,
                    }
                },
            );
        (worlds(scene), question)
    })
}

impl Asked {
    fn question(&self) -> Value {
        let last = self.dates.last().unwrap();
        let as_of = end_of(*last, self.zone);
        let as_of = jiff::Timestamp::from_microsecond(as_of).unwrap();
        let mut question = json!({
            "as_of": as_of.to_string(), "zone": self.zone, "dates": self.dates, "warning": "none",
            "dimensions": self.dimensions, "smallest_segment": self.smallest, "limit": null,
            "ranked": if self.each_date { "each_date" } else { "first_date" }, "order": "customer",
            "min_coverage": self.min_coverage, "stays": {"event": "view"}, "currency": "EUR",
            "active_within_days": self.active_within_days,
            "bands": {"at_risk_below": 40, "healthy_from": 60, "margin": 3, "dates": self.looks},
        });
        if self.segment {
            question["segment"] = "plan".into();
        }
        if self.leaves {
            question["leaves"] =
                json!({"event": "view", "where": {"field": "plan", "op": "=", "value": "free"}});
        }
        question
    }
}

/// First instant after a civil date.
fn end_of(date: Date, zone: &str) -> Micros {
    let next = date.tomorrow().unwrap();
    let midnight = next.to_zoned(TimeZone::get(zone).unwrap()).unwrap();
    // A date that never was ends when the next one begins.
    midnight.timestamp().as_microsecond()
}

/// Whether a customer is here at a date.
fn is_here(world: &World, asked: &Asked, customer: i64, date: Date) -> bool {
    let first = date.saturating_sub((i64::from(asked.active_within_days) - 1).days());
    let since = end_of(first.yesterday().unwrap(), asked.zone);
    let until = end_of(date, asked.zone);
    let views = world.events.iter().filter(|one| one.customer == customer && one.event == "view");
    let views: Vec<_> = views.filter(|one| one.ts < until).collect();
    let last_stay = views.iter().map(|one| one.ts).max();
    let goes =
        views.iter().filter(|one| one.properties.get("plan").map(String::as_str) == Some("free"));
    let last_leave = goes.map(|one| one.ts).max().filter(|_| asked.leaves);
    last_stay.is_some_and(|ts| ts >= since && last_leave.is_none_or(|gone| ts > gone))
}

/// Features of every customer at every date, by name.
type Features = BTreeMap<(i64, Date), BTreeMap<String, Value>>;

fn features(world: &World, asked: &Asked) -> Option<Features> {
    let question = asked.question();
    let mut names: Vec<&str> = asked.dimensions.clone();
    names.extend(asked.dimensions.iter().filter_map(|name| Some(named(name)?.aging.as_ref()?.age)));
    names.push("last_channel");
    let table = json!({
        "as_of": question["as_of"], "zone": asked.zone, "cuts": asked.dates, "features": names,
        "channel": "plan", "limit": null, "currency": "EUR",
    });
    let (answer, customers) = ask_of(world, "customer_table", &table).ok()?;
    let names: Vec<&str> =
        answer["features"].as_array()?.iter().map(|one| one["name"].as_str().unwrap()).collect();
    let mut found = Features::new();
    for row in answer["rows"].as_array()? {
        let customer = customers[row["customer"].as_u64()? as usize].0;
        let date: Date = row["cut"].as_str()?.parse().unwrap();
        let values = row["values"].as_array()?.iter().cloned();
        found.insert(
            (customer, date),
            names.iter().map(|name| (*name).to_owned()).zip(values).collect(),
        );
    }
    Some(found)
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

/// The share with less, and half of those with as much.
fn rank(value: f64, among: &[f64]) -> f64 {
    let below = among.iter().filter(|one| **one < value).count() as f64;
    let equal = among.iter().filter(|one| **one == value).count() as f64;
    let exact = (below + equal / 2.0) / among.len() as f64;
    if equal > 0.0 {
        return exact;
    }
    // Between two values nobody of them has: on the line between their ranks.
    let lower = among.iter().copied().filter(|one| *one < value).reduce(f64::max);
    let upper = among.iter().copied().filter(|one| *one > value).reduce(f64::min);
    match (lower, upper) {
        (Some(lower), Some(upper)) => {
            let (from, to) = (rank(lower, among), rank(upper, among));
            from + (value - lower) / (upper - lower) * (to - from)
        }
        (None, _) => 0.0,
        (_, None) => 1.0,
    }
}

/// The oracle's score of a customer at a date, ranked among those of another.
fn score(
    asked: &Asked,
    features: &Features,
    at: (i64, Date),
    among: &[(i64, Date)],
) -> Option<f64> {
    let own = features.get(&at)?;
    let segment = |one: &(i64, Date)| features[one]["last_channel"].clone();
    let (mut sum, mut known, mut all) = (0.0, 0.0, 0.0);
    for name in &asked.dimensions {
        let dimension: &Dimension = named(name).unwrap();
        let values = |ones: Vec<&(i64, Date)>| -> Vec<f64> {
            ones.into_iter().filter_map(|one| number(&features[one][*name])).collect()
        };
        let everybody = values(among.iter().collect());
        if everybody.is_empty() {
            continue;
        }
        all += dimension.points;
        let Some(value) = number(&own[*name]) else { continue };
        let alike =
            values(among.iter().filter(|one| segment(one) == own["last_channel"]).collect());
        let has_segment = asked.segment && !own["last_channel"].is_null();
        let enough = alike.len() >= asked.smallest.max(1) as usize;
        let mut rank = rank(value, if has_segment && enough { &alike } else { &everybody });
        if dimension.direction == perennial_models::health::Direction::Less {
            rank = 1.0 - rank;
        }
        if let Some(aging) = &dimension.aging
            && let Some(age) = number(&own[aging.age])
        {
            rank = 0.5 + (rank - 0.5) * 0.5_f64.powf(age / aging.half_life_days);
        }
        sum += dimension.points * rank;
        known += dimension.points;
    }
    (known > 0.0 && known / all + 1e-9 >= asked.min_coverage).then(|| 100.0 * sum / known)
}

/// Where a band begins and how it is left, said anew.
fn band(before: Option<(&'static str, i32)>, score: f64, looks: u32) -> (&'static str, i32) {
    let plain = |score: f64, low: f64, high: f64| match score {
        score if score < low => "at_risk",
        score if score >= high => "healthy",
        _ => "watch",
    };
    let Some((band, leaning)) = before else { return (plain(score, 40.0, 60.0), 0) };
    let drawn = match band {
        "at_risk" => plain(score, 43.0, 60.0),
        "watch" => plain(score, 37.0, 63.0),
        _ => plain(score, 40.0, 57.0),
    };
    let order = |band: &str| ["at_risk", "watch", "healthy"].iter().position(|one| *one == band);
    let side = match order(drawn).cmp(&order(band)) {
        std::cmp::Ordering::Equal => return (band, 0),
        std::cmp::Ordering::Greater => 1,
        std::cmp::Ordering::Less => -1,
    };
    let leaning = if leaning.signum() == side { leaning + side } else { side };
    if leaning.unsigned_abs() >= looks { (drawn, 0) } else { (band, leaning) }
}

/// State and score of every customer who was here at some date, at every date.
fn expected(
    world: &World,
    asked: &Asked,
    features: &Features,
) -> BTreeMap<(i64, Date), (String, Option<f64>)> {
    let here = |date: Date| -> Vec<(i64, Date)> {
        let customers = 1..=world.names.len() as i64;
        customers.filter(|one| is_here(world, asked, *one, date)).map(|one| (one, date)).collect()
    };
    let most = asked.dates.iter().map(|date| here(*date).len()).max().unwrap();
    let enough = (asked.smallest as usize).min(most).max(1);
    let first =
        asked.dates.iter().find(|date| here(**date).len() >= enough).unwrap_or(&asked.dates[0]);
    let mut found = BTreeMap::new();
    for customer in 1..=world.names.len() as i64 {
        let mut standing = None;
        let mut last: Option<Option<f64>> = None;
        for date in &asked.dates {
            if !is_here(world, asked, customer, *date) {
                standing = None;
                if let Some(score) = last {
                    found.insert((customer, *date), ("left".to_owned(), score));
                }
                continue;
            }
            let among = if asked.each_date { here(*date) } else { here(*first) };
            let is_ranked = asked.each_date || date >= first;
            let score = score(asked, features, (customer, *date), &among).filter(|_| is_ranked);
            let state = match score {
                Some(score) => {
                    let next = band(standing, score, asked.looks);
                    standing = Some(next);
                    next.0
                }
                None => "unscored",
            };
            last = Some(score);
            found.insert((customer, *date), (state.to_owned(), score));
        }
    }
    found
}

proptest! {
    #[test]
    fn every_score_is_what_the_definition_says((world, asked) in asked()) {
        let question = asked.question();
        let Some(features) = features(&world, &asked) else { return Ok(()) };
        let expected = expected(&world, &asked, &features);
        let last = *asked.dates.last().unwrap();
        let (answer, customers) = match reply(&world, &question) {
            Ok(found) => found,
            // A zone may skip the last date altogether, and then it is not known yet.
            Err(error) => {
                prop_assert!(error.contains("after the known world ends"), "{}", error);
                return Ok(());
            }
        };
        let mut n_seen = 0;
        for row in answer["rows"].as_array().unwrap() {
            let customer = customers[row["customer"].as_u64().unwrap() as usize].0;
            let (state, score) = &expected[&(customer, last)];
            prop_assert_eq!(row["state"].as_str().unwrap(), state);
            let found = row["score"].as_f64();
            prop_assert_eq!(found.is_some(), score.is_some());
            if let (Some(found), Some(score)) = (found, score) {
                prop_assert!((found - score).abs() < 1e-4, "{customer}: {found} {score}");
            }
            n_seen += 1;
        }
        prop_assert_eq!(n_seen, expected.keys().filter(|(_, date)| *date == last).count());
        for date in answer["dates"].as_array().unwrap() {
            let day: Date = date["date"].as_str().unwrap().parse().unwrap();
            let of = |state: &str| {
                expected.iter().filter(|((_, one), (own, _))| *one == day && own == state).count() as u64
            };
            for state in ["healthy", "watch", "at_risk", "unscored", "left"] {
                prop_assert_eq!(date[state].as_u64().unwrap(), of(state), "{} {}", day, state);
                let mut cell = question.clone();
                cell["cell"] = json!({"date": day, "state": state});
                let (listed, members) = ask_of(&world, "health", &cell).unwrap();
                prop_assert_eq!(members.len() as u64, of(state));
                prop_assert_eq!(listed["total_rows"].as_u64().unwrap(), of(state));
            }
        }
    }
}

proptest! {
    /// What happens after the last date changes nothing that is said of it or of any before.
    #[test]
    fn what_comes_later_changes_nothing((world, asked) in asked()) {
        let last = end_of(*asked.dates.last().unwrap(), asked.zone);
        let later = jiff::Timestamp::from_microsecond(last + 40 * 86_400_000_000).unwrap();
        let mut question = asked.question();
        question["as_of"] = later.to_string().into();
        let known = world.filtered(|event| event.ts < last);
        let said = |world: &World| {
            let found = ask_of(world, "health", &question);
            found.map(|(answer, customers)| {
                let parts = ["dates", "rows", "dimensions", "segments", "migration"];
                (parts.map(|part| answer[part].clone()), customers)
            })
        };
        prop_assert_eq!(said(&world), said(&known));
    }
}
