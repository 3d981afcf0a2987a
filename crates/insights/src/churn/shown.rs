//! The numbers as they are shown: groups and reasons in order of size, the rest of them added up.

use std::collections::BTreeMap;

use super::answer::Part;
use super::life::Leaving;
use super::plan::Plan;
use super::question::Of;
use super::tally::{Counts, Found, Numbers, TIERS};

/// One part of the customers, period by period.
#[derive(Clone, Debug, Default)]
pub struct Slice {
    /// What part.
    pub part: Part,
    /// Who was at risk and churned.
    pub counts: Vec<Counts>,
    /// Who came, where the part is not told at the start of a period.
    pub flows: Option<Vec<Numbers>>,
}

/// Everything that is shown.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// Everybody.
    pub everybody: Slice,
    /// Groups, tiers, stated reasons, new and old customers.
    pub parts: Vec<Slice>,
    /// By age.
    pub ages: BTreeMap<u32, Counts>,
    /// Who left in the range.
    pub left: BTreeMap<Leaving, u64>,
}

impl Shown {
    /// Orders what was found.
    pub fn new(plan: &Plan, found: Found) -> Shown {
        let numbers = add_up(plan, &mut found.groups.values());
        let everybody = with_flows(Part::default(), numbers);
        let mut parts = groups(plan, &found);
        if plan.question.tiers.is_some() {
            parts.extend(TIERS.iter().zip(&found.tiers).map(|(tier, numbers)| Slice {
                part: Part { of: Of::Tier, tier: Some(*tier), ..Part::default() },
                counts: numbers.iter().map(Numbers::all).collect(),
                flows: None,
            }));
        }
        parts.extend(reasons(plan, &found, &everybody.counts));
        let numbers = everybody.flows.as_deref().unwrap_or_default();
        for (of, counts) in [
            (Of::New, numbers.iter().map(|own| own.newer).collect()),
            (Of::Old, numbers.iter().map(|own| own.older).collect()),
        ] {
            parts.push(Slice { part: Part { of, ..Part::default() }, counts, flows: None });
        }
        Shown { everybody, parts, ages: found.ages, left: found.left }
    }

    /// The parts that are of something.
    pub fn of(&self, of: Of) -> impl Iterator<Item = &Part> {
        self.parts.iter().map(|slice| &slice.part).filter(move |part| part.of == of)
    }
}

fn with_flows(part: Part, numbers: Vec<Numbers>) -> Slice {
    Slice { part, counts: numbers.iter().map(Numbers::all).collect(), flows: Some(numbers) }
}

fn add_up(plan: &Plan, all: &mut dyn Iterator<Item = &Vec<Numbers>>) -> Vec<Numbers> {
    let mut total = vec![Numbers::default(); plan.n_periods()];
    for numbers in all {
        total.iter_mut().zip(numbers).for_each(|(total, more)| total.absorb(more));
    }
    total
}

/// The largest groups by themselves, the rest added up.
fn groups(plan: &Plan, found: &Found) -> Vec<Slice> {
    if plan.question.breakdown.is_empty() {
        return Vec::new();
    }
    // A group is as large as its customers at risk and new ones, period by period.
    let size = |numbers: &Vec<Numbers>| -> u64 {
        numbers.iter().map(|own| own.all().at_risk + own.new).sum()
    };
    let sizes = found.groups.iter().map(|(group, numbers)| (*group, size(numbers))).collect();
    let shown = found.names.shown(&sizes, plan.question.top).into_iter();
    let slices = shown.map(|(group, numbers)| {
        let mut own = numbers.iter().filter_map(|number| found.groups.get(number));
        let numbers = add_up(plan, &mut own);
        let other = group.is_none();
        with_flows(Part { of: Of::Group, group, other, ..Part::default() }, numbers)
    });
    slices.collect()
}

/// The most stated reasons by themselves, the rest added up. Everybody is at risk of each.
fn reasons(plan: &Plan, found: &Found, everybody: &[Counts]) -> Vec<Slice> {
    let size =
        |numbers: &Vec<Numbers>| -> u64 { numbers.iter().map(|own| own.all().churned).sum() };
    let mut all: Vec<(&Option<String>, &Vec<Numbers>)> = found.reasons.iter().collect();
    all.sort_by_key(|(reason, numbers)| (std::cmp::Reverse(size(numbers)), *reason));
    let rest = all.split_off(plan.question.top.min(all.len()));
    let slice = |part: Part, numbers: &[Numbers]| {
        let own = numbers.iter().map(Numbers::all).zip(everybody);
        let counts = own.map(|(own, everybody)| Counts {
            at_risk: everybody.at_risk,
            money_at_risk: everybody.money_at_risk,
            ..own
        });
        Slice { part, counts: counts.collect(), flows: None }
    };
    let part = |reason: &Option<String>| Part {
        of: Of::Reason,
        reason: reason.clone(),
        ..Part::default()
    };
    let mut slices: Vec<Slice> =
        all.into_iter().map(|(reason, numbers)| slice(part(reason), numbers)).collect();
    if !rest.is_empty() {
        let numbers = add_up(plan, &mut rest.into_iter().map(|(_, numbers)| numbers));
        slices.push(slice(Part { other: true, ..part(&None) }, &numbers));
    }
    slices
}
