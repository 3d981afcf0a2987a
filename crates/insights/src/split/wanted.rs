//! What of a question is about its groups: taken out before the kind reads it, and written back
//! into what it answers.

use jiff::Timestamp;
use perennial_types::calendar::{Micros, Zone};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::belonging::{self, Fields};
use crate::grouping::Group;
use crate::insight::AskError;
use crate::path::PathQuestion;
use crate::retention::{Attribution, Breakdown};
use crate::segment::who;
use crate::sessions::SessionsQuestion;

/// Most groups shown by themselves, each being a question of its own.
pub const MOST_GROUPS: usize = 50;

/// Groups shown by themselves unless said.
const TOP: usize = 10;

/// Which groups are wanted.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    breakdown: Vec<Breakdown>,
    /// The same, to be read.
    pub fields: Fields,
    /// Groups shown by themselves.
    pub top: usize,
    /// Whether `top` is a field of the kind.
    has_own_top: bool,
    /// The cell as it was asked for.
    asked_cell: Option<Value>,
    /// The same without its group.
    cell: Option<Value>,
    /// Whose cell it is.
    pub whose: Whose,
    /// End of the known world.
    pub as_of: Micros,
    /// Zone of civil dates.
    pub zone: Zone,
}

/// Whose cell is wanted.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Whose {
    /// Everybody's.
    Everybody,
    /// A group's.
    Group(Group),
    /// The computed rest's.
    Rest,
}

impl Wanted {
    /// Takes the groups out of a question; nothing where nobody is to be told apart.
    ///
    /// # Errors
    /// When they are none, naming the field at fault.
    pub fn take(kind: &str, question: &mut Value) -> Result<Option<Wanted>, AskError> {
        let has_own_top = super::has_own_top(kind);
        let Some(fields) = question.as_object_mut() else { return Ok(None) };
        let breakdown = fields.shift_remove("breakdown").filter(|one| !one.is_null());
        let top = match has_own_top {
            true => fields.get("top").cloned(),
            false => fields.shift_remove("top"),
        };
        let breakdown: Vec<Breakdown> = match breakdown {
            None => Vec::new(),
            Some(breakdown) => read(
                "breakdown",
                &breakdown,
                "write `[{\"field\": \"country\"}]`, with `at` `start` or `current`",
            )?,
        };
        let top = match top.filter(|top| !top.is_null()) {
            None => default_top(kind),
            Some(top) => read("top", &top, "give a whole number of groups")?,
        };
        if breakdown.is_empty() {
            return Ok(None);
        }
        if top > MOST_GROUPS {
            return Err(AskError::bad(
                format!("`top` is `{top}`, and every group is a question of its own"),
                format!("give at most {MOST_GROUPS}; the rest is one group more"),
            ));
        }
        let asked_cell = fields.get("cell").filter(|cell| !cell.is_null()).cloned();
        let mut cell = asked_cell.clone();
        let whose = whose(cell.as_mut(), breakdown.len())?;
        fields.shift_remove("cell");
        let as_of = fields.get("as_of").and_then(Value::as_str);
        let as_of = as_of.and_then(|text| text.parse::<Timestamp>().ok()).ok_or_else(|| {
            AskError::bad("`as_of` is missing", "give the instant at which the known world ends")
        })?;
        let zone = fields.get("zone").and_then(Value::as_str);
        Ok(Some(Wanted {
            fields: belonging::fields(&breakdown)?,
            breakdown,
            top,
            has_own_top,
            asked_cell,
            cell,
            whose,
            as_of: as_of.as_microsecond(),
            zone: zone.map_or_else(|| Ok(Zone::utc()), who::zone)?,
        }))
    }

    /// The question for a part, with the cell where it is of that part.
    pub fn question(&self, bare: &Value, is_meant: bool) -> Value {
        let mut question = bare.clone();
        if let (Some(cell), true) = (&self.cell, is_meant) {
            question["cell"] = cell.clone();
        }
        question
    }

    /// Whether a cell is asked for.
    pub fn has_cell(&self) -> bool {
        self.cell.is_some()
    }

    /// Whether the cell asked for is that of a group; of everybody's where that is not said.
    pub fn is_meant(&self, group: Option<&Group>, other: bool) -> bool {
        match &self.whose {
            Whose::Everybody => group.is_none() && !other,
            Whose::Group(named) => group == Some(named),
            Whose::Rest => other,
        }
    }

    /// Writes the groups into everybody's question and definition.
    pub fn tell(&self, until: Micros, answer: &mut Value) {
        if let Some(question) = answer.get_mut("question").and_then(Value::as_object_mut) {
            question.insert("breakdown".to_owned(), json!(self.breakdown));
            if !self.has_own_top {
                question.insert("top".to_owned(), json!(self.top));
            }
            if let Some(cell) = &self.asked_cell {
                question.insert("cell".to_owned(), cell.clone());
            }
        }
        let until = Timestamp::from_microsecond(until).map(|ts| ts.to_string()).unwrap_or_default();
        let each = |first: &str, latest: &str| {
            let one = |one: &Breakdown| match one.at {
                Attribution::Current => latest.replace("{}", &one.field),
                _ => first.replace("{}", &one.field),
            };
            self.breakdown.iter().map(one).collect::<Vec<String>>()
        };
        let en = each("the first known `{}`", "the latest known `{}`").join(" and ");
        let zh = each("最早已知的“{}”", "最近已知的“{}”").join("和");
        let sentences = [
            ("en", format!(" Each customer is in one group, by {en} before {until}.")),
            ("zh", format!("每位客户只属一组，按 {until} 之前{zh}划分。")),
        ];
        for (language, sentence) in sentences {
            let text = answer.get_mut("definition").and_then(|words| words.get_mut(language));
            if let Some(Value::String(text)) = text {
                text.push_str(&sentence);
            }
        }
    }
}

/// Takes the group out of a cell.
fn whose(cell: Option<&mut Value>, n_values: usize) -> Result<Whose, AskError> {
    let Some(fields) = cell.and_then(Value::as_object_mut) else { return Ok(Whose::Everybody) };
    let group = fields.shift_remove("group").filter(|group| !group.is_null());
    let other = fields.shift_remove("other").filter(|other| !other.is_null());
    let is_other: bool = match other {
        None => false,
        Some(other) => read("cell.other", &other, "write true for the computed rest")?,
    };
    let Some(group) = group else {
        return Ok(if is_other { Whose::Rest } else { Whose::Everybody });
    };
    if is_other {
        return Err(AskError::bad(
            format!("`cell.group` is `{group}` and `cell.other` is true"),
            "give one of them",
        ));
    }
    let named: Group =
        read("cell.group", &group, "give one text or null per field of `breakdown`")?;
    if named.len() != n_values {
        return Err(AskError::bad(
            format!("`cell.group` has {} values of the breakdown", named.len()),
            format!("give {n_values}"),
        ));
    }
    Ok(Whose::Group(named))
}

/// A question answered again as it was resolved must have the same groups, so a kind's own default
/// is that of its groups.
fn default_top(kind: &str) -> usize {
    match kind {
        "path" => PathQuestion::default().top,
        "sessions" => SessionsQuestion::default().top,
        _ => TOP,
    }
}

fn read<T: DeserializeOwned>(name: &str, value: &Value, hint: &str) -> Result<T, AskError> {
    serde_json::from_value(value.clone())
        .map_err(|error| AskError::bad(format!("`{name}` is `{value}`: {error}"), hint))
}
