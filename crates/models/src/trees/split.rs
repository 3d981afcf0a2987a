//! The best split of a column at a node, from sums per code.

use super::tree::{BY_SET, CategorySet};

/// What the rows of a code, a side or a node add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sums {
    pub(crate) gradient: f64,
    pub(crate) hessian: f64,
    pub(crate) n_rows: u32,
}

impl Sums {
    #[inline]
    pub(crate) fn add(&mut self, other: Sums) {
        self.gradient += other.gradient;
        self.hessian += other.hessian;
        self.n_rows += other.n_rows;
    }

    #[inline]
    pub(crate) fn without(self, other: Sums) -> Sums {
        Sums {
            gradient: self.gradient - other.gradient,
            hessian: self.hessian - other.hessian,
            n_rows: self.n_rows - other.n_rows,
        }
    }

    /// `G² / (H + λ)`; 0 for no rows.
    #[inline]
    pub(crate) fn score(self, ridge: f64) -> f64 {
        let weight = self.hessian + ridge;
        if weight > 0.0 { self.gradient * self.gradient / weight } else { 0.0 }
    }
}

/// Which way the output may go when a column rises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Way {
    /// Either.
    #[default]
    Free,
    /// Never down.
    Up,
    /// Never up.
    Down,
}

/// The least and the most a node may say.
pub(crate) type Bounds = (f64, f64);

/// Bounds that bound nothing.
pub(crate) const UNBOUND: Bounds = (f64::NEG_INFINITY, f64::INFINITY);

/// What a side of a split must have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) min_rows: u32,
    pub(crate) min_hessian: f64,
    pub(crate) ridge: f64,
    /// Which way the output may go with the column that is tried.
    pub(crate) way: Way,
    /// What the node, and so its sides, may say.
    pub(crate) bounds: Bounds,
}

impl Rules {
    /// The scores of the two sides together, when both have what they must. Rows are counted before
    /// anything is divided: in a small node most cuts leave too few on one side.
    fn judge(&self, left: Sums, node: Sums) -> Option<f64> {
        let n_right = node.n_rows - left.n_rows;
        if left.n_rows.min(n_right) < self.min_rows.max(1) {
            return None;
        }
        let right = node.without(left);
        if left.hessian.min(right.hessian) < self.min_hessian {
            return None;
        }
        if self.way == Way::Free && self.bounds == UNBOUND {
            return Some(self.score(left) + self.score(right));
        }
        let (says_left, says_right) = (self.says(left), self.says(right));
        let is_allowed = match self.way {
            Way::Free => true,
            Way::Up => says_left <= says_right,
            Way::Down => says_left >= says_right,
        };
        is_allowed.then(|| self.score(left) + self.score(right))
    }

    /// What a leaf gains by what it says: `2 G v − (H + λ) v²`, for its best `v` `G² / (H + λ)`.
    pub(crate) fn score(&self, sums: Sums) -> f64 {
        if self.bounds == UNBOUND {
            return sums.score(self.ridge);
        }
        let says = self.says(sums);
        says * (2.0 * sums.gradient - (sums.hessian + self.ridge) * says)
    }

    /// What a node says, within its bounds: Newton's step.
    pub(crate) fn says(&self, sums: Sums) -> f64 {
        let weight = sums.hessian + self.ridge;
        let best = if weight > 0.0 { sums.gradient / weight } else { 0.0 };
        best.clamp(self.bounds.0, self.bounds.1)
    }

    /// The bounds of the two sides of a split whose left one has these sums: where the column has a
    /// way, neither side may ever cross the middle between them.
    pub(crate) fn sides(&self, left: Sums, node: Sums) -> (Bounds, Bounds) {
        let (least, most) = self.bounds;
        let middle = (self.says(left) + self.says(node.without(left))) / 2.0;
        match self.way {
            Way::Free => (self.bounds, self.bounds),
            Way::Up => ((least, middle), (middle, most)),
            Way::Down => ((middle, most), (least, middle)),
        }
    }
}

/// A split of a node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Split {
    /// The scores of its sides together.
    pub(crate) score: f64,
    /// As in [`super::tree::Node`], without a set's place.
    pub(crate) view: u32,
    pub(crate) cut: u32,
    /// The categories that go left, for a split by a set.
    pub(crate) set: Option<CategorySet>,
    /// What the rows that go left add up to.
    pub(crate) left: Sums,
}

/// The best cut of an ordered column. `known` gives the codes the node holds, increasing, with
/// their sums; `n_cuts` cuts there are in all.
pub(crate) fn best_cut(
    column: usize,
    n_cuts: u32,
    known: impl Iterator<Item = (u32, Sums)> + Clone,
    missing: Sums,
    node: Sums,
    rules: &Rules,
) -> Option<Split> {
    let view = (column as u32) << 1;
    let mut best: Option<Split> = None;
    let mut offer = |left: Sums, view: u32, cut: u32| {
        if let Some(score) = rules.judge(left, node)
            && best.is_none_or(|best| score > best.score)
        {
            best = Some(Split { score, view, cut, set: None, left });
        }
    };
    let mut before: Option<u32> = None;
    let mut left = Sums::default();
    for (code, sums) in known {
        if let Some(last) = before {
            // The node is silent on the codes between: the cut goes halfway through them.
            let cut = last + (code - 1 - last) / 2;
            if missing.n_rows > 0 {
                offer(left, view | 1, cut);
                let mut with_missing = left;
                with_missing.add(missing);
                offer(with_missing, view, cut);
            } else {
                let right_is_heavier = node.hessian - left.hessian > left.hessian;
                offer(left, view | u32::from(right_is_heavier), cut);
            }
        }
        left.add(sums);
        before = Some(code);
    }
    if missing.n_rows > 0 && before.is_some() {
        // All that are known on one side, the missing on the other.
        offer(node.without(missing), view | 1, n_cuts);
    }
    best
}

/// The best two sets of categories. `known` gives the codes the node holds, the missing among them.
pub(crate) fn best_sets(
    column: usize,
    known: impl Iterator<Item = (u32, Sums)>,
    node: Sums,
    rules: &Rules,
) -> Option<Split> {
    let mut by_rate: Vec<(u32, Sums)> = known.collect();
    let rate = |sums: &Sums| if sums.hessian > 0.0 { sums.gradient / sums.hessian } else { 0.0 };
    by_rate.sort_by(|a, b| rate(&a.1).total_cmp(&rate(&b.1)).then(a.0.cmp(&b.0)));
    let mut best: Option<(f64, usize, Sums)> = None;
    let mut left = Sums::default();
    for (n_left, (_, sums)) in by_rate.iter().enumerate() {
        if let Some(score) = rules.judge(left, node)
            && best.is_none_or(|(best_score, ..)| score > best_score)
        {
            best = Some((score, n_left, left));
        }
        left.add(*sums);
    }
    let (score, n_left, left) = best?;
    let mut set: CategorySet = [0; 4];
    let (goes_left, goes_right) = by_rate.split_at(n_left);
    let left_is_heavier = left.hessian * 2.0 > node.hessian;
    // Categories the node has not seen go to the heavier side: listed are those of the lighter.
    let listed = if left_is_heavier { goes_right } else { goes_left };
    for (category, _) in listed {
        set[(category >> 6) as usize & 3] |= 1 << (category & 63);
    }
    if left_is_heavier {
        set = set.map(|word| !word);
    }
    Some(Split { score, view: (column as u32) << 1 | BY_SET, cut: 0, set: Some(set), left })
}
