//! What is minimised: loss, gradient and curvature, summed over the rows in fixed pieces.

use crate::learn::parallel::in_pieces;
use crate::linear::Symmetric;

/// Rows summed by one thread at a time.
const ROWS_PER_PIECE: usize = 1 << 12;

/// How coefficients are held small.
#[derive(Clone, Copy, Debug)]
pub(super) struct Penalty {
    pub(super) l1: f64,
    pub(super) l2: f64,
}

impl Penalty {
    pub(super) fn is_none(self) -> bool {
        self.l1 == 0.0 && self.l2 == 0.0
    }

    /// The penalty of `coefficients`, the intercept (first) apart.
    pub(super) fn of(self, coefficients: &[f64]) -> f64 {
        let terms = coefficients.iter().skip(1);
        terms.map(|value| self.l1 * value.abs() + self.l2 / 2.0 * value * value).sum()
    }
}

/// Rows of an intercept and standardised terms, with their labels.
pub(super) struct Problem<'a> {
    pub(super) rows: &'a [f64],
    pub(super) width: usize,
    pub(super) labels: &'a [bool],
    pub(super) weights: Option<&'a [f64]>,
    pub(super) penalty: Penalty,
    pub(super) n_threads: usize,
}

/// Loss, gradient and curvature at some coefficients, without L1.
pub(super) struct Point {
    /// The negative log-likelihood.
    pub(super) loss: f64,
    /// The gradient of loss and L2.
    pub(super) gradient: Vec<f64>,
    /// The second derivatives of loss and L2.
    pub(super) curvature: Symmetric,
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// `1 / (1 + exp(−log_odds))`, exact at both ends.
pub(crate) fn probability(log_odds: f64) -> f64 {
    let small = (-log_odds.abs()).exp();
    if log_odds >= 0.0 { 1.0 / (1.0 + small) } else { small / (1.0 + small) }
}

/// `−ln p` of what happened: `ln(1 + exp(∓log_odds))`.
fn surprise(log_odds: f64, label: bool) -> f64 {
    let against = if label { -log_odds } else { log_odds };
    against.max(0.0) + (-against.abs()).exp().ln_1p()
}

/// Sums over a piece of the rows; the curvature's upper triangle, row after row.
struct Piece {
    loss: f64,
    gradient: Vec<f64>,
    curvature: Vec<f64>,
}

impl Problem<'_> {
    pub(super) fn n_rows(&self) -> usize {
        self.labels.len()
    }

    fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }

    /// The rows with their labels.
    pub(super) fn each(&self) -> impl Iterator<Item = (&[f64], bool)> {
        self.rows.chunks_exact(self.width).zip(self.labels.iter().copied())
    }

    /// Loss, gradient and curvature at `coefficients`.
    pub(super) fn at(&self, coefficients: &[f64]) -> Point {
        let mut point = self.summed(|piece, row, values| {
            let log_odds = dot(values, coefficients);
            let (chance, weight) = (probability(log_odds), self.weight(row));
            piece.loss += weight * surprise(log_odds, self.labels[row]);
            let error = weight * (chance - f64::from(u8::from(self.labels[row])));
            piece.gradient.iter_mut().zip(values).for_each(|(sum, value)| *sum += error * value);
            weight * chance * (1.0 - chance)
        });
        let l2 = self.penalty.l2;
        let terms = point.gradient.iter_mut().zip(coefficients).skip(1);
        terms.for_each(|(sum, coefficient)| *sum += l2 * coefficient);
        point.curvature.add_to_diagonal(1, l2);
        point
    }

    /// Loss and penalties at `coefficients`.
    pub(super) fn objective(&self, coefficients: &[f64]) -> f64 {
        let one_piece = |(): &mut (), piece: usize| -> f64 {
            let from = piece * ROWS_PER_PIECE;
            let to = (from + ROWS_PER_PIECE).min(self.n_rows());
            let values = |row: usize| &self.rows[row * self.width..(row + 1) * self.width];
            let loss =
                |row| self.weight(row) * surprise(dot(values(row), coefficients), self.labels[row]);
            (from..to).map(loss).sum()
        };
        let pieces =
            in_pieces(self.n_rows().div_ceil(ROWS_PER_PIECE), self.n_threads, || (), one_piece);
        pieces.iter().sum::<f64>() + self.penalty.of(coefficients)
    }

    /// Weighted sums of products of the entries of the rows.
    pub(super) fn products(&self) -> Symmetric {
        self.summed(|_, row, _| self.weight(row)).curvature
    }

    /// The log-likelihood of the base rate.
    pub(super) fn null_log_likelihood(&self) -> f64 {
        let (mut total, mut of_true) = (0.0, 0.0);
        for (row, &label) in self.labels.iter().enumerate() {
            total += self.weight(row);
            of_true += if label { self.weight(row) } else { 0.0 };
        }
        let rate: f64 = of_true / total;
        of_true * rate.ln() + (total - of_true) * (1.0 - rate).ln()
    }

    /// Sums over the rows; `add` adds a row to loss and gradient and says how much it bends.
    fn summed(&self, add: impl Fn(&mut Piece, usize, &[f64]) -> f64 + Sync) -> Point {
        let width = self.width;
        let n_rows = self.n_rows();
        let one_piece = |(): &mut (), piece: usize| {
            let from = piece * ROWS_PER_PIECE;
            let to = (from + ROWS_PER_PIECE).min(n_rows);
            let mut sums = Piece {
                loss: 0.0,
                gradient: vec![0.0; width],
                curvature: vec![0.0; width * width],
            };
            let rows = &self.rows[from * width..to * width];
            for (quad, rows) in rows.chunks(4 * width).enumerate() {
                let mut bends = [0.0; 4];
                for (i, values) in rows.chunks_exact(width).enumerate() {
                    bends[i] = add(&mut sums, from + 4 * quad + i, values);
                }
                add_products(&mut sums.curvature, rows, bends, width);
            }
            sums
        };
        let pieces = in_pieces(n_rows.div_ceil(ROWS_PER_PIECE), self.n_threads, || (), one_piece);
        let mut gradient = vec![0.0; width];
        let mut curvature = vec![0.0; width * width];
        for piece in &pieces {
            gradient.iter_mut().zip(&piece.gradient).for_each(|(sum, value)| *sum += value);
            curvature.iter_mut().zip(&piece.curvature).for_each(|(sum, value)| *sum += value);
        }
        let loss = pieces.iter().map(|piece| piece.loss).sum();
        Point { loss, gradient, curvature: Symmetric::new(width, |i, j| curvature[i * width + j]) }
    }
}

/// Adds `bend · row · rowᵀ` of up to four rows to an upper triangle; four at once, so that each sum
/// is read and written once for four products.
fn add_products(curvature: &mut [f64], rows: &[f64], bends: [f64; 4], width: usize) {
    if rows.len() == 4 * width {
        let (front, back) = rows.split_at(2 * width);
        let ((a, b), (c, d)) = (front.split_at(width), back.split_at(width));
        for i in 0..width {
            let [wa, wb, wc, wd] =
                [bends[0] * a[i], bends[1] * b[i], bends[2] * c[i], bends[3] * d[i]];
            let sums = &mut curvature[i * width + i..(i + 1) * width];
            let values = a[i..].iter().zip(&b[i..]).zip(&c[i..]).zip(&d[i..]);
            for (sum, (((a, b), c), d)) in sums.iter_mut().zip(values) {
                *sum += wa * a + wb * b + wc * c + wd * d;
            }
        }
        return;
    }
    for (row, bend) in rows.chunks_exact(width).zip(bends) {
        for i in 0..width {
            let weight = bend * row[i];
            let sums = &mut curvature[i * width + i..(i + 1) * width];
            sums.iter_mut().zip(&row[i..]).for_each(|(sum, value)| *sum += weight * value);
        }
    }
}
