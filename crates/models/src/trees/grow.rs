//! Growing one tree, depth first, on rows coded to integers.

use super::axis::Axis;
use super::codes::{Code, Codes};
use super::histogram::{Histogram, fill, is_narrow, split_histogram};
use super::split::{Bounds, Rules, Split, Sums, UNBOUND, Way, best_cut};
use super::tree::{BY_SET, Cells, Tree, holds};
use crate::learn::Random;

/// A row that takes part, with what it pulls.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Entry {
    pub(crate) row: u32,
    pub(crate) gradient: f32,
    pub(crate) hessian: f32,
}

impl Entry {
    #[inline]
    pub(super) fn sums(self) -> Sums {
        Sums { gradient: f64::from(self.gradient), hessian: f64::from(self.hessian), n_rows: 1 }
    }
}

/// How a tree may grow.
#[derive(Clone, Debug)]
pub(crate) struct GrowSettings {
    /// Splits on the way to the deepest leaf, at most.
    pub(crate) max_depth: u32,
    /// Columns tried at each split; more are tried as long as all of them are constant.
    pub(crate) n_tried: usize,
    /// What each side must have.
    pub(crate) rules: Rules,
    /// A split must raise the score by more than this; none needed when `None`, as long as the node
    /// is not pure (all labels alike).
    pub(crate) min_gain: Option<f64>,
    /// Which way the output may go with each column; either way where it is shorter.
    pub(crate) ways: Vec<Way>,
    /// Threads that share out the columns of a large node; never changes a tree.
    pub(crate) n_threads: usize,
}

impl GrowSettings {
    /// The rules of a node for splits by a column.
    fn rules_of(&self, column: usize, bounds: Bounds) -> Rules {
        let way = self.ways.get(column).copied().unwrap_or_default();
        Rules { way, bounds, ..self.rules }
    }
}

/// A tree with what its splits gained.
pub(crate) struct Grown {
    pub(crate) tree: Tree,
    /// The gain of the splits by each column.
    pub(crate) gains: Vec<f64>,
}

/// A node that waits to be split.
struct Waiting {
    node: u32,
    from: usize,
    to: usize,
    depth: u32,
    /// What it may say.
    bounds: Bounds,
}

/// Grows trees on one table of codes; its buffers serve tree after tree.
pub(crate) struct Grower<'a, C> {
    codes: &'a Codes<C>,
    settings: &'a GrowSettings,
    histograms: Vec<Histogram>,
    order: Vec<u32>,
    narrow: Vec<usize>,
    sorted: Vec<(u32, Entry)>,
    right: Vec<Entry>,
}

impl<'a, C: Code> Grower<'a, C> {
    pub(crate) fn new(codes: &'a Codes<C>, settings: &'a GrowSettings) -> Grower<'a, C> {
        let n_columns = codes.n_columns();
        Grower {
            codes,
            settings,
            histograms: (0..settings.n_tried.clamp(1, n_columns))
                .map(|_| Histogram::empty())
                .collect(),
            order: Vec::new(),
            narrow: Vec::new(),
            sorted: Vec::new(),
            right: Vec::new(),
        }
    }

    /// Grows a tree on `entries`, which come back in another order. Columns are those of `columns`,
    /// tried in an order drawn from `random`.
    pub(crate) fn grow(
        &mut self,
        entries: &mut [Entry],
        columns: &[u32],
        random: &mut Random,
    ) -> Grown {
        self.order.clear();
        self.order.extend_from_slice(columns);
        self.right.resize(entries.len(), Entry::default());
        let mut grown = Grown { tree: Tree::default(), gains: vec![0.0; self.codes.n_columns()] };
        grown.tree.push_leaf();
        let root = Waiting { node: 0, from: 0, to: entries.len(), depth: 0, bounds: UNBOUND };
        let mut waiting = vec![root];
        while let Some(next) = waiting.pop() {
            let own = &mut entries[next.from..next.to];
            let sums = add_up(own);
            let rules = Rules { bounds: next.bounds, ..self.settings.rules };
            grown.tree.say(next.node, sums, rules.says(sums));
            let Some(split) = self.split(own, sums, &next, random) else { continue };
            let column = (split.view & !BY_SET) as usize >> 1;
            grown.gains[column] += split.score - rules.score(sums);
            let left = grown.tree.branch(next.node, &split);
            let middle = next.from + self.part(own, &grown.tree, next.node);
            let depth = next.depth + 1;
            let sides = self.settings.rules_of(column, next.bounds).sides(split.left, sums);
            let side = |node, from, to, bounds| Waiting { node, from, to, depth, bounds };
            waiting.push(side(left + 1, middle, next.to, sides.1));
            waiting.push(side(left, next.from, middle, sides.0));
        }
        grown.tree.shrink();
        grown
    }

    /// The best split of a node, if it is to be split.
    fn split(
        &mut self,
        entries: &[Entry],
        sums: Sums,
        node: &Waiting,
        random: &mut Random,
    ) -> Option<Split> {
        let settings = self.settings;
        let too_few = sums.n_rows < settings.rules.min_rows.max(1).saturating_mul(2);
        let pure =
            settings.min_gain.is_none() && (sums.gradient <= 0.0 || sums.gradient >= sums.hessian);
        if node.depth >= settings.max_depth || too_few || pure {
            return None;
        }
        let mut best: Option<Split> = None;
        let mut n_drawn = 0;
        let mut n_varied = 0;
        while n_drawn < self.order.len() && n_varied == 0 {
            let n_batch = self.histograms.len().min(self.order.len() - n_drawn);
            for place in n_drawn..n_drawn + n_batch {
                let other = place + random.below(self.order.len() - place);
                self.order.swap(place, other);
            }
            n_varied += self.try_columns(n_drawn, n_batch, entries, sums, node.bounds, &mut best);
            n_drawn += n_batch;
        }
        let rules = Rules { bounds: node.bounds, ..settings.rules };
        let worth = |split: &Split| {
            let gain = split.score - rules.score(sums);
            settings.min_gain.is_none_or(|least| gain > least)
        };
        best.filter(worth)
    }

    /// Tries the `n_batch` columns of the order from `first` on; how many of them vary.
    fn try_columns(
        &mut self,
        first: usize,
        n_batch: usize,
        entries: &[Entry],
        node: Sums,
        bounds: Bounds,
        best: &mut Option<Split>,
    ) -> usize {
        let columns = &self.order[first..first + n_batch];
        self.narrow.clear();
        let all = columns.iter().map(|&column| column as usize);
        self.narrow.extend(all.filter(|&column| is_narrow(&self.codes.axes()[column])));
        let histograms = &mut self.histograms[..self.narrow.len()];
        fill(self.codes, histograms, &self.narrow, entries, self.settings.n_threads);
        let mut n_varied = 0;
        let mut n_read = 0;
        for &column in columns {
            let column = column as usize;
            let axis = &self.codes.axes()[column];
            let rules = self.settings.rules_of(column, bounds);
            let (varies, found) = if is_narrow(axis) {
                let histogram = &mut histograms[n_read];
                n_read += 1;
                let found = split_histogram(column, axis, C::MISSING, histogram, node, &rules);
                histogram.clear();
                found
            } else {
                sort_codes(self.codes, column, entries, &mut self.sorted);
                split_sorted(column, axis, C::MISSING, &self.sorted, node, &rules)
            };
            n_varied += usize::from(varies);
            if let Some(found) = found
                && best.is_none_or(|best| found.score > best.score)
            {
                *best = Some(found);
            }
        }
        n_varied
    }

    /// Puts the rows that go left before those that go right, each in their order; how many go left.
    fn part(&mut self, entries: &mut [Entry], tree: &Tree, place: u32) -> usize {
        let node = tree.nodes[place as usize];
        let set = if node.view & BY_SET == 0 { None } else { Some(tree.sets[node.cut as usize]) };
        let view = node.view & !BY_SET;
        let (mut n_left, mut n_right) = (0, 0);
        for at in 0..entries.len() {
            let entry = entries[at];
            let start = self.codes.start(entry.row);
            let goes_left = match &set {
                Some(set) => holds(set, self.codes.category(start, view)),
                None => self.codes.ordered(start, view) <= node.cut,
            };
            // Written to both, kept in one: a branch here would be guessed wrong every other time.
            entries[n_left] = entry;
            self.right[n_right] = entry;
            n_left += usize::from(goes_left);
            n_right += usize::from(!goes_left);
        }
        entries[n_left..].copy_from_slice(&self.right[..n_right]);
        n_left
    }
}

fn add_up(entries: &[Entry]) -> Sums {
    let mut sums = Sums { n_rows: entries.len() as u32, ..Sums::default() };
    for entry in entries {
        sums.gradient += f64::from(entry.gradient);
        sums.hessian += f64::from(entry.hessian);
    }
    sums
}

/// The rows of a node by their code in `column`.
fn sort_codes<C: Code>(
    codes: &Codes<C>,
    column: usize,
    entries: &[Entry],
    sorted: &mut Vec<(u32, Entry)>,
) {
    sorted.clear();
    sorted.extend(entries.iter().map(|&entry| (codes.row(entry.row)[column].get(), entry)));
    sorted.sort_unstable_by_key(|&(code, entry)| (code, entry.row));
}

/// Whether a column varies within the node, and its best cut, from its rows in order.
fn split_sorted(
    column: usize,
    axis: &Axis,
    missing_code: u32,
    sorted: &[(u32, Entry)],
    node: Sums,
    rules: &Rules,
) -> (bool, Option<Split>) {
    let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else { return (false, None) };
    if first.0 == last.0 {
        return (false, None);
    }
    let n_known = sorted.partition_point(|&(code, _)| code != missing_code);
    let (known, unknown) = sorted.split_at(n_known);
    let mut missing = Sums::default();
    unknown.iter().for_each(|&(_, entry)| missing.add(entry.sums()));
    let groups = known.chunk_by(|a, b| a.0 == b.0).map(|group| {
        let mut sums = Sums::default();
        group.iter().for_each(|&(_, entry)| sums.add(entry.sums()));
        (group[0].0, sums)
    });
    let n_cuts = axis.n_codes() as u32 - 1;
    (true, best_cut(column, n_cuts, groups, missing, node, rules))
}
