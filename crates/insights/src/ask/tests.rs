//! Training and scoring as any trainer sees it: whom it is shown, and as of when.

use std::sync::{Arc, Mutex};

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use jiff::civil::date;
use perennial_engine::fold::Fold;
use perennial_engine::source::SourceFacts;
use perennial_testkit::{Layout, World, block_on, in_every_layout, session, world};
use perennial_types::calendar::Zone;
use perennial_types::condition::{CustomerCondition, Segments};
use perennial_types::key::CustomerKey;
use serde_json::{Value, json};

use super::learnt::{score_with, train_with};
use super::{Scores, Values, take_who, trainer_of};
use crate::insight::{AskError, Asking, Reply, Step, Trainer};
use crate::segment::{Asked, Behind};

/// A trainer that learns how many customers it is shown, and scores each with its key.
#[derive(Default)]
struct Counting {
    questions: Mutex<Vec<Value>>,
}

struct Count {
    fold: Arc<dyn Fold>,
    question: Value,
    document: Option<Value>,
}

impl Counting {
    fn counting(
        &self,
        question: &Value,
        document: Option<Value>,
        facts: &SourceFacts,
    ) -> Result<Box<dyn Asking>, AskError> {
        self.questions.lock().unwrap().push(question.clone());
        let as_of: jiff::Timestamp = question["as_of"].as_str().unwrap().parse().unwrap();
        let everyone = Asked {
            condition: CustomerCondition::everyone(),
            as_of: as_of.as_microsecond(),
            zone: Zone::utc(),
        };
        let fold = Arc::new(everyone.fold(&Behind::default(), facts)?);
        Ok(Box::new(Count { fold, question: question.clone(), document }))
    }
}

impl Trainer for Counting {
    fn train(&self, question: &Value, facts: &SourceFacts) -> Result<Box<dyn Asking>, AskError> {
        self.counting(question, None, facts)
    }

    fn score(
        &self,
        document: &Value,
        question: &Value,
        facts: &SourceFacts,
    ) -> Result<Box<dyn Asking>, AskError> {
        self.counting(question, Some(document.clone()), facts)
    }
}

impl Asking for Count {
    fn step(&mut self, partials: Vec<Vec<RecordBatch>>) -> Result<Step, AskError> {
        if partials.is_empty() {
            return Ok(Step::Scan(vec![self.fold.clone()]));
        }
        let keys =
            |batch: &RecordBatch| batch.column(0).as_primitive::<Int64Type>().values().to_vec();
        let mut keys: Vec<i64> = partials.iter().flatten().flat_map(keys).collect();
        keys.sort_unstable();
        let Some(document) = &self.document else {
            let answer = json!({
                "kind": "counting", "question": self.question, "trained": {
                    "cuts": ["2024-02-29", "2024-01-31"], "n_customers": keys.len() },
            });
            return Ok(Step::Done(Box::new(Reply { answer, customers: None })));
        };
        let values: Vec<f64> = keys.iter().map(|key| *key as f64).collect();
        let end: jiff::Timestamp = self.question["as_of"].as_str().unwrap().parse().unwrap();
        let last = end - jiff::SignedDuration::from_micros(1);
        let day = last.to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
        let answer = json!({
            "day": day, "drift": {"trained_on": document["trained"]["n_customers"]},
            "scores": [{"name": "key", "values": values}],
        });
        let customers = Some(keys.into_iter().map(CustomerKey).collect());
        Ok(Step::Done(Box::new(Reply { answer, customers })))
    }
}

fn shop() -> World {
    world(
        "anna  2024-01-05,2024-03-02  order
         bert  2024-01-20             view
         cleo  2024-02-11             order
         dora  2024-04-01             order",
    )
}

fn trained(question: Value) -> Result<Value, AskError> {
    let segments: Segments =
        [("buyers".to_owned(), "did order".parse::<CustomerCondition>().unwrap())].into();
    let trainer = Counting::default();
    let source = shop().source(Layout::ONE);
    block_on(train_with(&session(), &source, &segments, &trainer, &question))
}

fn scored(document: &Value, day: jiff::civil::Date) -> Scores {
    let trainer = Counting::default();
    let source = shop().source(Layout::ONE);
    block_on(score_with(&session(), &source, &trainer, document, day)).unwrap()
}

fn refused(question: Value) -> String {
    match trained(question).unwrap_err() {
        AskError::Refused(refusal) => {
            assert!(!refusal.reason_zh.is_empty() && !refusal.hint_zh.is_empty());
            refusal.code
        }
        other => panic!("{other}"),
    }
}

const AS_OF: &str = "2024-06-01T00:00:00Z";

#[test]
fn a_model_of_everyone_says_nothing_of_who() {
    let document = trained(json!({"as_of": AS_OF})).unwrap();
    assert_eq!(document["trained"]["n_customers"], 4);
    assert_eq!(document["question"], json!({"as_of": AS_OF}));
    let scores = scored(&document, date(2024, 3, 31));
    assert_eq!((scores.customers.len(), scores.day), (3, date(2024, 3, 31)));
    assert_eq!(scores.drift, json!({"trained_on": 4}));
    let expected: Vec<Option<f64>> =
        scores.customers.iter().map(|key| Some(key.0 as f64)).collect();
    assert_eq!(scores.values, [Values { name: "key".to_owned(), values: expected, texts: None }]);
}

#[test]
fn a_model_of_some_knows_them_as_they_were_and_scores_them_as_they_are() {
    let question =
        json!({"as_of": AS_OF, "who": "in segment buyers", "cuts": ["2024-02-10", "2024-01-31"]});
    let document = trained(question).unwrap();
    assert_eq!(document["trained"]["n_customers"], 1, "by the first cut only anna had ordered");
    assert_eq!(document["question"]["who"]["as_of"], "2024-02-01T00:00:00Z");
    let written = &document["question"]["who"]["condition"];
    assert_eq!(written, &json!({"did": {"event": "order"}}), "the segment is written out");
    assert!(document.get("who").is_none());
    for (day, n_customers) in
        [(date(2024, 2, 10), 1), (date(2024, 2, 11), 2), (date(2024, 4, 1), 3)]
    {
        assert_eq!(scored(&document, day).customers.len(), n_customers, "{day}");
    }
    let mut bare = document.clone();
    assert_eq!(take_who(&mut bare), Some(json!({"did": {"event": "order"}})));
    assert_eq!((take_who(&mut bare), bare["question"].get("who")), (None, None));
}

#[test]
fn nobody_is_chosen_by_what_the_model_is_to_foretell() {
    assert_eq!(refused(json!({"as_of": AS_OF, "who": "did order"})), "who_sees_the_future");
    let later = json!({"condition": "did order", "as_of": "2024-02-01"});
    assert_eq!(refused(json!({"as_of": AS_OF, "who": later})), "who_sees_the_future");
    let at = json!({"condition": "did order", "as_of": "2024-01-31"});
    assert_eq!(trained(json!({"as_of": AS_OF, "who": at})).unwrap()["trained"]["n_customers"], 1);
    let unknown = trained(json!({"as_of": AS_OF, "who": "in segment vip", "cuts": ["2024-01-31"]}));
    assert!(unknown.unwrap_err().to_string().contains("`vip`"));
}

#[test]
fn a_day_ends_where_the_documents_zone_says() {
    let trainer = Counting::default();
    let document =
        json!({"kind": "counting", "question": {"zone": "America/New_York"}, "trained": {}});
    let source = shop().source(Layout::ONE);
    let scores = block_on(score_with(&session(), &source, &trainer, &document, date(2024, 1, 31)));
    // The trainer of this test names the day in UTC, where it has ended by then.
    assert!(scores.unwrap_err().to_string().contains("`2024-02-01` was scored"));
    let asked = trainer.questions.lock().unwrap().clone();
    let expected = json!({"as_of": "2024-02-01T05:00:00Z", "zone": "America/New_York"});
    assert_eq!(asked, [expected]);
}

#[test]
fn no_layout_changes_a_score() {
    let document = trained(json!({"as_of": AS_OF})).unwrap();
    let keys = in_every_layout(&shop(), |source| {
        let trainer = Counting::default();
        let day = date(2024, 3, 31);
        block_on(score_with(&session(), source, &trainer, &document, day)).unwrap().customers
    });
    assert_eq!(keys.len(), 3);
}

#[test]
fn only_what_can_be_trained_has_a_trainer() {
    for (kind, says) in
        [("retention", "`retention` has nothing to train"), ("x", "no insight is called `x`")]
    {
        let Err(error) = trainer_of(kind) else { panic!("{kind}") };
        assert!(error.to_string().contains(says), "{error}");
    }
    let source = shop().source(Layout::ONE);
    let none = block_on(super::score(&session(), &source, &json!({}), date(2024, 1, 1)));
    assert!(none.unwrap_err().to_string().contains("no `kind`"));
}

#[test]
fn a_distribution_counts_what_is_and_what_is_not() {
    let values = Values {
        name: "risk".to_owned(),
        values: vec![Some(4.0), None, Some(1.0), Some(2.0), Some(3.0)],
        texts: Some(["b", "a", "b", "b", "a"].map(|text| Some(text.to_owned())).to_vec()),
    };
    let told = values.distribution();
    for (name, value) in
        [("mean", 2.5), ("min", 1.0), ("p25", 1.75), ("median", 2.5), ("p90", 3.7), ("max", 4.0)]
    {
        let found = told[name].as_f64().unwrap();
        assert!((found - value).abs() < 1e-12, "{name}: {found}");
    }
    assert_eq!(
        (&told["n_customers"], &told["n_without"], &told["n_texts"]),
        (&json!(5), &json!(1), &json!(2))
    );
    assert_eq!(told["texts"][0], json!({"text": "b", "n_customers": 3}));
    let nobody = Values { name: "risk".to_owned(), values: vec![None], texts: None };
    assert_eq!(
        (&nobody.distribution()["mean"], &nobody.distribution()["median"]),
        (&Value::Null, &Value::Null)
    );
}
