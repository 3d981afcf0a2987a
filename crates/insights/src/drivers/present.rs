//! The answer for people: drivers, their effects and columns, bars of importance, the strongest's
//! curve.

use super::answer::{Direction, DriverAnswer, DriversAnswer, EffectAnswer};
use super::words::{chance, figure};
use crate::present::{
    BarRow, Bars, CellValue, ColumnKind, Curve, Picture, Presentation, Series, Table, warning_lines,
};

/// Drivers of a picture of bars at most.
const MAX_BARS: usize = 20;

/// The answer for people.
pub fn present(answer: &DriversAnswer) -> Presentation {
    let mut tables = vec![drivers(answer), effects(answer), columns(answer), cuts(answer)];
    if answer.factors.is_some() {
        tables.push(loadings(answer));
    }
    if !answer.left_out.is_empty() {
        tables.push(left_out(answer));
    }
    if let Some(members) = &answer.customers {
        let mut table = Table::new("customers", true, &[("customer", ColumnKind::Text)]);
        table.rows = members.ids.iter().map(|id| vec![CellValue::Text(id.clone())]).collect();
        tables.insert(0, table);
    }
    let mut pictures = vec![Picture::Bars(importance(answer))];
    let strongest = answer.drivers.iter().find(|driver| !driver.curve.is_empty());
    pictures.extend(strongest.map(|driver| Picture::Curve(curve(driver))));
    Presentation {
        tables,
        pictures,
        definition: (answer.definition.en.clone(), answer.definition.zh.clone()),
        warnings: warning_lines(&answer.warnings),
    }
}

fn number(value: f64) -> CellValue {
    CellValue::Text(figure(value))
}

fn text(value: &str) -> CellValue {
    CellValue::Text(value.to_owned())
}

fn drivers(answer: &DriversAnswer) -> Table {
    let head = [
        ("driver", ColumnKind::Text),
        ("name in Chinese", ColumnKind::Text),
        ("goes with", ColumnKind::Text),
        ("ratio", ColumnKind::Decimal),
        ("low", ColumnKind::Decimal),
        ("high", ColumnKind::Decimal),
        ("adjusted p", ColumnKind::Decimal),
        ("AUC lost", ColumnKind::Decimal),
        ("sentence", ColumnKind::Text),
        ("sentence in Chinese", ColumnKind::Text),
        ("experiment", ColumnKind::Text),
        ("experiment in Chinese", ColumnKind::Text),
    ];
    let mut table = Table::new("drivers", false, &head);
    for driver in &answer.drivers {
        let strongest = driver
            .effects
            .iter()
            .max_by(|a, b| a.standardised.abs().total_cmp(&b.standardised.abs()));
        let of = |get: fn(&EffectAnswer) -> f64| {
            strongest.map_or(CellValue::Absent, |effect| number(get(effect)))
        };
        let importance = driver.importance.as_ref();
        table.rows.push(vec![
            text(&driver.en),
            text(&driver.zh),
            text(direction(driver.direction)),
            of(|effect| effect.ratio),
            of(|effect| effect.ratio_low),
            of(|effect| effect.ratio_high),
            CellValue::Text(chance(driver.p_adjusted)),
            importance.map_or(CellValue::Absent, |one| number(one.auc_lost)),
            text(&driver.sentence),
            text(&driver.sentence_zh),
            text(&driver.experiment),
            text(&driver.experiment_zh),
        ]);
    }
    table
}

fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Leaving => "leaving",
        Direction::Staying => "staying",
        Direction::ByValue => "by value",
        Direction::Unclear => "unclear",
    }
}

/// One row per effect.
fn effects(answer: &DriversAnswer) -> Table {
    let head = [
        ("driver", ColumnKind::Text),
        ("value", ColumnKind::Text),
        ("reference", ColumnKind::Text),
        ("per", ColumnKind::Decimal),
        ("ratio", ColumnKind::Decimal),
        ("low", ColumnKind::Decimal),
        ("high", ColumnKind::Decimal),
        ("standardised", ColumnKind::Decimal),
        ("p", ColumnKind::Decimal),
        ("adjusted p", ColumnKind::Decimal),
    ];
    let mut table = Table::new("effects", true, &head);
    for driver in &answer.drivers {
        for effect in &driver.effects {
            table.rows.push(vec![
                text(&driver.name),
                CellValue::text(effect.value.clone()),
                CellValue::text(effect.reference.clone()),
                effect.per.map_or(CellValue::Absent, number),
                number(effect.ratio),
                number(effect.ratio_low),
                number(effect.ratio_high),
                number(effect.standardised),
                CellValue::Text(chance(driver.p)),
                CellValue::Text(chance(driver.p_adjusted)),
            ]);
        }
    }
    table
}

/// One row per column of a driver.
fn columns(answer: &DriversAnswer) -> Table {
    let head = [
        ("driver", ColumnKind::Text),
        ("feature", ColumnKind::Text),
        ("name", ColumnKind::Text),
        ("name in Chinese", ColumnKind::Text),
        ("known", ColumnKind::Share),
        ("association", ColumnKind::Decimal),
    ];
    let mut table = Table::new("features", true, &head);
    for driver in &answer.drivers {
        for column in &driver.columns {
            let known = column.n_known as f64 / answer.n_used.max(1) as f64;
            table.rows.push(vec![
                text(&driver.name),
                text(&column.name),
                text(&column.en),
                text(&column.zh),
                CellValue::share(Some(known), true),
                number(column.association),
            ]);
        }
    }
    table
}

fn cuts(answer: &DriversAnswer) -> Table {
    let head = [
        ("cut date", ColumnKind::Text),
        ("until", ColumnKind::Text),
        ("customers", ColumnKind::Count),
        ("gone", ColumnKind::Count),
        ("kept", ColumnKind::Count),
        ("unknown", ColumnKind::Count),
    ];
    let mut table = Table::new("cuts", true, &head);
    for cut in &answer.cuts {
        let counts = [cut.at_risk, cut.left, cut.stayed, cut.not_known];
        let counts = counts.map(|count| CellValue::Count(count).marked(cut.complete));
        table
            .rows
            .push([text(&cut.date), text(&cut.horizon_end)].into_iter().chain(counts).collect());
    }
    table
}

fn loadings(answer: &DriversAnswer) -> Table {
    let head = [
        ("factor", ColumnKind::Text),
        ("name", ColumnKind::Text),
        ("name in Chinese", ColumnKind::Text),
        ("share", ColumnKind::Share),
        ("feature", ColumnKind::Text),
        ("loading", ColumnKind::Decimal),
    ];
    let mut table = Table::new("factors", true, &head);
    for factor in answer.factors.iter().flat_map(|factors| &factors.factors) {
        for loading in &factor.loadings {
            table.rows.push(vec![
                text(&factor.name),
                text(&factor.en),
                text(&factor.zh),
                CellValue::share(Some(factor.share), true),
                text(&loading.feature),
                number(loading.loading),
            ]);
        }
    }
    table
}

fn left_out(answer: &DriversAnswer) -> Table {
    let head = [
        ("feature", ColumnKind::Text),
        ("reason", ColumnKind::Text),
        ("reason in Chinese", ColumnKind::Text),
    ];
    let mut table = Table::new("left out", true, &head);
    let row = |one: &super::LeftOut| vec![text(&one.name), text(&one.reason), text(&one.reason_zh)];
    table.rows = answer.left_out.iter().map(row).collect();
    table
}

/// What the forest loses without each driver; below 0 it loses nothing.
fn importance(answer: &DriversAnswer) -> Bars {
    let mut drivers: Vec<(&DriverAnswer, f64)> = answer
        .drivers
        .iter()
        .filter_map(|driver| Some((driver, driver.importance.as_ref()?.auc_lost)))
        .collect();
    drivers.sort_by(|a, b| b.1.total_cmp(&a.1));
    let row = |(driver, lost): &(&DriverAnswer, f64)| BarRow {
        name: driver.en.clone(),
        value: lost.max(0.0),
        rest: 0.0,
        text: figure(*lost),
    };
    Bars {
        title: "AUC lost without the driver".to_owned(),
        rows: drivers.iter().take(MAX_BARS).map(row).collect(),
        note: String::new(),
    }
}

/// The probability of leaving over the strongest driver's values.
fn curve(driver: &DriverAnswer) -> Curve {
    let probabilities = driver.curve.iter().map(|point| Some(point.probability)).collect();
    Curve {
        title: "Probability of leaving by value of the strongest driver".to_owned(),
        points: driver.curve.iter().map(|point| point.value.clone()).collect(),
        series: vec![Series {
            name: driver.en.clone(),
            values: probabilities,
            band: vec![None; driver.curve.len()],
        }],
    }
}
