//! Small worlds whose features can be told by hand; random ones are in [`oracle`].

mod oracle;

use perennial_testkit::{Event, Layout, World, block_on, in_every_layout, session, world};
use perennial_types::key::CustomerKey;
use serde_json::{Value, json};

use super::{CustomerTableAnswer, CustomerTableQuestion, matrix};
use crate::ask::ask;
use crate::insight::{AskError, Insight};

/// The answer and the customers of its rows or its cell, or why there is none; whatever the layout.
fn reply(world: &World, question: &Value) -> Result<(Value, Vec<CustomerKey>), String> {
    in_every_layout(world, |source| {
        match block_on(ask(&session(), source, "customer_table", question)) {
            Ok(reply) => Ok((reply.answer.into_tree(), reply.customers.unwrap_or_default())),
            Err(AskError::Refused(refusal)) => Err(format!("{}: {refusal}", refusal.code)),
            Err(other) => Err(other.to_string()),
        }
    })
}

fn answer(world: &World, question: &Value) -> CustomerTableAnswer {
    let (json, _) = reply(world, question).unwrap_or_else(|error| panic!("{question}: {error}"));
    let answer: CustomerTableAnswer = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&answer).unwrap(), json, "JSON there and back");
    answer
}

fn with(mut question: Value, fields: Value) -> Value {
    for (name, value) in fields.as_object().unwrap() {
        question[name] = value.clone();
    }
    question
}

/// Known by the end of June.
fn june() -> Value {
    json!({"as_of": "2021-07-01T00:00:00Z"})
}

/// The values of some features, one line per row.
fn values(world: &World, question: &Value, features: &[&str]) -> Vec<String> {
    let found =
        answer(world, &with(question.clone(), json!({"features": features, "limit": null})));
    let line = |row: &super::RowAnswer| {
        let values: Vec<String> =
            row.values.iter().map(|value| value.to_string().replace('"', "")).collect();
        values.join(" ")
    };
    found.rows.iter().map(line).collect()
}

#[test]
fn a_customer_is_what_they_did_before_the_cut() {
    let shop = world(
        "anna 2021-06-01T10,2021-06-11T10,2021-06-25T10 order amount=20 currency=EUR item=tea
         anna 2021-06-11T10:20 view item=cup channel=app
         anna 2021-06-26       refund amount=-5 currency=EUR
         bert 2021-06-30T23:59 view channel=web",
    );
    let ask = |features: &[&str]| values(&shop, &june(), features);
    assert_eq!(
        ask(&["tenure_days", "recency_days", "events", "active_days"]),
        ["29 4 5 4", "0 0 1 1"]
    );
    assert_eq!(ask(&["events_7d", "events_30d", "active_days_7d"]), ["2 5 2", "1 1 1"]);
    assert_eq!(
        ask(&["gap_mean_days", "gap_median_days", "silence_ratio"])[1],
        "null null null",
        "one day, so no gap"
    );
    assert_eq!(ask(&["gap_median_days", "gap_last_ratio"])[0], "10.0 0.12", "of 10, 14 and 1 days");
    assert_eq!(
        ask(&["orders", "order_gap_mean_days", "order_gap_sd_days", "days_since_last_order"]),
        ["3 12.0 2.8284271247461903 5", "0 null null null"],
        "bert has not ordered, which is known"
    );
    assert_eq!(
        ask(&["money", "money_net", "money_7d", "refunds", "refund_share"]),
        ["60.00 55.00 20.00 1 0.08333333333333333", "0.00 0.00 0.00 0 null"]
    );
    assert_eq!(ask(&["items", "items_bought", "event_names"]), ["2 1 3", "0 0 1"]);
    assert_eq!(ask(&["sessions", "session_mean_seconds"]), ["4 300.0", "1 0.0"]);
    assert_eq!(
        ask(&["first_channel", "last_channel", "last_currency"]),
        ["app app EUR", "web web null"]
    );
    assert_eq!(
        ask(&["support_events", "votes"]),
        ["null null", "null null"],
        "nobody ever called for help"
    );
    assert_eq!(ask(&["categories", "first_country"]), ["null null", "null null"]);
}

#[test]
fn shares_of_weekends_and_quarters_of_the_day_follow_the_zone() {
    // A Saturday in UTC that is still Friday evening in New York.
    let shop = world("anna 2021-06-05T02:00 view\n anna 2021-06-07T13:00 view");
    let features =
        ["weekend_share", "night_share", "morning_share", "afternoon_share", "evening_share"];
    assert_eq!(values(&shop, &june(), &features), ["0.5 0.5 0.0 0.5 0.0"]);
    let there = with(june(), json!({"zone": "America/New_York"}));
    assert_eq!(values(&shop, &there, &features), ["0.0 0.0 0.5 0.0 0.5"]);
}

#[test]
fn trends_compare_like_with_like_and_are_missing_for_the_new() {
    let shop = world(
        "anna 2021-01-01,2021-01-02,2021-06-01 view
         bert 2021-06-01 view
         cora 2020-01-01 view",
    );
    // Windows up to 30 June: the last 90 days from 2 April, the 90 before from 2 January.
    assert_eq!(
        values(&shop, &june(), &["events_90d", "events_prev_90d", "events_trend_90d"]),
        ["1 1 0.0", "1 0 null", "0 0 null"]
    );
    let slope = values(&shop, &june(), &["events_slope"]);
    // Blocks of 30 days back from 30 June: 1, 0, 0, 0, 0, 1 events.
    assert_eq!(slope, ["0.0", "null", "0.0"]);
}

#[test]
fn votes_support_and_sessions_are_what_the_question_says() {
    let shop = world(
        "anna 2021-06-01T10 nps score=9
         anna 2021-06-02T10 nps score=4
         anna 2021-06-03T10 nps score=none
         anna 2021-06-04T10 ticket
         anna 2021-06-04T11 visit
         anna 2021-06-04T12 help
         bert 2021-06-04T12 visit",
    );
    assert_eq!(
        values(&shop, &june(), &["votes", "last_score", "mean_score", "days_since_vote"]),
        ["2 4.0 6.5 28", "0 null null null"]
    );
    assert_eq!(
        values(&shop, &june(), &["support_events", "support_events_90d", "days_since_support"]),
        ["1 1 26", "0 0 null"]
    );
    let help = with(
        june(),
        json!({"support": {"event": "help"}, "session": {"started_by": {"event": "visit"}}}),
    );
    assert_eq!(
        values(&shop, &help, &["support_events", "sessions", "session_mean_events"]),
        ["1 2 3.0", "0 1 1.0"]
    );
    let typo = answer(&shop, &with(june(), json!({"support": {"event": "helo"}})));
    assert_eq!(
        (typo.warnings[0].code.as_str(), typo.warnings[0].nearest[0].as_str()),
        ("unknown_event", "help")
    );
}

#[test]
fn what_comes_after_a_cut_changes_nothing_of_it() {
    let before = "anna 2021-05-01 order order=A amount=10 currency=EUR item=tea channel=web
         anna 2021-05-20 view
         bert 2021-05-02 view channel=app";
    let after = "anna 2021-06-01T00:00 order order=A amount=990 currency=EUR item=cup channel=leak
         anna 2021-06-01 refund amount=10 currency=EUR
         anna 2021-06-02,2021-06-03 ticket category=leak country=leak
         bert 2021-06-01 nps score=0
         bert 2021-06-01 order amount=5 currency=USD
         cora 2021-06-01 view";
    let question = with(june(), json!({"cuts": ["2021-05-31"], "currency": null}));
    let clean = answer(&world(before), &question);
    let planted = answer(&world(&format!("{before}\n{after}")), &question);
    assert_eq!(clean, planted);
    assert_eq!((clean.total_rows, clean.cuts[0].complete), (2, true));
    // At the later cut everything is seen, so the test above can fail.
    let later = with(
        question,
        json!({"cuts": ["2021-06-01"], "features": ["money", "last_channel", "refunds", "votes"], "currency": "EUR"}),
    );
    let found = values(
        &world(&format!("{before}\n{after}")),
        &later,
        &["money", "last_channel", "refunds", "votes"],
    );
    assert_eq!(found, ["1000.00 leak 1 0", "0.00 app 0 1", "0.00 null 0 0"]);
}

#[test]
fn several_cuts_in_one_pass_are_each_as_if_asked_alone() {
    let shop = world(
        "anna 2021-05-01,2021-06-10 order amount=10 currency=EUR
         bert 2021-06-11 view",
    );
    let cuts = ["2021-04-30", "2021-05-31", "2021-06-10", "2021-06-30"];
    let together = answer(&shop, &with(june(), json!({"cuts": cuts})));
    assert_eq!(together.cuts.iter().map(|cut| cut.customers).collect::<Vec<_>>(), [0, 1, 1, 2]);
    for (position, cut) in cuts.iter().enumerate() {
        let alone = answer(&shop, &with(june(), json!({"cuts": [cut]})));
        let own: Vec<&Vec<Value>> =
            together.rows.iter().filter(|row| row.cut == *cut).map(|row| &row.values).collect();
        assert_eq!(own, alone.rows.iter().map(|row| &row.values).collect::<Vec<_>>(), "{cut}");
        for (feature, one) in together.features.iter().zip(&alone.features) {
            assert_eq!(feature.summaries[position], one.summaries[0], "{} at {cut}", feature.name);
        }
    }
}

#[test]
fn only_what_was_accepted_by_then_was_known() {
    let shop = world(
        "anna 2021-06-01 view
         anna 2021-06-09 view
         anna 2021-06-05 order amount=7 currency=EUR",
    );
    let at = |sequence: i64| {
        let question = with(june(), json!({"known_at": sequence}));
        values(&shop, &question, &["events", "recency_days"])
    };
    assert_eq!(
        (at(3), at(2), at(1)),
        (vec!["3 21".to_owned()], vec!["2 21".to_owned()], vec!["1 29".to_owned()])
    );
    assert!(at(0).is_empty());
}

#[test]
fn a_population_is_the_one_known_at_the_cut() {
    let shop = world(
        "anna 2021-05-01 order amount=10 currency=EUR
         anna 2021-06-05 refund amount=10 currency=EUR
         bert 2021-06-01 order amount=10 currency=EUR
         cora 2021-05-01 view",
    );
    let n = |population: &str| {
        let cuts = json!({"cuts": ["2021-05-31", "2021-06-30"], "population": population, "features": ["events"]});
        answer(&shop, &with(june(), cuts)).cuts.iter().map(|cut| cut.customers).collect::<Vec<_>>()
    };
    assert_eq!((n("everyone"), n("buyers"), n("net_buyers")), (vec![2, 3], vec![1, 2], vec![1, 1]));
}

#[test]
fn pages_and_cells_are_of_the_rows_and_say_whose_they_are() {
    let shop = world(
        "anna 2021-06-01,2021-06-02,2021-06-03 view channel=web
         bert 2021-06-01 view channel=app
         cora 2021-06-01,2021-06-02 view
         dora 2021-06-03 view channel=web",
    );
    let page = |fields: Value| {
        let (found, keys) = reply(&shop, &with(june(), fields)).unwrap();
        let names: Vec<&str> = keys.iter().map(|key| shop.name_of(key.0)).collect();
        assert_eq!(found["customers"]["total"], json!(keys.len()));
        (
            found["total_rows"].as_u64().unwrap(),
            found["rows"].as_array().unwrap().len(),
            names.join(" "),
        )
    };
    assert_eq!(page(json!({})), (4, 4, "anna bert cora dora".to_owned()));
    assert_eq!(page(json!({"limit": 2, "offset": 1})), (4, 2, "bert cora".to_owned()));
    assert_eq!(page(json!({"offset": 9})), (4, 0, String::new()));
    for (cell, whose) in [
        (json!({}), "anna bert cora dora"),
        (json!({"feature": "events", "at_least": 2}), "anna cora"),
        (json!({"feature": "events", "at_least": 2, "below": 3}), "cora"),
        (json!({"feature": "last_channel", "value": "web"}), "anna dora"),
        (json!({"feature": "last_channel", "missing": true}), "cora"),
        (json!({"feature": "gap_mean_days", "missing": false}), "anna cora"),
        (json!({"feature": "votes", "missing": true}), "anna bert cora dora"),
        (json!({"feature": "events", "below": 2, "cut": "2021-06-30"}), "bert dora"),
    ] {
        let (total, _, names) = page(json!({"cell": cell, "limit": 1}));
        assert_eq!((total as usize, names.as_str()), (whose.split(' ').count(), whose), "{cell}");
    }
    let found = answer(&shop, &june());
    let channel = found.features.iter().find(|feature| feature.name == "last_channel").unwrap();
    assert_eq!((channel.summaries[0].present, channel.summaries[0].levels[0].customers), (3, 2));
    let events = found.features.iter().find(|feature| feature.name == "events").unwrap();
    assert_eq!((events.summaries[0].mean, events.summaries[0].median), (Some(1.75), Some(1.5)));
}

#[test]
fn a_file_holds_every_row_unless_a_page_is_named() {
    let mut shop = world("c1 2021-06-01 view");
    shop.events = (1..=150)
        .map(|key| Event { customer: key, sequence: key, ..shop.events[0].clone() })
        .collect();
    let source = shop.memory(Layout { n_buckets: 2, n_partitions: 1, batch_rows: 100 });
    let n_rows = |question: &Value| {
        let answer = block_on(ask(&session(), &source, "customer_table", question))
            .unwrap()
            .answer
            .into_tree();
        (answer["total_rows"].as_u64().unwrap(), answer["rows"].as_array().unwrap().len())
    };
    let (mut whole, mut page) = (june(), with(june(), json!({"limit": 3})));
    assert_eq!(n_rows(&whole), (150, 100));
    let insight = crate::named("customer_table").unwrap();
    insight.in_full(&mut whole);
    insight.in_full(&mut page);
    assert_eq!((n_rows(&whole), n_rows(&page)), ((150, 150), (150, 3)));
}

#[test]
fn several_currencies_are_refused_where_money_is_wanted() {
    let shop = world(
        "anna 2021-06-01 order amount=5 currency=EUR
         bert 2021-06-02 order amount=7 currency=USD",
    );
    let refusal = reply(&shop, &june()).unwrap_err();
    assert_eq!(refusal, "mixed_currencies: amounts in `EUR`, `USD` would be added");
    assert_eq!(values(&shop, &june(), &["orders", "last_currency"]), ["1 EUR", "1 USD"]);
    let euro = with(june(), json!({"currency": "EUR"}));
    assert_eq!(values(&shop, &euro, &["money", "orders"]), ["5.00 1", "0.00 0"]);
    assert_eq!(answer(&shop, &euro).currency.as_deref(), Some("EUR"));
}

#[test]
fn a_matrix_has_the_numbers_of_the_table() {
    let shop = world(
        "anna 2021-06-01,2021-06-04 order amount=5 currency=EUR channel=web
         bert 2021-06-02 view channel=app",
    );
    let question: CustomerTableQuestion =
        serde_json::from_value(with(june(), json!({"cuts": ["2021-06-01", "2021-06-30"]})))
            .unwrap();
    let source = shop.source(Layout { n_buckets: 2, n_partitions: 1, batch_rows: 1 });
    let found = block_on(matrix(&session(), &source, question)).unwrap();
    assert_eq!(found.customers.iter().map(|key| key.0).collect::<Vec<_>>(), [1, 1, 2]);
    assert_eq!(found.cut_of, [0, 1, 1]);
    assert_eq!(found.column("money").unwrap().values, [5.0, 10.0, 0.0]);
    let gaps = &found.column("gap_mean_days").unwrap().values;
    assert!(gaps[0].is_nan() && gaps[1] == 3.0 && gaps[2].is_nan());
    let channel = found.column("first_channel").unwrap();
    assert_eq!(
        (channel.levels.as_slice(), channel.values.as_slice()),
        (&["app".to_owned(), "web".to_owned()][..], &[1.0, 1.0, 0.0][..])
    );
    assert_eq!(
        (found.n_rows(), found.columns.len(), found.currency.as_deref()),
        (3, super::features::all().count(), Some("EUR"))
    );
}

#[test]
fn an_empty_world_has_no_rows_and_no_error() {
    for fields in
        [json!({}), json!({"cuts": ["2021-01-01"], "population": "buyers"}), json!({"cell": {}})]
    {
        let found = answer(&World::default(), &with(june(), fields));
        assert_eq!((found.total_rows, found.cuts.len(), found.cuts[0].customers), (0, 1, 0));
        assert_eq!(found.features[0].summaries[0].mean, None);
    }
}

#[test]
fn a_question_that_is_none_says_how_to_mend_it() {
    let shop = world("anna 2021-06-01 view");
    for (fields, part) in [
        (json!({"features": ["recency_day"]}), "names `recency_day`"),
        (json!({"cuts": ["2021-07-01"]}), "after the known world ends"),
        (json!({"session": {"gap_minutes": 0}}), "no length of time"),
        (json!({"cell": {"missing": true}}), "by no feature"),
        (json!({"cell": {"feature": "events"}}), "does not say which"),
        (json!({"cell": {"feature": "events", "value": "2"}}), "does not say which"),
        (json!({"cell": {"feature": "last_channel", "below": 2}}), "does not say which"),
        (json!({"cell": {"feature": "events", "below": 2, "missing": true}}), "does not say which"),
        (
            json!({"cell": {"feature": "money", "missing": true}, "features": ["events"]}),
            "is not in the answer",
        ),
        (json!({"cell": {"cut": "2021-06-01"}}), "none of the cuts"),
        (json!({"cut": 1}), "unknown field `cut`"),
    ] {
        let error = reply(&shop, &with(june(), fields.clone())).unwrap_err();
        assert!(error.contains(part), "{fields}: {error}");
    }
    assert!(reply(&shop, &json!({})).unwrap_err().contains("`as_of` is missing"));
}

#[test]
fn the_answer_is_made_ready_for_people() {
    let shop =
        world("anna 2021-06-01,2021-06-09 order amount=5 currency=EUR\n bert 2021-06-02 view");
    let (json, _) = reply(&shop, &june()).unwrap();
    let shown = super::CustomerTable.present(&json).unwrap();
    let names: Vec<&str> = shown.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["features", "customer_table", "cuts"]);
    for table in &shown.tables {
        assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", table.name);
    }
    assert_eq!(shown.tables[1].rows.len(), 2);
    assert!(shown.definition.1.contains("截止"));
    let (json, _) =
        reply(&shop, &with(june(), json!({"cell": {"feature": "orders", "at_least": 1}}))).unwrap();
    assert_eq!(super::CustomerTable.present(&json).unwrap().tables[0].name, "customers");
}
