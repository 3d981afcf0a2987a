//! A question made ready: its terms, its periods, and the bounds of what may be asked.

use std::sync::Arc;

use perennial_engine::source::SourceFacts;
use perennial_types::calendar::{Boundaries, Unit};

use super::question::CurveFitQuestion;
use crate::insight::AskError;
use crate::range;
use crate::stays::{self, Terms};

/// Most periods of history.
const MAX_PERIODS: usize = 2_000;
/// Most periods a curve is carried on by.
const MAX_AHEAD: u32 = 1_000;
/// Most draws of the bootstrap.
const MAX_DRAWS: u32 = 10_000;
/// Most groups shown by themselves.
const MAX_TOP: usize = 50;

/// A question that can be folded.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The question, every default filled in.
    pub question: CurveFitQuestion,
    /// Its terms.
    pub stays: Arc<stays::Plan>,
    /// The periods, from that of the first start that may be to the one all is known until.
    pub periods: Boundaries,
}

impl Plan {
    /// Resolves a question against what is known of the data.
    pub fn new(mut question: CurveFitQuestion, facts: &SourceFacts) -> Result<Plan, AskError> {
        check(&question)?;
        question.population = Some(question.population());
        let as_of = range::as_of(question.as_of)?;
        let calendar =
            range::calendar(&question.zone, question.week_start, question.fiscal_year_start)?;
        let unit = question.period;
        // Cohorts are whole periods.
        question.from = question.from.map(|date| calendar.widen(unit, date, date).0);
        question.to = question.to.map(|date| calendar.widen(unit, date, date).1);
        let terms = Terms {
            start: question.start.as_ref(),
            event: question.event.as_ref(),
            leave: &question.leave,
            began: None,
            population: question.population(),
            starts: (question.from, question.to),
            breakdown: &question.breakdown,
            covariates: &[],
        };
        let stays = stays::Plan::new(&terms, calendar.clone(), facts, as_of)?;
        let known = calendar.date_of(stays.known_until);
        let earliest = facts.ts.map_or(known, |(first, _)| calendar.date_of(first));
        let first = question.from.map_or(earliest, |from| from.max(earliest));
        let first = calendar.widen(unit, first, first).0;
        let periods = calendar.periods_of_dates(unit, first, calendar.widen(unit, known, known).1);
        let periods =
            periods.map_err(|error| range::too_many(&error.to_string(), &error.in_chinese()))?;
        if periods.len() > MAX_PERIODS {
            let n = periods.len();
            return Err(range::too_many(&format!("{n} periods"), &format!("{n} 个周期")).into());
        }
        Ok(Plan { question, stays: Arc::new(stays), periods })
    }

    /// The share a period is worth less than the one before it.
    pub fn discount_per_period(&self) -> f64 {
        let per_year = match self.question.period {
            Unit::Hour => 8_766.0,
            Unit::Day => 365.25,
            Unit::Week => 365.25 / 7.0,
            Unit::Month => 12.0,
            Unit::Quarter => 4.0,
            Unit::Year => 1.0,
        };
        libm::expm1(libm::log1p(self.question.discount_per_year) / per_year)
    }
}

fn check(question: &CurveFitQuestion) -> Result<(), AskError> {
    let bad = |message: String, hint: &str| Err(AskError::bad(message, hint));
    if question.period == Unit::Hour {
        return bad(
            "`period` is `hour`".to_owned(),
            "give a day or longer: stays are of civil days",
        );
    }
    if question.curves.is_empty() {
        return bad(
            "`curves` is empty".to_owned(),
            "name `sbg`, `exponential`, `weibull` or `power`",
        );
    }
    let named = |at: usize| question.curves.get(at);
    if let Some(curve) = (0..question.curves.len())
        .filter_map(|at| Some((at, named(at)?)))
        .find(|(at, curve)| question.curves.iter().take(*at).any(|other| other == *curve))
    {
        return bad(format!("`curves` names `{}` twice", curve.1.name()), "name every curve once");
    }
    if question.holdout_periods == Some(0) {
        return bad("`holdout_periods` is `0`".to_owned(), "give at least 1 period");
    }
    if question.ahead > MAX_AHEAD {
        return bad(format!("`ahead` is `{}`", question.ahead), "give at most 1000 periods");
    }
    if !(question.discount_per_year > 0.0 && question.discount_per_year.is_finite()) {
        let message = format!("`discount_per_year` is `{}`", question.discount_per_year);
        return bad(message, "give a share above 0, 0.1 for 10 % a year");
    }
    if !(question.level > 0.0 && question.level < 1.0) {
        return bad(format!("`level` is `{}`", question.level), "give a level between 0 and 1");
    }
    if !(20..=MAX_DRAWS).contains(&question.draws) {
        return bad(format!("`draws` is `{}`", question.draws), "give from 20 to 10000 draws");
    }
    if question.top > MAX_TOP {
        return bad(format!("`top` is `{}`", question.top), "give at most 50 groups");
    }
    Ok(())
}
