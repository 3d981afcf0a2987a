//! Small worlds whose health can be told by hand; random ones in [`oracle`], planted ones in
//! [`planted`].

mod oracle;
mod planted;

use perennial_testkit::{Layout, World, block_on, in_every_layout, session, world};
use perennial_types::key::CustomerKey;
use serde_json::{Value, json};

use super::{HealthAnswer, HealthTrainer};
use crate::ask::ask;
use crate::insight::{AskError, Asking, Insight, Step, Trainer};
use crate::reply::Reply;

/// The answer and its customers, or why there is none.
fn told(reply: Result<Reply, AskError>) -> Result<(Value, Vec<CustomerKey>), String> {
    match reply {
        Ok(reply) => Ok((reply.answer.into_tree(), reply.customers.unwrap_or_default())),
        Err(AskError::Refused(refusal)) => Err(format!("{}: {refusal}", refusal.code)),
        Err(other) => Err(other.to_string()),
    }
}

/// Asked in one layout.
fn ask_of(
    world: &World,
    kind: &str,
    question: &Value,
) -> Result<(Value, Vec<CustomerKey>), String> {
    told(block_on(ask(&session(), &world.source(Layout::ONE), kind, question)))
}

/// Asked in every layout.
fn reply(world: &World, question: &Value) -> Result<(Value, Vec<CustomerKey>), String> {
    in_every_layout(world, |source| told(block_on(ask(&session(), source, "health", question))))
}

fn answer(world: &World, question: &Value) -> HealthAnswer {
    let (json, _) = reply(world, question).unwrap_or_else(|error| panic!("{question}: {error}"));
    let answer: HealthAnswer = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&answer).unwrap(), json, "JSON there and back");
    super::Health.present(&json).unwrap();
    answer
}

fn with(question: &Value, fields: Value) -> Value {
    let mut question = question.clone();
    for (name, value) in fields.as_object().unwrap() {
        question[name] = value.clone();
    }
    question
}

/// Three customers over June: anna comes more and more, bert less and less, cora stops.
fn three() -> World {
    world(
        "anna 2021-06-01 view\n anna 2021-06-09,2021-06-10 view\n anna 2021-06-20,2021-06-21,2021-06-22,2021-06-23 view
         bert 2021-06-02,2021-06-03,2021-06-04,2021-06-05 view\n bert 2021-06-15 view
         cora 2021-06-01,2021-06-02 view",
    )
}

/// By days of use in the past seven, at the ends of three weeks.
fn june() -> Value {
    json!({
        "as_of": "2021-07-01T00:00:00Z", "dates": ["2021-06-07", "2021-06-16", "2021-06-24"],
        "dimensions": ["events_30d"], "active_within_days": 14, "warning": "none", "order": "customer",
        "bands": {"at_risk_below": 40, "healthy_from": 60, "margin": 0, "dates": 1},
    })
}

#[test]
fn a_score_is_the_rank_among_those_of_the_first_date() {
    let found = answer(&three(), &june());
    // On 7 June anna had 1, cora 2, bert 4 events; on 24 June anna had 7, bert 5.
    let rows: Vec<(&str, Option<f64>, bool)> = found
        .rows
        .iter()
        .map(|row| (row.state.name(), row.score.map(f64::round), row.frozen))
        .collect();
    assert_eq!(
        rows,
        [
            ("healthy", Some(100.0), false),
            ("healthy", Some(100.0), false),
            ("left", Some(50.0), true)
        ]
    );
    let dates: Vec<[u64; 5]> = found
        .dates
        .iter()
        .map(|date| [date.here, date.healthy, date.watch, date.at_risk, date.left])
        .collect();
    assert_eq!(dates, [[3, 1, 1, 1, 0], [2, 2, 0, 0, 1], [2, 2, 0, 0, 1]]);
    assert!((found.dates[0].mean_score.unwrap() - 50.0).abs() < 1e-9);
    let cora = &found.rows[2];
    assert_eq!((cora.scored_on.to_string().as_str(), cora.risk), ("2021-06-07", None));
    assert_eq!(cora.change, None, "who has left does not move");
    let reason = &found.rows[0].up[0];
    assert_eq!(reason.en, "events of 30 days: rose from 3 to 7");
    assert_eq!(reason.zh, "近 30 天事件数：由 3 升至 7");
    // From half way between the ranks of 2 and 4 events, 2/3, to above all of them.
    assert!((found.rows[0].change.unwrap() - 100.0 / 3.0).abs() < 1e-9);
    assert_eq!(found.migration.as_ref().unwrap().up, 1);
    assert_eq!(found.warning.refusal.unwrap().code, "no_warning");
    assert_eq!(found.warnings[0].code, "few_customers");
}

#[test]
fn each_date_by_itself_says_who_stands_better() {
    let found = answer(&three(), &with(&june(), json!({"ranked": "each_date"})));
    let scores: Vec<Option<f64>> = found.rows.iter().map(|row| row.score).collect();
    assert_eq!(scores, [Some(75.0), Some(25.0), Some(50.0)]);
    assert!(found.dates.iter().all(|date| (date.mean_score.unwrap() - 50.0).abs() < 1e-9));
}

#[test]
fn missing_is_left_out_and_too_little_is_no_score() {
    let shop = world(
        "anna 2021-06-01,2021-06-02 view\n anna 2021-06-03 nps score=9
         bert 2021-06-01 view\n bert 2021-06-03 nps score=2
         cora 2021-06-01,2021-06-02,2021-06-05 view",
    );
    let question = json!({
        "as_of": "2021-06-08T00:00:00Z", "n_dates": 1, "stays": {"event": "view"}, "warning": "none",
        "dimensions": ["active_days_30d", "last_score"], "order": "customer",
        "points": {"active_days_30d": 1, "last_score": 3},
    });
    let found = answer(&shop, &question);
    let rows: Vec<(Option<f64>, Option<f64>, &str)> = found
        .rows
        .iter()
        .map(|row| (row.score.map(f64::round), row.coverage, row.state.name()))
        .collect();
    // Votes of 4 days ago have lost 1 - 2^(-4/180) of their distance from the middle; anna and cora
    // came on 3 days, bert on 2.
    let last = |rank: f64| 0.5 + (rank - 0.5) * 0.5_f64.powf(4.0 / 180.0);
    let anna = 100.0 * (2.0 / 3.0 + 3.0 * last(0.75)) / 4.0;
    assert_eq!(rows[0].0, Some(anna.round()));
    assert_eq!(rows[2], (None, None, "unscored"), "a quarter is known");
    let cora = answer(&shop, &with(&question, json!({"min_coverage": 0.25}))).rows[2].clone();
    assert!((cora.score.unwrap() - 200.0 / 3.0).abs() < 1e-9);
    assert_eq!(cora.coverage, Some(0.25));
}

#[test]
fn who_cancels_is_frozen_and_who_comes_back_begins_anew() {
    let shop = world(
        "anna 2021-06-01,2021-06-03 view\n anna 2021-06-05 cancel\n anna 2021-06-20 view
         bert 2021-06-01,2021-06-10,2021-06-20 view",
    );
    let question = json!({
        "as_of": "2021-06-22T00:00:00Z", "dates": ["2021-06-04", "2021-06-12", "2021-06-21"],
        "dimensions": ["events_30d"], "stays": {"event": "view"}, "leaves": {"event": "cancel"},
        "active_within_days": 30, "warning": "none", "order": "customer",
    });
    let at = |date: &str| {
        let cell = with(&question, json!({"cell": {"date": date, "state": "left"}}));
        answer(&shop, &cell).rows
    };
    assert!(at("2021-06-04").is_empty());
    let left = at("2021-06-12");
    assert_eq!((left.len(), left[0].scored_on.to_string().as_str()), (1, "2021-06-04"));
    assert!(at("2021-06-21").is_empty(), "she is back");
}

#[test]
fn later_events_change_no_earlier_date() {
    let more = world(
        "anna 2021-06-01 view\n anna 2021-06-09,2021-06-10 view\n anna 2021-06-20,2021-06-21,2021-06-22,2021-06-23 view
         bert 2021-06-02,2021-06-03,2021-06-04,2021-06-05 view\n bert 2021-06-15 view
         cora 2021-06-01,2021-06-02 view
         anna 2021-06-26,2021-06-27 view\n bert 2021-06-25 cancel\n dora 2021-06-25,2021-06-26 view",
    );
    let (before, now) = (answer(&three(), &june()), answer(&more, &june()));
    assert_eq!((before.dates, before.rows), (now.dates, now.rows));
    let longer =
        with(&june(), json!({"dates": ["2021-06-07", "2021-06-16", "2021-06-24", "2021-06-30"]}));
    let longer = answer(&more, &longer);
    assert_eq!(longer.dates[..3], answer(&three(), &june()).dates[..]);
}

#[test]
fn every_number_lists_its_customers() {
    let shop = three();
    let found = answer(&shop, &june());
    let listed = |cell: Value| {
        let (json, customers) = reply(&shop, &with(&june(), json!({"cell": cell}))).unwrap();
        assert_eq!(json["total_rows"], customers.len());
        customers.len() as u64
    };
    let migration = found.migration.as_ref().unwrap();
    for (from, counts) in migration.states.iter().zip(&migration.customers) {
        for (to, n) in migration.states.iter().zip(counts) {
            if from.name() != "not_yet" || to.name() != "not_yet" {
                assert_eq!(listed(json!({"before": from, "state": to})), *n, "{from:?} {to:?}");
            }
        }
    }
    for (moved, n) in [("up", migration.up), ("down", migration.down), ("same", migration.same)] {
        assert_eq!(listed(json!({"moved": moved})), n);
    }
    assert_eq!(listed(json!({})), found.dates[2].here);
}

#[test]
fn an_empty_world_gives_an_empty_answer() {
    let found = answer(&World::default(), &json!({"as_of": "2021-07-01T00:00:00Z"}));
    assert_eq!((found.rows.len(), found.total_rows), (0, 0));
    assert!(found.dates.is_empty() && found.alerts.is_none());
    assert!(found.warning.refusal.is_some());
}

#[test]
fn bad_questions_are_named() {
    for (fields, complaint) in [
        (json!({"dimensions": ["event_30d"]}), "`dimensions` names `event_30d`"),
        (json!({"points": {"votes": 3}}), "`points` names `votes`, which `dimensions` leaves out"),
        (json!({"points": {"events_30d": -1}}), "`points` of `events_30d` are `-1`"),
        (json!({"points": {"events_30d": 0}}), "leave nothing above 0"),
        (json!({"dates": ["2021-07-05"]}), "2021-07-05, which is after the known world ends"),
        (json!({"min_coverage": 1.5}), "`min_coverage` is `1.5`"),
        (json!({"threshold": -0.1}), "`threshold` is `-0.1`"),
        (json!({"n_dates": 0}), "`n_dates` is `0`"),
        (json!({"bands": {"at_risk_below": 70}}), "`bands`"),
        (json!({"cell": {"date": "2021-06-08"}}), "2021-06-08 is none of the dates"),
        (json!({"cell": {"date": "2021-06-07", "moved": "up"}}), "the first date"),
        (
            json!({"cell": {"date": "2021-06-07", "warned": true}}),
            "asks for warnings of 2021-06-07",
        ),
        (json!({"horizon_days": 0}), "`horizon_days` is `0`"),
        (json!({"model": {"format": 1}}), "model_damaged"),
        (json!({"model": {"kind": "churn_risk"}}), "model_of_another_kind"),
        (json!({"band": 3}), "unknown field `band`"),
        (json!({"weights": "learned"}), "no_complete_horizon"),
    ] {
        let error = ask_of(&three(), "health", &with(&june(), fields.clone())).unwrap_err();
        assert!(error.contains(complaint), "{fields}: {error}");
    }
}

#[test]
fn a_short_history_scores_without_a_warning() {
    let found = answer(&three(), &with(&june(), json!({"warning": "forest"})));
    assert_eq!(found.rows.len(), 3);
    assert_eq!(found.warning.refusal.unwrap().code, "no_complete_horizon");
    assert!(found.alerts.is_none());
}

/// Drives a question to its reply.
fn driven(mut asking: Box<dyn Asking>, world: &World) -> Result<Reply, AskError> {
    let source = world.source(Layout::ONE);
    let mut partials = Vec::new();
    loop {
        match asking.step(partials)? {
            Step::Done(reply) => return Ok(*reply),
            Step::Scan(folds) => partials = block_on(session().run(&source, &folds))?,
        }
    }
}

fn trained(world: &World, question: &Value) -> Result<Value, AskError> {
    use perennial_engine::source::RunSource;
    let facts = world.source(Layout::ONE).facts();
    Ok(driven(HealthTrainer.train(question, &facts)?, world)?.answer.into_tree())
}

fn scored(world: &World, document: &Value, question: &Value) -> Result<Reply, AskError> {
    use perennial_engine::source::RunSource;
    let facts = world.source(Layout::ONE).facts();
    driven(HealthTrainer.score(document, question, &facts)?, world)
}

#[test]
fn days_to_leaving_are_counted_from_the_cut() {
    use crate::training::{SampleQuestion, Sampling};
    use perennial_engine::source::RunSource;
    use perennial_types::filter::EventFilter;

    let shop = world(
        "anna 2021-01-10 view\n anna 2021-02-20 cancel
         bert 2021-01-15,2021-03-01 view
         cora 2021-01-05 view",
    );
    let source = shop.source(Layout::ONE);
    let days = |leaves: Option<EventFilter>| {
        let question = SampleQuestion {
            cuts: vec![jiff::civil::date(2021, 1, 31)],
            horizon_days: 60,
            active_within_days: Some(40),
            features: vec!["events".to_owned()],
            stays: Some(EventFilter::named("view")),
            leaves,
            ..SampleQuestion::default()
        };
        let as_of = perennial_testkit::instant("2021-07-01");
        let sampling = Sampling::new(&question, as_of, &source.facts()).unwrap();
        let partials = block_on(session().run(&source, &sampling.folds())).unwrap();
        sampling.read(partials).unwrap().left_after_days
    };
    assert_eq!(days(Some(EventFilter::named("cancel"))), [Some(20), None, None]);
    // By silence: forty days after the last visit.
    assert_eq!(days(None), [Some(19), None, Some(14)]);
}
