//! The answer: the states of every period, and the moves between them.

use perennial_types::question::{Definition, Warning};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::plan::Plan;
use super::question::LifecycleQuestion;
use super::state::State;
use super::tally::Counts;
use crate::grouping::Group;
use crate::range;
use crate::retention::Members;

/// A lifecycle answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LifecycleAnswer {
    /// `lifecycle`.
    pub kind: String,
    /// The periods that have begun, of everybody.
    pub periods: Vec<PeriodAnswer>,
    /// The moves between periods that are final, added up.
    pub matrix: Matrix,
    /// The periods of every group, when customers are told apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<PeriodAnswer>,
    /// What exactly was computed.
    pub definition: Definition,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
    /// The customers of the number that was asked for.
    #[schema(required)]
    pub customers: Option<Members>,
    /// The question, every default filled in.
    pub question: LifecycleQuestion,
}

/// The states of one period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifecyclePeriod)]
pub struct PeriodAnswer {
    /// First civil date; with the hour and offset for hours.
    pub start: String,
    /// First civil date after it.
    pub end: String,
    /// What it is called.
    pub label: String,
    /// Values of the breakdown.
    #[schema(required, value_type = Option<Vec<Option<String>>>)]
    pub group: Option<Group>,
    /// Whether the group is the computed rest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
    /// Customers active when it begins.
    pub active_start: u64,
    /// Customers whose first occurrence lies in it.
    pub new: u64,
    /// Active when it begins, with an occurrence in it.
    pub returning: u64,
    /// Active throughout without an occurrence in it.
    pub idle: u64,
    /// Not active when it begins, with an occurrence in it and an earlier one.
    pub resurrecting: u64,
    /// Active when it begins, not when it ends.
    pub dormant: u64,
    /// Customers active when it ends.
    pub active_end: u64,
    /// Known before it, not active at either end.
    pub gone: u64,
    /// (New + resurrecting) ÷ dormant; null where nobody goes dormant.
    #[schema(required)]
    pub quick_ratio: Option<f64>,
    /// Dormant ÷ active when it begins; null where nobody is.
    #[schema(required)]
    pub dormant_share: Option<f64>,
    /// Why a ratio is null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether it is final.
    pub complete: bool,
    /// `history_too_short` where who is active at its start cannot be known whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
    /// From which state customers came to which, none of them 0; none in the first period.
    pub moves: Vec<Move>,
}

/// How many went from one state to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifecycleMove)]
pub struct Move {
    /// In the period before.
    pub from: State,
    /// In this one.
    pub to: State,
    /// How many.
    pub customers: u64,
}

/// The moves between periods that are final, added up: a customer counts once per period.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifecycleMatrix)]
pub struct Matrix {
    /// Number of pairs of neighbouring periods that were added up.
    pub pairs: usize,
    /// The states, rows and columns alike.
    pub states: Vec<State>,
    /// Customers by state in a period and state in the next.
    pub customers: Vec<Vec<u64>>,
    /// The same as shares of the row; null in an empty row.
    pub shares: Vec<Vec<Option<f64>>>,
}

/// Whose numbers they are.
#[derive(Clone, Debug, Default)]
pub struct Whose {
    /// Values of the breakdown; `None` for everybody, or for the computed rest.
    pub group: Option<Group>,
    /// Whether it is the computed rest.
    pub other: bool,
}

impl Plan {
    /// The states of a period.
    pub fn period(&self, period: usize, counts: &Counts, whose: &Whose) -> PeriodAnswer {
        let [new, returning, idle, resurrecting, dormant, gone] =
            State::ALL.map(|state| counts.of(state));
        let active_start = returning + idle + dormant;
        let ratio = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
        let reason = match (active_start, dormant) {
            (0, _) => Some("nobody_active_at_start"),
            (_, 0) => Some("nobody_dormant"),
            _ => None,
        };
        let too_short = self.is_history_too_short(period);
        PeriodAnswer {
            start: range::date_name(&self.calendar, &self.periods, period),
            end: range::date_name(&self.calendar, &self.periods, period + 1),
            label: range::label(&self.calendar, &self.periods, period),
            group: whose.group.clone(),
            other: whose.other,
            active_start,
            new,
            returning,
            idle,
            resurrecting,
            dormant,
            active_end: new + returning + idle + resurrecting,
            gone,
            quick_ratio: ratio(new + resurrecting, dormant),
            dormant_share: ratio(dormant, active_start),
            reason: reason.map(str::to_owned),
            complete: self.is_complete(period),
            flags: too_short.then(|| "history_too_short".to_owned()).into_iter().collect(),
            moves: moves(counts),
        }
    }

    /// The moves of everybody.
    pub fn matrix(&self, periods: &[Counts]) -> Matrix {
        let is_final = |period: &usize| self.is_complete(*period);
        let pairs: Vec<usize> = (1..periods.len()).filter(is_final).collect();
        let count = |from: State, to: State| -> u64 {
            let found = pairs.iter().filter_map(|period| periods.get(*period));
            found.map(|counts| counts.moved(from, to)).sum()
        };
        let customers: Vec<Vec<u64>> =
            State::ALL.map(|from| State::ALL.map(|to| count(from, to)).to_vec()).to_vec();
        let shares = customers.iter().map(|row| {
            let size: u64 = row.iter().sum();
            row.iter().map(|one| (size > 0).then(|| *one as f64 / size as f64)).collect()
        });
        Matrix {
            pairs: pairs.len(),
            states: State::ALL.to_vec(),
            shares: shares.collect(),
            customers,
        }
    }
}

fn moves(counts: &Counts) -> Vec<Move> {
    let pairs = State::ALL.into_iter().flat_map(|from| State::ALL.map(|to| (from, to)));
    let moves = pairs.map(|(from, to)| Move { from, to, customers: counts.moved(from, to) });
    moves.filter(|one| one.customers > 0).collect()
}
