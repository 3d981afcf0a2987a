//! The seasonal index by the names of the calendar: weekdays, months, quarters, hours.

use jiff::civil::Date;
use perennial_models::series::{Place, SeriesError, seasonal_index};
use perennial_types::calendar::{Calendar, Unit, Weekday};

use super::analysis::{TakenPoint, model_form};
use super::answer::{IndexPlace, IndexTable};
use super::question::Form;

/// The index of every season; of a series of days with two whole years also that of its months.
///
/// # Errors
/// When a season is too long for the series.
pub fn tables(
    points: &[TakenPoint],
    filled: &[f64],
    seasons: &[usize],
    form: Form,
    period: Unit,
    calendar: &Calendar,
) -> Result<Vec<IndexTable>, SeriesError> {
    let values: Vec<Option<f64>> = filled.iter().copied().map(Some).collect();
    let mut tables = Vec::new();
    for &season in seasons {
        let by = by(period, season);
        let found = seasonal_index(&values, season, model_form(form))?;
        let named = found.iter().enumerate().map(|(place, found)| {
            let (order, name) = name_of(by, place, points.get(place), calendar);
            (order, index_place(name, found))
        });
        tables.push(table(by, season, form, named.collect()));
    }
    if period == Unit::Day {
        tables.extend(by_month(points, filled, form)?);
    }
    Ok(tables)
}

fn table(by: &str, season: usize, form: Form, mut places: Vec<(usize, IndexPlace)>) -> IndexTable {
    places.sort_by_key(|(order, _)| *order);
    let places = places.into_iter().map(|(_, place)| place).collect();
    IndexTable { by: by.to_owned(), season, form, places }
}

fn index_place(name: String, found: &Place) -> IndexPlace {
    IndexPlace { name, index: found.index, n: found.n }
}

/// What the places of a season are told by.
fn by(period: Unit, season: usize) -> &'static str {
    match (period, season) {
        (Unit::Hour, 24) => "hour",
        (Unit::Day, 7) => "weekday",
        (Unit::Month, 12) => "month",
        (Unit::Quarter, 4) => "quarter",
        _ => "place",
    }
}

/// What a place is called, and where it stands in the calendar.
fn name_of(
    by: &str,
    place: usize,
    point: Option<&TakenPoint>,
    calendar: &Calendar,
) -> (usize, String) {
    let by_number = (place, (place + 1).to_string());
    let date = point.and_then(TakenPoint::date);
    let (Some(point), Some(date)) = (point, date) else { return by_number };
    match by {
        "weekday" => {
            let monday_based = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
            let first = Weekday::ALL.iter().position(|day| *day == calendar.week_start);
            let name = Weekday::ALL.get(monday_based).map_or("", |day| day.name());
            ((monday_based + 7 - first.unwrap_or_default()) % 7, name.to_owned())
        }
        "month" => month(date),
        "quarter" => {
            let months = i64::from(date.month()) - i64::from(calendar.fiscal_year_start);
            let quarter = months.rem_euclid(12).unsigned_abs() as usize / 3;
            (quarter, format!("Q{}", quarter + 1))
        }
        "hour" => match point.start.get(11..16) {
            Some(hour) => {
                (hour.get(..2).and_then(|hour| hour.parse().ok()).unwrap_or(place), hour.to_owned())
            }
            None => by_number,
        },
        _ => by_number,
    }
}

fn month(date: Date) -> (usize, String) {
    let month = usize::from(date.month().unsigned_abs());
    (month, format!("{month:02}"))
}

/// The index of the months of a series of days, by the mean day of each whole month; nothing where
/// there are fewer than two years of them.
fn by_month(
    points: &[TakenPoint],
    filled: &[f64],
    form: Form,
) -> Result<Option<IndexTable>, SeriesError> {
    let mut months: Vec<(Date, usize, f64)> = Vec::new();
    for (point, value) in points.iter().zip(filled) {
        let Some(date) = point.date() else { return Ok(None) };
        match months.last_mut() {
            Some((first, n, sum)) if *first == date.first_of_month() => {
                *n += 1;
                *sum += value;
            }
            _ => months.push((date.first_of_month(), 1, *value)),
        }
    }
    let is_whole = |month: &&(Date, usize, f64)| {
        usize::from(month.0.days_in_month().unsigned_abs()) == month.1
    };
    let whole: Vec<&(Date, usize, f64)> = months.iter().filter(is_whole).collect();
    if whole.len() < 24 {
        return Ok(None);
    }
    let means: Vec<Option<f64>> = whole.iter().map(|(_, n, sum)| Some(sum / *n as f64)).collect();
    let found = seasonal_index(&means, 12, model_form(form))?;
    let named = found.iter().zip(&whole).map(|(found, (date, ..))| {
        let (order, name) = month(*date);
        (order, index_place(name, found))
    });
    Ok(Some(table("month", 12, form, named.collect())))
}
