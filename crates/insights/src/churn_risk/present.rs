//! Churn risk for people: the tenths, the customers with their reasons, and how far to trust it.

use super::answer::{ChurnRiskAnswer, RowAnswer};
use crate::present::{
    BarRow, Bars, CellValue, ColumnKind, Curve, Picture, Presentation, Series, Table, percent,
    warning_lines,
};
use crate::training::{TestedAnswer, TopAnswer};

/// The answer for people.
pub fn present(answer: &ChurnRiskAnswer) -> Presentation {
    let mut tables = vec![
        deciles(answer),
        rows(answer),
        backtest(answer),
        importance(answer),
        reliability(answer),
    ];
    if answer.question.cell.is_some()
        && let Some(members) = &answer.customers
    {
        let mut table = Table::new("customers", true, &[("customer", ColumnKind::Text)]);
        table.rows = members.ids.iter().map(|id| vec![CellValue::Text(id.clone())]).collect();
        tables.insert(0, table);
    }
    Presentation {
        tables,
        pictures: vec![
            Picture::Curve(foretold(answer)),
            Picture::Bars(lift(answer)),
            Picture::Bars(themes(answer)),
        ],
        definition: (answer.definition.en.clone(), answer.definition.zh.clone()),
        warnings: warning_lines(&answer.warnings),
    }
}

fn decimal(number: f64) -> CellValue {
    CellValue::Text(format!("{number:.4}"))
}

fn open_share(share: f64) -> CellValue {
    CellValue::share(Some(share), false)
}

fn deciles(answer: &ChurnRiskAnswer) -> Table {
    let mut table = Table::new(
        "deciles",
        false,
        &[
            ("decile", ColumnKind::Count),
            ("customers", ColumnKind::Count),
            ("highest risk", ColumnKind::Share),
            ("lowest risk", ColumnKind::Share),
            ("expected leavers", ColumnKind::Decimal),
            ("money", ColumnKind::Decimal),
            ("value at risk", ColumnKind::Decimal),
        ],
    );
    table.rows.extend(answer.deciles.iter().map(|one| {
        vec![
            CellValue::Count(u64::from(one.decile)),
            CellValue::Count(one.customers),
            open_share(one.highest),
            open_share(one.lowest),
            CellValue::Text(format!("{:.1}", one.expected_leavers)),
            CellValue::text(one.revenue.clone()),
            CellValue::text(one.value_at_risk.clone()),
        ]
    }));
    table
}

fn rows(answer: &ChurnRiskAnswer) -> Table {
    let mut table = Table::new(
        "churn_risk",
        true,
        &[
            ("customer", ColumnKind::Text),
            ("risk", ColumnKind::Share),
            ("decile", ColumnKind::Count),
            ("money", ColumnKind::Decimal),
            ("value at risk", ColumnKind::Decimal),
            ("reasons", ColumnKind::Text),
            ("reasons in Chinese", ColumnKind::Text),
        ],
    );
    table.rows = answer.rows.iter().map(|row| row_of(answer, row)).collect();
    table
}

fn row_of(answer: &ChurnRiskAnswer, row: &RowAnswer) -> Vec<CellValue> {
    let ids = answer.customers.as_ref().map(|members| members.ids.as_slice()).unwrap_or_default();
    // Outside ids are filled in after the answer; without them a customer is known by their place.
    let id = ids.get(row.customer).cloned().unwrap_or_else(|| row.customer.to_string());
    let said = |of: fn(&crate::training::Reason) -> &str, between: &str| {
        let all: Vec<&str> = row.reasons.iter().map(of).collect();
        CellValue::text((!all.is_empty()).then(|| all.join(between)))
    };
    vec![
        CellValue::Text(id),
        open_share(row.probability),
        CellValue::Count(u64::from(row.decile)),
        CellValue::text(row.revenue.clone()),
        CellValue::text(row.value_at_risk.clone()),
        said(|one| one.text.as_str(), "; "),
        said(|one| one.text_zh.as_str(), "；"),
    ]
}

fn backtest(answer: &ChurnRiskAnswer) -> Table {
    let mut table = Table::new(
        "backtest",
        false,
        &[
            ("learner", ColumnKind::Text),
            ("cut date", ColumnKind::Text),
            ("customers", ColumnKind::Count),
            ("leavers", ColumnKind::Count),
            ("base rate", ColumnKind::Share),
            ("AUC", ColumnKind::Decimal),
            ("average precision", ColumnKind::Decimal),
            ("Brier", ColumnKind::Decimal),
            ("log loss", ColumnKind::Decimal),
            ("calibration error", ColumnKind::Decimal),
            ("lift of the top tenth", ColumnKind::Decimal),
            ("capture of the top tenth", ColumnKind::Share),
        ],
    );
    table.rows.extend(answer.backtest.tested.iter().map(|one| {
        let tenth = top_tenth(one);
        vec![
            CellValue::Text(one.learner.clone()),
            CellValue::Text(one.cut.clone().unwrap_or_else(|| "all".to_owned())),
            CellValue::Count(one.customers),
            CellValue::Count(one.left),
            CellValue::share(Some(one.base_rate), true),
            decimal(one.auc),
            decimal(one.average_precision),
            decimal(one.brier),
            decimal(one.log_loss),
            decimal(one.calibration_error),
            CellValue::text(tenth.map(|top| format!("{:.2}", top.lift))),
            CellValue::share(tenth.map(|top| top.capture), true),
        ]
    }));
    table
}

fn top_tenth(one: &TestedAnswer) -> Option<&TopAnswer> {
    one.top.iter().find(|top| (top.share - 0.1).abs() < 1e-9)
}

fn importance(answer: &ChurnRiskAnswer) -> Table {
    let mut table = Table::new(
        "importance",
        false,
        &[
            ("theme", ColumnKind::Text),
            ("name in Chinese", ColumnKind::Text),
            ("AUC lost", ColumnKind::Decimal),
            ("deviation", ColumnKind::Decimal),
            ("features", ColumnKind::Text),
        ],
    );
    table.rows.extend(answer.backtest.importance.iter().map(|one| {
        vec![
            CellValue::Text(one.name.clone()),
            CellValue::Text(one.name_zh.clone()),
            decimal(one.auc_lost),
            one.deviation.map_or(CellValue::Absent, decimal),
            CellValue::Text(one.features.join(", ")),
        ]
    }));
    table
}

fn reliability(answer: &ChurnRiskAnswer) -> Table {
    let mut table = Table::new(
        "reliability",
        false,
        &[
            ("risk from", ColumnKind::Share),
            ("risk to", ColumnKind::Share),
            ("customers", ColumnKind::Count),
            ("foretold", ColumnKind::Share),
            ("happened", ColumnKind::Share),
        ],
    );
    table.rows.extend(answer.backtest.reliability.iter().map(|bin| {
        vec![
            CellValue::share(Some(bin.from), true),
            CellValue::share(Some(bin.to), true),
            CellValue::Count(bin.customers),
            CellValue::share(bin.predicted, true),
            CellValue::share(bin.observed, true),
        ]
    }));
    table
}

/// Foretold against happened: the nearer the two lines, the truer the probabilities.
fn foretold(answer: &ChurnRiskAnswer) -> Curve {
    let bins = || answer.backtest.reliability.iter().filter(|bin| bin.customers > 0);
    let line = |name: &str, values: Vec<Option<f64>>| {
        let band = vec![None; values.len()];
        Series { name: name.to_owned(), values, band }
    };
    Curve {
        title: "Risk foretold and what happened".to_owned(),
        points: bins().map(|bin| format!("{} - {}", percent(bin.from), percent(bin.to))).collect(),
        series: vec![
            line("foretold", bins().map(|bin| bin.predicted).collect()),
            line("happened", bins().map(|bin| bin.observed).collect()),
        ],
    }
}

/// How many times more leavers than by chance calling the top finds.
fn lift(answer: &ChurnRiskAnswer) -> Bars {
    let chosen = |one: &&TestedAnswer| one.cut.is_none() && one.learner == answer.backtest.learner;
    let top = answer.backtest.tested.iter().find(chosen).map(|one| one.top.as_slice());
    let row = |top: &TopAnswer| BarRow {
        name: percent(top.share),
        value: top.lift,
        rest: 0.0,
        text: format!("{:.2} x, {}", top.lift, percent(top.capture)),
    };
    Bars {
        title: "Lift of the customers most at risk".to_owned(),
        rows: top.unwrap_or_default().iter().map(row).collect(),
        note: String::new(),
    }
}

fn themes(answer: &ChurnRiskAnswer) -> Bars {
    let told = answer.backtest.importance.iter().filter(|one| one.auc_lost > 0.0);
    let row = |one: &crate::training::ImportanceAnswer| BarRow {
        name: one.name.clone(),
        value: one.auc_lost,
        rest: 0.0,
        text: format!("{:.4}", one.auc_lost),
    };
    Bars {
        title: "What the ranking goes by".to_owned(),
        rows: told.map(row).collect(),
        note: String::new(),
    }
}
