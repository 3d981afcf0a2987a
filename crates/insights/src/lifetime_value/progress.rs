//! A question on its way: one scan for the measures of every customer, then everything else.

use std::sync::Arc;

use arrow::array::RecordBatch;
use jiff::ToSpan;
use perennial_engine::fold::Fold;
use perennial_models::lifetime::portfolio::Totals;
use perennial_types::money::decimal_text;
use perennial_types::question::{Refusal, Warning};

use super::amounts::FittedAmounts;
use super::answer::{GroupAnswer, LifetimeValueAnswer, RangeAnswer, TotalsAnswer};
use super::book::Book;
use super::fitting::{Models, lets_leave};
use super::fold::LifetimeFold;
use super::found::Found;
use super::plan::Plan;
use super::rows::{Page, Rows, money_range};
use super::worth::{Appraiser, Valued, earlier_as_known_then, earlier_by};
use super::{moving, spread, tell, words};
use crate::insight::{AskError, Asking, Step};
use crate::reply::{Answer, Reply};
use crate::retention::Members;

/// A question in progress.
pub struct Progress {
    plan: Arc<Plan>,
    has_begun: bool,
}

impl Progress {
    /// A question at its beginning.
    pub fn new(plan: Plan) -> Progress {
        Progress { plan: Arc::new(plan), has_begun: false }
    }
}

impl Asking for Progress {
    fn step(&mut self, partials: Vec<Vec<RecordBatch>>) -> Result<Step, AskError> {
        if !self.has_begun {
            self.has_begun = true;
            let fold: Arc<dyn Fold> = Arc::new(LifetimeFold::new(self.plan.clone()));
            return Ok(Step::Scan(vec![fold]));
        }
        let measured = partials.first().map(Vec::as_slice).unwrap_or_default();
        let book = Book::new(&self.plan, measured)?;
        Ok(Step::Done(Box::new(reply(&self.plan, &book)?)))
    }
}

/// The two models that are believed.
pub struct Trained {
    /// Models of purchases.
    pub models: Models,
    /// The model of amounts.
    pub amounts: FittedAmounts,
}

impl Trained {
    /// Fits the customers of the last date, or takes what was trained before.
    ///
    /// # Errors
    /// The refusal of the model the question wants, or of all of them.
    pub fn new(plan: &Plan, book: &Book) -> Result<Trained, AskError> {
        if let Some(document) = &plan.document {
            document.check_currency(book.currency.as_deref())?;
            return document.trained();
        }
        let known = book.at(plan, plan.now());
        let models = Models::new(plan, book, &known.histories(plan))?;
        let amounts = FittedAmounts::new(plan.question.amounts, &known)?;
        Ok(Trained { models, amounts })
    }

    /// The models ready to value customers.
    pub fn appraiser(&self) -> Option<(&'static str, Appraiser<'_>)> {
        let (learner, candidate) = self.models.believed()?;
        let (model, fit) = (&*candidate.model, candidate.fit.as_ref());
        Some((learner, Appraiser { model, fit, amounts: &self.amounts }))
    }
}

fn reply(plan: &Plan, book: &Book) -> Result<Reply, AskError> {
    let known = book.at(plan, plan.now());
    let trained = match known.rows.is_empty() {
        true => None,
        false => Some(Trained::new(plan, book)?),
    };
    let appraiser = trained.as_ref().and_then(Trained::appraiser);
    let (learner, valued, earlier, totals) = match &appraiser {
        None => ("", Valued::nobody(), Vec::new(), None),
        Some((learner, appraiser)) => {
            let valued = appraiser.value(plan, &known)?;
            let totals = appraiser.totals(plan, &valued)?;
            let earlier = match plan.document {
                Some(_) => earlier_by(plan, book, appraiser),
                None => earlier_as_known_then(plan, book, learner),
            };
            (*learner, valued, earlier, Some(totals))
        }
    };
    let first = earlier.first().and_then(|first| first.as_ref().ok());
    let found = Found::new(plan, book, learner, lets_leave(learner), valued, first)?;
    let rows = Rows {
        plan,
        book,
        known: &known,
        found: &found,
        earlier: &earlier,
        appraiser: appraiser.as_ref().map(|(_, appraiser)| appraiser),
    };
    let page = rows.page()?;
    let customers = page.customers.clone();
    let told = Told { plan, book, found: &found, trained: trained.as_ref(), totals, page };
    let answer = Answer::of(told.answer(&earlier));
    Ok(Reply { answer, customers: Some(customers) })
}

/// What the answer is told from.
struct Told<'a> {
    plan: &'a Plan,
    book: &'a Book,
    found: &'a Found,
    trained: Option<&'a Trained>,
    totals: Option<Totals>,
    page: Page,
}

impl Told<'_> {
    fn answer(self, earlier: &[Result<Valued, Refusal>]) -> LifetimeValueAnswer {
        let (plan, found) = (self.plan, self.found);
        let models = self.trained.map(|trained| &trained.models);
        let amounts = self.trained.map(|trained| &trained.amounts);
        let n_tiers = plan.question.tiers.len() as u8 + 1;
        let whole = found.everybody();
        let date = plan.dates.last().map(|cut| cut.date);
        let until = date
            .and_then(|date| date.checked_add(i64::from(plan.question.horizon_days).days()).ok());
        let text = |date: Option<jiff::civil::Date>| date.map(|date| date.to_string());
        LifetimeValueAnswer {
            kind: "lifetime_value".to_owned(),
            date: text(date).unwrap_or_default(),
            until: text(until).unwrap_or_default(),
            complete: plan.is_complete(),
            currency: self.book.currency.clone(),
            models: match &plan.document {
                Some(document) => document.report.models.clone(),
                None => models.map(|models| tell::models(plan, models)).unwrap_or_default(),
            },
            chosen: models.and_then(|models| tell::chosen(plan, models)),
            holdout: match &plan.document {
                Some(document) => document.report.holdout.clone(),
                None => models.and_then(|models| tell::holdout(plan, models)),
            },
            amounts: amounts.map(tell::amounts),
            totals: self.totals(),
            distribution: spread::spread(&found.valued.value),
            tiers: found.by_tier(&found.tiers, n_tiers, whole, |_| true),
            deciles: found.by_tier(&found.deciles, 10, whole, |_| true),
            tracking: moving::tracking(plan, found, earlier),
            budget: moving::budget(plan, found),
            groups: self.groups(n_tiers),
            total_rows: self.page.n_all as u64,
            offset: plan.question.offset,
            definition: words::definition(plan),
            warnings: self.warnings(),
            customers: Some(Members { total: self.page.customers.len(), ids: Vec::new() }),
            rows: self.page.rows,
            question: plan.question.clone(),
        }
    }

    fn totals(&self) -> TotalsAnswer {
        let found = self.found;
        let figures = found.figures(found.everybody(), found.everybody());
        let n = figures.customers;
        let expected = found.valued.revenue.iter().sum();
        let money =
            |totals: &Totals| money_range(expected, totals.revenue.map(|revenue| revenue.interval));
        TotalsAnswer {
            customers: n,
            alive: figures.mean_p_alive.map(|mean| mean * n as f64),
            purchases: self.totals.as_ref().map(|totals| RangeAnswer {
                expected: totals.purchases.expected,
                low: Some(totals.purchases.interval.lower),
                high: Some(totals.purchases.interval.upper),
            }),
            revenue: self.totals.as_ref().map(money),
            value: decimal_text(found.valued.value.iter().sum()),
            mean_value: figures.mean_value,
        }
    }

    fn groups(&self, n_tiers: u8) -> Vec<GroupAnswer> {
        let found = self.found;
        let groups = found.groups.iter().enumerate().map(|(position, group)| {
            let is_of = |place: usize| found.is_of(place, position);
            let whole = found.sums(is_of);
            GroupAnswer {
                group: group.clone(),
                other: group.is_none(),
                figures: found.figures(&whole, found.everybody()),
                tiers: found.by_tier(&found.tiers, n_tiers, &whole, is_of),
            }
        });
        groups.collect()
    }

    fn warnings(&self) -> Vec<Warning> {
        let Some(trained) = self.trained else { return Vec::new() };
        words::warnings(self.plan, &trained.models, &trained.amounts)
    }
}
