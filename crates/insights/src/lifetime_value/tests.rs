//! A small shop whose numbers can be told by hand, and laws; random worlds are in [`oracle`], published
//! numbers in [`published`].

mod oracle;
mod published;

use perennial_engine::source::{RunSource, SourceFacts};
use perennial_testkit::{Event, Layout, World, block_on, in_every_layout, instant, session, world};
use perennial_types::key::CustomerKey;
use serde_json::{Value, json};

use super::{LifetimeValueAnswer, Mover};
use crate::ask::ask;
use crate::insight::{AskError, Asking, Insight, Step};
use crate::present::Picture;

/// The answer and the customers behind it, or why there is none; whatever the layout.
fn reply(world: &World, question: &Value) -> Result<(Value, Vec<CustomerKey>), String> {
    in_every_layout(world, |source| {
        told(block_on(ask(&session(), source, "lifetime_value", question)))
    })
}

fn told(reply: Result<crate::reply::Reply, AskError>) -> Result<(Value, Vec<CustomerKey>), String> {
    match reply {
        Ok(reply) => Ok((reply.answer.into_tree(), reply.customers.unwrap_or_default())),
        Err(AskError::Refused(refusal)) => Err(format!("{}: {refusal}", refusal.code)),
        Err(other) => Err(other.to_string()),
    }
}

/// In one layout only: models are fitted, which takes its time.
fn quick(
    world: &World,
    question: &Value,
) -> Result<(LifetimeValueAnswer, Vec<CustomerKey>), String> {
    let source = world.source(Layout { n_buckets: 3, n_partitions: 1, batch_rows: 500 });
    let (json, keys) = told(block_on(ask(&session(), &source, "lifetime_value", question)))?;
    let answer: LifetimeValueAnswer = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&answer).unwrap(), json, "JSON there and back");
    Ok((answer, keys))
}

fn answer(world: &World, question: &Value) -> LifetimeValueAnswer {
    quick(world, question).unwrap_or_else(|error| panic!("{question}: {error}")).0
}

fn with(mut question: Value, fields: Value) -> Value {
    for (name, value) in fields.as_object().unwrap() {
        question[name] = value.clone();
    }
    question
}

/// SplitMix64: the same shop every time.
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (((z ^ (z >> 31)) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn exponential(&mut self, mean: f64) -> f64 {
        -self.uniform().ln() * mean
    }
}

/// Customers who buy at rates of their own from 2023 on and may leave after any purchase; every
/// seventh sends something back.
fn shop(n_customers: i64) -> World {
    let mut random = Random(7);
    let start = instant("2023-01-01");
    let day = 86_400_000_000.0;
    let mut events = Vec::new();
    for customer in 1..=n_customers {
        let mean_gap = random.exponential(30.0) + 6.0;
        let each = 20.0 + random.exponential(30.0);
        let leaves = 0.05 + 0.25 * random.uniform();
        let mut at = random.uniform() * 120.0;
        while at < 420.0 {
            let amount = ((each * (0.7 + 0.6 * random.uniform())) * 100.0).round() as i64 * 100;
            let channel = if customer % 3 == 0 { "web" } else { "shop" };
            let row = Event {
                customer,
                ts: start + (at * day) as i64,
                sequence: events.len() as i64 + 1,
                event: "order".to_owned(),
                amount: Some(amount),
                currency: Some("EUR".to_owned()),
                properties: [("channel".to_owned(), channel.to_owned())].into(),
                ..Event::default()
            };
            events.push(row.clone());
            if customer % 7 == 0 && random.uniform() < 0.5 {
                let (ts, sequence) = (row.ts + 1_000_000, row.sequence + 1);
                events.push(Event { event: "refund".to_owned(), ts, sequence, ..row });
            }
            if random.uniform() < leaves {
                break;
            }
            at += random.exponential(mean_gap);
        }
    }
    World { events, names: (1..=n_customers).map(|key| format!("c{key}")).collect() }
}

/// Known on the last day of 2023, by that day.
fn december() -> Value {
    json!({"dates": ["2023-12-31"], "as_of": "2024-01-01T00:00:00Z"})
}

/// A figure of money, in ten-thousandths.
fn money(text: &str) -> i128 {
    let value: perennial_types::money::Decimal4 = text.parse().unwrap();
    i128::from(value.0)
}

#[test]
fn every_model_stands_beside_the_plain_rate_and_the_best_is_believed() {
    let found = answer(&shop(300), &december());
    let names: Vec<&str> = found.models.iter().map(|model| model.learner.as_str()).collect();
    let chosen = found.chosen.as_ref().unwrap();
    assert_eq!((names.len(), names[0]), (5, chosen.learner.as_str()));
    assert_eq!(chosen.because, "holdout");
    let errors: Vec<f64> = found
        .models
        .iter()
        .map(|model| model.holdout.as_ref().unwrap().mean_absolute_error)
        .collect();
    assert!(errors.is_sorted(), "{errors:?}");
    let holdout = found.holdout.as_ref().unwrap();
    // A third of the days from the first purchase, on the first of January, to the last of December.
    assert_eq!((holdout.learnt_until.as_str(), holdout.days), ("2023-09-01", 121));
    assert!(chosen.en.contains("the 121 days after 2023-09-01") && chosen.zh.contains("121 天"));
    assert_eq!((found.date.as_str(), found.until.as_str()), ("2023-12-31", "2024-12-30"));
    assert!(found.complete && found.definition.closed);
    assert_eq!(found.currency.as_deref(), Some("EUR"));
    let amounts = found.amounts.as_ref().unwrap();
    assert_eq!(amounts.learner, "gamma_gamma");
    assert!(
        amounts.kept < 1.0 && amounts.kept > 0.8,
        "every seventh sends half back: {}",
        amounts.kept
    );
    let purchases = found.totals.purchases.as_ref().unwrap();
    assert!(
        purchases.low.unwrap() < purchases.expected && purchases.expected < purchases.high.unwrap()
    );
    let warned: Vec<&str> = found.warnings.iter().map(|warning| warning.code.as_str()).collect();
    assert!(warned.contains(&"far_horizon"), "{warned:?}");
}

#[test]
fn tiers_tenths_and_groups_are_each_everybody() {
    let question = with(
        december(),
        json!({
            "learner": "mbg_nbd", "breakdown": [{"field": "channel", "at": "start"}], "limit": null,
            "discount_yearly": 0.1, "margin": 0.4, "cost_per_order": "1.50", "cost_per_customer_yearly": "2",
        }),
    );
    let (found, keys) = quick(&shop(300), &question).unwrap();
    let (n, value) = (found.totals.customers, money(&found.totals.value));
    assert_eq!((keys.len() as u64, found.total_rows, found.rows.len() as u64), (n, n, n));
    for parts in [&found.tiers, &found.deciles] {
        assert_eq!(parts.iter().map(|part| part.figures.customers).sum::<u64>(), n);
        assert_eq!(parts.iter().map(|part| money(&part.figures.value)).sum::<i128>(), value);
    }
    let groups = &found.groups;
    assert_eq!(groups.len(), 2);
    assert_eq!(groups.iter().map(|group| group.figures.customers).sum::<u64>(), n);
    assert_eq!(groups.iter().map(|group| money(&group.figures.value)).sum::<i128>(), value);
    for group in groups {
        let tiers = group.tiers.iter().map(|tier| tier.figures.customers).sum::<u64>();
        assert_eq!(tiers, group.figures.customers);
    }
    assert_eq!(found.rows.iter().map(|row| money(&row.value)).sum::<i128>(), value);
    let alive: f64 = found.rows.iter().filter_map(|row| row.p_alive).sum();
    assert!((found.totals.alive.unwrap() - alive).abs() < 1e-9);
    let bars: u64 = found.distribution.histogram.iter().map(|bar| bar.customers).sum();
    assert_eq!(bars, n);
    let values: Vec<i128> = found.rows.iter().map(|row| money(&row.value)).collect();
    assert!(values.is_sorted_by(|a, b| a >= b), "the most valuable first");
    for row in &found.rows {
        let revenue = [&row.revenue.low, &row.revenue.high].map(|end| money(end.as_ref().unwrap()));
        assert!(revenue[0] <= revenue[1] && row.purchases.low <= row.purchases.high);
        assert!(money(&row.revenue.expected) >= money(&row.value), "a margin is not the whole");
    }
}

#[test]
fn the_list_behind_a_number_has_exactly_that_many() {
    let world = shop(240);
    let question = json!({
        "dates": ["2023-06-30", "2023-12-31"], "as_of": "2024-01-01T00:00:00Z", "learner": "mbg_nbd",
        "breakdown": [{"field": "channel", "at": "start"}], "top": 1,
        "budget": {"amount": "100", "cost_per_customer": "5", "saves": 0.5},
    });
    let found = answer(&world, &question);
    let moves = found.tracking.as_ref().unwrap().moves.as_ref().unwrap();
    let budget = found.budget.as_ref().unwrap();
    let mover =
        |wanted: Mover| moves.movers.iter().find(|one| one.mover == wanted).unwrap().customers;
    let group = &found.groups[0];
    let cells = [
        (json!({}), found.totals.customers),
        (json!({"tier": 1}), found.tiers[0].figures.customers),
        (json!({"decile": 10}), found.deciles[9].figures.customers),
        (json!({"mover": "up"}), mover(Mover::Up)),
        (json!({"mover": "down"}), mover(Mover::Down)),
        (json!({"mover": "same"}), mover(Mover::Same)),
        (json!({"mover": "new"}), mover(Mover::New)),
        (json!({"migration": {"from": 2, "to": 3}}), moves.matrix[1][2]),
        (json!({"migration": {"to": 1}}), moves.matrix[3][0]),
        (json!({"budget": "funded"}), budget.funded.customers),
        (json!({"budget": "left_undone"}), budget.left_undone.customers),
        (json!({"group": group.group}), group.figures.customers),
        (json!({"other": true, "tier": 2}), found.groups[1].tiers[1].figures.customers),
    ];
    for (cell, expected) in cells {
        let (found, keys) =
            quick(&world, &with(question.clone(), json!({"cell": cell, "limit": 3}))).unwrap();
        assert_eq!((keys.len() as u64, found.total_rows), (expected, expected), "{cell}");
        assert_eq!(found.customers.unwrap().total, keys.len());
        assert_eq!(found.rows.len() as u64, expected.min(3));
        assert!(keys.is_sorted());
    }
    assert!(mover(Mover::Up) > 0 && mover(Mover::Down) > 0 && mover(Mover::New) == 0);
    let all: u64 = moves.matrix.iter().flatten().sum();
    assert_eq!(all, found.totals.customers);
}

#[test]
fn a_budget_goes_where_most_is_saved_and_says_what_it_leaves_undone() {
    let world = shop(240);
    let question = with(
        december(),
        json!({
            "learner": "mbg_nbd", "limit": null, "order": "at_risk",
            "budget": {"amount": "103", "cost_per_customer": "5", "saves": 0.3},
        }),
    );
    let found = answer(&world, &question);
    let budget = found.budget.as_ref().unwrap();
    // 20 customers at 5 each, and 3 remain; worth it is who saves more than the 5.
    assert_eq!((budget.affordable, budget.funded.customers), (20, 20));
    assert_eq!((budget.funded.cost.as_str(), budget.unspent.as_str()), ("100.00", "3.00"));
    let saved = |row: &super::RowAnswer| {
        (money(row.at_risk.as_ref().unwrap()) as f64 * 0.3).round() as i128
    };
    let worthwhile: Vec<i128> = found.rows.iter().map(saved).filter(|one| *one > 50_000).collect();
    assert_eq!(budget.left_undone.customers as usize, worthwhile.len() - 20);
    assert_eq!(money(&budget.funded.saved), worthwhile[..20].iter().sum::<i128>());
    assert_eq!(money(&budget.left_undone.saved), worthwhile[20..].iter().sum::<i128>());
    assert_eq!(money(budget.least_saved.as_ref().unwrap()), worthwhile[19]);
    for row in &found.rows {
        let expected = money(&row.value) as f64 * (1.0 - row.p_alive.unwrap());
        assert!((money(row.at_risk.as_ref().unwrap()) as f64 - expected).abs() <= 1.0);
    }
    // Hours are no money: everybody with something at risk is worth some.
    let hours = with(
        question,
        json!({"budget": {"amount": 2, "cost_per_customer": 0.25, "saves": 0.3, "of": "hours"}}),
    );
    let hours = answer(&world, &hours).budget.unwrap();
    assert_eq!((hours.affordable, hours.funded.customers), (8, 8));
    assert!(hours.left_undone.customers > budget.left_undone.customers);
}

#[test]
fn what_happens_after_a_date_does_not_change_it() {
    let world = shop(200);
    let question = json!({
        "dates": ["2023-09-30"], "as_of": "2023-10-01T00:00:00Z", "learner": "mbg_nbd", "limit": null,
    });
    let then = answer(&world, &question);
    let both = with(
        question,
        json!({"dates": ["2023-09-30", "2023-12-31"], "as_of": "2024-01-01T00:00:00Z"}),
    );
    let now = answer(&world, &both);
    let tracking = now.tracking.as_ref().unwrap();
    let first = &tracking.dates[0];
    assert_eq!(first.value.as_ref(), Some(&then.totals.value));
    assert_eq!(first.customers, then.totals.customers);
    let sum: i128 = now.rows.iter().filter_map(|row| row.values[0].as_deref()).map(money).sum();
    assert_eq!(sum, money(&then.totals.value), "customer by customer");
    let known = now.rows.iter().filter(|row| row.values[0].is_some()).count();
    assert_eq!(known as u64, then.totals.customers);
    let falls = answer(&world, &with(both, json!({"order": "fall", "limit": 1})));
    let change = |row: &super::RowAnswer| {
        row.values[0].as_deref().map(|then| money(&row.value) - money(then))
    };
    let worst = now.rows.iter().filter_map(change).min();
    assert_eq!(change(&falls.rows[0]), worst);
}

#[test]
fn the_plain_rate_knows_no_leaving_and_so_no_risk() {
    let world = world(
        "anna 2023-01-01,2023-02-10,2023-03-01 order amount=10 currency=EUR
         anna 2023-03-02                       refund amount=6 currency=EUR
         bert 2023-01-31T09,2023-01-31T18      order amount=20 currency=EUR
         cora 2023-04-12                       order amount=5 currency=EUR",
    );
    let question = json!({
        "dates": ["2023-04-11"], "as_of": "2024-01-01T00:00:00Z", "unit": "day", "horizon_days": 50,
        "learner": "rate", "amounts": "own_mean", "tiers": [0.5], "holdout_days": 41,
    });
    let (json, keys) = reply(&world, &question).unwrap();
    let found: LifetimeValueAnswer = serde_json::from_value(json).unwrap();
    assert_eq!(keys.len(), 2, "cora is not known yet");
    let [anna, bert] = &found.rows[..] else { panic!("two rows") };
    // Anna: 2 repeats in 100 days. 30 of 70 bought in all were hers, 6 were sent back; an order of
    // everybody's mean is 70 / 4, of which 64 / 70 is kept.
    assert_eq!((anna.purchases.expected, anna.days, anna.money.as_str()), (1.0, 3, "24.00"));
    let mean = 70.0 / 4.0;
    let kept = (24.0 + mean * 64.0 / 70.0) / (30.0 + mean);
    assert_eq!(money(&anna.revenue.expected), (10.0 * kept * 10_000.0_f64).round() as i128);
    // Both of Bert's orders are of one day: one purchase of 40, and no repeat.
    assert_eq!((bert.purchases.expected, bert.days, bert.money.as_str()), (0.0, 1, "40.00"));
    assert_eq!((anna.p_alive, anna.at_risk.as_deref(), found.totals.alive), (None, None, None));
    assert_eq!((anna.tier, bert.tier), (1, 2));
    // Known on 1 March: Anna's 2 repeats in 59 days, Bert's none in 29. Nothing came in the 41 after.
    let score = found.models[0].holdout.as_ref().unwrap();
    assert_eq!((score.actual, score.total_error), (0.0, None));
    assert!((score.predicted - 2.0 / 59.0 * 41.0).abs() < 1e-12);
    assert!((score.mean_absolute_error - score.predicted / 2.0).abs() < 1e-12);
    let budget = json!({"budget": {"amount": 1, "cost_per_customer": 1, "saves": 1}});
    let refused = reply(&world, &with(question, budget)).unwrap_err();
    assert!(refused.starts_with("no_risk_known: in the model `rate` nobody leaves"), "{refused}");
}

#[test]
fn what_cannot_be_told_is_refused() {
    let line = |n: i64| format!("c{n} 2023-01-{:02} order amount=10 currency=EUR\n", n % 28 + 1);
    let once: String = (1..=40).map(line).collect();
    let few = "anna 2023-01-01,2023-03-01 order amount=10 currency=EUR";
    let as_of = json!({"as_of": "2023-06-01T00:00:00Z", "dates": ["2023-05-31"]});
    let refused =
        |text: &str, fields: Value| quick(&world(text), &with(as_of.clone(), fields)).unwrap_err();
    let said = refused(few, json!({}));
    assert!(said.starts_with("too_few_customers: `1` customers"), "{said}");
    let said = refused(&once, json!({}));
    assert!(said.starts_with("no_repeat_buyers: `0` of 40"), "{said}");
    for learner in ["bg_nbd", "mbg_nbd", "pareto_nbd", "nbd"] {
        assert!(refused(few, json!({"learner": learner})).starts_with("too_few_customers"));
    }
    assert!(quick(&world(few), &with(as_of.clone(), json!({"learner": "rate"}))).is_ok());
    let said = refused(few, json!({"learner": "rate", "amounts": "gamma_gamma"}));
    assert!(said.starts_with("too_few_customers"), "{said}");
    let two = "anna 2023-01-01 order amount=10 currency=EUR
               anna 2023-02-01 order amount=10 currency=USD";
    let said = refused(two, json!({"learner": "rate"}));
    assert!(said.starts_with("mixed_currencies"), "{said}");
    assert!(
        quick(&world(two), &with(as_of.clone(), json!({"learner": "rate", "currency": "USD"})))
            .is_ok()
    );
    let said = refused(few, json!({"learner": "rate", "holdout_days": 150}));
    assert!(said.starts_with("no_calibration: holding out `150` days"), "{said}");
}

#[test]
fn an_empty_world_gives_an_empty_answer() {
    for world in [World::default(), world("anna 2023-01-01 view")] {
        let mut question = super::LifetimeValue.sample();
        question["as_of"] = "2023-06-01T00:00:00Z".into();
        question["budget"] = json!({"amount": 9, "cost_per_customer": 1, "saves": 1});
        let (json, keys) = reply(&world, &question).unwrap();
        let found: LifetimeValueAnswer = serde_json::from_value(json.clone()).unwrap();
        assert!(found.models.is_empty() && found.chosen.is_none() && keys.is_empty());
        assert_eq!((found.totals.customers, found.totals.mean_value), (0, None));
        assert_eq!((found.rows.len(), found.budget.unwrap().funded.customers), (0, 0));
        let presentation = super::LifetimeValue.present(&json).unwrap();
        assert!(
            presentation.tables.iter().all(|table| table.name == "budget" || table.rows.is_empty())
        );
    }
}

#[test]
fn bad_questions_name_the_field_and_the_mend() {
    let world = shop(3);
    for (fields, word) in [
        (json!({"population": "everyone"}), "`population`"),
        (json!({"horizon_days": 0}), "`horizon_days` is `0`"),
        (json!({"holdout_days": 0}), "`holdout_days`"),
        (json!({"discount_yearly": -0.1}), "`discount_yearly` is `-0.1`"),
        (json!({"margin": 1.5}), "`margin` is `1.5`"),
        (json!({"level": 1.0}), "`level` is `1`"),
        (json!({"cost_per_order": "-1"}), "`cost_per_order` is `-1.00`"),
        (json!({"tiers": [0.5, 0.2]}), "`tiers`"),
        (json!({"tiers": [0.0]}), "`tiers`"),
        (json!({"order": "rise"}), "`order`"),
        (json!({"dates": ["2031-01-01"]}), "`dates` names 2031-01-01"),
        (
            json!({"budget": {"amount": 1, "cost_per_customer": 0, "saves": 0.1}}),
            "`budget.cost_per_customer`",
        ),
        (
            json!({"budget": {"amount": 1, "cost_per_customer": 1, "saves": 0}}),
            "`budget.saves` is `0`",
        ),
        (json!({"cell": {"tier": 1, "decile": 1}}), "`cell` names several"),
        (json!({"cell": {"tier": 4}}), "tier `4`"),
        (json!({"cell": {"decile": 11}}), "`cell.decile` is `11`"),
        (json!({"cell": {"mover": "up"}}), "`cell` names a move"),
        (json!({"cell": {"budget": "funded"}}), "`cell.budget`"),
        (json!({"cell": {"other": true}}), "`breakdown`"),
        (json!({"learner": "prophet"}), "`learner`"),
        (json!({"horizon": 3}), "unknown field `horizon`"),
    ] {
        let said = quick(&world, &with(december(), fields.clone())).unwrap_err();
        assert!(said.contains(word), "{fields}: {said}");
    }
    let said = quick(&world, &json!({})).unwrap_err();
    assert!(said.contains("`as_of` is missing"), "{said}");
}

#[test]
fn no_layout_changes_a_fitted_answer() {
    let question = with(december(), json!({"limit": 5, "dates": ["2023-10-31", "2023-12-31"]}));
    reply(&shop(60), &question).unwrap();
}

#[test]
fn tables_and_pictures_say_it_to_people() {
    let question = json!({
        "dates": ["2023-06-30", "2023-12-31"], "as_of": "2024-01-01T00:00:00Z", "learner": "mbg_nbd",
        "breakdown": [{"field": "channel", "at": "start"}],
        "budget": {"amount": "100", "cost_per_customer": "5", "saves": 0.5},
    });
    let found = answer(&shop(120), &question);
    let presentation =
        super::LifetimeValue.present(&serde_json::to_value(&found).unwrap()).unwrap();
    let names: Vec<&str> = presentation.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "tiers",
            "lifetime_value",
            "models",
            "holdout",
            "deciles",
            "quantiles",
            "dates",
            "tier migration",
            "budget",
            "groups"
        ]
    );
    for table in &presentation.tables {
        assert!(!table.rows.is_empty(), "{}", table.name);
        assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", table.name);
    }
    assert!(presentation.in_chinese().tables.iter().all(|table| !table.name.is_ascii()));
    let presentation =
        super::LifetimeValue.present(&serde_json::to_value(&found).unwrap()).unwrap();
    let Some(Picture::Lines(foretold)) = presentation.pictures.get(2) else { panic!("lines") };
    let series: Vec<&str> = foretold.series.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(series, ["actual", "mbg_nbd", "rate"]);
    assert_eq!(presentation.pictures.len(), 4);
}

/// The answer of a training or a scoring.
fn driven(
    world: &World,
    begin: impl Fn(&SourceFacts) -> Result<Box<dyn Asking>, AskError>,
) -> Result<(Value, Vec<CustomerKey>), String> {
    let source = world.source(Layout { n_buckets: 3, n_partitions: 1, batch_rows: 500 });
    told(block_on(async {
        let mut asking = begin(&source.facts())?;
        let mut partials = Vec::new();
        loop {
            match asking.step(partials)? {
                Step::Scan(folds) => partials = session().run(&source, &folds).await?,
                Step::Done(reply) => return Ok(*reply),
            }
        }
    }))
}

fn train(world: &World, question: &Value) -> Result<Value, String> {
    let trainer = crate::named("lifetime_value").and_then(|kind| kind.trainer()).unwrap();
    driven(world, |facts| trainer.train(question, facts)).map(|(document, _)| document)
}

fn score(
    world: &World,
    document: &Value,
    question: &Value,
) -> Result<(Value, Vec<CustomerKey>), String> {
    let trainer = crate::named("lifetime_value").and_then(|kind| kind.trainer()).unwrap();
    driven(world, |facts| trainer.score(document, question, facts))
}

#[test]
fn a_document_values_customers_as_the_fit_did() {
    let world = shop(200);
    let question =
        with(december(), json!({"limit": null, "discount_yearly": 0.1, "learner": "mbg_nbd"}));
    let fitted = answer(&world, &question);
    let document = train(&world, &question).unwrap();
    assert_eq!(
        (document["format"].as_u64(), document["kind"].as_str()),
        (Some(1), Some("lifetime_value"))
    );
    assert_eq!(document["trained"]["last_label"], "2023-12-31");
    assert_eq!(document["trained"]["n_customers"].as_u64(), Some(fitted.totals.customers));
    let kept = answer(&world, &with(question.clone(), json!({"model": document})));
    let chosen = kept.chosen.as_ref().unwrap();
    assert_eq!((chosen.because.as_str(), chosen.learner.as_str()), ("document", "mbg_nbd"));
    assert_eq!((&kept.rows, &kept.totals), (&fitted.rows, &fitted.totals));
    assert_eq!((&kept.models, &kept.holdout), (&fitted.models, &fitted.holdout));

    let day = json!({"as_of": "2024-01-01T00:00:00Z"});
    let (scored, keys) = score(&world, &document, &day).unwrap();
    assert_eq!(
        (scored["day"].as_str(), keys.len() as u64),
        (Some("2023-12-31"), fitted.totals.customers)
    );
    let values = |name: &str| -> Vec<f64> {
        let scores = scored["scores"].as_array().unwrap();
        let own = scores.iter().find(|one| one["name"] == name).unwrap();
        own["values"].as_array().unwrap().iter().map(|one| one.as_f64().unwrap()).collect()
    };
    let total: f64 = values("lifetime_value").iter().sum();
    assert!((total * 10_000.0 - money(&fitted.totals.value) as f64).abs() < 1.0);
    let alive: f64 = values("p_alive").iter().sum();
    assert!((alive - fitted.totals.alive.unwrap()).abs() < 1e-9);
    assert_eq!(values("expected_purchases").len(), keys.len());
    let moved = |scored: &Value| -> f64 {
        let features = scored["drift"]["features"].as_array().unwrap();
        features.iter().map(|one| one["index"].as_f64().unwrap()).fold(0.0, f64::max)
    };
    assert!(moved(&scored) < 1e-9, "the very customers it learnt from");
    let (later, _) = score(&world, &document, &json!({"as_of": "2024-03-01T00:00:00Z"})).unwrap();
    assert!(moved(&later) > 0.05, "two months later everybody is older");
}

#[test]
fn a_document_is_refused_past_its_time_and_for_what_it_is_not() {
    let world = shop(120);
    let document =
        train(&world, &with(december(), json!({"learner": "mbg_nbd", "holdout_days": 60})))
            .unwrap();
    let at =
        |as_of: &str| score(&world, &document, &json!({"as_of": as_of})).map(|(scored, _)| scored);
    assert!(at("2024-03-01T00:00:00Z").is_ok(), "sixty days were held out");
    let said = at("2024-03-02T00:00:00Z").unwrap_err();
    assert!(
        said.starts_with(
            "stale_model: the model was trained on 2023-12-31 and holds until 2024-02-29"
        ),
        "{said}"
    );
    assert!(at("2024-01-01T00:00:00Z").is_ok(), "the day it was trained on");
    let said = at("2023-12-31T00:00:00Z").unwrap_err();
    assert!(said.starts_with("model_from_the_future"), "{said}");
    let mut dollars = world.clone();
    dollars.events.iter_mut().for_each(|row| row.currency = Some("USD".to_owned()));
    let said = score(&dollars, &document, &json!({"as_of": "2024-01-01T00:00:00Z"})).unwrap_err();
    assert!(said.starts_with("other_currency"), "{said}");
    let spoilt = |field: &str, value: Value| {
        let mut other = document.clone();
        other[field] = value;
        quick(&world, &with(december(), json!({"model": other}))).unwrap_err()
    };
    assert!(spoilt("kind", json!("churn_risk")).contains("`\"churn_risk\"`"));
    assert!(spoilt("format", json!(9)).contains("`9`"));
    assert!(spoilt("model", json!(3)).contains("`model` is no document"));
    let mut negative = document.clone();
    negative["model"]["parameters"][0] = json!(-1.0);
    let said = quick(&world, &with(december(), json!({"model": negative}))).unwrap_err();
    assert!(said.starts_with("bad_argument"), "{said}");
    let earlier = answer(
        &world,
        &json!({
            "dates": ["2023-10-31", "2023-12-31"], "as_of": "2024-01-01T00:00:00Z", "model": document,
        }),
    );
    assert!(earlier.warnings.iter().any(|warning| warning.code == "trained_later"));
    assert!(
        train(&world, &with(december(), json!({"model": document})))
            .unwrap_err()
            .contains("`model`")
    );
    assert!(train(&World::default(), &december()).unwrap_err().starts_with("too_few_customers"));
}
