//! The curves for people: lengths of stay by group, one fact per row, and drawn.

use super::answer::{Comparison, CoxAnswer, GroupAnswer, Mean, SurvivalAnswer, WeibullAft};
use crate::present::{
    CellValue, ColumnKind, Curve, Picture, Presentation, Series, Table, group_text, warning_lines,
};

/// The answer for people.
pub fn present(answer: &SurvivalAnswer) -> Presentation {
    let mut tables = vec![lengths(answer), ages(answer), remaining(answer)];
    if let Some(comparison) = &answer.comparison {
        tables.push(differences(answer, comparison));
    }
    if let Some(cox) = &answer.cox {
        tables.push(effects(cox, answer.weibull_aft.as_ref()));
    }
    if let Some(members) = &answer.customers {
        let mut table = Table::new("customers", true, &[("customer", ColumnKind::Text)]);
        table.rows = members.ids.iter().map(|id| vec![CellValue::Text(id.clone())]).collect();
        tables.insert(0, table);
    }
    let mut warnings = warning_lines(&answer.warnings);
    let refusals = [
        answer.everybody.refused.as_ref(),
        answer.comparison.as_ref().and_then(|one| one.refused.as_ref()),
        answer.cox.as_ref().and_then(|one| one.refused.as_ref()),
        answer.weibull_aft.as_ref().and_then(|one| one.refused.as_ref()),
    ];
    for refusal in refusals.into_iter().flatten() {
        let line = crate::refused::line(refusal);
        if !warnings.contains(&line) {
            warnings.push(line);
        }
    }
    Presentation {
        tables,
        pictures: vec![Picture::Curve(curve(answer)), Picture::Curve(hazards(answer))],
        definition: (answer.definition.en.clone(), answer.definition.zh.clone()),
        warnings,
    }
}

/// Group by group, then everybody.
fn all(answer: &SurvivalAnswer) -> impl Iterator<Item = &GroupAnswer> {
    answer.groups.iter().chain([&answer.everybody])
}

/// What a group is called; nothing for everybody.
fn name(group: &GroupAnswer) -> Option<String> {
    group_text(group.group.as_ref(), group.other)
}

fn days(days: Option<f64>) -> CellValue {
    CellValue::text(days.map(|days| format!("{days:.1}")))
}

fn whole(days: Option<f64>) -> CellValue {
    CellValue::text(days.map(|days| format!("{days:.0}")))
}

fn decimal(number: Option<f64>) -> CellValue {
    CellValue::text(number.map(|number| format!("{number:.4}")))
}

fn share(share: Option<f64>) -> CellValue {
    CellValue::share(share, true)
}

fn lengths(answer: &SurvivalAnswer) -> Table {
    let head = [
        ("group", ColumnKind::Text),
        ("customers", ColumnKind::Count),
        ("left", ColumnKind::Count),
        ("still here", ColumnKind::Count),
        ("median days", ColumnKind::Decimal),
        ("low", ColumnKind::Decimal),
        ("high", ColumnKind::Decimal),
        ("mean days", ColumnKind::Decimal),
        ("until days", ColumnKind::Decimal),
        ("Weibull mean days", ColumnKind::Decimal),
    ];
    let mut table = Table::new("survival", false, &head);
    table.rows.extend(all(answer).map(|group| {
        vec![
            CellValue::text(name(group)),
            CellValue::Count(group.customers),
            CellValue::Count(group.left),
            CellValue::Count(group.here),
            whole(group.median_days),
            whole(group.median_low),
            whole(group.median_high),
            days(group.mean.map(|mean| mean.days)),
            whole(group.mean.map(|mean| mean.until_days)),
            days(group.weibull.map(|weibull| weibull.mean_days)),
        ]
    }));
    table
}

fn ages(answer: &SurvivalAnswer) -> Table {
    let head = [
        ("group", ColumnKind::Text),
        ("from days", ColumnKind::Count),
        ("to days", ColumnKind::Count),
        ("at risk", ColumnKind::Count),
        ("entered", ColumnKind::Count),
        ("left", ColumnKind::Count),
        ("censored", ColumnKind::Count),
        ("survival", ColumnKind::Share),
        ("low", ColumnKind::Share),
        ("high", ColumnKind::Share),
        ("hazard", ColumnKind::Decimal),
        ("rate per day", ColumnKind::Decimal),
    ];
    let mut table = Table::new("ages", true, &head);
    for group in all(answer) {
        table.rows.extend(group.ages.iter().map(|age| {
            vec![
                CellValue::text(name(group)),
                CellValue::Count(age.from_days.into()),
                CellValue::Count(age.to_days.into()),
                CellValue::Count(age.at_risk),
                CellValue::Count(age.entered),
                CellValue::Count(age.left),
                CellValue::Count(age.censored),
                share(age.survival),
                share(age.low),
                share(age.high),
                decimal(age.hazard),
                CellValue::text(age.rate_per_day.map(|rate| format!("{rate:.6}"))),
            ]
        }));
    }
    table
}

fn remaining(answer: &SurvivalAnswer) -> Table {
    let head = [
        ("group", ColumnKind::Text),
        ("age", ColumnKind::Count),
        ("at risk", ColumnKind::Count),
        ("more days", ColumnKind::Decimal),
        ("standard error", ColumnKind::Decimal),
        ("until days", ColumnKind::Decimal),
        ("Weibull more days", ColumnKind::Decimal),
    ];
    let mut table = Table::new("remaining", true, &head);
    for group in all(answer) {
        table.rows.extend(group.remaining.iter().map(|one| {
            let more = |of: fn(Mean) -> f64| days(one.more.map(of));
            vec![
                CellValue::text(name(group)),
                CellValue::Count(one.age_days.into()),
                CellValue::Count(one.at_risk),
                more(|mean| mean.days),
                more(|mean| mean.standard_error),
                whole(one.more.map(|mean| mean.until_days)),
                days(one.weibull_days),
            ]
        }));
    }
    table
}

fn differences(answer: &SurvivalAnswer, comparison: &Comparison) -> Table {
    let head = [
        ("group", ColumnKind::Text),
        ("against", ColumnKind::Text),
        ("left", ColumnKind::Count),
        ("expected", ColumnKind::Decimal),
        ("statistic", ColumnKind::Decimal),
        ("p", ColumnKind::Decimal),
        ("p corrected", ColumnKind::Decimal),
    ];
    let mut table = Table::new("differences", true, &head);
    let group = |at: usize| CellValue::text(answer.groups.get(at).and_then(name));
    table.rows.extend(comparison.overall.iter().map(|test| {
        vec![
            CellValue::Absent,
            CellValue::Absent,
            CellValue::Absent,
            CellValue::Absent,
            decimal(Some(test.statistic)),
            decimal(Some(test.p)),
            CellValue::Absent,
        ]
    }));
    table.rows.extend(comparison.pairs.iter().map(|pair| {
        vec![
            group(pair.first),
            group(pair.second),
            CellValue::Count(pair.first_left),
            days(Some(pair.first_expected)),
            decimal(Some(pair.statistic)),
            decimal(Some(pair.p)),
            decimal(Some(pair.p_corrected)),
        ]
    }));
    table
}

fn effects(cox: &CoxAnswer, aft: Option<&WeibullAft>) -> Table {
    let head = [
        ("name", ColumnKind::Text),
        ("against", ColumnKind::Text),
        ("hazard ratio", ColumnKind::Decimal),
        ("low", ColumnKind::Decimal),
        ("high", ColumnKind::Decimal),
        ("p", ColumnKind::Decimal),
        ("p corrected", ColumnKind::Decimal),
        ("drift p", ColumnKind::Decimal),
        ("time ratio", ColumnKind::Decimal),
    ];
    let mut table = Table::new("effects", true, &head);
    let stretches = aft.map(|aft| aft.effects.as_slice()).unwrap_or_default();
    table.rows.extend(cox.effects.iter().map(|one| {
        let stretch = stretches.iter().find(|stretch| stretch.name == one.name);
        vec![
            CellValue::Text(one.name.clone()),
            CellValue::text(one.against.clone()),
            decimal(one.hazard_ratio),
            decimal(one.low),
            decimal(one.high),
            decimal(Some(one.p)),
            decimal(Some(one.p_corrected)),
            decimal(one.drift_p),
            decimal(stretch.and_then(|stretch| stretch.time_ratio)),
        ]
    }));
    table
}

/// The groups to draw: themselves, or everybody without any.
fn drawn(answer: &SurvivalAnswer) -> Vec<(String, &GroupAnswer)> {
    if answer.groups.is_empty() {
        return vec![("survival".to_owned(), &answer.everybody)];
    }
    answer.groups.iter().map(|group| (name(group).unwrap_or_default(), group)).collect()
}

fn points(answer: &SurvivalAnswer) -> Vec<String> {
    answer.everybody.ages.iter().map(|age| age.to_days.to_string()).collect()
}

fn curve(answer: &SurvivalAnswer) -> Curve {
    let series = drawn(answer).into_iter().map(|(name, group)| Series {
        name,
        values: group.ages.iter().map(|age| age.survival).collect(),
        band: group.ages.iter().map(|age| age.low.zip(age.high)).collect(),
    });
    Curve {
        title: "Customers still here, by days since their start".to_owned(),
        points: points(answer),
        series: series.collect(),
    }
}

/// The share of those at risk that leaves in an age, were the hazard as it is in it.
fn hazards(answer: &SurvivalAnswer) -> Curve {
    let is_one = answer.groups.is_empty();
    let series = drawn(answer).into_iter().map(|(name, group)| {
        let name = if is_one { "leaving".to_owned() } else { name };
        let share = |age: &super::answer::AgeAnswer| {
            let days = f64::from(age.to_days - age.from_days);
            age.rate_per_day.map(|rate| -libm::expm1(-rate * days))
        };
        let values: Vec<Option<f64>> = group.ages.iter().map(share).collect();
        Series { name, band: vec![None; values.len()], values }
    });
    Curve {
        title: "Leaving in each age, of those at risk".to_owned(),
        points: points(answer),
        series: series.collect(),
    }
}
