//! A question on its way: one scan, then the fits.

use arrow::array::RecordBatch;

use super::answer::CurveFitAnswer;
use super::cells;
use super::cohorts::{Calendared, cohorts};
use super::fitting::fitted;
use super::plan::Plan;
use super::words;
use crate::catalog::unknown_events;
use crate::insight::{AskError, Asking, Step};
use crate::reply::{Answer, Reply};
use crate::retention::Members;
use crate::stays::{self, Stays, grouped};

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
        let calendared = Calendared::new(plan);
        let customers = plan.question.cell.as_ref();
        let customers = customers
            .map(|cell| cells::members(plan, cell, &calendared, &stays, &groups))
            .transpose()?;
        let names = plan.stays.rule.asked_names();
        let parts = groups.iter().map(|one| {
            fitted(plan, one.group.clone(), one.group.is_none(), &cohorts(&calendared, &one.stays))
        });
        let answer = CurveFitAnswer {
            kind: "curve_fit".to_owned(),
            everybody: fitted(plan, None, false, &cohorts(&calendared, &stays.rows)),
            groups: parts.collect(),
            discount_per_period: plan.discount_per_period(),
            too_recent: stays.too_recent.len() as u64,
            definition: words::definition(plan),
            warnings: partials
                .get(1)
                .map(|found| unknown_events(&names, found))
                .unwrap_or_default(),
            customers: customers
                .as_ref()
                .map(|keys| Members { total: keys.len(), ids: Vec::new() }),
            question: plan.question.clone(),
        };
        Ok(Reply { answer: Answer::of(answer), customers })
    }
}

impl Asking for Progress {
    fn step(&mut self, partials: Vec<Vec<RecordBatch>>) -> Result<Step, AskError> {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Begun => {
                self.stage = Stage::Followed;
                Ok(Step::Scan(stays::folds(&self.plan.stays, "curve_fit", &self.plan.question)))
            }
            Stage::Followed => Ok(Step::Done(Box::new(self.reply(&partials)?))),
            Stage::Over => Err(AskError::bad("the question is answered", "ask it again")),
        }
    }
}
