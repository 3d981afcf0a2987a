//! Any order: the window after each event that is a step, and the most steps done in it.

use perennial_types::calendar::Micros;

use super::chain::{Chain, NOT_DONE};
use super::plan::{MAX_STEPS, Plan};
use super::question::Entry;
use crate::moments::Moment;

/// The most steps done within a window that begins with one of them, whichever comes first.
pub(super) fn any_order(
    plan: &Plan,
    moments: &[Moment],
    entries: (Micros, Micros),
    scratch: &mut Vec<u32>,
) -> (Option<Chain>, bool) {
    let steps = (1_u32 << plan.n_steps) - 1;
    let mut best: Option<(usize, Micros, Chain)> = None;
    let mut may_go_on = false;
    for (index, anchor) in moments.iter().enumerate() {
        let in_range = entries.0 <= anchor.ts && anchor.ts < entries.1;
        if anchor.passes & steps == 0 || !in_range {
            continue;
        }
        let end = anchor.ts.saturating_add(plan.window);
        let mut matched = [NOT_DONE; MAX_STEPS];
        scratch.clear();
        let mut is_ended = false;
        for (position, moment) in (0_u32..).zip(moments).skip(index) {
            if moment.ts > end || scratch.len() == plan.n_steps {
                break;
            }
            if moment.passes & steps != 0 {
                take(plan, moments, &mut matched, position, scratch);
            } else if moment.passes >> plan.n_steps != 0 {
                is_ended = true;
                break;
            }
        }
        let Some(last) = scratch.last().and_then(|last| moments.get(*last as usize)) else {
            continue;
        };
        let mut chain = Chain::begin(anchor.ts, index as u32);
        for (level, position) in scratch.iter().enumerate() {
            chain = chain.with(level, *position);
        }
        may_go_on |= !is_ended && end >= plan.as_of;
        let is_better = best.as_ref().is_none_or(|(level, reached, _)| {
            chain.level > *level || chain.level == *level && last.ts <= *reached
        });
        let is_first = best.is_none();
        if is_first || plan.question.entry == Entry::Best && is_better {
            best = Some((chain.level, last.ts, chain));
        }
        if plan.question.entry == Entry::First {
            break;
        }
    }
    (best.map(|(_, _, chain)| chain), may_go_on)
}

/// Lets an event stand for a step that is not done, moving others where they can stand for another
/// one: a matching grown by one augmenting path. `done` gets the position at which each further
/// step was done.
fn take(
    plan: &Plan,
    moments: &[Moment],
    matched: &mut [u32; MAX_STEPS],
    position: u32,
    done: &mut Vec<u32>,
) {
    if !plan.question.once {
        let passes = moments.get(position as usize).map_or(0, |moment| moment.passes);
        for step in (0..plan.n_steps).filter(|step| passes >> step & 1 == 1) {
            if matched[step] == NOT_DONE {
                matched[step] = position;
                done.push(position);
            }
        }
        return;
    }
    let mut seen = 0_u32;
    if augment(plan, moments, matched, position, &mut seen) {
        done.push(position);
    }
}

fn augment(
    plan: &Plan,
    moments: &[Moment],
    matched: &mut [u32; MAX_STEPS],
    position: u32,
    seen: &mut u32,
) -> bool {
    let passes = moments.get(position as usize).map_or(0, |moment| moment.passes);
    for step in 0..plan.n_steps {
        if passes >> step & 1 == 0 || *seen >> step & 1 == 1 {
            continue;
        }
        *seen |= 1 << step;
        if matched[step] == NOT_DONE || augment(plan, moments, matched, matched[step], seen) {
            matched[step] = position;
            return true;
        }
    }
    false
}
