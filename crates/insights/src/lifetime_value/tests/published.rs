//! Numbers somebody else has published, from the file's purchases as events to the answer.
//!
//! CDNOW: P. S. Fader, B. G. S. Hardie, K. L. Lee (2005), Marketing Science 24(2), 275–284, and the
//! tests of `lifetimes` at 4f2833f. Online Retail: D. Chen, S. L. Sain, K. Guo (2012), Journal of
//! Database Marketing and Customer Strategy Management 19, 197–208, with scipy's bounded search.

use std::collections::BTreeMap;
use std::path::PathBuf;

use perennial_types::money::Decimal4;

use super::*;
use crate::online_retail;

/// The 2,357 customers of CDNOW's tenth, every purchase an order.
fn cdnow() -> Option<World> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let folder =
        std::env::var_os("PERENNIAL_SHARED").map_or_else(|| PathBuf::from(beside), PathBuf::from);
    let path = folder.join("data/cdnow/cdnow_sample.csv");
    let Ok(mut reader) = csv::Reader::from_path(&path) else {
        println!("skipped: `{}` is not there (PERENNIAL_SHARED)", path.display());
        return None;
    };
    let mut keys: BTreeMap<String, i64> = BTreeMap::new();
    let mut events = Vec::new();
    for row in reader.records() {
        let row = row.unwrap();
        let next = keys.len() as i64 + 1;
        let amount: Decimal4 = row[4].parse().unwrap();
        // The papers count what was given away too; an order of ours is worth something.
        let amount = Decimal4(amount.0.max(1));
        events.push(Event {
            customer: *keys.entry(row[1].to_owned()).or_insert(next),
            ts: instant(&row[2]),
            sequence: events.len() as i64 + 1,
            event: "order".to_owned(),
            amount: Some(amount.0),
            currency: Some("USD".to_owned()),
            ..Event::default()
        });
    }
    let mut names = vec![String::new(); keys.len()];
    keys.into_iter().for_each(|(name, key)| names[key as usize - 1] = name);
    Some(World { events, names })
}

fn close(got: f64, expected: f64, tolerance: f64) {
    assert!((got - expected).abs() <= tolerance, "{got} for {expected}");
}

fn parameter(found: &LifetimeValueAnswer, learner: &str, name: &str) -> f64 {
    let model = found.models.iter().find(|model| model.learner == learner).unwrap();
    model.parameters.iter().find(|one| one.name == name).unwrap().value
}

/// The answer of many customers, in one layout.
fn answer_of(world: &World, question: &Value) -> LifetimeValueAnswer {
    let source = world.memory(Layout { n_buckets: 4, n_partitions: 1, batch_rows: 8_192 });
    let reply = block_on(ask(&session(), &source, "lifetime_value", question)).unwrap();
    serde_json::from_value(reply.answer.into_tree()).unwrap()
}

#[test]
fn cdnow_is_fitted_as_published() {
    let Some(world) = cdnow() else { return };
    let question = json!({
        "dates": ["1997-09-30"], "as_of": "1998-07-01T00:00:00Z", "unit": "week", "horizon_days": 273,
        "learner": "bg_nbd", "limit": 10,
    });
    let found = answer_of(&world, &question);
    assert_eq!(found.totals.customers, 2_357);
    let published = [
        ("bg_nbd", [("r", 0.243), ("alpha", 4.414), ("a", 0.793), ("b", 2.426)], -9_582.4),
        ("pareto_nbd", [("r", 0.553), ("alpha", 10.578), ("s", 0.606), ("beta", 11.669)], -9_595.0),
    ];
    for (learner, parameters, log_likelihood) in published {
        for (name, expected) in parameters {
            let got = parameter(&found, learner, name);
            close(got, expected, 0.005_f64.max(0.001 * expected));
        }
        let model = found.models.iter().find(|model| model.learner == learner).unwrap();
        close(model.log_likelihood.unwrap(), log_likelihood, 0.05);
    }
    close(parameter(&found, "mbg_nbd", "alpha"), 6.183, 0.0062);
    let amounts = found.amounts.as_ref().unwrap();
    // 946 repeat by the paper's count of orders; of days there are as many.
    assert_eq!((amounts.learner.as_str(), amounts.customers), ("gamma_gamma", Some(946)));
    for (one, expected) in amounts.parameters.iter().zip([6.249, 3.745, 15.448]) {
        close(one.value, expected, 0.02 * expected);
    }
}

#[test]
fn cdnow_is_foretold_as_published() {
    let Some(world) = cdnow() else { return };
    let question = json!({
        "dates": ["1998-06-30"], "as_of": "1998-07-01T00:00:00Z", "holdout_days": 273, "limit": 1,
    });
    let found = answer_of(&world, &question);
    let score = |learner: &str| {
        let model = found.models.iter().find(|model| model.learner == learner).unwrap();
        model.holdout.clone().unwrap()
    };
    let (bg, pareto, rate) = (score("bg_nbd"), score("pareto_nbd"), score("rate"));
    assert_eq!(bg.actual, 1_882.0);
    close(bg.predicted, 1_653.4, 0.06);
    close(bg.total_error.unwrap(), -0.121, 6e-4);
    close(bg.mean_absolute_error, 0.7855, 6e-5);
    close(bg.root_mean_squared_error, 1.6080, 6e-5);
    close(pareto.predicted, 1_665.5, 0.06);
    close(pareto.mean_absolute_error, 0.7545, 6e-5);
    close(pareto.root_mean_squared_error, 1.6028, 6e-5);
    close(rate.mean_absolute_error, 1.0237, 6e-5);
    let actual = [0.237, 0.697, 1.393, 1.560, 2.532, 2.947, 3.862, 6.359];
    let foretold = [0.225, 0.523, 1.044, 1.520, 2.164, 2.654, 3.504, 6.157];
    assert_eq!(bg.by_repeats.len(), actual.len());
    for (group, (actual, foretold)) in bg.by_repeats.iter().zip(actual.iter().zip(foretold)) {
        close(group.mean_actual, *actual, 6e-4);
        close(group.mean_predicted, foretold, 6e-4);
    }
    assert_eq!(found.chosen.unwrap().because, "holdout");
}

#[test]
fn a_wholesaler_shows_no_drop_out_and_the_plain_rate_is_proposed() {
    let Some(world) = online_retail::sales() else { return };
    let question = json!({
        "dates": ["2011-12-09"], "as_of": "2011-12-10T00:00:00Z", "holdout_days": 100,
        "horizon_days": 100, "limit": 1,
    });
    let found = answer_of(&world, &question);
    let holdout = found.holdout.as_ref().unwrap();
    assert_eq!((holdout.learnt_until.as_str(), holdout.customers), ("2011-08-31", 3_317));
    let score = |learner: &str| {
        let model = found.models.iter().find(|model| model.learner == learner).unwrap();
        model.holdout.clone().unwrap()
    };
    assert_eq!(score("rate").actual, 4_806.0);
    close(score("pareto_nbd").predicted, 3_633.4, 2.0);
    close(score("pareto_nbd").mean_absolute_error, 0.997, 1e-3);
    close(score("rate").mean_absolute_error, 0.967, 1.5e-3);
    let chosen = found.chosen.as_ref().unwrap();
    assert_eq!((chosen.learner.as_str(), chosen.because.as_str()), ("rate", "holdout"));
    assert!(found.warnings.iter().any(|warning| warning.code == "rate_wins"));
    // The boundary of the fit on what was known at the cut, and what it means, in both languages.
    let question = json!({
        "dates": ["2011-08-31"], "as_of": "2011-12-10T00:00:00Z", "learner": "bg_nbd", "limit": 1,
    });
    let found = answer_of(&world, &question);
    let bg = found.models.iter().find(|model| model.learner == "bg_nbd").unwrap();
    close(bg.log_likelihood.unwrap(), -21_755.355, 0.05);
    close(parameter(&found, "bg_nbd", "r"), 0.72286, 2e-3);
    close(parameter(&found, "bg_nbd", "alpha"), 9.430, 0.02);
    let finding = bg.findings.first().unwrap();
    assert_eq!(finding.code, "no_drop_out");
    assert!(finding.en.starts_with("this data shows no drop-out"), "{}", finding.en);
    assert!(finding.zh.starts_with("这些数据看不出客户流失"), "{}", finding.zh);
    let amounts = found.amounts.unwrap();
    assert_eq!(amounts.customers, Some(1_890));
    for (one, expected) in amounts.parameters.iter().zip([2.395, 3.302, 396.4]) {
        close(one.value, expected, 2e-3 * expected);
    }
}
