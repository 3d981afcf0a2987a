//! The answer: the triangle with its mean row, every share with its denominator and whether it can
//! still change.

use perennial_types::money::decimal_text;
use perennial_types::question::{Definition, Text, Warning};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::mean::{CellCounts, mean_share};
use super::plan::{Plan, Value};
use super::question::{
    Aggregate, AggregateKind, Incomplete, Interval, MeanKind, Per, RetentionQuestion, Share,
};
use super::tally::Matrix;
use crate::grouping::Group;
use crate::interval::wilson;

/// A retention answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RetentionAnswer {
    /// `retention`.
    pub kind: String,
    /// The rows, group by group.
    pub cohorts: Vec<Cohort>,
    /// The mean row over everybody.
    pub mean: Vec<MeanCell>,
    /// The groups with their own mean rows, when there is a breakdown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupRow>,
    /// What exactly was computed.
    pub definition: Definition,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
    /// Currency of the values, when they are money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The customers of the cell that was asked for.
    #[schema(required)]
    pub customers: Option<Members>,
    /// The question, every default filled in.
    pub question: RetentionQuestion,
}

/// The customers of one cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Members {
    /// How many.
    pub total: usize,
    /// Their outside ids, filled in where they are known.
    pub ids: Vec<String>,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Cohort {
    /// Its first civil date; with the hour and offset for rows of hours.
    pub start: String,
    /// What it is called.
    pub label: String,
    /// Values of the breakdown.
    #[schema(required, value_type = Option<Vec<Option<String>>>)]
    pub group: Option<Group>,
    /// Whether the group is the computed rest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
    /// Customers in the row.
    pub size: u64,
    /// Whether the row's own period is not over, so that it may still grow.
    pub partial: bool,
    /// The cells whose window has begun.
    pub cells: Vec<CellAnswer>,
}

/// One cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CellAnswer {
    /// Column.
    pub index: u32,
    /// Customers of the cell: the row's size in column 0, who returned in every other.
    pub customers: u64,
    /// Who returned, in column 0 strictly after the start.
    pub returned: u64,
    /// Share as the question wants it; null where it cannot be computed.
    #[schema(required)]
    pub share: Option<f64>,
    /// Whether the last member's window is over.
    pub complete: bool,
    /// Members whose own window is over, where the question re-bases on them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eligible: Option<u64>,
    /// What was added up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Wilson's interval of the share of the row at 95 %.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<(f64, f64)>,
}

/// One cell of the mean row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MeanCell {
    /// Column.
    pub index: u32,
    /// The share; null without a complete cell.
    #[schema(required)]
    pub share: Option<f64>,
    /// Lower end of its interval at 95 %.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Upper end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// Who returned, over the rows that take part.
    pub customers: u64,
    /// Out of whom.
    pub of: u64,
    /// Rows that take part.
    pub cohorts: usize,
    /// Why there is no share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One group of the breakdown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GroupRow {
    /// Values of the breakdown.
    #[schema(required, value_type = Option<Vec<Option<String>>>)]
    pub group: Option<Group>,
    /// Whether it is the computed rest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
    /// Customers in its rows.
    pub size: u64,
    /// Its mean row.
    pub mean: Vec<MeanCell>,
}

/// The cells of one group as they are shown.
pub struct Triangle<'a> {
    /// The question.
    pub plan: &'a Plan,
    /// Its cells.
    pub matrix: &'a Matrix,
}

impl Triangle<'_> {
    /// Whether the window of the row's last member is over.
    pub fn is_complete(&self, row: usize, k: u32) -> bool {
        let plan = self.plan;
        if plan.never_complete() || plan.rows.end(row).is_none_or(|end| end > plan.as_of) {
            return false;
        }
        match self.matrix.last(row) {
            Some(last) => plan.windows.end(last, k, 0).is_some_and(|end| end <= plan.as_of),
            None => plan.is_over(row, k),
        }
    }

    /// For every cell, row by row, whether it enters the mean.
    pub fn completeness(&self) -> Vec<bool> {
        let columns = 0..self.plan.n_columns;
        (0..self.plan.rows.len())
            .flat_map(|row| columns.clone().map(move |k| (row, k)))
            .map(|(row, k)| self.takes_part(row, k))
            .collect()
    }

    /// Whether a cell enters the mean: when it is complete, or, where the definition leaves no
    /// cell complete for good, when the row and the window are over for everybody in it.
    fn takes_part(&self, row: usize, k: u32) -> bool {
        if self.plan.never_complete() {
            return self.plan.is_over(row, k);
        }
        self.is_complete(row, k)
    }

    /// The rows whose period has begun.
    pub fn cohorts(&self, group: Option<Group>, other: bool) -> Vec<Cohort> {
        let plan = self.plan;
        let begun = (0..plan.rows.len())
            .filter_map(|row| plan.rows.start(row).map(|start| (row, start)))
            .filter(|(_, start)| *start < plan.as_of);
        begun.map(|(row, _)| self.cohort(row, group.clone(), other)).collect()
    }

    fn cohort(&self, row: usize, group: Option<Group>, other: bool) -> Cohort {
        let plan = self.plan;
        let size = self.matrix.size(row);
        let shown = (0..plan.n_columns).filter(|k| self.has_begun(row, *k)).filter(|k| {
            plan.question.incomplete != Incomplete::Hide || self.is_complete(row, *k) || *k == 0
        });
        Cohort {
            start: plan.row_name(row),
            label: plan.row_label(row),
            group,
            other,
            size,
            partial: plan.rows.end(row).is_none_or(|end| end > plan.as_of),
            cells: shown.map(|k| self.cell(row, k, size)).collect(),
        }
    }

    /// Whether the window has begun for anybody who may stand in the row; a customer whose own
    /// cycle is shorter than the usual one may be ahead of it.
    fn has_begun(&self, row: usize, k: u32) -> bool {
        let ahead = self.matrix.first(row, k).is_some_and(|begin| begin < self.plan.as_of);
        ahead || self.plan.has_begun(row, k)
    }

    fn cell(&self, row: usize, k: u32, size: u64) -> CellAnswer {
        let Triangle { plan, matrix } = *self;
        let (returned, eligible) = (matrix.returned(row, k), matrix.eligible(row, k));
        let customers = if k == 0 { size } else { returned };
        let rebased = plan.question.incomplete == Incomplete::Eligible && k > 0;
        let (part, whole) =
            if rebased { (matrix.eligible_returned(row, k), eligible) } else { (customers, size) };
        let share = match plan.question.share {
            Share::Absolute => None,
            Share::Cohort => ratio(part, whole),
            Share::Previous if k == 0 => ratio(size, size),
            Share::Previous => {
                let before = k.checked_sub(1).filter(|before| *before > 0);
                ratio(returned, before.map_or(size, |before| matrix.returned(row, before)))
            }
        };
        CellAnswer {
            index: k,
            customers,
            returned,
            share,
            complete: self.is_complete(row, k),
            eligible: (plan.question.incomplete == Incomplete::Eligible).then_some(eligible),
            value: self.value_text(row, k, size),
            interval: (k > 0 && plan.question.share == Share::Cohort)
                .then(|| wilson(part, whole))
                .flatten(),
        }
    }

    /// The mean row, columns 1 and later.
    pub fn mean(&self, intervals: &[Option<(f64, f64)>]) -> Vec<MeanCell> {
        (1..self.plan.n_columns).map(|k| self.mean_cell(k, intervals)).collect()
    }

    fn mean_cell(&self, k: u32, intervals: &[Option<(f64, f64)>]) -> MeanCell {
        let kind = self.plan.question.mean.kind;
        let rebased = self.plan.question.incomplete == Incomplete::Eligible;
        let counts: Vec<CellCounts> = (0..self.plan.rows.len())
            .filter(|row| rebased || self.takes_part(*row, k))
            .map(|row| {
                let matrix = self.matrix;
                let (size, returned) = match rebased {
                    true => (matrix.eligible(row, k), matrix.eligible_returned(row, k)),
                    false => (matrix.size(row), matrix.returned(row, k)),
                };
                CellCounts { size, returned }
            })
            .filter(|counts| counts.size > 0)
            .collect();
        let customers = counts.iter().map(|counts| counts.returned).sum();
        let of = counts.iter().map(|counts| counts.size).sum();
        let share = mean_share(kind, counts.iter().copied());
        let interval = match self.interval_kind() {
            Some(IntervalKind::Wilson) => wilson(customers, of),
            Some(_) => intervals.get(k as usize).copied().flatten(),
            None => None,
        };
        MeanCell {
            index: k,
            share,
            low: interval.map(|(low, _)| low),
            high: interval.map(|(_, high)| high),
            customers,
            of,
            cohorts: counts.len(),
            reason: share.is_none().then(|| "no_complete_cell".to_owned()),
        }
    }

    /// The value of a cell, as decimal text; `None` where there is none to compute.
    fn value_text(&self, row: usize, k: u32, size: u64) -> Option<String> {
        let Triangle { plan, matrix } = *self;
        let value = plan.question.value.as_ref()?;
        let people = match value.per {
            Per::Cohort => size,
            Per::Returner => matrix.returned(row, k),
        };
        if plan.value == Value::Nothing {
            return Some(matrix.returned(row, k).to_string());
        }
        let in_units = |number: f64| match plan.value {
            Value::Events => number,
            _ => number / 10_000.0,
        };
        let sum = matrix.sum(row, k);
        let percentile = |part: f64| percentile(matrix.values(row, k), people, part);
        match value.aggregate {
            Aggregate::Named(AggregateKind::Sum) if plan.value == Value::Events => {
                Some(sum.to_string())
            }
            Aggregate::Named(AggregateKind::Sum) => Some(decimal_text(sum)),
            Aggregate::Named(AggregateKind::Mean) => {
                (people > 0).then(|| rounded(in_units(sum as f64 / people as f64)))
            }
            Aggregate::Named(AggregateKind::Median) => percentile(0.5).map(in_units).map(rounded),
            Aggregate::Percentile { percentile: part } => {
                percentile(part).map(in_units).map(rounded)
            }
        }
    }

    fn interval_kind(&self) -> Option<IntervalKind> {
        IntervalKind::of(self.plan)
    }
}

/// Where the interval of the mean row comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntervalKind {
    /// Nobody stands in two rows.
    Wilson,
    /// Somebody may.
    Clustered,
    /// Resamples.
    Bootstrap,
}

impl IntervalKind {
    /// The kind a question's mean row has; `None` for none.
    pub fn of(plan: &Plan) -> Option<IntervalKind> {
        let mean = plan.question.mean;
        let rebased = plan.question.incomplete == Incomplete::Eligible;
        match (mean.interval, mean.kind) {
            (Interval::None, _) => None,
            (Interval::Bootstrap, _) => (!rebased).then_some(IntervalKind::Bootstrap),
            (Interval::Auto, MeanKind::Pooled) if !plan.enters_often() => {
                Some(IntervalKind::Wilson)
            }
            (Interval::Auto, MeanKind::Pooled) => (!rebased).then_some(IntervalKind::Clustered),
            (Interval::Auto, MeanKind::Simple | MeanKind::Mixpanel) => None,
        }
    }

    /// Its name in the definition, in both languages.
    pub fn name(self) -> Text {
        match self {
            IntervalKind::Wilson => Text::new("wilson", "Wilson 区间"),
            IntervalKind::Clustered => Text::new("clustered by customer", "按客户聚类"),
            IntervalKind::Bootstrap => Text::new("bootstrap by customer", "按客户自助抽样"),
        }
    }
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn rounded(number: f64) -> String {
    format!("{number:.4}")
}

/// Linear between closest ranks, type 7 of Hyndman and Fan (1996). Who did not return has 0.
fn percentile(values: &[i128], people: u64, part: f64) -> Option<f64> {
    let mut values = values.to_vec();
    values.resize((people as usize).max(values.len()), 0);
    values.sort_unstable();
    let rank = values.len().checked_sub(1)? as f64 * part;
    let below = *values.get(rank.floor() as usize)? as f64;
    let above = *values.get(rank.ceil() as usize)? as f64;
    Some(below + (above - below) * (rank - rank.floor()))
}
