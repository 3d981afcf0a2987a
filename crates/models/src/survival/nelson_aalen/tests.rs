//! Waltons' flies against lifelines 0.30.3 (`nelson_aalen_smoothing=False`).

use super::*;
use crate::survival::tests::waltons;

#[test]
fn the_flies_of_waltons_match_lifelines() {
    let Some((days, has_died, _)) = waltons() else { return };
    let hazard = fit(&Observations::new(&days, &has_died), 0.95).unwrap();
    for (time, expected, lower, upper) in [
        (6.0, 0.006_134_97, 0.000_869_412_574_242_720_6, 0.043_291_125_220_367_23),
        (33.0, 0.217_339_15, 0.154_247_982_721_216_7, 0.306_236_132_379_033_24),
        (50.0, 0.472_604_48, 0.369_813_719_611_980_45, 0.603_966_225_722_361_2),
        (75.0, 3.923_491_9, 3.542_109_554_519_226_5, 4.345_938_055_748_335),
    ] {
        assert!((hazard.at(time).unwrap() - expected).abs() < 6e-8 * expected.max(1.0));
        let step = hazard.steps.iter().rfind(|step| step.at.time <= time).unwrap();
        let (low, high) = step.interval.unwrap();
        assert!((low - lower).abs() < 1e-9 && (high - upper).abs() < 1e-9, "{time}: {low} {high}");
    }
    let rate = hazard.mean_rate(33.0, 50.0).unwrap();
    assert!((rate - (0.472_604_48 - 0.217_339_15) / 17.0).abs() < 1e-8);
    assert_eq!(hazard.at(100.0), None);
    assert_eq!(hazard.at(-1.0), None);
    assert_eq!(hazard.mean_rate(5.0, 5.0), None);
}
