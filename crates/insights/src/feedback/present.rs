//! The score for people: every wave, the classes with who stayed, who answered.

use super::answer::{FeedbackAnswer, Figures};
use crate::present::{
    CellValue, ColumnKind, Curve, Picture, Presentation, Series, Table, group_text, warning_lines,
};

/// The answer for people.
pub fn present(answer: &FeedbackAnswer) -> Presentation {
    let mut tables = vec![waves(answer), classes(answer), responses(answer)];
    tables.extend(groups(answer));
    if let Some(members) = &answer.customers {
        let mut table = Table::new("customers", true, &[("customer", ColumnKind::Text)]);
        table.rows = members.ids.iter().map(|id| vec![CellValue::Text(id.clone())]).collect();
        tables.insert(0, table);
    }
    Presentation {
        tables,
        pictures: vec![Picture::Curve(curve(answer))],
        definition: (answer.definition.en.clone(), answer.definition.zh.clone()),
        warnings: warning_lines(&answer.warnings),
    }
}

fn one_place(value: Option<f64>) -> CellValue {
    CellValue::text(value.map(|value| format!("{value:.1}")))
}

/// Columns of [`scored`] before those of the classes.
const SCORED: [(&str, ColumnKind); 5] = [
    ("votes", ColumnKind::Count),
    ("score", ColumnKind::Number),
    ("low", ColumnKind::Number),
    ("high", ColumnKind::Number),
    ("mean", ColumnKind::Number),
];

fn heads<'a>(
    answer: &'a FeedbackAnswer,
    first: &[(&'a str, ColumnKind)],
) -> Vec<(&'a str, ColumnKind)> {
    let classes = answer.overall.classes.iter();
    let classes = classes.map(|class| (class.class.as_str(), ColumnKind::Share));
    first.iter().copied().chain(SCORED).chain(classes).collect()
}

/// Votes, rounded score, ends of the adjusted interval, mean, shares of the classes.
fn scored(figures: &Figures) -> Vec<CellValue> {
    let complete = figures.complete;
    let rounded = figures.rounded.map(|score| score.to_string());
    let mut row = vec![
        CellValue::Count(figures.votes).marked(complete),
        CellValue::text(rounded).marked(complete),
        one_place(figures.adjusted.map(|interval| interval.low)),
        one_place(figures.adjusted.map(|interval| interval.high)),
        CellValue::text(figures.mean.map(|mean| format!("{mean:.2}"))),
    ];
    row.extend(figures.classes.iter().map(|class| CellValue::share(class.share, complete)));
    row
}

/// What is to be read: the whole range, then every wave with a vote.
fn waves(answer: &FeedbackAnswer) -> Table {
    let mut head = heads(answer, &[("wave", ColumnKind::Text)]);
    head.push(("response rate", ColumnKind::Share));
    let mut table = Table::new("feedback", false, &head);
    if answer.responses.asked == 0 && answer.overall.votes == 0 {
        return table;
    }
    let mut row = |name: &str, figures: &Figures, rate: Option<f64>| {
        let mut row = vec![CellValue::Text(name.to_owned())];
        row.extend(scored(figures));
        row.push(CellValue::share(rate, figures.complete));
        table.rows.push(row);
    };
    let rate = answer.responses.response_rate.filter(|_| answer.responses.known);
    row("overall", &answer.overall, rate);
    let voted = |asked: Option<u64>| asked.is_some_and(|asked| asked > 0);
    for wave in answer.waves.iter().filter(|one| one.figures.votes > 0 || voted(one.asked)) {
        row(&wave.wave, &wave.figures, wave.response_rate);
    }
    table
}

/// One fact per row: a class of a wave, or of the whole range, with who stayed.
fn classes(answer: &FeedbackAnswer) -> Table {
    let mut table = Table::new(
        "classes",
        true,
        &[
            ("wave", ColumnKind::Text),
            ("class", ColumnKind::Text),
            ("votes", ColumnKind::Count),
            ("share", ColumnKind::Share),
            ("decided", ColumnKind::Count),
            ("kept", ColumnKind::Count),
            ("kept_share", ColumnKind::Share),
            ("low", ColumnKind::Share),
            ("high", ColumnKind::Share),
            ("undecided", ColumnKind::Count),
            ("complete", ColumnKind::Flag),
        ],
    );
    let all = std::iter::once((None, &answer.overall));
    let waves = answer.waves.iter().map(|wave| (Some(wave.wave.clone()), &wave.figures));
    for (wave, figures) in all.chain(waves) {
        for class in &figures.classes {
            let stayed = &class.stayed;
            let end = |end: Option<f64>| CellValue::share(end, stayed.complete);
            table.rows.push(vec![
                CellValue::text(wave.clone()),
                CellValue::Text(class.class.clone()),
                CellValue::Count(class.votes).marked(figures.complete),
                CellValue::share(class.share, figures.complete),
                CellValue::Count(stayed.decided).marked(stayed.complete),
                CellValue::Count(stayed.stayed).marked(stayed.complete),
                end(stayed.share),
                end(stayed.interval.map(|(low, _)| low)),
                end(stayed.interval.map(|(_, high)| high)),
                CellValue::Count(stayed.undecided),
                CellValue::Flag(figures.complete && stayed.complete),
            ]);
        }
    }
    table
}

/// Who answered against who did not.
fn responses(answer: &FeedbackAnswer) -> Table {
    let mut table = Table::new(
        "responses",
        false,
        &[
            ("measure", ColumnKind::Text),
            ("responded", ColumnKind::Count),
            ("mean", ColumnKind::Number),
            ("silent", ColumnKind::Count),
            ("silent mean", ColumnKind::Number),
            ("difference", ColumnKind::Number),
            ("low", ColumnKind::Number),
            ("high", ColumnKind::Number),
        ],
    );
    table.rows.extend(answer.responses.bias.iter().map(|one| {
        vec![
            CellValue::Text(one.measure.clone()),
            CellValue::Count(one.responded.n),
            one_place(one.responded.mean),
            CellValue::Count(one.silent.n),
            one_place(one.silent.mean),
            one_place(one.difference),
            one_place(one.interval.map(|(low, _)| low)),
            one_place(one.interval.map(|(_, high)| high)),
        ]
    }));
    table
}

fn groups(answer: &FeedbackAnswer) -> Option<Table> {
    if answer.groups.is_empty() {
        return None;
    }
    let head = heads(answer, &[("group", ColumnKind::Text)]);
    let mut table = Table::new("groups", false, &head);
    table.rows.extend(answer.groups.iter().map(|group| {
        let name = CellValue::text(group_text(group.group.as_ref(), group.other));
        [name].into_iter().chain(scored(&group.overall)).collect()
    }));
    Some(table)
}

/// Shares of the classes by wave.
fn curve(answer: &FeedbackAnswer) -> Curve {
    let waves = || answer.waves.iter().filter(|wave| wave.figures.votes > 0);
    let series = |(place, name): (usize, &str)| {
        let values: Vec<Option<f64>> = waves()
            .map(|wave| wave.figures.classes.get(place).and_then(|class| class.share))
            .collect();
        Series { name: name.to_owned(), band: vec![None; values.len()], values }
    };
    let names = answer.overall.classes.iter().map(|class| class.en.as_str());
    Curve {
        title: "Shares of the classes by wave".to_owned(),
        points: waves().map(|wave| wave.wave.clone()).collect(),
        series: names.enumerate().map(series).collect(),
    }
}
