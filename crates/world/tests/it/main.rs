//! A world is asked what it planted: exactly where it counts, within chance where it drew.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod recovery;
mod regression;
mod rows;

use jiff::civil::date;
use perennial_world::{Counts, CustomerTruth, Kind, Options, World};

/// Two years from the first of January 2024.
fn world(kind: Kind, n_customers: u32) -> World {
    let start = date(2024, 1, 1);
    World::new(Options { kind, seed: 7, n_customers, n_days: 730, start }).unwrap()
}

/// The truth of every customer and the counts of all.
fn truth_of(world: &World) -> (Vec<CustomerTruth>, Counts) {
    let (mut customers, mut counts) = (Vec::new(), Counts::default());
    world
        .visit(0..world.options().n_customers, |history| {
            customers.push(history.truth().clone());
            counts += *history.counts();
            Ok::<(), ()>(())
        })
        .unwrap();
    (customers, counts)
}

/// `observed` is within `sigmas` Poisson deviations, and a rounding, of `expected`.
fn assert_poisson(observed: f64, expected: f64, sigmas: f64, what: &str) {
    let tolerance = sigmas * expected.sqrt() + 0.005 * expected;
    assert!(
        (observed - expected).abs() <= tolerance,
        "{what}: observed {observed}, expected {expected:.1} ± {tolerance:.1}"
    );
}
