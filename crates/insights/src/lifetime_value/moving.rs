//! Value over time, who moved, and the budget, as the answer tells them.

use perennial_types::money::decimal_text;
use perennial_types::question::Refusal;

use super::answer::{
    AllottedAnswer, BudgetAnswer, DateAnswer, MoverAnswer, MovesAnswer, TrackingAnswer,
};
use super::found::Found;
use super::plan::Plan;
use super::question::{Allotted, Mover};
use super::worth::Valued;
use crate::money::mean_text;

/// How value moved over the dates; nothing with one.
pub fn tracking(
    plan: &Plan,
    found: &Found,
    earlier: &[Result<Valued, Refusal>],
) -> Option<TrackingAnswer> {
    if plan.dates.len() < 2 {
        return None;
    }
    let last = [Ok(&found.valued)];
    let all = earlier.iter().map(Result::as_ref).chain(last);
    let dates = plan.dates.iter().zip(all).map(|(cut, valued)| {
        let value = valued.map(|valued| valued.value.iter().sum::<i128>());
        let n = valued.map_or(0, |valued| valued.rows.len() as u64);
        DateAnswer {
            date: cut.date.to_string(),
            customers: n,
            value: value.ok().map(decimal_text),
            mean_value: value.ok().and_then(|value| mean_text(value, n)),
            refused: value.err().cloned(),
        }
    });
    Some(TrackingAnswer { dates: dates.collect(), moves: moves(plan, found) })
}

fn moves(plan: &Plan, found: &Found) -> Option<MovesAnswer> {
    let moves = found.moves.as_ref()?;
    let n_tiers = plan.question.tiers.len() + 1;
    let mut matrix = vec![vec![0_u64; n_tiers]; n_tiers + 1];
    for (before, now) in moves.before.iter().zip(&found.tiers) {
        let row = before.map_or(n_tiers, |tier| usize::from(tier) - 1);
        let column = usize::from(*now) - 1;
        if let Some(cell) = matrix.get_mut(row).and_then(|row| row.get_mut(column)) {
            *cell += 1;
        }
    }
    let mover = |mover: Mover| {
        let own = || (0..found.n_customers()).filter(|place| found.mover(*place) == Some(mover));
        let then = own().filter_map(|place| moves.value_before.get(place).copied().flatten());
        let now = own().filter_map(|place| found.valued.value.get(place));
        MoverAnswer {
            mover,
            customers: own().count() as u64,
            value_from: (mover != Mover::New).then(|| decimal_text(then.sum())),
            value_to: decimal_text(now.sum()),
        }
    };
    let date = |position: usize| plan.dates.get(position).map(|cut| cut.date.to_string());
    Some(MovesAnswer {
        from: date(0)?,
        to: date(plan.now())?,
        movers: [Mover::Up, Mover::Down, Mover::Same, Mover::New].map(mover).to_vec(),
        matrix,
    })
}

/// Where the budget goes; nothing without one.
pub fn budget(plan: &Plan, found: &Found) -> Option<BudgetAnswer> {
    let budget = plan.question.budget.as_ref()?;
    let allocation = found.allocation.as_ref()?;
    let each = i128::from(budget.cost_per_customer.0);
    let told = |(n, saved): (u64, i128)| AllottedAnswer {
        customers: n,
        cost: decimal_text(each * i128::from(n)),
        saved: decimal_text(saved),
    };
    let funded = allocation.of(Allotted::Funded);
    Some(BudgetAnswer {
        affordable: allocation.n_affordable,
        funded: told(funded),
        left_undone: told(allocation.of(Allotted::LeftUndone)),
        least_saved: allocation.least_funded().map(decimal_text),
        unspent: decimal_text(i128::from(budget.amount.0) - each * i128::from(funded.0)),
    })
}
