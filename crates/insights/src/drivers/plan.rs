//! A drivers question made ready: checked, its sample chosen, its names known.

use std::sync::Arc;

use jiff::civil::Date;
use perennial_engine::fold::Fold;
use perennial_engine::source::SourceFacts;

use super::question::{CellRef, DriversQuestion, Factors, Method};
use crate::customer_table::features;
use crate::insight::AskError;
use crate::training::traits::TraitsFold;
use crate::training::{Sampling, Window};

/// The feature that is the time axis of Cox's regression.
pub(super) const TENURE: &str = "tenure_days";

/// A question made ready.
pub struct Plan {
    /// The question, every default filled in.
    pub question: DriversQuestion,
    /// The rows.
    pub sampling: Sampling,
}

impl Plan {
    /// Checks a question.
    ///
    /// # Errors
    /// Fields outside what they may be, properties that are features or stand twice, cuts closer
    /// than the horizon where time matters, and what [`Sampling::new`] says.
    pub fn new(mut question: DriversQuestion, facts: &SourceFacts) -> Result<Plan, AskError> {
        let as_of = question.as_of.ok_or_else(|| {
            AskError::bad("`as_of` is missing", "say up to when the world is known")
        })?;
        check(&question)?;
        let mut asked = question.sample.clone();
        let is_named =
            asked.features.is_empty() || asked.features.iter().any(|name| name == TENURE);
        if question.method == Method::Cox && !is_named {
            asked.features.push(TENURE.to_owned());
        }
        let sampling = Sampling::new(&asked, as_of.as_microsecond(), facts)?;
        let features = std::mem::take(&mut question.sample.features);
        question.sample = sampling.question.clone();
        question.sample.features = features;
        if question.method == Method::Cox {
            check_apart(sampling.windows())?;
        }
        let plan = Plan { question, sampling };
        if let Some(cell) = &plan.question.cell {
            plan.cut_of(cell)?;
        }
        Ok(plan)
    }

    /// What to scan for: the sample's folds, then the traits where there are any.
    pub fn folds(&self) -> Vec<Arc<dyn Fold>> {
        let mut folds = self.sampling.folds();
        if !self.question.properties.is_empty() {
            let names = self.question.properties.clone();
            folds.push(Arc::new(TraitsFold::new(names, self.sampling.windows())));
        }
        folds
    }

    /// The position of a cell's cut.
    ///
    /// # Errors
    /// It is none of the sample's.
    pub fn cut_of(&self, cell: &CellRef) -> Result<usize, AskError> {
        let windows = self.sampling.windows();
        let found = match cell.cut {
            Some(date) => windows.iter().position(|window| window.date == date),
            None => windows.iter().rposition(|window| window.complete),
        };
        found.ok_or_else(|| {
            let dates: Vec<String> = windows.iter().map(|window| window.date.to_string()).collect();
            let named = cell.cut.map_or_else(String::new, |date: Date| date.to_string());
            AskError::bad(
                format!("`cell.cut` is `{named}`, which is no cut of the answer"),
                format!("give one of {}", dates.join(", ")),
            )
        })
    }
}

fn check(question: &DriversQuestion) -> Result<(), AskError> {
    let DriversQuestion { group_from, confidence, .. } = question;
    if !(*group_from > 0.0 && *group_from <= 1.0) {
        return Err(AskError::bad(
            format!("`group_from` is `{group_from}`"),
            "give an association above 0 and at most 1",
        ));
    }
    if !(*confidence > 0.0 && *confidence < 1.0) {
        return Err(AskError::bad(
            format!("`confidence` is `{confidence}`"),
            "give a number between 0 and 1",
        ));
    }
    if question.factors == Some(Factors::Number(0)) {
        return Err(AskError::bad(
            "`factors` is `0`",
            "give 1 or more, `parallel`, `kaiser`, or leave it out",
        ));
    }
    for (at, name) in question.properties.iter().enumerate() {
        if name == "ts" || name.is_empty() {
            return Err(AskError::bad(
                format!("`properties` names `{name}`, which says nothing of a customer"),
                "name fields of events, `plan` for one",
            ));
        }
        let is_twice = question.properties.iter().take(at).any(|other| other == name);
        if is_twice || features::named(name).is_some() {
            return Err(AskError::bad(
                format!("`properties` names `{name}` that is looked at already"),
                "name every property once, and features with `features`",
            ));
        }
    }
    Ok(())
}

/// Refuses horizons that overlap: the same leaving would be counted twice.
fn check_apart(windows: &[Window]) -> Result<(), AskError> {
    let mut pairs = windows.iter().zip(windows.iter().skip(1));
    match pairs.find(|(one, next)| next.date < one.horizon_end) {
        None => Ok(()),
        Some((one, next)) => Err(AskError::bad(
            format!("the horizon of the cut `{}` is not over at the cut `{}`", one.date, next.date),
            "name `cuts` further apart, or take `method` `logistic`",
        )),
    }
}
