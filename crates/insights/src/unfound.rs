//! Fields that customers are told apart by, though none of them has a value of it: most often a
//! misspelt name.
//!
//! "By `contry`, everybody is in one group, the one without a value." The answer is right, and of no
//! use; so it says so, and which names are near. Limits: groups are looked at as they are shown, so a
//! field whose every value stands in the computed rest is not suspected.

use std::sync::Arc;

use arrow::array::RecordBatch;
use jiff::civil::Date;
use perennial_types::filter::Field;
use perennial_types::question::Warning;
use serde_json::{Value, json};

use crate::catalog::{PropertyNames, unknown_properties};
use crate::insight::{AskError, Asking, Step};
use crate::reply::Reply;

/// A question with a breakdown: its answer, then, where a field of it told nobody apart, whether
/// any row has that field at all.
pub struct BrokenDown {
    asking: Box<dyn Asking>,
    suspected: Option<(Box<Reply>, Vec<Field>)>,
}

impl BrokenDown {
    /// The question itself where it has no breakdown.
    pub fn watched(asking: Box<dyn Asking>, question: &Value) -> Box<dyn Asking> {
        let breakdown = question.get("breakdown").and_then(Value::as_array);
        match breakdown.is_some_and(|fields| !fields.is_empty()) {
            true => Box::new(BrokenDown { asking, suspected: None }),
            false => asking,
        }
    }
}

impl Asking for BrokenDown {
    fn step(&mut self, partials: Vec<Vec<RecordBatch>>) -> Result<Step, AskError> {
        if let Some((mut reply, fields)) = self.suspected.take() {
            let found = partials.first().map(Vec::as_slice).unwrap_or_default();
            tell(&mut reply, &fields, found);
            return Ok(Step::Done(reply));
        }
        match self.asking.step(partials)? {
            Step::Done(mut reply) => {
                let fields = fields_without_values(&reply.answer.tree());
                if fields.iter().any(|field| matches!(field, Field::Property(_))) {
                    self.suspected = Some((reply, fields));
                    return Ok(Step::Scan(vec![Arc::new(PropertyNames)]));
                }
                tell(&mut reply, &fields, &[]);
                Ok(Step::Done(reply))
            }
            scan => Ok(scan),
        }
    }

    fn learns_from(&self) -> Option<Date> {
        self.asking.learns_from()
    }
}

/// Every field of an answer's breakdown of which no shown group has a value.
fn fields_without_values(answer: &Value) -> Vec<Field> {
    let breakdown = answer.pointer("/question/breakdown").and_then(Value::as_array);
    let mut groups = Vec::new();
    collect(answer, &mut groups);
    let is_without = |place: usize| {
        !groups.is_empty() && groups.iter().all(|group| group.get(place).is_none_or(Value::is_null))
    };
    let names = breakdown.into_iter().flatten();
    let names = names.map(|field| field.get("field").and_then(Value::as_str)).enumerate();
    let unfound = names.filter(|(place, _)| is_without(*place)).filter_map(|(_, name)| name);
    unfound.map(Field::named).collect()
}

/// Every list of a group's values, wherever it stands but in what a question asked for.
fn collect<'a>(part: &'a Value, groups: &mut Vec<&'a Vec<Value>>) {
    match part {
        Value::Array(parts) => parts.iter().for_each(|part| collect(part, groups)),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::Array(group) if name == "group" => groups.push(group),
                    _ if name == "question" => {}
                    other => collect(other, groups),
                }
            }
        }
        _ => {}
    }
}

/// Adds a warning for every such field: no row has it, or nobody has a value where it is looked for.
fn tell(reply: &mut Reply, fields: &[Field], found: &[RecordBatch]) {
    let warnings: Vec<Warning> = fields.iter().flat_map(|field| warnings(field, found)).collect();
    if warnings.is_empty() {
        return;
    }
    reply.answer.change(|answer| {
        if let Some(known) = answer.get_mut("warnings").and_then(Value::as_array_mut) {
            known.extend(warnings.iter().map(|warning| json!(warning)));
        }
    });
}

fn warnings(field: &Field, found: &[RecordBatch]) -> Vec<Warning> {
    let unknown = match field {
        Field::Property(name) => unknown_properties(&[name], found),
        _ => Vec::new(),
    };
    if !unknown.is_empty() {
        return unknown;
    }
    let name = field.name();
    let name = name.strip_prefix("properties.").unwrap_or(&name);
    vec![Warning {
        code: "unknown_field".to_owned(),
        message: format!("nobody has a value of `{name}` where it is looked for"),
        message_zh: format!("所查之处没有任何客户有“{name}”的值"),
        nearest: Vec::new(),
    }]
}

#[cfg(test)]
mod tests {
    use perennial_testkit::{block_on, in_every_layout, session, world};
    use serde_json::json;

    use crate::ask::ask;

    #[test]
    fn a_breakdown_by_a_field_nobody_has_says_so_and_what_is_near() {
        let shop = world(
            "anna 2024-01-02,2024-02-03 order amount=5 currency=EUR country=DE
             bert 2024-01-09            order amount=7 currency=EUR
             carl 2024-01-09            visit plan=pro",
        );
        for kind in ["rfm", "churn", "lifecycle", "cohort", "retention", "crr", "stickiness"] {
            let told = |fields: [&str; 2]| {
                let breakdown = fields.map(|field| json!({ "field": field }));
                let mut question = json!({"as_of": "2024-03-01T00:00:00Z", "breakdown": breakdown,
                    "who": "did order"});
                if matches!(kind, "churn" | "crr") {
                    question["active"] = json!({"trailing_days": 30});
                }
                in_every_layout(&shop, |source| {
                    let reply = block_on(ask(&session(), source, kind, &question));
                    let answer =
                        reply.unwrap_or_else(|error| panic!("{kind}: {error}")).answer.into_tree();
                    let warnings = answer["warnings"].as_array().unwrap().iter();
                    let told =
                        warnings.filter(|one| one["code"].as_str().unwrap().contains("unknown"));
                    told.map(|one| format!("{}: {}", one["message"], one["nearest"]))
                        .collect::<Vec<_>>()
                })
            };
            assert_eq!(told(["country", "currency"]), Vec::<String>::new(), "{kind}");
            let unknown = r#""no property is called `contry`": ["country"]"#;
            assert_eq!(told(["country", "contry"]), [unknown], "{kind}");
            // A field that others have, and a column that is always there.
            let without =
                |name| format!(r#""nobody has a value of `{name}` where it is looked for": null"#);
            assert_eq!(told(["plan", "session"]), ["plan", "session"].map(without), "{kind}");
        }
    }
}
