//! A question on its way: the questions of the other insights side by side, then the customers of
//! the number asked for.

use arrow::array::RecordBatch;
use perennial_types::key::CustomerKey;
use perennial_types::question::Warning;

use super::answer::{BenchmarkAnswer, MeasureAnswer};
use super::inner::Inner;
use super::measured::Answers;
use super::plan::{Origin, Plan};
use super::words;
use crate::insight::{AskError, Asking, Step};
use crate::reply::{Answer, Reply};
use crate::retention::Members;

/// A question in progress.
pub struct Progress {
    plan: Plan,
    parts: Vec<(Origin, Inner)>,
    /// The customers of the number asked for, once the numbers are known.
    listing: Option<(Vec<MeasureAnswer>, Inner)>,
    warnings: Vec<Warning>,
}

impl Progress {
    /// A question at its beginning.
    ///
    /// # Errors
    /// When a question made of it is none.
    pub fn new(plan: Plan) -> Result<Progress, AskError> {
        let origins = Origin::ALL.into_iter().filter(|origin| plan.needs(*origin));
        let parts = origins.map(|origin| Ok((origin, plan.begin(plan.part(origin))?)));
        let parts = parts.collect::<Result<_, AskError>>()?;
        Ok(Progress { plan, parts, listing: None, warnings: Vec::new() })
    }

    /// The numbers, once every question is answered.
    fn measured(&mut self) -> Result<(Vec<MeasureAnswer>, Option<Inner>), AskError> {
        let mut answers = Answers::default();
        for (origin, inner) in &self.parts {
            answers.take(*origin, inner)?;
        }
        self.warnings = inner_warnings(&self.parts);
        let plan = &self.plan;
        let measures = plan.question.measures.iter();
        let measured = measures.map(|one| plan.measure(*one, answers.rate(plan, *one)));
        let listing = plan.question.cell.as_ref();
        let listing = listing.map(|cell| plan.begin(answers.listing(plan, cell)?)).transpose()?;
        Ok((measured.collect(), listing))
    }

    fn reply(&self, measures: Vec<MeasureAnswer>, customers: Option<Vec<CustomerKey>>) -> Reply {
        let plan = &self.plan;
        let mut warnings = self.warnings.clone();
        warnings.extend(plan.unknown_industry.clone());
        warnings.extend(words::about_definitions(&measures));
        let answer = BenchmarkAnswer {
            kind: "benchmark".to_owned(),
            definition: words::definition(plan),
            measures,
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
        let mut partials = partials.into_iter();
        if self.listing.is_none() {
            let mut folds = Vec::new();
            for (_, inner) in &mut self.parts {
                folds.extend(inner.step(&mut partials)?);
            }
            if !folds.is_empty() {
                return Ok(Step::Scan(folds));
            }
            match self.measured()? {
                (measures, None) => {
                    return Ok(Step::Done(Box::new(self.reply(measures, None))));
                }
                (measures, Some(inner)) => self.listing = Some((measures, inner)),
            }
        }
        let Some((measures, mut inner)) = self.listing.take() else {
            return Err(AskError::bad("the question is answered", "ask it again"));
        };
        let folds = inner.step(&mut partials)?;
        match inner {
            Inner::Asking(..) => {
                self.listing = Some((measures, inner));
                Ok(Step::Scan(folds))
            }
            Inner::Answered(reply) => {
                Ok(Step::Done(Box::new(self.reply(measures, reply.customers))))
            }
            Inner::Refused(refusal) => Err(refusal.into()),
        }
    }
}

/// What the other insights warn about: names no event has.
fn inner_warnings(parts: &[(Origin, Inner)]) -> Vec<Warning> {
    let mut found: Vec<Warning> = Vec::new();
    for (_, inner) in parts {
        let Inner::Answered(reply) = inner else { continue };
        let warnings = reply.answer.tree().get("warnings").cloned().unwrap_or_default();
        let warnings: Vec<Warning> = serde_json::from_value(warnings).unwrap_or_default();
        found.extend(warnings);
    }
    found
}
