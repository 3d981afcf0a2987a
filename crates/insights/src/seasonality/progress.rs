//! A question on its way: first the numbers, counted or asked of another kind, then the customers
//! of the period asked for.

use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_engine::fold::Fold;
use perennial_engine::source::SourceFacts;
use perennial_types::calendar::Calendar;
use perennial_types::event::Column;
use perennial_types::key::CustomerKey;
use perennial_types::money::decimal_text;
use perennial_types::question::Warning;
use serde_json::Value;

use super::analysis::{Taken, TakenPoint, analyse};
use super::answer::{SeasonalityAnswer, SeriesAnswer};
use super::check::{check, measure};
use super::fold::MeasureFold;
use super::inner;
use super::plan::Plan;
use super::question::{Season, SeasonalityQuestion};
use super::tally::{self, Numbers};
use super::words;
use crate::catalog::{Names, unknown_events};
use crate::glossary;
use crate::insight::{AskError, Asking, Insight, Step};
use crate::listing;
use crate::money::one_currency;
use crate::range;
use crate::reply::{Answer, Reply};
use crate::retention::Members;
use crate::series::Measured;

/// A question in progress.
pub struct Progress {
    question: SeasonalityQuestion,
    calendar: Calendar,
    stage: Stage,
}

enum Stage {
    Begun(Arc<Plan>),
    Numbers(Arc<Plan>),
    Members(Box<SeasonalityAnswer>),
    Inner { insight: &'static dyn Insight, asking: Box<dyn Asking> },
    Over,
}

impl Progress {
    /// A question at its beginning; `raw` is it as it was written.
    pub fn new(
        raw: &Value,
        mut question: SeasonalityQuestion,
        facts: &SourceFacts,
    ) -> Result<Progress, AskError> {
        check(&question)?;
        let calendar =
            range::calendar(&question.zone, question.week_start, question.fiscal_year_start)?;
        let stage = match measure(&question)? {
            Some(measure) => {
                question.of.measure = Some(measure);
                let plan = Plan::new(question.clone(), measure, facts)?;
                question.clone_from(&plan.question);
                Stage::Begun(Arc::new(plan))
            }
            None => {
                range::as_of(question.as_of)?;
                let (insight, asking) = inner::begin(raw, &question, facts)?;
                Stage::Inner { insight, asking }
            }
        };
        Ok(Progress { question, calendar, stage })
    }

    fn begin(&mut self, plan: Arc<Plan>) -> Result<Step, AskError> {
        if plan.n_periods == 0 {
            if let Some(cell) = &self.question.cell {
                return Err(no_period(&cell.start));
            }
            let answer = self.counted(&plan, &[], None, Vec::new())?;
            return Ok(Step::Done(Box::new(reply(answer, None))));
        }
        let mut folds: Vec<Arc<dyn Fold>> = vec![Arc::new(MeasureFold::new(plan.clone(), None))];
        if plan.rule.as_ref().is_some_and(|rule| !rule.asked_names().is_empty()) {
            folds.push(Arc::new(Names { column: Column::Event }));
        }
        self.stage = Stage::Numbers(plan);
        Ok(Step::Scan(folds))
    }

    fn with_numbers(
        &mut self,
        plan: Arc<Plan>,
        partials: &[Vec<RecordBatch>],
    ) -> Result<Step, AskError> {
        let counted = partials.first().map(Vec::as_slice).unwrap_or_default();
        let numbers = tally::merged(plan.n_periods, counted);
        let currency = one_currency(counted)?;
        let warnings = match (partials.get(1), &plan.rule) {
            (Some(found), Some(rule)) => unknown_events(&rule.asked_names(), found),
            _ => Vec::new(),
        };
        let answer = self.counted(&plan, &numbers, currency, warnings)?;
        let Some(cell) = &self.question.cell else {
            return Ok(Step::Done(Box::new(reply(answer, None))));
        };
        let is_shown = answer.points.iter().any(|point| point.start == cell.start);
        let name = |period: &usize| range::date_name(&plan.calendar, &plan.periods, *period);
        let period = (0..plan.n_periods).find(|period| is_shown && name(period) == cell.start);
        let period = period.ok_or_else(|| no_period(&cell.start))?;
        self.stage = Stage::Members(Box::new(answer));
        Ok(Step::Scan(vec![Arc::new(MeasureFold::new(plan, Some(period)))]))
    }

    /// The answer of a measure.
    fn counted(
        &self,
        plan: &Plan,
        numbers: &[Numbers],
        currency: Option<String>,
        warnings: Vec<Warning>,
    ) -> Result<SeasonalityAnswer, AskError> {
        let words = glossary::text(plan.measure.name());
        let series = SeriesAnswer {
            name: plan.measure.name().to_owned(),
            title: words.en,
            title_zh: words.zh,
            measured: if plan.measure.is_money() { Measured::Money } else { Measured::Count },
            period: plan.periods.unit(),
            currency,
        };
        let taken = Taken {
            measured: series.measured,
            period: series.period,
            closed: !plan.is_open_ended(),
            points: numbers.iter().enumerate().map(|(at, one)| point(plan, at, one)).collect(),
        };
        self.answer(series, taken, warnings)
    }

    fn answer(
        &self,
        series: SeriesAnswer,
        taken: Taken,
        mut warnings: Vec<Warning>,
    ) -> Result<SeasonalityAnswer, AskError> {
        let mut question = self.question.clone();
        let closed = taken.closed;
        let found = analyse(taken, &question, &self.calendar)?;
        question.form = found.form;
        question.season = Some(match found.seasons.as_slice() {
            [season] => Season::One(*season),
            several => Season::Several(several.to_vec()),
        });
        question.changes.min_length = Some(found.changes.min_length);
        if found.points.is_empty() {
            warnings.push(words::nothing_complete());
        }
        Ok(SeasonalityAnswer {
            kind: super::KIND.to_owned(),
            definition: words::definition(&question, &series, &found, closed),
            series,
            seasons: found.seasons,
            form: found.form,
            reason: found.points.is_empty().then(|| "no_complete_period".to_owned()),
            points: found.points,
            left_out: found.left_out,
            strength: found.strength,
            index: found.index,
            holidays: found.holidays,
            year_over_year: found.year_over_year,
            changes: found.changes,
            warnings,
            customers: None,
            question,
        })
    }

    /// The answer made of that of another kind; its list of customers is handed on.
    fn of_inner(&mut self, insight: &dyn Insight, theirs: Reply) -> Result<Reply, AskError> {
        let told = theirs.answer.tree();
        let told = &*told;
        let chosen = inner::chosen(insight, told, &self.question)?;
        self.question.value = Some(chosen.name.clone());
        inner::resolve(&mut self.question, told);
        let currency = told.get("currency").and_then(Value::as_str);
        let series = SeriesAnswer {
            name: chosen.name.clone(),
            title: chosen.words.en.clone(),
            title_zh: chosen.words.zh.clone(),
            measured: chosen.measured,
            period: chosen.period,
            currency: currency.map(str::to_owned),
        };
        let closed = told.pointer("/definition/closed").and_then(Value::as_bool);
        let warnings = told.get("warnings").cloned().unwrap_or_default();
        let warnings = serde_json::from_value(warnings).unwrap_or_default();
        let taken = inner::taken(chosen, closed.unwrap_or(true));
        Ok(reply(self.answer(series, taken, warnings)?, theirs.customers))
    }
}

impl Asking for Progress {
    fn step(&mut self, partials: Vec<Vec<RecordBatch>>) -> Result<Step, AskError> {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Begun(plan) => self.begin(plan),
            Stage::Numbers(plan) => self.with_numbers(plan, &partials),
            Stage::Members(answer) => {
                let first = partials.first().map(Vec::as_slice).unwrap_or_default();
                Ok(Step::Done(Box::new(reply(*answer, Some(listing::keys(first))))))
            }
            Stage::Inner { insight, mut asking } => match asking.step(partials)? {
                Step::Scan(folds) => {
                    self.stage = Stage::Inner { insight, asking };
                    Ok(Step::Scan(folds))
                }
                Step::Done(inner) => Ok(Step::Done(Box::new(self.of_inner(insight, *inner)?))),
            },
            Stage::Over => Err(AskError::bad("the question is answered", "ask it again")),
        }
    }
}

fn reply(mut answer: SeasonalityAnswer, customers: Option<Vec<CustomerKey>>) -> Reply {
    answer.customers =
        customers.as_ref().map(|keys| Members { total: keys.len(), ids: Vec::new() });
    Reply { answer: Answer::of(answer), customers }
}

fn no_period(start: &str) -> AskError {
    AskError::bad(
        format!("no period of the series starts at `{start}`"),
        "give the `start` of one of the answer's points",
    )
}

/// One period of a measure.
fn point(plan: &Plan, at: usize, numbers: &Numbers) -> TakenPoint {
    let value = match plan.measure {
        // Exact to 15 digits; the text beside it is exact.
        measure if measure.is_money() => numbers.money as f64 / 10_000.0,
        measure if measure.is_of_customers() => numbers.customers as f64,
        _ => numbers.n as f64,
    };
    let is_money = plan.measure.is_money();
    TakenPoint {
        start: range::date_name(&plan.calendar, &plan.periods, at),
        label: range::label(&plan.calendar, &plan.periods, at),
        value: plan.is_whole(at).then_some(value),
        complete: plan.is_over(at) && !plan.is_open_ended(),
        money: is_money.then(|| decimal_text(numbers.money)),
        customers: Some(numbers.customers),
    }
}
