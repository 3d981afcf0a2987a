//! The answer: nodes, edges and sequences, with how paths end and how long they take.

use perennial_types::question::{Definition, Warning};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::flow::{Counts, Flow, Shown};
use super::plan::Plan;
use super::question::PathQuestion;
use super::tally::Forest;
use super::times::Spread;
use crate::durations::{Durations, spread_quantile};
use crate::retention::Members;
use crate::significance::{TestName, two_shares};

/// A path answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PathAnswer {
    /// `path`.
    pub kind: String,
    /// All paths.
    pub overall: Overall,
    /// What flows through every node, step by step.
    pub nodes: Vec<NodeRow>,
    /// What flows from node to node, step by step.
    pub edges: Vec<EdgeRow>,
    /// The most frequent paths as wholes.
    pub sequences: Vec<SequenceRow>,
    /// How many different ones there are, `Other` being one node.
    pub n_sequences: usize,
    /// What exactly was computed.
    pub definition: Definition,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
    /// The customers of the number that was asked for.
    #[schema(required)]
    pub customers: Option<Members>,
    /// The question, every default filled in.
    pub question: PathQuestion,
}

/// All paths.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = PathOverall)]
pub struct Overall {
    /// Paths that count, one per customer, session or anchor.
    pub paths: u64,
    /// Customers with at least one of them.
    pub customers: u64,
    /// Paths after which nothing follows any more; looked at backwards, before which nothing was.
    pub dropped: u64,
    /// Paths that may still go on.
    pub open: u64,
    /// Paths that go on beyond the last step shown.
    pub cut: u64,
    /// Paths that came to where paths end within the steps shown.
    pub arrived: u64,
    /// From the anchor to where paths end, those beyond the last step shown included; null where
    /// paths have no end.
    #[schema(required)]
    pub arrival: Option<Durations>,
    /// Paths of customers who came back by the horizon; null where that was not asked.
    #[schema(required)]
    pub stayed: Option<u64>,
    /// Paths of customers who did not.
    #[schema(required)]
    pub left: Option<u64>,
    /// Paths of customers whose horizon is not over.
    #[schema(required)]
    pub undecided: Option<u64>,
    /// Whether every number is final.
    pub complete: bool,
}

/// One node of one step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = PathNodeRow)]
pub struct NodeRow {
    /// Number of the step, from 1; backwards the anchor is 1.
    pub step: usize,
    /// The node.
    pub node: String,
    /// Whether it is the computed rest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
    /// Paths that come through.
    pub count: u64,
    /// Count ÷ all paths.
    #[schema(required)]
    pub share: Option<f64>,
    /// Those that go on to another node shown at the next step.
    pub went_on: u64,
    /// Those after which nothing follows any more.
    pub dropped: u64,
    /// Those that may still go on.
    pub open: u64,
    /// Those that go on beyond the last step shown.
    pub cut: u64,
    /// Those that end there because paths do.
    pub arrived: u64,
}

/// One edge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = PathEdgeRow)]
pub struct EdgeRow {
    /// Number of the step of the first node.
    pub step: usize,
    /// The first node.
    pub from: String,
    /// Whether it is the computed rest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub from_other: bool,
    /// The second node.
    pub to: String,
    /// Whether it is the computed rest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub to_other: bool,
    /// Paths.
    pub count: u64,
    /// Count ÷ paths through the first node.
    #[schema(required)]
    pub share: Option<f64>,
    /// From node to node, in whole seconds; null where it was not asked.
    #[schema(required)]
    pub time: Option<Durations>,
    /// Customers who came back against those who did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
}

/// One whole path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = PathSequenceRow)]
pub struct SequenceRow {
    /// Its nodes; `Other` is any of the rest.
    pub nodes: Vec<String>,
    /// Paths.
    pub count: u64,
    /// Count ÷ all paths.
    #[schema(required)]
    pub share: Option<f64>,
    /// Those after which nothing follows any more.
    pub dropped: u64,
    /// Those that may still go on.
    pub open: u64,
    /// Those that go on beyond the last step shown.
    pub cut: u64,
    /// Those that end because paths do.
    pub arrived: u64,
    /// Customers who came back against those who did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
}

/// Customers who came back against those who did not, at one edge or sequence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = PathDifference)]
pub struct Difference {
    /// Paths of customers who came back.
    pub stayed: u64,
    /// Paths of customers who did not.
    pub left: u64,
    /// Stayed ÷ all paths of customers who came back.
    #[schema(required)]
    pub stayed_share: Option<f64>,
    /// Left ÷ all paths of customers who did not.
    #[schema(required)]
    pub left_share: Option<f64>,
    /// The first share less the second.
    #[schema(required)]
    pub difference: Option<f64>,
    /// Chance of a difference at least as large between equal groups; null where one is empty.
    #[schema(required)]
    pub p: Option<f64>,
    /// The same, corrected for the number of rows of the list.
    #[schema(required)]
    pub p_corrected: Option<f64>,
    /// Which test.
    #[schema(required)]
    pub test: Option<TestName>,
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn durations(spread: &Spread) -> Durations {
    Durations {
        n: spread.values().sum(),
        median_seconds: spread_quantile(spread, 0.5),
        p90_seconds: spread_quantile(spread, 0.9),
    }
}

impl Plan {
    /// All paths.
    pub fn overall(&self, flow: &Flow, forest: &Forest) -> Overall {
        let (counts, ends) = (flow.total.counts, flow.total.ends);
        let asked = |n: u64| self.horizon.map(|_| n);
        let has_end = self.direction == super::plan::Direction::Between;
        let is_over = self.question.to.is_none() || self.anchors.1 <= self.as_of;
        Overall {
            paths: counts.all,
            customers: forest.n_customers,
            dropped: ends.dropped,
            open: ends.open,
            cut: ends.cut,
            arrived: ends.arrived,
            arrival: has_end.then(|| durations(&forest.arrivals)),
            stayed: asked(counts.stayed),
            left: asked(counts.left),
            undecided: asked(counts.all - counts.stayed - counts.left),
            complete: is_over && !self.is_open_ended() && ends.open == 0,
        }
    }

    /// The nodes, step by step, the most frequent first.
    pub fn node_rows(&self, flow: &Flow) -> Vec<NodeRow> {
        let row = |((step, shown), node): (&(usize, Shown), &super::flow::NodeFlow)| NodeRow {
            step: step + 1,
            node: flow.name(*shown),
            other: shown.is_none(),
            count: node.counts.all,
            share: ratio(node.counts.all, flow.total.counts.all),
            went_on: node.counts.all - node.ends.all(),
            dropped: node.ends.dropped,
            open: node.ends.open,
            cut: node.ends.cut,
            arrived: node.ends.arrived,
        };
        let mut rows: Vec<NodeRow> = flow.nodes.iter().map(row).collect();
        rows.sort_by(|left, right| {
            (left.step, left.other, std::cmp::Reverse(left.count)).cmp(&(
                right.step,
                right.other,
                std::cmp::Reverse(right.count),
            ))
        });
        rows
    }

    /// The edges, step by step, the most frequent first.
    pub fn edge_rows(&self, flow: &Flow) -> Vec<EdgeRow> {
        let mut rows: Vec<EdgeRow> = flow
            .edges
            .iter()
            .map(|((step, from, to), edge)| {
                let whole = flow.nodes.get(&(*step, *from)).map_or(0, |node| node.counts.all);
                EdgeRow {
                    step: step + 1,
                    from: flow.name(*from),
                    from_other: from.is_none(),
                    to: flow.name(*to),
                    to_other: to.is_none(),
                    count: edge.counts.all,
                    share: ratio(edge.counts.all, whole),
                    time: self.question.times.then(|| durations(&edge.times)),
                    difference: self.difference(edge.counts, flow),
                }
            })
            .collect();
        rows.sort_by(|left, right| {
            (left.step, std::cmp::Reverse(left.count))
                .cmp(&(right.step, std::cmp::Reverse(right.count)))
        });
        self.correct(rows.iter_mut().map(|row| &mut row.difference));
        rows
    }

    /// The most frequent sequences.
    pub fn sequence_rows(&self, flow: &Flow) -> Vec<SequenceRow> {
        let mut all: Vec<_> = flow.sequences.iter().collect();
        all.sort_by_key(|(_, (counts, _))| std::cmp::Reverse(counts.all));
        let row =
            |(nodes, (counts, ends)): (&Vec<Shown>, &(Counts, super::flow::Ends))| SequenceRow {
                nodes: nodes.iter().map(|shown| flow.name(*shown)).collect(),
                count: counts.all,
                share: ratio(counts.all, flow.total.counts.all),
                dropped: ends.dropped,
                open: ends.open,
                cut: ends.cut,
                arrived: ends.arrived,
                difference: self.difference(*counts, flow),
            };
        let mut rows: Vec<SequenceRow> =
            all.into_iter().take(self.question.sequences).map(row).collect();
        self.correct(rows.iter_mut().map(|row| &mut row.difference));
        rows
    }

    fn difference(&self, counts: Counts, flow: &Flow) -> Option<Difference> {
        self.horizon?;
        let all = flow.total.counts;
        let tested = two_shares(counts.stayed, all.stayed, counts.left, all.left);
        let (stayed, left) = (ratio(counts.stayed, all.stayed), ratio(counts.left, all.left));
        Some(Difference {
            stayed: counts.stayed,
            left: counts.left,
            stayed_share: stayed,
            left_share: left,
            difference: stayed.zip(left).map(|(stayed, left)| stayed - left),
            p: tested.map(|(p, _)| p),
            p_corrected: None,
            test: tested.map(|(_, test)| test),
        })
    }

    /// Corrects the p-values of one list together.
    fn correct<'a>(&self, rows: impl Iterator<Item = &'a mut Option<Difference>>) {
        let mut tested: Vec<&mut Difference> =
            rows.flatten().filter(|row| row.p.is_some()).collect();
        let p_values: Vec<f64> = tested.iter().filter_map(|row| row.p).collect();
        let corrected = self.question.correction.corrected(&p_values);
        for (row, p) in tested.iter_mut().zip(corrected) {
            row.p_corrected = Some(p);
        }
    }
}
