//! Counts somebody else has published of the shop of Online Retail: its cohorts of first purchases.

use perennial_testkit::{Layout, block_on, session};

use super::*;
use crate::online_retail;

#[test]
fn online_retail_has_the_known_cohorts_and_every_order_in_one_of_them() {
    let Some(world) = online_retail::sales() else { return };
    let source = world.memory(Layout { n_buckets: 4, n_partitions: 1, batch_rows: 8_192 });
    let question = json!({"to": "2011-12-09", "as_of": "2011-12-10T00:00:00Z", "periods": 13, "cost": 100, "margin": 0.3});
    let reply = block_on(ask(&session(), &source, "cohort", &question)).unwrap();
    let found: CohortAnswer = serde_json::from_value(reply.answer.into_tree()).unwrap();
    let first = &found.cohorts[0];
    // The cohorts every walk through these data begins with: 885 customers of December 2010, of
    // whom 324 bought in January.
    assert_eq!((first.figures.size, first.cells[1].customers), (885, 324));
    let whole = &found.overall.figures;
    assert_eq!((whole.size, whole.orders), (4_338, 18_532));
    assert_eq!((whole.gross.as_str(), whole.refunded.as_str()), ("8911407.9040", "0.00"));
    let sum = |of: fn(&CohortRow) -> u64| found.cohorts.iter().map(of).sum::<u64>();
    assert_eq!((sum(|row| row.figures.size), sum(|row| row.figures.orders)), (4_338, 18_532));
    let in_cells =
        found.cohorts.iter().flat_map(|row| &row.cells).map(|cell| cell.orders).sum::<u64>();
    assert_eq!(in_cells, 18_532, "thirteen ages hold all of thirteen months");
    assert_eq!(whole.repeat_share, Some(whole.repeat as f64 / 4_338.0));
}
