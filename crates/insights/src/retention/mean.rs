//! The mean row: one share per column over the rows whose cell is complete.

use perennial_types::question::Text;

use super::question::MeanKind;

/// One cell, as far as a mean looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellCounts {
    /// Entries of the row.
    pub size: u64,
    /// Those who returned.
    pub returned: u64,
}

/// The mean share of these cells; `None` without a customer in any of them. Empty rows have no
/// share and take no part.
pub fn mean_share(kind: MeanKind, cells: impl Iterator<Item = CellCounts>) -> Option<f64> {
    let cells: Vec<CellCounts> = cells.filter(|cell| cell.size > 0).collect();
    let size: u64 = cells.iter().map(|cell| cell.size).sum();
    if size == 0 {
        return None;
    }
    let share = |cell: &CellCounts| cell.returned as f64 / cell.size as f64;
    Some(match kind {
        MeanKind::Pooled => {
            cells.iter().map(|cell| cell.returned).sum::<u64>() as f64 / size as f64
        }
        MeanKind::Simple => cells.iter().map(share).sum::<f64>() / cells.len() as f64,
        MeanKind::Mixpanel => {
            let weighted = |of: fn(&CellCounts) -> u64| {
                cells.iter().map(|cell| of(cell) as f64 * cell.size as f64).sum::<f64>()
            };
            weighted(|cell| cell.returned) / weighted(|cell| cell.size)
        }
    })
}

impl MeanKind {
    /// The formula, as it stands under the row.
    pub fn formula(self) -> Text {
        match self {
            MeanKind::Pooled => Text::new(
                "pooled: Σ returned ÷ Σ size over rows whose cell is complete",
                "合并：已完整各行的 Σ 回访 ÷ Σ 人数",
            ),
            MeanKind::Simple => Text::new(
                "simple: mean of the shares of the rows whose cell is complete",
                "简单：已完整各行占比的平均",
            ),
            MeanKind::Mixpanel => Text::new(
                "Mixpanel's: Σ returned·w ÷ Σ size·w, w = the row's share of all sizes",
                "Mixpanel 算法：Σ 回访·w ÷ Σ 人数·w，w 为该行占总人数的份额",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_means_match_the_published_example() {
        // Mixpanel's help page: 1000 → 500, 500 → 400; the incomplete 700 → 10 takes no part.
        let cells = || {
            [(1000, 500), (500, 400)]
                .into_iter()
                .map(|(size, returned)| CellCounts { size, returned })
        };
        let mean = |kind| mean_share(kind, cells()).unwrap();
        assert!((mean(MeanKind::Simple) - 0.65).abs() < 1e-12);
        assert!((mean(MeanKind::Pooled) - 0.60).abs() < 1e-12);
        assert!((mean(MeanKind::Mixpanel) - 0.56).abs() < 1e-12);
        assert_eq!(mean_share(MeanKind::Pooled, std::iter::empty()), None);
    }
}
