//! A question on its way: one scan of past cuts and the last known date, then learning and foretelling.

use arrow::array::RecordBatch;
use jiff::civil::Date;
use perennial_engine::fold::Fold;
use perennial_types::event::Column;
use perennial_types::key::CustomerKey;
use perennial_types::money::decimal_text;
use perennial_types::question::Warning;
use std::sync::Arc;

use super::answer::{ChurnRiskAnswer, DecileAnswer, RowAnswer};
use super::plan::Plan;
use super::question::{CellRef, ChurnRiskQuestion};
use super::scoring::Scored;
use super::words;
use crate::catalog::{Names, unknown_events};
use crate::insight::{AskError, Asking, Step};
use crate::reply::{Answer, Reply};
use crate::retention::Members;
use crate::training::{Document, DriftAnswer, Sample};

/// Tenths.
const N_DECILES: usize = 10;

/// A question in progress.
pub struct Progress {
    plan: Plan,
    has_begun: bool,
}

impl Progress {
    /// A question at its beginning.
    pub fn new(plan: Plan) -> Progress {
        Progress { plan, has_begun: false }
    }
}

impl Asking for Progress {
    fn step(&mut self, mut partials: Vec<Vec<RecordBatch>>) -> Result<Step, AskError> {
        let plan = &self.plan;
        let asked_names = plan.sampling.asked_names();
        if !std::mem::replace(&mut self.has_begun, true) {
            let mut folds = plan.sampling.folds();
            if !asked_names.is_empty() {
                folds.push(Arc::new(Names { column: Column::Event }) as Arc<dyn Fold>);
            }
            return Ok(Step::Scan(folds));
        }
        let mut warnings = match (asked_names.is_empty(), partials.pop()) {
            (false, Some(names)) => unknown_events(&asked_names, &names),
            (_, Some(own)) => {
                partials.push(own);
                Vec::new()
            }
            (_, None) => Vec::new(),
        };
        let sample = plan.sampling.read(partials)?;
        let reply = match &plan.document {
            Some(document) => reply(plan, document, &sample, warnings)?,
            None => {
                let (trained, report) = plan.learn(&sample)?;
                if trained.calibrating.is_none() {
                    warnings.extend(words::not_calibrated(plan));
                }
                let document = plan.document_of(&sample, &trained, report)?;
                reply(plan, &document, &sample, warnings)?
            }
        };
        Ok(Step::Done(Box::new(reply)))
    }

    fn learns_from(&self) -> Option<Date> {
        let first = self.plan.sampling.windows().first()?;
        self.plan.document.is_none().then_some(first.date)
    }
}

/// A customer where their risk puts them.
struct Ranked {
    /// Position among those scored.
    position: usize,
    customer: CustomerKey,
    probability: f64,
    revenue: Option<f64>,
    decile: u32,
}

impl Ranked {
    fn value_at_risk(&self) -> Option<f64> {
        self.revenue.map(|revenue| revenue * self.probability)
    }

    fn is_of(&self, cell: &CellRef) -> bool {
        cell.decile.is_none_or(|decile| self.decile == decile)
            && cell.at_least.is_none_or(|bound| self.probability >= bound)
            && cell.below.is_none_or(|bound| self.probability < bound)
    }
}

/// Everybody, those most at risk first; equal risks in order of their keys.
fn ranked(scored: &Scored) -> Vec<Ranked> {
    let all = scored.customers.iter().zip(&scored.probabilities).zip(&scored.revenue);
    let mut ranked: Vec<Ranked> = all
        .enumerate()
        .map(|(position, ((customer, probability), revenue))| Ranked {
            position,
            customer: *customer,
            probability: *probability,
            revenue: *revenue,
            decile: 1,
        })
        .collect();
    ranked
        .sort_by(|a, b| b.probability.total_cmp(&a.probability).then(a.customer.cmp(&b.customer)));
    let n = ranked.len();
    for (place, one) in ranked.iter_mut().enumerate() {
        one.decile = (place * N_DECILES / n.max(1)) as u32 + 1;
    }
    ranked
}

fn reply(
    plan: &Plan,
    document: &Document<ChurnRiskQuestion>,
    sample: &Sample,
    mut warnings: Vec<Warning>,
) -> Result<Reply, AskError> {
    let question = &plan.question;
    let scored = Scored::new(document, sample)?;
    let ranked = ranked(&scored);
    let wanted: Vec<&Ranked> = match &question.cell {
        None => ranked.iter().collect(),
        Some(cell) => ranked.iter().filter(|one| one.is_of(cell)).collect(),
    };
    let limit = question.limit.map_or(usize::MAX, |limit| limit as usize);
    let offset = usize::try_from(question.offset).unwrap_or(usize::MAX);
    let page: Vec<&Ranked> = wanted.iter().skip(offset).take(limit).copied().collect();
    let listed = if question.cell.is_some() { &wanted } else { &page };
    let mut customers: Vec<CustomerKey> = listed.iter().map(|one| one.customer).collect();
    customers.sort_unstable();
    let drift = match &scored.table {
        Some(table) => document.drift(table, &scored.probabilities),
        None => DriftAnswer { score: None, features: Vec::new(), verdict: "none".to_owned() },
    };
    warnings.extend(words::drifted(&drift));
    let expected: f64 = ranked.iter().map(|one| one.probability).sum();
    let cut = sample.cuts.last();
    let answer = ChurnRiskAnswer {
        kind: super::KIND.to_owned(),
        day: cut.map_or_else(String::new, |cut| cut.date.to_string()),
        horizon_end: cut.map_or_else(String::new, |cut| cut.horizon_end.to_string()),
        at_risk: ranked.len() as u64,
        expected_leavers: expected,
        expected_rate: (!ranked.is_empty()).then(|| expected / ranked.len() as f64),
        currency: sample.currency.clone(),
        value_at_risk: sum(ranked.iter().map(Ranked::value_at_risk)),
        deciles: deciles(&ranked),
        backtest: document.report.clone(),
        trained: document.trained.clone(),
        drift,
        total_rows: wanted.len() as u64,
        offset: question.offset,
        rows: rows(document, &scored, &page, &customers)?,
        definition: words::definition(plan, document),
        warnings,
        customers: Some(Members { total: customers.len(), ids: Vec::new() }),
        question: question.clone(),
    };
    let answer = Answer::of(answer);
    Ok(Reply { answer, customers: Some(customers) })
}

fn rows(
    document: &Document<ChurnRiskQuestion>,
    scored: &Scored,
    page: &[&Ranked],
    customers: &[CustomerKey],
) -> Result<Vec<RowAnswer>, AskError> {
    let positions: Vec<usize> = page.iter().map(|one| one.position).collect();
    let reasons = scored.reasons(document, &positions)?;
    let row = |(one, reasons): (&&Ranked, _)| RowAnswer {
        customer: customers.binary_search(&one.customer).unwrap_or_default(),
        probability: one.probability,
        decile: one.decile,
        revenue: one.revenue.map(money),
        value_at_risk: one.value_at_risk().map(money),
        reasons,
    };
    Ok(page.iter().zip(reasons).map(row).collect())
}

fn deciles(ranked: &[Ranked]) -> Vec<DecileAnswer> {
    let tenths = ranked.chunk_by(|a, b| a.decile == b.decile);
    let answer = |own: &[Ranked]| {
        let (first, last) = (own.first()?, own.last()?);
        Some(DecileAnswer {
            decile: first.decile,
            customers: own.len() as u64,
            highest: first.probability,
            lowest: last.probability,
            expected_leavers: own.iter().map(|one| one.probability).sum(),
            revenue: sum(own.iter().map(|one| one.revenue)),
            value_at_risk: sum(own.iter().map(Ranked::value_at_risk)),
        })
    };
    tenths.filter_map(answer).collect()
}

/// Money added up; `None` where nobody's is known.
fn sum(all: impl Iterator<Item = Option<f64>>) -> Option<String> {
    all.flatten().map(ten_thousandths).reduce(|total, one| total + one).map(decimal_text)
}

fn money(units: f64) -> String {
    decimal_text(ten_thousandths(units))
}

fn ten_thousandths(units: f64) -> i128 {
    (units * 10_000.0).round() as i128
}
