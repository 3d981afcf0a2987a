//! The groups for people: their rows in everybody's tables, their pictures after everybody's.
//!
//! Every table gets a column `group` in front, `everybody` first, so that one table holds all of
//! them. A picture stands once more per group, its title naming the group: lines of groups need not
//! have the same points. Why a group has no answer stands above all and in the table of groups.

use perennial_types::question::Text;
use serde_json::{Value, json};

use super::answer::{SplitGroup, swap_lists};
use crate::glossary;
use crate::insight::{AskError, Insight};
use crate::present::{
    CellValue, ColumnHead, ColumnKind, Picture, Presentation, TITLE_OF, Table, group_text,
};
use crate::refused;
use crate::series::Series;

/// An answer without its groups, as the kind knows it, and the groups. The list of a group's cell is
/// the group's again.
fn parted(kind: &str, answer: &Value) -> Result<(Value, Vec<SplitGroup>), AskError> {
    let mut everybody = answer.clone();
    let Some(fields) = everybody.as_object_mut() else { return Ok((everybody, Vec::new())) };
    let groups = fields.shift_remove("groups").unwrap_or_default();
    let mut groups: Vec<SplitGroup> = serde_json::from_value(groups)
        .map_err(|error| AskError::bad(error.to_string(), format!("give a {kind} answer")))?;
    let mut whose = None;
    if let Some(question) = everybody.get_mut("question").and_then(Value::as_object_mut) {
        question.shift_remove("breakdown");
        if !super::has_own_top(kind) {
            question.shift_remove("top");
        }
        if let Some(cell) = question.get_mut("cell").and_then(Value::as_object_mut) {
            let group = cell.shift_remove("group").filter(|group| !group.is_null());
            let other = cell.shift_remove("other") == Some(Value::Bool(true));
            whose = (other || group.is_some()).then_some((group, other));
        }
    }
    if let Some((group, other)) = whose {
        let is_it = |one: &&mut SplitGroup| {
            one.other == other && (other || Some(json!(one.group)) == group)
        };
        let own = groups.iter_mut().find(is_it).and_then(|one| one.answer.as_mut());
        if let Some(own) = own {
            swap_lists(&mut everybody, own);
        }
    }
    Ok((everybody, groups))
}

/// Whether an answer has groups of this module.
fn has_groups(kind: &str, answer: &Value) -> bool {
    super::is_split(kind) && answer.get("groups").is_some_and(Value::is_array)
}

/// An answer for people.
///
/// # Errors
/// When it is none of the kind's.
pub(crate) fn present(insight: &dyn Insight, answer: &Value) -> Result<Presentation, AskError> {
    if !has_groups(insight.kind(), answer) {
        return insight.present(answer);
    }
    let (everybody, groups) = parted(insight.kind(), answer)?;
    let mut whole = insight.present(&everybody)?;
    for table in &mut whole.tables {
        table.columns.insert(0, group_head());
        put_in_front(&mut table.rows, "everybody");
    }
    let mut more = Vec::new();
    for one in &groups {
        let name = group_text(one.group.as_ref(), one.other).unwrap_or_default();
        match (&one.answer, &one.refusal) {
            (Some(answer), _) => add(&mut whole, &mut more, insight.present(answer)?, &name),
            (None, Some(refusal)) => {
                whole.warnings.push(about(&name, &refused::line(refusal)));
            }
            (None, None) => {}
        }
    }
    whole.pictures.extend(more);
    whole.tables.push(sizes(&groups));
    Ok(whole)
}

/// The numbers of an answer that come one per period, everybody's first, then the groups'.
///
/// # Errors
/// When it is none of the kind's.
pub(crate) fn series(
    insight: &dyn Insight,
    answer: &Value,
) -> Result<Option<Vec<Series>>, AskError> {
    if !has_groups(insight.kind(), answer) {
        return insight.series(answer);
    }
    let (everybody, groups) = parted(insight.kind(), answer)?;
    let Some(mut all) = insight.series(&everybody)? else { return Ok(None) };
    for SplitGroup { group, other, answer, .. } in groups {
        let Some(own) = answer else { continue };
        for one in insight.series(&own)?.into_iter().flatten() {
            all.push(Series { group: group.clone(), other, ..one });
        }
    }
    Ok(Some(all))
}

fn group_head() -> ColumnHead {
    ColumnHead { name: "group".to_owned(), kind: ColumnKind::Text }
}

fn put_in_front(rows: &mut [Vec<CellValue>], name: &str) {
    for row in rows {
        row.insert(0, CellValue::Text(name.to_owned()));
    }
}

/// Adds a group: its rows to everybody's tables, its pictures to those that stand after everybody's,
/// its warnings with its name.
fn add(whole: &mut Presentation, more: &mut Vec<Picture>, own: Presentation, name: &str) {
    for mut table in own.tables {
        table.columns.insert(0, group_head());
        put_in_front(&mut table.rows, name);
        match whole.tables.iter_mut().find(|known| known.name == table.name) {
            Some(known) => append(known, table),
            // The list of the group's cell comes first, as a list does.
            None if table.name == "customers" => whole.tables.insert(0, table),
            None => whole.tables.push(table),
        }
    }
    for mut picture in own.pictures {
        let title = picture.title_mut();
        *title = format!("{title}{TITLE_OF}{name}");
        more.push(picture);
    }
    whole.warnings.extend(own.warnings.iter().map(|warning| about(name, warning)));
}

/// A sentence about a group.
fn about(name: &str, said: &Text) -> Text {
    let name_zh = glossary::in_chinese(name).filter(|_| glossary::is_reserved(name));
    Text::new(format!("{name}: {}", said.en), format!("{}：{}", name_zh.unwrap_or(name), said.zh))
}

/// Adds the rows of a table to another, a column that only one of them has being empty in the other.
fn append(table: &mut Table, more: Table) {
    let mut places = Vec::with_capacity(more.columns.len());
    let mut is_taken = vec![false; table.columns.len()];
    for column in more.columns {
        let same = |(place, known): &(usize, &ColumnHead)| {
            known.name == column.name && is_taken.get(*place) == Some(&false)
        };
        let place = table.columns.iter().enumerate().find(same).map(|(place, _)| place);
        let place = place.unwrap_or_else(|| {
            table.columns.push(column);
            is_taken.push(false);
            table.columns.len() - 1
        });
        if let Some(taken) = is_taken.get_mut(place) {
            *taken = true;
        }
        places.push(place);
    }
    let n_columns = table.columns.len();
    for row in &mut table.rows {
        row.resize(n_columns, CellValue::Absent);
    }
    for row in more.rows {
        let mut laid = vec![CellValue::Absent; n_columns];
        for (place, value) in places.iter().zip(row) {
            if let Some(cell) = laid.get_mut(*place) {
                *cell = value;
            }
        }
        table.rows.push(laid);
    }
}

/// The groups with their customers, and why one of them has no answer.
fn sizes(groups: &[SplitGroup]) -> Table {
    let head = [
        ("group", ColumnKind::Text),
        ("customers", ColumnKind::Count),
        ("reason", ColumnKind::Text),
        ("reason in Chinese", ColumnKind::Text),
    ];
    let mut table = Table::new("groups", false, &head);
    table.rows.extend(groups.iter().map(|one| {
        let refusal = one.refusal.as_ref();
        vec![
            CellValue::text(group_text(one.group.as_ref(), one.other)),
            CellValue::Count(one.n_customers),
            CellValue::text(refusal.map(|refusal| refusal.reason.clone())),
            CellValue::text(refusal.map(|refusal| refusal.reason_zh.clone())),
        ]
    }));
    table
}
