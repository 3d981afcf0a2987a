//! Seeded shops whose risk is known; what a question says, keeps and refuses.

mod models;
mod planted;

use perennial_testkit::{Layout, World, block_on, in_every_layout, session, world};
use perennial_types::key::CustomerKey;
use serde_json::{Value, json};

use self::planted::{Shop, shop};
use super::ChurnRiskAnswer;
use crate::ask::ask;
use crate::insight::AskError;

/// One bucket of everything: fast.
const WHOLE: Layout = Layout { n_buckets: 1, n_partitions: 1, batch_rows: 8192 };

fn said<T>(result: Result<T, AskError>) -> Result<T, String> {
    result.map_err(|error| match error {
        AskError::Refused(refusal) => {
            assert!(refusal.reason_zh.chars().any(|one| one > '\u{4e00}'), "{}", refusal.code);
            assert!(refusal.hint_zh.chars().any(|one| one > '\u{4e00}'), "{}", refusal.code);
            format!("{}: {refusal}", refusal.code)
        }
        other => other.to_string(),
    })
}

/// The answer and its customers, or why there is none.
fn reply(world: &World, question: &Value) -> Result<(ChurnRiskAnswer, Vec<CustomerKey>), String> {
    let source = world.memory(WHOLE);
    let reply = said(block_on(ask(&session(), &source, super::KIND, question)))?;
    let answer: ChurnRiskAnswer = serde_json::from_value(reply.answer.tree().into_owned()).unwrap();
    assert_eq!(
        serde_json::to_value(&answer).unwrap(),
        reply.answer.into_tree(),
        "JSON there and back"
    );
    Ok((answer, reply.customers.unwrap_or_default()))
}

fn answer(world: &World, question: &Value) -> ChurnRiskAnswer {
    reply(world, question).unwrap_or_else(|error| panic!("{question}: {error}")).0
}

fn with(mut question: Value, fields: Value) -> Value {
    for (name, value) in fields.as_object().unwrap() {
        question[name] = value.clone();
    }
    question
}

#[test]
fn the_planted_risk_is_found_and_its_reasons_are_the_planted_ones() {
    let shop = shop(1_500, 8, Shop::Planted, 7);
    let found = answer(&shop.world, &with(shop.question(), json!({"limit": null})));
    let pooled: Vec<_> = found.backtest.tested.iter().filter(|one| one.cut.is_none()).collect();
    assert_eq!(pooled.len(), 3, "three learners");
    let chosen = pooled.iter().find(|one| one.learner == found.backtest.learner).unwrap();
    assert!(pooled.iter().all(|one| chosen.log_loss <= one.log_loss));
    // What knowing the rule of the world would have reached on the same customers.
    let cuts: Vec<usize> = (0..shop.n_blocks)
        .filter(|cut| {
            let date = shop.cut_date(*cut);
            found.backtest.tested.iter().any(|one| one.cut.as_deref() == Some(&date))
        })
        .collect();
    let (truth, left) = shop.bayes(&cuts);
    assert_eq!(left.len() as u64, chosen.customers, "the same customers are judged");
    assert_eq!(left.iter().filter(|left| **left).count() as u64, chosen.left);
    let best = perennial_models::metrics::auc(&truth, &left).unwrap();
    assert!(best > 0.7, "{best}");
    assert!(chosen.auc > best - 0.05, "{} against {best}", chosen.auc);
    assert!(chosen.calibration_error < 0.04, "{}", chosen.calibration_error);
    // Today's probabilities are near those of the rule. Their level is that of the cut they were
    // calibrated on, where by chance more or fewer may have left than the rule says.
    let rule = shop.risks_today();
    assert_eq!(found.at_risk as usize, rule.len());
    let sum: f64 = rule.values().sum();
    let calibrated_on = found.trained.calibrated_on.as_deref();
    let cut = (0..shop.n_blocks).find(|cut| calibrated_on == Some(&shop.cut_date(*cut))).unwrap();
    let (then, gone) = shop.bayes(&[cut]);
    let n_gone = gone.iter().filter(|gone| **gone).count() as f64;
    let (expected, variance) = then
        .iter()
        .fold((0.0, 0.0), |(sum, variance), risk| (sum + risk, variance + risk * (1.0 - risk)));
    assert!((n_gone - expected).abs() < 3.0 * f64::sqrt(variance), "{n_gone} {expected}");
    let level = n_gone / expected;
    let ratio = found.expected_leavers / (sum * level);
    assert!((ratio - 1.0).abs() < 0.1, "{} {sum} {level}", found.expected_leavers);
    // No customer is certain to leave or to stay.
    assert!(found.rows.iter().all(|row| row.probability > 0.0 && row.probability < 1.0));
    let (_, keys) = reply(&shop.world, &with(shop.question(), json!({"limit": null}))).unwrap();
    let mut distance = 0.0;
    for row in &found.rows {
        distance += (row.probability - rule[&keys[row.customer].0]).abs();
    }
    assert!(distance / (rule.len() as f64) < 0.06, "{}", distance / rule.len() as f64);
    // The reason of those most at risk is the one that was planted.
    let first = &found.rows[0];
    assert_eq!(first.reasons[0].theme, crate::training::Theme::Support, "{:?}", first.reasons);
    assert!(first.reasons[0].points > 0.1 && first.reasons[0].text.contains("raises the risk by"));
    assert!(first.reasons[0].text_zh.contains("使风险提高"));
    let themes: Vec<_> = found.backtest.importance.iter().map(|one| one.theme).collect();
    assert_eq!(themes[0], crate::training::Theme::Support, "{themes:?}");
}

#[test]
fn a_sign_that_comes_after_the_cut_tells_nothing() {
    // Whoever leaves says so the day after the cut, and nothing before tells them apart.
    let shop = shop(900, 7, Shop::Leaking, 11);
    let found = answer(&shop.world, &shop.question());
    for one in found.backtest.tested.iter().filter(|one| one.cut.is_none()) {
        assert!(one.auc < 0.58, "{} has an AUC of {}", one.learner, one.auc);
        assert!(one.log_loss < 0.66, "{} has a log loss of {}", one.learner, one.log_loss);
    }
    // The sign is there, and a day later it would tell nearly everything: the test can fail.
    let late: Vec<String> = (0..shop.n_blocks).map(|cut| shop.day_after(cut, 2)).collect();
    let question = with(
        shop.question(),
        json!({"cuts": late[..6], "horizon_days": 27, "learner": "boosting"}),
    );
    let late = answer(&shop.world, &question);
    assert!(late.backtest.tested.last().unwrap().auc > 0.9, "{:?}", late.backtest.tested);
}

#[test]
fn answers_are_the_same_in_every_layout_and_when_asked_again_as_resolved() {
    let shop = shop(150, 6, Shop::Planted, 3);
    let question = with(shop.question(), json!({"limit": 5, "learner": "boosting"}));
    let found = in_every_layout(&shop.world, |source| {
        let reply = said(block_on(ask(&session(), source, super::KIND, &question)));
        reply.map(|reply| (reply.answer.into_tree(), reply.customers))
    });
    let (json, _) = found.unwrap();
    let again = answer(&shop.world, &json["question"]);
    assert_eq!(serde_json::to_value(&again).unwrap(), json);
    assert_eq!(json["rows"].as_array().unwrap().len(), 5);
}

#[test]
fn the_list_behind_a_number_has_exactly_that_many_customers() {
    let shop = shop(200, 6, Shop::Planted, 5);
    let question = with(shop.question(), json!({"learner": "logistic", "limit": 7, "offset": 2}));
    let whole = answer(&shop.world, &with(question.clone(), json!({"limit": null, "offset": 0})));
    assert_eq!(whole.rows.len() as u64, whole.at_risk);
    assert!(whole.rows.windows(2).all(|two| two[0].probability >= two[1].probability));
    let sum: f64 = whole.rows.iter().map(|row| row.probability).sum();
    assert!((sum - whole.expected_leavers).abs() < 1e-9);
    assert_eq!(whole.deciles.iter().map(|one| one.customers).sum::<u64>(), whole.at_risk);
    let of =
        |cell: Value| reply(&shop.world, &with(question.clone(), json!({"cell": cell}))).unwrap();
    for decile in &whole.deciles {
        let (found, keys) = of(json!({"decile": decile.decile}));
        assert_eq!((keys.len() as u64, found.total_rows), (decile.customers, decile.customers));
        assert_eq!(found.customers.unwrap().total, keys.len());
        assert_eq!(found.rows.len() as u64, 7.min(decile.customers.saturating_sub(2)));
    }
    let n_above = whole.rows.iter().filter(|row| row.probability >= 0.3).count();
    assert_eq!(of(json!({"at_least": 0.3})).1.len(), n_above);
    assert_eq!(of(json!({"below": 0.3})).1.len(), whole.rows.len() - n_above);
    assert_eq!(of(json!({})).1.len(), whole.rows.len());
    let (page, keys) = reply(&shop.world, &question).unwrap();
    assert_eq!((page.rows.len(), keys.len(), page.total_rows), (7, 7, whole.at_risk));
    assert_eq!(page.rows[0].probability, whole.rows[2].probability);
    // What is at stake adds up.
    let cents = |text: &Option<String>| {
        text.as_ref().map_or(0, |text| (text.parse::<f64>().unwrap() * 100.0).round() as i64)
    };
    let at_stake: i64 = whole.deciles.iter().map(|one| cents(&one.value_at_risk)).sum();
    assert!((at_stake - cents(&whole.value_at_risk)).abs() <= 10);
    assert!(cents(&whole.value_at_risk) > 0 && whole.currency.as_deref() == Some("EUR"));
}

#[test]
fn what_cannot_be_foretold_is_refused() {
    let refused = |world: &World, question: &Value| reply(world, question).map(|_| ()).unwrap_err();
    let shop = shop(60, 6, Shop::Planted, 5);
    let ask = |fields: Value| refused(&shop.world, &with(shop.question(), fields));
    for (fields, word) in [
        (json!({"horizon_days": 400, "cuts": []}), "no_complete_horizon"),
        (json!({"cuts": [shop.cut_date(0)]}), "history_too_short"),
        (json!({"leaves": {"event": "never"}}), "one_class"),
        (json!({"stays": {"event": "never"}}), "nobody_at_risk"),
        (json!({"cell": {"decile": 11}}), "cell.decile"),
        (json!({"cell": {"at_least": 1.5}}), "cell.at_least"),
        (json!({"cell": {"decile": 1, "below": 0.5}}), "decile"),
        (json!({"train_rows": 0}), "train_rows"),
        (json!({"learner": "oracle"}), "learner"),
        (json!({"horizon": 30}), "horizon"),
        (json!({"features": ["ordres"]}), "ordres"),
        (json!({"as_of": null}), "as_of"),
        (json!({"model": {"format": 1, "kind": "health"}}), "model_of_another_kind"),
        (json!({"model": {"format": 9, "kind": "churn_risk"}}), "model_of_another_format"),
        (json!({"model": {}}), "model_damaged"),
    ] {
        let found = ask(fields.clone());
        assert!(found.contains(word), "{fields}: {found}");
    }
    let few = planted::shop(25, 6, Shop::Planted, 5);
    let found = refused(&few.world, &few.question());
    assert!(found.starts_with("too_few_customers"), "{found}");
    let nothing = refused(&world(""), &shop.question());
    assert!(
        nothing.starts_with("no_complete_horizon") || nothing.starts_with("nobody_at_risk"),
        "{nothing}"
    );
}

#[test]
fn a_file_holds_every_customer_and_pictures_show_the_chosen_learner() {
    let shop = shop(200, 6, Shop::Planted, 5);
    let insight = crate::named(super::KIND).unwrap();
    let mut whole = with(shop.question(), json!({"learner": "logistic"}));
    whole.as_object_mut().unwrap().remove("limit");
    insight.in_full(&mut whole);
    let found = answer(&shop.world, &whole);
    assert_eq!(found.rows.len() as u64, found.at_risk);
    let shown = insight.present(&serde_json::to_value(&found).unwrap()).unwrap();
    let rows = shown.tables.iter().find(|table| table.name == "churn_risk").unwrap();
    assert_eq!(rows.rows.len(), found.rows.len());
    let crate::present::Picture::Curve(curve) = &shown.pictures[0] else {
        panic!("foretold and happened are lines")
    };
    assert_eq!(curve.series.len(), 2);
    assert_eq!(shown.pictures.len(), 3);
}
