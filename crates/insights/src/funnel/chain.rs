//! How far one customer comes: the search for the entry that counts.
//!
//! Ordered steps are searched in one pass that keeps, for every step, the entry that reached it
//! last: a later entry has the longer rest of its window, so no other one can come further. The
//! entry that counts is the first to reach the furthest step, counted back to the latest earlier
//! steps. Strict order follows one entry at a time. Any order looks at the window after each event.

use perennial_types::calendar::Micros;

use super::any_order::any_order;
use super::plan::{MAX_STEPS, Plan};
use super::question::{Entry, Order};
use super::strict::strict;
use crate::moments::Moment;

/// Stands for a step that was not done.
pub(super) const NOT_DONE: u32 = u32::MAX;

/// An entry: which moments are its steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chain {
    /// When it began.
    pub start: Micros,
    /// Positions of the moments by step; `u32::MAX` where a step was not done.
    pub at: [u32; MAX_STEPS],
    /// The furthest step that was done, from 0.
    pub level: usize,
}

/// What became of a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The entry that counts.
    pub chain: Chain,
    /// Whether it, or a later entry, may still come further.
    pub is_open: bool,
    /// Whether its own window is over.
    pub is_closed: bool,
}

impl Chain {
    /// An entry at its first step.
    pub(super) fn begin(start: Micros, position: u32) -> Chain {
        let mut at = [NOT_DONE; MAX_STEPS];
        at[0] = position;
        Chain { start, at, level: 0 }
    }

    /// The entry after one more step.
    pub(super) fn with(&self, step: usize, position: u32) -> Chain {
        let mut next = *self;
        next.at[step] = position;
        next.level = step;
        next
    }

    /// Whether a step was done.
    pub fn did(&self, step: usize) -> bool {
        self.at[step] != NOT_DONE
    }

    /// The moment of a step.
    pub fn moment<'a>(&self, moments: &'a [Moment], step: usize) -> Option<&'a Moment> {
        moments.get(self.at[step] as usize)
    }
}

/// Searches customers, with memory that is used again.
#[derive(Debug, Default)]
pub struct Search {
    live: Vec<Option<Chain>>,
    /// Moments by the value that is held constant.
    held: Vec<(u32, u32)>,
    part: Vec<Moment>,
    positions: Vec<u32>,
    ties: Vec<Moment>,
}

impl Search {
    /// The outcome of a customer's moments; nothing of somebody who never enters. `buyer_since` is
    /// the first instant at which an entry may begin.
    pub fn outcome(
        &mut self,
        plan: &Plan,
        moments: &[Moment],
        buyer_since: Micros,
    ) -> Option<Outcome> {
        if plan.hold.is_none() {
            return self.search(plan, moments, buyer_since);
        }
        // Each value held constant is a funnel of its own; the furthest, then the first, counts.
        self.held.clear();
        self.held
            .extend((0_u32..).zip(moments).map(|(position, moment)| (moment.tags[1], position)));
        self.held.sort_unstable();
        let held = std::mem::take(&mut self.held);
        let mut best: Option<Outcome> = None;
        let mut any_open = false;
        for same in held.chunk_by(|left, right| left.0 == right.0).filter(|same| same[0].0 != 0) {
            let mut part = std::mem::take(&mut self.part);
            part.clear();
            part.extend(same.iter().filter_map(|(_, position)| moments.get(*position as usize)));
            let found = self.search(plan, &part, buyer_since);
            self.part = part;
            let Some(mut found) = found else { continue };
            for position in found.chain.at.iter_mut().filter(|position| **position != NOT_DONE) {
                *position =
                    same.get(*position as usize).map_or(NOT_DONE, |(_, original)| *original);
            }
            any_open |= found.is_open;
            // Numbers of values differ from bucket to bucket, positions do not.
            let rank = |chain: &Chain| (chain.level, std::cmp::Reverse(chain.at[chain.level]));
            let is_better = best.as_ref().is_none_or(|best| match plan.question.entry {
                Entry::First => found.chain.at[0] < best.chain.at[0],
                Entry::Best => rank(&found.chain) > rank(&best.chain),
            });
            if is_better {
                best = Some(found);
            }
        }
        self.held = held;
        let mut best = best?;
        if plan.question.entry == Entry::Best {
            best.is_open = any_open && best.chain.level + 1 < plan.n_steps;
        }
        Some(best)
    }

    fn search(&mut self, plan: &Plan, moments: &[Moment], buyer_since: Micros) -> Option<Outcome> {
        let entries = (plan.entries.0.max(buyer_since), plan.entries.1);
        let (chain, may_go_on) = match plan.question.order {
            Order::Ordered => self.ordered(plan, moments, entries),
            Order::Strict => strict(plan, moments, entries),
            Order::Any => any_order(plan, moments, entries, &mut self.positions),
        };
        let chain = chain?;
        Some(Outcome {
            chain,
            is_open: may_go_on && chain.level + 1 < plan.n_steps,
            is_closed: chain.start.saturating_add(plan.window) < plan.as_of,
        })
    }

    fn ordered(
        &mut self,
        plan: &Plan,
        moments: &[Moment],
        entries: (Micros, Micros),
    ) -> (Option<Chain>, bool) {
        let question = &plan.question;
        self.live.clear();
        self.live.resize(plan.n_steps, None);
        if question.strict_increase {
            together(moments, &mut self.ties);
        }
        let every = moments;
        let moments: &[Moment] = if question.strict_increase { &self.ties } else { every };
        let takes_one = question.once || question.strict_increase;
        let mut best: Option<Chain> = None;
        let mut entered = false;
        for (index, moment) in moments.iter().enumerate() {
            // Of several events at the instant, the first that is the step stands for it.
            let position_of = |step: usize| match question.strict_increase {
                false => index as u32,
                true => first_of(every, moment.tags[0], step),
            };
            let mut filled = 0_u32;
            let mut repeats = false;
            for turn in 0..plan.n_steps {
                // From the last step down, no chain takes the same event twice; up, it may.
                let step = if takes_one { plan.n_steps - 1 - turn } else { turn };
                if moment.passes >> step & 1 == 0 {
                    continue;
                }
                let position = position_of(step);
                let next = if step == 0 {
                    let may_enter = question.entry == Entry::Best || !entered;
                    let in_range = entries.0 <= moment.ts && moment.ts < entries.1;
                    (may_enter && in_range).then(|| Chain::begin(moment.ts, position))
                } else {
                    let from = predecessor(plan, &self.live, step);
                    let from =
                        from.filter(|from| moment.ts <= from.start.saturating_add(plan.window));
                    from.map(|from| from.with(step, position))
                };
                let known = self.live[step];
                if step > 0 && known.is_some() && filled == 0 {
                    repeats = true;
                    if question.strict_deduplication {
                        continue;
                    }
                }
                let keeps_first = question.entry == Entry::First && known.is_some();
                if let Some(next) = next.filter(|_| !keeps_first) {
                    entered = true;
                    filled |= 1 << step;
                    self.live[step] = Some(next);
                    if best.is_none_or(|best| next.level > best.level) {
                        best = Some(next);
                    }
                }
            }
            if question.strict_deduplication && repeats && filled >> 1 == 0 {
                return (best, false);
            }
            exclude(plan, &mut self.live, moment.passes, filled);
            if best.is_some_and(|best| best.level + 1 == plan.n_steps) {
                break;
            }
        }
        let may_go_on = self.live.iter().flatten().any(|chain| is_running(plan, chain.start));
        (best, may_go_on)
    }
}

/// Ends the entries an exclusion meets, but for the steps it is itself.
fn exclude(plan: &Plan, live: &mut [Option<Chain>], passes: u32, filled: u32) {
    for (position, (first, last)) in plan.exclusions.iter().enumerate() {
        if passes >> (plan.n_steps + position) & 1 == 0 {
            continue;
        }
        for step in (*first..=*last).filter(|step| filled >> step & 1 == 0) {
            live[step] = None;
        }
    }
}

/// Whether the window of an entry is not over.
pub(super) fn is_running(plan: &Plan, start: Micros) -> bool {
    start.saturating_add(plan.window) >= plan.as_of
}

/// The entry that a step continues: the latest of those at the step before, and before optional
/// ones.
fn predecessor(plan: &Plan, live: &[Option<Chain>], step: usize) -> Option<Chain> {
    let mut best: Option<Chain> = None;
    for before in (0..step).rev() {
        if let Some(chain) = live[before]
            && best.is_none_or(|best| chain.start > best.start)
        {
            best = Some(chain);
        }
        if plan.optional >> before & 1 == 0 {
            break;
        }
    }
    best
}

/// Moments of one instant as one, which stands for the first of them.
fn together(moments: &[Moment], joined: &mut Vec<Moment>) {
    joined.clear();
    for (position, moment) in (0_u32..).zip(moments) {
        match joined.last_mut().filter(|last| last.ts == moment.ts) {
            Some(last) => last.passes |= moment.passes,
            None => joined.push(Moment { tags: [position, 0], ..*moment }),
        }
    }
}

/// Position of the first moment from a position on that is a step.
fn first_of(moments: &[Moment], from: u32, step: usize) -> u32 {
    let later = moments.iter().skip(from as usize);
    let ahead = later.take_while(|moment| moment.passes >> step & 1 == 0).count();
    from + ahead as u32
}
