//! The stays of each group of a breakdown, the largest by themselves, the rest together.

use std::collections::BTreeMap;

use super::plan::Plan;
use super::read::{Stay, Stays};
use crate::grouping::Group;

/// The stays of one group.
#[derive(Debug)]
pub struct Grouped {
    /// Values of the breakdown; `None` for the computed rest.
    pub group: Option<Group>,
    /// Its stays, by customer.
    pub stays: Vec<Stay>,
}

/// The groups, the largest first and those of one size in order of their values; none without a
/// breakdown.
pub fn grouped(plan: &Plan, stays: &Stays, top: usize) -> Vec<Grouped> {
    if plan.n_breakdown == 0 {
        return Vec::new();
    }
    let mut by_group: BTreeMap<&[Option<String>], Vec<Stay>> = BTreeMap::new();
    for stay in &stays.rows {
        let tuple = stays.tuples.get(stay.tuple as usize).map(Vec::as_slice).unwrap_or_default();
        let own = tuple.get(..plan.n_breakdown).unwrap_or_default();
        by_group.entry(own).or_default().push(*stay);
    }
    let mut all: Vec<(&[Option<String>], Vec<Stay>)> = by_group.into_iter().collect();
    all.sort_by_key(|(_, own)| std::cmp::Reverse(own.len()));
    let rest = all.split_off(top.min(all.len()));
    let named =
        all.into_iter().map(|(group, stays)| Grouped { group: Some(group.to_vec()), stays });
    let mut groups: Vec<Grouped> = named.collect();
    if !rest.is_empty() {
        let mut stays: Vec<Stay> = rest.into_iter().flat_map(|(_, own)| own).collect();
        stays.sort_unstable_by_key(|stay| stay.customer);
        groups.push(Grouped { group: None, stays });
    }
    groups
}
