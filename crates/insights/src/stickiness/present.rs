//! The numbers for people: laid out to be read, one fact per row to be computed on, and drawn.

use perennial_types::question::Text;

use super::answer::{Point, StickinessAnswer};
use crate::grouping::Group;
use crate::present::{
    CellValue, ColumnKind, Curve, Picture, Presentation, Series, Table, group_text, warning_lines,
};

/// The answer for people.
pub fn present(answer: &StickinessAnswer) -> Presentation {
    let mut tables =
        vec![table(answer), days(answer), ratios(answer), gaps(answer), regularity(answer)];
    if let Some(members) = &answer.customers {
        let mut table = Table::new("customers", true, &[("customer", ColumnKind::Text)]);
        table.rows = members.ids.iter().map(|id| vec![CellValue::Text(id.clone())]).collect();
        tables.insert(0, table);
    }
    let mut warnings = warning_lines(&answer.warnings);
    if answer.days.iter().any(|day| !day.flags.is_empty()) {
        warnings.push(Text::new(
            "the history is shorter than the 30 days before some days: their WAU and MAU may be too small",
            "部分日期之前的历史不足 30 天：其周活与月活可能偏小",
        ));
    }
    Presentation {
        tables,
        pictures: vec![Picture::Curve(curve(answer)), Picture::Curve(day_curve(answer))],
        definition: (answer.definition.en.clone(), answer.definition.zh.clone()),
        warnings,
    }
}

/// The points of every group, then those of everybody.
fn all(answer: &StickinessAnswer) -> impl Iterator<Item = (Option<String>, &Point)> {
    let named = |group: Option<&Group>, other: bool| group_text(group, other);
    let groups = answer.groups.iter().flat_map(move |one| {
        let name = named(one.group.as_ref(), one.other);
        one.points.iter().map(move |point| (name.clone(), point))
    });
    groups.chain(answer.points.iter().map(|point| (None, point)))
}

fn table(answer: &StickinessAnswer) -> Table {
    let mut table = Table::new(
        "stickiness",
        true,
        &[
            ("group", ColumnKind::Text),
            ("active periods", ColumnKind::Count),
            ("exactly", ColumnKind::Count),
            ("exactly share", ColumnKind::Share),
            ("at least", ColumnKind::Count),
            ("at least share", ColumnKind::Share),
        ],
    );
    table.rows.extend(all(answer).map(|(group, point)| {
        vec![
            CellValue::text(group),
            CellValue::Count(point.n as u64),
            CellValue::Count(point.exactly),
            CellValue::share(Some(point.exactly_share), answer.complete),
            CellValue::Count(point.at_least),
            CellValue::share(Some(point.at_least_share), answer.complete),
        ]
    }));
    table
}

fn days(answer: &StickinessAnswer) -> Table {
    let mut table = Table::new(
        "days",
        false,
        &[
            ("date", ColumnKind::Text),
            ("dau", ColumnKind::Count),
            ("wau", ColumnKind::Count),
            ("mau", ColumnKind::Count),
            ("dau/wau", ColumnKind::Share),
            ("dau/mau", ColumnKind::Share),
            ("wau/mau", ColumnKind::Share),
            ("complete", ColumnKind::Flag),
        ],
    );
    table.rows.extend(answer.days.iter().map(|day| {
        vec![
            CellValue::Text(day.date.clone()),
            CellValue::Count(day.dau),
            CellValue::Count(day.wau),
            CellValue::Count(day.mau),
            CellValue::share(day.dau_wau, day.complete),
            CellValue::share(day.dau_mau, day.complete),
            CellValue::share(day.wau_mau, day.complete),
            CellValue::Flag(day.complete),
        ]
    }));
    table
}

fn ratios(answer: &StickinessAnswer) -> Table {
    let head = [("ratio", ColumnKind::Text), ("of the range", ColumnKind::Share)];
    let mut table = Table::new("ratios", false, &head);
    let ratios = &answer.ratios;
    let all =
        [("DAU/WAU", ratios.dau_wau), ("DAU/MAU", ratios.dau_mau), ("WAU/MAU", ratios.wau_mau)];
    table.rows.extend(all.map(|(name, ratio)| {
        vec![CellValue::Text(name.to_owned()), CellValue::share(ratio, true)]
    }));
    table
}

fn gaps(answer: &StickinessAnswer) -> Table {
    let head = [("periods to the next", ColumnKind::Count), ("gaps", ColumnKind::Count)];
    let mut table = Table::new("gaps", false, &head);
    table.rows.extend(
        answer
            .gaps
            .lengths
            .iter()
            .map(|one| vec![CellValue::Count(one.periods as u64), CellValue::Count(one.gaps)]),
    );
    table
}

fn regularity(answer: &StickinessAnswer) -> Table {
    let head = [
        ("gaps are", ColumnKind::Text),
        ("customers", ColumnKind::Count),
        ("share", ColumnKind::Share),
    ];
    let mut table = Table::new("regularity", false, &head);
    table.rows.extend(answer.gaps.regularity.iter().map(|one| {
        vec![
            CellValue::Text(one.kind.name().replace('_', " ")),
            CellValue::Count(one.customers),
            CellValue::share(one.share, answer.complete),
        ]
    }));
    table
}

/// Shares of customers active in at least so many periods.
fn curve(answer: &StickinessAnswer) -> Curve {
    let series = |name: String, points: &[Point]| {
        let values: Vec<Option<f64>> =
            points.iter().map(|point| Some(point.at_least_share)).collect();
        Series { name, band: vec![None; values.len()], values }
    };
    let groups = answer.groups.iter().map(|group| {
        let name = group_text(group.group.as_ref(), group.other);
        series(name.unwrap_or_default(), &group.points)
    });
    let everybody = series("everybody".to_owned(), &answer.points);
    Curve {
        title: "Share of customers active in at least so many periods".to_owned(),
        points: answer.points.iter().map(|point| point.n.to_string()).collect(),
        series: groups.chain([everybody]).collect(),
    }
}

/// The ratios day by day.
fn day_curve(answer: &StickinessAnswer) -> Curve {
    let series = |name: &str, values: Vec<Option<f64>>| Series {
        name: name.to_owned(),
        band: vec![None; values.len()],
        values,
    };
    let days = &answer.days;
    Curve {
        title: "Customers of a day by those of its week and month".to_owned(),
        points: days.iter().map(|day| day.date.clone()).collect(),
        series: vec![
            series("DAU/WAU", days.iter().map(|day| day.dau_wau).collect()),
            series("DAU/MAU", days.iter().map(|day| day.dau_mau).collect()),
            series("WAU/MAU", days.iter().map(|day| day.wau_mau).collect()),
        ],
    }
}
