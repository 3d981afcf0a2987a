//! Rossi's men against lifelines 0.30.3, and the slopes of the likelihood against differences.

use proptest::prelude::*;

use super::*;
use crate::survival::tests::{ROSSI, Table, rossi};

fn close(got: f64, expected: f64, tolerance: f64) {
    assert!((got - expected).abs() <= tolerance, "{got} for {expected}");
}

fn all_close<'a>(got: impl IntoIterator<Item = f64>, expected: impl IntoIterator<Item = &'a f64>) {
    for (got, expected) in got.into_iter().zip(expected) {
        close(got, *expected, 1e-6);
    }
}

fn fitted(table: &Table, names: &[&str], settings: &Settings) -> Cox {
    let arrested = table.flags("arrest");
    let columns = table.select(names);
    let observations = Observations::new(table.column("week"), &arrested);
    fit(&observations, &Covariates { names, columns: &columns }, settings).unwrap()
}

fn errors(model: &Cox) -> Vec<f64> {
    model.coefficients.iter().map(|one| one.standard_error).collect()
}

#[test]
fn rossis_men_match_lifelines() {
    let Some(table) = rossi() else { return };
    let model = fitted(&table, &ROSSI, &Settings::default());
    let expected = [
        -0.379_422_165_7,
        -0.057_437_740_0,
        0.313_899_787_3,
        -0.149_795_701_8,
        -0.433_703_881_2,
        -0.084_871_080_6,
        0.091_497_081_7,
    ];
    all_close(model.coefficients.iter().map(|one| one.value), &expected);
    let expected = [
        0.191_379_480_7,
        0.021_999_470_4,
        0.307_992_776_6,
        0.212_224_296_4,
        0.381_868_057_1,
        0.195_756_671_9,
        0.028_648_549_9,
    ];
    all_close(errors(&model), &expected);
    close(model.log_likelihood, -658.747_659_446, 1e-8);
    close(model.log_likelihood_null, -675.380_632_346_9, 1e-8);
    close(model.likelihood_ratio().0, 33.265_945_801_6, 1e-7);
    close(model.partial_aic(), 1_331.495_318_892_2, 1e-7);
    let first = &model.coefficients[0];
    close(first.interval.0, -0.754_519_055_3, 1e-6);
    close(first.p_value, 0.047_416, 1e-6);
    close(first.hazard_ratio, 0.684_257, 1e-6);
    let arrested = table.flags("arrest");
    let observations = Observations::new(table.column("week"), &arrested);
    let columns = table.select(&ROSSI);
    let covariates = Covariates { names: &ROSSI, columns: &columns };
    let concordance = model.concordance(&observations, &covariates, None).unwrap().unwrap();
    close(concordance, 0.640_329_247_099_713_5, 1e-12);
    // The mean customer's hazard, and the survival of two men.
    for (week, hazard) in [(10.0, 0.029_884_62), (26.0, 0.115_917_95), (52.0, 0.274_372_84)] {
        close(model.baselines[0].hazard_at(week).unwrap(), hazard, 1e-7);
    }
    for (row, shares) in [
        (0, [0.964_222_577_1, 0.868_212_632_4, 0.715_699_314_0]),
        (5, [0.963_660_018_6, 0.866_249_476_6, 0.711_874_783_1]),
    ] {
        let values: Vec<f64> = columns.iter().map(|column| column[row]).collect();
        for (week, share) in [10.0, 26.0, 52.0].into_iter().zip(shares) {
            close(model.survival(&values, 0, week).unwrap(), share, 1e-6);
        }
        assert_eq!(model.survival(&values, 0, 53.0), None);
        assert_eq!(model.survival(&values, 1, 10.0), None);
        assert_eq!(model.survival(&values[1..], 0, 10.0), None);
    }
}

/// Against what it is an estimate of: how far the coefficients of lifelines 0.30.3 move when one row
/// weighs a thousandth more, squared and added up. Lifelines' own robust errors (.1919 for `fin`)
/// leave Efron's share of tied events out of the residuals.
#[test]
fn robust_and_clustered_errors_are_those_of_the_infinitesimal_jackknife() {
    let Some(table) = rossi() else { return };
    let near = |model: &Cox, expected: [f64; 7]| {
        for (got, expected) in errors(model).into_iter().zip(expected) {
            close(got, expected, 5e-5);
        }
    };
    let robust = Settings { errors: Errors::Robust, ..Settings::default() };
    let expected = [0.195_538, 0.025_335, 0.292_315, 0.218_056, 0.380_221, 0.199_196, 0.028_973];
    near(&fitted(&table, &ROSSI, &robust), expected);
    let codes: Vec<u32> = (0..432).map(|row| row % 40).collect();
    let clustered = Settings { errors: Errors::Clustered(&codes), ..Settings::default() };
    let expected = [0.220_284, 0.024_712, 0.265_681, 0.212_392, 0.371_359, 0.198_452, 0.028_219];
    near(&fitted(&table, &ROSSI, &clustered), expected);
}

#[test]
fn strata_match_lifelines() {
    let Some(table) = rossi() else { return };
    let strata: Vec<u32> = table.column("wexp").iter().map(|value| *value as u32).collect();
    let names = ["fin", "age", "race", "mar", "paro", "prio"];
    let model = fitted(&table, &names, &Settings { strata: Some(&strata), ..Settings::default() });
    let expected = [
        -0.380_154_098_7,
        -0.058_213_479_1,
        0.306_569_449_3,
        -0.453_871_629_7,
        -0.082_738_910_5,
        0.090_743_642_3,
    ];
    all_close(model.coefficients.iter().map(|one| one.value), &expected);
    let expected = [
        0.191_272_550_3,
        0.022_064_658_6,
        0.308_029_804_1,
        0.381_736_979_2,
        0.195_685_984_3,
        0.028_683_588_4,
    ];
    all_close(errors(&model), &expected);
    close(model.log_likelihood, -580.885_746_513_7, 1e-7);
    assert_eq!(model.baselines.iter().map(|one| one.stratum).collect::<Vec<u32>>(), [0, 1]);
    let arrested = table.flags("arrest");
    let columns = table.select(&names);
    let observations = Observations::new(table.column("week"), &arrested);
    let covariates = Covariates { names: &names, columns: &columns };
    let concordance =
        model.concordance(&observations, &covariates, Some(&strata)).unwrap().unwrap();
    close(concordance, 0.612_449_223_416_965_3, 1e-12);
    // A column that only says the stratum cannot be told from the baselines.
    let settings = Settings { strata: Some(&strata), ..Settings::default() };
    let columns = table.select(&["fin", "wexp"]);
    let covariates = Covariates { names: &["fin", "wexp"], columns: &columns };
    let error = fit(&observations, &covariates, &settings).unwrap_err();
    assert_eq!(error.to_string(), "the column `wexp` is determined by the columns before it");
}

#[test]
fn an_interaction_matches_lifelines() {
    let Some(table) = rossi() else { return };
    let product: Vec<f64> = table
        .column("age")
        .iter()
        .zip(table.column("prio"))
        .map(|(age, prio)| age * prio)
        .collect();
    let names = ["fin", "wexp", "age", "prio", "age:prio"];
    let mut columns = table.select(&names[..4]);
    columns.push(&product);
    let arrested = table.flags("arrest");
    let observations = Observations::new(table.column("week"), &arrested);
    let covariates = Covariates { names: &names, columns: &columns };
    let model = fit(&observations, &covariates, &Settings::default()).unwrap();
    let expected =
        [-0.330_167_388_2, -0.238_618_666_9, -0.028_550_129_0, 0.307_433_007_8, -0.009_742_921_6];
    all_close(model.coefficients.iter().map(|one| one.value), &expected);
    close(model.log_likelihood, -659.386_471_254, 1e-7);
}

#[test]
fn late_entries_and_changing_covariates_match_lifelines() {
    let Some(table) = rossi() else { return };
    let (weeks, arrested) = (table.column("week"), table.flags("arrest"));
    let columns = table.select(&ROSSI);
    let covariates = Covariates { names: &ROSSI, columns: &columns };
    let entries: Vec<f64> = weeks
        .iter()
        .enumerate()
        .map(|(i, week)| if i % 4 == 0 { (week - 1.0).min(5.0) } else { 0.0 })
        .collect();
    let late = fit(
        &Observations::new(weeks, &arrested).entering(&entries),
        &covariates,
        &Settings::default(),
    )
    .unwrap();
    let expected = [
        -0.381_198_190_3,
        -0.058_068_805_1,
        0.317_357_675_8,
        -0.149_781_870_3,
        -0.434_843_240_0,
        -0.085_590_875_6,
        0.092_116_913_1,
    ];
    all_close(late.coefficients.iter().map(|one| one.value), &expected);
    close(late.log_likelihood, -657.147_124_153_9, 1e-7);

    // Each man in two stretches, before and after week 20; an effect that begins only then.
    let mut stretches: [Vec<f64>; 6] = Default::default();
    let mut left = Vec::new();
    for i in 0..weeks.len() {
        let (fin, age, prio) =
            (table.column("fin")[i], table.column("age")[i], table.column("prio")[i]);
        let mut stretch = |start: f64, stop: f64, has_left: bool, late: f64| {
            for (column, value) in stretches.iter_mut().zip([start, stop, fin, age, prio, late]) {
                column.push(value);
            }
            left.push(has_left);
        };
        if weeks[i] > 20.0 {
            stretch(0.0, 20.0, false, 0.0);
            stretch(20.0, weeks[i], arrested[i], prio);
        } else {
            stretch(0.0, weeks[i], arrested[i], 0.0);
        }
    }
    let names = ["fin", "age", "prio", "late_prio"];
    let columns: Vec<&[f64]> = stretches[2..].iter().map(Vec::as_slice).collect();
    let observations = Observations::new(&stretches[1], &left).entering(&stretches[0]);
    let model =
        fit(&observations, &Covariates { names: &names, columns: &columns }, &Settings::default())
            .unwrap();
    let expected = [-0.343_565_992_2, -0.067_103_518_6, 0.110_382_017_1, -0.023_833_724_7];
    all_close(model.coefficients.iter().map(|one| one.value), &expected);
    all_close(
        errors(&model),
        &[0.190_352_659_8, 0.020_845_186_2, 0.040_481_612_7, 0.054_529_857_2],
    );
    close(model.log_likelihood, -660.762_162_063_4, 1e-7);
}

#[test]
fn proportionality_matches_lifelines() {
    let Some(table) = rossi() else { return };
    let model = fitted(&table, &ROSSI, &Settings::default());
    let arrested = table.flags("arrest");
    let observations = Observations::new(table.column("week"), &arrested);
    let columns = table.select(&ROSSI);
    let covariates = Covariates { names: &ROSSI, columns: &columns };
    for (scale, expected) in [
        (
            TimeScale::KaplanMeier,
            [
                0.019_130_03,
                11.030_293_84,
                1.437_456_15,
                7.475_471_35,
                0.600_874_18,
                0.115_720_97,
                0.022_545_54,
            ],
        ),
        (
            TimeScale::Identity,
            [
                0.056_170_78,
                12.061_382_65,
                1.486_087_86,
                6.934_835_11,
                0.754_401_42,
                0.122_041_58,
                0.010_891_71,
            ],
        ),
        (
            TimeScale::Log,
            [
                0.491_364_53,
                13.073_811_15,
                1.031_124_03,
                5.539_753_80,
                1.029_274_19,
                0.010_496_11,
                0.384_018_83,
            ],
        ),
    ] {
        let tests = model.proportionality(&observations, &covariates, None, scale).unwrap();
        all_close(tests.iter().map(|one| one.statistic), &expected);
    }
    // Lifelines ranks ties in the order of the rows (11.4535 for `age`); given averaged ranks it
    // finds these.
    let ranks = model.proportionality(&observations, &covariates, None, TimeScale::Rank).unwrap();
    close(ranks[0].statistic, 0.010_980_651_4, 1e-6);
    close(ranks[1].statistic, 11.157_280_3, 1e-6);
    assert!(ranks[1].p_value < 0.001 && ranks[0].p_value > 0.5);
}

#[test]
fn telcos_customers_match_lifelines() {
    let Some(mut reader) = crate::shared::shared("telco_churn/telco_customer_churn.csv") else {
        return;
    };
    let (mut months, mut left) = (Vec::new(), Vec::new());
    let mut columns: Vec<Vec<f64>> = vec![Vec::new(); 9];
    for row in reader.records() {
        let row = row.unwrap();
        let tenure: f64 = row[5].parse().unwrap();
        if tenure == 0.0 {
            continue;
        }
        let is = |at: usize, value: &str| f64::from(u8::from(&row[at] == value));
        months.push(tenure);
        left.push(&row[20] == "Yes");
        for (column, value) in columns.iter_mut().zip([
            is(15, "One year"),
            is(15, "Two year"),
            is(8, "Fiber optic"),
            is(8, "No"),
            is(17, "Credit card (automatic)"),
            is(17, "Electronic check"),
            is(17, "Mailed check"),
            row[18].parse().unwrap(),
            row[2].parse().unwrap(),
        ]) {
            column.push(value);
        }
    }
    let names = [
        "one year",
        "two year",
        "fiber",
        "no internet",
        "card",
        "electronic",
        "mailed",
        "monthly",
        "senior",
    ];
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let (observations, covariates) =
        (Observations::new(&months, &left), Covariates { names: &names, columns: &columns });
    let model = fit(&observations, &covariates, &Settings::default()).unwrap();
    let expected = [
        -1.778_411_387,
        -3.519_624_402,
        1.532_893_259,
        -1.342_403_924,
        -0.022_100_380,
        0.704_122_603,
        0.688_141_898,
        -0.032_179_914,
        -0.088_287_168,
    ];
    all_close(model.coefficients.iter().map(|one| one.value), &expected);
    close(model.log_likelihood, -14_104.709_400_02, 1e-6);
    let concordance = model.concordance(&observations, &covariates, None).unwrap().unwrap();
    close(concordance, 0.843_343_036, 1e-9);
}

proptest! {
    /// Slope and curvature are the differences of the value, with ties, strata, entries, weights.
    #[test]
    fn derivatives_are_those_of_the_value(
        rows in prop::collection::vec((1_u8..9, 0_u8..4, any::<bool>(), 0_u8..2, -9_i8..9, -9_i8..9, 1_u8..4), 8..40),
        b in prop::array::uniform2(-0.8..0.8_f64),
    ) {
        let stops: Vec<f64> = rows.iter().map(|row| f64::from(row.1 + row.0)).collect();
        let entries: Vec<f64> = rows.iter().map(|row| f64::from(row.1)).collect();
        let events: Vec<bool> = rows.iter().map(|row| row.2).collect();
        let strata: Vec<u32> = rows.iter().map(|row| u32::from(row.3)).collect();
        let first: Vec<f64> = rows.iter().map(|row| f64::from(row.4)).collect();
        let second: Vec<f64> = rows.iter().map(|row| f64::from(row.5)).collect();
        let weights: Vec<f64> = rows.iter().map(|row| f64::from(row.6)).collect();
        let columns: [&[f64]; 2] = [&first, &second];
        let observations = Observations::new(&stops, &events).entering(&entries).weighted(&weights);
        let prepared = Prepared::new(&observations, &Covariates { names: &["a", "b"], columns: &columns }, Some(&strata));
        prop_assume!(prepared.is_ok());
        let prepared = prepared.unwrap();
        let local = prepared.partial_likelihood(&b);
        let step = 1e-5;
        for i in 0..2 {
            let (mut above, mut below) = (b, b);
            above[i] += step;
            below[i] -= step;
            let (above, below) = (prepared.partial_likelihood(&above), prepared.partial_likelihood(&below));
            let slope = (above.value - below.value) / (2.0 * step);
            prop_assert!((slope - local.gradient[i]).abs() < 1e-6 * (1.0 + slope.abs()), "{slope} {:?}", local.gradient);
            for j in 0..2 {
                let curve = (below.gradient[j] - above.gradient[j]) / (2.0 * step);
                let got = local.information[2 * i + j];
                prop_assert!((curve - got).abs() < 1e-6 * (1.0 + curve.abs()), "{curve} {got}");
            }
        }
        // The score residuals of all rows add up to the slope.
        let clusters = vec![7_u32; rows.len()];
        let all = prepared.sandwich(&b, &[1.0, 0.0, 0.0, 1.0], Some(&clusters));
        for i in 0..2 {
            let square = local.gradient[i].powi(2);
            prop_assert!((all[3 * i] - square).abs() < 1e-7 * (1.0 + square), "{} {square}", all[3 * i]);
        }
    }
}
