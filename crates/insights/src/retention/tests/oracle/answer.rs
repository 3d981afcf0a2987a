//! From entries to the cells of every group, the mean row and the warnings.

use std::collections::{BTreeMap, BTreeSet};

use perennial_testkit::World;
use perennial_types::filter::EventNames;

use super::{Entry, Oracle, Return};
use crate::grouping::Group;
use crate::retention::{
    Aggregate, AggregateKind, Attribution, Count, CountKind, Enter, Incomplete, Interval, MeanKind,
    Per, Share,
};

/// The cells there have to be.
#[derive(Debug)]
pub struct Expected {
    pub rows: Vec<ExpectedRow>,
    pub mean: Vec<ExpectedMean>,
    /// Groups with the sizes and mean rows they have.
    pub groups: Vec<(Option<Group>, u64, Vec<ExpectedMean>)>,
    pub unknown_events: Vec<String>,
    pub currency: Option<String>,
}

#[derive(Debug)]
pub struct ExpectedRow {
    pub start: String,
    pub group: Option<Group>,
    pub is_other: bool,
    pub size: u64,
    pub partial: bool,
    pub cells: Vec<ExpectedCell>,
}

#[derive(Debug)]
pub struct ExpectedCell {
    pub index: u32,
    /// The customers of the cell.
    pub customers: BTreeSet<i64>,
    pub returned: u64,
    pub share: Option<f64>,
    pub complete: bool,
    pub eligible: u64,
    pub value: Option<f64>,
}

#[derive(Debug)]
pub struct ExpectedMean {
    pub index: u32,
    pub share: Option<f64>,
    pub customers: u64,
    pub of: u64,
    pub cohorts: usize,
    /// `None` where it is not checked.
    pub interval: Option<Option<(f64, f64)>>,
}

/// An entry with the returns a group sees of it.
struct Member<'a> {
    entry: &'a Entry,
    returns: Vec<&'a Return>,
}

/// One cell before it is shown.
struct Cell {
    size: u64,
    returned: u64,
    eligible: u64,
    eligible_returned: u64,
    values: Vec<i128>,
    customers: BTreeSet<i64>,
}

impl Oracle<'_> {
    pub fn answer(&self, world: &World, entries: &[Entry]) -> Result<Expected, String> {
        let currency = self.one_currency(entries)?;
        let everybody: Vec<Member<'_>> = entries.iter().map(|entry| all_returns(entry)).collect();
        let groups = self.groups(entries);
        let rows = if self.question.breakdown.is_empty() {
            self.shown_rows(None, false, &everybody)
        } else {
            let shown = groups.iter();
            let shown = shown.flat_map(|(group, members)| {
                self.shown_rows(group.as_ref(), group.is_none(), members)
            });
            shown.collect()
        };
        let group_means = groups.iter().map(|(group, members)| {
            (group.clone(), members.len() as u64, self.mean(members, false))
        });
        Ok(Expected {
            rows,
            mean: self.mean(&everybody, true),
            groups: group_means.collect(),
            unknown_events: self.unknown_events(world, &everybody),
            currency,
        })
    }

    fn one_currency(&self, entries: &[Entry]) -> Result<Option<String>, String> {
        let adds_money = self.question.min.amount.is_some()
            || self.question.value.as_ref().is_some_and(|value| value.of == "amount");
        let any_window = self.question.count == Count::Named(CountKind::OnOrAfter);
        let seen = |other: &&Return| any_window || other.window < i64::from(self.windows.n_columns);
        let returns = entries.iter().flat_map(|entry| &entry.returns).filter(seen);
        let mut all: BTreeSet<&String> = returns.flat_map(|other| &other.currencies).collect();
        match (adds_money, all.len()) {
            (false, _) => Ok(None),
            (true, 0 | 1) => Ok(all.pop_first().cloned()),
            (true, _) => Err("mixed_currencies".to_owned()),
        }
    }

    fn by_return(&self) -> bool {
        self.question.breakdown.iter().any(|one| one.at == Attribution::Return)
    }

    /// The groups as they are shown, the rest as `None`.
    fn groups<'b>(&self, entries: &'b [Entry]) -> Vec<(Option<Group>, Vec<Member<'b>>)> {
        if self.question.breakdown.is_empty() {
            return Vec::new();
        }
        let found: BTreeSet<&Group> = match self.by_return() {
            true => {
                entries.iter().flat_map(|entry| &entry.returns).map(|other| &other.group).collect()
            }
            false => entries.iter().map(|entry| &entry.own).collect(),
        };
        let mut weighed: Vec<(u64, &Group, Vec<Member<'b>>)> = found
            .into_iter()
            .map(|group| {
                let members = self.members_of(entries, group);
                (self.weight(&members), group, members)
            })
            .filter(|(weight, ..)| *weight > 0)
            .collect();
        weighed.sort_by_key(|(weight, ..)| std::cmp::Reverse(*weight));
        let is_cut = weighed.len() > self.question.top;
        weighed.truncate(self.question.top);
        let kept: Vec<&Group> = weighed.iter().map(|(_, group, _)| *group).collect();
        let rest = self.rest(entries, &kept);
        let mut groups: Vec<(Option<Group>, Vec<Member<'b>>)> = weighed
            .iter()
            .map(|(_, group, _)| (Some((*group).clone()), self.members_of(entries, group)))
            .collect();
        if is_cut && self.weight(&rest) > 0 {
            groups.push((None, rest));
        }
        groups
    }

    /// What makes a group large: who is in it, or how often they return with its values.
    fn weight(&self, members: &[Member<'_>]) -> u64 {
        if !self.by_return() {
            return members.len() as u64;
        }
        let counted = |member: &Member<'_>| {
            (0..self.windows.n_columns)
                .filter(|k| self.counted(&member.returns, *k).is_some())
                .count() as u64
        };
        members.iter().map(counted).sum()
    }

    /// A group told apart by return values is as large as all who could return with them.
    fn members_of<'b>(&self, entries: &'b [Entry], group: &Group) -> Vec<Member<'b>> {
        if !self.by_return() {
            return entries.iter().filter(|entry| entry.own == *group).map(all_returns).collect();
        }
        let belongs = |entry: &&Entry| {
            let values = entry.own.iter().zip(group).zip(&self.question.breakdown);
            values.into_iter().all(|((own, of), one)| one.at == Attribution::Return || own == of)
        };
        let with_returns = |entry: &'b Entry| Member {
            entry,
            returns: entry.returns.iter().filter(|other| other.group == *group).collect(),
        };
        entries.iter().filter(belongs).map(with_returns).collect()
    }

    fn rest<'b>(&self, entries: &'b [Entry], kept: &[&Group]) -> Vec<Member<'b>> {
        if !self.by_return() {
            return entries
                .iter()
                .filter(|entry| !kept.contains(&&entry.own))
                .map(all_returns)
                .collect();
        }
        let with_returns = |entry: &'b Entry| Member {
            entry,
            returns: entry.returns.iter().filter(|other| !kept.contains(&&other.group)).collect(),
        };
        entries.iter().map(with_returns).collect()
    }

    fn cell(&self, members: &[Member<'_>], row: usize, k: u32) -> Cell {
        let mut cell = Cell {
            size: 0,
            returned: 0,
            eligible: 0,
            eligible_returned: 0,
            values: Vec::new(),
            customers: BTreeSet::new(),
        };
        for member in members.iter().filter(|member| member.entry.row == row) {
            let is_over = self.end(member.entry, k) <= self.as_of;
            cell.size += 1;
            cell.eligible += u64::from(is_over);
            if k == 0 {
                cell.customers.insert(member.entry.customer);
            }
            if let Some(value) = self.counted(&member.returns, k) {
                cell.returned += 1;
                cell.eligible_returned += u64::from(is_over);
                cell.values.push(value);
                cell.customers.insert(member.entry.customer);
            }
        }
        cell
    }

    fn end(&self, entry: &Entry, k: u32) -> i64 {
        self.windows.begin(entry.anchor, k + 1, entry.cycle)
    }

    fn is_open_ended(&self) -> bool {
        let question = self.question;
        question.count == Count::Named(CountKind::OnOrAfter)
            || question.population == perennial_types::question::Population::NetBuyers
            || matches!(question.period, crate::retention::Period::Own(_))
            || question.breakdown.iter().any(|one| one.at == Attribution::Current)
    }

    /// Whether row and window are over for whoever may stand in the row.
    fn is_over_for_all(&self, row: usize, k: u32) -> bool {
        let row = &self.rows[row];
        row.end <= self.as_of && self.windows.end_of_row(row, k, self.usual_cycle) <= self.as_of
    }

    fn is_complete(&self, members: &[Member<'_>], row: usize, k: u32) -> bool {
        let ends = members.iter().filter(|member| member.entry.row == row);
        let last = ends.map(|member| self.end(member.entry, k)).max();
        !self.is_open_ended()
            && self.rows[row].end <= self.as_of
            && match last {
                Some(last) => last <= self.as_of,
                None => self.is_over_for_all(row, k),
            }
    }

    fn has_begun(&self, members: &[Member<'_>], row: usize, k: u32) -> bool {
        let own = members.iter().filter(|member| member.entry.row == row);
        let begin =
            |member: &Member<'_>| self.windows.begin(member.entry.anchor, k, member.entry.cycle);
        self.windows.begin_of_row(&self.rows[row], k, self.usual_cycle) < self.as_of
            || own.into_iter().any(|member| begin(member) < self.as_of)
    }

    fn shown_rows(
        &self,
        group: Option<&Group>,
        is_other: bool,
        members: &[Member<'_>],
    ) -> Vec<ExpectedRow> {
        let begun = (0..self.rows.len()).filter(|row| self.rows[*row].start < self.as_of);
        let shown = begun.map(|row| {
            let cells = (0..self.windows.n_columns).filter(|k| self.has_begun(members, row, *k));
            let cells = cells.filter(|k| {
                let is_hidden = self.question.incomplete == Incomplete::Hide && *k > 0;
                !is_hidden || self.is_complete(members, row, *k)
            });
            ExpectedRow {
                start: self.rows[row].name.clone(),
                group: group.cloned(),
                is_other,
                size: self.cell(members, row, 0).size,
                partial: self.rows[row].end > self.as_of,
                cells: cells.map(|k| self.shown_cell(members, row, k)).collect(),
            }
        });
        shown.collect()
    }

    fn shown_cell(&self, members: &[Member<'_>], row: usize, k: u32) -> ExpectedCell {
        let cell = self.cell(members, row, k);
        let share = match (self.question.share, self.question.incomplete) {
            (Share::Absolute, _) => None,
            (_, _) if k == 0 => ratio(cell.size, cell.size),
            (Share::Previous, _) if k == 1 => ratio(cell.returned, cell.size),
            (Share::Previous, _) => ratio(cell.returned, self.cell(members, row, k - 1).returned),
            (Share::Cohort, Incomplete::Eligible) => ratio(cell.eligible_returned, cell.eligible),
            (Share::Cohort, _) => ratio(cell.returned, cell.size),
        };
        ExpectedCell {
            index: k,
            returned: cell.returned,
            share,
            complete: self.is_complete(members, row, k),
            eligible: cell.eligible,
            value: self.value(&cell),
            customers: cell.customers,
        }
    }

    fn value(&self, cell: &Cell) -> Option<f64> {
        let value = self.question.value.as_ref()?;
        let scale = match value.of.as_str() {
            "customers" => return Some(cell.returned as f64),
            "events" => 1.0,
            _ => 10_000.0,
        };
        let sum = cell.values.iter().sum::<i128>() as f64 / scale;
        let mut each: Vec<f64> = cell.values.iter().map(|value| *value as f64 / scale).collect();
        if value.per == Per::Cohort {
            each.resize(cell.size as usize, 0.0);
        }
        each.sort_by(f64::total_cmp);
        match value.aggregate {
            Aggregate::Named(AggregateKind::Sum) => Some(sum),
            Aggregate::Named(AggregateKind::Mean) if each.is_empty() => None,
            Aggregate::Named(AggregateKind::Mean) => Some(sum / each.len() as f64),
            Aggregate::Named(AggregateKind::Median) => quantile(&each, 0.5),
            Aggregate::Percentile { percentile } => quantile(&each, percentile),
        }
    }

    fn mean(&self, members: &[Member<'_>], is_total: bool) -> Vec<ExpectedMean> {
        (1..self.windows.n_columns).map(|k| self.mean_cell(members, k, is_total)).collect()
    }

    fn mean_cell(&self, members: &[Member<'_>], k: u32, is_total: bool) -> ExpectedMean {
        let rebased = self.question.incomplete == Incomplete::Eligible;
        let takes_part = |row: &usize| match self.is_open_ended() {
            _ if rebased => true,
            true => self.is_over_for_all(*row, k),
            false => self.is_complete(members, *row, k),
        };
        let rows: Vec<usize> = (0..self.rows.len()).filter(takes_part).collect();
        let cells = rows.iter().map(|row| self.cell(members, *row, k));
        let counts = cells.map(|cell| match rebased {
            true => (cell.eligible as f64, cell.eligible_returned as f64),
            false => (cell.size as f64, cell.returned as f64),
        });
        let counts: Vec<(f64, f64)> = counts.filter(|(size, _)| *size > 0.0).collect();
        let total = |of: fn(&(f64, f64)) -> f64| counts.iter().map(of).sum::<f64>();
        let (size, returned) = (total(|cell| cell.0), total(|cell| cell.1));
        let share = (!counts.is_empty()).then(|| match self.question.mean.kind {
            MeanKind::Pooled => returned / size,
            MeanKind::Simple => total(|cell| cell.1 / cell.0) / counts.len() as f64,
            MeanKind::Mixpanel => total(|cell| cell.1 * cell.0) / total(|cell| cell.0 * cell.0),
        });
        let interval = match (self.question.mean.interval, self.question.mean.kind) {
            (Interval::None, _) | (Interval::Auto, MeanKind::Simple | MeanKind::Mixpanel) => {
                Some(None)
            }
            (Interval::Bootstrap, _) => None,
            (Interval::Auto, MeanKind::Pooled) if self.question.enter != Enter::EveryPeriod => {
                Some(wilson(returned, size))
            }
            (Interval::Auto, MeanKind::Pooled) if rebased || !is_total => Some(None),
            (Interval::Auto, MeanKind::Pooled) => Some(self.clustered(members, &rows, k)),
        };
        ExpectedMean {
            index: k,
            share,
            customers: returned as u64,
            of: size as u64,
            cohorts: counts.len(),
            interval,
        }
    }

    /// The ratio of sums over customers, with the variance of a ratio estimator.
    fn clustered(&self, members: &[Member<'_>], rows: &[usize], k: u32) -> Option<(f64, f64)> {
        let mut by_customer: BTreeMap<i64, (f64, f64)> = BTreeMap::new();
        for member in members.iter().filter(|member| rows.contains(&member.entry.row)) {
            let own = by_customer.entry(member.entry.customer).or_default();
            own.0 += 1.0;
            own.1 += f64::from(u8::from(self.counted(&member.returns, k).is_some()));
        }
        let n = by_customer.len() as f64;
        if n < 2.0 {
            return None;
        }
        let x: f64 = by_customer.values().map(|own| own.0).sum();
        let share = by_customer.values().map(|own| own.1).sum::<f64>() / x;
        let squares: f64 = by_customer.values().map(|own| (own.1 - share * own.0).powi(2)).sum();
        let reach = 1.959_963_984_540_054 * (n / (n - 1.0) * squares).sqrt() / x;
        Some(((share - reach).max(0.0), (share + reach).min(1.0)))
    }

    fn unknown_events(&self, world: &World, everybody: &[Member<'_>]) -> Vec<String> {
        let anybody = everybody.iter().any(|member| {
            (0..self.windows.n_columns).any(|k| self.counted(&member.returns, k).is_some())
        });
        let mut unknown: BTreeSet<String> = BTreeSet::new();
        for filter in [&self.question.start, &self.question.return_] {
            if let EventNames::OneOf(names) = &filter.event {
                let is_known =
                    |name: &&String| world.events.iter().any(|event| event.event == **name);
                unknown.extend(names.iter().filter(|name| !is_known(name)).cloned());
            }
        }
        if anybody { Vec::new() } else { unknown.into_iter().collect() }
    }
}

fn all_returns(entry: &Entry) -> Member<'_> {
    Member { entry, returns: entry.returns.iter().collect() }
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Type 7: linear between closest ranks.
fn quantile(sorted: &[f64], part: f64) -> Option<f64> {
    let place = part * (sorted.len().checked_sub(1)?) as f64;
    let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    Some(low + (high - low) * place.fract())
}

fn wilson(successes: f64, n: f64) -> Option<(f64, f64)> {
    if n == 0.0 {
        return None;
    }
    let z = 1.959_963_984_540_054_f64;
    // The roots of (p̂ − p)² = z²·p(1 − p)/n.
    let (a, b, c) = (n + z * z, -(2.0 * successes + z * z), successes * successes / n);
    let root = (b * b - 4.0 * a * c).max(0.0).sqrt();
    Some((((-b - root) / (2.0 * a)).max(0.0), ((-b + root) / (2.0 * a)).min(1.0)))
}
