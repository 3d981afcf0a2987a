//! What oracles are made of: orders, refunds and civil dates in plain loops, with the calendar of
//! jiff and none of ours.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use perennial_testkit::Event;

/// The first instant of a date, that of the jump where the zone skipped it.
pub fn start_of(zone: &TimeZone, date: Date) -> i64 {
    date.to_zoned(zone.clone()).unwrap().timestamp().as_microsecond()
}

/// The civil date of an instant; dates never run backwards.
pub fn date_at(zone: &TimeZone, ts: i64) -> Date {
    let shown = Timestamp::from_microsecond(ts).unwrap().to_zoned(zone.clone()).date();
    let mut date = shown;
    while start_of(zone, date.tomorrow().unwrap()) <= ts {
        date = date.tomorrow().unwrap();
    }
    date
}

/// How many dates lie between two.
pub fn days_between(from: Date, to: Date) -> i64 {
    to.duration_since(from).as_hours() / 24
}

/// The lines of what passes, order by order.
pub fn joined<'a>(rows: &[&'a Event], passes: impl Fn(&Event) -> bool) -> Vec<Vec<&'a Event>> {
    let mut found: Vec<Vec<&Event>> = Vec::new();
    for &row in rows.iter().filter(|row| passes(row)) {
        let is_same = |lines: &&mut Vec<&Event>| {
            row.order_id.is_some()
                && (&lines[0].event, &lines[0].order_id) == (&row.event, &row.order_id)
        };
        match found.iter_mut().find(is_same) {
            Some(lines) => lines.push(row),
            None => found.push(vec![row]),
        }
    }
    found
}

/// Whether a row is a line of an order.
pub fn is_order(row: &Event) -> bool {
    row.event == "order" || row.event != "refund" && row.order_id.is_some()
}

/// The money of an order's lines, in the currency of the first line with money.
pub fn money(lines: &[&Event]) -> (Option<String>, i64) {
    let first = lines.iter().find(|line| line.amount.is_some());
    let sum = lines.iter().filter_map(|line| line.amount).sum();
    (first.and_then(|line| line.currency.clone()), sum)
}

/// Whether in some currency more was bought than taken back.
pub fn kept_something(bought: &[Vec<&Event>], refunds: &[Vec<&Event>]) -> bool {
    let total = |all: &[Vec<&Event>], of: &Option<String>| -> i64 {
        let own = all.iter().map(|lines| money(lines));
        own.filter(|(currency, _)| currency == of || currency.is_none())
            .map(|(_, sum)| sum.abs())
            .sum()
    };
    bought.iter().map(|lines| money(lines).0).any(|of| total(bought, &of) > total(refunds, &of))
}
