//! The answer: what sessions are like, where they begin and end, and which first ones go with
//! staying.

use std::collections::BTreeMap;

use perennial_types::question::{Definition, Warning};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::plan::Plan;
use super::question::SessionsQuestion;
use super::tally::{Counts, What};
use crate::durations::{Durations, spread_quantile};
use crate::interval::wilson;
use crate::range;
use crate::retention::Members;
use crate::significance::{TestName, two_shares};

/// A sessions answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SessionsAnswer {
    /// `sessions`.
    pub kind: String,
    /// All sessions.
    pub overall: Overall,
    /// Customers by how many sessions they have.
    pub per_customer: Vec<PerCustomer>,
    /// Where sessions begin, the most frequent first.
    pub entries: Vec<EntryRow>,
    /// Where finished ones end, the most frequent first.
    pub exits: Vec<ExitRow>,
    /// Coming back after the first session.
    pub first_sessions: FirstSessions,
    /// Sessions by the period they begin in, where the question has one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trend: Vec<TrendRow>,
    /// What definition was used.
    pub definition: Definition,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
    /// The customers of the number that was asked for.
    #[schema(required)]
    pub customers: Option<Members>,
    /// The question, every default filled in.
    pub question: SessionsQuestion,
}

/// All sessions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SessionsOverall)]
pub struct Overall {
    /// Sessions that begin in the range.
    pub sessions: u64,
    /// Customers with at least one.
    pub customers: u64,
    /// Sessions that may still go on; they are in no length, depth, bounce or exit.
    pub open: u64,
    /// Sessions ÷ customers.
    #[schema(required)]
    pub mean_per_customer: Option<f64>,
    /// Median of the sessions of a customer.
    #[schema(required)]
    pub median_per_customer: Option<f64>,
    /// From first to last event, finished sessions, whole seconds.
    pub length: Durations,
    /// Median number of events of a finished session.
    #[schema(required)]
    pub median_depth: Option<f64>,
    /// 90th percentile of it.
    #[schema(required)]
    pub p90_depth: Option<f64>,
    /// Mean of it.
    #[schema(required)]
    pub mean_depth: Option<f64>,
    /// Finished sessions of one event.
    pub bounces: u64,
    /// Customers with one.
    pub bounced_customers: u64,
    /// Bounces ÷ finished sessions.
    #[schema(required)]
    pub bounce_share: Option<f64>,
    /// Wilson's interval of it at 95 %, as if sessions were independent of each other.
    #[schema(required)]
    pub bounce_interval: Option<(f64, f64)>,
    /// Whether every number is final.
    pub complete: bool,
}

/// Customers with so many sessions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SessionsPerCustomer)]
pub struct PerCustomer {
    /// How many sessions.
    pub sessions: u32,
    /// How many customers.
    pub customers: u64,
}

/// Sessions that begin at a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SessionsEntryRow)]
pub struct EntryRow {
    /// The node; absent for the computed rest.
    #[schema(required)]
    pub node: Option<String>,
    /// Sessions.
    pub sessions: u64,
    /// Sessions ÷ all of them.
    #[schema(required)]
    pub share: Option<f64>,
    /// Customers with one; null for the rest, where a customer may have several.
    #[schema(required)]
    pub customers: Option<u64>,
    /// Finished ones of one event.
    pub bounces: u64,
}

/// Finished sessions that end at a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SessionsExitRow)]
pub struct ExitRow {
    /// The node; absent for the computed rest.
    #[schema(required)]
    pub node: Option<String>,
    /// Sessions.
    pub sessions: u64,
    /// Sessions ÷ all finished ones.
    #[schema(required)]
    pub share: Option<f64>,
    /// Customers with one; null for the rest.
    #[schema(required)]
    pub customers: Option<u64>,
}

/// Sessions that begin in one period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SessionsTrendRow)]
pub struct TrendRow {
    /// First civil date; with the hour and offset for hours.
    pub start: String,
    /// What it is called.
    pub label: String,
    /// Sessions.
    pub sessions: u64,
    /// Customers with one.
    pub customers: u64,
    /// Sessions that may still go on.
    pub open: u64,
    /// Finished ones of one event.
    pub bounces: u64,
    /// Bounces ÷ finished sessions.
    #[schema(required)]
    pub bounce_share: Option<f64>,
    /// Whether it is final.
    pub complete: bool,
}

/// Coming back after the first session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FirstSessions {
    /// Customers whose first session begins in the range and whose horizon is over.
    pub customers: u64,
    /// Those who came back.
    pub returned: u64,
    /// Returned ÷ customers.
    #[schema(required)]
    pub share: Option<f64>,
    /// Customers whose horizon is not over; they are in no row.
    pub undecided: u64,
    /// What was met in the first session, the most frequent first.
    pub behaviours: Vec<Behaviour>,
}

/// One thing met in the first session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Behaviour {
    /// The node.
    pub node: String,
    /// Customers who met it.
    pub customers: u64,
    /// Customers ÷ all of them.
    #[schema(required)]
    pub support: Option<f64>,
    /// Those who came back.
    pub returned: u64,
    /// Returned ÷ customers.
    #[schema(required)]
    pub share: Option<f64>,
    /// The same of those who did not meet it; null where everybody did.
    #[schema(required)]
    pub share_without: Option<f64>,
    /// Share ÷ the share of all.
    #[schema(required)]
    pub lift: Option<f64>,
    /// Chance of a difference at least as large if it made none; null where everybody met it.
    #[schema(required)]
    pub p: Option<f64>,
    /// The same, corrected for the number of things met, those not shown included.
    #[schema(required)]
    pub p_corrected: Option<f64>,
    /// Which test.
    #[schema(required)]
    pub test: Option<TestName>,
}

/// Nodes with how often they are there.
type Nodes = Vec<(String, u64)>;

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn mean(spread: &BTreeMap<u32, u64>) -> Option<f64> {
    let total: f64 = spread.iter().map(|(value, n)| f64::from(*value) * *n as f64).sum();
    let n: u64 = spread.values().sum();
    (n > 0).then(|| total / n as f64)
}

impl Plan {
    /// All sessions.
    pub fn overall(&self, counts: &Counts) -> Overall {
        let per_customer = counts.spread(What::Customers);
        let (length, depth) = (counts.spread(What::Length), counts.spread(What::Depth));
        let (sessions, open) = (counts.n(What::Sessions), counts.n(What::Open));
        let (finished, bounces) = (sessions - open, counts.n(What::Bounces));
        let is_over = self.question.to.is_none() || self.range.1 <= self.as_of;
        Overall {
            sessions,
            customers: per_customer.values().sum(),
            open,
            mean_per_customer: mean(&per_customer),
            median_per_customer: spread_quantile(&per_customer, 0.5),
            length: Durations {
                n: finished,
                median_seconds: spread_quantile(&length, 0.5),
                p90_seconds: spread_quantile(&length, 0.9),
            },
            median_depth: spread_quantile(&depth, 0.5),
            p90_depth: spread_quantile(&depth, 0.9),
            mean_depth: mean(&depth),
            bounces,
            bounced_customers: counts.n(What::Bounced),
            bounce_share: ratio(bounces, finished),
            bounce_interval: wilson(bounces, finished),
            complete: is_over && !self.is_open_ended() && open == 0,
        }
    }

    /// The periods of the trend that have begun.
    pub fn trend(&self, counts: &Counts) -> Vec<TrendRow> {
        let Some(periods) = &self.periods else { return Vec::new() };
        let kinds =
            [What::PeriodSessions, What::PeriodCustomers, What::PeriodOpen, What::PeriodBounces];
        let by_period = kinds.map(|what| counts.spread(what));
        let has_begun =
            |period: &usize| periods.start(*period).is_some_and(|start| start < self.as_of);
        let row = |period: usize| {
            let number = u32::try_from(period).unwrap_or(u32::MAX);
            let [sessions, customers, open, bounces] =
                by_period.each_ref().map(|all| all.get(&number).copied().unwrap_or(0));
            let is_over = periods.end(period).is_some_and(|end| end <= self.as_of);
            TrendRow {
                start: range::date_name(&self.calendar, periods, period),
                label: range::label(&self.calendar, periods, period),
                sessions,
                customers,
                open,
                bounces,
                bounce_share: ratio(bounces, sessions - open),
                complete: is_over && !self.is_open_ended() && open == 0,
            }
        };
        (0..periods.len()).filter(has_begun).map(row).collect()
    }

    /// Customers by how many sessions they have.
    pub fn per_customer(&self, counts: &Counts) -> Vec<PerCustomer> {
        let spread = counts.spread(What::Customers);
        spread
            .into_iter()
            .map(|(sessions, customers)| PerCustomer { sessions, customers })
            .collect()
    }

    /// Where sessions begin.
    pub fn entries(&self, counts: &Counts) -> Vec<EntryRow> {
        let all = counts.n(What::Sessions);
        let (shown, rest) = self.split(counts.nodes(What::Entries));
        let bounces = |nodes: &[(String, u64)]| -> u64 {
            nodes.iter().map(|(node, _)| counts.of(What::EntryBounces, node)).sum()
        };
        let mut rows: Vec<EntryRow> = shown
            .iter()
            .map(|(node, sessions)| EntryRow {
                node: Some(node.clone()),
                sessions: *sessions,
                share: ratio(*sessions, all),
                customers: Some(counts.of(What::EntryCustomers, node)),
                bounces: counts.of(What::EntryBounces, node),
            })
            .collect();
        if !rest.is_empty() {
            let sessions = rest.iter().map(|(_, sessions)| sessions).sum();
            let share = ratio(sessions, all);
            rows.push(EntryRow {
                node: None,
                sessions,
                share,
                customers: None,
                bounces: bounces(&rest),
            });
        }
        rows
    }

    /// Where finished sessions end.
    pub fn exits(&self, counts: &Counts) -> Vec<ExitRow> {
        let finished = counts.n(What::Sessions) - counts.n(What::Open);
        let (shown, rest) = self.split(counts.nodes(What::Exits));
        let mut rows: Vec<ExitRow> = shown
            .iter()
            .map(|(node, sessions)| ExitRow {
                node: Some(node.clone()),
                sessions: *sessions,
                share: ratio(*sessions, finished),
                customers: Some(counts.of(What::ExitCustomers, node)),
            })
            .collect();
        if !rest.is_empty() {
            let sessions = rest.iter().map(|(_, sessions)| sessions).sum();
            rows.push(ExitRow {
                node: None,
                sessions,
                share: ratio(sessions, finished),
                customers: None,
            });
        }
        rows
    }

    /// The most frequent nodes, and the rest.
    fn split(&self, mut nodes: Nodes) -> (Nodes, Nodes) {
        let rest = nodes.split_off(nodes.len().min(self.question.top));
        (nodes, rest)
    }

    /// Coming back after the first session.
    pub fn first_sessions(&self, counts: &Counts) -> FirstSessions {
        let (all, returned) = (counts.n(What::Firsts), counts.n(What::FirstsReturned));
        let row = |(node, did): (String, u64)| {
            let did_return = counts.of(What::DidReturned, &node);
            let (without, without_return) = (all - did, returned - did_return);
            let tested = two_shares(did_return, did, without_return, without);
            let share = ratio(did_return, did);
            Behaviour {
                customers: did,
                support: ratio(did, all),
                returned: did_return,
                share,
                share_without: ratio(without_return, without),
                lift: share
                    .zip(ratio(returned, all))
                    .filter(|(_, all)| *all > 0.0)
                    .map(|(own, all)| own / all),
                p: tested.map(|(p, _)| p),
                p_corrected: None,
                test: tested.map(|(_, test)| test),
                node,
            }
        };
        let mut behaviours: Vec<Behaviour> = counts.nodes(What::Did).into_iter().map(row).collect();
        let p_values: Vec<f64> = behaviours.iter().filter_map(|one| one.p).collect();
        let mut corrected = self.question.correction.corrected(&p_values).into_iter();
        for behaviour in behaviours.iter_mut().filter(|one| one.p.is_some()) {
            behaviour.p_corrected = corrected.next();
        }
        behaviours.truncate(self.question.top);
        FirstSessions {
            customers: all,
            returned,
            share: ratio(returned, all),
            undecided: counts.n(What::FirstsUndecided),
            behaviours,
        }
    }
}
