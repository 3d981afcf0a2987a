use super::*;

#[test]
fn rosenbrocks_valley_is_followed_to_its_end() {
    let valley = |[x, y]: [f64; 2]| {
        let bend = y - x * x;
        (
            100.0 * bend * bend + (1.0 - x).powi(2),
            [-400.0 * x * bend - 2.0 * (1.0 - x), 200.0 * bend],
        )
    };
    let bounds = Bounds { lower: [-5.0; 2], upper: [5.0; 2] };
    let found = minimise(valley, &bounds, [-1.2, 1.0], None);
    assert!(found.has_settled);
    assert!((found.at[0] - 1.0).abs() < 1e-7 && (found.at[1] - 1.0).abs() < 1e-7, "{:?}", found.at);
    let curvature = hessian(valley, [1.0, 1.0], 1e-5);
    assert!((curvature[0][0] - 802.0).abs() < 1e-4 && (curvature[0][1] + 400.0).abs() < 1e-4);
}

#[test]
fn a_valley_cut_by_the_box_ends_at_its_edge() {
    let valley = |[x, y]: [f64; 2]| {
        let bend = y - x * x;
        (
            100.0 * bend * bend + (1.0 - x).powi(2),
            [-400.0 * x * bend - 2.0 * (1.0 - x), 200.0 * bend],
        )
    };
    let bounds = Bounds { lower: [-5.0; 2], upper: [0.5, 5.0] };
    let found = minimise(valley, &bounds, [-1.2, 1.0], None);
    assert!(found.has_settled);
    assert_eq!(found.edges, [Some(Edge::Upper), None]);
    assert!((found.at[0] - 0.5).abs() < 1e-12 && (found.at[1] - 0.25).abs() < 1e-8);
}

#[test]
fn of_two_hollows_the_deeper_is_kept() {
    // x⁴ − 2x² + 0.3x has a shallow hollow near 0.96 and the deeper one near −1.04.
    let hollows =
        |[x]: [f64; 1]| (x.powi(4) - 2.0 * x * x + 0.3 * x, [4.0 * x.powi(3) - 4.0 * x + 0.3]);
    let bounds = Bounds { lower: [-3.0], upper: [3.0] };
    assert!(minimise(hollows, &bounds, [1.5], None).at[0] > 0.9);
    let best = minimise_from(hollows, &bounds, &[[1.5], [-1.5]]).unwrap();
    assert!((best.at[0] + 1.0357).abs() < 1e-3, "{}", best.at[0]);
}

#[test]
fn a_wall_without_a_value_is_backed_away_from() {
    let cliff = |[x]: [f64; 1]| {
        if x < 0.1 { (f64::NAN, [f64::NAN]) } else { (x - x.ln(), [1.0 - 1.0 / x]) }
    };
    let bounds = Bounds { lower: [-3.0], upper: [3.0] };
    let found = minimise(cliff, &bounds, [2.5], None);
    assert!(found.has_settled && (found.at[0] - 1.0).abs() < 1e-7);
    assert!(minimise_from(cliff, &bounds, &[[-1.0]]).is_none());
}
