//! Groups against the same question with `who`, in every layout; what is refused, and what leaks not.

use std::collections::BTreeMap;

use perennial_engine::source::RunSource;
use perennial_testkit::{
    Event, Layout, World, WorldSource, block_on, in_every_layout, instant, session, world,
};
use perennial_types::key::CustomerKey;
use serde_json::{Value, json};

use super::{fill_ids, is_split};
use crate::ask::ask;
use crate::insight::AskError;
use crate::present::{CellValue, Presentation};

const AS_OF: &str = "2023-09-01T00:00:00Z";
const COUNTRIES: [&str; 3] = ["DE", "FR", "IT"];

/// Kinds that learn, with a question of few cuts.
fn learning() -> [(&'static str, Value); 3] {
    let cuts = json!(["2023-02-28", "2023-04-30", "2023-06-30"]);
    [
        ("churn_risk", json!({"cuts": cuts, "horizon_days": 30, "limit": 5})),
        ("drivers", json!({"cuts": cuts, "horizon_days": 30, "features": ["tenure_days"]})),
        ("health", json!({"n_dates": 2, "every_days": 30, "horizon_days": 30, "limit": 5})),
    ]
}

/// The others.
fn counting() -> [(&'static str, Value); 6] {
    [
        ("path", json!({"steps": 3, "top": 2})),
        ("sessions", json!({"period": "month", "top": 2})),
        ("benchmark", json!({"period": "month", "active": {"trailing_days": 60}})),
        ("seasonality", json!({"of": {"measure": "orders"}, "period": "week", "season": 4})),
        ("customer_table", json!({"features": ["orders", "days_since_last_order"], "limit": 3})),
        ("forecast", json!({"period": "week", "ahead": 2})),
    ]
}

fn with(mut question: Value, fields: Value) -> Value {
    for (name, value) in fields.as_object().unwrap() {
        question[name] = value.clone();
    }
    question
}

fn by_country(question: &Value) -> Value {
    let breakdown = json!([{"field": "country"}]);
    with(question.clone(), json!({"as_of": AS_OF, "breakdown": breakdown, "top": 2}))
}

/// Where a customer of the shop is from; one in twenty says nothing.
fn country(customer: i64) -> Option<&'static str> {
    match customer % 20 {
        0 => None,
        1 => Some("IT"),
        2..=7 => Some("FR"),
        _ => Some("DE"),
    }
}

/// Eight months of a shop that customers leave, those who call for help most; everybody is there from
/// the first month on, and whoever stays until the last is `gold` in it.
fn shop(n_customers: i64) -> World {
    let mut world = World::default();
    let mut state = 7_u64;
    let mut below = |n: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    for customer in 1..=n_customers {
        world.names.push(format!("c{customer}"));
        for month in 1..=8 {
            let plan = if month == 8 { "gold" } else { "basic" };
            let mut properties = BTreeMap::from([("plan".to_owned(), plan.to_owned())]);
            properties.extend(country(customer).map(|one| ("country".to_owned(), one.to_owned())));
            let calls = below(3) == 0;
            let mut events = vec!["visit", "order"];
            events.extend(calls.then_some("support_ticket"));
            for event in events {
                let (day, hour) = (below(27) + 1, below(24));
                let sequence = world.events.len() as i64 + 1;
                let is_order = event == "order";
                world.events.push(Event {
                    customer,
                    ts: instant(&format!("2023-{month:02}-{day:02}T{hour:02}")),
                    sequence,
                    event: event.to_owned(),
                    amount: is_order.then(|| (below(90) as i64 + 10) * 10_000),
                    currency: is_order.then(|| "EUR".to_owned()),
                    properties: properties.clone(),
                    ..Event::default()
                });
            }
            if below(10) < if calls { 5 } else { 1 } {
                break;
            }
        }
    }
    world
}

type Told = Result<(Value, Option<Vec<CustomerKey>>), String>;

fn asked(source: &WorldSource, kind: &str, question: &Value) -> Told {
    match block_on(ask(&session(), source, kind, question)) {
        Ok(reply) => Ok((reply.answer.into_tree(), reply.customers)),
        Err(AskError::Refused(refusal)) => {
            assert!(!refusal.reason_zh.is_empty() && !refusal.hint_zh.is_empty(), "{refusal}");
            Err(format!("{}: {refusal}", refusal.code))
        }
        Err(AskError::BadQuestion { message, hint }) => Err(format!("{message}; {hint}")),
        Err(other) => Err(other.to_string()),
    }
}

fn answered(
    source: &WorldSource,
    kind: &str,
    question: &Value,
) -> (Value, Option<Vec<CustomerKey>>) {
    asked(source, kind, question).unwrap_or_else(|error| panic!("{kind} {question}: {error}"))
}

/// The condition on whose customers a group's are, among groups that are shown.
fn condition(group: &Value, shown: &[Value]) -> String {
    let is = |name: &str| format!("trait country = \"{name}\"");
    let any = |all: Vec<String>| format!("not ({})", all.join(" or "));
    match group["group"].as_array().map(|values| &values[0]) {
        None => {
            let shown = shown.iter().filter(|one| !one["group"].is_null());
            any(shown.map(|one| condition(one, &[])).collect())
        }
        Some(Value::String(name)) => is(name),
        Some(_) => any(COUNTRIES.map(is).to_vec()),
    }
}

/// The same question with `who` naming a group's customers, as of when the group is known.
fn about(source: &WorldSource, kind: &str, question: &Value, condition: &str) -> Value {
    let mut alone = question.clone();
    let fields = alone.as_object_mut().unwrap();
    fields.shift_remove("breakdown");
    if !matches!(kind, "path" | "sessions") {
        fields.shift_remove("top");
    }
    let asking = crate::named(kind).unwrap().begin(&alone, &source.facts()).unwrap();
    alone["who"] = match asking.learns_from() {
        None => json!(condition),
        Some(first) => json!({"condition": condition, "as_of": first.to_string()}),
    };
    alone
}

/// An answer without what it tells of `who`.
fn without_who(mut answer: Value) -> Value {
    answer.as_object_mut().unwrap().shift_remove("who");
    answer["question"].as_object_mut().unwrap().shift_remove("who");
    for language in ["en", "zh"] {
        let text = answer["definition"][language].as_str().unwrap();
        let words = if language == "en" { " Only some customers" } else { "仅统计部分客户" };
        let end = text.find(words).unwrap();
        answer["definition"][language] = json!(text[..end]);
    }
    answer
}

/// Every group's answer is that of the question about its customers alone; how many have one.
fn agree(source: &WorldSource, kind: &str, question: &Value) -> usize {
    let (answer, _) = answered(source, kind, question);
    let groups = answer["groups"].as_array().unwrap();
    let mut n_answered = 0;
    for group in groups {
        let alone = about(source, kind, question, &condition(group, groups));
        match asked(source, kind, &alone) {
            Ok((own, _)) => {
                assert_eq!(own["who"]["n_customers"], group["n_customers"], "{kind} {group}");
                assert_eq!(without_who(own), group["answer"], "{kind} {}", group["group"]);
                n_answered += 1;
            }
            Err(refused) => {
                let told = &group["refusal"];
                let told = format!(
                    "{}: {}",
                    told["code"].as_str().unwrap_or_default(),
                    told["reason"].as_str().unwrap_or_default()
                );
                assert_eq!(refused, told, "{kind} {}", group["group"]);
            }
        }
    }
    n_answered
}

#[test]
fn a_groups_answer_is_that_of_the_question_about_its_customers_alone() {
    let shop = shop(40);
    for (kind, question) in counting() {
        let question = by_country(&question);
        let n_answered = in_every_layout(&shop, |source| agree(source, kind, &question));
        assert!(n_answered >= 2, "{kind}: {n_answered}");
    }
}

#[test]
fn a_groups_answer_of_a_kind_that_learns_is_too_and_too_few_are_refused_alone() {
    let shop = shop(400);
    let layouts = [Layout::ONE, Layout { n_buckets: 3, n_partitions: 2, batch_rows: 500 }];
    for (kind, question) in learning() {
        let question = by_country(&question);
        for layout in layouts {
            let n_answered = agree(&shop.source(layout), kind, &question);
            assert!(n_answered >= 2, "{kind}: {n_answered}");
        }
    }
    let (answer, _) =
        answered(&shop.source(Layout::ONE), "churn_risk", &by_country(&learning()[0].1));
    assert_eq!(answer["groups"][2]["refusal"]["code"], "too_few_customers", "{answer:#}");
    assert!(answer["groups"][2].get("answer").is_none());
    assert!(answer["groups"][0].get("refusal").is_none());
}

#[test]
fn every_customer_is_in_one_group_and_the_smaller_groups_are_the_rest() {
    let shop = shop(40);
    let truth = |name: Option<&str>| (1..=40).filter(|one| country(*one) == name).count();
    let question = by_country(&json!({}));
    let sizes = |question: &Value| {
        in_every_layout(&shop, |source| {
            let (answer, _) = answered(source, "sessions", question);
            let size = |one: &Value| format!("{} {}", one["group"], one["n_customers"]);
            answer["groups"].as_array().unwrap().iter().map(size).collect::<Vec<String>>()
        })
    };
    let (de, fr) = (truth(Some("DE")), truth(Some("FR")));
    let rest = truth(Some("IT")) + truth(None);
    assert_eq!(
        sizes(&question),
        [format!("[\"DE\"] {de}"), format!("[\"FR\"] {fr}"), format!("null {rest}")]
    );
    // Of groups of one size, the one without a value comes first, as in every other breakdown.
    let all = with(question.clone(), json!({"top": 4}));
    assert_eq!(sizes(&all)[2..], ["[null] 2".to_owned(), "[\"IT\"] 2".to_owned()]);
    let none = with(question.clone(), json!({"top": 0}));
    assert_eq!(sizes(&none), ["null 40"]);
    let german = with(question.clone(), json!({"who": "trait country = \"DE\""}));
    assert_eq!(sizes(&german), [format!("[\"DE\"] {de}")]);
    let both = json!({"breakdown": [{"field": "country"}, {"field": "plan"}], "top": 1});
    assert_eq!(sizes(&with(question, both))[0], format!("[\"DE\",\"basic\"] {de}"));
}

#[test]
fn the_first_known_value_counts_or_the_latest_known_one() {
    let shop = world(
        "anna 2023-01-01 visit
         anna 2023-01-02 visit plan=basic
         anna 2023-01-03 order plan=gold
         anna 2023-01-04 visit
         anna 2024-01-01 visit plan=later",
    );
    for (at, plan) in [("start", "basic"), ("current", "gold")] {
        let question = json!({"as_of": AS_OF, "breakdown": [{"field": "plan", "at": at}]});
        let group = in_every_layout(&shop, |source| {
            answered(source, "sessions", &question).0["groups"][0]["group"].clone()
        });
        assert_eq!(group, json!([plan]), "{at}");
    }
}

#[test]
fn a_kind_that_learns_is_not_told_what_came_after_the_first_date() {
    let shop = shop(60);
    let source = shop.source(Layout::ONE);
    let breakdown = json!({"as_of": AS_OF, "breakdown": [{"field": "plan", "at": "current"}]});
    let groups = |kind: &str, question: Value| {
        let (answer, _) = answered(&source, kind, &with(question, breakdown.clone()));
        let english = answer["definition"]["en"].as_str().unwrap().to_owned();
        let groups = answer["groups"].as_array().unwrap().clone();
        (groups.iter().map(|one| one["group"].clone()).collect::<Vec<Value>>(), english)
    };
    for (kind, question) in learning() {
        let (found, definition) = groups(kind, question);
        assert_eq!(found, [json!(["basic"])], "{kind}: `gold` is said of those who stayed");
        assert!(!definition.contains("known `plan` before 2023-09-01"), "{definition}");
    }
    let (found, definition) = groups("sessions", json!({}));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(definition.contains("the latest known `plan` before 2023-09-01T00:00:00Z"));
}

#[test]
fn the_customers_of_a_groups_cell_are_those_of_the_question_about_it_alone() {
    let shop = shop(80);
    let cells = [
        ("sessions", json!({"period": "month"}), json!({"bounced": true})),
        (
            "customer_table",
            json!({"features": ["orders"]}),
            json!({"feature": "orders", "at_least": 2.0}),
        ),
        (
            "seasonality",
            json!({"of": {"measure": "events"}, "period": "week", "season": 4}),
            json!({"start": "2023-01-09"}),
        ),
    ];
    for (kind, question, cell) in cells {
        let question = by_country(&question);
        for (group, alone) in [
            (json!({"group": ["FR"]}), Some("trait country = \"FR\"")),
            (
                json!({"other": true}),
                Some("not (trait country = \"FR\" or trait country = \"DE\")"),
            ),
            (json!({}), None),
        ] {
            let named = with(question.clone(), json!({"cell": with(cell.clone(), group.clone())}));
            in_every_layout(&shop, |source| {
                let (answer, keys) = answered(source, kind, &named);
                let mut bare = with(question.clone(), json!({"cell": cell}));
                bare = match alone {
                    Some(condition) => about(source, kind, &bare, condition),
                    None => {
                        bare.as_object_mut().unwrap().shift_remove("breakdown");
                        if kind != "sessions" {
                            bare.as_object_mut().unwrap().shift_remove("top");
                        }
                        bare
                    }
                };
                let (own, expected) = answered(source, kind, &bare);
                assert!(expected.as_ref().is_some_and(|keys| !keys.is_empty()), "{kind} {bare}");
                assert_eq!(keys, expected, "{kind} {group}");
                assert_eq!(answer["customers"]["total"], own["customers"]["total"]);
                assert_eq!(answer["question"]["cell"], named["cell"]);
                if kind == "customer_table" {
                    assert_eq!(
                        (&answer["rows"], &answer["total_rows"]),
                        (&own["rows"], &own["total_rows"])
                    );
                }
                let others = answer["groups"].as_array().unwrap().iter();
                assert!(
                    others
                        .filter_map(|one| one.get("answer"))
                        .all(|one| one["customers"].is_null())
                );
                // What is answered can be asked again. What a series left to the data is then
                // everybody's for the groups too, such as its form.
                if kind != "seasonality" {
                    assert_eq!(answered(source, kind, &answer["question"]).0, answer);
                }
            });
        }
    }
}

#[test]
fn what_is_no_breakdown_here_says_why() {
    let shop = shop(20);
    let source = shop.source(Layout::ONE);
    for kind in ["sessions", "forecast"] {
        for (fields, says) in [
            (json!({"breakdown": "country"}), "`breakdown` is `\"country\"`"),
            (json!({"breakdown": [{"field": "country", "at": "first"}]}), "with `at` `start`"),
            (
                json!({"breakdown": [{"field": "country", "at": "return"}]}),
                "there is no return here",
            ),
            (json!({"breakdown": [{"field": "ts"}]}), "names `ts`"),
            (json!({"top": -1}), "`top` is `-1`"),
            (json!({"top": "many"}), "`top` is `\"many\"`"),
            (json!({"top": 51}), "give at most 50"),
            (json!({"zone": "Nowhere"}), "Nowhere"),
            (json!({"as_of": null}), "`as_of` is missing"),
            (json!({"cell": {"group": "DE"}}), "`cell.group` is `\"DE\"`"),
            (json!({"cell": {"group": ["DE", null]}}), "`cell.group` has 2 values"),
            (json!({"cell": {"group": ["DE"], "other": true}}), "give one of them"),
        ] {
            let question = with(by_country(&json!({})), fields.clone());
            let error = asked(&source, kind, &question).unwrap_err();
            assert!(error.contains(says), "{kind} {fields}: {error}");
        }
    }
    let cell = |cell: Value| with(by_country(&json!({})), json!({ "cell": cell }));
    for (cell, says) in [
        (cell(json!({"bounced": true, "group": ["ES"]})), "one of: `[\"DE\"]`, `[\"FR\"]`"),
        (cell(json!({"nonsense": true, "group": ["DE"]})), "nonsense"),
        (
            with(cell(json!({"bounced": true, "other": true})), json!({"top": 9})),
            "every group is shown",
        ),
    ] {
        let error = asked(&source, "sessions", &cell).unwrap_err();
        assert!(error.contains(says), "{error}");
    }
    let explained = with(by_country(&json!({})), json!({"explain": true}));
    let (answer, _) = answered(&source, "sessions", &explained);
    assert_eq!(answer["explain"]["reason"]["code"], "not_in_sql", "{}", answer["explain"]);
    for nobody in [json!({"breakdown": []}), json!({"breakdown": null}), json!({"top": 3})] {
        let (answer, _) =
            answered(&source, "forecast", &with(json!({"as_of": AS_OF}), nobody.clone()));
        assert!(
            answer.get("groups").is_none() && answer["question"].get("top").is_none(),
            "{nobody}"
        );
    }
}

#[test]
fn a_misspelt_field_is_told_and_a_groups_own_question_is_none() {
    let source = shop(20).source(Layout::ONE);
    let codes = |field: &str, question: Value| {
        let question = with(by_country(&question), json!({"breakdown": [{"field": field}]}));
        let (answer, _) = answered(&source, "seasonality", &question);
        let warnings = answer["warnings"].as_array().unwrap().clone();
        let told = warnings.iter().filter(|one| one["code"].as_str().unwrap().contains("unknown"));
        told.map(|one| one["nearest"].to_string()).collect::<Vec<String>>()
    };
    let of = json!({"kind": "lifecycle", "question": {"breakdown": [{"field": "country"}]}});
    let inner = json!({"of": of, "group": ["DE"], "period": "month", "season": 2});
    assert_eq!(codes("contry", json!({"of": {"measure": "orders"}})), [r#"["country"]"#]);
    assert_eq!(codes("contry", inner), [r#"["country"]"#]);
    assert_eq!(codes("country", json!({"of": {"measure": "orders"}})), Vec::<String>::new());
}

#[test]
fn every_kind_tells_customers_apart_or_says_why_not() {
    let source = shop(60).source(Layout::ONE);
    let split: Vec<&str> =
        crate::all().iter().map(|one| one.kind()).filter(|kind| is_split(kind)).collect();
    let own: Vec<&str> = counting().iter().chain(&learning()).map(|(kind, _)| *kind).collect();
    assert!(own.iter().all(|kind| split.contains(kind)) && own.len() == split.len(), "{split:?}");
    for insight in crate::all() {
        let kind = insight.kind();
        let question = insight.sample();
        let breakdown = json!([{"field": "country"}]);
        let question = with(question, json!({"as_of": AS_OF, "breakdown": breakdown}));
        match block_on(ask(&session(), &source, kind, &question)) {
            Ok(reply) => {
                let answer = reply.answer.into_tree();
                assert_eq!(answer["question"]["breakdown"][0]["field"], "country", "{kind}");
                if is_split(kind) {
                    assert_eq!(answer["groups"][0]["group"], json!(["DE"]), "{kind}");
                    let top = answer["question"]["top"].as_u64().unwrap() as usize;
                    assert!(answer["groups"].as_array().unwrap().len() <= top + 1, "{kind}");
                    let again = answered(&source, kind, &answer["question"]).0;
                    assert_eq!(again, answer, "{kind} is not the same when it is asked again");
                }
                crate::named(kind).unwrap().present(&answer).unwrap();
            }
            Err(AskError::Refused(refusal)) => assert!(!refusal.code.is_empty(), "{kind}"),
            Err(other) => panic!("{kind}: {other}"),
        }
    }
}

#[test]
fn tables_hold_every_group_and_pictures_name_them() {
    let source = shop(400).source(Layout::ONE);
    let shown = |kind: &str, question: &Value| -> (Value, Presentation) {
        let mut answer = answered(&source, kind, question).0;
        fill(&mut answer);
        (answer.clone(), crate::named(kind).unwrap().present(&answer).unwrap())
    };
    for (kind, question) in counting().into_iter().chain(learning()) {
        let (answer, whole) = shown(kind, &by_country(&question));
        let (_, alone) = shown(kind, &with(question, json!({"as_of": AS_OF})));
        let groups = answer["groups"].as_array().unwrap();
        for table in &alone.tables {
            let known = whole.tables.iter().find(|known| known.name == table.name).unwrap();
            assert_eq!(known.columns[0].name, "group", "{kind}");
            let is_of_all =
                |row: &&Vec<CellValue>| row[0] == CellValue::Text("everybody".to_owned());
            let rows: Vec<_> = known.rows.iter().filter(is_of_all).collect();
            assert_eq!(rows.len(), table.rows.len(), "{kind} {}", table.name);
            for (row, own) in rows.into_iter().zip(&table.rows) {
                assert_eq!(&row[1..=own.len()], own, "{kind} {}", table.name);
            }
            assert!(known.rows.iter().all(|row| row.len() == known.columns.len()), "{kind}");
        }
        let first = &whole.tables[0];
        let has =
            |name: &str| first.rows.iter().any(|row| row[0] == CellValue::Text(name.to_owned()));
        assert!(has("DE") && has("FR"), "{kind}: {}", first.name);
        let sizes = whole.tables.last().unwrap();
        assert_eq!((sizes.name.as_str(), sizes.rows.len()), ("groups", groups.len()));
        let n_answered = groups.iter().filter(|one| one.get("answer").is_some()).count();
        assert!(whole.pictures.len() > alone.pictures.len() && n_answered >= 2, "{kind}");
        let chinese = whole.clone().in_chinese();
        for (place, mut picture) in chinese.pictures.into_iter().enumerate() {
            let title = picture.title_mut().clone();
            let is_chinese = title.chars().any(|one| ('\u{4e00}'..='\u{9fff}').contains(&one));
            assert!(is_chinese, "{kind}: `{title}`");
            let is_named =
                ["DE", "FR", "其他"].iter().any(|name| title.ends_with(&format!(" – {name}")));
            assert_eq!(is_named, place >= alone.pictures.len(), "{kind}: `{title}`");
        }
    }
}

/// Names of all customers of a reply that are in key order, as whoever knows them fills them in.
fn fill(answer: &mut Value) {
    let n = |list: &Value| list["total"].as_u64().unwrap_or_default();
    let groups = answer["groups"].as_array().cloned().unwrap_or_default();
    let n_groups: u64 = groups.iter().map(|one| n(&one["answer"]["customers"])).sum();
    let total = n(&answer["customers"]) + n_groups;
    fill_ids(answer, (0..total).map(|one| format!("id{one}")).collect());
}

#[test]
fn outside_ids_are_everybodys_and_then_each_groups() {
    let source = shop(40).source(Layout::ONE);
    let question = by_country(&json!({"features": ["orders"], "limit": 3}));
    let (mut answer, keys) = answered(&source, "customer_table", &question);
    let keys = keys.unwrap();
    fill_ids(&mut answer, keys.iter().map(|key| format!("c{}", key.0)).collect());
    let page = |part: &Value| -> Vec<String> {
        let rows = part["rows"].as_array().unwrap().iter();
        let id = |row: &Value| {
            part["customers"]["ids"][row["customer"].as_u64().unwrap() as usize].clone()
        };
        rows.map(|row| id(row).as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(page(&answer), ["c1", "c2", "c3"]);
    assert_eq!(page(&answer["groups"][0]["answer"]), ["c8", "c9", "c10"], "the first of DE");
    assert_eq!(page(&answer["groups"][1]["answer"]), ["c2", "c3", "c4"], "the first of FR");
    assert_eq!(page(&answer["groups"][2]["answer"]), ["c1", "c20", "c21"]);
}

#[test]
fn the_series_of_a_group_is_that_of_the_question_about_it() {
    let shop = shop(40);
    let source = shop.source(Layout::ONE);
    let inner = json!({"breakdown": [{"field": "country"}], "period": "week"});
    let of = json!({"kind": "sessions", "question": inner});
    let question =
        json!({"as_of": AS_OF, "of": of, "value": "sessions", "group": ["FR"], "season": 4});
    let (grouped, _) = answered(&source, "seasonality", &question);
    let of = json!({"kind": "sessions", "question": {"period": "week"}});
    let alone = json!({"as_of": AS_OF, "of": of, "value": "sessions", "season": 4, "who": "trait country = \"FR\""});
    let (alone, _) = answered(&source, "seasonality", &alone);
    assert_eq!(grouped["points"], alone["points"]);
    assert!(grouped["points"].as_array().is_some_and(|points| points.len() > 20), "{grouped:#}");
}
