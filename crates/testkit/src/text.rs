//! Worlds written as text, one line per event or per series of equal events.
//!
//! ```text
//! customer  instant[,instant…]  event  [name=value …]
//! ```
//!
//! Instants are UTC unless they carry an offset: `2020-06-10`, `2020-06-10T05`,
//! `2020-06-10T05:30`, `2020-06-10T05:30:00.000001`, each with `Z`, `+02:00` or nothing.
//! The names `order`, `amount`, `currency`, `item`, `quantity`, `session` fill their columns, every
//! other one is a property; `_` in a value is a space. Lines that begin with `#` are comments.
//! Rows are accepted in the order in which they are written.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use perennial_types::calendar::Micros;
use perennial_types::money::Decimal4;

use crate::event::{Event, World};

/// The world a text describes.
///
/// # Panics
/// With the line that is not an event.
pub fn world(text: &str) -> World {
    let mut world = World::default();
    let lines = text.lines().map(str::trim);
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        let (Some(name), Some(instants), Some(event)) = (words.next(), words.next(), words.next())
        else {
            fail(line, "a customer, instants and an event name are needed");
        };
        let customer = key_of(&mut world.names, name);
        let mut row = Event { customer, event: event.to_owned(), ..Event::default() };
        for word in words {
            let Some((name, value)) = word.split_once('=') else {
                fail(line, "what follows the event are name=value pairs");
            };
            set(&mut row, name, &value.replace('_', " "));
        }
        for written in instants.split(',') {
            let sequence = world.events.len() as i64 + 1;
            world.events.push(Event { ts: instant(written), sequence, ..row.clone() });
        }
    }
    world
}

fn key_of(names: &mut Vec<String>, name: &str) -> i64 {
    let known = names.iter().position(|known| known == name);
    let position = known.unwrap_or_else(|| {
        names.push(name.to_owned());
        names.len() - 1
    });
    position as i64 + 1
}

fn set(row: &mut Event, name: &str, value: &str) {
    let decimal = || match value.parse::<Decimal4>() {
        Ok(decimal) => Some(decimal.0),
        Err(error) => fail(value, &error.to_string()),
    };
    let text = || Some(value.to_owned());
    match name {
        "order" => row.order_id = text(),
        "amount" => row.amount = decimal(),
        "currency" => row.currency = text(),
        "item" => row.item = text(),
        "quantity" => row.quantity = decimal(),
        "session" => row.session = text(),
        _ => {
            row.properties.insert(name.to_owned(), value.to_owned());
        }
    }
}

/// A written instant in microseconds; UTC unless it carries an offset.
///
/// # Panics
/// When it is not an instant.
pub fn instant(text: &str) -> Micros {
    if let Ok(exact) = text.parse::<Timestamp>() {
        return exact.as_microsecond();
    }
    let naive = text.trim_end_matches('Z');
    let civil = match naive.split_once('T') {
        None => naive.parse::<Date>().map(|date| date.to_datetime(Time::midnight())),
        Some((date, hour)) if hour.len() == 2 => format!("{date}T{hour}:00").parse::<DateTime>(),
        Some(_) => naive.parse::<DateTime>(),
    };
    match civil.and_then(|civil| civil.to_zoned(TimeZone::UTC)) {
        Ok(zoned) => zoned.timestamp().as_microsecond(),
        Err(error) => fail(text, &error.to_string()),
    }
}

#[expect(clippy::panic, reason = "a world that cannot be read is a mistake in the test")]
fn fail(line: &str, why: &str) -> ! {
    panic!("`{line}`: {why}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_series_of_events() {
        let world = world(
            "# a comment
             anna 2020-06-10T05,2020-06-11 order order=A1 amount=-1.5 currency=EUR city=New_York
             bert 2020-06-10T05:00:00.000001+02:00 view",
        );
        assert_eq!(world.names, ["anna", "bert"]);
        let [first, second, third] = world.events.as_slice() else { panic!("{world:?}") };
        assert_eq!((first.customer, first.sequence, first.amount), (1, 1, Some(-15_000)));
        assert_eq!(second.ts - first.ts, 19 * 3_600_000_000);
        assert_eq!(first.properties_json().as_deref(), Some(r#"{"city":"New York"}"#));
        assert_eq!(third.ts - first.ts, 1 - 2 * 3_600_000_000);
        assert_eq!(third.properties_json(), None);
    }

    #[test]
    #[should_panic(expected = "name=value")]
    fn what_is_no_pair_is_named() {
        world("anna 2020-06-10 order twelve");
    }
}
