//! A table as codes, row after row: what trees are grown on.

use super::axis::{Axis, MAX_BINS};
use super::tree::Cells;
use crate::learn::parallel::in_pieces;
use crate::learn::{Aligned, LearnError, Schema, Table};

/// The integer a code is kept in.
pub(crate) trait Code: Copy + Default + Send + Sync {
    /// What stands for a missing number.
    const MISSING: u32;
    /// Keeps a code, which fits.
    fn keep(code: u32) -> Self;
    /// The code.
    fn get(self) -> u32;
}

impl Code for u8 {
    const MISSING: u32 = u8::MAX as u32;
    fn keep(code: u32) -> u8 {
        code as u8
    }
    fn get(self) -> u32 {
        u32::from(self)
    }
}

impl Code for u32 {
    const MISSING: u32 = u32::MAX;
    fn keep(code: u32) -> u32 {
        code
    }
    fn get(self) -> u32 {
        self
    }
}

/// The codes of a table the trees are grown on.
pub(crate) struct Codes<C> {
    cells: Vec<C>,
    axes: Vec<Axis>,
}

/// Rows coded by one thread at a time.
const ROWS_PER_PIECE: usize = 1 << 14;

/// The axes of the columns of `table`: exact, or of at most `n_bins` codes.
pub(crate) fn axes_of(
    table: &Table,
    schema: &Schema,
    n_bins: Option<usize>,
    n_threads: usize,
) -> Result<Vec<Axis>, LearnError> {
    let aligned = schema.align(table)?;
    let axis = |(): &mut (), place: usize| match (&aligned[place], n_bins) {
        (Aligned::Numbers(values), None) => Axis::exact(values),
        (Aligned::Numbers(values), Some(n_bins)) => Axis::binned(values, n_bins.min(MAX_BINS)),
        (Aligned::Categories { known_as, .. }, _) => Axis::Categories(known_as.len() as u32),
    };
    Ok(in_pieces(aligned.len(), n_threads, || (), axis))
}

impl<C: Code> Codes<C> {
    /// Codes `table` by `axes`, whose codes fit `C`.
    pub(crate) fn new(
        table: &Table,
        schema: &Schema,
        axes: Vec<Axis>,
        n_threads: usize,
    ) -> Result<Codes<C>, LearnError> {
        let aligned = schema.align(table)?;
        let n_columns = axes.len();
        let n_pieces = table.n_rows().div_ceil(ROWS_PER_PIECE);
        let code_piece = |(): &mut (), piece: usize| {
            let from = piece * ROWS_PER_PIECE;
            let to = (from + ROWS_PER_PIECE).min(table.n_rows());
            let mut cells = vec![C::default(); (to - from) * n_columns];
            for (place, (column, axis)) in aligned.iter().zip(&axes).enumerate() {
                let own_cells = cells.iter_mut().skip(place).step_by(n_columns);
                code_column(column, axis, from, own_cells);
            }
            cells
        };
        let pieces = in_pieces(n_pieces, n_threads, || (), code_piece);
        let mut cells = Vec::with_capacity(table.n_rows() * n_columns);
        pieces.iter().for_each(|piece| cells.extend_from_slice(piece));
        Ok(Codes { cells, axes })
    }

    pub(crate) fn axes(&self) -> &[Axis] {
        &self.axes
    }

    pub(crate) fn n_columns(&self) -> usize {
        self.axes.len()
    }

    /// The codes of a row, one per column; a missing number is [`Code::MISSING`].
    pub(crate) fn row(&self, row: u32) -> &[C] {
        let from = row as usize * self.axes.len();
        &self.cells[from..from + self.axes.len()]
    }

    /// The axes, the codes given up.
    pub(crate) fn into_axes(self) -> Vec<Axis> {
        self.axes
    }
}

/// Writes the codes of the rows of a column from row `from` on into `cells`.
fn code_column<'a, C: Code + 'a>(
    column: &Aligned<'_>,
    axis: &Axis,
    from: usize,
    cells: impl Iterator<Item = &'a mut C>,
) {
    match (column, axis) {
        (Aligned::Numbers(values), Axis::Ordered(cuts)) => {
            for (cell, &value) in cells.zip(&values[from..]) {
                *cell = C::keep(Axis::code_of_number(cuts, value).unwrap_or(C::MISSING));
            }
        }
        (Aligned::Categories { codes, known_as }, Axis::Categories(n)) => {
            for (offset, cell) in cells.enumerate() {
                let category = Aligned::category(codes, known_as, from + offset);
                *cell = C::keep(Axis::code_of_category(*n, category));
            }
        }
        // The axes were made from columns of the same schema, so the kinds agree.
        (Aligned::Numbers(_), Axis::Categories(_))
        | (Aligned::Categories { .. }, Axis::Ordered(_)) => {}
    }
}

impl<C: Code> Cells for Codes<C> {
    fn start(&self, row: u32) -> usize {
        row as usize * self.axes.len()
    }

    fn ordered(&self, start: usize, view: u32) -> u32 {
        let code = self.cells[start + (view >> 1) as usize].get();
        match (code == C::MISSING, view & 1) {
            (false, _) => code,
            (true, 0) => 0,
            (true, _) => u32::MAX,
        }
    }

    fn category(&self, start: usize, view: u32) -> u32 {
        self.cells[start + (view >> 1) as usize].get()
    }
}
