//! The truth table of ClickHouse's `windowFunnel`, test 00632_aggregation_window_funnel: the same
//! rows, the same questions, the same levels. `strict_order` is `order: strict, entry: first`, and
//! an event may stand for several steps unless `strict_once`.
//!
//! Not taken over: `strict_order` ends at an event that fits the next step and another one as well
//! (the four-step checkout, 1 there, 4 here).

use super::*;

/// Levels of every customer, by name.
fn levels(rows: &str, window: i64, steps: Value, options: Value) -> String {
    let mut text = String::new();
    for row in rows.split(' ') {
        let [customer, second, event] = row.split(':').collect::<Vec<_>>()[..] else {
            panic!("{row}")
        };
        let second: i64 = second.parse().unwrap();
        let ts = jiff::Timestamp::from_second(1_500_000_000 + second).unwrap();
        text += &format!("{customer} {ts} e{event} number={event}\n");
    }
    let world = world(&text);
    let mut question = json!({"steps": steps, "within": {"minutes": window as f64 / 60.0}, "once": false,
        "as_of": "2030-01-01T00:00:00Z"});
    for (field, value) in options.as_object().unwrap() {
        question[field] = value.clone();
    }
    let n = question["steps"].as_array().unwrap().len();
    let mut found = vec![0; world.names.len()];
    for step in 1..=n {
        for name in members(&world, &question, json!({"step": step, "set": "reached"})).split(' ') {
            if let Some(position) = world.names.iter().position(|known| known == name) {
                found[position] = step;
            }
        }
    }
    let found = world.names.iter().zip(found).map(|(name, level)| format!("{name}={level}"));
    found.collect::<Vec<_>>().join(" ")
}

/// Events by name.
fn named(names: &[&str]) -> Value {
    names.iter().map(|name| json!({"event": format!("e{name}")})).collect::<Vec<_>>().into()
}

const RISING: &str =
    "u:0:1000 u:1:1001 u:2:1002 u:3:1003 u:4:1004 u:5:1005 u:6:1006 u:7:1007 u:8:1008";

#[test]
fn chains_within_the_window_match_clickhouse() {
    let run = ["1003", "1004", "1005", "1006", "1007"];
    for (window, names, level) in [
        (10_000, &["1000", "1001"][..], 2),
        (10_000, &["1000", "1001", "1002"], 3),
        (10_000, &["1000", "1001", "1002", "1008"], 4),
        (2, &run, 3),
        (3, &run, 4),
        (4, &run, 5),
        (10_000, &["1001", "1008"], 2),
        (10_000, &["1008", "1001"], 1),
    ] {
        assert_eq!(
            levels(RISING, window, named(names), json!({})),
            format!("u={level}"),
            "{window} {names:?}"
        );
    }
    let number = |op: &str, value: i64| json!({"event": "*", "where": {"field": "number", "op": op, "value": value}});
    let ranges =
        json!([number("<=", 1007), number(">=", 1002), number("<=", 1006), number(">=", 1004)]);
    assert_eq!(levels(RISING, 4, ranges, json!({})), "u=4");
}

#[test]
fn ties_and_one_event_for_several_steps_match_clickhouse() {
    let ties = "u:0:1000 u:1:1001 u:1:1002 u:1:1003 u:2:1004";
    let all = named(&["1000", "1001", "1002", "1003", "1004"]);
    let thrice = named(&["1004", "1004", "1004"]);
    let increase = json!({"strict_increase": true});
    assert_eq!(levels(ties, 10_000, all.clone(), json!({})), "u=5");
    assert_eq!(levels(ties, 10_000, all, increase.clone()), "u=2");
    assert_eq!(levels(ties, 10_000, thrice.clone(), json!({})), "u=3");
    assert_eq!(levels(ties, 10_000, thrice.clone(), increase), "u=1");
    assert_eq!(levels(ties, 10_000, thrice, json!({"once": true})), "u=1");
}

#[test]
fn one_event_for_one_step_matches_clickhouse() {
    let rows =
        "u123:180:f u123:220:f u123:250:s u234:100:f u234:250:f u345:200:s u345:210:f u345:230:s";
    let steps = named(&["f", "f", "s"]);
    for options in [
        json!({"once": true}),
        json!({"once": true, "strict_increase": true}),
        json!({"once": true, "strict_deduplication": true}),
    ] {
        assert_eq!(levels(rows, 200, steps.clone(), options), "u123=3 u234=2 u345=1");
    }
}

#[test]
fn repetitions_match_clickhouse() {
    let dedup = json!({"strict_deduplication": true});
    let steps = named(&["a", "b", "c", "d"]);
    assert_eq!(levels("u:1:a u:2:b u:3:c u:4:b u:5:d", 86_400, steps, dedup.clone()), "u=3");
    let twice = "u:0:1000 u:10:1001 u:20:1002 u:30:1003 u:40:1004 u:50:1005 u:51:1005 u:60:1006";
    let steps = named(&["1000", "1001", "1002", "1003", "1004", "1005", "1006"]);
    assert_eq!(levels(twice, 10_000, steps.clone(), dedup), "u=6");
    assert_eq!(levels(twice, 10_000, steps, json!({})), "u=7");
}

#[test]
fn strict_order_matches_clickhouse() {
    let rows = "u1:1:a u1:2:b u1:3:c u2:1:a u2:2:d u2:3:b u2:4:c \
        u3:1:a u3:2:a u3:3:b u3:4:b u3:5:c u3:6:c \
        u4:1:a u4:2:a u4:3:a u4:4:a u4:5:b u4:6:b u4:7:c u4:8:c \
        u5:1:a u5:2:a u5:3:b u5:4:b u5:5:d u5:6:c u5:7:c \
        u6:1:c u6:2:c u6:3:b u6:4:b u6:5:a u6:6:a u7:1:a u7:2:c u7:3:b";
    let rows = rows.split_whitespace().collect::<Vec<_>>().join(" ");
    let steps = named(&["a", "b", "c"]);
    let strict = json!({"order": "strict", "entry": "first"});
    let deduplicated = json!({"order": "strict", "entry": "first", "strict_deduplication": true});
    assert_eq!(
        levels(&rows, 86_400, steps.clone(), json!({})),
        "u1=3 u2=3 u3=3 u4=3 u5=3 u6=1 u7=2"
    );
    assert_eq!(levels(&rows, 86_400, steps.clone(), strict), "u1=3 u2=1 u3=3 u4=3 u5=2 u6=1 u7=1");
    assert_eq!(levels(&rows, 86_400, steps, deduplicated), "u1=3 u2=1 u3=2 u4=2 u5=2 u6=1 u7=1");
}

#[test]
fn reentry_matches_clickhouse() {
    let rows = "u1:1:a u1:2:b u1:3:a u1:4:c u2:1:a u2:2:b u2:3:a u2:4:b u2:5:c \
        u3:1:a u3:2:b u3:3:c u3:4:b u3:5:d u4:1:a u4:2:c u4:3:b \
        u5:1:a u5:2:b u5:3:c u5:4:a u5:5:b u5:6:c u5:7:d";
    let rows = rows.split_whitespace().collect::<Vec<_>>().join(" ");
    let (three, four) = (named(&["a", "b", "c"]), named(&["a", "b", "c", "d"]));
    let strict = json!({"order": "strict", "entry": "first"});
    let reentry = json!({"order": "strict", "entry": "first", "reentry": true});
    assert_eq!(levels(&rows, 86_400, three.clone(), strict.clone()), "u1=2 u2=2 u3=3 u4=1 u5=3");
    assert_eq!(levels(&rows, 86_400, three, reentry.clone()), "u1=3 u2=3 u3=3 u4=1 u5=3");
    assert_eq!(levels(&rows, 86_400, four.clone(), strict.clone()), "u1=2 u2=2 u3=4 u4=1 u5=3");
    assert_eq!(levels(&rows, 86_400, four, reentry.clone()), "u1=3 u2=3 u3=4 u4=1 u5=4");
    let checkout = "u1:100:begin u1:200:view u1:300:begin u1:400:pay \
        u2:100:begin u2:200:view u2:250:view u2:300:begin u2:400:pay u3:100:begin u3:200:view u3:300:pay";
    let checkout = checkout.split_whitespace().collect::<Vec<_>>().join(" ");
    let steps = named(&["begin", "view", "pay"]);
    assert_eq!(levels(&checkout, 600, steps.clone(), strict), "u1=2 u2=2 u3=3");
    assert_eq!(levels(&checkout, 600, steps, reentry), "u1=3 u2=3 u3=3");
}

#[test]
fn the_best_of_several_strict_entries_counts() {
    let rows = "u:1:a u:2:d u:3:a u:4:b u:5:c v:1:a v:2:b v:20:a v:21:b v:22:c";
    let steps = named(&["a", "b", "c"]);
    assert_eq!(levels(rows, 10, steps.clone(), json!({"order": "strict"})), "u=3 v=3");
    assert_eq!(levels(rows, 10, steps, json!({"order": "strict", "entry": "first"})), "u=1 v=2");
}

#[test]
fn in_any_order_the_window_after_each_event_counts() {
    let rows = "u:1:c u:2:a u:3:b v:1:a v:5:b v:20:c w:1:a w:2:a";
    let steps = named(&["a", "b", "c"]);
    assert_eq!(levels(rows, 10, steps, json!({"order": "any"})), "u=3 v=2 w=1");
    let twice = named(&["a", "a"]);
    assert_eq!(
        levels("u:1:a v:1:a v:2:a", 10, twice.clone(), json!({"order": "any", "once": true})),
        "u=1 v=2"
    );
    assert_eq!(levels("u:1:a", 10, twice, json!({"order": "any"})), "u=2");
    // The first event has to leave one step to the second, which can only take the other.
    let overlapping = json!([{"event": "*"}, {"event": "ea"}]);
    assert_eq!(
        levels("u:1:a u:2:b", 10, overlapping, json!({"order": "any", "once": true})),
        "u=2"
    );
}
