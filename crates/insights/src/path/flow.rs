//! What flows where: nodes, edges and sequences out of the tree of all paths.
//!
//! Nodes beyond the most frequent ones are one, `Other`, with everything they had: at every node
//! of every step, count = gone on + dropped + open + cut + arrived.

use std::collections::BTreeMap;

use super::tally::Forest;
use super::times::Spread;
use super::trie::N_ENDS;

/// Position of a node among those shown; `None` is the computed rest.
pub type Shown = Option<usize>;

/// How many, by what became of their customers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All.
    pub all: u64,
    /// Of customers who came back.
    pub stayed: u64,
    /// Of customers who did not.
    pub left: u64,
}

/// How many end there, by how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ends {
    /// Nothing followed.
    pub dropped: u64,
    /// Nothing followed yet.
    pub open: u64,
    /// More follow than are shown.
    pub cut: u64,
    /// They came to where paths end.
    pub arrived: u64,
}

/// What flows through one node of one step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeFlow {
    /// Paths that come through.
    pub counts: Counts,
    /// Those that end there.
    pub ends: Ends,
}

/// What flows from one node to the next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EdgeFlow {
    /// Paths.
    pub counts: Counts,
    /// Seconds from node to node.
    pub times: Spread,
}

/// Everything that flows.
#[derive(Clone, Debug, Default)]
pub struct Flow {
    /// Names of the nodes shown, the most frequent first.
    pub names: Vec<String>,
    /// By step, from 0, and node.
    pub nodes: BTreeMap<(usize, Shown), NodeFlow>,
    /// By step of the first node, and both nodes.
    pub edges: BTreeMap<(usize, Shown, Shown), EdgeFlow>,
    /// By nodes.
    pub sequences: BTreeMap<Vec<Shown>, (Counts, Ends)>,
    /// All paths.
    pub total: NodeFlow,
}

impl Counts {
    fn add(&mut self, other: Counts) {
        self.all += other.all;
        self.stayed += other.stayed;
        self.left += other.left;
    }

    fn of(ends: &[u64; N_ENDS]) -> Counts {
        let sum = |from: usize| ends.iter().skip(from).take(4).sum::<u64>();
        let (unknown, stayed, left) = (sum(0), sum(4), sum(8));
        Counts { all: unknown + stayed + left, stayed, left }
    }
}

impl Ends {
    fn of(ends: &[u64; N_ENDS]) -> Ends {
        let sum = |slot: usize| ends.iter().skip(slot).step_by(4).sum::<u64>();
        Ends { dropped: sum(0), open: sum(1), cut: sum(2), arrived: sum(3) }
    }

    fn add(&mut self, other: Ends) {
        self.dropped += other.dropped;
        self.open += other.open;
        self.cut += other.cut;
        self.arrived += other.arrived;
    }

    /// All of them.
    pub fn all(&self) -> u64 {
        self.dropped + self.open + self.cut + self.arrived
    }
}

impl Flow {
    /// The flow of a forest with so many nodes shown by themselves.
    pub fn new(forest: &Forest, top: usize) -> Flow {
        let through = through(forest);
        let names = most_frequent(forest, &through, top);
        let position: BTreeMap<&str, usize> =
            names.iter().enumerate().map(|(position, name)| (name.as_str(), position)).collect();
        let shown_of: Vec<Shown> =
            forest.names.iter().map(|name| position.get(name.as_str()).copied()).collect();
        let mut flow = Flow::default();
        // Step and nodes of every place; the root's are never looked at.
        let mut ways: Vec<Vec<Shown>> = vec![Vec::new()];
        for (place, above, node, ends) in forest.trie.places() {
            let shown = (node as usize)
                .checked_sub(1)
                .and_then(|node| shown_of.get(node).copied().flatten());
            let mut way = ways.get(above as usize).cloned().unwrap_or_default();
            let step = way.len();
            let counts = through.get(place as usize).copied().unwrap_or_default();
            let own = Ends::of(ends);
            let node = flow.nodes.entry((step, shown)).or_default();
            node.counts.add(counts);
            node.ends.add(own);
            if let Some(before) = way.last() {
                let edge = flow.edges.entry((step - 1, *before, shown)).or_default();
                edge.counts.add(counts);
                for (seconds, n) in forest.times.get(&place).into_iter().flatten() {
                    *edge.times.entry(*seconds).or_insert(0) += n;
                }
            } else {
                flow.total.counts.add(counts);
            }
            flow.total.ends.add(own);
            way.push(shown);
            if own.all() > 0 {
                let (sequence, sequence_ends) = flow.sequences.entry(way.clone()).or_default();
                sequence.add(Counts::of(ends));
                sequence_ends.add(own);
            }
            ways.push(way);
        }
        flow.names = names;
        flow
    }

    /// What a node is called.
    pub fn name(&self, shown: Shown) -> String {
        let name = shown.and_then(|position| self.names.get(position));
        name.map_or_else(|| "Other".to_owned(), Clone::clone)
    }
}

/// Paths that come through every place: those that end at it and below it.
fn through(forest: &Forest) -> Vec<Counts> {
    let mut through = vec![Counts::default(); forest.trie.len()];
    let places: Vec<(u32, u32, Counts)> = forest
        .trie
        .places()
        .map(|(place, above, _, ends)| (place, above, Counts::of(ends)))
        .collect();
    // A place stands after the one above it, so from the last on everything below is added up.
    for (place, above, own) in places.into_iter().rev() {
        let Some(here) = through.get_mut(place as usize) else { continue };
        here.add(own);
        let all = *here;
        if let Some(above) = through.get_mut(above as usize) {
            above.add(all);
        }
    }
    through
}

fn most_frequent(forest: &Forest, through: &[Counts], top: usize) -> Vec<String> {
    let mut arrivals: Vec<(u64, &String)> = forest.names.iter().map(|name| (0, name)).collect();
    for (place, _, node, _) in forest.trie.places() {
        let own = (node as usize).checked_sub(1).and_then(|node| arrivals.get_mut(node));
        if let (Some((n, _)), Some(counts)) = (own, through.get(place as usize)) {
            *n += counts.all;
        }
    }
    arrivals.retain(|(n, _)| *n > 0);
    arrivals.sort_by(|left, right| right.0.cmp(&left.0).then(left.1.cmp(right.1)));
    arrivals.into_iter().take(top).map(|(_, name)| name.clone()).collect()
}
