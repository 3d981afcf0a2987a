//! A question made ready: the cuts to learn from and the date to foretell from, or a model to apply.

use perennial_engine::source::SourceFacts;
use perennial_models::learn::LearnError;
use perennial_types::question::Refusal;

use super::KIND;
use super::question::{CellRef, ChurnRiskQuestion};
use crate::insight::AskError;
use crate::range;
use crate::training::refusals::refused;
use crate::training::{
    Document, Protocol, ReportAnswer, Sample, Sampling, Trained, backtest, calendar, labelled,
    report, train,
};

/// Customers of either fate that past cuts must have together.
pub const LEAST_ROWS: usize = 20;

/// Cuts whose labels must be known: one to learn from, one to judge by.
const LEAST_CUTS: u32 = 2;

/// A question that can be folded.
#[derive(Debug)]
pub struct Plan {
    /// The question, every default filled in.
    pub question: ChurnRiskQuestion,
    /// What is read.
    pub sampling: Sampling,
    /// The model to apply, where one is given.
    pub document: Option<Document<ChurnRiskQuestion>>,
}

impl Plan {
    /// Resolves a question: past cuts and the last known date, or that date alone with a model.
    ///
    /// # Errors
    /// When it is none, when too few past cuts are over, or when the model may not be applied.
    pub fn new(mut question: ChurnRiskQuestion, facts: &SourceFacts) -> Result<Plan, AskError> {
        if question.model.is_none() {
            let mut plan = Plan::past(question, facts)?;
            plan.sampling = plan.sampling.and_now()?;
            return Ok(plan);
        }
        let as_of = range::as_of(question.as_of)?;
        check_shown(&question)?;
        let document = question.model.take().unwrap_or_default();
        let document: Document<ChurnRiskQuestion> = Document::read(&document, KIND)?;
        document.check_time(as_of, &calendar(&document.question.sample.zone))?;
        let mut sample = document.question.sample.clone();
        sample.cuts.clear();
        let sampling = Sampling::now(&sample, as_of, facts)?;
        question.sample = sampling.question.clone();
        (question.learner, question.calibration) =
            (document.question.learner, document.question.calibration);
        (question.seed, question.train_rows) =
            (document.question.seed, document.question.train_rows);
        Ok(Plan { question, sampling, document: Some(document) })
    }

    /// Resolves a question to past cuts alone.
    ///
    /// # Errors
    /// When it is none, or too few past cuts are over.
    pub fn past(mut question: ChurnRiskQuestion, facts: &SourceFacts) -> Result<Plan, AskError> {
        let as_of = range::as_of(question.as_of)?;
        check_shown(&question)?;
        if question.train_rows == 0 {
            return Err(AskError::bad("`train_rows` is `0`", "give a number above 0"));
        }
        let sampling = Sampling::new(&question.sample, as_of, facts)?;
        let n_over = sampling.windows().iter().filter(|window| window.complete).count();
        if n_over < LEAST_CUTS as usize {
            return Err(sampling.too_few_cuts(LEAST_CUTS).into());
        }
        question.sample = sampling.question.clone();
        Ok(Plan { question, sampling, document: None })
    }

    fn protocol(&self) -> Protocol {
        Protocol {
            learner: self.question.learner,
            calibration: self.question.calibration,
            train_rows: usize::try_from(self.question.train_rows).unwrap_or(usize::MAX),
            seed: self.question.seed,
        }
    }

    /// Judges the learners on past cuts, and trains the best on all of them.
    ///
    /// # Errors
    /// `too_few_customers`, `one_class`, `history_too_short` where no cut has a known one before it,
    /// and whatever a learner refuses.
    pub fn learn(&self, sample: &Sample) -> Result<(Trained, ReportAnswer), AskError> {
        let protocol = self.protocol();
        let cuts = sample.labelled_cuts();
        let (rows, labels) = labelled(sample, &cuts);
        let n_left = labels.iter().filter(|left| **left).count();
        let n_stayed = rows.len() - n_left;
        if n_left == 0 || n_stayed == 0 {
            let error = LearnError::OneClass { n_rows: rows.len(), label: n_left > 0 };
            return Err(refused(&error));
        }
        if n_left.min(n_stayed) < LEAST_ROWS {
            return Err(too_few_customers(n_left, n_stayed).into());
        }
        let backtest = backtest(sample, &protocol).map_err(|error| match error {
            LearnError::NoRows => AskError::from(self.sampling.too_few_cuts(LEAST_CUTS)),
            other => refused(&other),
        })?;
        let trained = train(sample, &cuts, backtest.best, &protocol);
        let trained = trained.map_err(|error| refused(&error))?;
        let report = report(sample, &backtest, protocol.seed).map_err(|error| refused(&error))?;
        Ok((trained, report))
    }

    /// The document of what was learnt.
    ///
    /// # Errors
    /// As the model has them.
    pub fn document_of(
        &self,
        sample: &Sample,
        trained: &Trained,
        report: ReportAnswer,
    ) -> Result<Document<ChurnRiskQuestion>, AskError> {
        let mut question = self.question.clone();
        // The features that vary today are the model's for ever; cuts are its own.
        question.sample.features =
            sample.features.iter().map(|feature| feature.name.to_owned()).collect();
        (question.cell, question.offset) = (None, 0);
        Document::new(KIND, question, &self.sampling, sample, trained, report)
            .map_err(|error| refused(&error))
    }
}

fn check_shown(question: &ChurnRiskQuestion) -> Result<(), AskError> {
    let Some(CellRef { decile, at_least, below }) = &question.cell else { return Ok(()) };
    if let Some(decile) = decile.filter(|decile| !(1..=10).contains(decile)) {
        return Err(AskError::bad(format!("`cell.decile` is `{decile}`"), "give 1 to 10"));
    }
    if decile.is_some() && (at_least.is_some() || below.is_some()) {
        return Err(AskError::bad(
            "`cell` names a decile and a probability",
            "give `decile`, or `at_least` and `below`",
        ));
    }
    for (name, bound) in [("at_least", at_least), ("below", below)] {
        if let Some(bound) = bound.filter(|bound| !(0.0..=1.0).contains(bound)) {
            return Err(AskError::bad(
                format!("`cell.{name}` is `{bound}`"),
                "give a probability, 0 to 1",
            ));
        }
    }
    Ok(())
}

fn too_few_customers(n_left: usize, n_stayed: usize) -> Refusal {
    Refusal::new(
        "too_few_customers",
        format!(
            "{n_left} rows left and {n_stayed} stayed on past cuts; {LEAST_ROWS} of each are needed"
        ),
        "take a wider population, more `cuts` or a longer `active_within_days`",
    )
    .in_chinese(
        format!("历史截止日期中流失 {n_left} 行、留存 {n_stayed} 行，各至少需要 {LEAST_ROWS} 行"),
        "请扩大客户范围、增加 `cuts` 或延长 `active_within_days`",
    )
}
