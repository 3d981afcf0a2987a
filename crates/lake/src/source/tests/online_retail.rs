//! Real data: 541,909 order lines of a shop, as CSV and as Parquet.

use std::collections::{BTreeSet, HashMap};

use super::*;

/// The shared data, or a visible word that there are none.
fn shared(name: &str) -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let folder =
        std::env::var_os("PERENNIAL_SHARED").map_or_else(|| PathBuf::from(beside), PathBuf::from);
    let path = folder.join("data/online_retail").join(name);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: `{}` is not there (PERENNIAL_SHARED)", path.display());
    None
}

#[test]
fn csv_and_parquet_of_online_retail_agree() {
    let csv = shared("online_retail_2010_2011.csv.gz");
    let parquet = shared("online_retail_2010_2011.parquet");
    let (Some(csv), Some(parquet)) = (csv, parquet) else { return };
    let mut hashes = Vec::new();
    for path in [csv, parquet] {
        let all = read_all(open(Input::path(path), &options(Preset::Orders)).expect("known"))
            .expect("readable");
        assert_eq!(all.n_read, 541_909);
        let mut n_by_reason: HashMap<&str, usize> = HashMap::new();
        for reject in &all.rejects {
            *n_by_reason.entry(reject.reason).or_default() += 1;
        }
        assert_eq!(n_by_reason, HashMap::from([(reject::NO_CUSTOMER, 135_080)]));
        let is_sale =
            |row: &&Row| row.event == "order" && row.amount > Some(0) && row.quantity > Some(0);
        let sales: Vec<&Row> = all.rows.iter().filter(is_sale).collect();
        assert_eq!(sales.len(), 397_884);
        assert_eq!(
            sales.iter().map(|row| row.amount.unwrap_or_default()).sum::<i64>(),
            89_114_079_040
        );
        let customers: BTreeSet<&str> = sales.iter().map(|row| row.customer.as_str()).collect();
        assert_eq!(customers.len(), 4_338);
        let orders: BTreeSet<_> = sales.iter().map(|row| row.order_id.as_deref()).collect();
        assert_eq!(orders.len(), 18_532);
        assert_eq!(all.rows.iter().filter(|row| row.event == "refund").count(), 8_905);
        hashes.push(all.rows.iter().map(|row| row.body_hash).collect::<Vec<_>>());
    }
    assert!(hashes[0] == hashes[1], "the two formats give the same message ids");
}
