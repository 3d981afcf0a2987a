use proptest::prelude::*;

use super::*;

/// The example of scikit-learn's documentation of `roc_auc_score` and `average_precision_score`.
const SCORES: [f64; 4] = [0.1, 0.4, 0.35, 0.8];
const LABELS: [bool; 4] = [false, false, true, true];

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
}

#[test]
fn matches_scikit_learns_documented_examples() {
    close(auc(&SCORES, &LABELS).unwrap(), 0.75);
    close(average_precision(&SCORES, &LABELS).unwrap(), 0.833_333_333_333_333_3);
    // `brier_score_loss([0, 1, 1, 0], [0.1, 0.9, 0.8, 0.3])`
    let labels = [false, true, true, false];
    close(brier(&[0.1, 0.9, 0.8, 0.3], &labels).unwrap(), 0.0375);
    // `log_loss(["spam", "ham", "ham", "spam"], [[.1, .9], [.9, .1], [.8, .2], [.35, .65]])`
    let surprise = log_loss(&[0.9, 0.1, 0.2, 0.65], &[true, false, false, true]).unwrap();
    assert!((surprise - 0.216_16).abs() < 5e-6, "{surprise}");
}

#[test]
fn equal_scores_count_half_and_rows_may_stand_in_any_order() {
    close(auc(&[0.5; 4], &LABELS).unwrap(), 0.5);
    close(average_precision(&[0.5; 4], &LABELS).unwrap(), 0.5);
    // One pair above, one tied, of four: (2 + 0.5 + 1) / 4.
    close(auc(&[0.2, 0.4, 0.4, 0.8], &LABELS).unwrap(), 0.875);
    let top = top_share(&[0.5; 4], &LABELS, 0.25).unwrap().unwrap();
    assert_eq!((top.n_rows, top.n_caught), (1, 0.5));
    close(top.lift, 1.0);
}

#[test]
fn lift_and_capture_count_the_highest_scores() {
    let scores: Vec<f64> = (0..100).map(|row| f64::from(row) / 100.0).collect();
    let labels: Vec<bool> = (0..100).map(|row| !(10..90).contains(&row)).collect();
    let top = top_share(&scores, &labels, 0.07).unwrap().unwrap();
    assert_eq!((top.n_rows, top.n_caught), (7, 7.0));
    close(top.lift, 5.0);
    close(top.capture, 0.35);
    let top = top_share(&scores, &labels, 0.2).unwrap().unwrap();
    close(top.lift, 2.5);
    assert_eq!(top_share(&scores, &labels, 0.001).unwrap(), None);
    assert_eq!(top_share(&scores, &labels, 1.5).unwrap_err().code(), "setting");
}

#[test]
fn the_calibration_error_is_the_mean_gap_of_ten_bins() {
    let probabilities = [0.05, 0.05, 0.95, 1.0];
    let labels = [false, true, true, true];
    // Bin 0: predicted .05, observed .5, two rows; bin 9: predicted .975, observed 1, two rows.
    close(expected_calibration_error(&probabilities, &labels).unwrap(), (0.45 + 0.025) / 2.0);
    let curve = reliability_curve(&probabilities, &labels).unwrap();
    assert_eq!((curve[0].n_rows, curve[5].n_rows, curve[9].n_rows), (2, 0, 2));
    assert_eq!((curve[5].predicted, curve[5].observed), (None, None));
}

#[test]
fn what_cannot_be_judged_is_refused() {
    let code = |result: Result<f64, LearnError>| result.unwrap_err().code();
    assert_eq!(code(auc(&[0.1, 0.2], &[true, true])), "one_class");
    assert_eq!(code(auc(&[], &[])), "no_rows");
    assert_eq!(code(auc(&[0.1], &[true, false])), "length");
    assert_eq!(code(auc(&[0.1, f64::NAN], &[true, false])), "score");
    assert_eq!(code(brier(&[0.1, 1.1], &[true, false])), "score");
    assert_eq!(code(log_loss(&[], &[])), "no_rows");
}

proptest! {
    #[test]
    fn auc_is_the_share_of_pairs_in_order(rows in prop::collection::vec((0_u8..20, any::<bool>()), 2..60)) {
        let scores: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
        let labels: Vec<bool> = rows.iter().map(|row| row.1).collect();
        let (mut sum, mut n_pairs) = (0.0, 0.0);
        for upper in rows.iter().filter(|row| row.1) {
            for lower in rows.iter().filter(|row| !row.1) {
                n_pairs += 1.0;
                sum += match upper.0.cmp(&lower.0) {
                    std::cmp::Ordering::Greater => 1.0,
                    std::cmp::Ordering::Equal => 0.5,
                    std::cmp::Ordering::Less => 0.0,
                };
            }
        }
        match auc(&scores, &labels) {
            Ok(found) => prop_assert!((found - sum / n_pairs).abs() < 1e-12),
            Err(error) => prop_assert!(error.code() == "one_class" && n_pairs == 0.0),
        }
    }
}

#[test]
fn a_threshold_calls_those_at_it() {
    let probabilities = [0.9, 0.5, 0.5, 0.2, 0.1];
    let labels = [true, false, true, true, false];
    let found = Confusion::at(&probabilities, &labels, 0.5).unwrap();
    assert_eq!(
        (found.hits, found.false_alarms, found.misses, found.correct_rejections),
        (2, 1, 1, 1)
    );
    assert_eq!((found.precision(), found.recall()), (Some(2.0 / 3.0), Some(2.0 / 3.0)));
    // The mean of the recalls of both classes, as balanced_accuracy_score of scikit-learn: 2/3, 1/2.
    assert!((found.balanced_accuracy().unwrap() - 7.0 / 12.0).abs() < 1e-12);
    let nobody = Confusion::at(&probabilities, &labels, 2.0).unwrap();
    assert_eq!((nobody.precision(), nobody.balanced_accuracy()), (None, Some(0.5)));
    let stayed = Confusion::at(&[0.1], &[false], 0.5).unwrap();
    assert_eq!((stayed.recall(), stayed.balanced_accuracy()), (None, None));
    assert_eq!(Confusion::at(&[f64::NAN], &[true], 0.5).unwrap_err().code(), "score");
}
