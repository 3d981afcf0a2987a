//! The customers behind one number of the answer.

use perennial_types::key::CustomerKey;

use super::curve::is_at_risk;
use super::question::{CellRef, SetName};
use crate::insight::AskError;
use crate::stays::{Grouped, Stay, Stays};

/// The customers of a number, by key.
///
/// # Errors
/// When the answer has no such number.
pub fn members(
    cell: &CellRef,
    step: u32,
    stays: &Stays,
    groups: &[Grouped],
) -> Result<Vec<CustomerKey>, AskError> {
    if let Some(from) = cell.from_days
        && from % step != 0
    {
        return Err(AskError::bad(
            format!("`cell.from_days` is `{from}`, and no age begins there"),
            format!("give a multiple of {step}"),
        ));
    }
    let needs_age = matches!(cell.set, SetName::AtRisk | SetName::Entered);
    let has_no_age = matches!(cell.set, SetName::Customers | SetName::TooRecent);
    if needs_age && cell.from_days.is_none() || has_no_age && cell.from_days.is_some() {
        return Err(AskError::bad(
            "`cell.from_days` and `cell.set` do not go together",
            "`at_risk` and `entered` are of an age, `customers` and `too_recent` of none",
        ));
    }
    let has_group = cell.group.is_some() || cell.other;
    if cell.set == SetName::TooRecent {
        return match has_group {
            false => Ok(stays.too_recent.clone()),
            true => Err(AskError::bad(
                "`cell.group` is given with `too_recent`, which is told of everybody",
                "leave the group away",
            )),
        };
    }
    let own = match has_group {
        false => &stays.rows,
        true => {
            let wanted = cell.group.as_ref().filter(|_| !cell.other);
            let found = groups.iter().find(|one| one.group.as_ref() == wanted);
            let found = found.ok_or_else(|| {
                AskError::bad("`cell.group` is no group of the answer", "give one of `groups`")
            })?;
            &found.stays
        }
    };
    let wanted = own.iter().filter(|stay| holds(cell, step, stay));
    Ok(wanted.map(|stay| stay.customer).collect())
}

fn holds(cell: &CellRef, step: u32, stay: &Stay) -> bool {
    let is_within =
        |day: u32| cell.from_days.is_none_or(|from| from < day && day <= from.saturating_add(step));
    match cell.set {
        SetName::Customers | SetName::TooRecent => true,
        SetName::AtRisk => cell.from_days.is_some_and(|from| is_at_risk(stay, from)),
        SetName::Entered => stay.entry_days() > 0 && is_within(stay.entry_days()),
        SetName::Left => stay.left && is_within(stay.n_days()),
        SetName::Censored => !stay.left && is_within(stay.n_days()),
    }
}
