//! Churn for people: laid out to be read, one fact per row to be computed on, and drawn.

use perennial_types::question::Text;

use super::answer::{ChurnAnswer, Part, PeriodAnswer, Risk};
use super::question::Of;
use crate::present::{
    CellValue, ColumnKind, Curve, Picture, Presentation, Series, Table, group_text, warning_lines,
};
use crate::rfm::TierName;

/// Marks a period at whose start not everybody at risk can be known.
const TOO_SHORT: &str = "†";

/// The answer for people.
pub fn present(answer: &ChurnAnswer) -> Presentation {
    let mut tables =
        vec![table(answer), totals(answer), ages(answer), win_back(answer), facts(answer)];
    if let Some(members) = &answer.customers {
        let mut table = Table::new("customers", true, &[("customer", ColumnKind::Text)]);
        table.rows = members.ids.iter().map(|id| vec![CellValue::Text(id.clone())]).collect();
        tables.insert(0, table);
    }
    let mut warnings = warning_lines(&answer.warnings);
    if answer.periods.iter().any(|period| !period.flags.is_empty()) {
        warnings.push(Text::new(
            format!("{TOO_SHORT} the history is shorter than what makes a customer active: some at risk are unknown"),
            format!("{TOO_SHORT} 历史短于判断活跃所需：部分期初活跃客户不得而知"),
        ));
    }
    Presentation {
        tables,
        pictures: vec![Picture::Curve(rates(answer)), Picture::Curve(hazards(answer))],
        definition: (answer.definition.en.clone(), answer.definition.zh.clone()),
        warnings,
    }
}

/// What a part is called; nothing of everybody.
fn part_name(part: &Part) -> Option<String> {
    match part.of {
        Of::Everybody => None,
        Of::Group => group_text(part.group.as_ref(), part.other),
        Of::New => Some("new".to_owned()),
        Of::Old => Some("old".to_owned()),
        Of::Tier => part.tier.map(|tier| tier_name(tier).to_owned()),
        Of::Reason if part.other => Some("Other".to_owned()),
        Of::Reason => Some(part.reason.clone().unwrap_or_else(|| "(none stated)".to_owned())),
    }
}

fn tier_name(tier: TierName) -> &'static str {
    match tier {
        TierName::High => "high",
        TierName::Middle => "middle",
        TierName::Low => "low",
    }
}

fn of_name(of: Of) -> &'static str {
    match of {
        Of::Everybody => "everybody",
        Of::Group => "group",
        Of::Tier => "tier",
        Of::Reason => "reason",
        Of::New | Of::Old => "age",
    }
}

/// The columns of [`risk_cells`].
const RISK: [(&str, ColumnKind); 6] = [
    ("at risk", ColumnKind::Count),
    ("churned", ColumnKind::Count),
    ("rate", ColumnKind::Share),
    ("money at risk", ColumnKind::Decimal),
    ("money churned", ColumnKind::Decimal),
    ("money rate", ColumnKind::Share),
];

fn risk_cells(risk: &Risk, complete: bool) -> [CellValue; 6] {
    [
        CellValue::Count(risk.at_risk),
        CellValue::Count(risk.churned).marked(complete),
        CellValue::share(risk.rate, complete),
        CellValue::Text(risk.money_at_risk.clone()),
        CellValue::Text(risk.money_churned.clone()).marked(complete),
        CellValue::share(risk.money_rate, complete),
    ]
}

fn count(number: Option<u64>) -> CellValue {
    number.map_or(CellValue::Absent, CellValue::Count)
}

/// Every period of everybody.
fn table(answer: &ChurnAnswer) -> Table {
    let mut head = vec![("period", ColumnKind::Text)];
    head.extend(RISK);
    head.extend([
        ("new", ColumnKind::Count),
        ("won back", ColumnKind::Count),
        ("active at end", ColumnKind::Count),
        ("complete", ColumnKind::Flag),
    ]);
    let mut table = Table::new("churn", false, &head);
    table.rows.extend(answer.periods.iter().map(|period| {
        let mark = if period.flags.is_empty() { "" } else { TOO_SHORT };
        let mut row = vec![CellValue::Text(format!("{}{mark}", period.label))];
        row.extend(risk_cells(&period.risk, period.complete));
        row.extend([period.new, period.won_back, period.active_end].map(count));
        row.push(CellValue::Flag(period.complete));
        row
    }));
    table
}

/// Everybody and every part, the periods that are over added up.
fn totals(answer: &ChurnAnswer) -> Table {
    let mut head = vec![("part", ColumnKind::Text), ("part of", ColumnKind::Text)];
    head.extend(RISK);
    head.extend([
        ("low", ColumnKind::Share),
        ("high", ColumnKind::Share),
        ("of churned", ColumnKind::Share),
        ("of money", ColumnKind::Share),
    ]);
    let mut table = Table::new("totals", true, &head);
    table.rows.extend(answer.totals.iter().map(|total| {
        let name = part_name(&total.part).unwrap_or_else(|| "everybody".to_owned());
        let mut row =
            vec![CellValue::Text(name), CellValue::Text(of_name(total.part.of).to_owned())];
        row.extend(risk_cells(&total.risk, true));
        let share = |share| CellValue::share(share, true);
        row.extend([
            share(total.risk.interval.map(|(low, _)| low)),
            share(total.risk.interval.map(|(_, high)| high)),
            share(total.of_churned),
            share(total.of_money),
        ]);
        row
    }));
    table
}

fn ages(answer: &ChurnAnswer) -> Table {
    let mut head = vec![("age", ColumnKind::Count)];
    head.extend(RISK);
    head.extend([
        ("low", ColumnKind::Share),
        ("high", ColumnKind::Share),
        ("of churned", ColumnKind::Share),
        ("remaining", ColumnKind::Share),
    ]);
    let mut table = Table::new("ages", true, &head);
    table.rows.extend(answer.ages.iter().map(|age| {
        let share = |share| CellValue::share(share, true);
        let mut row = vec![CellValue::Count(u64::from(age.age))];
        row.extend(risk_cells(&age.risk, true));
        row.extend([
            share(age.risk.interval.map(|(low, _)| low)),
            share(age.risk.interval.map(|(_, high)| high)),
            share(age.of_churned),
            share(age.remaining),
        ]);
        row
    }));
    table
}

fn win_back(answer: &ChurnAnswer) -> Table {
    let head = [
        ("within days", ColumnKind::Count),
        ("closed", ColumnKind::Count),
        ("won back", ColumnKind::Count),
        ("share", ColumnKind::Share),
        ("low", ColumnKind::Share),
        ("high", ColumnKind::Share),
    ];
    let mut table = Table::new("win_back", true, &head);
    table.rows.extend(answer.win_back.within.iter().map(|one| {
        vec![
            CellValue::Count(u64::from(one.days)),
            CellValue::Count(one.closed),
            CellValue::Count(one.within),
            CellValue::share(one.share, true),
            CellValue::share(one.interval.map(|(low, _)| low), true),
            CellValue::share(one.interval.map(|(_, high)| high), true),
        ]
    }));
    let all = &answer.win_back;
    table.rows.push(vec![
        CellValue::Absent,
        CellValue::Count(all.left),
        CellValue::Count(all.back).marked(all.not_back == 0),
        CellValue::share(
            (all.left > 0).then(|| all.back as f64 / all.left as f64),
            all.not_back == 0,
        ),
        CellValue::Absent,
        CellValue::Absent,
    ]);
    table
}

/// Every period of everybody and of every part.
fn facts(answer: &ChurnAnswer) -> Table {
    let mut head = vec![
        ("part", ColumnKind::Text),
        ("part of", ColumnKind::Text),
        ("start", ColumnKind::Text),
        ("end", ColumnKind::Text),
    ];
    head.extend(RISK);
    head.extend([
        ("low", ColumnKind::Share),
        ("high", ColumnKind::Share),
        ("new", ColumnKind::Count),
        ("won back", ColumnKind::Count),
        ("passing", ColumnKind::Count),
        ("active at end", ColumnKind::Count),
        ("money_from", ColumnKind::Decimal),
        ("complete", ColumnKind::Flag),
        ("history_too_short", ColumnKind::Flag),
        ("reason", ColumnKind::Text),
    ]);
    let mut table = Table::new("periods", true, &head);
    table.rows.extend(answer.periods.iter().chain(&answer.parts).map(|period| {
        let mut row = vec![
            CellValue::text(part_name(&period.part)),
            CellValue::Text(of_name(period.part.of).to_owned()),
            CellValue::Text(period.start.clone()),
            CellValue::Text(period.end.clone()),
        ];
        row.extend(risk_cells(&period.risk, period.complete));
        let share = |share| CellValue::share(share, period.complete);
        row.extend([
            share(period.risk.interval.map(|(low, _)| low)),
            share(period.risk.interval.map(|(_, high)| high)),
        ]);
        row.extend([period.new, period.won_back, period.passing, period.active_end].map(count));
        row.extend([
            CellValue::text(period.money_from.clone()),
            CellValue::Flag(period.complete),
            CellValue::Flag(!period.flags.is_empty()),
            CellValue::text(period.risk.reason.clone()),
        ]);
        row
    }));
    table
}

/// The rate of everybody with its interval, and of every group and tier.
fn rates(answer: &ChurnAnswer) -> Curve {
    let line = |name: String, periods: &[PeriodAnswer], has_band: bool| Series {
        name,
        values: periods.iter().map(|one| one.risk.rate).collect(),
        band: periods.iter().map(|one| one.risk.interval.filter(|_| has_band)).collect(),
    };
    let mut series = vec![line("everybody".to_owned(), &answer.periods, true)];
    for periods in answer.parts.chunks(answer.periods.len().max(1)) {
        let Some(part) = periods.first().map(|one| &one.part) else { continue };
        if matches!(part.of, Of::Group | Of::Tier) {
            series.push(line(part_name(part).unwrap_or_default(), periods, false));
        }
    }
    Curve {
        title: "Churned by period".to_owned(),
        points: answer.periods.iter().map(|one| one.label.clone()).collect(),
        series,
    }
}

/// The hazard by age with its interval, and what would remain.
fn hazards(answer: &ChurnAnswer) -> Curve {
    Curve {
        title: "Hazard by age".to_owned(),
        points: answer.ages.iter().map(|one| one.age.to_string()).collect(),
        series: vec![
            Series {
                name: "hazard".to_owned(),
                values: answer.ages.iter().map(|one| one.risk.rate).collect(),
                band: answer.ages.iter().map(|one| one.risk.interval).collect(),
            },
            Series {
                name: "remaining".to_owned(),
                values: answer.ages.iter().map(|one| one.remaining).collect(),
                band: vec![None; answer.ages.len()],
            },
        ],
    }
}
