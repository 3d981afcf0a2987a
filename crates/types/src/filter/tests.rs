use super::*;

fn condition(json: &str) -> Result<Condition, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}

fn matcher(json: &str) -> Matcher {
    match condition(json) {
        Ok(Condition::Test(test)) => test.matcher(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_json_form_survives_a_round_trip() {
    let json = r#"{"event":["order","refund"],"where":{"all":[{"field":"amount","op":">","value":0},{"not":{"any":[{"field":"properties.country","op":"in","value":["UK","法国"]},{"field":"item","op":"is_set"}]}}]}}"#;
    let filter: EventFilter = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::to_string(&filter).unwrap(), json);
    assert_eq!(
        filter.in_words(Language::English),
        "`order` or `refund` where (amount > 0 and not (properties.country in “UK”, “法国” or item is_set))"
    );
    let names: Vec<String> = filter.fields().into_iter().map(Field::name).collect();
    assert_eq!(names, ["event", "amount", "item", "properties.country"]);
}

#[test]
fn errors_name_what_was_written_and_the_mend() {
    for (json, needle) in [
        (r#"{"field":"amount","op":"=>","value":0}"#, "`=>` is not an operator"),
        (r#"{"field":"amount","op":">","value":"much"}"#, "give a number"),
        (r#"{"field":"item","op":"in","value":"A"}"#, "give a list"),
        (r#"{"field":"ts","op":">","value":"yesterday"}"#, "instant"),
        (r#"{"fild":"amount"}"#, "is not a condition"),
        (r#"{"field":"item","op":"is_set","value":1}"#, "leave `value` away"),
        (r#"{"field":"item","op":"contains","value":3}"#, "give a text"),
    ] {
        let error = condition(json).unwrap_err();
        assert!(error.contains(needle), "{error}");
    }
    let deep = format!("{}{}{}", r#"{"not":"#.repeat(40), r#"{"all":[]}"#, "}".repeat(40));
    assert!(condition(&deep).unwrap_err().contains("deeper"));
}

#[test]
fn a_missing_value_is_not_that_value() {
    for (op, value, expected) in [
        ("=", "\"UK\"", false),
        ("!=", "\"UK\"", true),
        ("in", "[\"UK\"]", false),
        ("not_in", "[\"UK\"]", true),
        (">", "3", false),
    ] {
        let json = format!(r#"{{"field":"country","op":"{op}","value":{value}}}"#);
        assert_eq!(matcher(&json).matches_text(None), expected, "{op}");
    }
    assert!(matcher(r#"{"field":"country","op":"is_not_set"}"#).matches_text(None));
}

#[test]
fn money_is_compared_exactly() {
    let above = matcher(r#"{"field":"amount","op":">","value":0.00001}"#);
    assert!(above.matches_decimal(Some(1)));
    assert!(!above.matches_decimal(Some(0)));
    let equal = matcher(r#"{"field":"amount","op":"=","value":19.99}"#);
    assert!(equal.matches_decimal(Some(199_900)));
    assert!(!equal.matches_decimal(Some(199_901)));
}

#[test]
fn numbers_in_properties_compare_as_numbers() {
    let above = matcher(r#"{"field":"age","op":">=","value":10}"#);
    assert!(above.matches_text(Some("10.0")));
    assert!(!above.matches_text(Some("9")));
    assert!(!above.matches_text(Some("old")));
    let text = matcher(r#"{"field":"age","op":">","value":"10"}"#);
    assert!(text.matches_text(Some("9")), "texts compare as texts");
}

#[test]
fn one_property_is_read_out_of_the_object() {
    let properties = r#"{"city":"北京","n":3,"none":null,"ok":true}"#;
    assert_eq!(property_text(properties, "city").as_deref(), Some("北京"));
    assert_eq!(property_text(properties, "n").as_deref(), Some("3"));
    assert_eq!(property_text(properties, "ok").as_deref(), Some("true"));
    assert_eq!(property_text(properties, "none"), None);
    assert_eq!(property_text(properties, "cit"), None);
}
