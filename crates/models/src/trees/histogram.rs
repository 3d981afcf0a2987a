//! Sums of the rows of a node per code: what a column with few codes is split by.

use super::axis::Axis;
use super::codes::{Code, Codes};
use super::grow::Entry;
use super::split::{Rules, Split, Sums, best_cut, best_sets};

/// Codes per histogram.
const N_CELLS: usize = 256;
/// Whether a column has few enough codes for a histogram; the rows of others are sorted.
pub(super) fn is_narrow(axis: &Axis) -> bool {
    match axis {
        Axis::Ordered(_) => axis.n_codes() < N_CELLS,
        Axis::Categories(_) => true,
    }
}

/// Sums of the rows of a node per code, and which codes there are.
pub(super) struct Histogram {
    sums: Box<[Sums; N_CELLS]>,
    present: [u64; 4],
}

impl Histogram {
    pub(super) fn empty() -> Histogram {
        Histogram { sums: Box::new([Sums::default(); N_CELLS]), present: [0; 4] }
    }

    fn add(&mut self, code: u32, entry: Sums) {
        let place = code as usize & (N_CELLS - 1);
        self.sums[place].add(entry);
        self.present[place >> 6] |= 1 << (place & 63);
    }

    /// The codes that are present, increasing, with their sums.
    fn codes(&self) -> impl Iterator<Item = (u32, Sums)> + Clone + '_ {
        self.present.iter().enumerate().flat_map(move |(word, &bits)| {
            let mut left = bits;
            std::iter::from_fn(move || {
                if left == 0 {
                    return None;
                }
                let code = (word << 6) + left.trailing_zeros() as usize;
                left &= left - 1;
                Some((code as u32, self.sums[code]))
            })
        })
    }

    pub(super) fn clear(&mut self) {
        for word in 0..self.present.len() {
            let mut left = self.present[word];
            while left != 0 {
                self.sums[(word << 6) + left.trailing_zeros() as usize] = Sums::default();
                left &= left - 1;
            }
            self.present[word] = 0;
        }
    }
}

/// Cells read from which on threads share out the columns: below, starting them costs more.
const MIN_SHARED_CELLS: usize = 1 << 19;

/// Adds the entries to the histograms of `columns`.
pub(super) fn fill<C: Code>(
    codes: &Codes<C>,
    histograms: &mut [Histogram],
    columns: &[usize],
    entries: &[Entry],
    n_threads: usize,
) {
    let fill_some = |histograms: &mut [Histogram], columns: &[usize]| {
        for &entry in entries {
            let row = codes.row(entry.row);
            let sums = entry.sums();
            for (histogram, &column) in histograms.iter_mut().zip(columns) {
                histogram.add(row[column].get(), sums);
            }
        }
    };
    if n_threads < 2 || entries.len() * columns.len() < MIN_SHARED_CELLS {
        fill_some(histograms, columns);
        return;
    }
    let n_each = columns.len().div_ceil(n_threads);
    std::thread::scope(|scope| {
        for (histograms, columns) in histograms.chunks_mut(n_each).zip(columns.chunks(n_each)) {
            scope.spawn(move || fill_some(histograms, columns));
        }
    });
}

/// Whether a column varies within the node, and its best split.
pub(super) fn split_histogram(
    column: usize,
    axis: &Axis,
    missing_code: u32,
    histogram: &mut Histogram,
    node: Sums,
    rules: &Rules,
) -> (bool, Option<Split>) {
    let n_present: u32 = histogram.present.iter().map(|word| word.count_ones()).sum();
    if n_present < 2 {
        return (false, None);
    }
    let Axis::Ordered(cuts) = axis else {
        return (true, best_sets(column, histogram.codes(), node, rules));
    };
    // All codes of a narrow axis are below 255, which stands for the missing in either width.
    let last = missing_code as usize & (N_CELLS - 1);
    let missing = histogram.sums[last];
    let known = histogram.codes().filter(|&(code, _)| code as usize != last);
    (true, best_cut(column, cuts.len() as u32, known, missing, node, rules))
}
