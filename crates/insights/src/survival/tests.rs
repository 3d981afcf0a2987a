//! Small worlds whose stays can be told by hand, published numbers; random ones are in [`oracle`].

mod oracle;

use perennial_testkit::{World, block_on, in_every_layout, session, world};
use perennial_types::key::CustomerKey;
use serde_json::{Value, json};

use super::{GroupAnswer, SurvivalAnswer};
use crate::ask::ask;
use crate::insight::{AskError, Insight};

fn reply(world: &World, question: &Value) -> Result<(Value, Vec<CustomerKey>), String> {
    in_every_layout(world, |source| match block_on(ask(&session(), source, "survival", question)) {
        Ok(reply) => Ok((reply.answer.into_tree(), reply.customers.unwrap_or_default())),
        Err(AskError::Refused(refusal)) => Err(format!("{}: {refusal}", refusal.code)),
        Err(other) => Err(other.to_string()),
    })
}

fn answer(world: &World, question: &Value) -> SurvivalAnswer {
    let (json, _) = reply(world, question).unwrap_or_else(|error| panic!("{question}: {error}"));
    let answer: SurvivalAnswer = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&answer).unwrap(), json, "JSON there and back");
    answer
}

/// The outside ids behind one number.
fn members(world: &World, question: &Value, cell: Value) -> String {
    let mut question = question.clone();
    question["cell"] = cell;
    let (answer, keys) = reply(world, &question).unwrap();
    assert_eq!(answer["customers"]["total"], json!(keys.len()));
    keys.iter().map(|key| world.name_of(key.0)).collect::<Vec<_>>().join(" ")
}

/// `from–to: at risk + entered − left − censored → survival`, one line per age.
fn ages(group: &GroupAnswer) -> Vec<String> {
    let line = |age: &super::AgeAnswer| {
        let survival = age.survival.map_or("?".to_owned(), |share| format!("{share:.4}"));
        format!(
            "{}–{}: {} + {} − {} − {} → {survival}",
            age.from_days, age.to_days, age.at_risk, age.entered, age.left, age.censored
        )
    };
    group.ages.iter().map(line).collect()
}

/// Customers on a plan who come on 1 January 2020 and leave after so many weeks, or are last known
/// to be here then.
fn treated(groups: &[(&str, &[(i64, bool)])]) -> World {
    let as_of: jiff::civil::Date = "2021-01-01".parse().unwrap();
    let mut lines = String::new();
    for (plan, stays) in groups {
        for (number, (weeks, left)) in stays.iter().enumerate() {
            // The first day counts as 1, so a stay of w weeks ends w × 7 − 1 days later.
            let days = jiff::Span::new().days(weeks * 7 - 1);
            let name = format!("{plan}{number}");
            let (start, end) = if *left {
                let start: jiff::civil::Date = "2020-01-01".parse().unwrap();
                (start, Some(start.checked_add(days).unwrap()))
            } else {
                (as_of.yesterday().unwrap().checked_sub(days).unwrap(), None)
            };
            lines += &format!("{name} {start}T10 join plan={plan}\n");
            if let Some(end) = end {
                lines += &format!("{name} {end}T12 cancel\n");
            }
        }
    }
    world(&lines)
}

/// Weeks in remission of leukaemia patients: E. J. Freireich et al. (1963), Blood 21, 699–716, as in
/// D. R. Cox, D. Oakes (1984), Analysis of Survival Data, p. 7.
const MERCAPTOPURINE: [(i64, bool); 21] = [
    (6, true),
    (6, true),
    (6, true),
    (6, false),
    (7, true),
    (9, false),
    (10, true),
    (10, false),
    (11, false),
    (13, true),
    (16, true),
    (17, false),
    (19, false),
    (20, false),
    (22, true),
    (23, true),
    (25, false),
    (32, false),
    (32, false),
    (34, false),
    (35, false),
];
const PLACEBO: [(i64, bool); 21] = [
    (1, true),
    (1, true),
    (2, true),
    (2, true),
    (3, true),
    (4, true),
    (4, true),
    (5, true),
    (5, true),
    (8, true),
    (8, true),
    (8, true),
    (8, true),
    (11, true),
    (11, true),
    (12, true),
    (12, true),
    (15, true),
    (17, true),
    (22, true),
    (23, true),
];

#[test]
fn matches_the_published_analysis_of_freireichs_remissions() {
    let world = treated(&[("mp", &MERCAPTOPURINE), ("placebo", &PLACEBO)]);
    let question = json!({
        "as_of": "2021-01-01T00:00:00Z", "start": {"event": "join"}, "leave": {"event": {"event": "cancel"}},
        "breakdown": [{"field": "properties.plan"}], "covariates": [{"field": "properties.plan"}], "step_days": 7,
    });
    let found = answer(&world, &question);
    let [mp, placebo] = found.groups.as_slice() else { panic!("{:?}", found.groups.len()) };
    assert_eq!((mp.customers, mp.left, mp.here, placebo.left), (21, 9, 12, 21));
    assert_eq!((mp.median_days, placebo.median_days), (Some(161.0), Some(56.0)), "23 and 8 weeks");
    // J. P. Klein, M. L. Moeschberger (2003), Survival Analysis, table 4.1.
    let at = |weeks: usize| mp.ages[weeks - 1].survival.unwrap();
    for (weeks, survival) in
        [(6, 0.857), (7, 0.807), (10, 0.753), (13, 0.690), (16, 0.627), (22, 0.538), (23, 0.448)]
    {
        assert!((at(weeks) - survival).abs() < 6e-4, "{weeks}: {}", at(weeks));
    }
    // The log-rank statistic of the same data: 16.79 with expected 19.25 and 10.75.
    let comparison = found.comparison.unwrap();
    let test = comparison.overall.unwrap();
    assert!((test.statistic - 16.793).abs() < 1e-3 && test.p < 1e-4, "{test:?}");
    assert!((comparison.pairs[0].first_expected - 19.25).abs() < 0.01);
    // Cox (Efron): the hazard under placebo is exp(1.572) of that under treatment.
    let cox = found.cox.unwrap();
    let effect = &cox.effects[0];
    assert_eq!(
        (effect.name.as_str(), effect.against.as_deref()),
        ("properties.plan = placebo", Some("mp"))
    );
    assert!((effect.coefficient - 1.572).abs() < 1e-3, "{}", effect.coefficient);
    assert!(cox.overall.unwrap().p < 1e-3 && effect.drift_p.unwrap() > 0.5, "{effect:?}");
    // Weibull AFT of the same data in weeks (Kalbfleisch, Prentice 2002): shape 1.366, −1.267.
    let aft = found.weibull_aft.unwrap();
    assert!(
        (aft.shape.unwrap() - 1.3658).abs() < 1e-3
            && (aft.effects[0].coefficient + 1.2673).abs() < 1e-3
    );
}

/// Anna buys for four months, bert stops after one day, carl after a while, dora came last week.
fn shop() -> World {
    world(
        "anna 2024-01-01,2024-01-20,2024-02-10,2024-03-01,2024-03-25 order amount=5 currency=EUR
         bert 2024-01-05                       order amount=5 currency=EUR
         carl 2024-01-10,2024-01-30,2024-03-20 order amount=5 currency=EUR
         dora 2024-03-28                       order amount=5 currency=EUR
         erik 2024-01-10                       view",
    )
}

#[test]
fn silence_ends_a_stay_at_the_last_purchase_before_it() {
    // Silence of 30 days: all is known until 2 March. Carl fell silent on 30 January, and stays gone
    // though he bought again; dora started too recently; erik never bought.
    let question =
        json!({"as_of": "2024-04-01T00:00:00Z", "leave": {"silence_days": 30}, "step_days": 10});
    let found = answer(&shop(), &question);
    assert_eq!(
        (found.everybody.customers, found.everybody.left, found.left_out.too_recent),
        (3, 2, 1)
    );
    assert_eq!(
        ages(&found.everybody),
        [
            "0–10: 3 + 0 − 1 − 0 → 0.6667",
            "10–20: 2 + 0 − 0 − 0 → 0.6667",
            "20–30: 2 + 0 − 1 − 0 → 0.3333",
            "30–40: 1 + 0 − 0 − 0 → 0.3333",
            "40–50: 1 + 0 − 0 − 0 → 0.3333",
            "50–60: 1 + 0 − 0 − 0 → 0.3333",
            "60–70: 1 + 0 − 0 − 1 → ?",
        ]
    );
    assert_eq!(found.everybody.median_days, Some(21.0), "carl's 10 to 30 January");
    for (cell, names) in [
        (json!({"set": "customers"}), "anna bert carl"),
        (json!({"set": "too_recent"}), "dora"),
        (json!({"set": "left"}), "bert carl"),
        (json!({"set": "left", "from_days": 20}), "carl"),
        (json!({"set": "at_risk", "from_days": 20}), "anna carl"),
        (json!({"set": "censored", "from_days": 60}), "anna"),
        (json!({"set": "entered", "from_days": 0}), ""),
    ] {
        assert_eq!(members(&shop(), &question, cell.clone()), names, "{cell}");
    }
    // Later events change nothing of what was known.
    let later = answer(
        &shop(),
        &json!({"as_of": "2024-04-01T00:00:00Z", "leave": {"silence_days": 30}, "step_days": 10, "to": "2024-01-07"}),
    );
    assert_eq!((later.everybody.customers, later.everybody.left), (2, 1));
}

#[test]
fn who_began_before_the_data_enters_late() {
    // Bert began 100 days before he was seen: he was at risk from then on only.
    let world = world(
        "anna 2024-01-01 join since=2024-01-01
         anna 2024-01-31 cancel
         bert 2024-01-01 join since=2023-09-23
         bert 2024-01-10 cancel
         cora 2024-01-05 join since=soon",
    );
    let question = json!({
        "as_of": "2024-03-01T00:00:00Z", "start": {"event": "join"}, "leave": {"event": {"event": "cancel"}},
        "began": "properties.since", "step_days": 20,
    });
    let found = answer(&world, &question);
    assert_eq!((found.everybody.delayed, found.left_out.unreadable), (1, 1));
    assert_eq!(
        ages(&found.everybody),
        [
            "0–20: 2 + 0 − 0 − 0 → 1.0000",
            "20–40: 2 + 0 − 1 − 0 → 0.5000",
            "40–60: 1 + 0 − 0 − 1 → 0.5000",
            "60–80: 0 + 0 − 0 − 0 → 0.5000",
            "80–100: 0 + 1 − 0 − 0 → 0.5000",
            "100–120: 1 + 0 − 1 − 0 → 0.0000",
        ]
    );
    let codes: Vec<&str> = found.warnings.iter().map(|one| one.code.as_str()).collect();
    assert_eq!(codes, ["delayed_entry", "unreadable_began"]);
    assert!(found.everybody.weibull.is_none() && found.everybody.weibull_refused.is_some());
    assert_eq!(members(&world, &question, json!({"set": "entered", "from_days": 80})), "bert");
}

#[test]
fn an_empty_world_has_no_curve() {
    let found = answer(
        &world(""),
        &json!({"as_of": "2024-03-01T00:00:00Z", "breakdown": [{"field": "plan"}]}),
    );
    assert_eq!(
        (found.everybody.customers, found.everybody.ages.len(), found.groups.len()),
        (0, 0, 0)
    );
    assert_eq!(found.everybody.refused.unwrap().code, "too_few_customers");
    let nobody_left = world("anna 2024-01-01,2024-01-20,2024-02-02 order amount=5 currency=EUR");
    let found = answer(
        &nobody_left,
        &json!({"as_of": "2024-02-20T00:00:00Z", "leave": {"silence_days": 30}}),
    );
    assert_eq!(found.everybody.refused.unwrap().code, "no_events");
    assert_eq!((found.everybody.median_days, found.everybody.ages[0].survival), (None, None));
}

#[test]
fn bad_questions_are_told_what_is_wrong() {
    let as_of = "2024-04-01T00:00:00Z";
    for (question, wrong) in [
        (json!({"as_of": as_of, "leave": {"silence_days": 0}}), "`leave.silence_days` is `0`"),
        (
            json!({"as_of": as_of, "leave": {"event": {"event": "cancel"}}, "event": {"event": "view"}}),
            "beside `leave.event`",
        ),
        (json!({"as_of": as_of, "level": 1}), "`level` is `1`"),
        (json!({"as_of": as_of, "step_days": 0}), "`step_days` is `0`"),
        (json!({"as_of": as_of, "from": "2024-02-01", "to": "2024-01-01"}), "is after `to`"),
        (
            json!({"as_of": as_of, "weight": {"fleming_harrington": {"p": -1, "q": 0}}}),
            "`weight` has p `-1`",
        ),
        (
            json!({"as_of": as_of, "covariates": [{"field": "a"}, {"field": "a"}]}),
            "names `a` twice",
        ),
        (json!({"as_of": as_of, "cell": {"set": "at_risk"}}), "do not go together"),
        (
            json!({"as_of": as_of, "step_days": 10, "cell": {"set": "left", "from_days": 5}}),
            "no age begins there",
        ),
        (
            json!({"as_of": as_of, "cell": {"set": "left", "group": ["x"]}}),
            "no group of the answer",
        ),
        (json!({"leave": {"silence_days": 9}}), "`as_of` is missing"),
        (json!({"as_of": as_of, "horizon": 3}), "unknown field `horizon`"),
    ] {
        let error = reply(&shop(), &question).unwrap_err();
        assert!(error.contains(wrong), "{question}: {error}");
    }
}

#[test]
fn what_cannot_be_compared_or_fitted_is_refused_beside_the_curves() {
    let question = json!({
        "as_of": "2024-04-01T00:00:00Z", "leave": {"silence_days": 30},
        "breakdown": [{"field": "currency"}], "covariates": [{"field": "currency"}],
    });
    let found = answer(&shop(), &question);
    assert_eq!(found.comparison.as_ref().unwrap().refused.as_ref().unwrap().code, "one_group");
    let cox = found.cox.as_ref().unwrap();
    assert_eq!(
        (cox.effects.len(), cox.refused.as_ref().unwrap().code.as_str()),
        (0, "constant_column")
    );
    assert_eq!(found.weibull_aft.as_ref().unwrap().refused, cox.refused);
    let presentation = super::Survival.present(&serde_json::to_value(&found).unwrap()).unwrap();
    assert!(presentation.warnings.iter().any(|line| line.en.starts_with("one_group")));
    assert_eq!(presentation.in_chinese().tables[0].name, "客户停留时长");
}
