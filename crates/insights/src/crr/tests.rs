//! Small worlds whose rates can be told by hand; random ones are in [`oracle`].

mod oracle;

use perennial_testkit::{Layout, World, block_on, in_every_layout, session, world};
use perennial_types::key::CustomerKey;
use serde_json::{Value, json};

use super::{CrrAnswer, Rates};
use crate::ask::{ask, ask_all};
use crate::insight::{AskError, Insight};
use crate::present::{CellValue, Picture, Presentation};

/// The answer and the customers behind its cell, or why there is none; whatever the layout.
fn reply(world: &World, question: &Value) -> Result<(Value, Vec<CustomerKey>), String> {
    in_every_layout(world, |source| match block_on(ask(&session(), source, "crr", question)) {
        Ok(reply) => Ok((reply.answer.into_tree(), reply.customers.unwrap_or_default())),
        Err(AskError::Refused(refusal)) => Err(format!("{}: {refusal}", refusal.code)),
        Err(other) => Err(other.to_string()),
    })
}

fn answer(world: &World, question: &Value) -> CrrAnswer {
    let (json, _) = reply(world, question).unwrap_or_else(|error| panic!("{question}: {error}"));
    let answer: CrrAnswer = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&answer).unwrap(), json, "JSON there and back");
    answer
}

/// What stands in the way, with its code.
fn refusal(world: &World, question: &Value) -> String {
    reply(world, question).unwrap_err()
}

/// The outside ids behind one number.
fn members(world: &World, mut question: Value, cell: Value) -> String {
    question["cell"] = cell;
    let (answer, keys) = reply(world, &question).unwrap();
    assert_eq!(answer["customers"]["total"], json!(keys.len()));
    keys.iter().map(|key| world.name_of(key.0)).collect::<Vec<_>>().join(" ")
}

/// `label s e n kept won_back lost`, one line per period.
fn sets<'a>(rates: impl IntoIterator<Item = &'a Rates>) -> Vec<String> {
    let line = |one: &Rates| {
        let group = crate::present::group_text(one.group.as_ref(), one.other);
        let group = group.map_or_else(String::new, |group| format!("{group}: "));
        format!(
            "{group}{} {} {} {} {} {} {}",
            one.label, one.s, one.e, one.n, one.kept, one.won_back, one.lost
        )
    };
    rates.into_iter().map(line).collect()
}

/// May 2021, known on 10 June, active by a purchase in the 31 days before.
fn may() -> Value {
    json!({"from": "2021-05-01", "to": "2021-05-31", "as_of": "2021-06-10T00:00:00Z",
           "active": {"trailing_days": 31}})
}

fn purchases(name: &str, n: usize, instants: &str) -> String {
    (0..n).map(|k| format!("{name}{k} {instants} order amount=10 currency=EUR\n")).collect()
}

/// S = 100, E = 110, N = 30, 10 of E won back.
fn worked_example() -> World {
    let mut text = purchases("kept", 70, "2021-04-20,2021-05-20");
    text += &purchases("lost", 30, "2021-04-20");
    text += &purchases("new", 30, "2021-05-20");
    text += &purchases("back", 10, "2021-01-05,2021-05-20");
    world(&text)
}

#[test]
fn ten_win_backs_make_eighty_percent_of_seventy() {
    let answer = answer(&worked_example(), &may());
    let [one] = answer.periods.as_slice() else { panic!("{answer:?}") };
    assert_eq!(sets([one]), ["2021-05 100 110 30 70 10 30"]);
    assert_eq!((one.classic, one.set, one.churn), (Some(0.8), Some(0.7), Some(0.3)));
    assert_eq!((one.start.as_str(), one.end.as_str()), ("2021-05-01", "2021-06-01"));
    assert!(one.complete && one.flags.is_empty() && one.reason.is_none());
    assert_eq!(
        one.difference.as_deref(),
        Some(
            "the classic form is 10.0 points higher: 10 customers won back stand in E though neither in S nor in N, and 10 ÷ 100 of S is the difference"
        )
    );
    assert!(one.difference_zh.as_deref().is_some_and(|text| text.contains("10 ÷ 100")));
    assert_eq!(one.interval, crate::interval::wilson(70, 100));
    let overall = answer.overall.unwrap();
    assert_eq!((overall.s, overall.set, overall.label.as_str()), (100, Some(0.7), "2021-05"));
    assert!(answer.definition.closed, "a window of a given length follows no data");
    assert_eq!(answer.definition.window, "trailing 31 days");
}

#[test]
fn the_list_behind_a_number_is_as_long_as_the_number() {
    let world = worked_example();
    for (set, size) in [
        ("s", 100),
        ("e", 110),
        ("n", 30),
        ("kept", 70),
        ("won_back", 10),
        ("lost", 30),
        ("acquired", 30),
    ] {
        for period in ["2021-05-01", "overall"] {
            let found = members(&world, may(), json!({"period": period, "set": set}));
            assert_eq!(found.split(' ').count(), size, "{set} of {period}");
        }
    }
    let back = members(&world, may(), json!({"period": "2021-05-01", "set": "won_back"}));
    assert!(back.split(' ').all(|name| name.starts_with("back")));
    let error = reply(
        &world,
        &json!({"as_of": "2021-06-10T00:00:00Z", "active": {"trailing_days": 31},
        "cell": {"period": "2021-05-02", "set": "s"}}),
    );
    assert!(error.unwrap_err().contains("no period starts at `2021-05-02`"));
}

#[test]
fn the_window_holds_its_first_instant_and_not_its_last() {
    let month = |instant: &str| {
        let world = world(&format!("anna {instant} order amount=1"));
        answer(&world, &may()).periods[0].s
    };
    assert_eq!(month("2021-03-30T23:59:59.999999"), 0);
    assert_eq!(month("2021-03-31"), 1, "30 days of April and one of March");
    let week = |instant: &str| {
        let mut question = may();
        question["active"] = json!({"trailing_days": 7});
        let world = world(&format!("anna {instant} order amount=1"));
        answer(&world, &question).periods[0].s
    };
    assert_eq!(week("2021-04-23T23:59:59.999999"), 0);
    assert_eq!(week("2021-04-24"), 1);
    assert_eq!(week("2021-04-30T23:59:59.999999"), 1);
    assert_eq!(week("2021-05-01"), 0);
}

#[test]
fn a_customer_gone_before_the_end_is_in_neither_set() {
    let mut question = may();
    question["active"] = json!({"trailing_days": 7});
    let answer = answer(&world("anna 2021-05-03 order amount=1"), &question);
    let one = &answer.periods[0];
    assert_eq!((one.acquired, one.n, one.e), (1, 0, 0));
    assert_eq!((one.classic, one.set, one.churn), (None, None, None), "never 0 or 1");
    assert_eq!(one.reason.as_deref(), Some("no_customers_at_start"));
    assert_eq!(one.interval, None);
}

#[test]
fn lines_of_an_order_are_one_purchase_at_its_first_line() {
    let world = world(
        "anna 2021-04-30T23:59 order order=A1 amount=5
         anna 2021-05-01T00:01 order order=A1 amount=5
         bert 2021-04-20       order order=B1 amount=5
         bert 2021-05-20       order order=B1 amount=-5
         carl 2021-05-20       order order=C1 amount=0",
    );
    // Anna bought in April, whatever was added in May; the other orders are worth nothing.
    assert_eq!(sets(&answer(&world, &may()).periods), ["2021-05 1 0 0 0 0 1"]);
    let mut everyone = may();
    everyone["population"] = json!("everyone");
    // To everyone an order is an event at its first line: Anna and Bert did nothing in May.
    assert_eq!(sets(&answer(&world, &everyone).periods), ["2021-05 2 1 1 0 0 2"]);
}

#[test]
fn a_later_refund_removes_no_buyer() {
    let world = world(
        "anna 2021-04-20,2021-05-20 order amount=10
         anna 2021-05-21            refund amount=-20
         bert 2021-04-20            order amount=10",
    );
    assert_eq!(sets(&answer(&world, &may()).periods), ["2021-05 2 1 0 1 0 1"]);
    let mut net = may();
    net["population"] = json!("net_buyers");
    let answer = answer(&world, &net);
    assert_eq!(sets(&answer.periods), ["2021-05 1 0 0 0 0 1"]);
    assert!(!answer.periods[0].complete && !answer.definition.closed);
    assert_eq!(answer.definition.flags, ["open_ended"]);
}

#[test]
fn a_month_begins_where_the_zone_says() {
    let world = world("anna 2023-12-31T16:30 order amount=1");
    let mut question = json!({"from": "2023-12-01", "to": "2024-01-31", "as_of": "2024-02-10T00:00:00Z",
        "active": {"trailing_days": 90}});
    assert_eq!(
        sets(&answer(&world, &question).periods),
        ["2023-12 0 1 1 0 0 0", "2024-01 1 1 0 1 0 0"]
    );
    question["zone"] = json!("Asia/Shanghai");
    assert_eq!(
        sets(&answer(&world, &question).periods),
        ["2023-12 0 0 0 0 0 0", "2024-01 0 1 1 0 0 0"]
    );
}

#[test]
fn the_window_is_the_ninetieth_percentile_of_the_gaps() {
    // Gaps of 1, 2, …, 11 days: rank 9 of 0 to 10 is 10 days.
    let world = world(
        "anna 2021-01-01,2021-01-02,2021-01-04,2021-01-07,2021-01-11,2021-01-16,2021-01-22,2021-01-29,2021-02-06,2021-02-15,2021-02-25,2021-03-08 order amount=1",
    );
    let found = answer(&world, &json!({"as_of": "2021-03-20T00:00:00Z"}));
    assert_eq!(found.active.trailing_days, Some(10.0));
    assert_eq!(found.active.chosen, "p90 of 11 gaps between purchases");
    assert!(!found.definition.closed);
    assert_eq!(found.definition.flags, ["window_follows_data"]);
    assert_eq!(
        sets(&found.periods),
        ["2021-01 0 1 1 0 0 0", "2021-02 1 1 0 1 0 0", "2021-03 1 0 0 0 0 1"]
    );
    let complete: Vec<bool> = found.periods.iter().map(|one| one.complete).collect();
    assert_eq!(complete, [true, true, false]);
    // What is known later must not be measured: up to the third purchase gaps are 1 and 2 days.
    let early = answer(&world, &json!({"as_of": "2021-01-05T00:00:00Z"}));
    assert_eq!(early.active.trailing_days, Some(1.9));
}

#[test]
fn without_gaps_there_is_no_window_to_choose() {
    let as_of = json!({"as_of": "2021-06-10T00:00:00Z"});
    let found = refusal(&world("anna 2021-05-01,2021-05-03 order amount=1"), &as_of);
    assert!(found.starts_with("no_gaps: ") && found.contains("number 1,"), "{found}");
    let found = refusal(&world("anna 2021-05-01 view"), &as_of);
    assert!(found.starts_with("no_gaps: ") && found.contains("number 0,"), "{found}");
    let empty = answer(&world(""), &as_of);
    assert!(empty.periods.is_empty() && empty.overall.is_none());
    assert_eq!(sets(&answer(&world(""), &may()).periods), ["2021-05 0 0 0 0 0 0"]);
}

#[test]
fn a_subscription_is_live_from_its_start_to_its_end() {
    let world = world(
        "anna 2021-03-01            subscribe
         anna 2021-05-01            cancel
         bert 2021-04-10,2021-04-15 subscribe
         carl 2021-05-10            subscribe
         dora 2021-02-01,2021-05-05 subscribe
         dora 2021-03-01            cancel
         dora 2021-05-04            order amount=3
         emil 2021-05-02            order amount=3",
    );
    let mut question = may();
    question["population"] = json!("everyone");
    question["active"] = json!({"subscription": {"start": "subscribe", "end": "cancel"}});
    // Anna cancels as May begins, so she was live at its start; Dora comes back.
    let found = answer(&world, &question);
    assert_eq!(sets(&found.periods), ["2021-05 2 3 1 1 1 1"]);
    assert_eq!(found.active.trailing_days, None);
    assert!(found.periods[0].complete && found.warnings.is_empty());
    question["population"] = json!("buyers");
    assert_eq!(
        sets(&answer(&world, &question).periods),
        ["2021-05 0 1 1 0 0 0"],
        "Dora buys in May"
    );
    question["active"]["subscription"]["end"] = json!("cancle");
    let found = answer(&world, &question);
    assert_eq!(found.warnings[0].code, "unknown_event");
    assert_eq!(found.warnings[0].nearest, ["cancel"]);
}

#[test]
fn new_customers_are_those_of_the_period_before() {
    let world = world(
        "anna 2021-02-10,2021-04-20 order amount=1
         bert 2021-04-20,2021-05-20 order amount=1
         carl 2021-04-02,2021-05-20 order amount=1
         dora 2021-05-20            order amount=1",
    );
    let mut question = may();
    question["active"] = json!({"trailing_days": 20});
    question["by"] = json!("new_old");
    let found = answer(&world, &question);
    // Carl, acquired in April, had lapsed before May.
    assert_eq!(sets(&found.periods), ["new: 2021-05 1 2 0 1 1 0", "old: 2021-05 1 0 0 0 0 1"]);
    assert_eq!(sets(&found.overall), ["2021-05 2 3 1 1 1 1"]);
    assert_eq!(sets(&found.groups), sets(&found.periods));
    let cell = json!({"period": "2021-05-01", "set": "won_back", "group": ["new"]});
    assert_eq!(members(&world, question.clone(), cell), "carl");
    let cell = json!({"period": "2021-05-01", "set": "s", "group": ["old"]});
    assert_eq!(members(&world, question, cell), "anna");
}

#[test]
fn groups_add_up_and_the_rest_is_computed() {
    let world = world(
        "anna 2021-04-20 order amount=1 country=UK
         anna 2021-05-20 order amount=1 country=FR
         bert 2021-04-20,2021-05-20 order amount=1 country=UK
         carl 2021-04-20 order amount=1 country=DE
         dora 2021-05-20 order amount=1",
    );
    let mut question = may();
    question["breakdown"] = json!([{"field": "country"}]);
    question["top"] = json!(1);
    let found = answer(&world, &question);
    assert_eq!(sets(&found.periods), ["UK: 2021-05 2 2 0 2 0 0", "Other: 2021-05 1 1 1 0 0 1"]);
    assert_eq!(sets(&found.overall), ["2021-05 3 3 1 2 0 1"]);
    let other = json!({"period": "overall", "set": "e", "other": true});
    assert_eq!(members(&world, question.clone(), other), "dora");
    question["breakdown"] = json!([{"field": "country", "at": "current"}]);
    question["top"] = json!(10);
    let found = answer(&world, &question);
    assert_eq!(
        sets(&found.periods),
        [
            "(none): 2021-05 0 1 1 0 0 0",
            "DE: 2021-05 1 0 0 0 0 1",
            "FR: 2021-05 1 1 0 1 0 0",
            "UK: 2021-05 1 1 0 1 0 0"
        ]
    );
    assert!(found.periods.iter().all(|one| !one.complete), "any later event may move a customer");
    let none = json!({"period": "2021-05-01", "set": "n", "group": [null]});
    assert_eq!(members(&world, question, none), "dora");
}

#[test]
fn a_history_shorter_than_the_window_is_flagged() {
    let world = world("anna 2021-01-10,2021-04-20 order amount=1");
    let found = answer(
        &world,
        &json!({"as_of": "2021-06-10T00:00:00Z", "to": "2021-06-30", "active": {"trailing_days": 31}}),
    );
    let flagged: Vec<bool> = found.periods.iter().map(|one| !one.flags.is_empty()).collect();
    assert_eq!(
        flagged,
        [true, true, false, false, false, false],
        "1 February less 31 days is 1 January"
    );
}

#[test]
fn published_bands_stand_beside_with_a_warning() {
    let world = worked_example();
    let found = answer(&world, &may());
    assert!(
        found.warnings.is_empty()
            && found.benchmarks.len() == crate::benchmarks::industries().count()
    );
    assert!(
        found.benchmarks.iter().all(|band| !band.verified && band.note == "definitions differ")
    );
    let mut question = may();
    question["industry"] = json!("retail");
    let found = answer(&world, &question);
    assert_eq!(
        serde_json::to_value(&found.benchmarks).unwrap(),
        json!([{"industry": "retail", "low": 0.6, "high": 0.8, "source": "National Retail Federation",
                "as_quoted": "2023-03", "verified": false, "note": "definitions differ"}])
    );
    assert_eq!(found.warnings[0].code, "definitions_differ");
    question["industry"] = json!("retial");
    assert_eq!(answer(&world, &question).warnings[0].nearest, ["retail"]);
    question["benchmarks"] = json!([{"industry": "retial", "low": 0.1, "high": 0.2, "source": "our own", "verified": true}]);
    let found = answer(&world, &question);
    assert!(found.benchmarks.len() == 1 && found.benchmarks[0].verified);
    question["benchmarks"][0]["low"] = json!(0.3);
    assert!(refusal(&world, &question).contains("from `0.3` to `0.2`"));
}

#[test]
fn a_question_that_is_none_is_named() {
    let world = world("anna 2021-05-01 order amount=1");
    for (field, value, named) in [
        ("from", json!("2021-07-01"), "`from` 2021-07-01 is after `to` 2021-05-31"),
        ("fiscal_year_start", json!(13), "`fiscal_year_start` is `13`"),
        ("active", json!({"trailing_days": 0}), "`active.trailing_days` is `0`"),
        ("active", json!({"trailing": 3}), "unknown field `trailing`"),
        (
            "active",
            json!({"trailing_days": 3, "subscription": {"start": "a", "end": "b"}}),
            "has both",
        ),
        ("active", json!({"subscription": {"start": "a", "end": "a"}}), "`a` both starts and ends"),
        ("breakdown", json!([{"field": "country", "at": "return"}]), "`breakdown.at` is `return`"),
        ("periods", json!(3), "unknown field `periods`"),
        (
            "cell",
            json!({"period": "2021-05-01", "set": "s", "group": ["UK"]}),
            "`cell.group` has 1 values",
        ),
        ("as_of", json!(null), "`as_of` is missing"),
    ] {
        let mut question = may();
        question[field] = value;
        let found = refusal(&world, &question);
        assert!(found.contains(named), "{field}: {found}");
    }
}

#[test]
fn the_first_table_is_laid_out_to_be_read() {
    let mut question = may();
    question["industry"] = json!("telecom");
    let (found, _) = reply(&worked_example(), &question).unwrap();
    let Presentation { tables, pictures, warnings, definition } =
        super::Crr.present(&found).unwrap();
    let heads: Vec<&str> = tables[0].columns.iter().map(|head| head.name.as_str()).collect();
    assert_eq!(
        heads,
        ["period", "S", "E", "N", "won back", "kept", "classic", "set", "churn", "complete"]
    );
    assert_eq!(tables[0].rows[0][0], CellValue::Text("2021-05".to_owned()));
    assert_eq!(tables[0].rows[0][6], CellValue::Share { share: 0.8, complete: true });
    assert!(
        tables.iter().all(|table| table.rows.iter().all(|row| row.len() == table.columns.len()))
    );
    let [Picture::Curve(curve)] = pictures.as_slice() else { panic!("{pictures:?}") };
    let names: Vec<&str> = curve.series.iter().map(|series| series.name.as_str()).collect();
    assert_eq!(names, ["set", "classic", "telecom: 63.0 % (JD Power, 2023-03)"]);
    assert_eq!(curve.series[2].band, [Some((0.63, 0.63))]);
    assert_eq!(warnings.len(), 1);
    assert!(definition.0.contains("won back ÷ S") && definition.1.contains("召回 ÷ S"));
}

#[test]
fn questions_share_a_scan() {
    let world = worked_example();
    let retention = json!({"as_of": "2021-06-10T00:00:00Z", "periods": 3});
    let subscription = json!({"as_of": "2021-06-10T00:00:00Z", "population": "everyone",
        "active": {"subscription": {"start": "order", "end": "cancel"}}});
    let measured = json!({"as_of": "2021-06-10T00:00:00Z"});
    let asked: Vec<(String, Value)> =
        [("crr", may()), ("retention", retention), ("crr", measured), ("crr", subscription)]
            .map(|(kind, question)| (kind.to_owned(), question))
            .to_vec();
    let source = world.source(Layout::ONE);
    let together = block_on(ask_all(&session(), &source, &asked));
    for ((kind, question), reply) in asked.iter().zip(together) {
        let alone = block_on(ask(&session(), &source, kind, question)).unwrap();
        assert_eq!(reply.unwrap().answer, alone.answer, "{question}");
    }
}
