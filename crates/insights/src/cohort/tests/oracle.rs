//! Random worlds against the definition itself: every customer, order and age in plain loops, with
//! the civil calendar of jiff and none of ours.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use perennial_testkit::{Event, Scene, World, scenes, worlds};
use perennial_types::money::decimal_text;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::plain::{date_at, is_order, joined, kept_something, money, start_of};

#[derive(Clone, Debug)]
struct Asked {
    scene: Scene,
    world: World,
    rows: &'static str,
    unit: &'static str,
    n_rows: i64,
    n_ages: i64,
    first: i32,
    n_days_known: i32,
    rolling: bool,
    incomplete: &'static str,
    start: Option<Value>,
    population: &'static str,
    currency: Option<&'static str>,
    by: &'static str,
    at: &'static str,
}

fn asked() -> impl Strategy<Value = Asked> {
    let starts = vec![
        None,
        None,
        Some(json!({"event": "signup"})),
        Some(json!({"event": "*"})),
        Some(json!({"event": ["order", "view"]})),
        Some(json!({"event": "order", "where": {"field": "amount", "op": ">", "value": 15}})),
    ];
    scenes().prop_flat_map(move |scene| {
        let units: &[&str] =
            if scene.n_days < 10 { &["day", "week"] } else { &["day", "week", "month", "quarter"] };
        (
            (worlds(scene), select(units.to_vec()), select(units.to_vec())),
            (1..5_i64, 1..6_i64, 0..scene.n_days, 0..=scene.n_days + 40),
            (any::<bool>(), select(vec!["show", "hide", "eligible"]), select(starts.clone())),
            (
                select(vec!["everyone", "everyone", "buyers", "net_buyers"]),
                select(vec![Some("EUR"), Some("EUR"), None]),
                select(vec!["period", "group", "both"]),
                select(vec!["start", "start", "current"]),
            ),
        )
            .prop_map(move |((world, rows, unit), days, how, whose)| Asked {
                scene,
                world,
                rows,
                unit,
                n_rows: days.0,
                n_ages: days.1,
                first: days.2,
                n_days_known: days.3,
                rolling: how.0,
                incomplete: how.1,
                start: how.2,
                population: whose.0,
                currency: whose.1,
                by: whose.2,
                at: whose.3,
            })
    })
}

fn first_date(unit: &str, day: Date) -> Date {
    match unit {
        "day" => day,
        "week" => day - i64::from(day.weekday().to_monday_zero_offset()).days(),
        "month" => day.first_of_month(),
        _ => date(day.year(), (day.month() - 1) / 3 * 3 + 1, 1),
    }
}

/// The first date of the period `k` after the one a date lies in.
fn after(unit: &str, day: Date, k: i64) -> Date {
    let first = first_date(unit, day);
    match unit {
        "day" => first + k.days(),
        "week" => first + k.weeks(),
        "month" => first + k.months(),
        _ => first + (3 * k).months(),
    }
}

/// One customer of a cohort.
struct Member {
    key: i64,
    row: usize,
    group: Option<String>,
    start: i64,
    /// Instant, money, whether it was taken back.
    deeds: Vec<(i64, i64, bool)>,
}

impl Asked {
    fn as_of(&self) -> i64 {
        self.scene.midnight(self.n_days_known)
    }

    fn row_date(&self, row: i64) -> Date {
        after(self.rows, self.scene.date + i64::from(self.first).days(), row)
    }

    fn n_cohorts(&self) -> usize {
        if self.by == "group" { 1 } else { self.n_rows as usize }
    }

    /// First and last date of a cohort.
    fn dates(&self, row: usize) -> (Date, Date) {
        let (first, next) =
            if self.by == "group" { (0, self.n_rows) } else { (row as i64, row as i64 + 1) };
        (self.row_date(first), self.row_date(next).yesterday().unwrap())
    }

    fn is_open_ended(&self) -> bool {
        self.population == "net_buyers" || self.by != "period" && self.at == "current"
    }

    fn question(&self) -> Value {
        let mut question = json!({
            "rows": self.rows, "period": self.unit, "periods": self.n_ages, "by": self.by,
            "from": self.row_date(0).to_string(),
            "to": self.row_date(self.n_rows).yesterday().unwrap().to_string(),
            "zone": self.scene.zone, "window": if self.rolling { "rolling" } else { "calendar" },
            "as_of": jiff::Timestamp::from_microsecond(self.as_of()).unwrap().to_string(),
            "population": self.population, "incomplete": self.incomplete, "top": 1,
            "currency": self.currency,
        });
        if self.by != "period" {
            question["breakdown"] = json!([{"field": "plan", "at": self.at}]);
        }
        if let Some(start) = &self.start {
            question["start"] = start.clone();
        }
        question
    }

    /// Where an age of somebody who started at an instant ends.
    fn end(&self, start: i64, k: i64) -> i64 {
        let zone = self.scene.rules();
        match self.rolling {
            true => start + (k + 1) * self.len(),
            false => start_of(&zone, after(self.unit, date_at(&zone, start), k + 1)),
        }
    }

    fn len(&self) -> i64 {
        let days = match self.unit {
            "day" => 1,
            "week" => 7,
            "month" => 30,
            _ => 90,
        };
        days * 86_400_000_000
    }

    fn age(&self, start: i64, ts: i64) -> i64 {
        (0..).find(|k| ts < self.end(start, *k)).unwrap()
    }

    fn has_begun(&self, row: usize, k: i64) -> bool {
        let (zone, (first, _)) = (self.scene.rules(), self.dates(row));
        let begin = match self.rolling {
            true => start_of(&zone, first) + k * self.len(),
            false => start_of(&zone, after(self.unit, first, k)),
        };
        begin < self.as_of()
    }

    fn is_closed(&self, row: usize) -> bool {
        let (zone, (_, last)) = (self.scene.rules(), self.dates(row));
        start_of(&zone, last.tomorrow().unwrap()) <= self.as_of()
    }

    fn is_over(&self, row: usize, k: i64) -> bool {
        let (zone, (_, last)) = (self.scene.rules(), self.dates(row));
        let end = match self.rolling {
            true => start_of(&zone, last.tomorrow().unwrap()) - 1 + (k + 1) * self.len(),
            false => start_of(&zone, after(self.unit, last, k + 1)),
        };
        self.is_closed(row) && end <= self.as_of()
    }

    fn is_complete(&self, row: usize, k: i64, members: &[&Member]) -> bool {
        let last = members.iter().map(|one| one.start).max();
        !self.is_open_ended()
            && self.is_closed(row)
            && last.map_or(self.is_over(row, k), |last| self.end(last, k) <= self.as_of())
    }

    fn members(&self) -> Vec<Member> {
        let rows: Vec<Event> =
            self.world.sorted().into_iter().filter(|row| row.ts < self.as_of()).collect();
        let keys: BTreeSet<i64> = rows.iter().map(|row| row.customer).collect();
        keys.into_iter().filter_map(|key| self.member(&rows, key)).collect()
    }

    fn member(&self, rows: &[Event], key: i64) -> Option<Member> {
        let zone = self.scene.rules();
        let own: Vec<&Event> = rows.iter().filter(|row| row.customer == key).collect();
        let bought: Vec<_> =
            joined(&own, is_order).into_iter().filter(|lines| money(lines).1 > 0).collect();
        let refunds = joined(&own, |row| row.event == "refund");
        let starts = match self.start.as_ref().map(|start| start["event"].clone()) {
            None => bought.clone(),
            Some(Value::String(name)) if name == "*" => joined(&own, |_| true),
            Some(Value::String(name)) if name == "signup" => joined(&own, |row| row.event == name),
            Some(Value::String(name)) => {
                let orders = joined(&own, |row| row.event == name).into_iter();
                orders.filter(|lines| money(lines).1 > 150_000).collect()
            }
            Some(_) => joined(&own, |row| row.event == "order" || row.event == "view"),
        };
        let first = starts.first()?[0];
        let day = date_at(&zone, first.ts);
        let row = (0..self.n_rows)
            .find(|row| self.row_date(*row) <= day && day < self.row_date(*row + 1))?;
        if self.population != "everyone" && bought.first().is_none_or(|one| one[0].ts > first.ts) {
            return None;
        }
        if self.population == "net_buyers" && !kept_something(&bought, &refunds) {
            return None;
        }
        let plan = |row: &Event| row.properties.get("plan").cloned();
        let group = match self.at {
            "start" => plan(first),
            _ => own.iter().filter_map(|row| plan(row)).next_back(),
        };
        let deed = |lines: &Vec<&Event>, is_refund: bool| {
            let (currency, sum) = money(lines);
            let counts = lines[0].ts >= first.ts
                && self.currency.is_none_or(|wanted| currency.as_deref() == Some(wanted));
            counts.then_some((lines[0].ts, sum.abs(), is_refund))
        };
        let mut deeds: Vec<_> = bought.iter().filter_map(|one| deed(one, false)).collect();
        deeds.extend(refunds.iter().filter_map(|one| deed(one, true)));
        let row = if self.by == "group" { 0 } else { row as usize };
        Some(Member { key, row, group, start: first.ts, deeds })
    }

    /// Whether money of several currencies would be added.
    fn is_mixed(&self) -> bool {
        let mut all = BTreeSet::new();
        for one in ["EUR", "USD"] {
            let only = Asked { currency: Some(one), ..self.clone() };
            let with_money = |member: &Member| !member.deeds.is_empty();
            if self.currency.is_none_or(|wanted| wanted == one)
                && only.members().iter().any(with_money)
            {
                all.insert(one);
            }
        }
        all.len() > 1
    }

    /// The groups as they are shown, `None` for the rest.
    fn shown(&self, members: &[Member]) -> Vec<Option<Option<String>>> {
        let names: BTreeSet<Option<String>> =
            members.iter().map(|member| member.group.clone()).collect();
        let size = |name: &Option<String>| members.iter().filter(|one| one.group == *name).count();
        let mut all: Vec<Option<String>> = names.into_iter().collect();
        all.sort_by_key(|name| std::cmp::Reverse(size(name)));
        let is_cut = all.len() > 1;
        all.truncate(1);
        all.into_iter().map(Some).chain(is_cut.then_some(None)).collect()
    }

    /// The numbers of an age: of, customers, orders, gross, refunded, cumulative.
    fn cell(&self, k: i64, members: &[&Member]) -> [i64; 6] {
        let mut found = [0; 6];
        for member in members {
            if self.incomplete == "eligible" && self.end(member.start, k) > self.as_of() {
                continue;
            }
            found[0] += 1;
            let at = |deed: &&(i64, i64, bool)| self.age(member.start, deed.0) == k;
            let bought: Vec<i64> =
                member.deeds.iter().filter(at).filter(|deed| !deed.2).map(|deed| deed.1).collect();
            found[1] += i64::from(!bought.is_empty());
            found[2] += bought.len() as i64;
            found[3] += bought.iter().sum::<i64>();
            found[4] += member
                .deeds
                .iter()
                .filter(at)
                .filter(|deed| deed.2)
                .map(|deed| deed.1)
                .sum::<i64>();
            let before = |deed: &&(i64, i64, bool)| self.age(member.start, deed.0) <= k;
            let gain = |deed: &(i64, i64, bool)| if deed.2 { -deed.1 } else { deed.1 };
            found[5] += member.deeds.iter().filter(before).map(gain).sum::<i64>();
        }
        found
    }

    /// `start group size buyers repeat orders gross refunded`, then one line per cell.
    fn cohort_lines(
        &self,
        row: usize,
        group: Option<&Option<Option<String>>>,
        members: &[&Member],
    ) -> Vec<String> {
        let name = match group {
            None => "all".to_owned(),
            Some(None) => "other".to_owned(),
            Some(Some(value)) => format!("{value:?}"),
        };
        let mut lines = vec![format!("{} {name} {}", self.dates(row).0, whole(members))];
        for k in 0..self.n_ages {
            let complete = self.is_complete(row, k, members);
            if self.has_begun(row, k) && (self.incomplete != "hide" || complete) {
                lines.push(cell_line(k, &self.cell(k, members), complete));
            }
        }
        lines
    }

    /// All cohorts of these members together.
    fn pooled_lines(&self, members: &[&Member]) -> Vec<String> {
        let zone = self.scene.rules();
        let mut lines = Vec::new();
        for k in 0..self.n_ages {
            let (mut total, mut n_cohorts, mut all_complete) = ([0; 6], 0, true);
            for row in 0..self.n_cohorts() {
                let own: Vec<&Member> =
                    members.iter().copied().filter(|one| one.row == row).collect();
                let complete = self.is_complete(row, k, &own);
                let takes_part = match (self.incomplete, self.is_open_ended()) {
                    ("eligible", _) => true,
                    (_, true) => self.is_over(row, k),
                    _ => complete,
                };
                let has_begun = start_of(&zone, self.dates(row).0) < self.as_of();
                if own.is_empty() || !takes_part || !has_begun {
                    continue;
                }
                all_complete &= complete;
                let cell = self.cell(k, &own);
                if cell[0] > 0 {
                    n_cohorts += 1;
                    total.iter_mut().zip(cell).for_each(|(total, more)| *total += more);
                }
            }
            lines.push(format!(
                "{n_cohorts} {}",
                cell_line(k, &total, all_complete && n_cohorts > 0)
            ));
        }
        lines
    }
}

fn whole(members: &[&Member]) -> String {
    let n_orders = |member: &&&Member| member.deeds.iter().filter(|deed| !deed.2).count();
    let sum = |is_refund: bool| -> i64 {
        let deeds = members.iter().flat_map(|member| &member.deeds);
        deeds.filter(|deed| deed.2 == is_refund).map(|deed| deed.1).sum()
    };
    format!(
        "{} {} {} {} {} {}",
        members.len(),
        members.iter().filter(|member| n_orders(member) > 0).count(),
        members.iter().filter(|member| n_orders(member) > 1).count(),
        members.iter().map(|member| n_orders(&member)).sum::<usize>(),
        decimal_text(sum(false).into()),
        decimal_text(sum(true).into()),
    )
}

fn cell_line(k: i64, cell: &[i64; 6], complete: bool) -> String {
    let [of, customers, orders, gross, refunded, cumulative] = cell;
    let [gross, refunded, cumulative] =
        [gross, refunded, cumulative].map(|one| decimal_text((*one).into()));
    format!("{k}: {of} {customers} {orders} {gross} {refunded} {cumulative} {complete}")
}

fn told_cell(cell: &CellAnswer) -> String {
    format!(
        "{}: {} {} {} {} {} {} {}",
        cell.index,
        cell.of,
        cell.customers,
        cell.orders,
        cell.gross,
        cell.refunded,
        cell.cumulative,
        cell.complete
    )
}

fn told_whole(figures: &Figures) -> String {
    format!(
        "{} {} {} {} {} {}",
        figures.size,
        figures.buyers,
        figures.repeat,
        figures.orders,
        figures.gross,
        figures.refunded
    )
}

fn told(row: &CohortRow) -> Vec<String> {
    let name = match (&row.group, row.other) {
        (None, false) => "all".to_owned(),
        (_, true) => "other".to_owned(),
        (Some(values), _) => format!("{:?}", values[0]),
    };
    let mut lines = vec![format!("{} {name} {}", row.start, told_whole(&row.figures))];
    lines.extend(row.cells.iter().map(told_cell));
    lines
}

fn told_pooled(pooled: &Pooled) -> Vec<String> {
    pooled
        .cells
        .iter()
        .map(|cell| format!("{} {}", cell.cohorts.unwrap(), told_cell(cell)))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_number_is_what_the_definition_says(asked in asked(), pick in any::<prop::sample::Index>()) {
        let question = asked.question();
        if asked.is_mixed() {
            let error = reply(&asked.world, &question).unwrap_err();
            prop_assert!(error.starts_with("mixed_currencies"), "{}", error);
            return Ok(());
        }
        let found = answer(&asked.world, &question);
        let members = asked.members();
        let zone = asked.scene.rules();
        let shown: Vec<Option<Option<Option<String>>>> = match asked.by {
            "period" => vec![None],
            _ => asked.shown(&members).into_iter().map(Some).collect(),
        };
        let of = |group: &Option<Option<Option<String>>>| -> Vec<&Member> {
            let is_of = |member: &&Member| match group {
                None => true,
                Some(Some(name)) => member.group == *name,
                Some(None) => !shown.contains(&Some(Some(member.group.clone()))),
            };
            members.iter().filter(is_of).collect()
        };
        let n_begun = (0..asked.n_cohorts()).filter(|row| start_of(&zone, asked.dates(*row).0) < asked.as_of()).count();
        let mut wanted = Vec::new();
        for group in &shown {
            let own = of(group);
            for row in 0..n_begun {
                let own: Vec<&Member> = own.iter().copied().filter(|one| one.row == row).collect();
                wanted.extend(asked.cohort_lines(row, group.as_ref(), &own));
            }
        }
        prop_assert_eq!(found.cohorts.iter().flat_map(told).collect::<Vec<_>>(), wanted);
        prop_assert_eq!(told_pooled(&found.overall), asked.pooled_lines(&of(&None)));
        prop_assert_eq!(told_whole(&found.overall.figures), whole(&of(&None)));
        if asked.by == "both" {
            for (group, own) in shown.iter().zip(&found.groups) {
                prop_assert_eq!(told_pooled(&own.pooled), asked.pooled_lines(&of(group)));
                prop_assert_eq!(told_whole(&own.pooled.figures), whole(&of(group)));
            }
        } else {
            prop_assert!(found.groups.is_empty());
        }
        let numbers = numbers(&found);
        if !numbers.is_empty() {
            let (cell, n) = &numbers[pick.index(numbers.len())];
            let mut question = question;
            question["cell"] = cell.clone();
            let (_, keys) = reply(&asked.world, &question).unwrap();
            prop_assert_eq!(keys.len() as u64, *n, "{}", cell);
            let known: BTreeSet<i64> = members.iter().map(|member| member.key).collect();
            prop_assert!(keys.iter().all(|key| known.contains(&key.0)));
        }
    }

    #[test]
    fn groups_and_ages_add_up(asked in asked()) {
        let asked = Asked { currency: Some("EUR"), incomplete: "show", ..asked };
        let both = answer(&asked.world, &Asked { by: "both", at: "start", ..asked.clone() }.question());
        let period = answer(&asked.world, &Asked { by: "period", ..asked.clone() }.question());
        for row in &period.cohorts {
            let own: Vec<&CohortRow> = both.cohorts.iter().filter(|one| one.start == row.start).collect();
            let total = |of: fn(&Figures) -> u64| own.iter().map(|one| of(&one.figures)).sum::<u64>();
            prop_assert_eq!(total(|one| one.size), row.figures.size);
            prop_assert_eq!(total(|one| one.repeat), row.figures.repeat);
            prop_assert_eq!(total(|one| one.orders), row.figures.orders);
            let money = |text: &String| text.parse::<rust_decimal::Decimal>().unwrap();
            let revenue: rust_decimal::Decimal = own.iter().map(|one| money(&one.figures.revenue)).sum();
            prop_assert_eq!(revenue, money(&row.figures.revenue));
            // What was bought at ages that are not asked for is missing in the cells, and only that.
            let ages: rust_decimal::Decimal = row.cells.iter().map(|cell| money(&cell.revenue)).sum();
            let last = row.cells.last().map_or(rust_decimal::Decimal::ZERO, |cell| money(&cell.cumulative));
            prop_assert_eq!(ages, last);
            let orders: u64 = row.cells.iter().map(|cell| cell.orders).sum();
            prop_assert!(orders <= row.figures.orders);
            prop_assert_eq!(money(&row.figures.revenue), money(&row.figures.gross) - money(&row.figures.refunded));
        }
        prop_assert_eq!(&both.overall, &period.overall);
    }
}
