//! The answer: the numbers of every step, the time to convert, the trend, and which groups differ.

use perennial_types::question::{Definition, Warning};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::plan::{Plan, period_names};
use super::question::{Entry, FunnelQuestion, Touch};
use super::tally::StepCounts;
use crate::durations::{Bar, Durations, histogram};
use crate::grouping::Group;
use crate::interval::wilson;
use crate::retention::Members;
use crate::significance::{TestName, two_shares};

/// A funnel answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FunnelAnswer {
    /// `funnel`.
    pub kind: String,
    /// The steps of everybody.
    pub steps: Vec<StepRow>,
    /// From the first step to the last, everybody.
    pub overall: Conversion,
    /// The steps of every group, group by group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<StepRow>,
    /// From the first step to the last, by group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group_conversions: Vec<Conversion>,
    /// The conversion of every period, by the entry that counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trend: Vec<TrendRow>,
    /// Groups against each other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
    /// What exactly was computed.
    pub definition: Definition,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
    /// The customers of the number that was asked for.
    #[schema(required)]
    pub customers: Option<Members>,
    /// The question, every default filled in.
    pub question: FunnelQuestion,
}

/// The numbers of one step of one group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = FunnelStepRow)]
pub struct StepRow {
    /// Number of the step, from 1.
    pub step: usize,
    /// What it is called.
    pub name: String,
    /// Values of the breakdown.
    #[schema(required, value_type = Option<Vec<Option<String>>>)]
    pub group: Option<Group>,
    /// Whether the group is the computed rest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
    /// Whether an entry may go on without it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// Customers who did it.
    pub reached: u64,
    /// Those of them who did the next required step too.
    pub went_on: u64,
    /// Those who did not, and cannot any more.
    pub dropped: u64,
    /// Those who have not yet, and still can.
    pub open: u64,
    /// Reached ÷ reached at the first step.
    #[schema(required)]
    pub share: Option<f64>,
    /// Went on ÷ reached; null at the last step.
    #[schema(required)]
    pub on_share: Option<f64>,
    /// Customers who did it, of those whose window is over.
    pub closed: u64,
    /// The share among those whose window is over.
    #[schema(required)]
    pub closed_share: Option<f64>,
    /// Wilson's interval of the share at 95 %.
    #[schema(required)]
    pub interval: Option<(f64, f64)>,
    /// Time since the step before it that was done; null at the first step.
    #[schema(required)]
    pub time: Option<Durations>,
    /// Whether it is final.
    pub complete: bool,
    /// Why there is no share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// From the first step to the last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = FunnelConversion)]
pub struct Conversion {
    /// Values of the breakdown.
    #[schema(required, value_type = Option<Vec<Option<String>>>)]
    pub group: Option<Group>,
    /// Whether the group is the computed rest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
    /// Customers who entered.
    pub entered: u64,
    /// Customers who did the last step.
    pub converted: u64,
    /// Customers who still can.
    pub open: u64,
    /// Converted ÷ entered.
    #[schema(required)]
    pub share: Option<f64>,
    /// The same among those whose window is over.
    #[schema(required)]
    pub closed_share: Option<f64>,
    /// From entry to the last step.
    pub time: Durations,
    /// The same as bars.
    pub histogram: Vec<Bar>,
    /// Whether it is final.
    pub complete: bool,
}

/// One period of one group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = FunnelTrendRow)]
pub struct TrendRow {
    /// First civil date; with the hour and offset for hours.
    pub start: String,
    /// What it is called.
    pub label: String,
    /// Values of the breakdown.
    #[schema(required, value_type = Option<Vec<Option<String>>>)]
    pub group: Option<Group>,
    /// Whether the group is the computed rest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
    /// Customers whose entry that counts lies in the period.
    pub entered: u64,
    /// Those of them who did the last step.
    pub converted: u64,
    /// Those who still can.
    pub open: u64,
    /// Converted ÷ entered; null where nobody entered.
    #[schema(required)]
    pub share: Option<f64>,
    /// Whether it is final.
    pub complete: bool,
}

/// One group against another, at one transition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = FunnelDifference)]
pub struct Difference {
    /// The group.
    #[schema(required, value_type = Option<Vec<Option<String>>>)]
    pub group: Option<Group>,
    /// What it is compared with.
    #[schema(required, value_type = Option<Vec<Option<String>>>)]
    pub against: Option<Group>,
    /// Number of the step left, from 1.
    pub from_step: usize,
    /// Number of the step gone to.
    pub to_step: usize,
    /// The group's share, among those whose window is over.
    #[schema(required)]
    pub share: Option<f64>,
    /// The other's.
    #[schema(required)]
    pub against_share: Option<f64>,
    /// Share less the other's.
    #[schema(required)]
    pub difference: Option<f64>,
    /// Chance of a difference at least as large between equal groups; null where one is empty.
    #[schema(required)]
    pub p: Option<f64>,
    /// The same, corrected for the number of comparisons.
    #[schema(required)]
    pub p_corrected: Option<f64>,
    /// Which test.
    #[schema(required)]
    pub test: Option<TestName>,
}

/// Whose numbers they are.
#[derive(Clone, Debug)]
pub struct Whose {
    /// Values of the breakdown; `None` for everybody, or for the computed rest.
    pub group: Option<Group>,
    /// Whether it is the computed rest.
    pub other: bool,
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl Plan {
    fn is_range_over(&self) -> bool {
        !self.is_open_ended() && self.entries.1 <= self.as_of
    }

    /// The rows of a group's steps.
    pub fn step_rows(&self, counts: &mut [StepCounts], whose: &Whose) -> Vec<StepRow> {
        let is_empty = counts.is_empty();
        let entered = counts.first().map_or(0, |first| first.reached);
        let closed = counts.first().map_or(0, |first| first.closed);
        let any_open = counts.iter().any(|counts| counts.open > 0);
        let complete = self.is_range_over() && !any_open && !is_empty;
        let of_each = self.touch == Touch::Each && (whose.group.is_some() || whose.other);
        let row = |(step, counts): (usize, &mut StepCounts)| {
            let is_last = step + 1 == self.n_steps;
            // Where every step has its own group, those of a step are no part of those before.
            let base = |base: u64| if of_each { 0 } else { base };
            StepRow {
                step: step + 1,
                name: self.step_name(step),
                group: whose.group.clone(),
                other: whose.other,
                optional: self.optional >> step & 1 == 1,
                reached: counts.reached,
                went_on: counts.went_on,
                dropped: counts.dropped(is_last),
                open: counts.open,
                share: ratio(counts.reached, base(entered)),
                on_share: if is_last { None } else { ratio(counts.went_on, counts.reached) },
                closed: counts.closed,
                closed_share: ratio(counts.closed, base(closed)),
                interval: wilson(counts.reached, base(entered))
                    .filter(|_| base(entered) >= counts.reached),
                time: (step > 0).then(|| Durations::of(&mut counts.times)),
                complete,
                reason: match (of_each, entered) {
                    (true, _) => Some("steps_have_groups_of_their_own".to_owned()),
                    (false, 0) => Some("nobody_entered".to_owned()),
                    _ => None,
                },
            }
        };
        counts.iter_mut().enumerate().map(row).collect()
    }

    /// From the first step to the last.
    pub fn conversion(&self, counts: &mut [StepCounts], whose: &Whose) -> Conversion {
        let of_each = self.touch == Touch::Each && (whose.group.is_some() || whose.other);
        let entered = counts.first().map_or(0, |first| first.reached);
        let closed = counts.first().map_or(0, |first| first.closed);
        let open = self.still_open(counts);
        let empty = &mut StepCounts::default();
        let last = counts.last_mut().unwrap_or(empty);
        let time = Durations::of(&mut last.since_entry);
        Conversion {
            group: whose.group.clone(),
            other: whose.other,
            entered,
            converted: last.reached,
            open,
            share: ratio(last.reached, entered).filter(|_| !of_each),
            closed_share: ratio(last.closed, closed).filter(|_| !of_each),
            time,
            histogram: histogram(&last.since_entry, self.window),
            complete: self.is_range_over() && open == 0,
        }
    }

    /// Customers who can still come further. An open customer is open at the last required step
    /// done and at optional ones after it, so those are not counted twice.
    fn still_open(&self, counts: &[StepCounts]) -> u64 {
        let required = counts.iter().enumerate().filter(|(step, _)| self.optional >> step & 1 == 0);
        required.map(|(_, counts)| counts.open).sum()
    }

    /// One period of one group.
    pub fn trend_row(
        &self,
        period: usize,
        counts: Option<&[StepCounts]>,
        whose: &Whose,
    ) -> TrendRow {
        let (start, label) = period_names(self, period);
        let counts = counts.unwrap_or_default();
        let entered = counts.first().map_or(0, |first| first.reached);
        let converted = counts.last().map_or(0, |last| last.reached);
        let open = self.still_open(counts);
        let periods = self.periods.as_ref();
        let end = periods.and_then(|periods| periods.end(period)).unwrap_or(i64::MAX);
        // The best entry of a customer may yet be another one, in another period.
        let is_over = match self.question.entry {
            Entry::First => !self.is_open_ended() && end <= self.as_of && open == 0,
            Entry::Best => {
                self.is_range_over() && self.entries.1.saturating_add(self.window) < self.as_of
            }
        };
        let of_each = self.touch == Touch::Each && (whose.group.is_some() || whose.other);
        TrendRow {
            start,
            label,
            group: whose.group.clone(),
            other: whose.other,
            entered,
            converted,
            open,
            share: ratio(converted, entered).filter(|_| !of_each),
            complete: is_over,
        }
    }

    /// A group against another at every transition, and from the first step to the last.
    pub fn differences(
        &self,
        group: (&Group, &[StepCounts]),
        against: (&Group, &[StepCounts]),
    ) -> Vec<Difference> {
        let mut pairs = vec![(0, self.n_steps - 1)];
        if self.n_steps > 2 {
            let required = (0..self.n_steps).filter(|step| self.optional >> step & 1 == 0);
            pairs.extend(required.filter_map(|step| Some((step, self.next_required(step)?))));
        }
        let closed =
            |counts: &[StepCounts], step: usize| counts.get(step).map_or(0, |one| one.closed);
        let difference = |(from, to): (usize, usize)| {
            let (part, whole) = (closed(group.1, to), closed(group.1, from));
            let (other_part, other_whole) = (closed(against.1, to), closed(against.1, from));
            let tested = two_shares(part, whole, other_part, other_whole);
            let (share, against_share) = (ratio(part, whole), ratio(other_part, other_whole));
            Difference {
                group: Some(group.0.clone()),
                against: Some(against.0.clone()),
                from_step: from + 1,
                to_step: to + 1,
                share,
                against_share,
                difference: share.zip(against_share).map(|(share, other)| share - other),
                p: tested.map(|(p, _)| p),
                p_corrected: None,
                test: tested.map(|(_, test)| test),
            }
        };
        pairs.into_iter().map(difference).collect()
    }
}
