//! The rows of all buckets, and what is counted of them.

use std::collections::BTreeMap;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Decimal128Type, Int32Type, Int64Type, UInt8Type, UInt32Type};
use serde::de::DeserializeOwned;

use super::answer::{ClassAnswer, Compared, Figures, IntervalAnswer, Side, Stayed};
use super::plan::Plan;
use super::question::Metric;
use super::rows::{ASKED, CURRENCIES, FLAWS, GONE, NEVER, STAYED, UNDECIDED, VOTE, WAVES, WHOLE};
use crate::belonging::Merged;
use crate::interval::{self, Estimate, Z95};
use crate::money::rounded;

/// Fewer votes than these are flagged: their interval is wide, and the adjusted one a guess.
pub const FEW: u64 = 30;

/// The rows of all buckets.
#[derive(Debug, Default)]
pub struct Tally {
    /// Votes that count.
    pub votes: Vec<VoteRow>,
    /// Customers who were asked.
    pub asked: Vec<AskedRow>,
    /// The groups.
    pub groups: Merged,
    /// Names of the waves, in order; the periods have none here.
    pub waves: Vec<String>,
    /// Rows that are no votes.
    pub flaws: [u64; 4],
    /// Currencies of the money.
    pub currencies: Vec<String>,
}

/// A vote that counts.
#[derive(Clone, Copy, Debug)]
pub struct VoteRow {
    /// Whose.
    pub customer: i64,
    /// Its wave; [`WHOLE`] for the one of the whole range.
    pub wave: i32,
    /// Its class, 0 the highest.
    pub class: usize,
    /// Its score.
    pub score: i32,
    /// Whether the customer stayed.
    pub stayed: u8,
    /// The customer's group.
    pub group: u32,
}

/// A customer who was asked.
#[derive(Clone, Copy, Debug)]
pub struct AskedRow {
    /// Who.
    pub customer: i64,
    /// In which wave; [`WHOLE`] for the whole range.
    pub wave: i32,
    /// Whether they answered.
    pub answered: bool,
    recency_days: i32,
    purchases: u32,
    money: i128,
}

impl Tally {
    /// The rows of all buckets, in order of wave and customer.
    pub fn new(plan: &Plan, partials: &[RecordBatch]) -> Tally {
        let mut tally = Tally::default();
        let mut currencies: Vec<String> = Vec::new();
        for partial in partials {
            tally.waves.extend(from_metadata::<Vec<String>>(partial, WAVES));
            currencies.extend(from_metadata::<Vec<String>>(partial, CURRENCIES));
            let flaws: [u64; 4] = from_metadata(partial, FLAWS);
            tally.flaws.iter_mut().zip(flaws).for_each(|(all, own)| *all += own);
        }
        for names in [&mut tally.waves, &mut currencies] {
            names.sort_unstable();
            names.dedup();
        }
        tally.currencies = currencies;
        for partial in partials {
            tally.read(plan, partial);
        }
        tally.votes.sort_unstable_by_key(|vote| (vote.wave, vote.customer));
        tally.asked.sort_unstable_by_key(|asked| (asked.wave, asked.customer));
        tally
    }

    fn read(&mut self, plan: &Plan, partial: &RecordBatch) {
        let own: Vec<String> = from_metadata(partial, WAVES);
        let places: Vec<i32> = own
            .iter()
            .map(|name| self.waves.binary_search(name).map_or(WHOLE, |place| place as i32))
            .collect();
        let wave_of = |wave: i32| match usize::try_from(wave) {
            Ok(wave) if plan.wave.is_some() => places.get(wave).copied().unwrap_or(WHOLE),
            _ => wave,
        };
        let groups = self.groups.numbers(partial, 5);
        let customers = partial.column(0).as_primitive::<Int64Type>().values();
        let kinds = partial.column(1).as_primitive::<UInt8Type>().values();
        let waves = partial.column(2).as_primitive::<Int32Type>().values();
        let values = partial.column(3).as_primitive::<Int32Type>().values();
        let stayed = partial.column(4).as_primitive::<UInt8Type>().values();
        let recency = partial.column(6).as_primitive::<Int32Type>().values();
        let purchases = partial.column(7).as_primitive::<UInt32Type>().values();
        let money = partial.column(8).as_primitive::<Decimal128Type>().values();
        for row in 0..partial.num_rows() {
            let (customer, wave) = (customers[row], wave_of(waves[row]));
            match kinds[row] {
                VOTE => self.votes.push(VoteRow {
                    customer,
                    wave,
                    class: plan.scale.class_of(i64::from(values[row])),
                    score: values[row],
                    stayed: stayed[row],
                    group: groups[row],
                }),
                ASKED => self.asked.push(AskedRow {
                    customer,
                    wave,
                    answered: values[row] == 1,
                    recency_days: recency[row],
                    purchases: purchases[row],
                    money: money[row],
                }),
                _ => {}
            }
        }
    }

    /// The votes of a wave.
    pub fn votes_of(&self, wave: i32) -> impl Iterator<Item = &VoteRow> {
        let first = self.votes.partition_point(|vote| vote.wave < wave);
        self.votes.iter().skip(first).take_while(move |vote| vote.wave == wave)
    }

    /// The customers asked in a wave.
    pub fn asked_in(&self, wave: i32) -> impl Iterator<Item = &AskedRow> {
        let first = self.asked.partition_point(|asked| asked.wave < wave);
        self.asked.iter().skip(first).take_while(move |asked| asked.wave == wave)
    }

    /// How many votes each group has, in all waves.
    pub fn sizes(&self) -> BTreeMap<u32, u64> {
        let mut sizes = BTreeMap::new();
        for vote in &self.votes {
            *sizes.entry(vote.group).or_default() += 1;
        }
        sizes
    }

    /// Who answered against who did not, by what they were at the end of the range.
    pub fn compared(&self) -> Vec<Compared> {
        let measures: [(&str, fn(&AskedRow) -> Option<f64>); 3] = [
            ("recency_days", |one| {
                (one.recency_days != NEVER).then(|| f64::from(one.recency_days))
            }),
            ("purchases", |one| Some(f64::from(one.purchases))),
            ("money", |one| Some(one.money as f64 / 10_000.0)),
        ];
        let is_mixed = self.currencies.len() > 1;
        let compared = |(name, get): (&str, fn(&AskedRow) -> Option<f64>)| {
            let side = |answered: bool| {
                let own = self.asked_in(WHOLE).filter(|one| one.answered == answered);
                let is_left_out = is_mixed && name == "money";
                Side::of(own.filter(|_| !is_left_out).filter_map(get))
            };
            Compared::new(name, side(true), side(false))
        };
        measures.into_iter().map(compared).collect()
    }
}

fn from_metadata<T: DeserializeOwned + Default>(batch: &RecordBatch, name: &str) -> T {
    let text = batch.schema_ref().metadata().get(name);
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// The figures of some votes.
pub fn figures<'a>(
    plan: &Plan,
    votes: impl Iterator<Item = &'a VoteRow>,
    is_over: bool,
) -> Figures {
    let mut counts = [[0_u64; 3]; 3];
    let mut sum = 0_i64;
    for vote in votes {
        if let Some(count) = counts.get_mut(vote.class) {
            count[usize::from(vote.stayed.min(STAYED))] += 1;
        }
        sum += i64::from(vote.score);
    }
    let sizes = counts.map(|count| count.iter().sum::<u64>());
    let [high, _, low] = sizes;
    let n: u64 = sizes.iter().sum();
    let against = if plan.question.metric == Metric::Nps { low } else { 0 };
    let (wald, adjusted) = match plan.question.metric {
        Metric::Nps => (
            interval::net_wald(high as f64, low as f64, n as f64),
            interval::net_adjusted(high, low, n),
        ),
        Metric::Csat | Metric::Ces => {
            (interval::wald(high as f64, n as f64), interval::adjusted(high, n))
        }
    };
    let difference = i128::from(high) - i128::from(against);
    let classes = plan.question.metric.classes().into_iter().zip(counts);
    Figures {
        votes: n,
        score: (n > 0).then(|| 100.0 * difference as f64 / n as f64),
        rounded: (n > 0).then(|| rounded(difference * 100, i128::from(n)) as i64),
        wald: wald.map(points),
        adjusted: adjusted.map(points),
        mean: (n > 0).then(|| sum as f64 / n as f64),
        few: n > 0 && n < FEW,
        complete: is_over && !plan.is_open_ended(),
        classes: classes
            .map(|([class, en, zh], counts)| ClassAnswer {
                class: class.to_owned(),
                en: en.to_owned(),
                zh: zh.to_owned(),
                votes: counts.iter().sum(),
                share: (n > 0).then(|| counts.iter().sum::<u64>() as f64 / n as f64),
                stayed: stayed(counts),
            })
            .collect(),
    }
}

fn stayed(counts: [u64; 3]) -> Stayed {
    let [undecided, gone, stayed] = [UNDECIDED, GONE, STAYED].map(|of| counts[usize::from(of)]);
    let decided = gone + stayed;
    Stayed {
        decided,
        stayed,
        undecided,
        share: (decided > 0).then(|| stayed as f64 / decided as f64),
        interval: interval::wilson(stayed, decided),
        complete: undecided == 0,
    }
}

fn points(estimate: Estimate) -> IntervalAnswer {
    let Estimate { value, low, high } = estimate;
    IntervalAnswer { score: value * 100.0, low: low * 100.0, high: high * 100.0 }
}

impl Side {
    /// Mean and variance of some values.
    fn of(values: impl Iterator<Item = f64>) -> Side {
        // One pass, by B. P. Welford (1962), Technometrics 4, 419–420.
        let (mut n, mut mean, mut squares) = (0_u64, 0.0, 0.0);
        for value in values {
            n += 1;
            let before = value - mean;
            mean += before / n as f64;
            squares += before * (value - mean);
        }
        Side {
            n,
            mean: (n > 0).then_some(mean),
            deviation: (n > 1).then(|| (squares / (n - 1) as f64).sqrt()),
        }
    }

    /// The variance of the mean.
    fn error(&self) -> Option<f64> {
        self.deviation.map(|deviation| deviation * deviation / self.n as f64)
    }
}

impl Compared {
    /// The difference of two means with its interval at 95 %, variances being each its own.
    ///
    /// B. L. Welch (1938), "The significance of the difference between two means when the population
    /// variances are unequal", Biometrika 29, 350–362, with the quantile of the normal.
    fn new(measure: &str, responded: Side, silent: Side) -> Compared {
        let difference = responded.mean.zip(silent.mean).map(|(own, other)| own - other);
        let error = responded.error().zip(silent.error()).map(|(own, other)| (own + other).sqrt());
        let interval = difference.zip(error);
        Compared {
            measure: measure.to_owned(),
            responded,
            silent,
            difference,
            interval: interval.map(|(mid, error)| (mid - Z95 * error, mid + Z95 * error)),
        }
    }
}
