//! Random worlds against labels in plain loops, and the law that nothing leaks from the future.

use jiff::ToSpan;
use jiff::civil::Date;
use perennial_models::learn::Table;
use perennial_testkit::{Event, Scene, scenes, worlds};
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::plain::{joined, start_of};

/// What shows that customers stay or leave, in the question and in plain words.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Sign {
    Orders,
    Views,
    Anything,
    LargeOrders,
}

impl Sign {
    fn filter(self) -> Value {
        match self {
            Sign::Orders => json!({"event": "order"}),
            Sign::Views => json!({"event": "view"}),
            Sign::Anything => json!({"event": "*"}),
            Sign::LargeOrders => json!({"event": "order",
                "where": {"field": "amount", "op": ">=", "value": 12}}),
        }
    }

    fn names(self, row: &Event) -> bool {
        match self {
            Sign::Orders | Sign::LargeOrders => row.event == "order",
            Sign::Views => row.event == "view",
            Sign::Anything => true,
        }
    }

    /// The instants of its occurrences among the rows known by an instant.
    fn instants(self, rows: &[&Event], by: i64) -> Vec<i64> {
        let known: Vec<&Event> = rows.iter().copied().filter(|row| row.ts < by).collect();
        let orders = joined(&known, |row| self.names(row));
        let is_large = |lines: &&Vec<&Event>| {
            let amounts: Vec<i64> = lines.iter().filter_map(|line| line.amount).collect();
            self != Sign::LargeOrders
                || !amounts.is_empty() && amounts.iter().sum::<i64>() >= 120_000
        };
        orders.iter().filter(is_large).map(|lines| lines[0].ts).collect()
    }
}

#[derive(Clone, Debug)]
struct Asked {
    scene: Scene,
    world: World,
    as_of: i32,
    cuts: Vec<i32>,
    days: [i32; 3],
    stays: Sign,
    leaves: Option<Sign>,
}

fn asked() -> impl Strategy<Value = Asked> {
    scenes().prop_flat_map(|scene| {
        let n = scene.n_days;
        let longest = (n / 3).max(1);
        let sign = || select(vec![Sign::Orders, Sign::Views, Sign::Anything, Sign::LargeOrders]);
        (
            worlds(scene),
            (1..=n + 1, proptest::collection::vec(0..=n, 1..4)),
            (1..=longest, 0..longest, 1..=longest),
            (sign(), proptest::option::of(sign())),
        )
            .prop_map(move |(world, (as_of, mut cuts), days, (stays, leaves))| {
                cuts.retain(|cut| *cut < as_of);
                let (horizon, embargo, active) = days;
                let days = [horizon, embargo.min(horizon - 1), active];
                Asked { scene, world, as_of, cuts, days, stays, leaves }
            })
    })
}

impl Asked {
    fn date(&self, day: i32) -> Date {
        self.scene.date + i64::from(day).days()
    }

    /// The first instant behind a date.
    fn behind(&self, date: Date) -> i64 {
        start_of(&self.scene.rules(), date.tomorrow().unwrap()).min(self.end())
    }

    fn end(&self) -> i64 {
        start_of(&self.scene.rules(), self.date(self.as_of))
    }

    fn cut_dates(&self) -> Vec<Date> {
        let last = crate::plain::date_at(&self.scene.rules(), self.end() - 1);
        let mut dates: Vec<Date> = self.cuts.iter().map(|cut| self.date(*cut).min(last)).collect();
        dates.sort_unstable();
        dates.dedup();
        dates
    }

    fn question(&self) -> SampleQuestion {
        let [horizon, embargo, active] = self.days;
        let cuts: Vec<String> = self.cut_dates().iter().map(Date::to_string).collect();
        let mut asked = json!({"cuts": cuts, "horizon_days": horizon, "embargo_days": embargo,
            "active_within_days": active, "zone": self.scene.zone, "currency": "EUR",
            "stays": self.stays.filter()});
        if let Some(leaves) = self.leaves {
            asked["leaves"] = leaves.filter();
        }
        question(asked)
    }

    fn sample(&self, world: &World) -> Result<Sample, String> {
        let (end, question) = (self.end(), self.question());
        let text = jiff::Timestamp::from_microsecond(end).unwrap().to_string();
        sample_of(world, &text, |_, facts| Sampling::new(&question, end, facts))
    }

    /// The label of a customer at a cut; nothing where they were not at risk.
    fn outcome(&self, own: &[&Event], cut: Date) -> Option<Option<bool>> {
        let [horizon, embargo, active] = self.days.map(i64::from);
        let cut_end = self.behind(cut);
        let since = start_of(&self.scene.rules(), cut - (active - 1).days());
        let last = |sign: Sign| sign.instants(own, cut_end).into_iter().max();
        let stayed_last = last(self.stays).filter(|ts| *ts >= since)?;
        if let Some(gone) = self.leaves.and_then(last)
            && gone >= stayed_last
        {
            return None;
        }
        let last_date = cut + horizon.days();
        if start_of(&self.scene.rules(), last_date.tomorrow().unwrap()) > self.end() {
            return Some(None);
        }
        let (from, until) = (self.behind(cut + embargo.days()), self.behind(last_date));
        let Some(leaves) = self.leaves else {
            return Some(Some(!self.stays.instants(own, until).iter().any(|ts| *ts >= from)));
        };
        let gone: Vec<i64> = leaves.instants(own, until);
        if gone.iter().any(|ts| (cut_end..from).contains(ts)) {
            return Some(None);
        }
        Some(Some(gone.iter().any(|ts| (from..until).contains(ts))))
    }

    fn expected(&self) -> Vec<String> {
        let sorted = self.world.sorted();
        let mut lines = Vec::new();
        for customer in 1..=self.world.names.len() as i64 {
            let own: Vec<&Event> = sorted.iter().filter(|row| row.customer == customer).collect();
            for cut in self.cut_dates() {
                if let Some(left) = self.outcome(&own, cut) {
                    let word = left.map_or("?", |left| if left { "left" } else { "stayed" });
                    lines.push(format!("{} {cut} {word}", self.world.name_of(customer)));
                }
            }
        }
        lines
    }
}

/// The columns of a table that another one has too.
fn shared(table: &Table, other: &Table) -> Vec<String> {
    let is_there = |name: &str| other.columns().iter().any(|column| column.name == name);
    let columns = table.columns().iter().filter(|column| is_there(&column.name));
    columns.map(|column| format!("{column:?}")).collect()
}

proptest! {
    #[test]
    fn labels_are_those_of_plain_loops(asked in asked()) {
        prop_assume!(!asked.cuts.is_empty());
        match asked.sample(&asked.world) {
            Ok(sample) => prop_assert_eq!(labels(&asked.world, &sample), asked.expected()),
            Err(why) if why.starts_with("nobody_at_risk") => {
                prop_assert_eq!(asked.expected(), Vec::<String>::new());
            }
            Err(why) => prop_assert!(
                why.starts_with("no_complete_horizon")
                    && asked.expected().iter().all(|line| line.ends_with('?')),
                "{}", why
            ),
        }
    }

    #[test]
    fn a_label_is_blind_to_what_comes_behind_its_horizon_and_features_to_what_comes_behind_the_cut(
        asked in asked(),
    ) {
        prop_assume!(!asked.cuts.is_empty());
        // One cut alone, so that "behind" is one instant.
        let asked = Asked { cuts: asked.cuts[..1].to_vec(), ..asked };
        let Ok(whole) = asked.sample(&asked.world) else { return Ok(()) };
        let horizon_end = asked.behind(whole.cuts[0].horizon_end);
        let until_horizon = asked.world.filtered(|row| row.ts < horizon_end);
        let found = asked.sample(&until_horizon).unwrap();
        prop_assert_eq!(labels(&asked.world, &found), labels(&asked.world, &whole));
        prop_assert_eq!(format!("{:?}", found.table), format!("{:?}", whole.table));
        let cut_end = asked.behind(whole.cuts[0].date);
        let until_cut = asked.world.filtered(|row| row.ts < cut_end);
        let found = asked.sample(&until_cut).unwrap();
        prop_assert_eq!(&found.customers, &whole.customers);
        // Which columns vary is told by the labelled rows, of which there are none any more.
        prop_assert_eq!(shared(&found.table, &whole.table), shared(&whole.table, &found.table));
        prop_assert_eq!(&found.revenue_past_year, &whole.revenue_past_year);
    }
}
