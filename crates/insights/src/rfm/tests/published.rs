//! Counts somebody else has published: the shop of Online Retail (D. Chen, S. L. Sain, K. Guo
//! (2012), Journal of Database Marketing and Customer Strategy Management 19, 197–208), scored as
//! `qcut` over ranks without ties scores it, with the ten names of recency and frequency.

use std::collections::HashMap;
use std::sync::Arc;

use perennial_engine::error::EngineError;
use perennial_engine::memory::MemorySource;
use perennial_engine::order::{OrderFound, OutsideOrder};
use perennial_engine::source::{RunScan, RunSource, ScanRequest, SourceFacts};
use perennial_testkit::{Layout, block_on, session};

use super::*;
use crate::online_retail::sales;

/// Rows in memory and the ids of their customers.
#[derive(Debug)]
struct Numbered {
    source: MemorySource,
    names: Vec<String>,
}

impl RunSource for Numbered {
    fn facts(&self) -> SourceFacts {
        self.source.facts()
    }

    fn outside_order(&self) -> OrderFound<'_> {
        let ids = (1..).zip(&self.names).map(|(key, name)| (key, name.clone())).collect();
        Box::pin(async { Ok(Some(Arc::new(OutsideOrder::new(ids)))) })
    }

    fn scan(&self, request: &ScanRequest) -> Result<RunScan, EngineError> {
        self.source.scan(request)
    }
}

/// The same shop, its customers known in the order of the rows.
fn as_imported(mut world: World) -> World {
    let mut keys: HashMap<i64, i64> = HashMap::new();
    let mut names = Vec::new();
    for event in &mut world.events {
        let known = keys.len() as i64 + 1;
        let key = *keys.entry(event.customer).or_insert(known);
        if key == known {
            names.push(world.names[event.customer as usize - 1].clone());
        }
        event.customer = key;
    }
    World { names, ..world }
}

#[test]
fn online_retail_has_the_published_classes() {
    let Some(world) = sales() else { return };
    assert_eq!(world.events.len(), 397_884);
    // Keys as an import gives them out, in the order of the file, not of the numbers.
    let world = as_imported(world);
    let source = world.memory(Layout { n_buckets: 4, n_partitions: 1, batch_rows: 8_192 });
    let source = Numbered { source, names: world.names };
    let ask = |question: Value| block_on(ask(&session(), &source, "rfm", &question)).unwrap();
    let question = json!({"to": "2011-12-09", "as_of": "2011-12-10T00:00:00Z", "ties": "first", "classes": "rf10"});
    let found: RfmAnswer =
        serde_json::from_value(ask(question.clone()).answer.into_tree()).unwrap();
    let counts: Vec<(&str, u64)> =
        found.classes.iter().map(|class| (class.class.as_str(), class.figures.customers)).collect();
    assert_eq!(
        counts,
        [
            ("champions", 633),
            ("loyal", 818),
            ("potential_loyalist", 481),
            ("new", 42),
            ("promising", 91),
            ("needs_attention", 188),
            ("about_to_sleep", 350),
            ("at_risk", 595),
            ("cannot_lose", 63),
            ("hibernating", 1_077),
        ]
    );
    let whole = &found.everybody;
    assert_eq!((whole.customers, whole.purchases), (4_338, 18_532));
    assert_eq!(whole.money, "8911407.9040", "8,911,407.90");
    let fifth = &found.pareto.top_fifth;
    assert_eq!(
        (fifth.customers, format!("{:.3}", fifth.money_share.unwrap())),
        (868, "0.746".to_owned())
    );
    let mut at_risk = question;
    at_risk["cell"] = json!({"class": "at_risk"});
    assert_eq!(ask(at_risk).customers.unwrap().len(), 595);
}
