//! How long the fits of lifetime value and survival take, on data of the shape peers were timed on:
//! 100,000 customers, eight covariates for Cox, best of ten.
//!
//! `cargo run --release -p perennial-models --example lifetime_survival_speed [NAME]`
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use std::time::Instant;

use perennial_models::lifetime::{History, bg_nbd, mbg_nbd, pareto_nbd};
use perennial_models::survival::{Covariates, Observations, cox, kaplan_meier};

/// SplitMix64: the same data every time.
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (((z ^ (z >> 31)) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn exponential(&mut self) -> f64 {
        -self.uniform().ln()
    }

    /// Marsaglia and Tsang (2000), with their boost for shapes below 1.
    fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            return self.gamma(shape + 1.0) * self.uniform().powf(1.0 / shape);
        }
        let d = shape - 1.0 / 3.0;
        loop {
            let (u, v) = (self.uniform(), self.uniform());
            let normal = (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos();
            let cube = (1.0 + normal / (9.0 * d).sqrt()).powi(3);
            if cube > 0.0
                && self.uniform().ln() < 0.5 * normal * normal + d - d * cube + d * cube.ln()
            {
                return d * cube;
            }
        }
    }
}

/// Customers of a BG/NBD world with the parameters of CDNOW, seen for 40 weeks.
fn customers(n: usize) -> Vec<History> {
    let mut random = Random(1);
    let age = 40.0;
    let one = |_| {
        let rate = random.gamma(0.243) / 4.414;
        let (a, b) = (random.gamma(0.793), random.gamma(2.426));
        let p_leave = a / (a + b);
        let mut history = History { n_repeats: 0, last_repeat: 0.0, age };
        let mut time = random.exponential() / rate;
        while time < age {
            history = History { n_repeats: history.n_repeats + 1, last_repeat: time, age };
            if random.uniform() < p_leave {
                break;
            }
            time += random.exponential() / rate;
        }
        history
    };
    (0..n).map(one).collect()
}

/// Runs `work` ten times and prints the shortest.
fn time<T>(name: &str, mut work: impl FnMut() -> T, show: impl Fn(&T) -> String) {
    if std::env::args().nth(1).is_some_and(|wanted| !name.contains(&wanted)) {
        return;
    }
    let mut best = f64::INFINITY;
    let mut said = String::new();
    for _ in 0..10 {
        let start = Instant::now();
        let result = work();
        best = best.min(start.elapsed().as_secs_f64());
        said = show(&result);
    }
    println!("{name:34} {best:8.4} s  {said}");
}

/// Exponential stays, rounded to a thousandth, that the first of eight normal columns shortens; four
/// in ten are cut by chance.
fn stays(n: usize) -> (Vec<Vec<f64>>, Vec<f64>, Vec<bool>) {
    let mut random = Random(2);
    let mut normal = || {
        let (u, v) = (random.uniform(), random.uniform());
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    };
    let columns: Vec<Vec<f64>> = (0..8).map(|_| (0..n).map(|_| normal()).collect()).collect();
    let mut random = Random(3);
    let first = columns.first().map_or(&[][..], Vec::as_slice);
    let stay =
        |z: &f64| (random.exponential() * (-0.5 * z).exp() * 1000.0).round() / 1000.0 + 0.001;
    let durations = first.iter().map(stay).collect();
    let mut random = Random(4);
    (columns, durations, (0..n).map(|_| random.uniform() < 0.6).collect())
}

fn main() {
    let histories = customers(100_000);
    time(
        "BG/NBD",
        || bg_nbd::fit(&histories),
        |found| format!("{:?}", found.as_ref().map(|f| f.model)),
    );
    time(
        "MBG/NBD",
        || mbg_nbd::fit(&histories),
        |found| format!("{:?}", found.as_ref().map(|f| f.model)),
    );
    time(
        "Pareto/NBD",
        || pareto_nbd::fit(&histories),
        |found| format!("{:?}", found.as_ref().map(|f| f.model)),
    );
    let (columns, durations, has_left) = stays(100_000);
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let covariates =
        Covariates { names: &["a", "b", "c", "d", "e", "f", "g", "h"], columns: &columns };
    let observations = Observations::new(&durations, &has_left);
    let settings = cox::Settings::default();
    time(
        "Cox, 8 columns",
        || cox::fit(&observations, &covariates, &settings),
        |found| format!("{:?}", found.as_ref().map(|f| f.coefficients.first().map(|c| c.value))),
    );
    time(
        "Kaplan–Meier",
        || kaplan_meier::fit(&observations, 0.95),
        |found| format!("median {:?}", found.as_ref().map(kaplan_meier::Curve::median)),
    );
}
