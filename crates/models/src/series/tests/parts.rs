//! Decomposition, index, years and special periods.

use proptest::prelude::*;

use super::super::{
    Compared, Form, SeriesError, Settings, compared, decompose, effects, seasonal_index,
};
use super::{PASSENGERS, known, near};

fn settings(seasons: &[usize]) -> Settings {
    let seasons = seasons.to_vec();
    Settings { seasons, form: Form::Additive, robust: false, trend_length: None }
}

/// statsmodels 0.14, `STL(passengers, period=12, seasonal=11, seasonal_deg=0, seasonal_jump=2,
/// trend_jump=3, low_pass_jump=2)`, which is a translation of the same Fortran.
#[test]
fn matches_statsmodels_on_passengers() {
    let plain = decompose(&known(&PASSENGERS), &settings(&[12])).unwrap();
    for (at, trend) in [(0, 123.14506), (50, 219.83365), (100, 362.95926), (143, 496.68325)] {
        near(plain.trend[at], trend, 1e-5);
    }
    for (at, season) in [(0, -16.97707), (6, 40.68867), (50, 6.09025), (143, -44.19632)] {
        near(plain.seasons[0][at], season, 1e-5);
    }
    near(plain.remainder[6], -19.71274, 1e-5);
    near(plain.trend_strength.unwrap(), 0.990_955_036_766_758_3, 1e-9);
    near(plain.season_strengths[0].unwrap(), 0.940_672_490_310_218_6, 1e-9);
    let robust = Settings { robust: true, ..settings(&[12]) };
    let robust = decompose(&known(&PASSENGERS), &robust).unwrap();
    near(robust.trend[143], 501.89812, 1e-5);
    near(robust.seasons[0][6], 75.74879, 1e-5);
    near(robust.season_strengths[0].unwrap(), 0.796_217_392_422_652_4, 1e-9);
}

/// The same of the logarithms, taken back.
#[test]
fn matches_statsmodels_on_the_factors_of_passengers() {
    let settings = Settings { form: Form::Multiplicative, ..settings(&[12]) };
    let found = decompose(&known(&PASSENGERS), &settings).unwrap();
    near(found.trend[0], 123.40349561, 1e-6);
    near(found.trend[143], 492.23319739, 1e-6);
    near(found.seasons[0][6], 1.20431204, 1e-8);
    near(found.adjusted(143, 432.0), 432.0 / 0.89341695, 1e-4);
}

/// MSTL's loop (arXiv:2107.13462, algorithm 1) written in Python around statsmodels' STL.
#[test]
fn matches_statsmodels_on_days_and_weeks_of_hours() {
    let value = |t: usize| {
        let weekend = if (t / 24) % 7 >= 5 { 6.0 } else { -2.4 };
        let noise = ((t * 7919) % 13) as f64 - 6.0;
        100.0 + 0.1 * t as f64 + ((t % 24) as f64 - 11.5) * 0.8 + weekend + noise * 0.3
    };
    let values: Vec<f64> = (0..24 * 21).map(value).collect();
    let found = decompose(&known(&values), &settings(&[24, 168])).unwrap();
    let expected = [
        (0, 100.996792, -9.38229035, -3.96043069, -1.05407096),
        (250, 125.00083145, -1.16875602, -2.45829046, 0.02621503),
        (503, 149.25382924, 9.00259344, 8.19585253, -1.25227521),
    ];
    for (at, trend, day, week, rest) in expected {
        near(found.trend[at], trend, 1e-6);
        near(found.seasons[0][at], day, 1e-6);
        near(found.seasons[1][at], week, 1e-6);
        near(found.remainder[at], rest, 1e-6);
        near(found.expected(at), trend + day + week, 1e-5);
    }
}

/// R 4, `decompose(AirPassengers)$figure` and with `"multiplicative"`; statsmodels'
/// `seasonal_decompose` says the same.
#[test]
fn the_index_matches_rs_decompose() {
    let additive = [
        -24.748737, -36.188131, -2.241162, -8.036616, -4.506313, 35.402778, 63.830808, 62.823232,
        16.520202, -20.642677, -53.593434, -28.619949,
    ];
    let factors = [
        0.9102304, 0.8836253, 1.0073663, 0.9759060, 0.9813780, 1.1127758, 1.2265555, 1.2199110,
        1.0604919, 0.9217572, 0.8011781, 0.8988244,
    ];
    let of = |form| seasonal_index(&known(&PASSENGERS), 12, form).unwrap();
    for (found, expected) in of(Form::Additive).iter().zip(additive) {
        near(found.index, expected, 5e-7);
        assert_eq!(found.n, 11, "half a year at both ends has no year around it");
    }
    for (found, expected) in of(Form::Multiplicative).iter().zip(factors) {
        near(found.index, expected, 5e-8);
    }
}

#[test]
fn what_cannot_be_taken_apart_is_refused_with_what_it_takes() {
    let few = known(&PASSENGERS[..23]);
    let too_short = SeriesError::TooShort { season: 12, needed: 24, found: 23 };
    assert_eq!(decompose(&few, &settings(&[12])), Err(too_short.clone()));
    assert_eq!(seasonal_index(&few, 12, Form::Additive), Err(too_short));
    assert!(decompose(&known(&PASSENGERS[..24]), &settings(&[12])).is_ok());
    assert_eq!(decompose(&few, &settings(&[1])), Err(SeriesError::NoSeason(1)));
    let out_of_order = Err(SeriesError::SeasonsOutOfOrder(vec![7, 7]));
    assert_eq!(decompose(&few, &settings(&[7, 7])), out_of_order);
    let mut holed = few.clone();
    for at in [3, 10, 17] {
        holed[at] = None;
    }
    let unknown = Err(SeriesError::UnknownPlace { season: 7, place: 3 });
    assert_eq!(decompose(&holed, &settings(&[7])), unknown);
    let mut zero = few;
    zero[4] = Some(0.0);
    let factors = Settings { form: Form::Multiplicative, ..settings(&[7]) };
    let not_positive = Err(SeriesError::NotPositive { at: 4, value: 0.0 });
    assert_eq!(decompose(&zero, &factors), not_positive);
    for bad in [f64::NAN, f64::INFINITY, 1e200] {
        zero[4] = Some(bad);
        assert!(matches!(
            decompose(&zero, &settings(&[7])),
            Err(SeriesError::NotFinite { at: 4, .. })
        ));
    }
}

#[test]
fn unknown_values_take_no_part() {
    // A line and a fixed week: whatever is left out comes back exactly.
    let week = [5.0, 1.0, 0.0, -1.0, -2.0, -3.0, 0.0];
    let truth = |at: usize| 50.0 + 0.5 * at as f64 + week[at % 7];
    let mut values: Vec<Option<f64>> = (0..70).map(|at| Some(truth(at))).collect();
    for at in [10, 30, 31, 32, 33] {
        values[at] = None;
    }
    let found = decompose(&values, &settings(&[7])).unwrap();
    for at in [10, 30, 31, 32, 33] {
        near(found.expected(at), truth(at), 0.02);
        assert_eq!(found.remainder[at], 0.0);
    }
}

#[test]
fn a_year_ago_is_the_same_weekday() {
    let values: Vec<Option<f64>> =
        (0..400).map(|at| (at != 370).then_some(f64::from(at % 7))).collect();
    let found = compared(&values, 364);
    assert_eq!(found.len(), 35, "36 days lie 364 after another, one of them is not known");
    assert!(found.iter().all(|one| one.difference == 0.0 && one.at - one.against == 364));
    let zero = compared(&[Some(0.0), Some(3.0)], 1);
    let only =
        Compared { at: 1, against: 0, value: 3.0, before: 0.0, difference: 3.0, change: None };
    assert_eq!(zero, [only]);
}

#[test]
fn a_holiday_is_what_it_differs_from_the_expectation_by() {
    let expected = vec![10.0; 20];
    let mut values: Vec<Option<f64>> =
        (0..20).map(|at| Some(if at % 2 == 0 { 9.0 } else { 11.0 })).collect();
    let mut kinds = vec![None; 20];
    for (at, value) in [(3, 25.0), (4, 35.0)] {
        (values[at], kinds[at]) = (Some(value), Some(0));
    }
    (values[7], kinds[7]) = (None, Some(1));
    let found = effects(&values, &expected, &kinds, 2);
    let effect = found[0].unwrap();
    assert_eq!((effect.n, effect.observed, effect.difference), (2, 60.0, 20.0));
    assert_eq!(effect.change, Some(2.0));
    // All others lie 1 off: a median absolute deviation of 1 (nine below, eight above).
    let (low, high) = effect.interval.unwrap();
    near((low + high) / 2.0, 20.0, 1e-12);
    assert_eq!(found[1], None, "its only day is not known");
    assert_eq!(effects(&values[..6], &expected, &kinds, 1)[0].unwrap().interval, None);
}

proptest! {
    /// Whatever is taken apart adds up again, factors multiply, and the index is centred.
    #[test]
    fn the_parts_make_the_whole(
        values in prop::collection::vec(prop_oneof![9 => (1..1_000_u32).prop_map(Some), 1 => Just(None)], 30..90),
        season in 2_usize..8,
        robust in any::<bool>(),
        is_factors in any::<bool>(),
    ) {
        let values: Vec<Option<f64>> = values.iter().map(|value| value.map(f64::from)).collect();
        let form = if is_factors { Form::Multiplicative } else { Form::Additive };
        let settings = Settings { form, robust, ..settings(&[season]) };
        let Ok(found) = decompose(&values, &settings) else { return Ok(()) };
        for (at, value) in values.iter().enumerate() {
            let whole = match form {
                Form::Additive => found.expected(at) + found.remainder[at],
                Form::Multiplicative => found.expected(at) * found.remainder[at],
            };
            prop_assert!(whole.is_finite());
            if let Some(value) = value {
                prop_assert!((whole - value).abs() < 1e-6 * value.abs().max(1.0), "{whole} {value}");
            }
        }
        for strength in found.season_strengths.iter().chain([&found.trend_strength]).flatten() {
            prop_assert!((0.0..=1.0).contains(strength));
        }
        if let Ok(index) = seasonal_index(&values, season, form) {
            let mean = index.iter().map(|place| place.index).sum::<f64>() / season as f64;
            let centre = f64::from(u8::from(is_factors));
            prop_assert!((mean - centre).abs() < 1e-9);
        }
    }
}
