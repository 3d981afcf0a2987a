//! A real shop against statsmodels: the orders of Online Retail, day by day.

use perennial_testkit::Layout;

use super::*;
use crate::online_retail::sales;

/// statsmodels 0.14, `seasonal_decompose(orders per day, period=7)`, as R's `decompose` computes
/// it; the shop is closed on Saturdays.
#[test]
fn the_weekdays_of_online_retail_match_statsmodels() {
    let Some(world) = sales() else { return };
    let source = world.memory(Layout { n_buckets: 4, n_partitions: 1, batch_rows: 8_192 });
    let question =
        json!({"of": {"measure": "orders"}, "as_of": "2011-12-10T00:00:00Z", "holidays": []});
    let found =
        block_on(ask(&session(), &source, "seasonality", &question)).unwrap().answer.into_tree();
    let found: SeasonalityAnswer = serde_json::from_value(found).unwrap();
    let orders: Vec<f64> = found.points.iter().filter_map(|point| point.observed).collect();
    assert_eq!((orders.len(), orders.iter().sum::<f64>()), (374, 18_532.0));
    let expected = [
        ("monday", 4.858061),
        ("tuesday", 10.957792),
        ("wednesday", 13.553427),
        ("thursday", 24.237493),
        ("friday", 3.965515),
        ("saturday", -49.271319),
        ("sunday", -8.300969),
    ];
    for (place, (name, index)) in found.index[0].places.iter().zip(expected) {
        assert_eq!(place.name, name);
        assert!((place.index - index).abs() < 1e-6, "{place:?}");
    }
    // The shop closes between the years, and the question as it stands says so.
    let question = json!({"of": {"measure": "revenue"}, "as_of": "2011-12-10T00:00:00Z"});
    let found =
        block_on(ask(&session(), &source, "seasonality", &question)).unwrap().answer.into_tree();
    let found: SeasonalityAnswer = serde_json::from_value(found).unwrap();
    let christmas = found.holidays.rows.iter().find(|row| row.name == "Christmas").unwrap();
    assert_eq!(christmas.effect.unwrap().observed, 0.0);
}
