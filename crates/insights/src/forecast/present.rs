//! The numbers for people: what is foretold beside what was seen, one fact per row, and drawn.

use perennial_types::question::Text;

use super::answer::{ForecastAnswer, PeriodAhead, Told};
use crate::present::{
    CellValue, ColumnKind, Curve, Lines, Picture, Presentation, Series, Table, warning_lines,
};
use crate::refused;

/// The answer for people.
pub fn present(answer: &ForecastAnswer) -> Presentation {
    let mut tables =
        vec![ahead(answer), history(answer), methods(answer), curve(answer), cohorts(answer)];
    if let Some(members) = &answer.customers {
        let mut table = Table::new("customers", true, &[("customer", ColumnKind::Text)]);
        table.rows = members.ids.iter().map(|id| vec![CellValue::Text(id.clone())]).collect();
        tables.insert(0, table);
    }
    let mut warnings = warning_lines(&answer.warnings);
    warnings.extend(answer.refused.as_ref().map(refused::line));
    // Customers can be foretold where their rate cannot: the series of it begins a period later.
    warnings.extend(answer.crr_refused.as_ref().map(refused::line).map(|line| {
        Text::new(format!("retention rate: {}", line.en), format!("留存率：{}", line.zh))
    }));
    Presentation {
        tables,
        pictures: vec![Picture::Lines(customers(answer)), Picture::Curve(rates(answer))],
        definition: (answer.definition.en.clone(), answer.definition.zh.clone()),
        warnings,
    }
}

fn count(number: f64) -> CellValue {
    CellValue::Text(format!("{number:.1}"))
}

/// The widest interval that could be told: its level and its ends.
fn widest(told: &Told) -> Option<(f64, f64, f64)> {
    let known = told.intervals.iter().filter_map(|ends| Some((ends.level, ends.low?, ends.high?)));
    known.max_by(|left, right| left.0.total_cmp(&right.0))
}

fn ends(told: &Told) -> Option<(f64, f64)> {
    widest(told).map(|(_, low, high)| (low, high))
}

fn ahead(answer: &ForecastAnswer) -> Table {
    let head = [
        ("start", ColumnKind::Text),
        ("active", ColumnKind::Decimal),
        ("low", ColumnKind::Decimal),
        ("high", ColumnKind::Decimal),
        ("level", ColumnKind::Share),
        ("direct", ColumnKind::Decimal),
        ("by cohort", ColumnKind::Decimal),
        ("new", ColumnKind::Decimal),
        ("CRR", ColumnKind::Share),
        ("CRR low", ColumnKind::Share),
        ("CRR high", ColumnKind::Share),
        ("CRR level", ColumnKind::Share),
        ("supposed", ColumnKind::Decimal),
        ("additional", ColumnKind::Decimal),
    ];
    let mut table = Table::new("forecast", true, &head);
    table.rows.extend(answer.ahead.iter().map(|one| {
        let ends = widest(&one.active);
        let rate = one.crr.as_ref();
        let rate_ends = rate.and_then(widest);
        let open = |share: Option<f64>| CellValue::share(share, false);
        let maybe = |number: Option<f64>| number.map_or(CellValue::Absent, count);
        vec![
            CellValue::Text(one.start.clone()),
            count(one.active.value),
            maybe(ends.map(|(_, low, _)| low)),
            maybe(ends.map(|(_, _, high)| high)),
            CellValue::share(ends.map(|(level, ..)| level), true),
            count(one.direct.value),
            count(one.by_cohort.value),
            count(one.new.value),
            open(rate.map(|rate| rate.value)),
            open(rate_ends.map(|(_, low, _)| low)),
            open(rate_ends.map(|(_, _, high)| high)),
            CellValue::share(rate_ends.map(|(level, ..)| level), true),
            maybe(one.supposed),
            maybe(one.additional),
        ]
    }));
    table
}

fn history(answer: &ForecastAnswer) -> Table {
    let head = [
        ("start", ColumnKind::Text),
        ("active", ColumnKind::Count),
        ("new", ColumnKind::Count),
        ("kept", ColumnKind::Count),
        ("CRR", ColumnKind::Share),
    ];
    let mut table = Table::new("history", true, &head);
    table.rows.extend(answer.history.iter().map(|one| {
        vec![
            CellValue::Text(one.start.clone()),
            CellValue::Count(one.active),
            CellValue::Count(one.new),
            CellValue::Count(one.kept),
            CellValue::share(one.crr, true),
        ]
    }));
    table
}

fn methods(answer: &ForecastAnswer) -> Table {
    let head = [
        ("measure", ColumnKind::Text),
        ("method", ColumnKind::Text),
        ("mean absolute error", ColumnKind::Decimal),
    ];
    let mut table = Table::new("methods", true, &head);
    let row = |measure: &str, method: &str, error: f64| {
        vec![
            CellValue::Text(measure.to_owned()),
            CellValue::Text(method.to_owned()),
            CellValue::Text(format!("{error:.4}")),
        ]
    };
    if let Some(methods) = &answer.methods {
        table.rows.push(row("active", "by cohort", methods.by_cohort_error));
        let measures = [
            ("active", Some(&methods.direct)),
            ("new", Some(&methods.new)),
            ("crr", methods.crr.as_ref()),
        ];
        for (measure, method) in measures {
            let tried = method.iter().flat_map(|method| &method.tried);
            table.rows.extend(tried.map(|one| row(measure, &one.method, one.error)));
        }
    }
    table
}

fn curve(answer: &ForecastAnswer) -> Table {
    let head = [
        ("age", ColumnKind::Count),
        ("customers", ColumnKind::Count),
        ("share", ColumnKind::Share),
    ];
    let mut table = Table::new("curve", true, &head);
    table.rows.extend(answer.curve.iter().map(|one| {
        vec![
            CellValue::Count(one.age.into()),
            CellValue::Count(one.customers),
            CellValue::share(Some(one.share), true),
        ]
    }));
    table
}

fn cohorts(answer: &ForecastAnswer) -> Table {
    let head = [
        ("cohort", ColumnKind::Text),
        ("foretold", ColumnKind::Flag),
        ("customers", ColumnKind::Decimal),
        ("level", ColumnKind::Decimal),
        ("start", ColumnKind::Text),
        ("active", ColumnKind::Decimal),
    ];
    let mut table = Table::new("cohorts", true, &head);
    for cohort in &answer.cohorts {
        let periods = answer.ahead.iter().zip(&cohort.active);
        let begun = periods.filter(|(period, _)| period.start >= cohort.start);
        table.rows.extend(begun.map(|(period, active)| {
            vec![
                CellValue::Text(cohort.start.clone()),
                CellValue::Flag(cohort.foretold),
                count(cohort.customers),
                CellValue::Text(format!("{:.3}", cohort.level)),
                CellValue::Text(period.start.clone()),
                count(*active),
            ]
        }));
    }
    table
}

fn points(answer: &ForecastAnswer) -> Vec<String> {
    let seen = answer.history.iter().map(|one| one.label.clone());
    seen.chain(answer.ahead.iter().map(|one| one.label.clone())).collect()
}

/// A line that begins where history ends.
fn line_ahead(
    answer: &ForecastAnswer,
    name: &str,
    value: impl Fn(&PeriodAhead) -> Option<f64>,
    ends: impl Fn(&PeriodAhead) -> Option<(f64, f64)>,
) -> Series {
    let n_seen = answer.history.len();
    let mut values = vec![None; n_seen];
    let mut band = vec![None; n_seen];
    values.extend(answer.ahead.iter().map(value));
    band.extend(answer.ahead.iter().map(ends));
    Series { name: name.to_owned(), values, band }
}

/// A line that ends where history does.
fn line_seen(answer: &ForecastAnswer, name: &str, mut values: Vec<Option<f64>>) -> Series {
    values.resize(answer.history.len() + answer.ahead.len(), None);
    Series { name: name.to_owned(), band: vec![None; values.len()], values }
}

fn customers(answer: &ForecastAnswer) -> Lines {
    let active = answer.history.iter().map(|one| Some(one.active as f64)).collect();
    let new = answer.history.iter().map(|one| Some(one.new as f64)).collect();
    let mut series = vec![
        line_seen(answer, "active", active),
        line_ahead(
            answer,
            "active, foretold",
            |one| Some(one.active.value),
            |one| ends(&one.active),
        ),
        line_seen(answer, "new", new),
        line_ahead(answer, "new, foretold", |one| Some(one.new.value), |one| ends(&one.new)),
    ];
    if answer.what_if.is_some() {
        series.push(line_ahead(answer, "supposed", |one| one.supposed, |_| None));
    }
    Lines {
        title: "Active and new customers, as seen and as foretold".to_owned(),
        unit: String::new(),
        points: points(answer),
        series,
    }
}

fn rates(answer: &ForecastAnswer) -> Curve {
    let seen = answer.history.iter().map(|one| one.crr).collect();
    let value = |one: &PeriodAhead| one.crr.as_ref().map(|rate| rate.value);
    Curve {
        title: "Retention rate, as seen and as foretold".to_owned(),
        points: points(answer),
        series: vec![
            line_seen(answer, "CRR", seen),
            line_ahead(answer, "CRR, foretold", value, |one| one.crr.as_ref().and_then(ends)),
        ],
    }
}
