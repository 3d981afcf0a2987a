//! The answer: the sets of every period, the rates made of them, and what to compare them with.

use perennial_types::calendar::Unit;
use perennial_types::question::{Definition, Warning};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::life::Span;
use super::members::Age;
use super::plan::Plan;
use super::question::CrrQuestion;
use super::tally::{Counts, Flow};
use super::words;
use crate::benchmarks::Benchmark;
use crate::grouping::Group;
use crate::interval::wilson;
use crate::retention::Members;

/// A crr answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CrrAnswer {
    /// `crr`.
    pub kind: String,
    /// When a customer is active.
    pub active: ActiveAnswer,
    /// The periods that have begun, group by group.
    pub periods: Vec<Rates>,
    /// The same for the whole range; null where no period has begun.
    #[schema(required)]
    pub overall: Option<Rates>,
    /// The whole range of every group, when customers are told apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Rates>,
    /// Published bands.
    pub benchmarks: Vec<Benchmark>,
    /// What exactly was computed.
    pub definition: Definition,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
    /// The customers of the set that was asked for.
    #[schema(required)]
    pub customers: Option<Members>,
    /// The question, every default filled in.
    pub question: CrrQuestion,
}

/// When a customer is active.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ActiveAnswer {
    /// Length of the trailing window in days of 24 hours; null without one.
    #[schema(required)]
    pub trailing_days: Option<f64>,
    /// Where it comes from.
    pub chosen: String,
}

/// The sets and rates of one period of one group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Rates {
    /// First civil date; with the hour and offset for hours.
    pub start: String,
    /// First civil date after it.
    pub end: String,
    /// What it is called.
    pub label: String,
    /// Values of the breakdown, `new` or `old` last where those are told apart.
    #[schema(required, value_type = Option<Vec<Option<String>>>)]
    pub group: Option<Group>,
    /// Whether the group is the computed rest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
    /// Customers active at the start.
    pub s: u64,
    /// Customers active at the end.
    pub e: u64,
    /// Customers acquired in the period and active at its end.
    pub n: u64,
    /// Customers active at both.
    pub kept: u64,
    /// Customers active at the end, not at the start, acquired earlier.
    pub won_back: u64,
    /// Customers active at the start, not at the end.
    pub lost: u64,
    /// Customers acquired in the period, active at its end or not.
    pub acquired: u64,
    /// (E − N) ÷ S.
    #[schema(required)]
    pub classic: Option<f64>,
    /// Kept ÷ S.
    #[schema(required)]
    pub set: Option<f64>,
    /// 1 − set.
    #[schema(required)]
    pub churn: Option<f64>,
    /// Wilson's interval of the set form at 95 %.
    #[schema(required)]
    pub interval: Option<(f64, f64)>,
    /// Why the two forms differ; null where they do not.
    #[schema(required)]
    pub difference: Option<String>,
    /// 两种口径为何不同。
    #[schema(required)]
    pub difference_zh: Option<String>,
    /// Whether it is final.
    pub complete: bool,
    /// Why there is no rate.
    #[schema(required)]
    pub reason: Option<String>,
    /// `history_too_short` where S cannot be known whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
}

/// Whose numbers they are.
#[derive(Clone, Debug)]
pub struct Whose {
    /// Values of the breakdown; `None` for everybody, or for the computed rest.
    pub group: Option<Group>,
    /// Whether it is the computed rest.
    pub other: bool,
    /// How long before the period they were acquired, where that is told apart.
    pub age: Option<Age>,
}

impl Plan {
    /// The rates of a span.
    pub fn rates(&self, span: Span, counts: &Counts, whose: &Whose) -> Rates {
        let (flow, n, acquired) = match whose.age {
            None => (counts.older.and(counts.newer), counts.n, counts.acquired),
            Some(Age::New) => (counts.newer, 0, 0),
            Some(Age::Old) => (counts.older, 0, 0),
        };
        let Flow { kept, lost, won_back } = flow;
        let (s, e) = (kept + lost, kept + n + won_back);
        let share = |part: u64| (s > 0).then(|| part as f64 / s as f64);
        let difference = (s > 0 && won_back > 0).then(|| words::difference(won_back, s));
        let (english, chinese) = difference.unzip();
        Rates {
            start: self.date_name(span.from),
            end: self.date_name(span.to),
            label: self.label(span),
            group: named_group(whose),
            other: whose.other,
            s,
            e,
            n,
            kept,
            won_back,
            lost,
            acquired,
            classic: share(kept + won_back),
            set: share(kept),
            churn: share(lost),
            interval: wilson(kept, s),
            difference: english,
            difference_zh: chinese,
            complete: self.is_complete(span),
            reason: (s == 0).then(|| "no_customers_at_start".to_owned()),
            flags: self.flags(span),
        }
    }

    fn is_complete(&self, span: Span) -> bool {
        let end = self.boundaries().get(span.to);
        !self.is_open_ended() && end.is_some_and(|end| *end <= self.as_of)
    }

    /// Whether the window before a span begins before anything is known.
    fn flags(&self, span: Span) -> Vec<String> {
        let start = self.boundaries().get(span.from);
        let is_too_short = match (start, self.window(), self.first_event) {
            (Some(start), Some(window), Some(first)) => start.saturating_sub(window) < first,
            _ => false,
        };
        if is_too_short { vec!["history_too_short".to_owned()] } else { Vec::new() }
    }

    /// What a boundary is called: its civil date, or its hour.
    pub fn date_name(&self, boundary: usize) -> String {
        let instant = self.boundaries().get(boundary).copied().unwrap_or_default();
        if self.question.period == Unit::Hour {
            return self.calendar.label(Unit::Hour, instant);
        }
        let last = || self.question.to.and_then(|to| to.tomorrow().ok());
        let date = self.periods.date(boundary).or_else(last);
        date.unwrap_or_else(|| self.calendar.date_of(instant)).to_string()
    }

    fn label(&self, span: Span) -> String {
        let one = |period: usize| {
            let unit = self.question.period;
            match (unit, self.periods.date(period)) {
                (Unit::Hour, _) | (_, None) => self.date_name(period),
                (_, Some(date)) => self.calendar.label_of_date(unit, date),
            }
        };
        if span.to <= span.from + 1 {
            return one(span.from);
        }
        format!("{} – {}", one(span.from), one(span.to - 1))
    }
}

/// The group as the answer writes it.
fn named_group(whose: &Whose) -> Option<Group> {
    let age = whose.age.map(|age| Some(age.name().to_owned()));
    match (&whose.group, age) {
        (None, None) => None,
        (group, age) => Some(group.iter().flatten().cloned().chain(age).collect()),
    }
}
