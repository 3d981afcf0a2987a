//! Periods as relations of exact instants, taken from our own calendar.
//!
//! Few periods are written out with what they are called; many units are written as stretches of
//! equally long ones, so that ten years of days are some twenty rows: a stretch ends where a night
//! is short, long or missing.

use jiff::civil::Date;
use perennial_types::calendar::Micros;

use super::query::Query;
use super::text::{instant, quoted, values};

/// Adds a relation of periods: `period`, `start` as it is called, `begins`, `ends`, and further
/// columns of instants.
pub fn periods(
    query: &mut Query,
    name: &str,
    rows: &[(String, Micros, Micros)],
    more: &[(&str, &[Micros])],
) {
    let mut columns = vec![
        ("period", "integer"),
        ("start", "varchar"),
        ("begins", "timestamptz"),
        ("ends", "timestamptz"),
    ];
    columns.extend(more.iter().map(|(name, _)| (*name, "timestamptz")));
    let rows = rows.iter().enumerate().map(|(period, (start, begins, ends))| {
        let mut row = vec![period.to_string(), quoted(start), instant(*begins), instant(*ends)];
        let others = more.iter().filter_map(|(_, instants)| instants.get(period));
        row.extend(others.map(|ts| instant(*ts)));
        row
    });
    query.with(name, values(&columns, &rows.collect::<Vec<_>>()));
}

/// Equally long units in a row.
struct Stretch {
    first: usize,
    n: usize,
    begins: Micros,
    micros: Micros,
}

fn stretches(starts: &[Micros]) -> Vec<Stretch> {
    let mut found: Vec<Stretch> = Vec::new();
    for (first, pair) in starts.windows(2).enumerate() {
        let [begins, ends] = pair else { continue };
        let micros = ends.saturating_sub(*begins);
        match found.last_mut().filter(|last| last.micros == micros) {
            Some(last) => last.n += 1,
            None => found.push(Stretch { first, n: 1, begins: *begins, micros }),
        }
    }
    found
}

/// Adds a relation of consecutive units: `unit` from 0, `begins`, `ends`. `starts` has one instant
/// more than there are units.
pub fn units(query: &mut Query, name: &str, starts: &[Micros]) {
    let columns =
        [("first", "bigint"), ("n", "bigint"), ("stretch", "timestamptz"), ("micros", "bigint")];
    let rows = stretches(starts).into_iter().map(|one| {
        vec![one.first.to_string(), one.n.to_string(), instant(one.begins), one.micros.to_string()]
    });
    let stretches = values(&columns, &rows.collect::<Vec<_>>());
    query.with(
        name,
        format!(
            "select\n  first + i as unit,\n  make_timestamptz(epoch_us(stretch) + i * micros) as begins,\n  make_timestamptz(epoch_us(stretch) + (i + 1) * micros) as ends\nfrom (select *, unnest(range(n)) as i from ({stretches}))"
        ),
    );
}

/// The civil date of a unit of a day, as text.
pub fn dates(first: Date, unit: &str) -> String {
    format!("cast(date '{first}' + cast({unit} as integer) as varchar)")
}
