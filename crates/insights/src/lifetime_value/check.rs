//! Whether a question has a meaning, field by field.

use perennial_types::money::Decimal4;
use perennial_types::question::Population;

use super::question::{Budget, CellRef, LifetimeValueQuestion, Order};
use crate::insight::AskError;

/// Furthest horizon: a hundred years.
const MAX_HORIZON_DAYS: u32 = 36_525;
/// Most borders of tiers.
const MAX_BORDERS: usize = 20;

/// Refuses what has no meaning.
///
/// # Errors
/// Naming the field, its value and the mend.
pub fn check(question: &LifetimeValueQuestion) -> Result<(), AskError> {
    let bad = |message: String, hint: &str| Err(AskError::bad(message, hint));
    if question.population == Population::Everyone {
        return bad(
            "`population` is `everyone`, but who bought nothing has no rate of buying".to_owned(),
            "`buyers` or `net_buyers`",
        );
    }
    let days = question.horizon_days;
    if !(1..=MAX_HORIZON_DAYS).contains(&days) {
        return bad(format!("`horizon_days` is `{days}`"), "give 1 to 36525 days");
    }
    if question.holdout_days == Some(0) {
        return bad(
            "`holdout_days` is `0`, and a model must prove itself".to_owned(),
            "give at least 1, or leave it away for a third of the days known",
        );
    }
    for (name, value, is_sound, hint) in [
        (
            "discount_yearly",
            question.discount_yearly,
            question.discount_yearly >= 0.0,
            "give 0 or more, 0.1 for 10 % a year",
        ),
        ("margin", question.margin, (0.0..=1.0).contains(&question.margin), "give a share, 0 to 1"),
        (
            "level",
            question.level,
            question.level > 0.0 && question.level < 1.0,
            "give a probability between 0 and 1, 0.9 for one",
        ),
    ] {
        if !(value.is_finite() && is_sound) {
            return bad(format!("`{name}` is `{value}`"), hint);
        }
    }
    for (name, cost) in [
        ("cost_per_order", question.cost_per_order),
        ("cost_per_customer_yearly", question.cost_per_customer_yearly),
    ] {
        if cost < Decimal4(0) {
            return bad(format!("`{name}` is `{cost}`"), "give 0 or more");
        }
    }
    if question.order != Order::Value && question.order != Order::AtRisk && question.dates.len() < 2
    {
        return bad(
            "`order` is by the change of value, but there is one date".to_owned(),
            "give two or more `dates`",
        );
    }
    check_tiers(&question.tiers)?;
    question.budget.as_ref().map_or(Ok(()), check_budget)?;
    question.cell.as_ref().map_or(Ok(()), |cell| check_cell(question, cell))
}

fn check_tiers(tiers: &[f64]) -> Result<(), AskError> {
    let is_within = tiers.iter().all(|share| *share > 0.0 && *share < 1.0);
    if is_within && tiers.is_sorted_by(|a, b| a < b) && tiers.len() <= MAX_BORDERS {
        return Ok(());
    }
    Err(AskError::bad(
        format!("`tiers` is `{tiers:?}`"),
        "give at most 20 shares of the customers between 0 and 1, each above the one before",
    ))
}

fn check_budget(budget: &Budget) -> Result<(), AskError> {
    for (name, value, is_sound) in [
        ("budget.amount", budget.amount, budget.amount >= Decimal4(0)),
        (
            "budget.cost_per_customer",
            budget.cost_per_customer,
            budget.cost_per_customer > Decimal4(0),
        ),
    ] {
        if !is_sound {
            let hint = "give 0 or more of hours or money, and more than 0 per customer";
            return Err(AskError::bad(format!("`{name}` is `{value}`"), hint));
        }
    }
    if !(budget.saves > 0.0 && budget.saves <= 1.0) {
        return Err(AskError::bad(
            format!("`budget.saves` is `{}`", budget.saves),
            "give the share of the value at risk that the action saves, above 0 and at most 1",
        ));
    }
    Ok(())
}

fn check_cell(question: &LifetimeValueQuestion, cell: &CellRef) -> Result<(), AskError> {
    let given = [
        cell.tier.is_some(),
        cell.decile.is_some(),
        cell.mover.is_some(),
        cell.migration.is_some(),
        cell.budget.is_some(),
    ];
    if given.iter().filter(|is_given| **is_given).count() > 1 {
        return Err(AskError::bad(
            "`cell` names several numbers",
            "give one of `tier`, `decile`, `mover`, `migration` and `budget`",
        ));
    }
    let n_tiers = question.tiers.len() + 1;
    let migration = cell.migration.as_ref();
    let tiers = [cell.tier, migration.and_then(|one| one.from), migration.map(|one| one.to)];
    for tier in tiers.into_iter().flatten() {
        if !(1..=n_tiers).contains(&usize::from(tier)) {
            let hint = format!("give a tier from 1 to {n_tiers}");
            return Err(AskError::bad(format!("`cell` names tier `{tier}`"), hint));
        }
    }
    if let Some(decile) = cell.decile.filter(|decile| !(1..=10).contains(decile)) {
        return Err(AskError::bad(format!("`cell.decile` is `{decile}`"), "give 1 to 10"));
    }
    if (cell.mover.is_some() || migration.is_some()) && question.dates.len() < 2 {
        return Err(AskError::bad(
            "`cell` names a move, but there is one date",
            "give two or more `dates`",
        ));
    }
    if cell.budget.is_some() && question.budget.is_none() {
        return Err(AskError::bad(
            "`cell.budget` is given, but the question has no `budget`",
            "give `budget` with `amount`, `cost_per_customer` and `saves`",
        ));
    }
    if (cell.group.is_some() || cell.other) && question.breakdown.is_empty() {
        return Err(AskError::bad(
            "`cell` names a group, but there is no `breakdown`",
            "give a `breakdown`",
        ));
    }
    Ok(())
}
