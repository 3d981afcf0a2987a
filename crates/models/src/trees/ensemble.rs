//! Grown trees with the axes they split: rows in, sums of leaves out.
//!
//! A table is coded block by block: per column two codes, one with the missing lowest and one with
//! the missing highest, so that a node's view of a column says where the missing go and no step of
//! the walk asks whether a value is missing. Where no column has more than 254 cuts a code is one
//! byte, and a block of rows stays in the cache while tree after tree passes over it.

use serde::{Deserialize, Serialize};

use super::axis::Axis;
use super::codes::Code;
use super::stored::Stored;
use super::tree::{BY_SET, Cells, Tree, leaves_of};
use crate::learn::parallel::in_pieces;
use crate::learn::{Aligned, LearnError, Schema, Table};

/// Rows that are coded and scored at a time.
const ROWS_PER_BLOCK: usize = 1 << 12;
/// Most codes of a column that fit a byte, the two places of the missing included.
const MAX_BYTE_CODES: usize = 255;

/// How a table becomes the codes that trees split: only cuts that some tree uses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Encoder {
    schema: Schema,
    axes: Vec<Axis>,
}

/// Rows as codes by view.
pub(crate) struct Views<C> {
    cells: Vec<C>,
    width: usize,
}

impl<C: Code> Cells for Views<C> {
    fn start(&self, row: u32) -> usize {
        row as usize * self.width
    }

    fn ordered(&self, start: usize, view: u32) -> u32 {
        self.cells[start + view as usize].get()
    }

    fn category(&self, start: usize, view: u32) -> u32 {
        self.ordered(start, view)
    }
}

impl Encoder {
    /// The encoder of `trees` grown on `axes`; cuts no tree uses are dropped, and the trees renamed
    /// to those that stay.
    pub(crate) fn new(schema: Schema, axes: Vec<Axis>, trees: &mut [Tree]) -> Encoder {
        let mut used: Vec<Vec<bool>> =
            axes.iter().map(|axis| vec![false; axis.n_codes()]).collect();
        for_each_cut(trees, |column, cut| used[column][*cut as usize] = true);
        let renamed: Vec<Vec<u32>> = used.iter().map(|used| places(used)).collect();
        for_each_cut(trees, |column, cut| *cut = renamed[column][*cut as usize]);
        let keep = |(axis, used): (Axis, &Vec<bool>)| match axis {
            Axis::Ordered(cuts) => {
                let stay = cuts.into_iter().zip(used).filter(|(_, used)| **used);
                Axis::Ordered(stay.map(|(cut, _)| cut).collect())
            }
            categories @ Axis::Categories(_) => categories,
        };
        let axes = axes.into_iter().zip(&used).map(keep).collect();
        Encoder { schema, axes }
    }

    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    pub(crate) fn n_columns(&self) -> usize {
        self.axes.len()
    }

    pub(crate) fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// Whether every code of every view fits a byte.
    pub(crate) fn fits_bytes(&self) -> bool {
        self.axes.iter().all(|axis| axis.n_codes() <= MAX_BYTE_CODES)
    }

    /// The rows from `from` to `to` of aligned columns, as codes by view.
    pub(crate) fn views<C: Code>(
        &self,
        columns: &[Aligned<'_>],
        from: usize,
        to: usize,
    ) -> Views<C> {
        let width = 2 * self.axes.len();
        let mut cells = vec![C::default(); (to - from) * width];
        for (place, (column, axis)) in columns.iter().zip(&self.axes).enumerate() {
            let pairs = cells
                .chunks_exact_mut(width)
                .filter_map(|row| row.get_mut(2 * place..2 * place + 2));
            match (column, axis) {
                (Aligned::Numbers(values), Axis::Ordered(cuts)) => {
                    let missing = (0, cuts.len() as u32 + 1);
                    for (pair, &value) in pairs.zip(&values[from..to]) {
                        let code = Axis::code_of_number(cuts, value);
                        let (low, high) = code.map_or(missing, |code| (code, code));
                        pair.copy_from_slice(&[C::keep(low), C::keep(high)]);
                    }
                }
                (Aligned::Categories { codes, known_as }, Axis::Categories(n)) => {
                    for (offset, pair) in pairs.enumerate() {
                        let category = Aligned::category(codes, known_as, from + offset);
                        pair.fill(C::keep(Axis::code_of_category(*n, category)));
                    }
                }
                // The schema that aligned the columns made the axes, so the kinds agree.
                (Aligned::Numbers(_), Axis::Categories(_))
                | (Aligned::Categories { .. }, Axis::Ordered(_)) => {}
            }
        }
        Views { cells, width }
    }
}

/// Calls `each(column, cut)` for each split by a number.
fn for_each_cut(trees: &mut [Tree], mut each: impl FnMut(usize, &mut u32)) {
    for tree in trees {
        for (place, node) in tree.nodes.iter_mut().enumerate() {
            if !node.is_leaf(place as u32) && node.view & BY_SET == 0 {
                each(node.column(), &mut node.cut);
            }
        }
    }
}

/// For each place how many of those before it are used. The place after the last cut stands for
/// "all that is known", and comes out as the number of cuts that stay.
fn places(used: &[bool]) -> Vec<u32> {
    let mut n_before = 0;
    let place = |used: &bool| {
        let place = n_before;
        n_before += u32::from(*used);
        place
    };
    used.iter().map(place).collect()
}

/// Trees whose leaves add up to an output: `base + scale · Σ leaf`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub(crate) struct Ensemble {
    pub(crate) encoder: Encoder,
    pub(crate) trees: Vec<Tree>,
    #[serde(with = "crate::exact::number")]
    pub(crate) base: f64,
    #[serde(with = "crate::exact::number")]
    pub(crate) scale: f64,
    /// Threads that score; never changes a result. One after reading it back.
    #[serde(skip)]
    pub(crate) n_threads: usize,
}

impl Ensemble {
    /// The output of each row.
    pub(crate) fn outputs(&self, table: &Table) -> Result<Vec<f64>, LearnError> {
        if self.encoder.fits_bytes() {
            self.in_blocks::<u8, f64>(table, |views, n_rows| self.outputs_of(views, n_rows))
        } else {
            self.in_blocks::<u32, f64>(table, |views, n_rows| self.outputs_of(views, n_rows))
        }
    }

    /// `work` on each block of rows of `table`, the results one after the other.
    pub(crate) fn in_blocks<C: Code, R: Clone + Send>(
        &self,
        table: &Table,
        work: impl Fn(&Views<C>, usize) -> Vec<R> + Sync,
    ) -> Result<Vec<R>, LearnError> {
        let columns = self.encoder.schema.align(table)?;
        let n_blocks = table.n_rows().div_ceil(ROWS_PER_BLOCK);
        let one_block = |(): &mut (), block: usize| {
            let from = block * ROWS_PER_BLOCK;
            let to = (from + ROWS_PER_BLOCK).min(table.n_rows());
            work(&self.encoder.views(&columns, from, to), to - from)
        };
        Ok(in_pieces(n_blocks, self.n_threads, || (), one_block).concat())
    }

    fn outputs_of(&self, cells: &impl Cells, n_rows: usize) -> Vec<f64> {
        let mut sums = vec![0.0; n_rows];
        for tree in &self.trees {
            leaves_of(tree, cells, 0..n_rows as u32, |row, leaf| {
                sums[row] += f64::from(tree.values[leaf as usize]);
            });
        }
        sums.iter().map(|sum| self.base + self.scale * sum).collect()
    }
}
