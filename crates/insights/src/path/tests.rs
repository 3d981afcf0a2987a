//! Small worlds whose paths can be told by hand, PostHog's published ones, and random worlds
//! against the definition.

mod oracle;

use perennial_testkit::{Layout, World, block_on, in_every_layout, session, world};
use perennial_types::key::CustomerKey;
use serde_json::{Value, json};

use super::PathAnswer;
use crate::ask::ask;
use crate::insight::{AskError, Insight};
use crate::present::Picture;

/// The answer and the customers behind its cell, or why there is none; whatever the layout.
fn reply(world: &World, question: &Value) -> Result<(Value, Vec<CustomerKey>), String> {
    in_every_layout(world, |source| match block_on(ask(&session(), source, "path", question)) {
        Ok(reply) => Ok((reply.answer.into_tree(), reply.customers.unwrap_or_default())),
        Err(AskError::Refused(refusal)) => Err(format!("{}: {refusal}", refusal.code)),
        Err(other) => Err(other.to_string()),
    })
}

fn answer(world: &World, question: &Value) -> PathAnswer {
    let (json, _) = reply(world, question).unwrap_or_else(|error| panic!("{question}: {error}"));
    let answer: PathAnswer = serde_json::from_value(json.clone()).unwrap();
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

/// `1 from → to count`, one line per edge.
fn edges(answer: &PathAnswer) -> Vec<String> {
    let line =
        |row: &super::EdgeRow| format!("{} {} → {} {}", row.step, row.from, row.to, row.count);
    answer.edges.iter().map(line).collect()
}

/// `a b c count dropped open cut arrived`, one line per sequence.
fn sequences(answer: &PathAnswer) -> Vec<String> {
    let line = |row: &super::SequenceRow| {
        let numbers =
            [row.count, row.dropped, row.open, row.cut, row.arrived].map(|n| n.to_string());
        format!("{} {}", row.nodes.join(" "), numbers.join(" "))
    };
    answer.sequences.iter().map(line).collect()
}

fn pages() -> Value {
    json!({"node": {"by": "properties.page"}, "as_of": "2020-07-01T00:00:00Z"})
}

#[test]
fn paths_of_four_people_match_posthog_p1() {
    let site = world(
        "p1 2020-06-10T00:00 $pageview page=/
         p1 2020-06-10T00:07 $pageview page=/about
         p2 2020-06-10T00:00 $pageview page=/
         p2 2020-06-10T00:07 $pageview page=/pricing
         p2 2020-06-10T00:14 $pageview page=/about
         p3 2020-06-10T00:00 $pageview page=/pricing
         p3 2020-06-10T00:07 $pageview page=/
         p4 2020-06-10T00:00 $pageview page=/
         p4 2020-06-10T00:07 $pageview page=/pricing",
    );
    let found = answer(&site, &pages());
    let expected =
        ["1 / → /pricing 2", "1 / → /about 1", "1 /pricing → / 1", "2 /pricing → /about 1"];
    assert_eq!(edges(&found), expected);
    assert!(found.edges.iter().all(|edge| edge.time.unwrap().median_seconds == Some(420.0)));
    assert_eq!((found.overall.paths, found.overall.customers, found.overall.open), (4, 4, 0));
    let of = |cell: Value| members(&site, &pages(), cell);
    assert_eq!(of(json!({"step": 1, "node": "/"})), "p1 p2 p4");
    assert_eq!(of(json!({"step": 1, "node": "/", "next": "/pricing"})), "p2 p4");
    assert_eq!(of(json!({"step": 2, "node": "/pricing", "end": "dropped"})), "p4");
}

#[test]
fn two_days_are_two_sessions_as_in_posthog_p3() {
    let site = world(
        "p1 2020-06-10T00:00,2020-06-11T00:00 $pageview page=/
         p1 2020-06-10T00:05,2020-06-11T00:05 $pageview page=/about",
    );
    let mut question = pages();
    assert_eq!(edges(&answer(&site, &question)), ["1 / → /about 2"]);
    question["count"] = json!("customers");
    assert_eq!(edges(&answer(&site, &question)), ["1 / → /about 1"]);
    question["session"] = json!({"gap_minutes": 1500});
    question["count"] = json!("sessions");
    assert_eq!(
        edges(&answer(&site, &question)),
        ["1 / → /about 1", "2 /about → / 1", "3 / → /about 1"]
    );
}

fn shop() -> World {
    world(
        "anna 2020-06-10T10:00 view item=tea channel=ads
         anna 2020-06-10T10:01,2020-06-10T10:02 view item=cup channel=ads
         anna 2020-06-10T10:05 cart
         anna 2020-06-10T10:10 order order=A amount=5 currency=EUR
         anna 2020-06-10T10:11 order order=A amount=5 currency=EUR
         anna 2020-06-20T10:00 view item=tea
         anna 2020-06-20T10:10 order order=B amount=5 currency=EUR
         bert 2020-06-10T10:00 view item=tea
         bert 2020-06-10T10:29 cart
         carl 2020-06-30T23:50 view",
    )
}

fn whole() -> Value {
    json!({"as_of": "2020-07-01T00:00:00Z"})
}

#[test]
fn repeats_collapse_and_a_session_that_may_go_on_is_open() {
    let found = answer(&shop(), &whole());
    assert_eq!(
        sequences(&found),
        [
            "view 1 0 1 0 0",
            "view cart 1 1 0 0 0",
            "view cart order 1 1 0 0 0",
            "view order 1 1 0 0 0"
        ]
    );
    assert!(!found.overall.complete, "carl's session is not over");
    let mut every = whole();
    every["collapse"] = json!("none");
    every["steps"] = json!(3);
    assert_eq!(sequences(&answer(&shop(), &every))[1], "view view view 1 0 0 1 0", "cut at three");
}

#[test]
fn forward_backward_and_between() {
    let mut question = whole();
    question["start"] = json!({"event": "cart"});
    assert_eq!(sequences(&answer(&shop(), &question)), ["cart 1 1 0 0 0", "cart order 1 1 0 0 0"]);
    let mut question = whole();
    question["end"] = json!({"event": "order"});
    let back = answer(&shop(), &question);
    assert_eq!(sequences(&back), ["order view 1 1 0 0 0", "order cart view 1 1 0 0 0"]);
    question["start"] = json!({"event": "view"});
    let between = answer(&shop(), &question);
    assert_eq!(
        sequences(&between),
        [
            "view 1 0 1 0 0",
            "view cart 1 1 0 0 0",
            "view cart order 1 0 0 0 1",
            "view order 1 0 0 0 1"
        ]
    );
    let arrival = between.overall.arrival.unwrap();
    assert_eq!((arrival.n, arrival.median_seconds), (2, Some(600.0)));
    question["count"] = json!("paths");
    question["collapse"] = json!("none");
    assert_eq!(answer(&shop(), &question).overall.paths, 6, "one from every view");
    question["session"] = Value::Null;
    assert!(reply(&shop(), &question).unwrap_err().contains("`within`"));
    question["within"] = json!({"days": 30});
    assert_eq!(answer(&shop(), &question).overall.arrival.unwrap().n, 4);
}

#[test]
fn between_the_first_purchase_and_the_second() {
    let question = json!({"preset": "first_to_second_purchase", "as_of": "2020-07-01T00:00:00Z"});
    let found = answer(&shop(), &question);
    assert_eq!(sequences(&found), ["order view order 1 0 0 0 1"]);
    assert_eq!(found.overall.arrival.unwrap().median_seconds, Some(10.0 * 86400.0));
    // Her first purchase ever is before the range, so the second one is not taken for it.
    let mut later = question.clone();
    later["from"] = json!("2020-06-15");
    assert_eq!(answer(&shop(), &later).overall.paths, 0);
}

#[test]
fn nodes_by_stage_by_field_hidden_and_cleaned() {
    let mut question = whole();
    question["node"] =
        json!({"by": "stage", "stages": {"look": ["view", "cart"], "buy": ["order"]}});
    assert_eq!(edges(&answer(&shop(), &question)), ["1 look → buy 2"]);
    question["node"] = json!({"by": "stage"});
    assert_eq!(edges(&answer(&shop(), &question))[0], "1 1 awareness → 3 evaluation 2");
    question["node"] = json!({"by": "event", "hide": ["cart"]});
    assert_eq!(edges(&answer(&shop(), &question)), ["1 view → order 2"]);
    question["node"] = json!({"by": "item", "clean": [{"pattern": "^t.*", "replace": "T"}, {"pattern": "T|cup", "replace": "ware"}]});
    assert_eq!(sequences(&answer(&shop(), &question)), ["ware 3 3 0 0 0"]);
    question["node"] = json!({"by": "item", "clean": [{"pattern": "("}]});
    assert!(reply(&shop(), &question).unwrap_err().contains("no regular expression"));
    question["node"] = json!({"by": "stage", "stages": {"a": ["view"], "b": ["view"]}});
    assert!(reply(&shop(), &question).unwrap_err().contains("stages `a` and `b`"));
    question["node"] = json!({"by": "properties.channel"});
    assert_eq!(sequences(&answer(&shop(), &question)), ["ads 1 1 0 0 0"]);
}

#[test]
fn sessions_by_an_event_and_by_a_field() {
    let app = world(
        "anna 2020-06-10T10:00 open session=s1
         anna 2020-06-10T10:10 look session=s1
         anna 2020-06-10T10:20 open session=s1
         anna 2020-06-10T12:00 buy session=s2",
    );
    let mut question = whole();
    question["within"] = json!({"days": 1});
    question["session"] = json!({"started_by": {"event": "open"}});
    assert_eq!(sequences(&answer(&app, &question)), ["open buy 1 1 0 0 0", "open look 1 1 0 0 0"]);
    question["session"] = json!({"field": "session"});
    assert_eq!(sequences(&answer(&app, &question)), ["open look open 1 1 0 0 0", "buy 1 1 0 0 0"]);
}

#[test]
fn the_rest_is_computed_and_can_be_listed() {
    let mut question = whole();
    question["top"] = json!(1);
    let found = answer(&shop(), &question);
    assert_eq!(edges(&found), ["1 view → Other 3", "2 Other → Other 1"]);
    assert!(found.edges[0].to_other && found.nodes.iter().any(|node| node.other));
    assert_eq!(members(&shop(), &question, json!({"step": 2, "node": "Other"})), "anna bert");
    assert!(
        reply(
            &shop(),
            &json!({"as_of": "2020-07-01T00:00:00Z", "cell": {"step": 1, "node": "nil"}})
        )
        .unwrap_err()
        .contains("`nil`")
    );
}

#[test]
fn who_stayed_takes_other_ways_than_who_left() {
    let mut text = String::new();
    for n in 0..60 {
        let next = if n % 2 == 0 { "cart" } else { "search" };
        text += &format!("c{n} 2020-06-01T10:00 view\nc{n} 2020-06-01T10:05 {next}\n");
        if n % 2 == 0 && n % 6 != 0 || n == 1 {
            text += &format!("c{n} 2020-06-10T10:00 order\n");
        }
    }
    text += "late 2020-06-20T10:00 view\n";
    let question = json!({"as_of": "2020-07-01T00:00:00Z", "count": "customers",
        "compare": {"return": {"event": "order"}, "after": {"days": 1}, "within": {"days": 20}}});
    let found = answer(&world(&text), &question);
    assert_eq!(
        (found.overall.stayed, found.overall.left, found.overall.undecided),
        (Some(21), Some(39), Some(1))
    );
    let cart =
        found.edges.iter().find(|edge| edge.to == "cart").unwrap().difference.clone().unwrap();
    let (p, _) = crate::significance::two_shares(20, 21, 10, 39).unwrap();
    assert_eq!((cart.stayed, cart.left, cart.p), (20, 10, Some(p)));
    assert!(cart.p_corrected.unwrap() >= p && cart.p_corrected.unwrap() < 0.001);
    assert!(found.sequences.iter().all(|row| row.difference.is_some()));
    let mut several = question.clone();
    several["count"] = json!("paths");
    assert!(reply(&world(&text), &several).unwrap_err().contains("several"));
}

#[test]
fn an_empty_world_has_no_path_and_unknown_names_are_looked_up() {
    let nothing = answer(&World::default(), &whole());
    assert_eq!((nothing.overall.paths, nothing.edges.len(), nothing.n_sequences), (0, 0, 0));
    let mut question = whole();
    question["start"] = json!({"event": "vew"});
    assert_eq!(answer(&shop(), &question).warnings[0].nearest, ["view"]);
}

#[test]
fn what_is_no_question_is_named() {
    let with = |field: &str, value: Value| {
        let mut question = whole();
        question[field] = value;
        reply(&shop(), &question).unwrap_err()
    };
    assert!(with("steps", json!(1)).contains("`steps` is `1`"));
    assert!(with("steps", json!(13)).contains("13"));
    assert!(with("session", json!({"gap_minutes": 0})).contains("gap_minutes"));
    assert!(with("within", json!({"hours": -1})).contains("`within`"));
    assert!(with("enter", json!("first_ever")).contains("count"));
    assert!(with("cell", json!({"step": 9, "node": "view"})).contains("cell.step"));
    assert!(
        with("cell", json!({"step": 1, "node": "view", "next": "a", "end": "open"}))
            .contains("both")
    );
    assert!(with("node", json!({"by": "ts"})).contains("`ts`"));
    assert!(with("colour", json!(1)).contains("colour"));
}

#[test]
fn the_sample_is_answered_and_drawn() {
    let mut question = super::Path.sample();
    question["as_of"] = json!("2020-07-01T00:00:00Z");
    let source = shop().source(Layout::ONE);
    let reply = block_on(ask(&session(), &source, "path", &question)).unwrap();
    let shown = super::Path.present(&reply.answer.into_tree()).unwrap();
    for table in &shown.tables {
        assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", table.name);
    }
    let [Picture::Sankey(flow)] = shown.pictures.as_slice() else { panic!("{:?}", shown.pictures) };
    assert_eq!(flow.layers[0][0].value, 4.0);
    assert_eq!(
        flow.links.iter().filter(|link| link.layer == 0).map(|link| link.value).sum::<f64>(),
        3.0
    );
}
