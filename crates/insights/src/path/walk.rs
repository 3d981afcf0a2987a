//! From a customer's events to the paths that count.

use std::ops::Range;

use perennial_types::calendar::Micros;

use super::plan::{Direction, MAX_STEPS, Plan};
use super::question::{Count, End, Enter};
use crate::moments::Moment;
use crate::nodes::NO_NODE;
use crate::visits::Stop;

/// Whether a customer came back by the horizon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Not asked, or not known yet.
    Unknown,
    /// Came back.
    Stayed,
    /// Did not.
    Left,
}

/// One path.
#[derive(Clone, Copy, Debug)]
pub struct Path<'a> {
    /// Its nodes in the direction it is looked at.
    pub nodes: &'a [u32],
    /// When each of them was.
    pub at: &'a [Micros],
    /// How it ends.
    pub end: End,
    /// When it comes to where paths end, however many nodes it has.
    pub arrived: Option<Micros>,
    /// Whether its customer came back.
    pub class: Class,
}

/// Finds paths, with memory that is used again.
#[derive(Debug, Default)]
pub struct Walk {
    stops: Vec<Stop>,
    sessions: Vec<Range<usize>>,
    runs: Vec<Stop>,
    steps: Steps,
}

/// Where the steps of a path are laid out: a path begins at every event, and clearing room for the
/// longest of them each time would cost more than walking it.
#[derive(Debug, Default)]
struct Steps {
    nodes: [u32; MAX_STEPS],
    at: [Micros; MAX_STEPS],
    n: usize,
}

impl Steps {
    fn begin(&mut self) {
        self.n = 0;
    }

    fn push(&mut self, stop: &Stop) {
        (self.nodes[self.n], self.at[self.n]) = (stop.node, stop.ts);
        self.n += 1;
    }

    fn nodes(&self) -> &[u32] {
        &self.nodes[..self.n]
    }

    fn at(&self) -> &[Micros] {
        &self.at[..self.n]
    }
}

impl Walk {
    /// Gives every path of a customer that counts. `since` is the first instant of an anchor.
    pub fn paths(
        &mut self,
        plan: &Plan,
        moments: &[Moment],
        since: Micros,
        mut visit: impl FnMut(&Path<'_>),
    ) {
        self.stops.clear();
        let takes_part =
            |moment: &&Moment| moment.passes & plan.bits.events != 0 && moment.tags[0] != NO_NODE;
        self.stops.extend(moments.iter().filter(takes_part).map(|moment| Stop {
            ts: moment.ts,
            node: moment.tags[0],
            session: moment.tags[1],
            passes: moment.passes,
        }));
        let Some(last) = self.stops.last().copied() else { return };
        plan.splitter.split(&self.stops, plan.bits.session, &mut self.sessions);
        let n_sessions = self.sessions.len();
        for (index, session) in self.sessions.iter().enumerate() {
            let Some(stops) = self.stops.get(session.clone()) else { continue };
            let stops = if plan.collapses() {
                collapse(plan, stops, &mut self.runs);
                &self.runs
            } else {
                stops
            };
            let may_go_on = index + 1 == n_sessions && plan.splitter.may_go_on(last.ts, plan.as_of);
            if !session_paths(plan, moments, stops, may_go_on, since, &mut self.steps, &mut visit) {
                return;
            }
        }
    }
}

/// Joins the same node several times in a row, at its first instant.
fn collapse(plan: &Plan, stops: &[Stop], runs: &mut Vec<Stop>) {
    runs.clear();
    // Where a path comes to its end is a node of its own.
    let ends = if plan.direction == Direction::Between { plan.bits.end } else { 0 };
    for stop in stops {
        match runs.last_mut() {
            Some(run) if run.node == stop.node && stop.passes & ends == 0 => {
                run.passes |= stop.passes;
            }
            _ => runs.push(*stop),
        }
    }
}

/// Gives the paths of one session; whether further sessions matter.
fn session_paths(
    plan: &Plan,
    moments: &[Moment],
    stops: &[Stop],
    may_go_on: bool,
    since: Micros,
    steps: &mut Steps,
    visit: &mut impl FnMut(&Path<'_>),
) -> bool {
    let anchor_bit = match plan.direction {
        Direction::Session => 0,
        Direction::Forward | Direction::Between => plan.bits.start,
        Direction::Backward => plan.bits.end,
    };
    let in_range = |ts: Micros| plan.anchors.0 <= ts && ts < plan.anchors.1 && ts >= since;
    let of_customers = plan.question.count == Count::Customers;
    for (position, stop) in stops.iter().enumerate() {
        if plan.direction == Direction::Session {
            if position > 0 {
                break;
            }
        } else if stop.passes & anchor_bit == 0 {
            continue;
        }
        if !in_range(stop.ts) {
            // The first path ever is the only one asked for, whether it lies in the range or not.
            if of_customers && plan.question.enter == Enter::FirstEver && stop.ts >= since {
                return false;
            }
            continue;
        }
        let class = class(plan, moments, stop.ts);
        if plan.direction == Direction::Backward {
            backward(plan, stops, position, class, steps, visit);
        } else {
            forward(plan, stops, position, may_go_on, class, steps, visit);
        }
        match plan.question.count {
            Count::Customers => return false,
            Count::Sessions => return true,
            Count::Paths => {}
        }
    }
    true
}

fn class(plan: &Plan, moments: &[Moment], anchor: Micros) -> Class {
    let Some((after, within)) = plan.horizon else { return Class::Unknown };
    if anchor.saturating_add(within) > plan.as_of {
        return Class::Unknown;
    }
    let came_back = moments.iter().any(|moment| {
        let since = moment.ts - anchor;
        moment.passes & plan.bits.return_ != 0 && since > 0 && (after..within).contains(&since)
    });
    if came_back { Class::Stayed } else { Class::Left }
}

fn forward(
    plan: &Plan,
    stops: &[Stop],
    position: usize,
    may_go_on: bool,
    class: Class,
    taken: &mut Steps,
    visit: &mut impl FnMut(&Path<'_>),
) {
    let steps = plan.question.steps;
    let Some((anchor, rest)) = stops.get(position..).and_then(<[Stop]>::split_first) else {
        return;
    };
    taken.begin();
    taken.push(anchor);
    let until = plan.window.map_or(Micros::MAX, |window| anchor.ts.saturating_add(window));
    let mut end = if may_go_on && until > plan.as_of { End::Open } else { End::Dropped };
    let mut arrived = None;
    let is_between = plan.direction == Direction::Between;
    for stop in rest {
        if stop.ts >= until {
            end = if end == End::Cut { End::Cut } else { End::Dropped };
            break;
        }
        if taken.n < steps {
            taken.push(stop);
            if is_between && stop.passes & plan.bits.end != 0 {
                (end, arrived) = (End::Arrived, Some(stop.ts));
                break;
            }
        } else {
            end = End::Cut;
            let is_end = is_between && stop.passes & plan.bits.end != 0;
            arrived = is_end.then_some(stop.ts);
            if is_end || !is_between {
                break;
            }
        }
    }
    visit(&Path { nodes: taken.nodes(), at: taken.at(), end, arrived, class });
}

fn backward(
    plan: &Plan,
    stops: &[Stop],
    position: usize,
    class: Class,
    taken: &mut Steps,
    visit: &mut impl FnMut(&Path<'_>),
) {
    let steps = plan.question.steps;
    let Some(before) = stops.get(..=position) else { return };
    let anchor = before.last().map_or(0, |anchor| anchor.ts);
    taken.begin();
    let mut end = End::Dropped;
    for stop in before.iter().rev() {
        if plan.window.is_some_and(|window| anchor - stop.ts >= window) {
            break;
        }
        if taken.n == steps {
            end = End::Cut;
            break;
        }
        taken.push(stop);
    }
    visit(&Path { nodes: taken.nodes(), at: taken.at(), end, arrived: None, class });
}
