//! A question made ready: dates turned into instants, the days held out, defaults filled in.

use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;
use perennial_engine::source::SourceFacts;
use perennial_models::lifetime::value::{Economics, continuous_discount};
use perennial_types::calendar::{Boundaries, Calendar, Micros, Unit, Weekday};
use perennial_types::money::Decimal4;
use perennial_types::question::Refusal;

use super::check;
use super::document::Document;
use super::question::LifetimeValueQuestion;
use super::refusals::cannot_fit;
use crate::belonging;
use crate::insight::AskError;
use crate::ledger::Rule;
use crate::range;
use crate::rfm::Refunds;

/// Most dates of a question.
const MAX_DATES: usize = 120;
/// Days of a year: the Gregorian mean.
pub const DAYS_OF_YEAR: f64 = 365.2425;

/// A question that can be folded.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The question, every default filled in.
    pub question: LifetimeValueQuestion,
    /// The dates customers are valued at, the earliest first.
    pub dates: Vec<Cut>,
    /// Where the held-out days begin: the last date before them. `None` where there is no room.
    pub calibration: Option<Cut>,
    /// What is read.
    pub rule: Arc<Rule>,
    /// Margin, costs and discount per unit of time, and how far ahead is looked.
    pub economics: Economics,
    /// The model trained before, where the question brings one.
    pub document: Option<Arc<Document>>,
    /// End of the known world.
    pub as_of: Micros,
    days: Boundaries,
}

/// A date at whose end customers are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The civil date.
    pub date: Date,
    /// Its number among the days.
    pub day: i32,
    /// First instant that does not count any more.
    pub end: Micros,
    /// Whether the date is over.
    pub complete: bool,
}

impl Plan {
    /// Resolves a question against what is known of the data.
    ///
    /// # Errors
    /// When a field has no meaning, a date is not known yet, or there are too many of them.
    pub fn new(mut question: LifetimeValueQuestion, facts: &SourceFacts) -> Result<Plan, AskError> {
        check::check(&question)?;
        let as_of = range::as_of(question.as_of)?;
        let document = question.model.as_ref().map(Document::read).transpose()?.map(Arc::new);
        if let Some(document) = &document {
            question.unit = document.unit();
        }
        let calendar = Calendar {
            zone: question.zone.clone(),
            week_start: Weekday::Monday,
            fiscal_year_start: 1,
        };
        let known = calendar.date_of(as_of.saturating_sub(1));
        let latest = facts.ts.map_or(known, |(_, last)| calendar.date_of(last).min(known));
        question.dates = range::dates_known(
            ("dates", &question.dates),
            known,
            latest,
            (MAX_DATES, ["dates", "个日期"]),
        )?;
        let last = question.dates.last().copied().unwrap_or(latest);
        document.as_ref().map_or(Ok(()), |document| document.check_age(last))?;
        let first = facts.ts.map_or(last, |(first, _)| calendar.date_of(first));
        let start = question.dates.first().map_or(first, |date| first.min(*date));
        let days = calendar.periods_of_dates(Unit::Day, start, last);
        let days =
            days.map_err(|error| range::too_many(&error.to_string(), &error.in_chinese()))?;
        let cut = |date: Date| {
            let end = date.tomorrow().map_or(Micros::MAX, |next| calendar.start_of_day(next));
            let day = calendar.periods_between(Unit::Day, start, date) as i32;
            Cut { date, day, end: end.min(as_of), complete: end <= as_of }
        };
        let n_days = calendar.periods_between(Unit::Day, first, last);
        question.holdout_days = match &document {
            None => held_out(&question, n_days, first)?,
            // It has proved itself when it was trained.
            Some(_) => None,
        };
        let calibration =
            question.holdout_days.and_then(|n| last.checked_sub(i64::from(n).days()).ok());
        let fields = belonging::fields(&question.breakdown)?;
        let rule = Rule::new(&[], question.population, fields, facts, as_of)?;
        Ok(Plan {
            dates: question.dates.iter().map(|date| cut(*date)).collect(),
            calibration: calibration.map(cut),
            rule: Arc::new(rule.with_currency(question.currency.clone())),
            economics: economics(&question)?,
            document,
            question,
            as_of,
            days,
        })
    }

    /// The dates and, last, where the held-out days begin: what the fold looks at.
    pub fn cuts(&self) -> impl Iterator<Item = &Cut> {
        self.dates.iter().chain(&self.calibration)
    }

    /// Position of the last date.
    pub fn now(&self) -> usize {
        self.dates.len().saturating_sub(1)
    }

    /// The day of an instant.
    pub fn day_of(&self, ts: Micros) -> Option<i32> {
        self.days.index_of(ts).map(|day| day as i32)
    }

    /// The civil date of a day.
    pub fn date_of(&self, day: i32) -> Option<Date> {
        usize::try_from(day).ok().and_then(|day| self.days.date(day))
    }

    /// Days in units of time.
    pub fn units(&self, days: i32) -> f64 {
        f64::from(days) / self.question.unit.days()
    }

    /// The horizon in units of time.
    pub fn horizon(&self) -> f64 {
        f64::from(self.question.horizon_days) / self.question.unit.days()
    }

    /// Whether refunds lessen the money.
    pub fn nets(&self) -> bool {
        self.question.refunds == Refunds::Net
    }

    /// Whether nothing that happens later changes the answer.
    pub fn is_complete(&self) -> bool {
        let is_over = self.dates.last().is_none_or(|date| date.complete);
        is_over && !self.rule.is_open_ended()
    }
}

/// How many days are held out: what the question says, else a third of the days from the first
/// event; `None` where that is less than one.
fn held_out(
    question: &LifetimeValueQuestion,
    n_days: i64,
    first: Date,
) -> Result<Option<u32>, Refusal> {
    match question.holdout_days {
        None => Ok(u32::try_from(n_days / 3).ok().filter(|n| *n > 0)),
        Some(n) if i64::from(n) < n_days => Ok(Some(n)),
        // Nothing is known at all: the answer is empty, whatever is held out.
        Some(_) if n_days <= 0 => Ok(None),
        Some(n) => Err(Refusal::new(
            "no_calibration",
            format!(
                "holding out `{n}` days leaves none of the {n_days} since {first} to learn from"
            ),
            "give fewer `holdout_days`, or leave them away",
        )
        .in_chinese(
            format!("留出 `{n}` 天后，自 {first} 起的 {n_days} 天中没有可供学习的数据"),
            "请减少 `holdout_days`，或不填",
        )),
    }
}

/// Margin, costs and discount per unit of time.
fn economics(question: &LifetimeValueQuestion) -> Result<Economics, AskError> {
    let units_per_year = DAYS_OF_YEAR / question.unit.days();
    let money = |amount: Decimal4| amount.0 as f64 / 10_000.0;
    let discount = continuous_discount(question.discount_yearly, units_per_year);
    Ok(Economics {
        margin: question.margin,
        cost_per_order: money(question.cost_per_order),
        contact_cost: money(question.cost_per_customer_yearly) / units_per_year,
        discount: discount.map_err(|error| cannot_fit(&error))?,
        horizon: Some(f64::from(question.horizon_days) / question.unit.days()),
    })
}
