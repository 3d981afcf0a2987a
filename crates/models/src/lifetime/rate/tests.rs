//! The baseline's own arithmetic.

use super::*;

#[test]
fn everybody_carries_on() {
    let histories = [
        History { n_repeats: 3, last_repeat: 8.0, age: 10.0 },
        History { n_repeats: 0, last_repeat: 0.0, age: 30.0 },
        History { n_repeats: 0, last_repeat: 0.0, age: 0.0 },
    ];
    let rate = fit(&histories).unwrap();
    assert!((rate.of_all - 0.075).abs() < 1e-15);
    let expected: Vec<f64> =
        histories.iter().map(|history| rate.expected(history, 20.0).unwrap()).collect();
    assert_eq!(expected, [6.0, 0.0, 1.5]);
    assert_eq!(rate.distribution(&histories[1], 20.0).unwrap(), [1.0]);
    assert_eq!(fit(&histories[2..]).unwrap_err().code(), "no_time");
}
