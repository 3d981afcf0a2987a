//! The values for people: tiers to be read, customers to be computed on, models, moves, pictures.

use super::answer::{Figures, LifetimeValueAnswer, ModelAnswer, RowAnswer, TierAnswer};
use super::question::{Allotted, Mover};
use crate::present::{
    BarRow, Bars, CellValue, ColumnKind, Lines, Picture, Presentation, Series, Table, group_text,
    percent, warning_lines,
};

/// The answer for people.
pub fn present(answer: &LifetimeValueAnswer) -> Presentation {
    let mut tables = vec![
        tiers("tiers", "tier", answer, &answer.tiers),
        rows(answer),
        models(answer),
        holdout(answer),
        tiers("deciles", "decile", answer, &answer.deciles),
        quantiles(answer),
    ];
    tables.extend(dates(answer));
    tables.extend(movers(answer));
    tables.extend(budget(answer));
    tables.extend(groups(answer));
    if answer.question.cell.is_some()
        && let Some(members) = &answer.customers
    {
        let mut table = Table::new("customers", true, &[("customer", ColumnKind::Text)]);
        table.rows = members.ids.iter().map(|id| vec![CellValue::Text(id.clone())]).collect();
        tables.insert(0, table);
    }
    let mut pictures = vec![
        Picture::Bars(by_tier(answer)),
        Picture::Bars(histogram(answer)),
        Picture::Lines(foretold(answer)),
    ];
    pictures.extend(over_time(answer).map(Picture::Lines));
    Presentation {
        tables,
        pictures,
        definition: (answer.definition.en.clone(), answer.definition.zh.clone()),
        warnings: warning_lines(&answer.warnings),
    }
}

/// A number without digits nobody reads.
fn short(number: Option<f64>) -> CellValue {
    CellValue::text(number.map(|number| format!("{number:.3}")))
}

/// Columns of [`figures`].
const FIGURES: [(&str, ColumnKind); 9] = [
    ("customers", ColumnKind::Count),
    ("share", ColumnKind::Share),
    ("P(alive)", ColumnKind::Share),
    ("expected purchases", ColumnKind::Decimal),
    ("expected revenue", ColumnKind::Decimal),
    ("value", ColumnKind::Decimal),
    ("of value", ColumnKind::Share),
    ("mean value", ColumnKind::Decimal),
    ("value at risk", ColumnKind::Decimal),
];

fn figures(figures: &Figures, complete: bool) -> Vec<CellValue> {
    vec![
        CellValue::Count(figures.customers).marked(complete),
        CellValue::share(figures.share, complete),
        CellValue::share(figures.mean_p_alive, complete),
        CellValue::Text(format!("{:.1}", figures.purchases)),
        CellValue::Text(figures.revenue.clone()),
        CellValue::Text(figures.value.clone()),
        CellValue::share(figures.value_share, complete),
        CellValue::text(figures.mean_value.clone()),
        CellValue::text(figures.at_risk.clone()),
    ]
}

fn with_figures(head: &[(&'static str, ColumnKind)]) -> Vec<(&'static str, ColumnKind)> {
    head.iter().copied().chain(FIGURES).collect()
}

fn tiers(
    name: &str,
    column: &'static str,
    answer: &LifetimeValueAnswer,
    all: &[TierAnswer],
) -> Table {
    let mut table = Table::new(name, false, &with_figures(&[(column, ColumnKind::Count)]));
    if answer.totals.customers > 0 {
        table.rows.extend(all.iter().map(|one| {
            let tier = CellValue::Count(one.tier.into());
            [tier].into_iter().chain(figures(&one.figures, answer.complete)).collect()
        }));
    }
    table
}

/// One row per customer of the page.
fn rows(answer: &LifetimeValueAnswer) -> Table {
    let mut head = vec![
        ("customer", ColumnKind::Text),
        ("first purchase", ColumnKind::Text),
        ("last purchase", ColumnKind::Text),
        ("purchase days", ColumnKind::Count),
        ("money", ColumnKind::Decimal),
        ("P(alive)", ColumnKind::Share),
        ("expected purchases", ColumnKind::Decimal),
        ("purchases low", ColumnKind::Decimal),
        ("purchases high", ColumnKind::Decimal),
        ("expected revenue", ColumnKind::Decimal),
        ("revenue low", ColumnKind::Decimal),
        ("revenue high", ColumnKind::Decimal),
        ("value", ColumnKind::Decimal),
        ("value at risk", ColumnKind::Decimal),
        ("tier", ColumnKind::Count),
        ("decile", ColumnKind::Count),
    ];
    let tracking = answer.tracking.as_ref();
    let earlier = tracking.map(|tracking| tracking.dates.as_slice()).unwrap_or_default();
    let earlier = earlier.split_last().map(|(_, earlier)| earlier).unwrap_or_default();
    head.extend(earlier.iter().map(|one| (one.date.as_str(), ColumnKind::Decimal)));
    if answer.budget.is_some() {
        head.push(("budget", ColumnKind::Text));
    }
    let mut table = Table::new("lifetime_value", true, &head);
    table.rows = answer.rows.iter().map(|row| row_of(answer, row, earlier.len())).collect();
    table
}

fn row_of(answer: &LifetimeValueAnswer, row: &RowAnswer, n_earlier: usize) -> Vec<CellValue> {
    let ids = answer.customers.as_ref().map(|members| members.ids.as_slice()).unwrap_or_default();
    // Outside ids are filled in after the answer; without them a customer is known by their place.
    let id = ids.get(row.customer).cloned().unwrap_or_else(|| row.customer.to_string());
    let text = |text: &str| CellValue::Text(text.to_owned());
    let mut cells = vec![
        text(&id),
        text(&row.first),
        text(&row.last),
        CellValue::Count(row.days.into()),
        text(&row.money),
        CellValue::share(row.p_alive, answer.complete),
        short(Some(row.purchases.expected)),
        short(row.purchases.low),
        short(row.purchases.high),
        text(&row.revenue.expected),
        CellValue::text(row.revenue.low.clone()),
        CellValue::text(row.revenue.high.clone()),
        text(&row.value),
        CellValue::text(row.at_risk.clone()),
        CellValue::Count(row.tier.into()),
        CellValue::Count(row.decile.into()),
    ];
    cells.extend(row.values.iter().take(n_earlier).map(|value| CellValue::text(value.clone())));
    if answer.budget.is_some() {
        cells.push(CellValue::text(row.budget.map(|one| match one {
            Allotted::Funded => "funded",
            Allotted::LeftUndone => "left undone",
        })));
    }
    cells
}

/// Every model with its parameters, its likelihood and how it did.
fn models(answer: &LifetimeValueAnswer) -> Table {
    let head = [
        ("learner", ColumnKind::Text),
        ("parameters", ColumnKind::Text),
        ("log-likelihood", ColumnKind::Decimal),
        ("AIC", ColumnKind::Decimal),
        ("actual", ColumnKind::Decimal),
        ("foretold", ColumnKind::Decimal),
        ("MAE", ColumnKind::Decimal),
        ("RMSE", ColumnKind::Decimal),
        ("finding", ColumnKind::Text),
        ("finding in Chinese", ColumnKind::Text),
    ];
    let mut table = Table::new("models", false, &head);
    table.rows.extend(answer.models.iter().map(model));
    table
}

fn model(one: &ModelAnswer) -> Vec<CellValue> {
    let parameters = one.parameters.iter().map(|each| format!("{} {:.4}", each.name, each.value));
    let parameters = parameters.collect::<Vec<_>>().join(", ");
    let refused = one.refused.as_ref().or(one.holdout_refused.as_ref());
    let en: Vec<&str> = one
        .findings
        .iter()
        .map(|finding| finding.en.as_str())
        .chain(refused.map(|refusal| refusal.reason.as_str()))
        .collect();
    let zh: Vec<&str> = one
        .findings
        .iter()
        .map(|finding| finding.zh.as_str())
        .chain(refused.map(|refusal| refusal.reason_zh.as_str()))
        .collect();
    let some = |text: String| CellValue::text((!text.is_empty()).then_some(text));
    let score = one.holdout.as_ref();
    vec![
        CellValue::Text(one.learner.clone()),
        some(parameters),
        short(one.log_likelihood),
        short(one.akaike),
        short(score.map(|score| score.actual)),
        short(score.map(|score| score.predicted)),
        short(score.map(|score| score.mean_absolute_error)),
        short(score.map(|score| score.root_mean_squared_error)),
        some(en.join("; ")),
        some(zh.join("；")),
    ]
}

/// What every model foretold, by repeats.
fn holdout(answer: &LifetimeValueAnswer) -> Table {
    let head = [
        ("learner", ColumnKind::Text),
        ("repeats", ColumnKind::Count),
        ("customers", ColumnKind::Count),
        ("mean actual", ColumnKind::Decimal),
        ("mean foretold", ColumnKind::Decimal),
    ];
    let mut table = Table::new("holdout", false, &head);
    for model in &answer.models {
        let groups = model.holdout.iter().flat_map(|score| &score.by_repeats);
        table.rows.extend(groups.map(|group| {
            vec![
                CellValue::Text(model.learner.clone()),
                CellValue::Count(group.repeats.into()),
                CellValue::Count(group.customers),
                short(Some(group.mean_actual)),
                short(Some(group.mean_predicted)),
            ]
        }));
    }
    table
}

fn quantiles(answer: &LifetimeValueAnswer) -> Table {
    let head = [("quantile", ColumnKind::Share), ("value", ColumnKind::Decimal)];
    let mut table = Table::new("quantiles", false, &head);
    table.rows.extend(answer.distribution.quantiles.iter().map(|one| {
        vec![CellValue::share(Some(one.share), true), CellValue::Text(one.value.clone())]
    }));
    table
}

fn dates(answer: &LifetimeValueAnswer) -> Option<Table> {
    let tracking = answer.tracking.as_ref()?;
    let head = [
        ("date", ColumnKind::Text),
        ("customers", ColumnKind::Count),
        ("value", ColumnKind::Decimal),
        ("mean value", ColumnKind::Decimal),
    ];
    let mut table = Table::new("dates", false, &head);
    table.rows.extend(tracking.dates.iter().map(|one| {
        vec![
            CellValue::Text(one.date.clone()),
            CellValue::Count(one.customers),
            CellValue::text(one.value.clone()),
            CellValue::text(one.mean_value.clone()),
        ]
    }));
    Some(table)
}

/// Who moved from which tier to which.
fn movers(answer: &LifetimeValueAnswer) -> Option<Table> {
    let moves = answer.tracking.as_ref()?.moves.as_ref()?;
    let first = format!("{} → {}", moves.from, moves.to);
    let columns: Vec<String> = (1..=answer.tiers.len()).map(|tier| tier.to_string()).collect();
    let mut head = vec![(first.as_str(), ColumnKind::Text)];
    head.extend(columns.iter().map(|tier| (tier.as_str(), ColumnKind::Count)));
    let mut table = Table::new("tier migration", false, &head);
    for (row, customers) in moves.matrix.iter().enumerate() {
        let name = match row < answer.tiers.len() {
            true => format!("{}", row + 1),
            false => "new · 新客户".to_owned(),
        };
        let counts = customers.iter().map(|n| CellValue::Count(*n));
        table.rows.push([CellValue::Text(name)].into_iter().chain(counts).collect());
    }
    for one in &moves.movers {
        let name = match one.mover {
            Mover::Up => "· up · 上升",
            Mover::Down => "· down · 下降",
            Mover::Same => "· the same · 不变",
            Mover::New => continue,
        };
        let mut row = vec![CellValue::Text(name.to_owned()), CellValue::Count(one.customers)];
        row.resize(head.len(), CellValue::Absent);
        table.rows.push(row);
    }
    Some(table)
}

fn budget(answer: &LifetimeValueAnswer) -> Option<Table> {
    let budget = answer.budget.as_ref()?;
    let head = [
        ("part", ColumnKind::Text),
        ("customers", ColumnKind::Count),
        ("cost", ColumnKind::Decimal),
        ("value saved", ColumnKind::Decimal),
    ];
    let mut table = Table::new("budget", false, &head);
    for (name, one) in
        [("funded · 已分配", &budget.funded), ("left undone · 未覆盖", &budget.left_undone)]
    {
        table.rows.push(vec![
            CellValue::Text(name.to_owned()),
            CellValue::Count(one.customers),
            CellValue::Text(one.cost.clone()),
            CellValue::Text(one.saved.clone()),
        ]);
    }
    Some(table)
}

fn groups(answer: &LifetimeValueAnswer) -> Option<Table> {
    if answer.groups.is_empty() {
        return None;
    }
    let mut table = Table::new("groups", false, &with_figures(&[("group", ColumnKind::Text)]));
    table.rows.extend(answer.groups.iter().map(|group| {
        let name = CellValue::text(group_text(group.group.as_ref(), group.other));
        [name].into_iter().chain(figures(&group.figures, answer.complete)).collect()
    }));
    Some(table)
}

/// How much of the value each tier makes.
fn by_tier(answer: &LifetimeValueAnswer) -> Bars {
    let row = |tier: &TierAnswer| {
        let share = tier.figures.value_share?;
        Some(BarRow {
            name: format!("{} · {}", tier.tier, tier.figures.customers),
            value: share.max(0.0),
            rest: 0.0,
            text: format!("{} ({})", percent(share), tier.figures.value),
        })
    };
    Bars {
        title: "Share of the value by tier".to_owned(),
        rows: answer.tiers.iter().filter_map(row).collect(),
        note: String::new(),
    }
}

fn histogram(answer: &LifetimeValueAnswer) -> Bars {
    let n = answer.totals.customers.max(1) as f64;
    let row = |bar: &super::answer::BarAnswer| BarRow {
        name: match &bar.to {
            Some(to) => format!("{} – {to}", bar.from),
            None => format!("≥ {}", bar.from),
        },
        value: bar.customers as f64 / n,
        rest: 0.0,
        text: bar.customers.to_string(),
    };
    Bars {
        title: "Customers by value".to_owned(),
        rows: answer.distribution.histogram.iter().map(row).collect(),
        note: String::new(),
    }
}

/// What the believed model and the plain rate foretold against what there was, by repeats.
fn foretold(answer: &LifetimeValueAnswer) -> Lines {
    let scored: Vec<(&str, &super::answer::ScoreAnswer)> = answer
        .models
        .iter()
        .filter_map(|model| Some((model.learner.as_str(), model.holdout.as_ref()?)))
        .collect();
    let groups = scored.first().map(|(_, score)| score.by_repeats.as_slice()).unwrap_or_default();
    let series = |name: &str, values: Vec<Option<f64>>| Series {
        name: name.to_owned(),
        band: vec![None; values.len()],
        values,
    };
    let mut all =
        vec![series("actual", groups.iter().map(|group| Some(group.mean_actual)).collect())];
    // The believed model comes first; the plain rate stands beside it.
    let shown = scored.iter().enumerate().filter(|(at, (name, _))| *at == 0 || *name == "rate");
    for (_, (name, score)) in shown {
        let values = score.by_repeats.iter().map(|group| Some(group.mean_predicted)).collect();
        all.push(series(name, values));
    }
    Lines {
        title: "Actual and foretold purchases by repeats".to_owned(),
        unit: String::new(),
        points: groups.iter().map(|group| group.repeats.to_string()).collect(),
        series: if groups.is_empty() { Vec::new() } else { all },
    }
}

fn over_time(answer: &LifetimeValueAnswer) -> Option<Lines> {
    let tracking = answer.tracking.as_ref()?;
    let values: Vec<Option<f64>> = tracking
        .dates
        .iter()
        .map(|one| one.mean_value.as_ref().and_then(|value| value.parse().ok()))
        .collect();
    Some(Lines {
        title: "Value per customer by date".to_owned(),
        unit: answer.currency.clone().unwrap_or_default(),
        points: tracking.dates.iter().map(|one| one.date.clone()).collect(),
        series: vec![Series {
            name: "mean value".to_owned(),
            band: vec![None; values.len()],
            values,
        }],
    })
}
