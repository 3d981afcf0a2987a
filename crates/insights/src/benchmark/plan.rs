//! A question made ready: the questions of the other insights it is made of.

use perennial_engine::source::SourceFacts;
use perennial_types::calendar::{Calendar, Micros, Unit};
use perennial_types::question::{Population, Warning};
use serde::Serialize;

use super::inner::Inner;
use super::question::BenchmarkQuestion;
use crate::benchmarks::{self, Benchmark, Measure};
use crate::cohort::{self, CohortQuestion};
use crate::crr::{Crr, CrrQuestion};
use crate::insight::{AskError, Insight};
use crate::lifecycle::{Lifecycle, LifecycleQuestion};
use crate::range;

/// The insight a measure comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Customer retention rate.
    Crr,
    /// Lifecycle.
    Lifecycle,
    /// Cohorts.
    Cohort,
}

impl Origin {
    /// Every insight.
    pub const ALL: [Origin; 3] = [Origin::Crr, Origin::Lifecycle, Origin::Cohort];

    /// Where a measure comes from.
    pub fn of(measure: Measure) -> Origin {
        match measure {
            Measure::RetentionRate | Measure::ChurnRate => Origin::Crr,
            Measure::NextPeriodRetention | Measure::NewCustomerRetention => Origin::Lifecycle,
            Measure::RepeatPurchaseRate => Origin::Cohort,
        }
    }
}

/// A question that can be asked.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The question.
    pub question: BenchmarkQuestion,
    /// The calendar of its civil dates.
    pub calendar: Calendar,
    /// End of the known world.
    pub as_of: Micros,
    /// The bands to compare with.
    pub rows: Vec<Benchmark>,
    /// A word where there is none of the industry.
    pub unknown_industry: Option<Warning>,
    facts: SourceFacts,
}

/// The questions of the other insights; what they do not share stays as it is by default.
#[derive(Debug)]
pub enum Part {
    /// Retention and churn.
    Crr(CrrQuestion),
    /// What became of the customers of a period.
    Lifecycle(LifecycleQuestion),
    /// Who bought again.
    Cohort(CohortQuestion),
}

impl Plan {
    /// Resolves a question against what is known of the data.
    pub fn new(question: BenchmarkQuestion, facts: &SourceFacts) -> Result<Plan, AskError> {
        let as_of = range::as_of(question.as_of)?;
        let calendar =
            range::calendar(&question.zone, question.week_start, question.fiscal_year_start)?;
        if question.period == Unit::Hour {
            return Err(AskError::bad(
                "`period` is `hour`, for which nobody publishes rates",
                "give `day` or a longer one",
            ));
        }
        if question.measures.is_empty() {
            return Err(AskError::bad(
                "`measures` names none",
                "name one, or leave it away for all",
            ));
        }
        benchmarks::check(question.rows.as_deref().unwrap_or_default())?;
        if let Some(cell) = &question.cell
            && !question.measures.contains(&cell.measure)
        {
            return Err(AskError::bad(
                format!("`cell.measure` is `{}`, which is not asked for", cell.measure.name()),
                "add it to `measures`",
            ));
        }
        let is_told = |measure: Measure| question.measures.contains(&measure);
        let (own, industry) = (question.rows.as_deref(), question.industry.as_deref());
        let (rows, unknown_industry) = benchmarks::chosen(own, industry, is_told);
        let facts = facts.clone();
        Ok(Plan { question, calendar, as_of, rows, unknown_industry, facts })
    }

    /// Whether any measure comes from an insight.
    pub fn needs(&self, origin: Origin) -> bool {
        self.question.measures.iter().any(|measure| Origin::of(*measure) == origin)
    }

    /// The question to ask of an insight.
    pub fn part(&self, origin: Origin) -> Part {
        let BenchmarkQuestion { period, from, to, as_of, week_start, fiscal_year_start, .. } =
            self.question;
        let (zone, population) = (self.question.zone.clone(), self.question.population);
        match origin {
            Origin::Crr => Part::Crr(CrrQuestion {
                period,
                from,
                to,
                as_of,
                zone,
                week_start,
                fiscal_year_start,
                active: self.question.active.clone(),
                population,
                ..CrrQuestion::default()
            }),
            Origin::Lifecycle => Part::Lifecycle(LifecycleQuestion {
                period,
                from,
                to,
                as_of,
                zone,
                week_start,
                fiscal_year_start,
                population,
                ..LifecycleQuestion::default()
            }),
            Origin::Cohort => Part::Cohort(CohortQuestion {
                rows: Some(period),
                period,
                periods: 1,
                from,
                to,
                as_of,
                zone,
                week_start,
                fiscal_year_start,
                // Who bought nothing has no first purchase, whoever else is asked for.
                population: Some(match population {
                    Population::Everyone => Population::Buyers,
                    other => other,
                }),
                ..CohortQuestion::default()
            }),
        }
    }

    /// Begins a question of an insight.
    pub fn begin(&self, part: Part) -> Result<Inner, AskError> {
        Inner::begin(match part {
            Part::Crr(question) => Crr.begin(&json(&question), &self.facts),
            Part::Lifecycle(question) => Lifecycle.begin(&json(&question), &self.facts),
            Part::Cohort(question) => cohort::counting(question, &self.facts),
        })
    }
}

/// A question as it is written.
pub fn json(question: &impl Serialize) -> serde_json::Value {
    serde_json::to_value(question).unwrap_or_default()
}
