//! The retention question as it is written in JSON. Every field has a default.

use jiff::Timestamp;
use jiff::civil::Date;
use perennial_types::calendar::{Unit, Weekday, Zone};
use perennial_types::filter::EventFilter;
use perennial_types::money::Decimal4;
use perennial_types::question::Population;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How many come back, when, out of whom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RetentionQuestion {
    /// Who enters a row, and with which event.
    pub enter: Enter,
    /// What starts a customer's clock.
    pub start: EventFilter,
    /// What counts as a return.
    #[serde(rename = "return")]
    pub return_: EventFilter,
    /// What a cell counts.
    pub count: Count,
    /// How time after the start is cut.
    pub window: Window,
    /// Length of one window.
    pub period: Period,
    /// Length of one row; the period itself, or a month for a purchase cycle, unless said.
    pub rows: Option<Unit>,
    /// Number of columns, the start's own included.
    pub periods: Option<u32>,
    /// First civil date of the rows.
    pub from: Option<Date>,
    /// Last civil date of the rows.
    pub to: Option<Date>,
    /// End of the known world.
    pub as_of: Option<Timestamp>,
    /// Zone of every civil date.
    pub zone: Zone,
    /// First day of a week.
    pub week_start: Weekday,
    /// First month of a fiscal year, 1 to 12.
    pub fiscal_year_start: u8,
    /// Whose customers count.
    pub population: Population,
    /// What a window needs to count as returned.
    pub min: Minimum,
    /// What is added up besides customers.
    pub value: Option<ValueOf>,
    /// What a share is a share of.
    pub share: Share,
    /// What happens to cells that are not over yet.
    pub incomplete: Incomplete,
    /// Columns the customers are told apart by.
    pub breakdown: Vec<Breakdown>,
    /// Groups shown; the rest is one more, `Other`.
    pub top: usize,
    /// The mean row.
    pub mean: Mean,
    /// The cell whose customers are wanted.
    pub cell: Option<CellRef>,
}

/// Who enters a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Enter {
    /// One entry per row period, at its first start event.
    EveryPeriod,
    /// The earliest start event within the rows.
    FirstInRange,
    /// The earliest event of all history that satisfies the whole start expression.
    FirstMatching,
    /// The earliest event of the start's name, kept only if it satisfies the rest.
    FirstEver,
}

/// What a cell counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(
    rename_all = "snake_case",
    untagged,
    expecting = "a count is on, on_or_after, on_or_before, streak or {\"at_least\": 2, \"of\": 4}"
)]
pub enum Count {
    /// One of the named ways.
    Named(CountKind),
    /// Returned in at least `at_least` of the `of` windows that end with this one.
    AtLeast {
        /// Windows needed.
        at_least: u32,
        /// Windows looked at.
        of: u32,
    },
}

/// The named ways of counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CountKind {
    /// Returned in this window.
    On,
    /// Returned in this window or any later one.
    OnOrAfter,
    /// Returned in this window or any earlier one, the start's own included.
    OnOrBefore,
    /// Returned in every window from 1 to this one.
    Streak,
}

/// How time after the start is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// By civil periods of the zone.
    Calendar,
    /// By elapsed time from the start.
    Rolling,
}

/// Length of a window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(
    untagged,
    expecting = "a period is hour, day, week, month, quarter, year, purchase_cycle or {\"brackets\": [1, 3, 7], \"unit\": \"day\"}"
)]
pub enum Period {
    /// A civil unit, or its rolling length.
    Unit(Unit),
    /// The customer's own.
    Own(Own),
    /// Windows of these sizes, one after the other, after the start's own unit.
    Brackets {
        /// Sizes in units, each at least 1.
        brackets: Vec<u32>,
        /// The unit.
        unit: Unit,
    },
}

/// Lengths that differ from customer to customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Own {
    /// Median of the gaps between purchases up to the start.
    PurchaseCycle,
}

/// What a window needs to count as returned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Minimum {
    /// Return events.
    pub occurrences: u32,
    /// Their amount, in one currency.
    pub amount: Option<Decimal4>,
    /// Civil days with a return event.
    pub days: u32,
}

/// A number per cell besides the customers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ValueOf {
    /// `customers`, `events`, `amount`, `quantity` or `properties.<name>`.
    pub of: String,
    /// How the customers' values become one.
    #[serde(default = "sum")]
    pub aggregate: Aggregate,
    /// Who is in the denominator of a mean, a median or a percentile.
    #[serde(default = "cohort")]
    pub per: Per,
}

fn sum() -> Aggregate {
    Aggregate::Named(AggregateKind::Sum)
}

fn cohort() -> Per {
    Per::Cohort
}

/// How the customers' values become one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged, expecting = "an aggregate is sum, mean, median or {\"percentile\": 0.9}")]
pub enum Aggregate {
    /// One of the named ways.
    Named(AggregateKind),
    /// Linear between closest ranks (type 7).
    Percentile {
        /// Between 0 and 1.
        percentile: f64,
    },
}

/// The named ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AggregateKind {
    /// Total.
    Sum,
    /// Total over the number of customers.
    Mean,
    /// The middle customer's.
    Median,
}

/// Whose values are averaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// Everyone in the row; who did not return counts as 0.
    Cohort,
    /// Who returned in the cell.
    Returner,
}

/// What a share is a share of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Share {
    /// The row's customers.
    Cohort,
    /// The cell before.
    Previous,
    /// Nothing: counts only.
    Absolute,
}

/// What happens to cells that are not over yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Incomplete {
    /// Shown and marked.
    Show,
    /// Left out.
    Hide,
    /// Counted among those members only whose own window is over.
    Eligible,
}

/// A column the customers are told apart by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Breakdown {
    /// A field of the event, `currency` or `properties.country` for two.
    pub field: String,
    /// Whose value counts.
    #[serde(default = "at_start")]
    pub at: Attribution,
}

fn at_start() -> Attribution {
    Attribution::Start
}

/// Which event's value tells customers apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Attribution {
    /// The start event's.
    Start,
    /// The return event's: a customer may stand in several groups.
    Return,
    /// The customer's latest known one, whatever the event.
    Current,
}

/// The mean row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Mean {
    /// Its formula.
    pub kind: MeanKind,
    /// Its interval.
    pub interval: Interval,
}

/// Formula of the mean row. Rows whose cell is not complete never enter it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MeanKind {
    /// Σ returned ÷ Σ size.
    Pooled,
    /// The mean of the rows' shares.
    Simple,
    /// Σ returned·w ÷ Σ size·w, w being the row's share of all sizes.
    Mixpanel,
}

/// Interval of the mean row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Interval {
    /// Wilson's where no customer stands in two rows, else clustered by customer; none for means
    /// other than pooled.
    Auto,
    /// None.
    None,
    /// Percentiles of 500 resamples of the customers.
    Bootstrap,
}

/// One cell of the triangle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CellRef {
    /// First civil date of the row, or its full start for hours.
    pub cohort: String,
    /// Column; 0 is the whole row.
    pub index: u32,
    /// Values of the breakdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Vec<Option<String>>>,
    /// Whether the group is the computed rest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
}

impl Default for RetentionQuestion {
    fn default() -> RetentionQuestion {
        RetentionQuestion {
            enter: Enter::FirstMatching,
            start: EventFilter::any(),
            return_: EventFilter::any(),
            count: Count::Named(CountKind::On),
            window: Window::Calendar,
            period: Period::Unit(Unit::Month),
            rows: None,
            periods: None,
            from: None,
            to: None,
            as_of: None,
            zone: Zone::utc(),
            week_start: Weekday::Monday,
            fiscal_year_start: 1,
            population: Population::Everyone,
            min: Minimum::default(),
            value: None,
            share: Share::Cohort,
            incomplete: Incomplete::Show,
            breakdown: Vec::new(),
            top: 10,
            mean: Mean::default(),
            cell: None,
        }
    }
}

impl Default for Minimum {
    fn default() -> Minimum {
        Minimum { occurrences: 1, amount: None, days: 1 }
    }
}

impl Default for Mean {
    fn default() -> Mean {
        Mean { kind: MeanKind::Pooled, interval: Interval::Auto }
    }
}

impl Minimum {
    /// Whether any single return is enough.
    pub fn is_any(&self) -> bool {
        self.occurrences <= 1 && self.amount.is_none() && self.days <= 1
    }
}
