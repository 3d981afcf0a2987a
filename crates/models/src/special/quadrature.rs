//! Integrals of smooth functions: the Gauss–Legendre rule of 16 nodes on panels.

/// Nodes on (0, 1) and weights of the rule on [−1, 1], which is symmetric (A&S table 25.4).
const RULE: [(f64, f64); 8] = [
    (0.095_012_509_837_637_44, 0.189_450_610_455_068_64),
    (0.281_603_550_779_258_9, 0.182_603_415_044_923_64),
    (0.458_016_777_657_227_37, 0.169_156_519_395_002_65),
    (0.617_876_244_402_643_8, 0.149_595_988_816_576_7),
    (0.755_404_408_355_003, 0.124_628_971_255_534_07),
    (0.865_631_202_387_831_8, 0.095_158_511_682_492_6),
    (0.944_575_023_073_232_6, 0.062_253_523_938_647_456),
    (0.989_400_934_991_649_9, 0.027_152_459_411_754_176),
];

/// ∫ from `from` to `to` of `f`, with at least one panel and none wider than `panel`.
pub fn integrate(from: f64, to: f64, panel: f64, mut f: impl FnMut(f64) -> f64) -> f64 {
    let [sum] = integrate_all(from, to, panel, |x| [f(x)]);
    sum
}

/// Several integrals over the same nodes.
pub fn integrate_all<const N: usize>(
    from: f64,
    to: f64,
    panel: f64,
    mut f: impl FnMut(f64) -> [f64; N],
) -> [f64; N] {
    let n_panels = ((to - from) / panel).ceil().max(1.0);
    let half = 0.5 * (to - from) / n_panels;
    let mut sums = [0.0; N];
    let mut i = 0.0;
    while i < n_panels {
        let middle = from + (2.0 * i + 1.0) * half;
        for (node, weight) in RULE {
            let (below, above) = (f(middle - node * half), f(middle + node * half));
            for (sum, (below, above)) in sums.iter_mut().zip(below.into_iter().zip(above)) {
                *sum += weight * (below + above);
            }
        }
        i += 1.0;
    }
    sums.map(|sum| sum * half)
}

/// ∫ from 0 to `length` of `f`, which varies on the scale of `scale + t`: the panels are laid in
/// ln(`scale` + t), each at most a factor e^1.5 wide.
pub fn integrate_log(scale: f64, length: f64, mut f: impl FnMut(f64) -> f64) -> f64 {
    integrate(0.0, (length / scale).ln_1p(), 1.5, |v| scale * v.exp() * f(scale * v.exp_m1()))
}
