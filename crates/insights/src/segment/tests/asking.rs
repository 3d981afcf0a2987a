//! Questions about some customers: the same numbers as in a world of these customers alone.

use perennial_testkit::{Layout, World, block_on, in_every_layout, scenes, session, world, worlds};
use perennial_types::condition::Segments;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::shop;
use crate::ask::{ask, ask_all, ask_all_knowing, ask_knowing};
use crate::insight::AskError;
use crate::reply::Reply;

fn segments() -> Segments {
    [("buyers", "did order"), ("french", "in segment buyers and trait country = \"France\"")]
        .map(|(name, text)| (name.to_owned(), text.parse().unwrap()))
        .into()
}

fn question() -> Value {
    json!({"from": "2011-01-01", "to": "2011-12-09", "as_of": "2011-12-10T00:00:00Z", "start": {"event": "*"},
           "return": {"event": "*"}})
}

fn told(reply: Result<Reply, AskError>) -> Result<Value, String> {
    match reply {
        Ok(reply) => Ok(reply.answer.into_tree()),
        Err(AskError::Refused(refusal)) => Err(refusal.code),
        Err(other) => Err(other.to_string()),
    }
}

#[test]
fn an_answer_says_who_was_asked_about() {
    let mut asked = question();
    asked["who"] = json!({"segment": "french"});
    let answer = in_every_layout(&shop(), |source| {
        told(block_on(ask_knowing(&session(), source, &segments(), "retention", &asked))).unwrap()
    });
    assert_eq!(answer["who"]["n_customers"], 1);
    assert_eq!(answer["who"]["text"], "in segment french");
    assert_eq!(answer["question"]["who"], json!({"segment": "french"}));
    let english = answer["definition"]["en"].as_str().unwrap();
    assert!(english.ends_with("Only some customers, as of 2011-12-10T00:00:00Z: Customers who are in the segment “french”."), "{english}");
    assert!(answer["definition"]["zh"].as_str().unwrap().contains("在客群“french”中"));
    let insight = crate::named("retention").unwrap();
    let presentation = insight.present(&answer).unwrap();
    assert!(presentation.definition.0.contains("“french”"));
    assert!(!presentation.tables[0].rows.is_empty());
    // The resolved question, asked again, is the same question.
    let source = shop().source(Layout::ONE);
    let again =
        block_on(ask_knowing(&session(), &source, &segments(), "retention", &answer["question"]));
    assert_eq!(told(again).unwrap(), answer);
}

#[test]
fn who_is_text_or_json_and_may_be_dated() {
    let source = shop().source(Layout::ONE);
    let n_customers = |who: Value| {
        let mut asked = question();
        asked["who"] = who;
        let answer =
            told(block_on(ask_knowing(&session(), &source, &segments(), "retention", &asked)));
        answer.map(|answer| answer["who"]["n_customers"].clone())
    };
    for (who, n) in [
        (json!("did order"), 3),
        (json!({"did": {"event": "order"}}), 3),
        (json!({"segment": "buyers"}), 3),
        (json!({"condition": "did order", "as_of": "2010-05-01"}), 1),
        (json!({"condition": "did order", "as_of": "2010-05-01T00:00:00Z"}), 0),
        (json!({"condition": {"segment": "buyers"}, "as_of": "2011-01-31"}), 2),
    ] {
        assert_eq!(n_customers(who.clone()), Ok(json!(n)), "{who}");
    }
    for (who, needle) in [
        (json!("did order witin 3 days"), "found `witin`"),
        (json!({"segment": "buyer"}), "no segment is called `buyer`"),
        (json!({"condition": "did order", "as_of": "May"}), "neither an instant nor a date"),
        (json!({"condition": "did order", "at": "May"}), "no field `at`"),
        (json!(7), "not an object"),
    ] {
        let error = n_customers(who).unwrap_err();
        assert!(error.contains(needle), "{error}");
    }
    let mut asked = question();
    asked["who"] = json!(null);
    let everybody = told(block_on(ask(&session(), &source, "retention", &asked))).unwrap();
    assert_eq!(everybody.get("who"), None);
}

#[test]
fn nobody_at_all_is_an_empty_answer_with_a_reason() {
    let source = shop().source(Layout::ONE);
    let mut asked = question();
    asked["who"] = json!("did oder");
    let answer = told(block_on(ask(&session(), &source, "retention", &asked))).unwrap();
    assert_eq!(answer["who"]["n_customers"], 0);
    let sizes: u64 = answer["cohorts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["size"].as_u64().unwrap_or(0))
        .sum();
    assert_eq!(sizes, 0);
    assert!(
        answer["warnings"].to_string().contains("no event is called `oder`"),
        "{}",
        answer["warnings"]
    );
    assert!(answer["warnings"].to_string().contains("order"));
}

#[test]
fn questions_about_different_customers_share_scans() {
    let source = shop().source(Layout::ONE);
    let with = |who: Option<&str>| {
        let mut asked = question();
        if let Some(who) = who {
            asked["who"] = json!(who);
        }
        ("retention".to_owned(), asked)
    };
    let mut crr = with(Some("did order"));
    crr.0 = "crr".to_owned();
    crr.1 = json!({"as_of": "2011-12-10T00:00:00Z", "who": "did order", "active": {"trailing_days": 30}});
    let mixed = (
        "retention".to_owned(),
        json!({"as_of": "2011-12-10T00:00:00Z", "who": "sum(amount) of order > 1"}),
    );
    let questions = [
        with(None),
        with(Some("did order")),
        with(Some("did view")),
        crr,
        with(Some("did oops (")),
        mixed,
    ];
    let together = block_on(ask_all(&session(), &source, &questions));
    for ((kind, asked), reply) in questions.iter().zip(together) {
        let alone = block_on(ask(&session(), &source, kind, asked));
        assert_eq!(told(reply), told(alone), "{asked}");
    }
}

#[test]
fn one_refused_condition_leaves_the_other_questions_alone() {
    let world = world(
        "anna 2011-12-01 order amount=1 currency=GBP\nbert 2011-12-01 order amount=1 currency=EUR",
    );
    let source = world.source(Layout::ONE);
    let asked =
        |who: &str| ("retention".to_owned(), json!({"as_of": "2011-12-10T00:00:00Z", "who": who}));
    let questions = [asked("sum(amount) of order > 0"), asked("did order")];
    let replies = block_on(ask_all_knowing(&session(), &source, &Segments::new(), &questions));
    let [first, second] = replies.try_into().unwrap();
    assert_eq!(told(first), Err("mixed_currencies".to_owned()));
    assert_eq!(told(second).unwrap()["who"]["n_customers"], 2);
}

/// What an answer says besides who was asked about.
fn numbers(answer: &Value) -> Value {
    let mut answer = super::super::who::without(answer);
    let fields = answer.as_object_mut().unwrap();
    ["who", "definition", "warnings"].into_iter().for_each(|name| drop(fields.shift_remove(name)));
    // How long the lake's history is, is no fact about these customers.
    without_flags(&mut answer);
    answer
}

fn without_flags(json: &mut Value) {
    match json {
        Value::Object(fields) => {
            fields.shift_remove("flags");
            fields.values_mut().for_each(without_flags);
        }
        Value::Array(values) => values.iter_mut().for_each(without_flags),
        _ => {}
    }
}

fn kinds() -> impl Strategy<Value = (&'static str, Value)> {
    prop_oneof![
        select(vec!["everyone", "buyers"]).prop_map(|population| {
            ("retention", json!({"period": "week", "periods": 4, "population": population}))
        }),
        Just((
            "retention",
            json!({"period": "day", "periods": 3, "window": "rolling", "breakdown": [{"field": "plan"}]})
        )),
        Just((
            "crr",
            json!({"period": "month", "active": {"trailing_days": 5}, "population": "everyone"})
        )),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn the_numbers_are_those_of_a_world_of_these_customers(
        (scene, world) in scenes().prop_flat_map(|scene| worlds(scene).prop_map(move |world| (scene, world))),
        (kind, mut question) in kinds(),
        who in select(vec!["did order", "never did view", "trait plan = \"pro\"", "did order at least 3 times within 1 month"]),
    ) {
        let as_of = scene.midnight(scene.n_days);
        question["from"] = json!(scene.date.to_string());
        question["to"] = json!(scene.date.saturating_add(jiff::Span::new().days(scene.n_days)).to_string());
        question["zone"] = json!(scene.zone);
        question["as_of"] = json!(jiff::Timestamp::from_microsecond(as_of).unwrap().to_string());
        let asked = super::Asked {
            condition: who.parse().unwrap(),
            as_of,
            zone: perennial_types::calendar::Zone::named(scene.zone).unwrap(),
        };
        let source = world.source(Layout::ONE);
        let found = block_on(super::members(&session(), &source, &[asked])).unwrap();
        let theirs: World = world.filtered(|event| found[0].contains(event.customer));
        let alone = told(block_on(ask(&session(), &theirs.source(Layout::ONE), kind, &question)));
        question["who"] = json!(who);
        let some = in_every_layout(&world, |source| told(block_on(ask(&session(), source, kind, &question))));
        match (some, alone) {
            (Ok(some), Ok(alone)) => {
                prop_assert_eq!(&some["who"]["n_customers"], &json!(found[0].len()));
                prop_assert_eq!(numbers(&some), numbers(&alone));
            }
            (some, alone) => prop_assert_eq!(some.is_err(), alone.is_err()),
        }
    }
}
