//! Small worlds whose funnels can be told by hand, ClickHouse's truth table, and random worlds
//! against the definition.

mod oracle;
mod truth;

use perennial_testkit::{Layout, World, block_on, in_every_layout, session, world};
use perennial_types::key::CustomerKey;
use serde_json::{Value, json};

use super::FunnelAnswer;
use crate::ask::ask;
use crate::insight::{AskError, Insight};
use crate::present::Picture;

/// The answer and the customers behind its cell, or why there is none; whatever the layout.
fn reply(world: &World, question: &Value) -> Result<(Value, Vec<CustomerKey>), String> {
    in_every_layout(world, |source| match block_on(ask(&session(), source, "funnel", question)) {
        Ok(reply) => Ok((reply.answer.into_tree(), reply.customers.unwrap_or_default())),
        Err(AskError::Refused(refusal)) => Err(format!("{}: {refusal}", refusal.code)),
        Err(other) => Err(other.to_string()),
    })
}

fn answer(world: &World, question: &Value) -> FunnelAnswer {
    let (json, _) = reply(world, question).unwrap_or_else(|error| panic!("{question}: {error}"));
    let answer: FunnelAnswer = serde_json::from_value(json.clone()).unwrap();
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

/// `name reached went_on dropped open`, one line per step.
fn steps(answer: &FunnelAnswer) -> Vec<String> {
    let rows = if answer.groups.is_empty() { &answer.steps } else { &answer.groups };
    let line = |row: &super::StepRow| {
        let group = crate::present::group_text(row.group.as_ref(), row.other);
        let group = group.map_or_else(String::new, |group| format!("{group}: "));
        let numbers = [row.reached, row.went_on, row.dropped, row.open].map(|n| n.to_string());
        format!("{group}{} {}", row.name, numbers.join(" "))
    };
    rows.iter().map(line).collect()
}

fn shop() -> World {
    world(
        "anna 2024-01-01T10:00 view country=DE
         anna 2024-01-01T10:05 cart country=DE
         anna 2024-01-01T11:00 order country=FR amount=10 currency=EUR
         bert 2024-01-02,2024-01-03 view country=FR
         carl 2024-01-09 view
         dora 2024-01-01T12:00 cart
         emil 2024-01-01 view country=DE
         emil 2024-01-08 cart country=DE
         emil 2024-01-08T00:00:00.000001 order country=DE amount=5 currency=EUR",
    )
}

fn week() -> Value {
    json!({"steps": [{"event": "view"}, {"event": "cart"}, {"event": "order"}],
           "within": {"days": 7}, "as_of": "2024-01-15T00:00:00Z"})
}

#[test]
fn the_window_holds_its_end_and_open_entries_are_told_apart() {
    let answer = answer(&shop(), &week());
    // Emil's cart is exactly a week after his view; his order is a microsecond too late.
    assert_eq!(steps(&answer), ["view 4 2 1 1", "cart 2 1 1 0", "order 1 0 0 0"]);
    let overall = &answer.overall;
    assert_eq!((overall.entered, overall.converted, overall.open), (4, 1, 1));
    assert_eq!((overall.share, overall.closed_share), (Some(0.25), Some(1.0 / 3.0)));
    assert_eq!(overall.time.median_seconds, Some(3600.0));
    assert!(!overall.complete, "carl can still go on");
    let hour = overall.histogram.iter().find(|bar| bar.n == 1).unwrap();
    assert_eq!((hour.from_seconds, hour.to_seconds), (3600.0, Some(10800.0)));
    assert_eq!(answer.steps[1].time.unwrap().median_seconds, Some((300.0 + 7.0 * 86400.0) / 2.0));
    assert_eq!(answer.steps[0].interval, crate::interval::wilson(4, 4));
    for (step, set, who) in [
        (1, "reached", "anna bert carl emil"),
        (1, "went_on", "anna emil"),
        (1, "dropped", "bert"),
        (1, "open", "carl"),
        (2, "dropped", "emil"),
        (3, "reached", "anna"),
        (3, "dropped", ""),
    ] {
        assert_eq!(
            members(&shop(), &week(), json!({"step": step, "set": set})),
            who,
            "{step} {set}"
        );
    }
}

#[test]
fn groups_are_those_of_the_first_the_last_or_each_step() {
    let mut question = week();
    for (at, expected) in [
        (
            "first",
            vec![
                "DE: view 2 2 0 0",
                "DE: cart 2 1 1 0",
                "DE: order 1 0 0 0",
                "(none): view 1 0 0 1",
                "(none): cart 0 0 0 0",
                "(none): order 0 0 0 0",
                "FR: view 1 0 1 0",
                "FR: cart 0 0 0 0",
                "FR: order 0 0 0 0",
            ],
        ),
        (
            "last",
            vec![
                "FR: view 2 1 1 0",
                "FR: cart 1 1 0 0",
                "FR: order 1 0 0 0",
                "(none): view 1 0 0 1",
                "(none): cart 0 0 0 0",
                "(none): order 0 0 0 0",
                "DE: view 1 1 0 0",
                "DE: cart 1 0 1 0",
                "DE: order 0 0 0 0",
            ],
        ),
        (
            "each",
            vec![
                "DE: view 2 2 0 0",
                "DE: cart 2 1 1 0",
                "DE: order 0 0 0 0",
                "FR: view 1 0 1 0",
                "FR: cart 0 0 0 0",
                "FR: order 1 0 0 0",
                "(none): view 1 0 0 1",
                "(none): cart 0 0 0 0",
                "(none): order 0 0 0 0",
            ],
        ),
    ] {
        question["breakdown"] = json!([{"field": "country", "at": at}]);
        assert_eq!(steps(&answer(&shop(), &question)), expected, "{at}");
    }
    question["breakdown"] = json!([{"field": "country"}]);
    question["top"] = json!(1);
    let answer = answer(&shop(), &question);
    assert_eq!(
        steps(&answer)[3..],
        ["Other: view 2 0 1 1", "Other: cart 0 0 0 0", "Other: order 0 0 0 0"]
    );
    let other = members(&shop(), &question, json!({"step": 1, "set": "reached", "other": true}));
    assert_eq!(other, "bert carl");
    let german = members(&shop(), &question, json!({"step": 2, "set": "dropped", "group": ["DE"]}));
    assert_eq!(german, "emil");
}

#[test]
fn optional_steps_exclusions_and_what_is_held_constant() {
    let shop = world(
        "anna 2024-01-01T10:00 view item=tea
         anna 2024-01-01T11:00 order item=tea amount=1 currency=EUR
         bert 2024-01-01T10:00 view item=tea
         bert 2024-01-01T10:30 support
         bert 2024-01-01T10:40 cart item=cup
         bert 2024-01-01T11:00 order item=tea amount=1 currency=EUR
         carl 2024-01-01T10:00 view item=cup
         carl 2024-01-01T10:30 cart item=tea
         carl 2024-01-01T11:00 order item=tea amount=1 currency=EUR",
    );
    let mut question = week();
    question["steps"][1]["optional"] = json!(true);
    assert_eq!(steps(&answer(&shop, &question)), ["view 3 3 0 0", "cart 2 2 0 0", "order 3 0 0 0"]);
    question["exclude"] = json!([{"event": "support"}]);
    assert_eq!(steps(&answer(&shop, &question)), ["view 3 2 1 0", "cart 1 1 0 0", "order 2 0 0 0"]);
    question["exclude"] = json!([{"event": "support", "after": 2, "before": 3}]);
    assert_eq!(
        steps(&answer(&shop, &question))[2],
        "order 3 0 0 0",
        "support came before the cart"
    );
    question["exclude"] =
        json!([{"event": "support", "where": {"field": "item", "op": "=", "value": "tea"}}]);
    assert_eq!(steps(&answer(&shop, &question))[2], "order 3 0 0 0", "it was about something else");
    question["exclude"] = json!([]);
    question["hold"] = json!("item");
    // Bert's cart is of a cup, so his tea goes without it; Carl never ordered the cup he saw.
    assert_eq!(steps(&answer(&shop, &question)), ["view 3 2 1 0", "cart 0 0 0 0", "order 2 0 0 0"]);
}

#[test]
fn the_lines_of_an_order_are_one_event_and_its_sum_decides() {
    let shop = world(
        "anna 2024-01-01 order order=A amount=3 currency=EUR item=tea
         anna 2024-01-01T01 order order=A amount=4 currency=EUR item=cup
         bert 2024-01-01 order order=B amount=5 currency=EUR
         bert 2024-01-02 order order=C amount=6 currency=EUR",
    );
    let orders =
        json!({"steps": [{"event": "order"}, {"event": "order"}], "as_of": "2024-03-01T00:00:00Z"});
    assert_eq!(steps(&answer(&shop, &orders)), ["order 2 1 1 0", "order 1 0 0 0"]);
    let dear = json!({"steps": [{"event": "order", "where": {"field": "amount", "op": ">", "value": 5.5}, "name": "dear"},
                                {"event": "order"}], "as_of": "2024-03-01T00:00:00Z"});
    assert_eq!(
        members(&shop, &dear, json!({"step": 1, "set": "reached"})),
        "anna bert",
        "3 + 4 = 7"
    );
}

#[test]
fn a_trend_adds_up_to_the_whole_and_is_complete_when_the_last_window_is_over() {
    let mut question = week();
    question["period"] = json!("week");
    let open = answer(&shop(), &question);
    let rows: Vec<_> = open
        .trend
        .iter()
        .map(|row| (row.start.as_str(), row.entered, row.converted, row.open))
        .collect();
    assert_eq!(rows, [("2024-01-01", 3, 1, 0), ("2024-01-08", 1, 0, 1)]);
    assert!(open.trend.iter().all(|row| !row.complete), "a better entry may still come");
    question["entry"] = json!("first");
    let first = answer(&shop(), &question);
    assert_eq!(first.trend.iter().map(|row| row.complete).collect::<Vec<_>>(), [true, false]);
    question["as_of"] = json!("2024-02-15T00:00:00Z");
    question["to"] = json!("2024-01-10");
    question["entry"] = json!("best");
    let over = answer(&shop(), &question);
    assert!(over.trend.iter().all(|row| row.complete) && over.overall.complete);
    assert_eq!(over.question.to.map(|date| date.to_string()).as_deref(), Some("2024-01-14"));
    let cell = json!({"step": 1, "set": "dropped", "period": "2024-01-08"});
    assert_eq!(members(&shop(), &question, cell), "carl");
}

#[test]
fn groups_differ_when_chance_does_not_explain_it() {
    let mut text = String::new();
    for n in 0..200 {
        let country = if n % 2 == 0 { "DE" } else { "FR" };
        text += &format!("c{n} 2024-01-01 view country={country}\n");
        if n % 2 == 0 && n % 4 == 0 || n % 2 == 1 && n % 10 == 1 {
            text += &format!("c{n} 2024-01-02 cart\n");
        }
    }
    let question = json!({"steps": [{"event": "view"}, {"event": "cart"}], "as_of": "2024-03-01T00:00:00Z",
        "breakdown": [{"field": "country"}], "correction": "benjamini_hochberg"});
    let found = answer(&world(&text), &question);
    let [only] = found.differences.as_slice() else { panic!("{:?}", found.differences) };
    // 50 of 100 against 20 of 100.
    let (p, _) = crate::significance::two_shares(20, 100, 50, 100).unwrap();
    assert_eq!((only.share, only.against_share, only.p), (Some(0.2), Some(0.5), Some(p)));
    assert!(only.p_corrected == only.p && p < 1e-4);
    assert!(found.definition.en.contains("Benjamini–Hochberg"));
    let mut named = question.clone();
    named["compare"] = json!([["DE"], ["FR"]]);
    named["top"] = json!(1);
    let found = answer(&world(&text), &named);
    assert_eq!(found.differences[0].difference, Some(0.3));
    assert!(found.groups.iter().all(|row| !row.other), "both are shown");
}

#[test]
fn buyers_enter_once_they_have_bought() {
    let shop = world(
        "anna 2024-01-01 view
         anna 2024-01-02 order order=A amount=5 currency=EUR
         anna 2024-01-03 view
         bert 2024-01-01 view
         anna 2024-01-04 refund order=A amount=5 currency=EUR
         carl 2024-01-01 order amount=5 currency=EUR
         carl 2024-01-02 view
         carl 2024-01-03 view",
    );
    let mut question =
        json!({"steps": [{"event": "view"}, {"event": "view"}], "as_of": "2024-03-01T00:00:00Z"});
    for (population, who) in
        [("everyone", "anna bert carl"), ("buyers", "anna carl"), ("net_buyers", "carl")]
    {
        question["population"] = json!(population);
        assert_eq!(members(&shop, &question, json!({"step": 1, "set": "reached"})), who);
    }
    question["population"] = json!("buyers");
    assert_eq!(steps(&answer(&shop, &question)), ["view 2 1 1 0", "view 1 0 0 0"]);
}

#[test]
fn an_empty_world_has_nobody() {
    let nobody = answer(&World::default(), &week());
    assert_eq!(steps(&nobody), ["view 0 0 0 0", "cart 0 0 0 0", "order 0 0 0 0"]);
    assert_eq!(
        (nobody.overall.share, nobody.steps[0].reason.as_deref()),
        (None, Some("nobody_entered"))
    );
    let mut question = week();
    question["period"] = json!("month");
    assert!(answer(&World::default(), &question).trend.is_empty());
}

#[test]
fn a_step_nobody_does_is_looked_up() {
    let mut question = week();
    question["steps"][2] = json!({"event": "oder"});
    let found = answer(&shop(), &question);
    assert_eq!(found.warnings[0].nearest, ["order"]);
    assert!(answer(&shop(), &week()).warnings.is_empty());
}

#[test]
fn what_is_no_question_is_named() {
    let with = |field: &str, value: Value| {
        let mut question = week();
        question[field] = value;
        reply(&shop(), &question).unwrap_err()
    };
    assert!(with("steps", json!([{"event": "view"}])).contains("1 steps"));
    assert!(
        with("steps", json!([{"event": "view"}, {"event": "a", "optional": true}]))
            .contains("optional")
    );
    assert!(with("within", json!({"days": 0})).contains("`within`"));
    assert!(with("reentry", json!(true)).contains("`reentry`"));
    assert!(
        with("exclude", json!([{"event": "x", "after": 3, "before": 3}])).contains("after step 3")
    );
    assert!(with("compare", json!([["a"], ["b"]])).contains("breakdown"));
    assert!(with("breakdown", json!([{"field": "ts"}])).contains("`ts`"));
    assert!(
        with("breakdown", json!([{"field": "a"}, {"field": "b", "at": "last"}]))
            .contains("several")
    );
    assert!(with("steps", json!([{"event": "a"}, {"event": "b", "colour": 1}])).contains("colour"));
    assert!(with("cell", json!({"step": 4, "set": "reached"})).contains("cell.step"));
    assert!(
        with("cell", json!({"step": 1, "set": "reached", "period": "2024-01-01"}))
            .contains("no period")
    );
    assert!(with("fiscal_year_start", json!(13)).contains("13"));
    let mut any = week();
    any["order"] = json!("any");
    any["strict_increase"] = json!(true);
    assert!(reply(&shop(), &any).unwrap_err().contains("strict_increase"));
    let mut timeless = week();
    timeless.as_object_mut().unwrap().remove("as_of");
    assert!(reply(&shop(), &timeless).unwrap_err().contains("as_of"));
}

#[test]
fn the_sample_is_answered_and_drawn() {
    let mut question = super::Funnel.sample();
    question["as_of"] = json!("2024-02-01T00:00:00Z");
    question["breakdown"] = json!([{"field": "country"}]);
    let source = shop().source(Layout::ONE);
    let reply = block_on(ask(&session(), &source, "funnel", &question)).unwrap();
    let shown = super::Funnel.present(&reply.answer.into_tree()).unwrap();
    let names: Vec<&str> = shown.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["funnel", "steps", "conversion", "time_to_convert", "trend", "differences"]);
    for table in &shown.tables {
        assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", table.name);
    }
    assert!(matches!(shown.pictures.as_slice(), [Picture::Bars(_), Picture::Curve(_)]));
    assert!(!shown.definition.1.is_empty() && shown.definition.0.contains("90 days"));
}
