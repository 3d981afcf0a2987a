//! The customers behind one number of the answer.

use perennial_types::key::CustomerKey;

use super::cohorts::Calendared;
use super::plan::Plan;
use super::question::{CellRef, SetName};
use crate::insight::AskError;
use crate::range;
use crate::stays::{Grouped, Stay, Stays};

/// The customers of a number, by key.
///
/// # Errors
/// When the answer has no such number.
pub fn members(
    plan: &Plan,
    cell: &CellRef,
    calendared: &Calendared,
    stays: &Stays,
    groups: &[Grouped],
) -> Result<Vec<CustomerKey>, AskError> {
    if cell.age == 0 && cell.set != SetName::There {
        return Err(AskError::bad(
            "`cell.age` is `0`, before which nobody is lost",
            "give an age from 1 on, or the set `there`",
        ));
    }
    let cohort = cell.cohort.as_ref().map(|name| cohort(plan, name)).transpose()?;
    let own = if cell.group.is_some() || cell.other {
        let wanted = cell.group.as_ref().filter(|_| !cell.other);
        let found = groups.iter().find(|one| one.group.as_ref() == wanted);
        let found = found.ok_or_else(|| {
            AskError::bad("`cell.group` is no group of the answer", "give one of `groups`")
        })?;
        &found.stays
    } else {
        &stays.rows
    };
    let holds = |stay: &&Stay| {
        let place = calendared.place(stay);
        cohort.is_none_or(|cohort| cohort == place.cohort)
            && match cell.set {
                SetName::There => place.is_there(cell.age) == Some(true),
                SetName::AtRisk => {
                    cell.age <= place.n_known && place.is_there(cell.age - 1) == Some(true)
                }
                SetName::Lost => place.lost_in == Some(cell.age),
            }
    };
    Ok(own.iter().filter(holds).map(|stay| stay.customer).collect())
}

fn cohort(plan: &Plan, name: &str) -> Result<usize, AskError> {
    let called =
        |period: &usize| range::date_name(&plan.stays.calendar, &plan.periods, *period) == name;
    (0..plan.periods.len()).find(called).ok_or_else(|| {
        AskError::bad(
            format!("no cohort starts at `{name}`"),
            "give the `start` of one of the answer's cohorts",
        )
    })
}
