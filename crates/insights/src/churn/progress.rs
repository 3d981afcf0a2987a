//! A question on its way: the window and the tiers where they have to be measured, then the numbers,
//! then the customers of the one asked for.

use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_engine::fold::Fold;
use perennial_types::event::Column;
use perennial_types::question::Warning;

use super::answer::{self, ChurnAnswer};
use super::fold::{ChurnFold, Purpose};
use super::members::{Place, Wanted, WantedPart};
use super::plan::Plan;
use super::question::{CellRef, Of, SetName, WinBackSet};
use super::shown::Shown;
use super::{tally, tiers, words};
use crate::catalog::{Names, unknown_events};
use crate::crr::measured;
use crate::insight::{AskError, Asking, Step};
use crate::listing::{self, Whose};
use crate::money::one_currency;
use crate::range::date_name;
use crate::reply::{Answer, Reply};
use crate::retention::{Gaps, Members, merged_gaps};

/// A question in progress.
pub struct Progress {
    plan: Arc<Plan>,
    stage: Stage,
}

enum Stage {
    Begun,
    Window,
    Tiers,
    Tally,
    Members { counted: Box<Counted>, whose: Whose },
    Over,
}

/// The numbers, and what to say of them.
#[derive(Default)]
struct Counted {
    shown: Shown,
    currency: Option<String>,
    warnings: Vec<Warning>,
}

impl Progress {
    /// A question at its beginning.
    pub fn new(plan: Plan) -> Progress {
        Progress { plan: Arc::new(plan), stage: Stage::Begun }
    }

    fn begin(&mut self) -> Result<Step, AskError> {
        if self.plan.n_periods() == 0 {
            if let Some(cell) = &self.plan.question.cell {
                let period = cell.period.as_deref().unwrap_or_default();
                return Err(no_period(period));
            }
            return Ok(Step::Done(Box::new(self.reply(Counted::default(), None))));
        }
        if !self.plan.needs_window() {
            return Ok(self.weigh());
        }
        self.stage = Stage::Window;
        let gaps = Gaps { as_of: self.plan.as_of, by_order: self.plan.rule.is_by_order() };
        Ok(Step::Scan(vec![Arc::new(gaps)]))
    }

    fn with_gaps(&mut self, partials: &[RecordBatch]) -> Result<Step, AskError> {
        let window = measured(&merged_gaps(partials))?;
        Arc::make_mut(&mut self.plan).window = window;
        Ok(self.weigh())
    }

    fn weigh(&mut self) -> Step {
        if self.plan.question.tiers.is_none() {
            return self.count();
        }
        self.stage = Stage::Tiers;
        Step::Scan(vec![self.fold(Purpose::Worth)])
    }

    fn with_worth(&mut self, partials: &[RecordBatch]) -> Result<Step, AskError> {
        let bounds = tiers::bounds(&self.plan, partials)?;
        Arc::make_mut(&mut self.plan).tier_bounds = bounds;
        Ok(self.count())
    }

    fn count(&mut self) -> Step {
        self.stage = Stage::Tally;
        let mut folds = vec![self.fold(Purpose::Tally)];
        // An end that never happens looks like perfect retention, so names are always checked.
        if !self.plan.rule.asked_names().is_empty() {
            folds.push(Arc::new(Names { column: Column::Event }));
        }
        Step::Scan(folds)
    }

    fn fold(&self, purpose: Purpose) -> Arc<dyn Fold> {
        Arc::new(ChurnFold::new(self.plan.clone(), purpose))
    }

    fn with_counts(&mut self, partials: &[Vec<RecordBatch>]) -> Result<Step, AskError> {
        let plan = &*self.plan;
        let found = partials.first().map(Vec::as_slice).unwrap_or_default();
        let warnings = match partials.get(1) {
            Some(found) => unknown_events(&plan.rule.asked_names(), found),
            None => Vec::new(),
        };
        let currency = one_currency(found)?;
        let shown = Shown::new(plan, tally::merged(plan, found)?);
        let counted = Counted { shown, currency, warnings };
        let Some(cell) = &plan.question.cell else {
            return Ok(Step::Done(Box::new(self.reply(counted, None))));
        };
        let wanted = wanted(plan, cell, &counted.shown)?;
        let whose = wanted.whose.clone();
        let fold = self.fold(Purpose::Members(wanted));
        self.stage = Stage::Members { counted: Box::new(counted), whose };
        Ok(Step::Scan(vec![fold]))
    }

    fn reply(&self, counted: Counted, found: Option<(&Whose, &[RecordBatch])>) -> Reply {
        let plan = &*self.plan;
        let customers = found.map(|(whose, partials)| listing::merged(whose, partials));
        let Counted { shown, currency, warnings } = counted;
        let answer = ChurnAnswer {
            kind: "churn".to_owned(),
            active: words::active(plan),
            currency,
            periods: plan.rows(&shown.everybody),
            parts: shown.parts.iter().flat_map(|slice| plan.rows(slice)).collect(),
            totals: plan.totals(&shown),
            new_against_old: plan.new_against_old(&shown),
            ages: answer::ages(&shown),
            most: plan.most(&shown),
            win_back: plan.win_back(&shown),
            definition: words::definition(plan),
            warnings,
            customers: customers
                .as_ref()
                .map(|keys| Members { total: keys.len(), ids: Vec::new() }),
            question: plan.question.clone(),
        };
        Reply { answer: Answer::of(answer), customers }
    }
}

impl Asking for Progress {
    fn step(&mut self, partials: Vec<Vec<RecordBatch>>) -> Result<Step, AskError> {
        let first = partials.first().map(Vec::as_slice).unwrap_or_default();
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Begun => self.begin(),
            Stage::Window => self.with_gaps(first),
            Stage::Tiers => self.with_worth(first),
            Stage::Tally => self.with_counts(&partials),
            Stage::Members { counted, whose } => {
                Ok(Step::Done(Box::new(self.reply(*counted, Some((&whose, first))))))
            }
            Stage::Over => Err(AskError::bad("the question is answered", "ask it again")),
        }
    }
}

fn no_period(name: &str) -> AskError {
    AskError::bad(
        format!("no period starts at `{name}`"),
        "give the `start` of one of the answer's periods",
    )
}

/// The number whose customers are wanted.
fn wanted(plan: &Plan, cell: &CellRef, shown: &Shown) -> Result<Wanted, AskError> {
    let is_grouped = cell.of == Of::Group || cell.of == Of::Everybody && cell.group.is_some();
    let is_rest = cell.of != Of::Reason && cell.other;
    if matches!(cell.of, Of::Group) && plan.question.breakdown.is_empty() {
        return Err(AskError::bad("`cell.of` is `group` without a `breakdown`", "give one"));
    }
    let groups = shown.of(Of::Group).map(|part| part.group.as_ref());
    let group = cell.group.as_ref().filter(|_| is_grouped);
    let whose = Whose::named(group, is_rest, plan.question.breakdown.len(), groups)?;
    let (place, part) = (place(plan, cell)?, part(plan, cell, shown)?);
    let is_told = match place {
        Place::Period(..) => true,
        Place::Age(..) | Place::Left(..) => {
            matches!(part, WantedPart::Whole) && !is_grouped && !is_rest
        }
    };
    if !is_told {
        return Err(AskError::bad(
            "`cell` names a part of an age or of those who left, which the answer has none of",
            "name a part with `period`, or leave it away",
        ));
    }
    Ok(Wanted { place, part, whose })
}

fn place(plan: &Plan, cell: &CellRef) -> Result<Place, AskError> {
    let set = cell.set.unwrap_or(SetName::Churned);
    match (&cell.period, cell.age, cell.win_back) {
        (Some(name), None, None) => {
            let is_period =
                |period: &usize| date_name(&plan.calendar, &plan.periods, *period) == *name;
            let period = (0..plan.n_periods()).find(is_period).ok_or_else(|| no_period(name))?;
            Ok(Place::Period(period, set))
        }
        (None, Some(age), None) => match set {
            SetName::AtRisk | SetName::Churned => Ok(Place::Age(age, set)),
            _ => Err(AskError::bad(
                "`cell.set` of an age is none of its numbers",
                "give `at_risk` or `churned`",
            )),
        },
        (None, None, Some(set)) => {
            let known = &plan.question.win_back_days;
            let days = match (set, cell.days) {
                (WinBackSet::Closed | WinBackSet::Within, Some(days)) if known.contains(&days) => {
                    days
                }
                (WinBackSet::Closed | WinBackSet::Within, _) => {
                    return Err(AskError::bad(
                        "`cell.days` is none of the question's `win_back_days`",
                        format!("give one of {known:?}"),
                    ));
                }
                _ => 0,
            };
            Ok(Place::Left(set, days))
        }
        _ => Err(AskError::bad(
            "`cell` names none or several places",
            "give one of `period`, `age` and `win_back`",
        )),
    }
}

fn part(plan: &Plan, cell: &CellRef, shown: &Shown) -> Result<WantedPart, AskError> {
    let set = cell.set.unwrap_or(SetName::Churned);
    if !matches!(cell.of, Of::Everybody | Of::Group)
        && !matches!(set, SetName::AtRisk | SetName::Churned)
    {
        return Err(AskError::bad(
            "`cell.of` is told when a period begins, `cell.set` is of who came in it",
            "give `at_risk` or `churned`",
        ));
    }
    match cell.of {
        Of::Everybody | Of::Group => Ok(WantedPart::Whole),
        Of::New => Ok(WantedPart::New(true)),
        Of::Old => Ok(WantedPart::New(false)),
        Of::Tier => match (cell.tier, plan.question.tiers) {
            (Some(tier), Some(_)) => Ok(WantedPart::Tier(tier)),
            _ => Err(AskError::bad(
                "`cell.of` is `tier`, but the question or the cell names none",
                "give `tiers`, and `cell.tier`",
            )),
        },
        Of::Reason if set == SetName::AtRisk => Ok(WantedPart::Whole),
        Of::Reason => {
            if plan.subscription().is_none_or(|one| one.reason.is_none()) {
                return Err(AskError::bad(
                    "`cell.of` is `reason`, but the question names no field of reasons",
                    "give `active.subscription.reason`",
                ));
            }
            let kept = shown.of(Of::Reason).filter(|part| !part.other);
            let reasons = match cell.other {
                true => kept.map(|part| part.reason.clone()).collect(),
                false => vec![cell.reason.clone()],
            };
            Ok(WantedPart::Reason { reasons, is_rest: cell.other })
        }
    }
}
