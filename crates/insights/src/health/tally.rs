//! The numbers over everybody: dates, families, dimensions, segments, moves, alerts.

use std::collections::BTreeMap;

use perennial_models::health::{Direction, Health};
use perennial_types::money::decimal_text;

use super::answer::{
    AlertsAnswer, DateAnswer, DimensionAnswer, FamilyAnswer, MigrationAnswer, SegmentAnswer,
};
use super::dimensions::Family;
use super::people::People;
use super::question::{Moved, State};
use crate::customer_table::features::Feature;

/// A mean in the making.
#[derive(Clone, Copy, Debug, Default)]
struct Mean {
    n: u64,
    sum: f64,
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.n += 1;
        self.sum += value;
    }

    fn mean(self) -> Option<f64> {
        (self.n > 0).then(|| self.sum / self.n as f64)
    }
}

/// Customers by where they stand.
#[derive(Clone, Copy, Debug, Default)]
struct States {
    by_state: [u64; State::ALL.len()],
    score: Mean,
}

impl States {
    fn add(&mut self, state: State, score: Option<f64>) {
        if let Some(n) = self.by_state.get_mut(place(state)) {
            *n += 1;
        }
        if let Some(score) = score.filter(|_| state.is_here()) {
            self.score.add(score);
        }
    }

    fn of(&self, state: State) -> u64 {
        self.by_state.get(place(state)).copied().unwrap_or_default()
    }

    fn here(&self) -> u64 {
        State::ALL.iter().filter(|state| state.is_here()).map(|state| self.of(*state)).sum()
    }
}

fn place(state: State) -> usize {
    State::ALL.iter().position(|one| *one == state).unwrap_or_default()
}

/// What one pass over the scores of a date finds.
struct OfDate {
    coverage: Mean,
    families: [Mean; Family::ALL.len()],
    points: Vec<Mean>,
}

impl OfDate {
    fn new(people: &People<'_>, date: usize) -> OfDate {
        let n_dimensions = people.plan.dimensions.len();
        let mut found = OfDate {
            coverage: Mean::default(),
            families: Default::default(),
            points: vec![Mean::default(); n_dimensions],
        };
        let shares = shares(people, date);
        for customer in 0..people.scored.customers.len() {
            let look = people.look(customer, date);
            let Some(row) = look.row.filter(|_| look.state.is_here()) else { continue };
            if let Some(health) = people.scored.health(people.plan, people.ranker, date, row) {
                found.add(people, row, &health, &shares);
            }
        }
        found
    }

    fn add(&mut self, people: &People<'_>, row: usize, health: &Health, shares: &[f64]) {
        self.coverage.add(health.coverage);
        let mut families = [(0.0, 0.0); Family::ALL.len()];
        let parts = people.plan.dimensions.iter().zip(&health.points).zip(shares).enumerate();
        for (dimension, ((one, points), share)) in parts {
            if *share <= 0.0 || people.ranker.value(row, dimension).is_none() {
                continue;
            }
            if let Some(mean) = self.points.get_mut(dimension) {
                mean.add(*points);
            }
            if let Some((sum, weight)) = families.get_mut(one.family as usize) {
                *sum += points;
                *weight += share;
            }
        }
        for (mean, (points, weight)) in self.families.iter_mut().zip(families) {
            if weight > 0.0 {
                // Points are out of the weight of everything that is known of the customer.
                mean.add(50.0 + points * health.coverage / weight);
            }
        }
    }
}

/// The weights of a date, as shares of all.
fn shares(people: &People<'_>, date: usize) -> Vec<f64> {
    match people.scored.bases.get(date) {
        Some(Some(basis)) => basis.weights.shares().collect(),
        _ => vec![0.0; people.plan.dimensions.len()],
    }
}

/// Every date, and every dimension at the last one.
pub fn dates(people: &People<'_>) -> (Vec<DateAnswer>, Vec<DimensionAnswer>) {
    let mut dates = Vec::with_capacity(people.plan.dates.len());
    let mut dimensions = Vec::new();
    for (position, (date, complete)) in
        people.plan.dates.iter().zip(&people.plan.complete).enumerate()
    {
        let mut states = States::default();
        for customer in 0..people.scored.customers.len() {
            let look = people.look(customer, position);
            states.add(look.state, look.score);
        }
        let found = OfDate::new(people, position);
        let shares = shares(people, position);
        let weight_of = |family: Family| -> f64 {
            let own = people.plan.dimensions.iter().zip(&shares);
            own.filter(|(one, _)| one.family == family).map(|(_, share)| share).sum()
        };
        let families = Family::ALL.into_iter().zip(found.families);
        dates.push(DateAnswer {
            date: *date,
            complete: *complete,
            here: states.here(),
            healthy: states.of(State::Healthy),
            watch: states.of(State::Watch),
            at_risk: states.of(State::AtRisk),
            unscored: states.of(State::Unscored),
            left: states.of(State::Left),
            mean_score: states.score.mean(),
            mean_coverage: found.coverage.mean(),
            families: families
                .map(|(family, mean)| FamilyAnswer {
                    family,
                    weight: weight_of(family),
                    customers: mean.n,
                    mean: mean.mean(),
                })
                .collect(),
        });
        if position == people.last() {
            dimensions = dimensions_of(people, &found, &shares);
        }
    }
    (dates, dimensions)
}

fn dimensions_of(people: &People<'_>, found: &OfDate, shares: &[f64]) -> Vec<DimensionAnswer> {
    let last = people.last();
    let known = |dimension: usize| {
        let here = (0..people.scored.customers.len()).map(|one| people.look(one, last));
        let rows = here.filter(|look| look.state.is_here()).filter_map(|look| look.row);
        rows.filter(|row| people.ranker.value(*row, dimension).is_some()).count() as u64
    };
    let all = people.plan.dimensions.iter().zip(&found.points).zip(shares).enumerate();
    all.map(|(place, ((one, points), share))| {
        let name = |pick: fn(&'static Feature) -> &'static str| {
            one.feature().map_or(one.name, pick).to_owned()
        };
        DimensionAnswer {
            name: one.name.to_owned(),
            en: name(|feature| feature.en),
            zh: name(|feature| feature.zh),
            family: one.family,
            more_is_better: one.direction == Direction::More,
            weight: *share,
            half_life_days: one.aging.as_ref().map(|aging| aging.half_life_days),
            known: known(place),
            mean_points: points.mean(),
        }
    })
    .collect()
}

/// The segments at the last date, the largest first.
pub fn segments(people: &People<'_>) -> Vec<SegmentAnswer> {
    if people.plan.question.segment.is_none() {
        return Vec::new();
    }
    let last = people.last();
    let mut by_segment: BTreeMap<Option<&str>, States> = BTreeMap::new();
    for customer in 0..people.scored.customers.len() {
        let look = people.look(customer, last);
        if look.state.is_here() {
            let segment = people.segment(customer, last);
            by_segment.entry(segment).or_default().add(look.state, look.score);
        }
    }
    let basis = people.scored.bases.get(last).cloned().flatten();
    let own_scale = |segment: Option<&str>| {
        let reference = basis.as_ref().map(|basis| &basis.reference);
        reference.zip(segment).is_some_and(|(reference, segment)| reference.has_own_scale(segment))
    };
    let answer = |(segment, states): (Option<&str>, States)| SegmentAnswer {
        segment: segment.map(str::to_owned),
        ranked_by_itself: own_scale(segment),
        here: states.here(),
        healthy: states.of(State::Healthy),
        watch: states.of(State::Watch),
        at_risk: states.of(State::AtRisk),
        mean_score: states.score.mean(),
    };
    let mut answers: Vec<SegmentAnswer> = by_segment.into_iter().map(answer).collect();
    answers.sort_by_key(|segment| std::cmp::Reverse(segment.here));
    answers
}

/// Who moved since the date before the last one.
pub fn migration(people: &People<'_>) -> Option<MigrationAnswer> {
    let last = people.last();
    let before = last.checked_sub(1)?;
    let n = State::ALL.len();
    let mut customers = vec![vec![0_u64; n]; n];
    let (mut up, mut down, mut same) = (0, 0, 0);
    for customer in 0..people.scored.customers.len() {
        let (from, to) = (people.look(customer, before).state, people.look(customer, last).state);
        if (from, to) != (State::NotYet, State::NotYet)
            && let Some(cell) =
                customers.get_mut(place(from)).and_then(|row| row.get_mut(place(to)))
        {
            *cell += 1;
        }
        match people.moved(customer, last) {
            Some(Moved::Up) => up += 1,
            Some(Moved::Down) => down += 1,
            Some(Moved::Same) => same += 1,
            None => {}
        }
    }
    Some(MigrationAnswer {
        from: people.plan.dates.get(before).copied()?,
        to: people.plan.last_date(),
        states: State::ALL.to_vec(),
        customers,
        up,
        down,
        same,
    })
}

/// Whom there is time to look after.
pub fn alerts(people: &People<'_>) -> Option<AlertsAnswer> {
    people.threshold?;
    let by_value = people.has_value;
    let at_risk = |customers: &mut dyn Iterator<Item = usize>| -> f64 {
        customers.filter_map(|one| people.urgency(one)).sum()
    };
    let chosen = at_risk(&mut people.alerted.iter().copied());
    let all = at_risk(&mut (0..people.scored.customers.len()));
    Some(AlertsAnswer {
        budget: u64::from(people.plan.question.budget),
        customers: people.alerted.len() as u64,
        by_value,
        expected_leavers: people.alerted.iter().filter_map(|one| people.risk(*one)).sum(),
        value_at_risk: by_value.then(|| money(chosen)),
        share_of_value_at_risk: (by_value && all > 0.0).then(|| chosen / all),
    })
}

/// Money as decimal text.
pub fn money(units: f64) -> String {
    decimal_text((units * 10_000.0).round() as i128)
}
