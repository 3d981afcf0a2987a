//! The answer: the parts of every period, and what stands out among them.

use jiff::civil::Date;
use perennial_types::calendar::Unit;
use perennial_types::question::{Definition, Text, Warning};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::question::{Form, SeasonalityQuestion, Shape};
use crate::retention::Members;
use crate::series::Measured;

/// A seasonality answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SeasonalityAnswer {
    /// `seasonality`.
    pub kind: String,
    /// Whose parts they are.
    pub series: SeriesAnswer,
    /// Lengths of the seasons in periods, the shortest first.
    pub seasons: Vec<usize>,
    /// How the parts make the whole; null without a period.
    #[schema(required)]
    pub form: Option<Form>,
    /// The complete periods from the first to the last known number.
    pub points: Vec<PointAnswer>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Periods that are not over, or before and after the known numbers.
    pub left_out: LeftOut,
    /// How much of what varies trend and seasons explain.
    pub strength: Strength,
    /// How far every place of a season lies from the average around it.
    pub index: Vec<IndexTable>,
    /// What holidays differ by from trend and season.
    pub holidays: HolidaysAnswer,
    /// Every period beside that of a year ago.
    pub year_over_year: YearOverYear,
    /// Where the adjusted series changed.
    pub changes: ChangesAnswer,
    /// What exactly was computed.
    pub definition: Definition,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
    /// The customers of the number that was asked for.
    #[schema(required)]
    pub customers: Option<Members>,
    /// The question, every default filled in.
    pub question: SeasonalityQuestion,
}

/// Whose parts they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SeasonalitySeries)]
pub struct SeriesAnswer {
    /// The measure, or the number of the other kind.
    pub name: String,
    /// What it is called.
    pub title: String,
    /// 名称。
    pub title_zh: String,
    /// What it measures.
    pub measured: Measured,
    /// Length of a period.
    pub period: Unit,
    /// Currency of the values, when they are money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
}

impl SeriesAnswer {
    /// Its title in both languages.
    pub fn words(&self) -> Text {
        Text::new(&self.title, &self.title_zh)
    }
}

/// The parts of one period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SeasonalityPoint)]
pub struct PointAnswer {
    /// First civil date; with the hour and offset for hours.
    pub start: String,
    /// What it is called.
    pub label: String,
    /// The number; null where it is not known.
    #[schema(required)]
    pub observed: Option<f64>,
    /// The same as exact decimal text, when it is money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub money: Option<String>,
    /// Customers behind a measure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customers: Option<u64>,
    /// The trend.
    pub trend: f64,
    /// Every season's summand or factor, in the order of `seasons`.
    pub seasonal: Vec<f64>,
    /// Trend and seasons together.
    pub expected: f64,
    /// What is left: summand or factor; null where the number is not known.
    #[schema(required)]
    pub remainder: Option<f64>,
    /// The number without its seasons; null where it is not known.
    #[schema(required)]
    pub adjusted: Option<f64>,
    /// The holiday it belongs to; the fit has not seen its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holiday: Option<String>,
}

/// Periods that take no part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SeasonalityLeftOut)]
pub struct LeftOut {
    /// Not over, or not final.
    pub incomplete: usize,
    /// Before the first or after the last known number, though over.
    pub unknown: usize,
    /// Between them without a number; trend and seasons stand in.
    pub filled: usize,
}

/// How much of what varies trend and seasons explain, 0 to 1 (Hyndman).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SeasonalityStrength)]
pub struct Strength {
    /// max(0, 1 − Var(remainder) ÷ Var(trend + remainder)); null where nothing varies.
    #[schema(required)]
    pub trend: Option<f64>,
    /// The same of every season, in the order of `seasons`.
    pub seasons: Vec<Option<f64>>,
}

/// The index of every place of one season.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SeasonalityIndex)]
pub struct IndexTable {
    /// `weekday`, `month`, `quarter`, `hour`, or `place` by number.
    pub by: String,
    /// Periods of the season; of months for months of a series of days.
    pub season: usize,
    /// How an index is meant.
    pub form: Form,
    /// The places, in the order of the calendar.
    pub places: Vec<IndexPlace>,
}

/// One place of a season.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SeasonalityPlace)]
pub struct IndexPlace {
    /// `monday`, `12`, `18:00`.
    pub name: String,
    /// Summand (mean 0) or factor (mean 1).
    pub index: f64,
    /// Numbers it is the mean of.
    pub n: usize,
}

/// What holidays differ by.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SeasonalityHolidays)]
pub struct HolidaysAnswer {
    /// The holidays of the range, as listed in the question.
    pub rows: Vec<HolidayRow>,
    /// Why there are no effects: `needs_days`, or `season_hides_holidays` where a season is long
    /// enough to hold holidays itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One holiday.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SeasonalityHoliday)]
pub struct HolidayRow {
    /// Its name.
    pub name: String,
    /// 名称。
    pub name_zh: String,
    /// When it was.
    pub occurrences: Vec<Occurrence>,
    /// All of them together; null where there is no effect to tell.
    #[schema(required)]
    pub effect: Option<EffectAnswer>,
}

/// A holiday of one year.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SeasonalityOccurrence)]
pub struct Occurrence {
    /// First day.
    pub first: Date,
    /// Last day.
    pub last: Date,
    /// What it differed by that year; null where there is no effect to tell.
    #[schema(required)]
    pub effect: Option<EffectAnswer>,
}

/// What days differ by from trend and season.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SeasonalityEffect)]
pub struct EffectAnswer {
    /// Days with a number.
    pub days: usize,
    /// Sum of the numbers.
    pub observed: f64,
    /// Sum of what trend and season promise.
    pub expected: f64,
    /// Mean of observed − expected, per day.
    pub difference: f64,
    /// Its interval at 95 %; null with fewer than 8 other days.
    #[schema(required)]
    pub interval: Option<(f64, f64)>,
    /// Observed ÷ expected − 1; null where nothing above 0 is expected.
    #[schema(required)]
    pub change: Option<f64>,
}

/// Every period beside that of a year ago.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SeasonalityYears)]
pub struct YearOverYear {
    /// How many periods a year is: 364 days, so that weekdays agree.
    pub lag: usize,
    /// The pairs.
    pub rows: Vec<YearRow>,
    /// Sum of the numbers ÷ sum of those a year earlier − 1, over all pairs; null for shares.
    #[schema(required)]
    pub change: Option<f64>,
    /// Why there are no pairs: `less_than_a_year`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A period beside that of a year ago.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SeasonalityYearRow)]
pub struct YearRow {
    /// `start` of the period.
    pub start: String,
    /// `start` of the other.
    pub against: String,
    /// Its number.
    pub observed: f64,
    /// The other's.
    pub before: f64,
    /// Observed − before.
    pub difference: f64,
    /// Observed ÷ before − 1; null where before is not above 0.
    #[schema(required)]
    pub change: Option<f64>,
}

/// Where the adjusted series changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SeasonalityChanges)]
pub struct ChangesAnswer {
    /// What it looks like between two changes.
    pub shape: Shape,
    /// Fewest periods between two.
    pub min_length: usize,
    /// The changes, in order.
    pub rows: Vec<ChangeRow>,
    /// Why none was looked for: `less_than_two_stretches`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SeasonalityChange)]
pub struct ChangeRow {
    /// `start` of the first period after it.
    pub start: String,
    /// What that period would have been as things went before, seasons aside.
    pub before: f64,
    /// What it is as things go after.
    pub after: f64,
    /// After − before.
    pub size: f64,
    /// After ÷ before − 1; null where before is not above 0.
    #[schema(required)]
    pub change: Option<f64>,
    /// Growth per period before: a difference, or a share in the multiplicative form.
    pub growth_before: f64,
    /// Growth per period after.
    pub growth_after: f64,
}
