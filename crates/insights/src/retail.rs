//! The shop of Online Retail (D. Chen, S. L. Sain, K. Guo (2012), Journal of Database Marketing and
//! Customer Strategy Management 19, 197–208), for tests of numbers others have published of it.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::PathBuf;

use perennial_testkit::{Event, World, instant};
use perennial_types::money::Decimal4;

/// Its sales of December 2010 to December 2011, or a visible word that the data are not there.
pub fn world() -> Option<World> {
    shared().map(|text| sales(&text))
}

/// The shared data.
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
