//! What every customer is worth at one date: chance to be there, purchases, money, value.

use perennial_models::lifetime::backtest::{Candidate, fit_named};
use perennial_models::lifetime::portfolio::{self, Holding, Outlook, Prospect, Totals};
use perennial_models::lifetime::{Fit, Interval, LifetimeError, PurchaseModel};
use perennial_types::question::Refusal;

use super::amounts::FittedAmounts;
use super::book::{Book, Known};
use super::plan::Plan;
use super::refusals::cannot_fit;

/// Threads that work out the customers of a date; the answer does not depend on them.
const N_THREADS: usize = 2;

/// Two models ready to value customers.
pub struct Appraiser<'a> {
    /// The model of purchases.
    pub model: &'a dyn PurchaseModel,
    /// Its fit, where it has one.
    pub fit: Option<&'a Fit>,
    /// The model of amounts.
    pub amounts: &'a FittedAmounts,
}

/// The customers of one date, valued.
pub struct Valued {
    /// Positions of the customers in the book.
    pub rows: Vec<u32>,
    /// What is known of each.
    pub holdings: Vec<Holding>,
    /// What each is expected to do.
    pub outlooks: Vec<Outlook>,
    /// Expected money within the horizon, refunds taken off, in ten-thousandths.
    pub revenue: Vec<i128>,
    /// Value: discounted, after margin and costs, in ten-thousandths.
    pub value: Vec<i128>,
}

/// Money in ten-thousandths.
fn ten_thousandths(money: f64) -> i128 {
    (money * 10_000.0).round() as i128
}

impl Appraiser<'_> {
    /// Values the customers known at a cut.
    ///
    /// # Errors
    /// Where the formulas do not reach.
    pub fn value(&self, plan: &Plan, known: &Known<'_>) -> Result<Valued, Refusal> {
        self.valued(plan, known).map_err(|error| cannot_fit(&error))
    }

    fn valued(&self, plan: &Plan, known: &Known<'_>) -> Result<Valued, LifetimeError> {
        let histories = known.histories(plan);
        let discount = plan.economics.discount;
        let outlooks =
            portfolio::outlooks(self.model, &histories, plan.horizon(), discount, N_THREADS)?;
        let mut holdings = Vec::with_capacity(histories.len());
        let mut revenue = Vec::with_capacity(histories.len());
        let mut value = Vec::with_capacity(histories.len());
        for ((row, history), outlook) in known.rows.iter().zip(histories).zip(&outlooks) {
            let spending = self.amounts.spending(known, *row);
            let kept = self.amounts.kept(known, *row);
            let amount = kept * self.amounts.model.expected(&spending)?;
            holdings.push(Holding { history, spending, kept });
            revenue.push(ten_thousandths(outlook.purchases * amount));
            value.push(ten_thousandths(plan.economics.net(outlook.discounted, amount)?));
        }
        Ok(Valued { rows: known.rows.clone(), holdings, outlooks, revenue, value })
    }

    /// All customers together, with ranges.
    ///
    /// # Errors
    /// Where the formulas do not reach.
    pub fn totals(&self, plan: &Plan, valued: &Valued) -> Result<Totals, Refusal> {
        let totals = self.prospect(plan).totals(&valued.holdings, &valued.outlooks);
        totals.map_err(|error| cannot_fit(&error))
    }

    /// Where the purchases of each customer lie, and their money; `None` where the formulas do not
    /// reach.
    pub fn ranges(&self, plan: &Plan, holdings: &[Holding]) -> Vec<Option<[Interval; 2]>> {
        let ranges = self.prospect(plan).ranges(holdings, N_THREADS);
        ranges.into_iter().map(Result::ok).collect()
    }

    fn prospect(&self, plan: &Plan) -> Prospect<'_> {
        Prospect {
            model: self.model,
            fit: self.fit,
            amounts: &self.amounts.model,
            amounts_fit: self.amounts.fit.as_ref(),
            horizon: plan.horizon(),
            level: plan.question.level,
        }
    }
}

/// The customers of every date but the last, valued by the same kind of model fitted on what was
/// known then; or why not.
pub fn earlier_as_known_then(
    plan: &Plan,
    book: &Book,
    learner: &str,
) -> Vec<Result<Valued, Refusal>> {
    (0..plan.now()).map(|position| as_known_then(plan, book, learner, position)).collect()
}

/// The customers of every date but the last, valued by the very same models.
pub fn earlier_by(
    plan: &Plan,
    book: &Book,
    appraiser: &Appraiser<'_>,
) -> Vec<Result<Valued, Refusal>> {
    (0..plan.now()).map(|position| appraiser.value(plan, &book.at(plan, position))).collect()
}

fn as_known_then(
    plan: &Plan,
    book: &Book,
    learner: &str,
    position: usize,
) -> Result<Valued, Refusal> {
    let known = book.at(plan, position);
    if known.rows.is_empty() {
        return Ok(Valued::nobody());
    }
    let candidate: Candidate = match fit_named(learner, &known.histories(plan)) {
        Some(fitted) => fitted.map_err(|error| cannot_fit(&error))?,
        None => return Ok(Valued::nobody()),
    };
    let amounts = FittedAmounts::new(plan.question.amounts, &known)?;
    let appraiser =
        Appraiser { model: &*candidate.model, fit: candidate.fit.as_ref(), amounts: &amounts };
    appraiser.value(plan, &known)
}

impl Valued {
    /// No customers at all.
    pub fn nobody() -> Valued {
        Valued {
            rows: Vec::new(),
            holdings: Vec::new(),
            outlooks: Vec::new(),
            revenue: Vec::new(),
            value: Vec::new(),
        }
    }

    /// The place of a customer of the book among the rows.
    pub fn place(&self, row: u32) -> Option<usize> {
        self.rows.binary_search(&row).ok()
    }

    /// The value that is at risk: value × (1 − P(alive)), nothing where there is no value.
    pub fn at_risk(&self, place: usize) -> i128 {
        let value = self.value.get(place).copied().unwrap_or_default().max(0);
        let p_alive = self.outlooks.get(place).map_or(1.0, |outlook| outlook.p_alive);
        ten_thousandths(value as f64 / 10_000.0 * (1.0 - p_alive))
    }
}
