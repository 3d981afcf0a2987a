//! Health for people: dates and bands, the customers of the page, moves, the warning and its backtest.

use super::answer::{HealthAnswer, ReasonAnswer};
use super::dimensions::Family;
use crate::present::{
    BarRow, Bars, CellValue, ColumnKind, Curve, Lines, Picture, Presentation, Series, Table,
    percent, warning_lines,
};

/// The answer for people.
pub fn present(answer: &HealthAnswer) -> Presentation {
    let mut tables = vec![dates(answer), rows(answer), dimensions(answer)];
    if !answer.segments.is_empty() {
        tables.push(segments(answer));
    }
    tables.extend(migration(answer));
    tables.push(warning(answer));
    tables.extend(reliability(answer));
    if answer.question.cell.is_some()
        && let Some(members) = &answer.customers
    {
        let mut table = Table::new("customers", true, &[("customer", ColumnKind::Text)]);
        table.rows = members.ids.iter().map(|id| vec![CellValue::Text(id.clone())]).collect();
        tables.insert(0, table);
    }
    let mut pictures = vec![Picture::Bars(bands(answer)), Picture::Lines(over_time(answer))];
    pictures.extend(curve(answer).map(Picture::Curve));
    Presentation {
        tables,
        pictures,
        definition: (answer.definition.en.clone(), answer.definition.zh.clone()),
        warnings: warning_lines(&answer.warnings),
    }
}

/// A number with one place.
fn one_place(number: Option<f64>) -> CellValue {
    CellValue::text(number.map(|number| format!("{number:.1}")))
}

/// Headings of the families, in their order.
const FAMILY_SCORES: [&str; Family::ALL.len()] = [
    "usage score",
    "value score",
    "support score",
    "sentiment score",
    "commercial score",
    "relationship score",
];

fn dates(answer: &HealthAnswer) -> Table {
    let mut head = vec![
        ("date", ColumnKind::Text),
        ("here", ColumnKind::Count),
        ("healthy", ColumnKind::Count),
        ("watch", ColumnKind::Count),
        ("at risk", ColumnKind::Count),
        ("unscored", ColumnKind::Count),
        ("left", ColumnKind::Count),
        ("mean score", ColumnKind::Decimal),
        ("coverage", ColumnKind::Share),
    ];
    head.extend(FAMILY_SCORES.map(|name| (name, ColumnKind::Decimal)));
    let mut table = Table::new("health", false, &head);
    table.rows.extend(answer.dates.iter().map(|date| {
        let counts = [date.here, date.healthy, date.watch, date.at_risk, date.unscored, date.left];
        let mut row = vec![CellValue::Text(date.date.to_string())];
        row.extend(counts.map(|count| CellValue::Count(count).marked(date.complete)));
        row.push(one_place(date.mean_score));
        row.push(CellValue::share(date.mean_coverage, date.complete));
        row.extend(date.families.iter().map(|family| one_place(family.mean)));
        row
    }));
    table
}

fn told(reasons: &[ReasonAnswer]) -> CellValue {
    let one = |reason: &ReasonAnswer| format!("{} ({:+.1})", reason.en, reason.points);
    let text = reasons.iter().map(one).collect::<Vec<_>>().join("; ");
    CellValue::text((!text.is_empty()).then_some(text))
}

fn told_zh(reasons: &[ReasonAnswer]) -> CellValue {
    let one = |reason: &ReasonAnswer| format!("{}（{:+.1}）", reason.zh, reason.points);
    let text = reasons.iter().map(one).collect::<Vec<_>>().join("；");
    CellValue::text((!text.is_empty()).then_some(text))
}

/// The customers of the page.
fn rows(answer: &HealthAnswer) -> Table {
    let head = [
        ("customer", ColumnKind::Text),
        ("state", ColumnKind::Text),
        ("score", ColumnKind::Decimal),
        ("scored on", ColumnKind::Text),
        ("frozen", ColumnKind::Flag),
        ("coverage", ColumnKind::Share),
        ("change", ColumnKind::Decimal),
        ("risk", ColumnKind::Share),
        ("value", ColumnKind::Decimal),
        ("segment", ColumnKind::Text),
        ("raised by", ColumnKind::Text),
        ("lowered by", ColumnKind::Text),
        ("raised by in Chinese", ColumnKind::Text),
        ("lowered by in Chinese", ColumnKind::Text),
    ];
    let mut table = Table::new("scores", true, &head);
    let ids = answer.customers.as_ref().map(|members| members.ids.as_slice()).unwrap_or_default();
    table.rows.extend(answer.rows.iter().map(|row| {
        // Outside ids are filled in after the answer; without them a customer is known by their place.
        let id = ids.get(row.customer).cloned().unwrap_or_else(|| row.customer.to_string());
        vec![
            CellValue::Text(id),
            CellValue::Text(row.state.name().to_owned()),
            one_place(row.score),
            CellValue::Text(row.scored_on.to_string()),
            CellValue::Flag(row.frozen),
            CellValue::share(row.coverage, true),
            one_place(row.change),
            CellValue::share(row.risk, true),
            CellValue::text(row.value.clone()),
            CellValue::text(row.segment.clone()),
            told(&row.up),
            told(&row.down),
            told_zh(&row.up),
            told_zh(&row.down),
        ]
    }));
    table
}

fn dimensions(answer: &HealthAnswer) -> Table {
    let head = [
        ("dimension", ColumnKind::Text),
        ("name", ColumnKind::Text),
        ("name in Chinese", ColumnKind::Text),
        ("family", ColumnKind::Text),
        ("more is better", ColumnKind::Flag),
        ("weight", ColumnKind::Share),
        ("half life days", ColumnKind::Decimal),
        ("known", ColumnKind::Count),
        ("mean points", ColumnKind::Decimal),
    ];
    let mut table = Table::new("dimensions", false, &head);
    table.rows.extend(answer.dimensions.iter().map(|one| {
        vec![
            CellValue::Text(one.name.clone()),
            CellValue::Text(one.en.clone()),
            CellValue::Text(one.zh.clone()),
            CellValue::Text(one.family.name().to_owned()),
            CellValue::Flag(one.more_is_better),
            CellValue::share(Some(one.weight), true),
            CellValue::text(one.half_life_days.map(|days| days.to_string())),
            CellValue::Count(one.known),
            CellValue::text(one.mean_points.map(|points| format!("{points:+.2}"))),
        ]
    }));
    table
}

fn segments(answer: &HealthAnswer) -> Table {
    let head = [
        ("segment", ColumnKind::Text),
        ("ranked by itself", ColumnKind::Flag),
        ("here", ColumnKind::Count),
        ("healthy", ColumnKind::Count),
        ("watch", ColumnKind::Count),
        ("at risk", ColumnKind::Count),
        ("mean score", ColumnKind::Decimal),
    ];
    let mut table = Table::new("segments", false, &head);
    table.rows.extend(answer.segments.iter().map(|one| {
        vec![
            CellValue::Text(one.segment.clone().unwrap_or_else(|| "(none)".to_owned())),
            CellValue::Flag(one.ranked_by_itself),
            CellValue::Count(one.here),
            CellValue::Count(one.healthy),
            CellValue::Count(one.watch),
            CellValue::Count(one.at_risk),
            one_place(one.mean_score),
        ]
    }));
    table
}

/// Who moved from where to where since the date before.
fn migration(answer: &HealthAnswer) -> Option<Table> {
    let found = answer.migration.as_ref()?;
    let mut head = vec![("from", ColumnKind::Text)];
    head.extend(found.states.iter().map(|state| (state.name(), ColumnKind::Count)));
    let mut table = Table::new("migration", false, &head);
    for (state, counts) in found.states.iter().zip(&found.customers) {
        let mut row = vec![CellValue::Text(state.name().to_owned())];
        row.extend(counts.iter().map(|count| CellValue::Count(*count)));
        table.rows.push(row);
    }
    Some(table)
}

/// The warning: what it says now, and how good it was.
fn warning(answer: &HealthAnswer) -> Table {
    let head =
        [("measure", ColumnKind::Text), ("value", ColumnKind::Decimal), ("note", ColumnKind::Text)];
    let mut table = Table::new("early_warning", false, &head);
    let mut row = |name: &str, value: Option<String>, note: String| {
        let note = CellValue::text((!note.is_empty()).then_some(note));
        table.rows.push(vec![CellValue::Text(name.to_owned()), CellValue::text(value), note]);
    };
    let found = &answer.warning;
    if let Some(refusal) = &found.refusal {
        row("no warning", None, refusal.reason.clone());
        return table;
    }
    let share = |share: Option<f64>| share.map(percent);
    let number = |number: Option<f64>| number.map(|number| format!("{number:.3}"));
    row(
        "warned of",
        found.warned.map(|n| n.to_string()),
        format!("within {} days", found.horizon_days),
    );
    row("expected to leave", found.expected_leavers.map(|n| format!("{n:.1}")), String::new());
    row("from a risk of", share(found.threshold), String::new());
    if let Some(alerts) = &answer.alerts {
        row("within the budget", Some(alerts.customers.to_string()), String::new());
        row(
            "value at risk",
            alerts.value_at_risk.clone(),
            answer.currency.clone().unwrap_or_default(),
        );
    }
    if let Some(refusal) = &found.backtest_refusal {
        row("no backtest", None, refusal.reason.clone());
    }
    let Some(test) = &found.backtest else { return table };
    row("judged at", Some(test.judged_at.to_string()), format!("{} customers", test.customers));
    row("left", share(Some(test.base_rate)), test.left.to_string());
    row("precision", share(test.precision), "of those warned of, who left".to_owned());
    row("recall", share(test.recall), "of those who left, who were warned of".to_owned());
    row("balanced accuracy", share(test.balanced_accuracy), "50 % is warning of nobody".to_owned());
    row("AUC", number(Some(test.auc)), String::new());
    row("average precision", number(Some(test.average_precision)), String::new());
    row("Brier score", number(Some(test.brier)), String::new());
    row("calibration error", number(Some(test.calibration_error)), String::new());
    row("median lead days", test.lead.median_days.map(|days| days.to_string()), String::new());
    for lead in &test.lead.at_least {
        row("warned ahead", share(lead.of_all_who_left), format!("at least {} days", lead.days));
    }
    table
}

fn reliability(answer: &HealthAnswer) -> Option<Table> {
    let test = answer.warning.backtest.as_ref()?;
    let head = [
        ("from", ColumnKind::Share),
        ("to", ColumnKind::Share),
        ("customers", ColumnKind::Count),
        ("predicted", ColumnKind::Share),
        ("observed", ColumnKind::Share),
    ];
    let mut table = Table::new("reliability", true, &head);
    table.rows.extend(test.reliability.iter().map(|bin| {
        vec![
            CellValue::share(Some(bin.from), true),
            CellValue::share(Some(bin.to), true),
            CellValue::Count(bin.customers),
            CellValue::share(bin.predicted, true),
            CellValue::share(bin.observed, true),
        ]
    }));
    Some(table)
}

/// Customers by band, at the last date.
fn bands(answer: &HealthAnswer) -> Bars {
    let rows = answer.dates.last().map_or_else(Vec::new, |date| {
        let bands = [
            ("healthy", date.healthy),
            ("watch", date.watch),
            ("at risk", date.at_risk),
            ("unscored", date.unscored),
        ];
        bands
            .map(|(name, n)| BarRow {
                name: name.to_owned(),
                value: n as f64,
                rest: 0.0,
                text: n.to_string(),
            })
            .to_vec()
    });
    Bars { title: "Customers by band".to_owned(), rows, note: String::new() }
}

/// The mean score and that of each family, over the dates.
fn over_time(answer: &HealthAnswer) -> Lines {
    let line = |name: String, values: Vec<Option<f64>>| {
        let band = vec![None; values.len()];
        Series { name, values, band }
    };
    let mut series =
        vec![line("score".to_owned(), answer.dates.iter().map(|date| date.mean_score).collect())];
    for family in Family::ALL {
        let mean = |date: &super::answer::DateAnswer| {
            date.families.iter().find(|one| one.family == family).and_then(|one| one.mean)
        };
        let values: Vec<Option<f64>> = answer.dates.iter().map(mean).collect();
        if values.iter().any(Option::is_some) {
            series.push(line(family.title().en, values));
        }
    }
    Lines {
        title: "Mean health over time".to_owned(),
        unit: String::new(),
        points: answer.dates.iter().map(|date| date.date.to_string()).collect(),
        series,
    }
}

/// Risk against what happened.
fn curve(answer: &HealthAnswer) -> Option<Curve> {
    let test = answer.warning.backtest.as_ref()?;
    let line = |name: &str, values: Vec<Option<f64>>| {
        let band = vec![None; values.len()];
        Series { name: name.to_owned(), values, band }
    };
    let bins = &test.reliability;
    Some(Curve {
        title: "Risk foretold and risk observed".to_owned(),
        points: bins
            .iter()
            .map(|bin| format!("{:.0}–{:.0} %", 100.0 * bin.from, 100.0 * bin.to))
            .collect(),
        series: vec![
            line("predicted", bins.iter().map(|bin| bin.predicted).collect()),
            line("observed", bins.iter().map(|bin| bin.observed).collect()),
        ],
    })
}
