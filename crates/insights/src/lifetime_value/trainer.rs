//! Training once, scoring day after day: the fitted parameters are kept as a document, and every
//! customer is valued by them on the day asked for.

use std::sync::Arc;

use arrow::array::RecordBatch;
use jiff::Timestamp;
use perennial_engine::fold::Fold;
use perennial_engine::source::SourceFacts;
use perennial_models::lifetime::portfolio::Outlook;
use perennial_types::calendar::{Calendar, Weekday, Zone};
use serde::Deserialize;
use serde_json::{Value, json};

use super::LifetimeValue;
use super::book::Book;
use super::document::Document;
use super::fitting::lets_leave;
use super::fold::LifetimeFold;
use super::plan::Plan;
use super::progress::Trained;
use super::question::LifetimeValueQuestion;
use super::reference::{drift, features};
use super::refusals::nobody_known;
use crate::insight::{AskError, Asking, Step, Trainer, typed};
use crate::range;
use crate::reply::Reply;

/// The day and zone of a scoring.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Day {
    as_of: Option<Timestamp>,
    zone: Option<Zone>,
}

impl Trainer for LifetimeValue {
    fn train(&self, question: &Value, facts: &SourceFacts) -> Result<Box<dyn Asking>, AskError> {
        let question: LifetimeValueQuestion =
            typed(question, "`perennial ask lifetime_value --sample` shows a question")?;
        if question.model.is_some() {
            return Err(AskError::bad(
                "`model` is given, but it is to be trained",
                "leave `model` away",
            ));
        }
        let plan = Arc::new(Plan::new(question, facts)?);
        Ok(Box::new(InProgress { plan, purpose: Purpose::Train, has_begun: false }))
    }

    fn score(
        &self,
        document: &Value,
        question: &Value,
        facts: &SourceFacts,
    ) -> Result<Box<dyn Asking>, AskError> {
        let day: Day = typed(question, "give `as_of`, and `zone` where it is not the model's")?;
        let known = Document::read(document)?;
        let zone = day.zone.unwrap_or_else(|| known.question.zone.clone());
        let as_of = range::as_of(day.as_of)?;
        let calendar =
            Calendar { zone: zone.clone(), week_start: Weekday::Monday, fiscal_year_start: 1 };
        let date = calendar.date_of(as_of.saturating_sub(1));
        let question = LifetimeValueQuestion {
            dates: vec![date],
            as_of: day.as_of,
            zone,
            budget: None,
            breakdown: Vec::new(),
            order: LifetimeValueQuestion::default().order,
            cell: None,
            model: Some(document.clone()),
            ..known.question
        };
        let plan = Arc::new(Plan::new(question, facts)?);
        Ok(Box::new(InProgress { plan, purpose: Purpose::Score, has_begun: false }))
    }
}

enum Purpose {
    Train,
    Score,
}

/// A training or a scoring in progress.
struct InProgress {
    plan: Arc<Plan>,
    purpose: Purpose,
    has_begun: bool,
}

impl Asking for InProgress {
    fn step(&mut self, partials: Vec<Vec<RecordBatch>>) -> Result<Step, AskError> {
        if !self.has_begun {
            self.has_begun = true;
            let fold: Arc<dyn Fold> = Arc::new(LifetimeFold::new(self.plan.clone()));
            return Ok(Step::Scan(vec![fold]));
        }
        let measured = partials.first().map(Vec::as_slice).unwrap_or_default();
        let book = Book::new(&self.plan, measured)?;
        let reply = match self.purpose {
            Purpose::Train => trained(&self.plan, &book)?,
            Purpose::Score => scored(&self.plan, &book)?,
        };
        Ok(Step::Done(Box::new(reply)))
    }
}

fn trained(plan: &Plan, book: &Book) -> Result<Reply, AskError> {
    if book.at(plan, plan.now()).rows.is_empty() {
        return Err(nobody_known().into());
    }
    let document = Document::new(plan, book, &Trained::new(plan, book)?);
    let answer = serde_json::to_value(document.ok_or_else(nobody_known)?).unwrap_or_default();
    Ok(Reply { answer: answer.into(), customers: None })
}

fn scored(plan: &Plan, book: &Book) -> Result<Reply, AskError> {
    let known = book.at(plan, plan.now());
    let trained = Trained::new(plan, book)?;
    let Some((learner, appraiser)) = trained.appraiser() else {
        return Err(nobody_known().into());
    };
    let valued = appraiser.value(plan, &known)?;
    let money =
        |sums: &[i128]| -> Vec<f64> { sums.iter().map(|one| *one as f64 / 10_000.0).collect() };
    let of_outlooks =
        |get: fn(&Outlook) -> f64| valued.outlooks.iter().map(get).collect::<Vec<f64>>();
    let mut scores = vec![
        json!({"name": "lifetime_value", "values": money(&valued.value)}),
        json!({"name": "expected_purchases", "values": of_outlooks(|one| one.purchases)}),
    ];
    // Where nobody leaves, P(alive) would be 1 for everybody and mean nothing.
    if lets_leave(learner) {
        scores.push(json!({"name": "p_alive", "values": of_outlooks(|one| one.p_alive)}));
    }
    let reference = plan.document.as_ref().map(|document| document.reference.as_slice());
    let moved = drift(reference.unwrap_or_default(), &features(plan, &known));
    let day = plan.dates.last().map(|cut| cut.date.to_string());
    let keys = valued.rows.iter().filter_map(|row| book.keys.get(*row as usize)).copied();
    let customers = keys.collect();
    let answer = json!({"day": day, "scores": scores, "drift": moved});
    Ok(Reply { answer: answer.into(), customers: Some(customers) })
}
