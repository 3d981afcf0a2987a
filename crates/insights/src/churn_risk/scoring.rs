//! Models of the kind: trained to a document, and applied day after day.

use arrow::array::RecordBatch;
use perennial_models::learn::Table;
use perennial_types::key::CustomerKey;
use serde_json::{Value, json};

use super::KIND;
use super::plan::Plan;
use super::question::ChurnRiskQuestion;
use crate::insight::{AskError, Asking, Step};
use crate::reply::Reply;
use crate::training::refusals::refused;
use crate::training::{Document, Reason, Sample, reasons};

/// A model being trained.
pub struct Training {
    plan: Plan,
    has_begun: bool,
}

impl Training {
    /// A training at its beginning.
    pub fn new(plan: Plan) -> Training {
        Training { plan, has_begun: false }
    }
}

impl Asking for Training {
    fn step(&mut self, partials: Vec<Vec<RecordBatch>>) -> Result<Step, AskError> {
        if !std::mem::replace(&mut self.has_begun, true) {
            return Ok(Step::Scan(self.plan.sampling.folds()));
        }
        let sample = self.plan.sampling.read(partials)?;
        let (trained, report) = self.plan.learn(&sample)?;
        let document = self.plan.document_of(&sample, &trained, report)?;
        let answer = serde_json::to_value(&document)
            .map_err(|error| AskError::bad(error.to_string(), "train with other `features`"))?;
        Ok(Step::Done(Box::new(Reply { answer: answer.into(), customers: None })))
    }
}

/// A model being applied.
pub struct Scoring {
    plan: Plan,
    document: Document<ChurnRiskQuestion>,
    has_begun: bool,
}

impl Scoring {
    /// An application at its beginning.
    ///
    /// # Errors
    /// When the plan has no model.
    pub fn new(mut plan: Plan) -> Result<Scoring, AskError> {
        let document = plan.document.take();
        let document = document
            .ok_or_else(|| AskError::bad("there is no `model`", "give a model's document"))?;
        Ok(Scoring { plan, document, has_begun: false })
    }
}

impl Asking for Scoring {
    fn step(&mut self, partials: Vec<Vec<RecordBatch>>) -> Result<Step, AskError> {
        if !std::mem::replace(&mut self.has_begun, true) {
            return Ok(Step::Scan(self.plan.sampling.folds()));
        }
        let sample = self.plan.sampling.read(partials)?;
        let scored = Scored::new(&self.document, &sample)?;
        let reasons =
            scored.reasons(&self.document, &(0..scored.customers.len()).collect::<Vec<_>>())?;
        let texts = reasons.iter().map(|reasons| {
            let names: Vec<&str> = reasons.iter().map(|one| one.feature.as_str()).collect();
            names.join(",")
        });
        let drift = match &scored.table {
            Some(table) => json!(self.document.drift(table, &scored.probabilities)),
            None => Value::Null,
        };
        let answer = json!({
            "day": sample.cuts.last().map(|cut| cut.date.to_string()),
            "scores": [{
                "name": KIND,
                "values": scored.probabilities,
                "texts": texts.collect::<Vec<_>>(),
            }],
            "drift": drift,
        });
        Ok(Step::Done(Box::new(Reply { answer: answer.into(), customers: Some(scored.customers) })))
    }
}

/// The customers at risk on the last cut of a sample, with their probabilities.
pub struct Scored {
    /// The customers, in order.
    pub customers: Vec<CustomerKey>,
    /// The probability of each.
    pub probabilities: Vec<f64>,
    /// The money of the year before of each, where there is money.
    pub revenue: Vec<Option<f64>>,
    /// Their features; `None` of nobody.
    pub table: Option<Table>,
}

impl Scored {
    /// Applies a model to the last cut.
    ///
    /// # Errors
    /// A feature of the model that is not there, or is of another kind.
    pub fn new(
        document: &Document<ChurnRiskQuestion>,
        sample: &Sample,
    ) -> Result<Scored, AskError> {
        let rows = sample.rows_of(sample.cuts.len().saturating_sub(1));
        if rows.is_empty() {
            let (customers, probabilities, revenue) = Default::default();
            return Ok(Scored { customers, probabilities, revenue, table: None });
        }
        let table = sample.table.take(&rows).map_err(|error| refused(&error))?;
        let probabilities = document.probabilities(&table)?;
        let customers = rows.iter().filter_map(|row| sample.customers.get(*row).copied());
        let revenue = rows.iter().map(|row| sample.revenue_past_year.get(*row).copied().flatten());
        Ok(Scored {
            customers: customers.collect(),
            revenue: revenue.collect(),
            probabilities,
            table: Some(table),
        })
    }

    /// The reasons of some customers, by their positions.
    ///
    /// # Errors
    /// As applying the model has them.
    pub fn reasons(
        &self,
        document: &Document<ChurnRiskQuestion>,
        positions: &[usize],
    ) -> Result<Vec<Vec<Reason>>, AskError> {
        let Some(table) = self.table.as_ref().filter(|_| !positions.is_empty()) else {
            return Ok(Vec::new());
        };
        let table = table.take(positions).map_err(|error| refused(&error))?;
        reasons(&document.model, &table).map_err(|error| refused(&error))
    }
}
