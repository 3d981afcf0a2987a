//! A question on its way: one scan, and everything is told.

use arrow::array::RecordBatch;
use perennial_types::question::Warning;

use super::answer::{LeftOut, SurvivalAnswer};
use super::cells;
use super::compare::compare;
use super::curve::Curves;
use super::effects::effects;
use super::plan::{MAX_AGES, Plan};
use super::words;
use crate::catalog::unknown_events;
use crate::insight::{AskError, Asking, Step};
use crate::reply::{Answer, Reply};
use crate::retention::Members;
use crate::stays::{self, Grouped, Stays, grouped};

/// Steps a curve may have by itself, the first that makes few enough ages.
const STEPS: [u32; 5] = [1, 7, 30, 91, 365];
/// Most ages of a curve whose step is not asked for.
const USUAL_AGES: u32 = 60;

/// A question in progress.
pub struct Progress {
    plan: Plan,
    stage: Stage,
}

enum Stage {
    Begun,
    Followed,
    Over,
}

impl Progress {
    /// A question at its beginning.
    pub fn new(plan: Plan) -> Progress {
        Progress { plan, stage: Stage::Begun }
    }

    fn reply(&self, partials: &[Vec<RecordBatch>]) -> Result<Reply, AskError> {
        let plan = &self.plan;
        let followed = partials.first().map(Vec::as_slice).unwrap_or_default();
        let stays = Stays::read(&plan.stays, followed);
        let groups = grouped(&plan.stays, &stays, plan.question.top);
        let level = plan.question.level;
        let everybody = Curves::new(None, false, stays.rows.clone(), level);
        let parts: Vec<Curves> = groups
            .iter()
            .map(|one| {
                Curves::new(one.group.clone(), one.group.is_none(), one.stays.clone(), level)
            })
            .collect();
        let step = step(plan.question.step_days, everybody.longest())?;
        let until = until(plan.question.until_days, &everybody, &parts);
        let mut question = plan.question.clone();
        question.step_days = Some(step);
        question.until_days = (until >= 1.0).then_some(until as u32);
        let customers = plan.question.cell.as_ref();
        let customers =
            customers.map(|cell| cells::members(cell, step, &stays, &groups)).transpose()?;
        let models =
            (!question.covariates.is_empty()).then(|| effects(&question, &plan.stays, &stays));
        let (cox, weibull_aft) = models.unzip();
        let answer = SurvivalAnswer {
            kind: "survival".to_owned(),
            everybody: everybody.answer(&question, step, until),
            groups: parts.iter().map(|one| one.answer(&question, step, until)).collect(),
            comparison: (!groups.is_empty()).then(|| compare(&groups, question.weight)),
            cox,
            weibull_aft,
            left_out: LeftOut {
                too_recent: stays.too_recent.len() as u64,
                unreadable: stays.n_unreadable,
            },
            definition: words::definition(plan, &question),
            warnings: self.warnings(&stays, &groups, partials),
            customers: customers
                .as_ref()
                .map(|keys| Members { total: keys.len(), ids: Vec::new() }),
            question,
        };
        Ok(Reply { answer: Answer::of(answer), customers })
    }

    fn warnings(
        &self,
        stays: &Stays,
        groups: &[Grouped],
        partials: &[Vec<RecordBatch>],
    ) -> Vec<Warning> {
        let names = self.plan.stays.rule.asked_names();
        let mut warnings =
            partials.get(1).map(|found| unknown_events(&names, found)).unwrap_or_default();
        let delayed = stays.rows.iter().filter(|stay| stay.entry_days() > 0).count();
        if delayed > 0 {
            warnings.push(words::delayed(delayed));
        }
        if stays.n_unreadable > 0 {
            warnings.push(words::unreadable(stays.n_unreadable));
        }
        if self.plan.stays.rule.is_open_ended() && !groups.is_empty() {
            warnings.push(words::told_later());
        }
        warnings
    }
}

impl Asking for Progress {
    fn step(&mut self, partials: Vec<Vec<RecordBatch>>) -> Result<Step, AskError> {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Begun => {
                self.stage = Stage::Followed;
                Ok(Step::Scan(stays::folds(&self.plan.stays, "survival", &self.plan.question)))
            }
            Stage::Followed => Ok(Step::Done(Box::new(self.reply(&partials)?))),
            Stage::Over => Err(AskError::bad("the question is answered", "ask it again")),
        }
    }
}

/// Days from one age to the next.
fn step(asked: Option<u32>, longest: f64) -> Result<u32, AskError> {
    let longest = longest as u32;
    let n_ages = |step: u32| longest.div_ceil(step);
    let Some(step) = asked else {
        let fitting = STEPS.into_iter().find(|step| n_ages(*step) <= USUAL_AGES);
        return Ok(fitting.unwrap_or(365));
    };
    if n_ages(step) > MAX_AGES {
        return Err(AskError::bad(
            format!("`step_days` is `{step}`, which makes {} ages of {longest} days", n_ages(step)),
            format!("give at least {} days", longest.div_ceil(MAX_AGES)),
        ));
    }
    Ok(step)
}

/// Where means are cut off: where every curve is still known.
fn until(asked: Option<u32>, everybody: &Curves, parts: &[Curves]) -> f64 {
    if let Some(asked) = asked {
        return f64::from(asked);
    }
    let known = parts.iter().chain([everybody]).filter_map(Curves::known_days);
    known.reduce(f64::min).unwrap_or_else(|| everybody.longest())
}
