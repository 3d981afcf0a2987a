//! Fields that customers are told apart by, though none of them has a value of it: most often a
//! misspelt name.
//!
//! "By `contry`, everybody is in one group, the one without a value." The answer is right, and of no
//! use; so it says so. Limits: groups are looked at as they are shown, so a field whose every value
//! stands in the computed rest is not suspected.

use perennial_types::question::Warning;
use serde_json::Value;

/// A warning for every field of an answer's breakdown of which no shown group has a value.
pub fn fields_without_values(answer: &Value) -> Vec<Warning> {
    let breakdown = answer.pointer("/question/breakdown").and_then(Value::as_array);
    let Some(fields) = breakdown.filter(|fields| !fields.is_empty()) else { return Vec::new() };
    let mut groups = Vec::new();
    for (name, part) in answer.as_object().into_iter().flatten() {
        if name != "question" {
            collect(part, &mut groups);
        }
    }
    let is_without = |place: usize| {
        !groups.is_empty() && groups.iter().all(|group| group.get(place).is_none_or(Value::is_null))
    };
    let names = fields.iter().map(|field| field.get("field").and_then(Value::as_str));
    let unfound = names.enumerate().filter(|(place, _)| is_without(*place));
    let unfound = unfound.filter_map(|(_, name)| name);
    unfound.filter(|name| !is_warned_of(answer, name)).map(unfound_field).collect()
}

/// Whether a kind has said already that no property has this name.
fn is_warned_of(answer: &Value, name: &str) -> bool {
    let warnings = answer.get("warnings").and_then(Value::as_array);
    let name = format!("`{}`", name.strip_prefix("properties.").unwrap_or(name));
    warnings.into_iter().flatten().any(|warning| {
        let text = |field: &str| warning.get(field).and_then(Value::as_str).unwrap_or_default();
        text("code") == "unknown_property" && text("message").contains(&name)
    })
}

/// Every list of a group's values, wherever it stands.
fn collect<'a>(part: &'a Value, groups: &mut Vec<&'a Vec<Value>>) {
    match part {
        Value::Array(parts) => parts.iter().for_each(|part| collect(part, groups)),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::Array(group) if name == "group" => groups.push(group),
                    other => collect(other, groups),
                }
            }
        }
        _ => {}
    }
}

fn unfound_field(name: &str) -> Warning {
    Warning {
        code: "unknown_field".to_owned(),
        message: format!("nobody has a value of `{name}` where it is looked for"),
        message_zh: format!("所查之处没有任何客户有“{name}”的值"),
        nearest: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use perennial_testkit::{block_on, in_every_layout, session, world};
    use serde_json::json;

    use crate::ask::ask;

    #[test]
    fn a_breakdown_by_a_field_nobody_has_says_so() {
        let shop = world(
            "anna 2024-01-02,2024-02-03 order amount=5 currency=EUR country=DE
             bert 2024-01-09            order amount=7 currency=EUR",
        );
        for kind in ["rfm", "churn", "lifecycle", "cohort", "retention", "crr", "stickiness"] {
            let told = |fields: [&str; 2]| {
                let breakdown = fields.map(|field| json!({ "field": field }));
                let question = json!({"as_of": "2024-03-01T00:00:00Z", "breakdown": breakdown});
                let question = match kind {
                    "churn" | "crr" => {
                        let mut question = question;
                        question["active"] = json!({"trailing_days": 30});
                        question
                    }
                    _ => question,
                };
                in_every_layout(&shop, |source| {
                    let reply = block_on(ask(&session(), source, kind, &question));
                    let answer =
                        reply.unwrap_or_else(|error| panic!("{kind}: {error}")).answer.into_tree();
                    let warnings = answer["warnings"].as_array().unwrap().clone();
                    let unknown = warnings.iter().filter(|one| one["code"] == "unknown_field");
                    unknown.map(|one| one["message"].to_string()).collect::<Vec<_>>()
                })
            };
            assert_eq!(told(["country", "currency"]), Vec::<String>::new(), "{kind}");
            let unfound = told(["country", "contry"]);
            assert!(matches!(unfound.as_slice(), [one] if one.contains("`contry`")), "{unfound:?}");
        }
    }
}
