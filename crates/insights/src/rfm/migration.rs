//! Moves: the class of every customer at an earlier date against the class at the reference date.

use super::answer::MigrationAnswer;
use super::book::Book;
use super::naming::{Naming, Scores};
use super::plan::Plan;
use super::question::MigrationCell;
use super::score::Scored;
use crate::insight::AskError;

/// Who has no score at a date: nothing was bought in its window yet, or any more.
pub const NONE: &str = "none";

/// The class of scores; one past the last for who has none.
pub fn place(naming: &Naming, scores: Scores) -> usize {
    if scores == Scores::default() { naming.classes().len() } else { naming.class_of(scores) }
}

/// The matrix of the moves.
pub fn matrix(plan: &Plan, before: &Scored, now: &Scored) -> MigrationAnswer {
    let n = plan.naming.classes().len() + 1;
    let mut customers = vec![vec![0_u64; n]; n];
    for (from, to) in before.scores.iter().zip(&now.scores) {
        // Of neither date: a customer of the history of the tiers alone.
        if *from != Scores::default() || *to != Scores::default() {
            customers[place(&plan.naming, *from)][place(&plan.naming, *to)] += 1;
        }
    }
    let shares = customers.iter().map(|row| {
        let size: u64 = row.iter().sum();
        row.iter().map(|one| (size > 0).then(|| *one as f64 / size as f64)).collect()
    });
    let same: u64 = (0..n - 1).map(|class| customers[class][class]).sum();
    let both: u64 = customers.iter().take(n - 1).flat_map(|row| row.iter().take(n - 1)).sum();
    let date = |reference: Option<usize>| {
        let found = reference.and_then(|reference| plan.references.get(reference));
        found.map_or_else(String::new, |found| found.date.to_string())
    };
    let ids = plan.naming.classes().iter().map(|class| class.id.clone());
    MigrationAnswer {
        from: date(plan.before()),
        to: date(Some(Plan::NOW)),
        classes: ids.chain([NONE.to_owned()]).collect(),
        shares: shares.collect(),
        same,
        same_share: (both > 0).then(|| same as f64 / both as f64),
        customers,
    }
}

/// The customers who moved from one class to another.
pub fn movers(
    plan: &Plan,
    book: &Book,
    before: &Scored,
    now: &Scored,
    cell: &MigrationCell,
) -> Result<Vec<u32>, AskError> {
    let class = |id: &str| match id {
        NONE => Ok(plan.naming.classes().len()),
        id => class_named(plan, id),
    };
    let (from, to) = (class(&cell.from)?, class(&cell.to)?);
    if cell.from == NONE && cell.to == NONE {
        return Ok(Vec::new());
    }
    let is_mover = |row: &u32| {
        let at = |scored: &Scored| scored.scores.get(*row as usize).copied().unwrap_or_default();
        place(&plan.naming, at(before)) == from && place(&plan.naming, at(now)) == to
    };
    Ok((0..book.keys.len() as u32).filter(is_mover).collect())
}

/// The position of a class.
pub fn class_named(plan: &Plan, id: &str) -> Result<usize, AskError> {
    plan.naming.named(id).ok_or_else(|| {
        let ids: Vec<&str> = plan.naming.classes().iter().map(|class| class.id.as_str()).collect();
        let shown = ids.iter().take(12).copied().collect::<Vec<_>>().join(", ");
        AskError::bad(format!("no class is called `{id}`"), format!("one of: {shown}"))
    })
}
