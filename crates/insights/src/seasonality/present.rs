//! The numbers for people: laid out to be read, one fact per row to be computed on, and drawn.

use super::answer::{EffectAnswer, IndexTable, PointAnswer, SeasonalityAnswer};
use super::question::Form;
use crate::present::{
    BarRow, Bars, CellValue, ColumnKind, Curve, Lines, Picture, Presentation, Series, Table,
    percent, warning_lines,
};
use crate::series::Measured;

/// The answer for people.
pub fn present(answer: &SeasonalityAnswer) -> Presentation {
    let mut tables =
        vec![periods(answer), index(answer), holidays(answer), changes(answer), years(answer)];
    tables.push(strengths(answer));
    if let Some(members) = &answer.customers {
        let mut table = Table::new("customers", true, &[("customer", ColumnKind::Text)]);
        table.rows = members.ids.iter().map(|id| vec![CellValue::Text(id.clone())]).collect();
        tables.insert(0, table);
    }
    let mut pictures = vec![curve(answer)];
    pictures.extend(answer.index.iter().map(|table| Picture::Bars(bars(answer, table))));
    if answer.holidays.rows.iter().any(|row| row.effect.is_some()) {
        pictures.push(Picture::Bars(holiday_bars(answer)));
    }
    Presentation {
        tables,
        pictures,
        definition: (answer.definition.en.clone(), answer.definition.zh.clone()),
        warnings: warning_lines(&answer.warnings),
    }
}

/// How numbers of the series stand in tables.
struct Written {
    is_share: bool,
    is_factor: bool,
}

impl Written {
    fn of(answer: &SeasonalityAnswer) -> Written {
        Written {
            is_share: answer.series.measured == Measured::Share,
            is_factor: answer.form == Some(Form::Multiplicative),
        }
    }

    fn column(&self) -> ColumnKind {
        if self.is_share { ColumnKind::Share } else { ColumnKind::Number }
    }

    fn value(&self, value: Option<f64>) -> CellValue {
        match self.is_share {
            true => CellValue::share(value, true),
            false => decimal(value, 4),
        }
    }

    /// The column of seasons and remainders: factors are no shares of anything.
    fn part_column(&self) -> ColumnKind {
        if self.is_factor { ColumnKind::Number } else { self.column() }
    }

    fn part(&self, value: Option<f64>) -> CellValue {
        if self.is_factor { decimal(value, 4) } else { self.value(value) }
    }
}

/// Decimal text without zeros at its end.
fn decimal(value: Option<f64>, places: usize) -> CellValue {
    let text = value.filter(|value| value.is_finite()).map(|value| {
        let text = format!("{value:.places$}");
        let short = text.trim_end_matches('0').trim_end_matches('.');
        if matches!(short, "-0" | "") { "0".to_owned() } else { short.to_owned() }
    });
    CellValue::text(text)
}

fn seasonal(point: &PointAnswer, is_factor: bool) -> f64 {
    let own = point.seasonal.iter();
    if is_factor { own.product() } else { own.sum() }
}

fn periods(answer: &SeasonalityAnswer) -> Table {
    let written = Written::of(answer);
    let (value, part) = (written.column(), written.part_column());
    let head = [
        ("start", ColumnKind::Text),
        ("observed", value),
        ("trend", value),
        ("seasonal", part),
        ("remainder", part),
        ("adjusted", value),
        ("expected", value),
        ("holiday", ColumnKind::Text),
    ];
    let mut table = Table::new("periods", true, &head);
    table.rows.extend(answer.points.iter().map(|point| {
        let observed = point.money.clone().map(CellValue::Text);
        vec![
            CellValue::Text(point.start.clone()),
            observed.unwrap_or_else(|| written.value(point.observed)),
            written.value(Some(point.trend)),
            written.part(Some(seasonal(point, written.is_factor))),
            written.part(point.remainder),
            written.value(point.adjusted),
            written.value(Some(point.expected)),
            CellValue::text(point.holiday.clone()),
        ]
    }));
    table
}

fn index(answer: &SeasonalityAnswer) -> Table {
    let written = Written::of(answer);
    let head = [
        ("by", ColumnKind::Text),
        ("place", ColumnKind::Text),
        ("index", written.part_column()),
        ("of", ColumnKind::Count),
    ];
    let mut table = Table::new("seasonal_index", false, &head);
    for one in &answer.index {
        table.rows.extend(one.places.iter().map(|place| {
            vec![
                CellValue::Text(one.by.clone()),
                CellValue::Text(place.name.clone()),
                written.part(Some(place.index)),
                CellValue::Count(place.n as u64),
            ]
        }));
    }
    table
}

fn holidays(answer: &SeasonalityAnswer) -> Table {
    let head = [
        ("holiday", ColumnKind::Text),
        ("start", ColumnKind::Text),
        ("end", ColumnKind::Text),
        ("days", ColumnKind::Count),
        ("observed", ColumnKind::Number),
        ("expected", ColumnKind::Number),
        ("difference", ColumnKind::Number),
        ("low", ColumnKind::Number),
        ("high", ColumnKind::Number),
        ("change", ColumnKind::Share),
    ];
    let mut table = Table::new("holidays", false, &head);
    let row = |name: &str, when: [Option<String>; 2], effect: Option<&EffectAnswer>| {
        let of = |get: fn(&EffectAnswer) -> Option<f64>| decimal(effect.and_then(get), 4);
        let [start, end] = when.map(CellValue::text);
        vec![
            CellValue::Text(name.to_owned()),
            start,
            end,
            effect.map_or(CellValue::Absent, |effect| CellValue::Count(effect.days as u64)),
            of(|effect| Some(effect.observed)),
            of(|effect| Some(effect.expected)),
            of(|effect| Some(effect.difference)),
            of(|effect| effect.interval.map(|(low, _)| low)),
            of(|effect| effect.interval.map(|(_, high)| high)),
            CellValue::share(effect.and_then(|effect| effect.change), true),
        ]
    };
    for holiday in &answer.holidays.rows {
        table.rows.push(row(&holiday.name, [None, None], holiday.effect.as_ref()));
        table.rows.extend(holiday.occurrences.iter().map(|one| {
            let when = [Some(one.first.to_string()), Some(one.last.to_string())];
            row(&holiday.name, when, one.effect.as_ref())
        }));
    }
    table
}

fn changes(answer: &SeasonalityAnswer) -> Table {
    let written = Written::of(answer);
    let growth = if written.is_factor { ColumnKind::Share } else { written.column() };
    let head = [
        ("start", ColumnKind::Text),
        ("before", written.column()),
        ("after", written.column()),
        ("difference", written.column()),
        ("change", ColumnKind::Share),
        ("growth before", growth),
        ("growth after", growth),
    ];
    let mut table = Table::new("changes", false, &head);
    let grown = |value: f64| match written.is_factor {
        true => CellValue::share(Some(value), true),
        false => written.value(Some(value)),
    };
    table.rows.extend(answer.changes.rows.iter().map(|row| {
        vec![
            CellValue::Text(row.start.clone()),
            written.value(Some(row.before)),
            written.value(Some(row.after)),
            written.value(Some(row.size)),
            CellValue::share(row.change, true),
            grown(row.growth_before),
            grown(row.growth_after),
        ]
    }));
    table
}

fn years(answer: &SeasonalityAnswer) -> Table {
    let written = Written::of(answer);
    let head = [
        ("start", ColumnKind::Text),
        ("a year before", ColumnKind::Text),
        ("observed", written.column()),
        ("before", written.column()),
        ("difference", written.column()),
        ("change", ColumnKind::Share),
    ];
    let mut table = Table::new("year_over_year", false, &head);
    table.rows.extend(answer.year_over_year.rows.iter().map(|row| {
        vec![
            CellValue::Text(row.start.clone()),
            CellValue::Text(row.against.clone()),
            written.value(Some(row.observed)),
            written.value(Some(row.before)),
            written.value(Some(row.difference)),
            CellValue::share(row.change, true),
        ]
    }));
    table
}

fn strengths(answer: &SeasonalityAnswer) -> Table {
    let head = [("part", ColumnKind::Text), ("strength", ColumnKind::Share)];
    let mut table = Table::new("strength", false, &head);
    let strength = &answer.strength;
    let seasons = answer.seasons.iter().zip(&strength.seasons);
    let named = seasons.map(|(season, strength)| (format!("season of {season}"), *strength));
    table.rows.extend(
        [("trend".to_owned(), strength.trend)]
            .into_iter()
            .chain(named)
            .map(|(name, strength)| vec![CellValue::Text(name), CellValue::share(strength, true)]),
    );
    table
}

/// Observed, trend and adjusted: shares on an axis of shares, other numbers on one of their own.
fn curve(answer: &SeasonalityAnswer) -> Picture {
    let line = |name: &str, of: fn(&PointAnswer) -> Option<f64>| {
        let values: Vec<Option<f64>> = answer.points.iter().map(of).collect();
        Series { name: name.to_owned(), band: vec![None; values.len()], values }
    };
    let title = "Observed, trend and seasonally adjusted".to_owned();
    let points = answer.points.iter().map(|point| point.label.clone()).collect();
    let series = vec![
        line("observed", |point| point.observed),
        line("trend", |point| Some(point.trend)),
        line("adjusted", |point| point.adjusted),
    ];
    match answer.series.measured {
        Measured::Share => Picture::Curve(Curve { title, points, series }),
        _ => {
            let unit = answer.series.currency.clone().unwrap_or_default();
            Picture::Lines(Lines { title, unit, points, series })
        }
    }
}

/// The places of a season as levels: factors as they are, summands on the mean of the trend.
fn bars(answer: &SeasonalityAnswer, table: &IndexTable) -> Bars {
    let n = answer.points.len().max(1) as f64;
    let mean = answer.points.iter().map(|point| point.trend).sum::<f64>() / n;
    let is_share = answer.series.measured == Measured::Share;
    let row = |place: &super::answer::IndexPlace| {
        let (value, text) = match (table.form, is_share) {
            (Form::Multiplicative, _) => (place.index, percent(place.index)),
            (Form::Additive, true) => (mean + place.index, percent(mean + place.index)),
            (Form::Additive, false) => (mean + place.index, format!("{:.2}", mean + place.index)),
        };
        BarRow { name: place.name.clone(), value: value.max(0.0), rest: 0.0, text }
    };
    let title = match table.by.as_str() {
        "weekday" => "Level by weekday",
        "month" => "Level by month",
        "quarter" => "Level by quarter",
        "hour" => "Level by hour",
        _ => "Level by place of the season",
    };
    Bars {
        title: title.to_owned(),
        rows: table.places.iter().map(row).collect(),
        note: String::new(),
    }
}

/// What was observed of what was expected.
fn holiday_bars(answer: &SeasonalityAnswer) -> Bars {
    let rows = answer.holidays.rows.iter().filter_map(|row| {
        let share = 1.0 + row.effect?.change?;
        Some(BarRow {
            name: row.name.clone(),
            value: share.max(0.0),
            rest: 0.0,
            text: percent(share),
        })
    });
    Bars {
        title: "Holidays as shares of what was expected".to_owned(),
        rows: rows.collect(),
        note: String::new(),
    }
}
