//! Small worlds whose effects can be told by hand; a company with planted drivers is in [`planted`].

mod planted;

use perennial_models::learn::Random;
use perennial_testkit::{Event, Layout, World, block_on, in_every_layout, instant, session, world};
use perennial_types::key::CustomerKey;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Direction, DriversAnswer};
use crate::ask::ask;
use crate::insight::{AskError, Insight};

/// The answer and the customers behind its cell, or why there is none; whatever the layout.
fn reply(world: &World, question: &Value) -> Result<(Value, Vec<CustomerKey>), String> {
    in_every_layout(world, |source| match block_on(ask(&session(), source, "drivers", question)) {
        Ok(reply) => Ok((reply.answer.into_tree(), reply.customers.unwrap_or_default())),
        Err(AskError::Refused(refusal)) => Err(format!("{}: {refusal}", refusal.code)),
        Err(other) => Err(other.to_string()),
    })
}

fn answer_of(json: Value) -> DriversAnswer {
    let answer: DriversAnswer = serde_json::from_value(json.clone()).unwrap();
    let again = serde_json::to_value(&answer).unwrap();
    for (name, value) in json.as_object().unwrap() {
        // The last digit of a number may differ after a journey through text.
        assert_eq!(again[name].is_null(), value.is_null(), "`{name}` there and back");
    }
    answer
}

fn answer(world: &World, question: &Value) -> DriversAnswer {
    answer_of(reply(world, question).unwrap_or_else(|error| panic!("{question}: {error}")).0)
}

fn with(mut question: Value, fields: Value) -> Value {
    for (name, value) in fields.as_object().unwrap() {
        question[name] = value.clone();
    }
    question
}

/// One cut, at the end of March, and thirty days after it.
fn question() -> Value {
    json!({
        "as_of": "2021-06-01T00:00:00Z", "cuts": ["2021-03-31"], "horizon_days": 30,
        "features": ["orders"], "properties": ["plan"],
    })
}

/// Customers of `cells` (plan, whether they stay, how many): each orders in March, those who stay in
/// April too.
fn company(cells: &[(&str, bool, usize)]) -> World {
    let all = cells.iter().flat_map(|&(plan, stays, n)| std::iter::repeat_n((plan, stays), n));
    let mut shop = World::default();
    for (key, (plan, stays)) in (1..).zip(all) {
        shop.names.push(format!("c{key}"));
        let days = ["2021-03-10", "2021-04-15"];
        for (day, is_there) in days.into_iter().zip([true, stays]) {
            let sequence = shop.events.len() as i64 + 1;
            shop.events.extend(is_there.then(|| Event {
                customer: key,
                sequence,
                ts: instant(day),
                event: "order".to_owned(),
                order_id: Some(format!("o{sequence}")),
                amount: Some(100_000),
                currency: Some("EUR".to_owned()),
                properties: [("plan".to_owned(), plan.to_owned())].into(),
                ..Event::default()
            }));
        }
    }
    shop
}

/// The odds ratio of a fourfold table, with the interval of B. Woolf (1955).
#[test]
fn a_fourfold_table_is_told_as_woolf_tells_it() {
    let shop = company(&[
        ("true", true, 60),
        ("true", false, 20),
        ("false", true, 30),
        ("false", false, 50),
    ]);
    let found = answer(&shop, &question());
    let [driver] = found.drivers.as_slice() else { panic!("{found:?}") };
    let [effect] = driver.effects.as_slice() else { panic!("{driver:?}") };
    let (a, b, c, d) = (20.0_f64, 60.0, 50.0, 30.0);
    let n: f64 = 160.0;
    let ratio = a * d / (b * c);
    let error = ((1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d) * n / (n - 1.0)).sqrt();
    let close = |found: f64, expected: f64| {
        assert!((found / expected - 1.0).abs() < 1e-6, "{found} {expected}");
    };
    close(effect.ratio, ratio);
    close(effect.ratio_low, (ratio.ln() - 1.959_963_985 * error).exp());
    close(effect.ratio_high, (ratio.ln() + 1.959_963_985 * error).exp());
    assert_eq!((driver.direction, driver.significant), (Direction::Staying, true));
    assert_eq!((found.n_rows, found.n_used, found.n_customers), (160, 160, 160));
    assert_eq!(found.base_rate, Some(70.0 / 160.0));
    assert_eq!(found.left_out[0].code, "constant_column", "everybody has ordered once");
    assert!(
        driver.sentence.contains("with plan have 5 times the odds of staying"),
        "{}",
        driver.sentence
    );
    assert!(driver.sentence_zh.contains("留存几率为 5 倍"), "{}", driver.sentence_zh);
    assert!(driver.experiment.contains("drawn by lot"));
    assert_eq!(found.warnings[0].code, "association");
    let curve: Vec<&str> = driver.curve.iter().map(|point| point.value.as_str()).collect();
    assert_eq!(curve, ["0", "1"]);
    assert!(driver.curve[0].probability > driver.curve[1].probability + 0.2, "{:?}", driver.curve);
}

#[test]
fn categories_are_held_against_the_one_most_have() {
    let shop = company(&[
        ("team", true, 40),
        ("team", false, 40),
        ("free", true, 15),
        ("free", false, 45),
        ("pro", true, 45),
        ("pro", false, 15),
    ]);
    let found = answer(&shop, &question());
    let [driver] = found.drivers.as_slice() else { panic!("{found:?}") };
    let effects: Vec<(&str, f64)> = driver
        .effects
        .iter()
        .map(|effect| {
            assert_eq!(effect.reference.as_deref(), Some("team"));
            (effect.value.as_deref().unwrap(), (effect.ratio * 1e6).round() / 1e6)
        })
        .collect();
    assert_eq!(effects, [("free", 3.0), ("pro", 0.333_333)]);
    assert_eq!(driver.direction, Direction::ByValue);
    assert!(driver.sentence.contains("rather than “team”"), "{}", driver.sentence);
}

/// What a customer was at the beginning is the first value said, as far as it was said by the cut.
#[test]
fn a_trait_is_the_first_value_known_at_the_cut() {
    let cells =
        [("true", true, 40), ("true", false, 20), ("false", true, 20), ("false", false, 40)];
    let shop = company(&cells);
    let expected = answer(&shop, &question()).drivers;
    assert_eq!(expected.len(), 1);
    let mut changed = shop.clone();
    for event in changed.events.iter_mut().filter(|event| event.ts > instant("2021-04-01")) {
        event.properties.insert("plan".to_owned(), "changed".to_owned());
    }
    assert_eq!(answer(&changed, &question()).drivers, expected);
    let mut late = shop.clone();
    for event in late.events.iter_mut().filter(|event| event.ts < instant("2021-04-01")) {
        event.properties.clear();
    }
    let found = answer(&late, &question());
    assert!(found.drivers.is_empty(), "nobody had a plan by the cut: {found:?}");
    assert!(found.refusal.is_some());
}

#[test]
fn the_list_behind_a_number_has_exactly_that_many_customers() {
    let shop = company(&[("a", true, 12), ("a", false, 3), ("b", true, 4), ("b", false, 9)]);
    let counts = answer(&shop, &question()).cuts[0].clone();
    assert_eq!((counts.at_risk, counts.left, counts.stayed, counts.not_known), (28, 12, 16, 0));
    for (outcome, n) in [("at_risk", 28), ("left", 12), ("stayed", 16), ("not_known", 0)] {
        let asked = with(question(), json!({"cell": {"cut": "2021-03-31", "outcome": outcome}}));
        let (json, keys) = reply(&shop, &asked).unwrap();
        assert_eq!((keys.len(), &json["customers"]["total"]), (n, &json!(n)));
    }
    let left = with(question(), json!({"cell": {"outcome": "left"}}));
    let (_, keys) = reply(&shop, &left).unwrap();
    assert!(keys.iter().all(|key| (13..=15).contains(&key.0) || key.0 > 19), "{keys:?}");
}

#[test]
fn what_cannot_be_weighed_is_an_answer_that_says_why() {
    let few = company(&[("a", true, 12), ("b", false, 3)]);
    let found = answer(&few, &question());
    assert_eq!(found.refusal.as_ref().unwrap().code, "too_few_rows");
    assert!(found.drivers.is_empty() && found.forest.is_none());
    assert_eq!((found.n_rows, found.cuts[0].left), (15, 3));
    assert!(found.warnings[0].message.contains("nothing can be weighed"));
    let one = company(&[("a", true, 30), ("b", true, 30)]);
    assert!(answer(&one, &question()).refusal.is_some(), "everybody stays");
    let empty = answer(&World::default(), &question());
    assert_eq!(empty.refusal.unwrap().code, "nobody_at_risk");
    assert!(empty.drivers.is_empty() && empty.base_rate.is_none());
    let told = company(&[("a", true, 30), ("b", false, 30)]);
    let found = answer(&told, &question());
    let codes: Vec<&str> = found.left_out.iter().map(|one| one.code.as_str()).collect();
    assert!(found.refusal.is_some() || codes.contains(&"separation"), "{codes:?}");
}

/// Whoever is at the last cut stays: odds are told by the cut before, but no forest can be judged.
#[test]
fn a_last_cut_of_one_outcome_has_effects_and_no_forest() {
    let mut shop = company(&[
        ("true", true, 40),
        ("true", false, 20),
        ("false", true, 20),
        ("false", false, 40),
    ]);
    let stayers: Vec<Event> =
        shop.events.iter().filter(|event| event.ts > instant("2021-04-01")).cloned().collect();
    for event in stayers {
        let sequence = shop.events.len() as i64 + 1;
        shop.events.push(Event { ts: instant("2021-05-10"), sequence, order_id: None, ..event });
    }
    let both =
        with(question(), json!({"cuts": ["2021-03-31", "2021-04-30"], "features": ["orders_7d"]}));
    let found = answer(&shop, &both);
    assert!(found.refusal.is_none() && found.forest.is_none(), "{found:?}");
    assert!(found.warnings.iter().any(|warning| warning.code == "no_forest"));
    assert!(
        found.drivers.iter().all(|driver| driver.importance.is_none() && driver.curve.is_empty())
    );
    assert_eq!((found.n_rows, found.n_customers), (180, 120));
}

#[test]
fn bad_questions_are_refused_by_the_field_at_fault() {
    let shop = company(&[("a", true, 12), ("b", false, 12)]);
    for (fields, word) in [
        (json!({"group_from": 0.0}), "group_from"),
        (json!({"confidence": 1.0}), "confidence"),
        (json!({"factors": 0}), "factors"),
        (json!({"factors": "many"}), "factors"),
        (json!({"method": "magic"}), "method"),
        (json!({"properties": ["plan", "plan"]}), "plan"),
        (json!({"properties": ["orders"]}), "orders"),
        (json!({"properties": ["ts"]}), "ts"),
        (json!({"cell": {"cut": "2021-04-01"}}), "cell.cut"),
        (json!({"features": ["no such"]}), "no such"),
        (json!({"nonsense": 1}), "nonsense"),
        (json!({"horizon_days": 0}), "horizon_days"),
        (json!({"cuts": ["2021-03-31", "2021-04-10"], "method": "cox"}), "not over"),
    ] {
        let error = reply(&shop, &with(question(), fields.clone())).unwrap_err();
        assert!(error.contains(word), "{fields}: {error}");
    }
}

/// `n` customers over a year: how often they come in a month follows a habit that two features and a
/// third show; a coin is tossed for `noise`. Who comes more stays more.
fn habits(n: i64, seed: u64) -> World {
    let mut random = Random::stream(seed, 0);
    let mut shop = World::default();
    let day = 86_400_000_000_i64;
    let start = instant("2021-01-01");
    for key in 1..=n {
        shop.names.push(format!("c{key}"));
        let habit = random.normal();
        let noise = if random.unit() < 0.5 { "heads" } else { "tails" };
        let joined = random.below(40) as i64;
        let mut is_here = true;
        for month in 0..9_i64 {
            if !is_here {
                break;
            }
            let n_visits = 2 + (2.0 + 2.0 * habit).max(0.0) as usize;
            for visit in 0..n_visits {
                let at = joined + month * 30 + random.below(29) as i64;
                let sequence = shop.events.len() as i64 + 1;
                let name = if visit % 2 == 0 { "visit" } else { "report" };
                shop.events.push(Event {
                    customer: key,
                    sequence,
                    ts: start + at * day + random.below(1_000_000) as i64,
                    event: name.to_owned(),
                    properties: [("noise".to_owned(), noise.to_owned())].into(),
                    ..Event::default()
                });
            }
            is_here = random.unit() < 1.0 / (1.0 + (-1.2 - 1.2 * habit).exp());
        }
    }
    shop
}

/// Four cuts a month apart.
fn monthly() -> Value {
    json!({
        "as_of": "2021-08-01T00:00:00Z", "horizon_days": 30, "active_within_days": 30,
        "cuts": ["2021-03-01", "2021-03-31", "2021-04-30", "2021-05-30"],
        "stays": {"event": ["visit", "report"]}, "properties": ["noise"],
        "features": ["events_30d", "active_days_30d", "events_90d", "weekend_share"],
    })
}

fn asked(world: &World, question: &Value) -> DriversAnswer {
    let source = world.source(Layout { n_buckets: 2, n_partitions: 1, batch_rows: 8_192 });
    answer_of(block_on(ask(&session(), &source, "drivers", question)).unwrap().answer.into_tree())
}

#[test]
fn measures_of_one_habit_are_one_driver_and_noise_is_none() {
    let shop = habits(700, 5);
    for method in ["logistic", "cox"] {
        let found = asked(&shop, &with(monthly(), json!({"method": method})));
        assert!(found.refusal.is_none(), "{:?}", found.refusal);
        let first = &found.drivers[0];
        let names: Vec<&str> = first.columns.iter().map(|column| column.name.as_str()).collect();
        assert!(names.contains(&"events_30d") && names.contains(&"active_days_30d"), "{names:?}");
        assert_eq!((first.direction, first.significant), (Direction::Staying, true), "{method}");
        let noise = found.drivers.iter().find(|driver| driver.name == "noise").unwrap();
        assert!(!noise.significant && noise.direction == Direction::Unclear, "{method} {noise:?}");
        let lost = |name: &str| {
            let driver = found.drivers.iter().find(|driver| driver.name == name).unwrap();
            driver.importance.as_ref().unwrap().auc_lost
        };
        assert!(lost(&first.name) > 0.05 && lost("noise").abs() < 0.02, "{method}");
        let forest = found.forest.unwrap();
        assert_eq!(
            (forest.judged_by.as_str(), forest.judged_at.as_str()),
            ("later_cut", "2021-05-30")
        );
        assert!(forest.auc > 0.6, "{forest:?}");
        assert_eq!(forest.n_curve_rows, forest.n_judged.min(2_000));
        let rows: u64 = found.cuts.iter().map(|cut| cut.left + cut.stayed).sum();
        assert_eq!(found.n_rows, rows);
    }
}

#[test]
fn many_measures_become_a_few_named_factors() {
    let shop = habits(700, 6);
    let fields = json!({
        "factors": "parallel",
        "features": ["events_7d", "events_30d", "events_90d", "active_days_30d", "active_days_90d", "gap_mean_days", "weekend_share", "night_share"],
    });
    let found = asked(&shop, &with(monthly(), fields));
    let factors = found.factors.as_ref().unwrap_or_else(|| panic!("{:?}", found.refusal));
    assert!(!factors.factors.is_empty() && factors.factors.len() < 5, "{factors:?}");
    assert!(factors.sampling_adequacy > 0.5 && factors.sphericity_p < 1e-6);
    assert_eq!(factors.by_chance.len(), factors.eigenvalues.len());
    let factor = found.drivers.iter().find(|driver| driver.name == "factor_1").unwrap();
    assert!(factor.significant && factor.en.contains("event"), "{factor:?}");
    assert!(found.drivers.iter().all(|driver| !driver.name.starts_with("events")));
    let too_many = with(monthly(), json!({"factors": 3}));
    assert_eq!(asked(&shop, &too_many).refusal.unwrap().code, "number_of_factors");
}

#[test]
fn an_answer_is_shown_in_both_languages() {
    let shop = habits(300, 7);
    let source = shop.source(Layout { n_buckets: 2, n_partitions: 1, batch_rows: 8_192 });
    let question = with(monthly(), json!({"factors": 1, "cell": {"outcome": "left"}}));
    let json = block_on(ask(&session(), &source, "drivers", &question)).unwrap().answer.into_tree();
    let shown = super::Drivers.present(&json).unwrap();
    let names: Vec<&str> = shown.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(&names[..6], ["customers", "drivers", "effects", "features", "cuts", "factors"]);
    for table in &shown.tables {
        assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", table.name);
    }
    assert_eq!(shown.pictures.len(), 2);
    let chinese = shown.in_chinese();
    let is_chinese = |text: &str| text.chars().any(|one| ('\u{4e00}'..='\u{9fff}').contains(&one));
    for table in &chinese.tables {
        assert!(is_chinese(&table.name), "{}", table.name);
        for column in &table.columns {
            assert!(is_chinese(&column.name), "{} {}", table.name, column.name);
        }
    }
}

#[test]
fn the_sample_of_a_small_world_is_answered() {
    let shop = world("anna 2024-01-01,2024-01-20,2024-03-02 order amount=12.50 currency=EUR");
    let sample = with(super::Drivers.sample(), json!({"as_of": "2024-04-01T00:00:00Z"}));
    assert!(answer(&shop, &sample).refusal.is_some());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Counts are those of the fourfold table, and the odds ratio is its; more customers of every
    /// cell narrow the interval and change nothing else.
    #[test]
    fn odds_are_those_of_the_counts(cells in proptest::collection::vec(12_usize..30, 4)) {
        let of = |times: usize| {
            let [a, b, c, d] = [0, 1, 2, 3].map(|at| cells[at] * times);
            company(&[("true", false, a), ("true", true, b), ("false", false, c), ("false", true, d)])
        };
        let ask_of = |world: &World| {
            let found = asked(world, &question());
            let effect = found.drivers.first().map(|driver| driver.effects[0].clone());
            (found, effect)
        };
        let (once, effect) = ask_of(&of(1));
        let (thrice, wider) = ask_of(&of(3));
        prop_assert_eq!(once.n_rows * 3, thrice.n_rows);
        let expected = (cells[0] * cells[3]) as f64 / (cells[1] * cells[2]) as f64;
        for one in [&effect, &wider] {
            let one = one.as_ref().unwrap();
            prop_assert!((one.ratio / expected - 1.0).abs() < 1e-6, "{:?} {}", one, expected);
            prop_assert!(one.ratio_low < one.ratio && one.ratio < one.ratio_high);
        }
        let width = |one: &Option<super::EffectAnswer>| one.as_ref().map(|one| one.ratio_high / one.ratio_low);
        prop_assert!(width(&wider) < width(&effect));
    }
}
