//! Counts somebody else has published: the shop of Online Retail (D. Chen, S. L. Sain, K. Guo
//! (2012), Journal of Database Marketing and Customer Strategy Management 19, 197–208), scored as
//! `qcut` over ranks without ties scores it, with the ten names of recency and frequency.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::PathBuf;

use perennial_testkit::{Event, Layout, World, block_on, instant, session};
use perennial_types::money::Decimal4;

use super::*;

/// The shared data, or a visible word that there are none.
fn shared() -> Option<Vec<u8>> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let folder =
        std::env::var_os("PERENNIAL_SHARED").map_or_else(|| PathBuf::from(beside), PathBuf::from);
    let path = folder.join("data/online_retail/online_retail_2010_2011.csv.gz");
    let Ok(packed) = std::fs::read(&path) else {
        println!("skipped: `{}` is not there (PERENNIAL_SHARED)", path.display());
        return None;
    };
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut text).unwrap();
    Some(text)
}

/// Its sales: a customer, no cancellation, a quantity and a price above 0. Customers are known in
/// order of their numbers.
fn sales(text: &[u8]) -> World {
    let mut reader = csv::Reader::from_reader(text);
    let head = reader.byte_headers().unwrap().clone();
    let column = |name: &str| head.iter().position(|one| one == name.as_bytes()).unwrap();
    let [invoice, quantity, date, price, customer] =
        ["InvoiceNo", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"].map(column);
    let mut rows = Vec::new();
    for record in reader.byte_records() {
        let record = record.unwrap();
        let text = |at: usize| String::from_utf8_lossy(&record[at]).into_owned();
        let (n, each) =
            (text(quantity).parse::<i64>().unwrap(), text(price).parse::<Decimal4>().unwrap());
        let Ok(number) = text(customer).parse::<f64>() else { continue };
        if n > 0 && each.0 > 0 && !record[invoice].starts_with(b"C") {
            rows.push((
                number as i64,
                text(invoice),
                instant(&text(date).replace(' ', "T")),
                n * each.0,
            ));
        }
    }
    let numbers: BTreeSet<i64> = rows.iter().map(|row| row.0).collect();
    let numbers: Vec<i64> = numbers.into_iter().collect();
    let events = rows.into_iter().zip(1..).map(|((number, order, ts, amount), sequence)| Event {
        customer: numbers.binary_search(&number).unwrap() as i64 + 1,
        ts,
        sequence,
        event: "order".to_owned(),
        order_id: Some(order),
        amount: Some(amount),
        currency: Some("GBP".to_owned()),
        ..Event::default()
    });
    World { events: events.collect(), names: numbers.iter().map(i64::to_string).collect() }
}

#[test]
fn online_retail_has_the_published_classes() {
    let Some(text) = shared() else { return };
    let world = sales(&text);
    assert_eq!(world.events.len(), 397_884);
    let source = world.memory(Layout { n_buckets: 4, n_partitions: 1, batch_rows: 8_192 });
    let ask = |question: Value| block_on(ask(&session(), &source, "rfm", &question)).unwrap();
    let question = json!({"to": "2011-12-09", "as_of": "2011-12-10T00:00:00Z", "ties": "first", "classes": "rf10"});
    let found: RfmAnswer = serde_json::from_value(ask(question.clone()).answer).unwrap();
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
