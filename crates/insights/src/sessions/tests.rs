//! Small worlds whose sessions can be told by hand, and random ones against the definition.

use std::collections::{BTreeMap, BTreeSet};

use perennial_testkit::{
    Event, Layout, World, block_on, in_every_layout, scenes, session, world, worlds,
};
use perennial_types::key::CustomerKey;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::SessionsAnswer;
use crate::ask::ask;
use crate::durations::quantile;
use crate::insight::{AskError, Insight};

/// The answer and the customers behind its cell, or why there is none; whatever the layout.
fn reply(world: &World, question: &Value) -> Result<(Value, Vec<CustomerKey>), String> {
    in_every_layout(world, |source| match block_on(ask(&session(), source, "sessions", question)) {
        Ok(reply) => Ok((reply.answer.into_tree(), reply.customers.unwrap_or_default())),
        Err(AskError::Refused(refusal)) => Err(format!("{}: {refusal}", refusal.code)),
        Err(other) => Err(other.to_string()),
    })
}

fn answer(world: &World, question: &Value) -> SessionsAnswer {
    let (json, _) = reply(world, question).unwrap_or_else(|error| panic!("{question}: {error}"));
    let answer: SessionsAnswer = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&answer).unwrap(), json, "JSON there and back");
    answer
}

fn members(world: &World, question: &Value, cell: Value) -> String {
    let mut question = question.clone();
    question["cell"] = cell;
    let (answer, keys) = reply(world, &question).unwrap();
    assert_eq!(answer["customers"]["total"], json!(keys.len()));
    keys.iter().map(|key| world.name_of(key.0)).collect::<Vec<_>>().join(" ")
}

fn app() -> World {
    world(
        "anna 2024-01-01T10:00 view
         anna 2024-01-01T10:10 search
         anna 2024-01-01T10:39:59 view
         anna 2024-01-05T10:00 view
         bert 2024-01-01T10:00 view
         bert 2024-01-01T10:30 view
         carl 2024-01-01T10:00 search
         carl 2024-02-01T10:00 order order=A amount=1 currency=EUR
         carl 2024-02-01T10:05 order order=A amount=1 currency=EUR
         dora 2024-02-29T23:50 view",
    )
}

fn whole() -> Value {
    json!({"as_of": "2024-03-01T00:00:00Z"})
}

#[test]
fn a_trend_counts_sessions_by_the_period_they_begin_in() {
    let mut question = whole();
    question["as_of"] = json!("2024-02-29T23:59:00Z");
    assert_eq!(answer(&app(), &question).trend, []);
    question["period"] = json!("month");
    let found = answer(&app(), &question);
    let rows: Vec<String> = found
        .trend
        .iter()
        .map(|row| {
            let (sessions, customers, open) = (row.sessions, row.customers, row.open);
            format!("{} {sessions} {customers} {open} {} {}", row.start, row.bounces, row.complete)
        })
        .collect();
    // Anna's gap of 29 minutes is within a session, Bert's of 30 ends one; Dora's goes on.
    assert_eq!(rows, ["2024-01-01 5 3 0 4 true", "2024-02-01 2 2 1 1 false"]);
    assert_eq!(found.trend[0].bounce_share, Some(0.8));
    assert_eq!(found.trend.iter().map(|row| row.sessions).sum::<u64>(), found.overall.sessions);
}

#[test]
fn a_silence_of_the_gap_itself_ends_a_session() {
    let found = answer(&app(), &whole());
    let all = &found.overall;
    assert_eq!(
        (all.sessions, all.customers, all.open),
        (7, 4, 1),
        "bert's half hour is two sessions"
    );
    assert_eq!((all.bounces, all.bounced_customers, all.bounce_share), (5, 3, Some(5.0 / 6.0)));
    assert_eq!((all.mean_per_customer, all.median_per_customer), (Some(1.75), Some(2.0)));
    assert_eq!(
        (all.length.n, all.length.median_seconds, all.length.p90_seconds),
        (6, Some(0.0), Some(1199.5))
    );
    assert_eq!(
        (all.mean_depth, all.median_depth),
        (Some(8.0 / 6.0), Some(1.0)),
        "an order is one event"
    );
    assert!(!all.complete, "dora's session may go on");
    let entries: Vec<_> = found
        .entries
        .iter()
        .map(|row| (row.node.as_deref(), row.sessions, row.customers, row.bounces))
        .collect();
    assert_eq!(
        entries,
        [
            (Some("view"), 5, Some(3), 3),
            (Some("order"), 1, Some(1), 1),
            (Some("search"), 1, Some(1), 1)
        ]
    );
    let exits: Vec<_> =
        found.exits.iter().map(|row| (row.node.as_deref(), row.sessions, row.customers)).collect();
    assert_eq!(
        exits,
        [(Some("view"), 4, Some(2)), (Some("order"), 1, Some(1)), (Some("search"), 1, Some(1))]
    );
    let per: Vec<_> = found.per_customer.iter().map(|row| (row.sessions, row.customers)).collect();
    assert_eq!(per, [(1, 1), (2, 3)]);
    for (cell, who) in [
        (json!({"entry": "view"}), "anna bert dora"),
        (json!({"exit": "view"}), "anna bert"),
        (json!({"sessions": 2}), "anna bert carl"),
        (json!({"bounced": true}), "anna bert carl"),
        (json!({"did": "search"}), "anna carl"),
        (json!({"did_and_returned": "search"}), "anna"),
    ] {
        assert_eq!(members(&app(), &whole(), cell.clone()), who, "{cell}");
    }
}

#[test]
fn what_was_met_first_is_weighed_against_coming_back() {
    let found = answer(&app(), &whole()).first_sessions;
    // Carl came back after 31 days, Dora's month is not over.
    assert_eq!((found.customers, found.returned, found.undecided), (3, 1, 1));
    let search = found.behaviours.iter().find(|one| one.node == "search").unwrap();
    assert_eq!((search.customers, search.returned, search.share), (2, 1, Some(0.5)));
    assert_eq!(
        (search.support, search.lift, search.share_without),
        (Some(2.0 / 3.0), Some(1.5), Some(0.0))
    );
    let (p, test) = crate::significance::two_shares(1, 2, 0, 1).unwrap();
    assert_eq!((search.p, search.test), (Some(p), Some(test)));
    let mut longer = whole();
    longer["retained"] = json!({"return": {"event": "order"}, "within": {"days": 32}});
    let found = answer(&app(), &longer).first_sessions;
    assert_eq!((found.returned, found.share), (1, Some(1.0 / 3.0)), "only carl ordered");
    let mut late = whole();
    late["from"] = json!("2024-01-02");
    let found = answer(&app(), &late);
    assert_eq!(
        (found.overall.sessions, found.first_sessions.customers),
        (3, 0),
        "their first ones are before"
    );
}

#[test]
fn many_behaviours_are_corrected_together() {
    let mut text = String::new();
    for n in 0..80 {
        let what = if n % 2 == 0 { "search" } else { "read" };
        text += &format!("c{n} 2024-01-01T10:00 view\nc{n} 2024-01-01T10:01 {what}\n");
        if n % 4 == 0 && n % 40 != 0 || n == 1 {
            text += &format!("c{n} 2024-01-10 view\n");
        }
    }
    let mut question = whole();
    question["top"] = json!(2);
    let found = answer(&world(&text), &question);
    let first = &found.first_sessions;
    assert_eq!(first.behaviours.len(), 2);
    assert_eq!(first.behaviours[0].p, None, "everybody viewed: there is nobody to compare with");
    let read = &first.behaviours[1];
    let (p, _) = crate::significance::two_shares(1, 40, 18, 40).unwrap();
    assert_eq!(
        (read.node.as_str(), read.p, read.p_corrected),
        ("read", Some(p), Some(p)),
        "two tests of one p"
    );
    question["top"] = json!(1);
    let found = answer(&world(&text), &question);
    assert_eq!(found.exits.iter().map(|row| row.node.is_none()).collect::<Vec<_>>(), [false, true]);
    assert_eq!(found.exits.iter().map(|row| row.sessions).sum::<u64>(), found.overall.sessions);
}

#[test]
fn an_empty_world_has_no_session_and_unknown_names_are_looked_up() {
    let nothing = answer(&World::default(), &whole());
    assert_eq!((nothing.overall.sessions, nothing.overall.bounce_share), (0, None));
    let mut question = whole();
    question["retained"] = json!({"return": {"event": "serch"}});
    assert_eq!(answer(&app(), &question).warnings[0].nearest, ["search"]);
}

#[test]
fn what_is_no_question_is_named() {
    let with = |field: &str, value: Value| {
        let mut question = whole();
        question[field] = value;
        reply(&app(), &question).unwrap_err()
    };
    assert!(with("session", json!({"gap_minutes": -5})).contains("gap_minutes"));
    assert!(
        with("retained", json!({"after": {"days": 3}, "within": {"days": 3}}))
            .contains("not before")
    );
    assert!(with("retained", json!({"within": {"days": 0}})).contains("no length"));
    let swapped =
        json!({"as_of": "2024-03-01T00:00:00Z", "from": "2024-02-02", "to": "2024-02-01"});
    assert!(reply(&app(), &swapped).unwrap_err().contains("is after"));
    assert!(with("colour", json!(1)).contains("colour"));
}

#[test]
fn the_sample_is_answered_and_drawn() {
    let mut question = super::Sessions.sample();
    question["as_of"] = json!("2024-03-01T00:00:00Z");
    let source = app().source(Layout::ONE);
    let reply = block_on(ask(&session(), &source, "sessions", &question)).unwrap();
    let shown = super::Sessions.present(&reply.answer.into_tree()).unwrap();
    for table in &shown.tables {
        assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", table.name);
    }
    assert_eq!(shown.pictures.len(), 1);
}

/// Sessions of one customer's events, in plain lines.
fn sessions_of<'a>(events: &[&'a Event], gap: i64) -> Vec<Vec<&'a Event>> {
    let mut seen = BTreeSet::new();
    let mut sessions: Vec<Vec<&Event>> = Vec::new();
    for event in events {
        if event.order_id.is_some() && !seen.insert((&event.event, &event.order_id)) {
            continue;
        }
        match sessions.last_mut().filter(|known| event.ts - known.last().unwrap().ts < gap) {
            Some(known) => known.push(event),
            None => sessions.push(vec![event]),
        }
    }
    sessions
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn every_number_is_that_of_the_definition(
        (scene, world) in scenes().prop_flat_map(|scene| (Just(scene), worlds(scene))),
        gap in select(vec![1_i64, 30, 1440, 50_000]),
        days in (1_i64..20, 1_i64..200),
        known in 0..1200_i32,
        range in proptest::option::of((0..400_i32, 0..400_i32)),
    ) {
        let as_of = scene.midnight(known % (scene.n_days + 2));
        let (after, within) = (days.0, days.0 + days.1);
        let range = range.map(|(left, right)| {
            let (left, right) = (left % scene.n_days, right % scene.n_days);
            (left.min(right), left.max(right))
        });
        let mut question = json!({
            "session": {"gap_minutes": gap}, "zone": scene.zone, "top": 100,
            "retained": {"return": {"event": ["order", "view"]}, "after": {"days": after}, "within": {"days": within}},
            "as_of": jiff::Timestamp::from_microsecond(as_of).unwrap().to_string(),
        });
        let (mut from, mut to) = (i64::MIN, i64::MAX);
        if let Some((first, last)) = range {
            let date = |day: i32| (scene.date + jiff::Span::new().days(day)).to_string();
            question["from"] = json!(date(first));
            question["to"] = json!(date(last));
            (from, to) = (scene.midnight(first), scene.midnight(last + 1));
        }
        let found = answer(&world, &question);
        let sorted = world.sorted();
        let events: Vec<&Event> = sorted.iter().filter(|event| event.ts < as_of).collect();
        let (mut n, mut open, mut bounces, mut lengths, mut customers) = (0, 0, 0, Vec::new(), 0);
        let mut did: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        let (mut firsts, mut returned, mut undecided) = (0, 0, 0);
        for rows in events.chunk_by(|left, right| left.customer == right.customer) {
            let sessions = sessions_of(rows, gap * 60_000_000);
            let last = sessions.last().unwrap().last().unwrap().ts;
            let counted: Vec<_> = sessions.iter().enumerate()
                .filter(|(_, session)| (from..to).contains(&session[0].ts)).collect();
            customers += u64::from(!counted.is_empty());
            for (index, session) in &counted {
                n += 1;
                if *index + 1 == sessions.len() && last + gap * 60_000_000 > as_of {
                    open += 1;
                    continue;
                }
                lengths.push((session.last().unwrap().ts - session[0].ts) / 1_000_000);
                bounces += u64::from(session.len() == 1);
            }
            if counted.first().is_some_and(|(index, _)| *index == 0) {
                let (began, ended) = (sessions[0][0].ts, sessions[0].last().unwrap().ts);
                if began + within * 86_400_000_000 > as_of {
                    undecided += 1;
                    continue;
                }
                let back = sessions.iter().flatten().any(|event| {
                    let since = event.ts - began;
                    (event.event == "order" || event.event == "view") && event.ts > ended
                        && since >= after * 86_400_000_000 && since < within * 86_400_000_000
                });
                firsts += 1;
                returned += u64::from(back);
                for name in sessions[0].iter().map(|event| event.event.clone()).collect::<BTreeSet<_>>() {
                    let row = did.entry(name).or_default();
                    row.0 += 1;
                    row.1 += u64::from(back);
                }
            }
        }
        lengths.sort_unstable();
        let all = &found.overall;
        prop_assert_eq!((all.sessions, all.customers, all.open, all.bounces), (n, customers, open, bounces));
        prop_assert_eq!(all.length.median_seconds, quantile(&lengths, 0.5));
        prop_assert_eq!(all.length.p90_seconds, quantile(&lengths, 0.9));
        prop_assert_eq!(found.entries.iter().map(|row| row.sessions).sum::<u64>(), n);
        prop_assert_eq!(found.exits.iter().map(|row| row.sessions).sum::<u64>(), n - open);
        let first = &found.first_sessions;
        prop_assert_eq!((first.customers, first.returned, first.undecided), (firsts, returned, undecided));
        let shown: BTreeMap<String, (u64, u64)> = first.behaviours.iter()
            .map(|one| (one.node.clone(), (one.customers, one.returned))).collect();
        prop_assert_eq!(shown, did);
        if let Some(row) = found.entries.first() {
            let mut question = question.clone();
            question["cell"] = json!({"entry": row.node});
            let (_, keys) = reply(&world, &question).unwrap();
            prop_assert_eq!(Some(keys.len() as u64), row.customers, "the list is as long as the number");
        }
    }
}
