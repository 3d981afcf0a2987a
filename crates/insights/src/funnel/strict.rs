//! Strict order: one entry at a time, followed until an event is no step of it.

use perennial_types::calendar::Micros;

use super::chain::{Chain, is_running};
use super::plan::Plan;
use super::question::Entry;
use crate::moments::Moment;

/// One entry at a time, which ends at the first event that is no step of it.
pub(super) fn strict(
    plan: &Plan,
    moments: &[Moment],
    entries: (Micros, Micros),
) -> (Option<Chain>, bool) {
    let question = &plan.question;
    let steps = (1_u32 << plan.n_steps) - 1;
    let (mut best, mut current): (Option<Chain>, Option<Chain>) = (None, None);
    for (position, moment) in (0_u32..).zip(moments) {
        let does = moment.passes & steps;
        if let Some(chain) = current {
            let is_over = moment.ts > chain.start.saturating_add(plan.window);
            current =
                if is_over { None } else { follow(plan, chain, moments, moment, position, does) };
        }
        let may_enter = question.entry == Entry::Best || best.is_none();
        let in_range = entries.0 <= moment.ts && moment.ts < entries.1;
        let again = question.entry == Entry::Best
            && current.is_some_and(|chain| chain.level == 0 && chain.at[0] != position);
        if does & 1 == 1 && may_enter && in_range && (current.is_none() || again) {
            let chain = Chain::begin(moment.ts, position);
            let one = !question.once && !question.strict_increase;
            current = if one {
                follow(plan, chain, moments, moment, position, does)
            } else {
                Some(chain)
            };
        }
        if let Some(chain) =
            current.filter(|chain| best.is_none_or(|best| chain.level > best.level))
        {
            best = Some(chain);
            if chain.level + 1 == plan.n_steps {
                break;
            }
        }
        if question.entry == Entry::First && best.is_some() && current.is_none() {
            break;
        }
    }
    (best, current.is_some_and(|chain| is_running(plan, chain.start)))
}

/// The entry after one more event; nothing where that ends it.
fn follow(
    plan: &Plan,
    chain: Chain,
    moments: &[Moment],
    moment: &Moment,
    position: u32,
    does: u32,
) -> Option<Chain> {
    let question = &plan.question;
    let mut next = chain;
    let last = chain.moment(moments, chain.level).map_or(chain.start, |last| last.ts);
    let is_later = !question.strict_increase || last < moment.ts;
    while is_later && next.level + 1 < plan.n_steps && does >> (next.level + 1) & 1 == 1 {
        next = next.with(next.level + 1, position);
        if question.once || question.strict_increase {
            break;
        }
    }
    let is_excluded = || {
        let mut exclusions = plan.exclusions.iter().enumerate();
        exclusions.any(|(index, (first, last))| {
            moment.passes >> (plan.n_steps + index) & 1 == 1
                && (*first..=*last).contains(&next.level)
        })
    };
    if next.level > chain.level || position == chain.at[0] {
        return Some(next);
    }
    if is_excluded() {
        return None;
    }
    let done = (1_u32 << (chain.level + 1)) - 1;
    let repeats = does & done & !1 != 0;
    let restarts = does & 1 == 1;
    let at_its_instant = question.strict_increase && does >> (chain.level + 1) & 1 == 1;
    let goes_on = if repeats {
        !question.strict_deduplication
    } else if restarts {
        chain.level == 0 || question.reentry
    } else {
        at_its_instant
    };
    goes_on.then_some(chain)
}
