//! Random questions that suit a random world: every option with every other.

use perennial_testkit::{Scene, World, scenes, worlds};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

/// Conditions of every kind: on names, on an order's sums, on lines, on what is not there.
fn filters() -> impl Strategy<Value = Value> {
    let wide = vec![
        json!({"event": "*"}),
        json!({"event": "*"}),
        json!({"event": "order"}),
        json!({"event": ["order", "purchase"]}),
        json!({"event": "order", "where": {"field": "amount", "op": ">", "value": 0}}),
        json!({"event": "*", "where": {"field": "amount", "op": "<=", "value": 12.505}}),
        json!({"event": "*", "where": {"field": "item", "op": "is_not_set"}}),
        json!({"event": "order", "where": {"field": "properties.plan", "op": "!=", "value": "free"}}),
    ];
    let narrow = vec![
        json!({"event": "view"}),
        json!({"event": "signup"}),
        json!({"event": "refund"}),
        json!({"event": "oder"}),
        json!({"event": "*", "where": {"field": "plan", "op": "=", "value": "pro"}}),
        json!({"event": "*", "where": {"field": "score", "op": ">=", "value": 2}}),
        json!({"event": "order", "where": {"field": "currency", "op": "=", "value": "EUR"}}),
        json!({"event": "order", "where": {"not": {"field": "currency", "op": "=", "value": "EUR"}}}),
        json!({"event": ["order", "view"], "where": {"field": "item", "op": "in", "value": ["tea", "pot"]}}),
        json!({"event": "order", "where": {"any": [
            {"field": "amount", "op": ">=", "value": 20},
            {"all": [{"field": "item", "op": "=", "value": "tea"}, {"field": "quantity", "op": ">", "value": 0}]}
        ]}}),
        json!({"event": "order", "where": {"not": {"all": [
            {"field": "amount", "op": ">", "value": 0}, {"field": "item", "op": "not_in", "value": ["cup"]}
        ]}}}),
    ];
    prop_oneof![3 => select(wide), 2 => select(narrow)]
}

fn counts() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => Just(json!("on")),
        1 => Just(json!("on_or_after")),
        1 => Just(json!("on_or_before")),
        1 => Just(json!("streak")),
        1 => (1..4_u32, 0..3_u32).prop_map(|(at_least, more)| json!({"at_least": at_least, "of": at_least + more})),
    ]
}

/// Periods that suit the length of a scene.
fn periods(scene: Scene) -> impl Strategy<Value = Value> {
    let units = match scene.n_days {
        0..=6 => vec!["hour", "hour", "day", "day", "day", "week"],
        7..=20 => vec!["day", "day", "week", "month"],
        21..=70 => vec!["day", "week", "week", "month", "quarter"],
        71..=400 => vec!["week", "month", "month", "quarter", "year"],
        _ => vec!["month", "quarter", "quarter", "year"],
    };
    let brackets = (proptest::collection::vec(1..4_u32, 1..4), select(units.clone()))
        .prop_map(|(brackets, unit)| json!({"brackets": brackets, "unit": unit}));
    prop_oneof![
        5 => select(units).prop_map(|unit| json!(unit)),
        2 => brackets,
        1 => Just(json!("purchase_cycle")),
    ]
}

fn minimums() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => Just(json!({})),
        1 => Just(json!({"occurrences": 2})),
        1 => Just(json!({"days": 2})),
        1 => Just(json!({"amount": "10.00"})),
        1 => Just(json!({"occurrences": 2, "days": 2, "amount": -5})),
    ]
}

fn values() -> impl Strategy<Value = Value> {
    let of = select(vec!["customers", "events", "amount", "quantity", "properties.score"]);
    let aggregate = select(vec![
        json!("sum"),
        json!("mean"),
        json!("median"),
        json!({"percentile": 0.9}),
        json!({"percentile": 0.0}),
    ]);
    let value = (of, aggregate, select(vec!["cohort", "returner"]))
        .prop_map(|(of, aggregate, per)| json!({"of": of, "aggregate": aggregate, "per": per}));
    prop_oneof![2 => Just(Value::Null), 3 => value]
}

fn breakdowns() -> impl Strategy<Value = Value> {
    let field = select(vec!["item", "properties.plan", "event", "currency", "order_id"]);
    let one = (field, select(vec!["start", "start", "return", "current"]))
        .prop_map(|(field, at)| json!({"field": field, "at": at}));
    prop_oneof![
        1 => Just(json!([])),
        1 => proptest::collection::vec(one, 1..3).prop_map(|all| json!(all)),
    ]
}

/// An instant of a scene, or after it: at midnight, at a moment, right at an event or next to it.
fn ends(scene: Scene, world: &World) -> impl Strategy<Value = String> + use<> {
    let events: Vec<i64> = world.events.iter().map(|event| event.ts).collect();
    let n_days = scene.n_days;
    let anywhere = (n_days / 2..n_days * 3 + 5, select(vec![0_i64, 0, 1, 3_600_000_000]))
        .prop_map(move |(day, offset)| scene.midnight(day) + offset);
    let at_event = any::<Index>().prop_map(move |index| match events.as_slice() {
        [] => scene.midnight(1),
        events => *index.get(events) + i64::from(index.index(2) == 0),
    });
    prop_oneof![4 => anywhere, 1 => at_event]
        .prop_map(|ts| jiff::Timestamp::from_microsecond(ts).expect("an instant").to_string())
}

/// Any question of a world.
pub fn questions(scene: Scene, world: &World) -> impl Strategy<Value = Value> + use<> {
    let day = move |n: i32| (scene.date + jiff::Span::new().days(n)).to_string();
    let from = proptest::option::weighted(0.4, -1..scene.n_days.min(30) / 2 + 1);
    let range =
        (from, proptest::option::weighted(0.4, 0..scene.n_days)).prop_map(move |(from, more)| {
            (from.map(day), more.map(|more| day(from.unwrap_or(0) + more)))
        });
    let zones = prop_oneof![3 => Just(scene.zone), 1 => Just("UTC"), 1 => Just("America/New_York")];
    let weekdays =
        select(vec!["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]);
    let rows = match scene.n_days {
        0..=6 => vec!["hour", "day", "week"],
        7..=70 => vec!["day", "week", "month"],
        _ => vec!["week", "month", "quarter", "year"],
    };
    let rows = prop_oneof![4 => Just(Value::Null), 1 => select(rows).prop_map(|unit| json!(unit))];
    let who = (
        select(vec!["every_period", "first_in_range", "first_matching", "first_ever"]),
        filters(),
        filters(),
        select(vec!["everyone", "everyone", "everyone", "buyers", "net_buyers"]),
    );
    let when = (
        select(vec!["calendar", "calendar", "rolling"]),
        periods(scene),
        rows,
        prop_oneof![1 => 1..3_u32, 4 => 3..14_u32],
        range,
        ends(scene, world),
        (zones, weekdays, 1..13_u8),
    );
    let what = (
        counts(),
        minimums(),
        values(),
        select(vec!["cohort", "cohort", "previous", "absolute"]),
        select(vec!["show", "show", "hide", "eligible"]),
        (breakdowns(), select(vec![0_usize, 1, 2, 10])),
        (
            select(vec!["pooled", "pooled", "simple", "mixpanel"]),
            select(vec!["auto", "auto", "none"]),
        ),
    );
    (who, when, what).prop_map(|(who, when, what)| {
        let (enter, start, return_, population) = who;
        let (window, period, rows, periods, (from, to), as_of, (zone, week_start, fiscal)) = when;
        let (count, min, value, share, incomplete, (breakdown, top), (kind, interval)) = what;
        json!({
            "enter": enter, "start": start, "return": return_, "population": population,
            "window": window, "period": period, "rows": rows, "periods": periods,
            "from": from, "to": to, "as_of": as_of,
            "zone": zone, "week_start": week_start, "fiscal_year_start": fiscal,
            "count": count, "min": min, "value": value, "share": share, "incomplete": incomplete,
            "breakdown": breakdown, "top": top, "mean": {"kind": kind, "interval": interval}
        })
    })
}

/// A world with a question and two cells to look behind.
pub fn cases() -> impl Strategy<Value = (World, Value, [Index; 2])> {
    let worlds = scenes().prop_flat_map(|scene| (Just(scene), worlds(scene)));
    worlds.prop_flat_map(|(scene, world)| {
        let question = questions(scene, &world);
        (Just(world), question, any::<[Index; 2]>())
    })
}

/// A world with several questions.
pub fn shared_cases() -> impl Strategy<Value = (World, [Value; 3])> {
    let worlds = scenes().prop_flat_map(|scene| (Just(scene), worlds(scene)));
    worlds.prop_flat_map(|(scene, world)| {
        let question = || questions(scene, &world);
        let asked = [question(), question(), question()];
        (Just(world), asked)
    })
}

/// A world without order ids and a question that needs nothing but the rows as they come.
pub fn plain_cases() -> impl Strategy<Value = (World, Value, [Index; 2])> {
    cases().prop_map(|(mut world, mut question, picks)| {
        for event in &mut world.events {
            event.order_id = None;
        }
        question["population"] = json!("everyone");
        question["min"] = json!({});
        question["value"] = Value::Null;
        question["breakdown"] = json!([]);
        if question["enter"] == "every_period" {
            question["enter"] = json!("first_in_range");
        }
        if question["period"] == "purchase_cycle" {
            question["period"] = json!("week");
        }
        (world, question, picks)
    })
}

/// So many random cases, or as many as `PROPTEST_CASES` says.
pub fn config(n_cases: u32) -> ProptestConfig {
    let said = std::env::var("PROPTEST_CASES").ok().and_then(|said| said.parse().ok());
    ProptestConfig {
        cases: said.unwrap_or(n_cases),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}
