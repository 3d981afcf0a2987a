//! The answer: what every cohort has brought, in all and by age, and all of them together.

use perennial_types::money::decimal_text;
use perennial_types::question::{Definition, Warning};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::payback::{Brought, Payback, cost_of, payback};
use super::plan::Plan;
use super::question::CohortQuestion;
use super::tally::{Sums, Tallied};
use crate::grouping::Group;
use crate::interval::wilson;
use crate::money::mean_text;
use crate::retention::{Incomplete, Members};

/// A cohort answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CohortAnswer {
    /// `cohort`.
    pub kind: String,
    /// Currency of all money; null where rows have none.
    #[schema(required)]
    pub currency: Option<String>,
    /// The cohorts that have begun, group by group.
    pub cohorts: Vec<CohortRow>,
    /// All of them together.
    pub overall: Pooled,
    /// The cohorts of every group together, where cohorts are both periods and groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupAnswer>,
    /// What exactly was computed.
    pub definition: Definition,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
    /// The customers of the number that was asked for.
    #[schema(required)]
    pub customers: Option<Members>,
    /// The question, every default filled in.
    pub question: CohortQuestion,
}

/// One cohort.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CohortRow {
    /// First civil date of its starts; with the hour and offset for hours.
    pub start: String,
    /// First civil date after them.
    pub end: String,
    /// What it is called.
    pub label: String,
    /// Values of the breakdown.
    #[schema(required, value_type = Option<Vec<Option<String>>>)]
    pub group: Option<Group>,
    /// Whether the group is the computed rest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
    /// Whether its own period is not over, so that customers may still join.
    pub partial: bool,
    /// What it has brought in all.
    #[serde(flatten)]
    pub figures: Figures,
    /// When it has paid back its cost; null where the question gives none.
    #[schema(required)]
    pub payback: Option<Payback>,
    /// The ages whose window has begun.
    pub cells: Vec<CellAnswer>,
}

/// What some customers have brought since their start, whatever their age.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = CohortFigures)]
pub struct Figures {
    /// How many they are.
    pub size: u64,
    /// How many of them have bought.
    pub buyers: u64,
    /// How many have bought more than once.
    pub repeat: u64,
    /// Repeat ÷ buyers; null without buyers.
    #[schema(required)]
    pub repeat_share: Option<f64>,
    /// Orders worth more than 0.
    pub orders: u64,
    /// Their money.
    pub gross: String,
    /// Money taken back.
    pub refunded: String,
    /// Gross − refunded.
    pub revenue: String,
    /// Gross ÷ orders; null without orders.
    #[schema(required)]
    pub mean_order: Option<String>,
    /// Revenue ÷ size; null of nobody.
    #[schema(required)]
    pub revenue_per_customer: Option<String>,
}

/// One age of a cohort, or of all of them together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = CohortCell)]
pub struct CellAnswer {
    /// The age; 0 is the start's own.
    pub index: u32,
    /// Customers its numbers are of: the cohort, or the eligible of it.
    pub of: u64,
    /// How many of them bought at this age.
    pub customers: u64,
    /// Customers ÷ of; null of nobody.
    #[schema(required)]
    pub share: Option<f64>,
    /// Wilson's interval of the share at 95 %.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<(f64, f64)>,
    /// Orders at this age.
    pub orders: u64,
    /// Their money.
    pub gross: String,
    /// Money taken back at this age.
    pub refunded: String,
    /// Gross − refunded.
    pub revenue: String,
    /// Revenue of this age and all before.
    pub cumulative: String,
    /// Cumulative ÷ of; null of nobody.
    #[schema(required)]
    pub cumulative_per_customer: Option<String>,
    /// Whether no later event can change it.
    pub complete: bool,
    /// Cohorts added up, where they are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohorts: Option<usize>,
    /// Why there is no share: `no_customers`, `nobody_eligible` or `no_complete_cell`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Several cohorts together, aligned by age.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = PooledCohorts)]
pub struct Pooled {
    /// What they have brought in all.
    #[serde(flatten)]
    pub figures: Figures,
    /// Every age, of the cohorts whose own cell is complete; of all of them where cells are those
    /// of the eligible.
    pub cells: Vec<CellAnswer>,
}

/// The cohorts of one group together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = CohortGroup)]
pub struct GroupAnswer {
    /// Values of the breakdown.
    #[schema(required, value_type = Option<Vec<Option<String>>>)]
    pub group: Option<Group>,
    /// Whether it is the computed rest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
    /// All its cohorts.
    #[serde(flatten)]
    pub pooled: Pooled,
}

/// The cohorts of everybody, of one group, or of the groups that are not shown.
#[derive(Clone, Debug)]
pub struct Series {
    /// Values of the breakdown; `None` for everybody, or for the computed rest.
    pub group: Option<Group>,
    /// Whether it is the computed rest.
    pub other: bool,
    /// Its cohorts by start, those that have not begun by `as_of` included.
    pub rows: Vec<Tallied>,
}

/// The numbers of one cell before they are text.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    of: u64,
    sums: Sums,
    cumulative: i128,
}

impl Cell {
    fn absorb(&mut self, other: &Cell) {
        self.of += other.of;
        self.sums.absorb(&other.sums);
        self.cumulative += other.cumulative;
    }

    fn answer(&self, index: usize, complete: bool) -> CellAnswer {
        let Cell { of, sums, cumulative } = *self;
        CellAnswer {
            index: index as u32,
            of,
            customers: sums.customers,
            share: share(sums.customers, of),
            interval: wilson(sums.customers, of),
            orders: sums.orders,
            gross: decimal_text(sums.gross),
            refunded: decimal_text(sums.refunded),
            revenue: decimal_text(sums.revenue()),
            cumulative: decimal_text(cumulative),
            cumulative_per_customer: mean_text(cumulative, of),
            complete,
            cohorts: None,
            reason: None,
        }
    }
}

/// The cells of a cohort, age by age: of all members, or of those whose own window is over.
fn cells(plan: &Plan, row: &Tallied) -> Vec<Cell> {
    let mut cumulative = 0;
    if plan.is_eligible {
        let mut of = row.size;
        return row
            .eligible
            .iter()
            .take(plan.n_columns)
            .map(|one| {
                of -= one.n_over;
                cumulative += one.step;
                Cell { of, sums: one.sums, cumulative }
            })
            .collect();
    }
    let cells = row.ages.iter().map(|sums| {
        cumulative += sums.revenue();
        Cell { of: row.size, sums: *sums, cumulative }
    });
    cells.collect()
}

/// What a cohort has brought in all.
fn figures(row: &Tallied) -> Figures {
    let whole = &row.whole;
    Figures {
        size: row.size,
        buyers: whole.customers,
        repeat: row.repeat,
        repeat_share: share(row.repeat, whole.customers),
        orders: whole.orders,
        gross: decimal_text(whole.gross),
        refunded: decimal_text(whole.refunded),
        revenue: decimal_text(whole.revenue()),
        mean_order: mean_text(whole.gross, whole.orders),
        revenue_per_customer: mean_text(whole.revenue(), row.size),
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl Plan {
    /// The cohorts of a series that have begun.
    pub fn cohorts(&self, series: &Series) -> Vec<CohortRow> {
        let rows = series.rows.iter().take(self.n_begun()).enumerate();
        rows.map(|(position, row)| self.cohort(series, position, row)).collect()
    }

    fn cohort(&self, series: &Series, position: usize, row: &Tallied) -> CohortRow {
        let hides = self.question.incomplete == Some(Incomplete::Hide);
        let is_complete = |k: usize| self.is_complete(position, k, row.last);
        let shown: Vec<(usize, Cell)> = (0..)
            .zip(cells(self, row))
            .filter(|(k, _)| self.has_begun(position, *k) && (!hides || is_complete(*k)))
            .collect();
        let start = self.row_name(position);
        let cost = cost_of(&self.question, &start, series.group.as_ref());
        let brought = shown.iter().map(|(k, cell)| Brought {
            index: *k as u32,
            cumulative: cell.cumulative,
            of: cell.of,
            complete: is_complete(*k),
        });
        let brought: Vec<Brought> = brought.collect();
        let answers = shown.iter().map(|(k, cell)| {
            let reason = (cell.of == 0)
                .then(|| if row.size == 0 { "no_customers" } else { "nobody_eligible" }.to_owned());
            CellAnswer { reason, ..cell.answer(*k, is_complete(*k)) }
        });
        CohortRow {
            end: self.row_end_name(position),
            label: self.row_label(position),
            group: series.group.clone(),
            other: series.other,
            partial: !self.is_closed(position),
            figures: figures(row),
            payback: cost.map(|cost| payback(&self.question, cost, row.size, &brought)),
            cells: answers.collect(),
            start,
        }
    }

    /// Whether the cell of a cohort enters the numbers of all cohorts at an age.
    pub fn takes_part(&self, position: usize, k: usize, row: &Tallied) -> bool {
        if self.is_eligible {
            return true;
        }
        // Where no cell is ever complete, those count that are over for everybody.
        if self.is_open_ended() {
            return self.is_over(position, k);
        }
        self.is_complete(position, k, row.last)
    }

    /// All cohorts of a series together.
    pub fn pooled(&self, series: &Series) -> Pooled {
        let mut whole = Tallied::default();
        let rows: Vec<(usize, &Tallied, Vec<Cell>)> = series
            .rows
            .iter()
            .take(self.n_begun())
            .enumerate()
            .map(|(position, row)| (position, row, cells(self, row)))
            .collect();
        rows.iter().for_each(|(_, row, _)| whole.absorb(row));
        let ages = (0..self.n_columns).map(|k| {
            let taking_part = rows
                .iter()
                .filter(|(position, row, _)| row.size > 0 && self.takes_part(*position, k, row));
            let (mut total, mut n_cohorts, mut complete) = (Cell::default(), 0, true);
            for (position, row, cells) in taking_part {
                let Some(cell) = cells.get(k).filter(|cell| cell.of > 0) else {
                    complete = false;
                    continue;
                };
                total.absorb(cell);
                n_cohorts += 1;
                complete &= self.is_complete(*position, k, row.last);
            }
            let reason = if self.is_eligible { "nobody_eligible" } else { "no_complete_cell" };
            CellAnswer {
                cohorts: Some(n_cohorts),
                reason: (total.of == 0).then(|| reason.to_owned()),
                ..total.answer(k, complete && n_cohorts > 0)
            }
        });
        Pooled { cells: ages.collect(), figures: figures(&whole) }
    }
}
