//! Everything put together: one entry per driver, in order of its effect.

use perennial_models::special::normal_quantile;
use perennial_types::question::Refusal;

use super::answer::{
    Direction, DriverAnswer, DriverColumn, EffectAnswer, FactorsAnswer, ForestAnswer,
    ImportanceAnswer, LeftOut,
};
use super::columns::{Columns, n_known};
use super::design::{Driver, Meaning, drivers, terms};
use super::experiments;
use super::factors;
use super::importance::Judged;
use super::plan::Plan;
use super::question::DriversQuestion;
use super::regress::{Estimated, estimate};
use super::words::{Certainty, sentence};
use crate::insight::AskError;
use crate::training::SampleCut;

/// What was found in the columns.
pub(super) struct Found {
    pub drivers: Vec<DriverAnswer>,
    pub left_out: Vec<LeftOut>,
    pub forest: Option<ForestAnswer>,
    /// Why there is no forest.
    pub no_forest: Option<Refusal>,
    pub factors: Option<FactorsAnswer>,
}

/// A driver with an effect.
struct Weighed {
    /// Its position among all drivers.
    driver: usize,
    places: Vec<usize>,
    strength: f64,
    p: f64,
    p_adjusted: f64,
}

/// Weighs the columns.
///
/// # Errors
/// Whatever makes that impossible for all of them.
pub(super) fn found(plan: &Plan, columns: Columns, cuts: &[SampleCut]) -> Result<Found, AskError> {
    let question = &plan.question;
    let (mut columns, factors) = match question.factors {
        Some(wanted) => {
            let (columns, answer) = factors::replaced(columns, wanted, question.seed)?;
            (columns, Some(answer))
        }
        None => (columns, None),
    };
    let (all, with_leaving) = drivers(&columns, question.group_from);
    let horizon = question.sample.horizon_days;
    let terms = terms(&columns, &all);
    let mut estimated = estimate(question.method, &columns, horizon, terms)?;
    let (judged, no_forest) = match Judged::new(&columns, cuts, question.seed) {
        Ok(judged) => (Some(judged), None),
        Err(AskError::Refused(refusal)) => (None, Some(refusal)),
        Err(error) => return Err(error),
    };
    let weighed = weighed(question, &estimated, all.len())?;
    let own: Vec<&Driver> = weighed.iter().map(|one| &all[one.driver]).collect();
    let importances = match &judged {
        Some(judged) => judged.importances(&columns, &own, question.confidence)?,
        None => Vec::new(),
    };
    let mut importances = importances.into_iter();
    let mut answers = Vec::with_capacity(weighed.len());
    for (one, driver) in weighed.iter().zip(own) {
        let listed = listed(&columns, driver, &with_leaving);
        let made =
            Made { question, columns: &columns, estimated: &estimated, judged: judged.as_ref() };
        answers.extend(made.answer(one, driver, listed, importances.next()));
    }
    let mut left_out = std::mem::take(&mut columns.left_out);
    left_out.append(&mut estimated.left_out);
    let forest = judged.map(|judged| judged.answer);
    Ok(Found { drivers: answers, left_out, forest, no_forest, factors })
}

/// The drivers with an effect: those chance does not explain first, each by falling strength.
fn weighed(
    question: &DriversQuestion,
    estimated: &Estimated,
    n_drivers: usize,
) -> Result<Vec<Weighed>, AskError> {
    let mut all = Vec::new();
    for driver in 0..n_drivers {
        let places = estimated.of(driver);
        if places.is_empty() {
            continue;
        }
        let p = estimated.p(&places)?;
        let strength = estimated.strength(&places);
        all.push(Weighed { driver, places, strength, p, p_adjusted: p });
    }
    // Drivers without an effect were looked at too: they count as ones that showed nothing.
    let mut p_values: Vec<f64> = all.iter().map(|one| one.p).collect();
    p_values.resize(n_drivers, 1.0);
    let corrected = question.correction.corrected(&p_values);
    all.iter_mut().zip(corrected).for_each(|(one, p)| one.p_adjusted = p);
    let level = 1.0 - question.confidence;
    all.sort_by(|a, b| {
        let is_chance = |one: &Weighed| one.p_adjusted > level;
        is_chance(a).cmp(&is_chance(b)).then(b.strength.total_cmp(&a.strength))
    });
    Ok(all)
}

/// The columns of a driver as they are listed.
fn listed(columns: &Columns, driver: &Driver, with_leaving: &[f64]) -> Vec<DriverColumn> {
    let column = |&at: &usize| {
        let about = &columns.about[at];
        DriverColumn {
            name: about.name.clone(),
            en: about.en.clone(),
            zh: about.zh.clone(),
            unit: about.unit,
            n_known: n_known(&columns.table.columns()[at]) as u64,
            association: with_leaving[at],
        }
    };
    driver.columns.iter().map(column).collect()
}

/// What an entry is made from.
struct Made<'a> {
    question: &'a DriversQuestion,
    columns: &'a Columns,
    estimated: &'a Estimated,
    judged: Option<&'a Judged>,
}

impl Made<'_> {
    fn answer(
        &self,
        one: &Weighed,
        driver: &Driver,
        columns: Vec<DriverColumn>,
        importance: Option<ImportanceAnswer>,
    ) -> Option<DriverAnswer> {
        let about = self.columns.about.get(*driver.columns.first()?)?;
        let effects: Vec<EffectAnswer> =
            one.places.iter().map(|place| self.effect(*place)).collect();
        let is_significant = one.p_adjusted <= 1.0 - self.question.confidence;
        let direction = direction(&effects, is_significant);
        let strongest =
            effects.iter().max_by(|a, b| a.standardised.abs().total_cmp(&b.standardised.abs()));
        let sure = Certainty {
            p_adjusted: one.p_adjusted,
            confidence: self.question.confidence,
            is_significant,
        };
        let text = sentence(about, strongest, direction, self.question.method, &sure);
        let experiment = experiments::of(about);
        Some(DriverAnswer {
            name: about.name.clone(),
            en: about.en.clone(),
            zh: about.zh.clone(),
            columns,
            strength: one.strength,
            p: one.p,
            p_adjusted: one.p_adjusted,
            significant: is_significant,
            direction,
            importance,
            curve: self.judged.map_or_else(Vec::new, |judged| judged.curve(&about.name)),
            sentence: text.en,
            sentence_zh: text.zh,
            experiment: experiment.en,
            experiment_zh: experiment.zh,
            effects,
        })
    }

    fn effect(&self, place: usize) -> EffectAnswer {
        let (term, coefficient) =
            (&self.estimated.terms[place], self.estimated.coefficients[place]);
        let error = self.estimated.covariance.at(place, place).max(0.0).sqrt();
        let reach = normal_quantile(0.5 * (1.0 + self.question.confidence)) * error;
        let (value, reference, per) = match &term.meaning {
            Meaning::Category { value, reference } => {
                (Some(value.clone()), Some(reference.clone()), None)
            }
            Meaning::Number => (None, None, Some(term.deviation)),
            Meaning::Flag | Meaning::Unknown => (None, None, None),
        };
        let unit = per.unwrap_or(1.0);
        EffectAnswer {
            value,
            reference,
            per,
            ratio: (coefficient * unit).exp(),
            ratio_low: ((coefficient - reach) * unit).exp(),
            ratio_high: ((coefficient + reach) * unit).exp(),
            standardised: coefficient * term.deviation,
        }
    }
}

fn direction(effects: &[EffectAnswer], is_significant: bool) -> Direction {
    match effects {
        _ if !is_significant => Direction::Unclear,
        [only] if only.value.is_none() && only.ratio < 1.0 => Direction::Staying,
        [only] if only.value.is_none() => Direction::Leaving,
        _ => Direction::ByValue,
    }
}
