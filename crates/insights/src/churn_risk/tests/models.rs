//! Models on their own: trained to a document, read back, applied, refused in time.

use std::collections::BTreeMap;

use perennial_engine::source::RunSource;

use super::*;
use crate::insight::{Asking, Step};
use crate::reply::Reply;
use crate::training::ReportAnswer;

/// Drives a question in progress to its end.
fn driven(
    world: &World,
    asking: impl FnOnce(&dyn RunSource) -> Result<Box<dyn Asking>, AskError>,
) -> Result<Reply, String> {
    let source = world.memory(WHOLE);
    let mut asking = said(asking(&source))?;
    let mut partials = Vec::new();
    loop {
        match said(asking.step(partials))? {
            Step::Done(reply) => return Ok(*reply),
            Step::Scan(folds) => partials = block_on(session().run(&source, &folds)).unwrap(),
        }
    }
}

fn trained(world: &World, question: &Value) -> Value {
    let insight = crate::named(super::super::KIND).unwrap();
    let trainer = insight.trainer().unwrap();
    driven(world, |source| trainer.train(question, &source.facts())).unwrap().answer.into_tree()
}

fn scored(world: &World, document: &Value, as_of: &str) -> Result<Reply, String> {
    let insight = crate::named(super::super::KIND).unwrap();
    let question = json!({"as_of": as_of});
    driven(world, |source| insight.trainer().unwrap().score(document, &question, &source.facts()))
}

#[test]
fn a_model_read_back_says_what_training_in_place_says() {
    let shop = shop(400, 7, Shop::Planted, 9);
    for learner in ["forest", "boosting", "logistic"] {
        let question = with(shop.question(), json!({"learner": learner, "limit": null}));
        let inline = reply(&shop.world, &question).unwrap();
        let document = trained(&shop.world, &question);
        let text = serde_json::to_string(&document).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        let as_of = question["as_of"].as_str().unwrap();
        let found = scored(&shop.world, &document, as_of).unwrap();
        let keys = found.customers.unwrap();
        assert_eq!(keys, inline.1, "{learner}");
        let tree = found.answer.tree();
        let values = tree["scores"][0]["values"].as_array().unwrap();
        let by_row: BTreeMap<usize, f64> =
            inline.0.rows.iter().map(|row| (row.customer, row.probability)).collect();
        for (position, value) in values.iter().enumerate() {
            assert_eq!(value.as_f64().unwrap().to_bits(), by_row[&position].to_bits(), "{learner}");
        }
        assert_eq!(found.answer.tree()["day"], json!(inline.0.day));
        assert_eq!(found.answer.tree()["drift"]["verdict"], json!(inline.0.drift.verdict));
        let named = with(json!({"as_of": as_of, "limit": null}), json!({"model": document}));
        let asked = answer(&shop.world, &named);
        assert_eq!(asked.rows, inline.0.rows, "{learner}");
        // The report was text on its way, where the last digit of a number may change.
        let report = serde_json::to_string(&inline.0.backtest).unwrap();
        let report: ReportAnswer = serde_json::from_str(&report).unwrap();
        assert_eq!(asked.backtest, report, "{learner}");
    }
}

#[test]
fn a_document_says_what_it_has_seen_and_is_refused_outside_its_time() {
    let shop = shop(300, 8, Shop::Planted, 2);
    // Trained when the sixth block ended, with cuts at the end of blocks 1 to 5.
    let (day, cuts) =
        (shop.day_after(5, 1), (0..5).map(|cut| shop.cut_date(cut)).collect::<Vec<_>>());
    let question = with(
        shop.question(),
        json!({"as_of": format!("{day}T00:00:00Z"), "cuts": cuts, "learner": "boosting"}),
    );
    let document = trained(&shop.world, &question);
    assert_eq!(document["trained"]["cuts"], json!(cuts[..4]));
    assert_eq!(document["trained"]["calibrated_on"], json!(cuts[4]));
    assert_eq!(document["trained"]["first_label"], json!(shop.day_after(0, 1)));
    assert_eq!(document["trained"]["last_label"], json!(shop.cut_date(5)));
    assert_eq!(document["stale_after_days"], json!(30));
    let at = |n_days: i64| {
        scored(&shop.world, &document, &format!("{}T00:00:00Z", shop.day_after(5, n_days + 1)))
    };
    assert!(at(0).is_ok() && at(30).is_ok());
    let stale = at(31).map(|_| ()).unwrap_err();
    assert!(stale.starts_with("stale_model"), "{stale}");
    let early = at(-1).map(|_| ()).unwrap_err();
    assert!(early.starts_with("model_from_the_future"), "{early}");
    // A score looks at nothing behind its date.
    let end = perennial_testkit::instant(&format!("{}T00:00:00Z", shop.day_after(5, 6)));
    let known = shop.world.filtered(|event| event.ts < end);
    let whole = at(5).unwrap();
    let cut_off =
        scored(&known, &document, &format!("{}T00:00:00Z", shop.day_after(5, 6))).unwrap();
    assert_eq!((whole.answer, whole.customers), (cut_off.answer, cut_off.customers));
}

#[test]
fn customers_unlike_those_of_the_training_are_told() {
    let shop = shop(600, 7, Shop::Planted, 4);
    let question = with(shop.question(), json!({"learner": "boosting"}));
    let document = trained(&shop.world, &question);
    let as_of = question["as_of"].as_str().unwrap();
    let like = scored(&shop.world, &document, as_of).unwrap().answer.into_tree();
    // Everybody comes by a channel that training had not met, and nobody calls for help any more.
    let mut other = shop.world.clone();
    for event in &mut other.events {
        event.properties.insert("channel".to_owned(), "kiosk".to_owned());
        if event.event == "support_ticket" {
            event.event = "view".to_owned();
        }
    }
    let unlike = scored(&other, &document, as_of).unwrap().answer.into_tree();
    assert_eq!(unlike["drift"]["verdict"], json!("strong"), "{}", unlike["drift"]);
    let names: Vec<&str> = unlike["drift"]["features"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert!(names.contains(&"last_channel"), "{names:?}");
    assert!(
        !like["drift"]["features"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["name"] == "last_channel")
    );
    let named = with(json!({"as_of": as_of}), json!({"model": document}));
    let warned = answer(&other, &named);
    assert!(warned.warnings.iter().any(|one| one.code == "drift" && !one.message_zh.is_empty()));
}

#[test]
fn members_as_of_now_teach_nothing_but_may_be_scored() {
    let shop = shop(400, 7, Shop::Planted, 9);
    let source = shop.world.memory(WHOLE);
    let asked = |question: &Value| said(block_on(ask(&session(), &source, "churn_risk", question)));
    let question = with(shop.question(), json!({"learner": "logistic"}));
    // Who has ordered in the last month has not left: to learn from them is to learn who stays.
    let who = json!({"who": "did order within 30 days"});
    let refused = asked(&with(question.clone(), who.clone())).map(|_| ()).unwrap_err();
    assert!(refused.starts_with("who_sees_the_future"), "{refused}");
    let then = json!({"who": {"condition": "did order", "as_of": shop.cut_date(0)}});
    assert!(asked(&with(question.clone(), then)).is_ok());
    let as_of = question["as_of"].clone();
    let model = json!({"as_of": as_of, "model": trained(&shop.world, &question)});
    let scored = asked(&with(model, who)).unwrap().answer.into_tree();
    assert!(scored["who"]["n_customers"].as_u64() > Some(0), "{}", scored["who"]);
}
