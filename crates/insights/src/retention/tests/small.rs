//! Small worlds, each with a rule or a bug that it was made for.

use expect_test::{Expect, expect};
use perennial_testkit::{Layout, World, block_on, session, world};
use serde_json::{Value, json};

use super::check::{Outcome, answer, customers, outcome_everywhere, triangle};
use crate::ask::{ask, ask_all};
use crate::present::{CellValue, Table};

fn check(text: &str, question: Value, expected: Expect) {
    expected.assert_eq(&triangle(&answer(&world(text), &question)));
}

fn refusal(world: &World, question: &Value) -> (String, String) {
    match outcome_everywhere(world, question) {
        Outcome::Refused { code, reason } => (code, reason),
        other => panic!("{other:?}"),
    }
}

fn bad(world: &World, question: &Value) -> String {
    match outcome_everywhere(world, question) {
        Outcome::Bad(message) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_three_means_of_the_published_example() {
    // 1000 → 500, 500 → 400, and an incomplete 700 → 10 that takes no part.
    let mut text = String::new();
    let mut customer = 0;
    let months = [("01", "02", 1000, 500), ("02", "03", 500, 400), ("03", "04", 700, 10)];
    for (month, next, size, n_returned) in months {
        for number in 0..size {
            customer += 1;
            text.push_str(&format!("c{customer} 2024-{month}-05 order\n"));
            if number < n_returned {
                text.push_str(&format!("c{customer} 2024-{next}-06 order\n"));
            }
        }
    }
    let world = world(&text);
    let share = |kind: &str| {
        let question = json!({
            "period": "month", "periods": 2, "as_of": "2024-04-20T00:00:00Z",
            "mean": {"kind": kind}
        });
        let answer = answer(&world, &question);
        assert!(
            answer.definition.mean.is_some_and(|formula| formula.to_lowercase().starts_with(kind))
        );
        assert_eq!(answer.mean[0].cohorts, 2);
        answer.mean[0].share.expect("a share")
    };
    assert!((share("pooled") - 0.60).abs() < 1e-12);
    assert!((share("simple") - 0.65).abs() < 1e-12);
    assert!((share("mixpanel") - 0.56).abs() < 1e-12);
}

#[test]
fn the_issues_question_is_answered_by_those_names() {
    let question: Value = serde_json::from_str(
        r#"{"enter":"first_matching","start":{"event":"order","where":{"all":[{"field":"amount","op":">","value":0}]}},"return":{"event":"order","where":{"all":[{"field":"amount","op":">","value":0}]}},"count":"on","window":"calendar","period":"month","periods":13,"from":"2010-12-01","to":"2011-12-09","as_of":"2011-12-10T00:00:00Z","zone":"UTC","week_start":"monday","population":"buyers"}"#,
    )
    .expect("JSON");
    let shop = world(
        "17850 2010-12-01T08:26 order order=536365 amount=15.30 quantity=6
         17850 2010-12-01T08:26 order order=536365 amount=20.34 quantity=6
         17850 2010-12-01T09:00 order order=536372 amount=0
         17850 2011-01-03T10:00 order order=540000 amount=-1
         13047 2010-12-31T23:59:59 order order=536367 amount=54.08
         13047 2011-12-09T12:00 order order=581000 amount=12",
    );
    let reply = block_on(ask(&session(), &shop.source(Layout::ONE), "retention", &question))
        .expect("an answer");
    let answer = reply.answer.into_tree();
    assert_eq!(
        answer["cohorts"][0]["cells"][0],
        json!({"index": 0, "customers": 2, "returned": 0, "share": 1.0, "complete": true})
    );
    let first = &answer["cohorts"][0];
    assert_eq!((&first["start"], &first["size"]), (&json!("2010-12-01"), &json!(2)));
    assert_eq!(answer["cohorts"].as_array().map(Vec::len), Some(13));
    let last = &first["cells"][12];
    assert_eq!(
        (&last["customers"], &last["complete"]),
        (&json!(1), &json!(false)),
        "December is not over"
    );
    assert_eq!(first["cells"][1]["customers"], 0, "an order of -1 is not bought");
    for name in ["kind", "mean", "definition", "warnings", "customers", "question"] {
        assert!(answer.get(name).is_some(), "{name}");
    }
    assert_eq!(answer["definition"]["from"], "2010-12-01");
    assert_eq!(answer["definition"]["to"], "2011-12-31", "widened to whole months");
    for (name, written) in question.as_object().expect("an object") {
        if name != "to" {
            assert_eq!(&answer["question"][name], written, "{name}");
        }
    }
}

#[test]
fn windows_that_have_not_begun_are_absent_however_cells_are_counted() {
    let text = "a 2024-01-05,2024-01-06 view";
    for (count, wanted) in [
        (
            json!("on_or_before"),
            expect![["2024-01-01  1(1) 1 1~\n2024-02-01  0(0) 0~\n2024-03-01  0(0)~\n"]],
        ),
        (
            json!({"at_least": 1, "of": 9}),
            expect![["2024-01-01  1(1) 1 1~\n2024-02-01  0(0) 0~\n2024-03-01  0(0)~\n"]],
        ),
    ] {
        let question = json!({"period": "month", "periods": 9, "count": count, "to": "2024-12-31",
            "as_of": "2024-03-10T00:00:00Z"});
        check(text, question, wanted);
    }
}

#[test]
fn calendar_and_rolling_differ_at_midnight() {
    let text = "a 2024-03-01T23:59,2024-03-02T23:00,2024-03-03T23:58:59.999999 view
                b 2024-03-01T00:00,2024-03-02T00:00 view";
    let ask = |window: &str| {
        json!({"period": "day", "periods": 3, "window": window,
        "to": "2024-03-01", "as_of": "2024-03-05T00:00:00Z"})
    };
    check(text, ask("calendar"), expect![["2024-03-01  2(0) 2 1\n"]]);
    check(text, ask("rolling"), expect![["2024-03-01  2(1) 2 0\n"]]);
}

#[test]
fn a_rolling_cell_is_complete_when_its_last_member_is_through() {
    let text = "a 2024-03-01T00:00 view
                b 2024-03-01T18:00 view";
    let ask = |as_of: &str| {
        json!({"period": "day", "periods": 2, "window": "rolling",
        "to": "2024-03-01", "as_of": as_of})
    };
    check(text, ask("2024-03-03T17:59:59.999999Z"), expect![["2024-03-01  2(0) 0~\n"]]);
    check(text, ask("2024-03-03T18:00:00Z"), expect![["2024-03-01  2(0) 0\n"]]);
}

#[test]
fn a_day_the_zone_skipped_keeps_its_place() {
    // Samoa went from the 29th to the 31st of December 2011.
    let text = "a 2011-12-29T12:00-10:00,2011-12-31T12:00+14:00 view";
    let question = |from: &str| {
        json!({"period": "day", "periods": 3, "zone": "Pacific/Apia",
        "enter": "every_period", "from": from, "to": "2011-12-31", "as_of": "2012-01-02T00:00:00+14:00"})
    };
    check(
        text,
        question("2011-12-29"),
        expect![["2011-12-29  1(0) 0 1\n2011-12-30  0(0) 0 0\n2011-12-31  1(0) 0\n"]],
    );
    check(text, question("2011-12-30"), expect![["2011-12-30  0(0) 0 0\n2011-12-31  1(0) 0\n"]]);
}

#[test]
fn a_skipped_day_is_over_when_the_day_before_is() {
    let world = world("a 2011-12-28T12:00-10:00 view");
    let question = json!({"start": {"event": "*"}, "return": {"event": "*"}, "period": "day",
        "periods": 3, "zone": "Pacific/Apia", "enter": "first_in_range", "from": "2011-12-28",
        "to": "2011-12-28", "population": "everyone", "as_of": "2011-12-31T00:00:00+14:00"});
    let mean = answer(&world, &question).mean;
    assert_eq!((mean[1].share, mean[1].of), (Some(0.0), 1));
}

#[test]
fn lines_of_an_order_are_one_return_worth_their_sum() {
    let text = "a 2024-01-05 order order=1 amount=5
                a 2024-02-01 order order=2 amount=4
                a 2024-02-20 order order=2 amount=7
                a 2024-03-01 refund order=2 amount=-11";
    let question = |min: Value| {
        json!({"start": {"event": "order"}, "return": {"event": "order"},
        "period": "month", "periods": 3, "to": "2024-01-31", "as_of": "2024-06-01T00:00:00Z",
        "min": min, "value": {"of": "amount"}})
    };
    check(text, question(json!({})), expect![["2024-01-01  1(0)=0.00 1=11.00 0=0.00\n"]]);
    check(
        text,
        question(json!({"occurrences": 2})),
        expect![["2024-01-01  1(0)=0.00 0=0.00 0=0.00\n"]],
    );
    check(
        text,
        question(json!({"amount": 11})),
        expect![["2024-01-01  1(0)=0.00 1=11.00 0=0.00\n"]],
    );
}

#[test]
fn a_value_is_added_up_over_the_windows_its_cell_looks_at() {
    let text = "a 2024-01-01 start
                a 2024-01-02 order amount=1
                a 2024-02-02 order amount=2
                a 2024-03-02 order amount=4
                a 2024-05-02 order amount=8";
    for (count, wanted) in [
        (json!("on"), expect![["2024-01-01  1(1)=1.00 1=2.00 1=4.00 0=0.00 1=8.00\n"]]),
        (
            json!("on_or_after"),
            expect![["2024-01-01  1(1)=1.00~ 1=14.00~ 1=12.00~ 1=8.00~ 1=8.00~\n"]],
        ),
        (json!("on_or_before"), expect![["2024-01-01  1(1)=1.00 1=3.00 1=7.00 1=7.00 1=15.00\n"]]),
        (json!("streak"), expect![["2024-01-01  1(1)=1.00 1=2.00 1=4.00 0=0.00 0=0.00\n"]]),
        (
            json!({"at_least": 1, "of": 2}),
            expect![["2024-01-01  1(1)=1.00 1=3.00 1=6.00 1=4.00 1=8.00\n"]],
        ),
        (
            json!({"at_least": 2, "of": 3}),
            expect![["2024-01-01  1(1)=1.00 1=3.00 1=7.00 1=6.00 1=12.00\n"]],
        ),
    ] {
        let question = json!({"start": {"event": "start"}, "return": {"event": "order"}, "period": "month",
            "periods": 5, "to": "2024-01-31", "as_of": "2025-01-01T00:00:00Z", "count": count,
            "value": {"of": "amount"}});
        check(text, question, wanted);
    }
}

#[test]
fn money_in_several_currencies_is_never_added() {
    let question = |extra: Value| {
        let mut question = json!({"start": {"event": "*"}, "return": {"event": "order"}, "period": "month",
            "periods": 3, "as_of": "2024-12-01T00:00:00Z", "value": {"of": "amount"}});
        for (name, value) in extra.as_object().into_iter().flatten() {
            question[name] = value.clone();
        }
        question
    };
    let shop = world(
        "a 2024-01-05,2024-02-05 order amount=5 currency=USD
         b 2024-01-05,2024-02-05 order amount=5 currency=EUR
         c 2024-01-05,2024-02-05 order amount=5 currency=CNY",
    );
    let (code, reason) = refusal(&shop, &question(json!({})));
    assert_eq!(code, "mixed_currencies");
    assert_eq!(reason, "amounts in `CNY`, `EUR`, `USD` would be added", "whatever the layout");
    refusal(&shop, &question(json!({"value": null, "min": {"amount": 1}})));
    let one = json!({"event": "order", "where": {"field": "currency", "op": "=", "value": "EUR"}});
    let answered = answer(&shop, &question(json!({"return": one})));
    assert_eq!(answered.currency.as_deref(), Some("EUR"));

    let one_order = world(
        "a 2024-01-05 view
         a 2024-02-05 order order=1 amount=5 currency=USD
         a 2024-02-05 order order=1 amount=5 currency=EUR",
    );
    let (_, reason) = refusal(&one_order, &question(json!({})));
    assert_eq!(reason, "amounts in `EUR`, `USD` would be added");

    let out_of_sight = world(
        "a 2024-01-05,2024-02-05 order amount=5 currency=USD
         a 2024-09-05 order amount=5 currency=EUR",
    );
    assert_eq!(answer(&out_of_sight, &question(json!({}))).currency.as_deref(), Some("USD"));
    refusal(&out_of_sight, &question(json!({"count": "on_or_after"})));
}

#[test]
fn a_refusal_leaves_the_questions_beside_it_alone() {
    let shop = world(
        "a 2024-01-05,2024-02-05 order amount=5 currency=USD\nb 2024-01-05,2024-02-05 order amount=5 currency=EUR",
    );
    let refused = json!({"as_of": "2024-12-01T00:00:00Z", "value": {"of": "amount"}});
    let answered = json!({"as_of": "2024-12-01T00:00:00Z"});
    let asked = [&refused, &answered].map(|question| ("retention".to_owned(), question.clone()));
    let replies = block_on(ask_all(&session(), &shop.source(Layout::ONE), &asked));
    assert!(replies[0].is_err());
    assert!(replies[1].is_ok());
}

#[test]
fn an_unknown_event_is_an_empty_answer_with_a_warning() {
    let shop = world("a 2024-01-05,2024-02-05 order amount=5");
    for (start, return_) in [("oder", "order"), ("order", "oder")] {
        let question = json!({"start": {"event": start}, "return": {"event": return_},
            "as_of": "2024-12-01T00:00:00Z"});
        let answer = answer(&shop, &question);
        assert!(answer.cohorts.iter().flat_map(|row| &row.cells).all(|cell| cell.returned == 0));
        let [warning] = answer.warnings.as_slice() else { panic!("{:?}", answer.warnings) };
        assert_eq!(warning.code, "unknown_event");
        assert_eq!(warning.message, "no event is called `oder`");
        assert_eq!(warning.nearest, ["order"]);
    }
}

#[test]
fn a_property_nobody_has_is_warned_of_instead_of_adding_up_to_nothing_in_silence() {
    let shop = world(
        "a 2024-01-05,2024-02-05 order amount=5 points=3 channel=mail
         b 2024-01-06,2024-02-06 order amount=5 points=0",
    );
    let warned = |more: Value| -> Vec<(String, Vec<String>)> {
        let mut question = json!({"start": {"event": "order"}, "return": {"event": "order"},
            "as_of": "2024-12-01T00:00:00Z"});
        question.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let warnings = answer(&shop, &question).warnings.into_iter();
        warnings.map(|warning| (warning.message, warning.nearest)).collect()
    };
    let unknown =
        |name: &str, near: &str| (format!("no property is called `{name}`"), vec![near.to_owned()]);
    let of = |name: &str| json!({"value": {"of": name, "aggregate": "mean"}});
    assert_eq!(warned(of("properties.point")), [unknown("point", "points")]);
    assert_eq!(warned(of("properties.points")), []);
    let by = |name: &str, at: &str| json!({"breakdown": [{"field": name, "at": at}]});
    for at in ["start", "return", "current"] {
        assert_eq!(warned(by("chanel", at)), [unknown("chanel", "channel")]);
        assert_eq!(warned(by("channel", at)), []);
    }
    // Known, and of no returning customer: a 0 that is one.
    let idle = json!({"value": {"of": "properties.channel"}});
    assert_eq!(warned(idle), []);
}

#[test]
fn buyers_are_known_at_the_start_and_net_buyers_afterwards() {
    let text = "kept    2024-01-01 order order=1 amount=10 currency=EUR
                kept    2024-01-02 refund order=1 amount=-4 currency=EUR
                refunded 2024-01-01 order order=2 amount=10 currency=EUR
                refunded 2024-01-02 refund order=2 amount=-10 currency=EUR
                gift    2024-01-01 order order=3 amount=0
                later   2024-01-01 view
                later   2024-01-02 order order=4 amount=10 currency=EUR
                # 10 EUR are not taken back by 100 JPY
                abroad  2024-01-01 order order=5 amount=10 currency=EUR
                abroad  2024-01-02 order order=6 amount=100 currency=JPY
                abroad  2024-01-03 refund order=6 amount=-100 currency=JPY
                # an order told by its id, whose first line has no money
                custom  2024-01-01 purchase order=7
                custom  2024-01-02 purchase order=7 amount=3 currency=EUR";
    let shop = world(text);
    let behind = |population: &str| {
        customers(
            &shop,
            &json!({"period": "month", "population": population, "to": "2024-01-31",
            "as_of": "2024-06-01T00:00:00Z", "cell": {"cohort": "2024-01-01", "index": 0}}),
        )
    };
    assert_eq!(behind("everyone"), ["abroad", "custom", "gift", "kept", "later", "refunded"]);
    assert_eq!(behind("buyers"), ["abroad", "custom", "kept", "refunded"]);
    assert_eq!(behind("net_buyers"), ["abroad", "custom", "kept"]);
}

#[test]
fn values_from_before_the_rows_are_still_the_latest_known() {
    let text = "a 2023-05-01 profile plan=pro
                a 2024-01-05,2024-02-05 view";
    let question = json!({"enter": "every_period", "start": {"event": "view"}, "return": {"event": "view"},
        "period": "month", "periods": 2, "from": "2024-01-01", "to": "2024-01-31",
        "as_of": "2024-06-01T00:00:00Z", "breakdown": [{"field": "plan", "at": "current"}]});
    check(text, question, expect![["pro · 2024-01-01  1(0)~ 1~\n"]]);
}

#[test]
fn the_rest_is_counted_not_left_over() {
    // a returns with tea and with cup: once in the rest, not twice.
    let text = "a 2024-01-01 order item=pot
                a 2024-02-01 order item=tea
                a 2024-02-02 order item=cup
                b 2024-01-01 order item=pot
                b 2024-02-01 order item=pot
                c 2024-01-01 order item=cup
                c 2024-02-01 order item=pot";
    let question = json!({"period": "month", "periods": 2, "to": "2024-01-31", "as_of": "2024-06-01T00:00:00Z",
        "top": 1, "breakdown": [{"field": "item", "at": "return"}]});
    check(
        text,
        question.clone(),
        expect![["pot · 2024-01-01  3(0) 2\nOther · 2024-01-01  3(0) 1\n"]],
    );
    let shop = world(text);
    let behind = |cell: Value| {
        let mut question = question.clone();
        question["cell"] = cell;
        customers(&shop, &question)
    };
    assert_eq!(behind(json!({"cohort": "2024-01-01", "index": 1, "other": true})), ["a"]);
    assert_eq!(behind(json!({"cohort": "2024-01-01", "index": 1, "group": ["pot"]})), ["b", "c"]);
    assert_eq!(behind(json!({"cohort": "2024-01-01", "index": 0, "other": true})), ["a", "b", "c"]);
    assert_eq!(behind(json!({"cohort": "2024-01-01", "index": 1})), ["a", "b", "c"]);
}

#[test]
fn everybody_is_counted_once_whatever_the_values_of_the_returns() {
    // The tea alone is worth enough, all returns together are not.
    let text = "a 2024-01-01 order amount=1
                a 2024-02-01 order amount=10 item=tea
                a 2024-02-02 order amount=-8 item=cup";
    let question = json!({"period": "month", "periods": 2, "to": "2024-01-31", "as_of": "2024-06-01T00:00:00Z",
        "min": {"amount": 5}, "breakdown": [{"field": "item", "at": "return"}],
        "cell": {"cohort": "2024-01-01", "index": 1}});
    let shop = world(text);
    assert_eq!(customers(&shop, &question), Vec::<String>::new());
    assert_eq!(
        answer(
            &shop,
            &json!({"period": "month", "periods": 2, "to": "2024-01-31",
        "as_of": "2024-06-01T00:00:00Z", "min": {"amount": 5},
        "breakdown": [{"field": "item", "at": "return"}]})
        )
        .mean[0]
            .customers,
        0
    );
}

#[test]
fn the_size_of_a_rest_told_apart_twice_is_everybody() {
    let text = "a 2024-01-01 order item=pot
                a 2024-02-01 order item=tea
                b 2024-01-01 order item=tea
                b 2024-02-01 order item=pot";
    let question = json!({"period": "month", "periods": 2, "to": "2024-01-31", "as_of": "2024-06-01T00:00:00Z",
        "top": 1, "breakdown": [{"field": "item"}, {"field": "item", "at": "return"}],
        "cell": {"cohort": "2024-01-01", "index": 0, "other": true}});
    let shop = world(text);
    assert_eq!(customers(&shop, &question), ["a", "b"]);
}

#[test]
fn a_customer_ahead_of_the_usual_cycle_is_shown() {
    // quick buys every day, the others every thirty: the usual cycle has hardly begun for them.
    let text = "quick 2024-03-01,2024-03-02,2024-03-03,2024-03-04,2024-03-06 order amount=1
                slow1 2024-01-01,2024-01-31,2024-03-01 order amount=1
                slow2 2024-01-01,2024-01-31,2024-03-01 order amount=1
                slow3 2024-01-01,2024-01-31,2024-03-01 order amount=1";
    let question = json!({"enter": "every_period", "period": "purchase_cycle", "periods": 4, "rows": "day",
        "from": "2024-03-03", "to": "2024-03-03", "as_of": "2024-03-07T00:00:00Z"});
    check(text, question, expect![["2024-03-03  1(0)~ 1~ 0~ 1~\n"]]);
}

#[test]
fn without_gaps_there_is_no_cycle() {
    let shop = world("a 2024-01-01 order amount=1");
    let question = json!({"period": "purchase_cycle", "as_of": "2024-06-01T00:00:00Z"});
    assert_eq!(refusal(&shop, &question).0, "no_purchase_cycle");
}

#[test]
fn the_end_of_the_known_world_is_sharp() {
    let text = "a 2024-01-01,2024-01-02 view
                b 2024-01-02 view";
    let question = |as_of: &str| json!({"period": "day", "periods": 2, "as_of": as_of});
    check(text, question("2024-01-02T00:00:00Z"), expect![["2024-01-01  1(0)\n"]]);
    check(
        text,
        question("2024-01-02T00:00:00.000001Z"),
        expect![["2024-01-01  1(0) 1~\n2024-01-02  1(0)~\n"]],
    );
}

#[test]
fn events_at_the_instant_of_the_start_are_no_returns() {
    let text = "a 2024-01-01T10 signup
                a 2024-01-01T10 view
                a 2024-01-01T10:00:00.000001 view
                b 2024-01-01T10 view
                b 2024-01-01T10 signup";
    let question = json!({"start": {"event": "signup"}, "return": {"event": "view"}, "period": "day",
        "periods": 1, "as_of": "2024-02-01T00:00:00Z", "to": "2024-01-01"});
    check(text, question, expect![["2024-01-01  2(1)\n"]]);
}

#[test]
fn a_question_that_is_none_says_why() {
    let shop = world("a 2024-01-01 view");
    for (question, needle) in [
        (json!({}), "`as_of` is missing"),
        (
            json!({"as_of": "2024-02-01T00:00:00Z", "count": {"at_least": 3, "of": 2}}),
            "at least 3 of 2",
        ),
        (
            json!({"as_of": "2024-02-01T00:00:00Z", "period": {"brackets": [1, 0], "unit": "day"}}),
            "[1, 0]",
        ),
        (json!({"as_of": "2024-02-01T00:00:00Z", "periods": 0}), "`periods` is `0`"),
        (
            json!({"as_of": "2024-02-01T00:00:00Z", "from": "2024-02-01", "to": "2024-01-01"}),
            "is after `to`",
        ),
        (json!({"as_of": "2024-02-01T00:00:00Z", "breakdown": [{"field": "ts"}]}), "`ts`"),
        (json!({"as_of": "2024-02-01T00:00:00Z", "value": {"of": "currency"}}), "holds no number"),
        (
            json!({"as_of": "2024-02-01T00:00:00Z", "cell": {"cohort": "2023-01-01", "index": 0}}),
            "no row starts at",
        ),
        (
            json!({"as_of": "2024-02-01T00:00:00Z", "cell": {"cohort": "2024-01-01", "index": 99}}),
            "`cell.index` is `99`",
        ),
        (json!({"as_of": "2024-02-01T00:00:00Z", "zone": "Europe/Lundon"}), "is not a time zone"),
        (json!({"as_of": "2024-02-01T00:00:00Z", "perod": "day"}), "perod"),
        (
            json!({"as_of": "2024-02-01T00:00:00Z", "period": "fortnight"}),
            "`period` is `\"fortnight\"`: a period is",
        ),
        (
            json!({"as_of": "2024-02-01T00:00:00Z", "from": "2024-02-30"}),
            "`from` is `\"2024-02-30\"`",
        ),
    ] {
        let message = bad(&shop, &question);
        assert!(message.contains(needle), "{message}");
    }
}

#[test]
fn the_sample_is_answered() {
    let insight = crate::named("retention").expect("the insight");
    let mut question = insight.sample();
    question["as_of"] = json!("2024-06-01T00:00:00Z");
    let answer = answer(&world("a 2024-01-01,2024-02-01 order amount=5"), &question);
    let shown =
        insight.present(&serde_json::to_value(&answer).expect("JSON")).expect("a presentation");
    assert!(
        !shown.tables.is_empty()
            && !shown.definition.0.is_empty()
            && !shown.definition.1.is_empty()
    );
}

#[test]
fn a_bootstrap_draws_the_same_in_every_layout() {
    let mut text = String::new();
    for customer in 0..60 {
        text.push_str(&format!("c{customer} 2024-01-05,2024-02-05 view\n"));
        if customer % 3 == 0 {
            text.push_str(&format!("c{customer} 2024-03-05 view\n"));
        }
    }
    let question = json!({"enter": "every_period", "period": "month", "periods": 3, "as_of": "2024-06-01T00:00:00Z",
        "to": "2024-02-28", "mean": {"interval": "bootstrap"}});
    let answer = answer(&world(&text), &question);
    assert_eq!(answer.definition.interval.as_deref(), Some("bootstrap by customer"));
    let cell = &answer.mean[0];
    // 80 of 120 entries return; each customer stands in two rows, so the spread is that of 60.
    let (low, high) = (cell.low.expect("low"), cell.high.expect("high"));
    assert!((cell.share.expect("a share") - 80.0 / 120.0).abs() < 1e-12);
    let reach = 1.96 * (0.25 * 2.0 / 9.0 / 60.0_f64).sqrt();
    assert!((low - (2.0 / 3.0 - reach)).abs() < 0.02, "{low}");
    assert!((high - (2.0 / 3.0 + reach)).abs() < 0.02, "{high}");
}

#[test]
fn its_own_words_are_chinese_on_a_chinese_page_and_values_stay() {
    let shop = world(
        "a 2024-01-05,2024-02-05 order channel=mail
         b 2024-01-06            order channel=mail
         c 2024-01-07            order channel=everybody",
    );
    let question = json!({"periods": 2, "breakdown": [{"field": "channel"}], "top": 1,
        "to": "2024-01-31", "as_of": "2024-12-01T00:00:00Z"});
    let tree = serde_json::to_value(answer(&shop, &question)).unwrap();
    let shown = crate::named("retention").unwrap().present(&tree).unwrap().in_chinese();
    let first = |table: &Table| -> Vec<CellValue> {
        table.rows.iter().filter_map(|row| row.first().cloned()).collect()
    };
    let texts =
        ["mail · 2024-01", "其他 · 2024-01", "均值"].map(|text| CellValue::Text(text.to_owned()));
    assert_eq!(first(&shown.tables[0]), texts);
}
