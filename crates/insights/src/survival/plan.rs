//! A question made ready: its terms, and the bounds of what may be asked.

use std::sync::Arc;

use perennial_engine::source::SourceFacts;
use perennial_types::calendar::Weekday;

use super::question::{SurvivalQuestion, TestWeight};
use crate::insight::AskError;
use crate::range;
use crate::stays::{self, Terms};

/// Most ages of a curve.
pub const MAX_AGES: u32 = 2_000;
/// Most covariates.
const MAX_COVARIATES: usize = 30;
/// Most groups compared pair by pair.
const MAX_TOP: usize = 50;

/// A question that can be folded.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The question, every default that the data do not decide filled in.
    pub question: SurvivalQuestion,
    /// Its terms.
    pub stays: Arc<stays::Plan>,
}

impl Plan {
    /// Resolves a question against what is known of the data.
    pub fn new(mut question: SurvivalQuestion, facts: &SourceFacts) -> Result<Plan, AskError> {
        check(&question)?;
        question.population = Some(question.population());
        let as_of = range::as_of(question.as_of)?;
        let calendar = range::calendar(&question.zone, Weekday::Monday, 1)?;
        let covariates: Vec<String> =
            question.covariates.iter().map(|one| one.field.clone()).collect();
        let terms = Terms {
            start: question.start.as_ref(),
            event: question.event.as_ref(),
            leave: &question.leave,
            began: question.began.as_deref(),
            population: question.population(),
            starts: (question.from, question.to),
            breakdown: &question.breakdown,
            covariates: &covariates,
        };
        let stays = stays::Plan::new(&terms, calendar, facts, as_of)?;
        Ok(Plan { stays: Arc::new(stays), question })
    }
}

fn check(question: &SurvivalQuestion) -> Result<(), AskError> {
    let bad = |message: String, hint: &str| Err(AskError::bad(message, hint));
    if !(question.level > 0.0 && question.level < 1.0) {
        return bad(format!("`level` is `{}`", question.level), "give a level between 0 and 1");
    }
    if question.step_days == Some(0) {
        return bad("`step_days` is `0`".to_owned(), "give at least 1 day");
    }
    if question.until_days == Some(0) {
        return bad("`until_days` is `0`".to_owned(), "give at least 1 day");
    }
    if question.top > MAX_TOP {
        return bad(format!("`top` is `{}`", question.top), "give at most 50 groups");
    }
    if question.covariates.len() > MAX_COVARIATES {
        let message = format!("`covariates` has {} fields", question.covariates.len());
        return bad(message, "give at most 30");
    }
    let fields = || question.covariates.iter().map(|one| &one.field);
    if let Some((_, field)) =
        fields().enumerate().find(|(at, one)| fields().take(*at).any(|other| other == *one))
    {
        return bad(format!("`covariates` names `{field}` twice"), "name every field once");
    }
    if let TestWeight::FlemingHarrington { p, q } = question.weight
        && !(p.is_finite() && q.is_finite() && p >= 0.0 && q >= 0.0)
    {
        return bad(format!("`weight` has p `{p}` and q `{q}`"), "give powers of 0 or more");
    }
    Ok(())
}
