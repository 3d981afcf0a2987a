//! The company's own rates, read off the answers of the insights they come from.

use perennial_types::question::Refusal;
use serde::de::DeserializeOwned;

use super::answer::PeriodName;
use super::inner::Inner;
use super::plan::{Origin, Part, Plan};
use super::question::{CellRef, SetName};
use crate::benchmarks::Measure;
use crate::cohort::{self, CohortAnswer};
use crate::crr::{self, CrrAnswer, Rates};
use crate::insight::AskError;
use crate::lifecycle::{self, LifecycleAnswer, PeriodAnswer, State};

/// The answers of the other insights, those that were asked.
#[derive(Debug, Default)]
pub struct Answers {
    crr: Told<CrrAnswer>,
    lifecycle: Told<LifecycleAnswer>,
    cohort: Told<CohortAnswer>,
}

/// An answer, or why there is none.
#[derive(Debug, Default)]
enum Told<A> {
    /// It was not asked.
    #[default]
    Nothing,
    Answer(Box<A>),
    Refusal(Refusal),
}

/// One rate before it is compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rate {
    /// Who is counted.
    pub customers: u64,
    /// Out of whom.
    pub of: u64,
    /// The period it is of.
    pub period: Option<PeriodName>,
    /// Whether it is final.
    pub complete: bool,
    /// Marks of its insight, `history_too_short` for one.
    pub flags: Vec<String>,
}

/// Why there is no rate: a code, in English, in Chinese.
pub type Missing = (String, String, String);

fn told<A: DeserializeOwned>(inner: &Inner) -> Result<Told<A>, AskError> {
    match inner {
        Inner::Asking(..) => Ok(Told::Nothing),
        Inner::Refused(refusal) => Ok(Told::Refusal(refusal.clone())),
        Inner::Answered(reply) => {
            let answer = A::deserialize(&*reply.answer.tree()).map_err(|error| {
                AskError::bad(error.to_string(), "this is a fault of ours: please report it")
            })?;
            Ok(Told::Answer(Box::new(answer)))
        }
    }
}

impl Answers {
    /// Takes the answer of an insight.
    ///
    /// # Errors
    /// When it is none of that insight.
    pub fn take(&mut self, origin: Origin, inner: &Inner) -> Result<(), AskError> {
        match origin {
            Origin::Crr => self.crr = told(inner)?,
            Origin::Lifecycle => self.lifecycle = told(inner)?,
            Origin::Cohort => self.cohort = told(inner)?,
        }
        Ok(())
    }

    /// A rate of the latest period that is over, or why there is none.
    pub fn rate(&self, plan: &Plan, measure: Measure) -> Result<Rate, Missing> {
        match measure {
            Measure::RetentionRate => self.crr_rate(plan, |rates| rates.kept),
            Measure::ChurnRate => self.crr_rate(plan, |rates| rates.lost),
            Measure::NextPeriodRetention => {
                let (_, period) = self.latest_move(plan)?;
                Ok(state_rate(period, period.returning, period.active_start))
            }
            Measure::NewCustomerRetention => {
                let (before, period) = self.latest_move(plan)?;
                let before = before.ok_or_else(no_period_before)?;
                Ok(state_rate(period, new_returning(period), before.new))
            }
            Measure::RepeatPurchaseRate => {
                let answer = answer_of(&self.cohort)?;
                let figures = &answer.overall.figures;
                let (from, to) = (answer.question.from, answer.question.to);
                let period = from.zip(to).map(|(from, to)| PeriodName {
                    start: from.to_string(),
                    end: to.tomorrow().unwrap_or(to).to_string(),
                    label: format!("{from} – {to}"),
                });
                let (customers, of) = (figures.repeat, figures.buyers);
                // Whoever bought once may buy again tomorrow.
                Ok(Rate { customers, of, period, complete: false, flags: Vec::new() })
            }
        }
    }

    fn crr_rate(&self, plan: &Plan, counted: fn(&Rates) -> u64) -> Result<Rate, Missing> {
        let answer = answer_of(&self.crr)?;
        let is_over = |rates: &&Rates| plan.is_over(&rates.end);
        let rates = answer.periods.iter().rev().find(is_over).ok_or_else(no_period)?;
        Ok(Rate {
            customers: counted(rates),
            of: rates.s,
            period: Some(named(&rates.start, &rates.end, &rates.label)),
            complete: rates.complete,
            flags: rates.flags.clone(),
        })
    }

    /// The latest period that is over, and the one before it.
    fn latest_move(&self, plan: &Plan) -> Result<(Option<&PeriodAnswer>, &PeriodAnswer), Missing> {
        let answer = answer_of(&self.lifecycle)?;
        let is_over = |period: &PeriodAnswer| plan.is_over(&period.end);
        let position = answer.periods.iter().rposition(is_over).ok_or_else(no_period)?;
        let period = answer.periods.get(position).ok_or_else(no_period)?;
        let before = position.checked_sub(1).and_then(|before| answer.periods.get(before));
        Ok((before, period))
    }

    /// The question whose customers stand behind a number.
    ///
    /// # Errors
    /// When there is no such number.
    pub fn listing(&self, plan: &Plan, cell: &CellRef) -> Result<Part, AskError> {
        let absent = |(code, message, _): Missing| {
            AskError::bad(
                format!(
                    "`cell.measure` is `{}`, which has no value: {message}",
                    cell.measure.name()
                ),
                format!("ask for a measure that has one; the reason is `{code}`"),
            )
        };
        let rate = self.rate(plan, cell.measure).map_err(absent)?;
        let start = rate.period.map(|period| period.start).unwrap_or_default();
        let is_of = cell.set == SetName::Of;
        let mut part = plan.part(Origin::of(cell.measure));
        match &mut part {
            Part::Crr(question) => {
                let counted = match cell.measure {
                    Measure::ChurnRate => crr::SetName::Lost,
                    _ => crr::SetName::Kept,
                };
                let set = if is_of { crr::SetName::S } else { counted };
                question.cell =
                    Some(crr::CellRef { period: start, set, group: None, other: false });
            }
            Part::Lifecycle(question) => {
                use lifecycle::SetName::{ActiveStart, New, Returning};
                let (before, _) = self.latest_move(plan).map_err(absent)?;
                let before = before.map(|before| before.start.clone()).unwrap_or_default();
                let (period, set, from) = match (cell.measure, is_of) {
                    (Measure::NewCustomerRetention, true) => (before, New, None),
                    (Measure::NewCustomerRetention, false) => (start, Returning, Some(State::New)),
                    (_, true) => (start, ActiveStart, None),
                    (_, false) => (start, Returning, None),
                };
                let (group, other) = (None, false);
                question.cell = Some(lifecycle::CellRef { period, set, from, group, other });
            }
            Part::Cohort(question) => {
                let set = if is_of { cohort::SetName::Buyers } else { cohort::SetName::Repeat };
                question.cell = Some(cohort::CellRef { set: Some(set), ..Default::default() });
            }
        }
        Ok(part)
    }
}

impl Plan {
    /// Whether the boundary of that civil date has passed.
    fn is_over(&self, end: &str) -> bool {
        let date = end.parse().ok();
        date.is_some_and(|date| self.calendar.start_of_day(date) <= self.as_of)
    }
}

fn answer_of<A>(told: &Told<A>) -> Result<&A, Missing> {
    match told {
        Told::Answer(answer) => Ok(answer),
        Told::Refusal(refusal) => {
            Err((refusal.code.clone(), refusal.reason.clone(), refusal.reason_zh.clone()))
        }
        Told::Nothing => Err(no_period()),
    }
}

fn no_period() -> Missing {
    let (en, zh) = ("no period of the range is over", "所选范围内没有已结束的周期");
    ("no_period_is_over".to_owned(), en.to_owned(), zh.to_owned())
}

fn no_period_before() -> Missing {
    let (en, zh) =
        ("the latest period that is over has none before it", "最近一个已结束的周期之前没有周期");
    ("no_period_before".to_owned(), en.to_owned(), zh.to_owned())
}

fn named(start: &str, end: &str, label: &str) -> PeriodName {
    PeriodName { start: start.to_owned(), end: end.to_owned(), label: label.to_owned() }
}

fn state_rate(period: &PeriodAnswer, customers: u64, of: u64) -> Rate {
    Rate {
        customers,
        of,
        period: Some(named(&period.start, &period.end, &period.label)),
        complete: period.complete,
        flags: period.flags.clone(),
    }
}

/// Customers who were new in the period before and are there again.
fn new_returning(period: &PeriodAnswer) -> u64 {
    let moves = period.moves.iter();
    let own = moves.filter(|one| one.from == State::New && one.to == State::Returning);
    own.map(|one| one.customers).sum()
}
