//! Trees: the splits, the growing and the walking that forest and boosting share.
//!
//! Both grow the same tree. Each row carries a gradient `g` and a hessian `h`; a split is as good as
//! it raises `Σ G²/(H + λ)` over its two sides, and a leaf says `G/(H + λ)` (T. Chen, C. Guestrin
//! (2016), KDD, 785–794, equations 5 and 7, with the sign of `g` turned). With `g = weight × label`,
//! `h = weight` and `λ = 0` that is the Gini criterion of L. Breiman et al. (1984) to a factor of 2,
//! and the leaf says the share of `true`: a forest.
//!
//! Values of a column become codes, either one per distinct value (exact splits) or at most 255 of
//! about equally many rows (binned). Columns of categories are split into any two sets: ordered by
//! `G/H`, the best cut is the best of all sets (W. Fisher (1958), JASA 53, 789–798). Missing values
//! go to whichever side is better; where a node saw none, to the heavier side.

mod axis;
mod codes;
mod ensemble;
mod grow;
mod histogram;
mod split;
mod stored;
mod tree;

pub(crate) use axis::MAX_BINS;
pub(crate) use codes::{Code, Codes, axes_of};
pub(crate) use ensemble::{Encoder, Ensemble};

pub(crate) use grow::{Entry, GrowSettings, Grower, Grown};
pub(crate) use split::{Rules, UNBOUND, Way};
pub(crate) use tree::{Cells, Tree, leaves_of};

#[cfg(test)]
mod tests;
