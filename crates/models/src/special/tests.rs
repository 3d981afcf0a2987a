//! Values computed to 40 digits with mpmath 1.3 (`loggamma`, `digamma`, `beta`, `hyp2f1`).

use proptest::prelude::*;

use super::*;

fn close(name: &str, got: f64, expected: f64, tolerance: f64) {
    let error = (got - expected).abs() / expected.abs().max(1.0);
    assert!(error <= tolerance, "{name}: {got:.17} for {expected:.17}, off by {error:e}");
}

#[test]
fn the_gamma_family_matches_mpmath() {
    for (x, expected) in [
        (0.001, 6.907_178_885_383_853),
        (0.243, 1.318_043_584_699_669_9),
        (1.5, -0.120_782_237_635_245_22),
        (2.5, 0.284_682_870_472_919_2),
        (9.99, 12.779_315_214_350_193),
        (1234.5, 7_550.550_901_077_895),
    ] {
        close("ln_gamma", ln_gamma(x), expected, 4e-16);
    }
    for (x, expected) in [
        (0.001, -1_000.575_571_931_810_3),
        (0.243, -4.351_093_864_423_211),
        (1.0, -0.577_215_664_901_532_9),
        (2.5, 0.703_156_640_645_243_2),
        (9.99, 2.250_700_372_831_201),
        (1234.5, 7.118_016_231_827_998),
    ] {
        close("digamma", digamma(x), expected, 1e-14);
    }
    for (a, b, expected) in [
        (0.5, 0.5, 1.144_729_885_849_400_2),
        (0.0026, 352.6, 5.935_502_436_011_623),
        (1e-3, 1e6, 6.893_363_375_325_39),
        (12.5, 3e4, -110.129_956_260_069_86),
        (2.426, 0.793, -0.511_569_288_593_703_3),
    ] {
        close("ln_beta", ln_beta(a, b), expected, 2e-15);
    }
    for (x, n, expected) in [
        (0.243, 7.0, 5.720_772_315_640_428),
        (35.5, 3.0, 10.791_185_890_046_181),
        (352.6, 40.0, 236.747_241_076_737_06),
        (1e6, 2.5, 34.538_778_269_909_435),
        (29.9, 0.4, 1.355_125_720_377_720_7),
    ] {
        close("ln_rising", ln_rising(x, n), expected, 2e-14);
    }
}

#[test]
fn the_hypergeometric_function_matches_mpmath() {
    for (a, b, c, z, expected) in [
        (0.243, 2.426, 2.219, 0.4, 1.147_816_602_037_887),
        (2.243, 4.426, 4.219, 0.47, 4.493_036_934_011_62),
        (26.5, 12.3, 13.1, 0.95, 1.543_617_554_579_692_6e33),
        (0.243, -0.207, 2.219, 0.99, 0.971_942_006_509_753_4),
        (1.5, 2.5, 4.0, 0.9, 5.493_137_516_982_069),
        (1.5, 2.5, 4.0, 0.97, 9.784_734_861_085_157),
        (3.2, 1.7, 5.4, -8.0, 0.064_909_158_519_542_52),
        (0.5, 0.5, 1.5, 0.999, 1.539_938_439_165_518_9),
        (40.0, 3.0, 60.5, 0.93, 20.024_170_222_867_73),
        (1.2, 0.3, 0.9, -0.4, 0.876_117_825_279_820_1),
        (5.5, 353.0, 352.6, 0.3, 7.130_464_385_568_323),
    ] {
        let got = hyp2f1(a, b, c, z).unwrap();
        close(&format!("2F1({a}, {b}; {c}; {z})"), got, expected, 2e-12);
    }
    assert_eq!(hyp2f1(1.0, 1.0, 2.0, 1.0), None);
    assert_eq!(hyp2f1(1.0, 1.0, -2.0, 0.5), None);
    assert_eq!(hyp2f1(f64::NAN, 1.0, 2.0, 0.5), None);
}

#[test]
fn tails_and_quantiles_match_the_tables() {
    close("quantile", normal_quantile(0.975), 1.959_963_984_540_054, 1e-14);
    close("cdf", normal_cdf(-3.0), 1.349_898_031_630_094_5e-3, 1e-15);
    close("p", two_sided_p(1.982_564_6), 0.047_416, 1e-5);
    close("chi", chi_squared_upper(3.841_458_820_694_124, 1), 0.05, 1e-12);
    assert!((chi_squared_upper(122.249_126, 1) / 2.036e-28 - 1.0).abs() < 1e-3);
    assert!(chi_squared_upper(1.0, 0).is_nan());
}

#[test]
fn panels_integrate_what_has_a_closed_form() {
    let gamma = integrate_log(1.0, 60.0, |t| t * t * (-t).exp());
    close("∫ t² e^−t", gamma, 2.0, 1e-12);
    close("∫ sin", integrate(0.0, std::f64::consts::PI, 1.0, f64::sin), 2.0, 1e-15);
    close("empty", integrate(1.0, 1.0, 1.0, f64::exp), 0.0, 0.0);
}

proptest! {
    /// A&S 15.2.10 ties neighbours in `a` together, whichever way each of them is computed.
    #[test]
    fn neighbours_keep_gausss_relation(
        a in 0.2..6.0_f64, b in 0.2..6.0_f64, c in 0.3..9.0_f64, z in -4.0..0.96_f64,
    ) {
        let below = hyp2f1(a - 1.0, b, c, z).unwrap();
        let here = hyp2f1(a, b, c, z).unwrap();
        let above = hyp2f1(a + 1.0, b, c, z).unwrap();
        let terms = [(c - a) * below, (2.0 * a - c - a * z + b * z) * here, a * (z - 1.0) * above];
        let size = terms.iter().fold(0.0_f64, |most, term| most.max(term.abs()));
        prop_assert!(terms.iter().sum::<f64>().abs() <= 1e-9 * size, "{terms:?}");
    }

    /// e^a + e^b is what it says.
    #[test]
    fn sums_of_exponentials_are_summed(a in -30.0..30.0_f64, b in -30.0..30.0_f64) {
        let expected = (a.exp() + b.exp()).ln();
        prop_assert!((log_sum_exp(a, b) - expected).abs() < 1e-12);
    }
}
