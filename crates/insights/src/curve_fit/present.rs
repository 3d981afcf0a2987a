//! The curves for people: what was promised and how far off it was, one fact per row, and drawn.

use super::answer::{CurveFitAnswer, FitAnswer};
use crate::present::{
    CellValue, ColumnKind, Curve, Picture, Presentation, Series, Table, group_text, warning_lines,
};
use crate::refused;

/// The answer for people.
pub fn present(answer: &CurveFitAnswer) -> Presentation {
    let mut tables = vec![curves(answer), projection(answer), observed(answer), cohorts(answer)];
    if let Some(members) = &answer.customers {
        let mut table = Table::new("customers", true, &[("customer", ColumnKind::Text)]);
        table.rows = members.ids.iter().map(|id| vec![CellValue::Text(id.clone())]).collect();
        tables.insert(0, table);
    }
    let mut warnings = warning_lines(&answer.warnings);
    warnings.extend(answer.everybody.refused.iter().map(refused::line));
    let everybody = &answer.everybody;
    let proposed = everybody.proposal.as_ref().map(|proposal| proposal.curve);
    let proposed = everybody.curves.iter().filter(|one| Some(one.curve) == proposed);
    warnings.extend(proposed.flat_map(|one| warning_lines(&one.findings)));
    Presentation {
        tables,
        pictures: vec![Picture::Curve(curve(answer))],
        definition: (answer.definition.en.clone(), answer.definition.zh.clone()),
        warnings,
    }
}

/// Group by group, then everybody.
fn all(answer: &CurveFitAnswer) -> impl Iterator<Item = &FitAnswer> {
    answer.groups.iter().chain([&answer.everybody])
}

fn name(group: &FitAnswer) -> CellValue {
    CellValue::text(group_text(group.group.as_ref(), group.other))
}

fn decimal(number: Option<f64>) -> CellValue {
    CellValue::text(number.map(|number| format!("{number:.4}")))
}

fn share(share: Option<f64>) -> CellValue {
    CellValue::share(share, true)
}

fn curves(answer: &CurveFitAnswer) -> Table {
    let head = [
        ("group", ColumnKind::Text),
        ("curve", ColumnKind::Text),
        ("proposed", ColumnKind::Flag),
        ("parameters", ColumnKind::Text),
        ("log likelihood", ColumnKind::Decimal),
        ("fit error", ColumnKind::Share),
        ("holdout error", ColumnKind::Share),
        ("holdout bias", ColumnKind::Share),
        ("discounted periods", ColumnKind::Decimal),
        ("low", ColumnKind::Decimal),
        ("high", ColumnKind::Decimal),
        ("reason", ColumnKind::Text),
    ];
    let mut table = Table::new("curve_fit", false, &head);
    for group in all(answer) {
        table.rows.extend(group.curves.iter().map(|one| {
            let proposal = group.proposal.as_ref().filter(|proposal| proposal.curve == one.curve);
            let lasts = proposal.map(|proposal| proposal.discounted_periods);
            let parameters =
                one.parameters.iter().map(|own| format!("{} {:.4}", own.name, own.value));
            let refusal = one.refused.as_ref().or(one.holdout_refused.as_ref());
            vec![
                name(group),
                CellValue::Text(one.curve.name().to_owned()),
                CellValue::Flag(proposal.is_some()),
                CellValue::Text(parameters.collect::<Vec<_>>().join(", ")),
                decimal(one.log_likelihood),
                share(one.fit_error),
                share(one.holdout_error),
                share(one.holdout_bias),
                decimal(lasts.and_then(|lasts| lasts.value)),
                decimal(lasts.and_then(|lasts| lasts.low)),
                decimal(lasts.and_then(|lasts| lasts.high)),
                CellValue::text(refusal.map(|refusal| refusal.code.clone())),
            ]
        }));
    }
    table
}

fn projection(answer: &CurveFitAnswer) -> Table {
    let head = [
        ("group", ColumnKind::Text),
        ("age", ColumnKind::Count),
        ("observed", ColumnKind::Share),
        ("survival", ColumnKind::Share),
        ("low", ColumnKind::Share),
        ("high", ColumnKind::Share),
        ("retention", ColumnKind::Share),
        ("ahead", ColumnKind::Flag),
    ];
    let mut table = Table::new("projection", true, &head);
    for group in all(answer) {
        let rows = group.proposal.iter().flat_map(|proposal| &proposal.projection);
        table.rows.extend(rows.map(|one| {
            let seen = group.observed.iter().find(|seen| seen.age == one.age);
            vec![
                name(group),
                CellValue::Count(one.age.into()),
                share(seen.and_then(|seen| seen.survival)),
                CellValue::share(Some(one.survival), !one.ahead),
                CellValue::share(one.low, !one.ahead),
                CellValue::share(one.high, !one.ahead),
                CellValue::share(Some(one.retention), !one.ahead),
                CellValue::Flag(one.ahead),
            ]
        }));
    }
    table
}

fn observed(answer: &CurveFitAnswer) -> Table {
    let head = [
        ("group", ColumnKind::Text),
        ("age", ColumnKind::Count),
        ("at risk", ColumnKind::Count),
        ("lost", ColumnKind::Count),
        ("survival", ColumnKind::Share),
    ];
    let mut table = Table::new("observed", true, &head);
    for group in all(answer) {
        table.rows.extend(group.observed.iter().map(|one| {
            vec![
                name(group),
                CellValue::Count(one.age.into()),
                CellValue::Count(one.at_risk),
                CellValue::Count(one.lost),
                share(one.survival),
            ]
        }));
    }
    table
}

fn cohorts(answer: &CurveFitAnswer) -> Table {
    let head = [
        ("group", ColumnKind::Text),
        ("start", ColumnKind::Text),
        ("customers", ColumnKind::Count),
        ("age", ColumnKind::Count),
        ("kept", ColumnKind::Count),
    ];
    let mut table = Table::new("cohorts", true, &head);
    for group in all(answer) {
        for cohort in &group.cohorts {
            let there = std::iter::once(&cohort.customers).chain(&cohort.there);
            let ages = (0_u64..).zip(there);
            table.rows.extend(ages.map(|(age, there)| {
                vec![
                    name(group),
                    CellValue::Text(cohort.start.clone()),
                    CellValue::Count(cohort.customers),
                    CellValue::Count(age),
                    CellValue::Count(*there),
                ]
            }));
        }
    }
    table
}

/// What was seen beside what every curve says, the proposed one with its interval.
fn curve(answer: &CurveFitAnswer) -> Curve {
    let group = &answer.everybody;
    let longest = group.curves.iter().map(|one| one.survival.len()).max();
    let n_ages = longest.unwrap_or(0).max(group.observed.len());
    let line = |name: &str, mut values: Vec<Option<f64>>, mut band: Vec<Option<(f64, f64)>>| {
        values.resize(n_ages, None);
        band.resize(n_ages, None);
        Series { name: name.to_owned(), values, band }
    };
    let seen = group.observed.iter().map(|one| one.survival).collect();
    let mut series = vec![line("observed", seen, Vec::new())];
    for one in group.curves.iter().filter(|one| !one.survival.is_empty()) {
        let proposal = group.proposal.as_ref().filter(|proposal| proposal.curve == one.curve);
        let ends = proposal.iter().flat_map(|proposal| &proposal.projection);
        let band = ends.map(|at| at.low.zip(at.high)).collect();
        series.push(line(one.curve.name(), one.survival.iter().copied().map(Some).collect(), band));
    }
    Curve {
        title: "Customers still there, as seen and as the curves go on".to_owned(),
        points: (1..=n_ages).map(|age| age.to_string()).collect(),
        series,
    }
}
