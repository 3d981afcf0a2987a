//! Dashboards as text: YAML for version control, JSON for programs.
//!
//! What is written is read again as the same dashboard, and written again as the same text, byte by
//! byte. Words that older readers of YAML take for something else (`on`, `no`, `2011-01-01`) are
//! written in quotes; read, only `true` and `false` are truth values, so `count: on` is the text.

use perennial_insights::dashboard::Dashboard;
use serde_json::Value;
use serde_saphyr::NonFiniteFloatPolicy;

use super::BoardError;

/// Reads a dashboard out of YAML or JSON.
///
/// # Errors
/// When the text is neither, which points at the place, or no dashboard, which names the field.
pub fn read(text: &str) -> Result<Dashboard, BoardError> {
    let value = if text.trim_start().starts_with('{') { json(text)? } else { yaml(text)? };
    Ok(Dashboard::read(&value)?)
}

/// A dashboard as YAML.
///
/// # Errors
/// When it holds what YAML cannot, which nothing that was read does.
pub fn to_yaml(dashboard: &Dashboard) -> Result<String, BoardError> {
    // A condition is one line, however long: a folded one would be hard to compare.
    let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
    serde_saphyr::to_string_with_options(dashboard, options)
        .map_err(|error| BoardError::Unwritable(error.to_string()))
}

fn json(text: &str) -> Result<Value, BoardError> {
    serde_json::from_str(text).map_err(|error| BoardError::Text {
        line: error.line() as u64,
        column: error.column() as u64,
        reason: format!("no JSON: {error}"),
    })
}

fn yaml(text: &str) -> Result<Value, BoardError> {
    let options = serde_saphyr::options! {
        strict_booleans: true,
        with_snippet: false,
        // Infinity is no number in JSON; silently it would become nothing.
        non_finite_float_policy: NonFiniteFloatPolicy::Reject,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let (line, column) = error.location().map_or((0, 0), |at| (at.line(), at.column()));
        BoardError::Text { line, column, reason: format!("no YAML: {error}") }
    })
}

#[cfg(test)]
mod tests {
    use perennial_insights::dashboard::overview;
    use proptest::prelude::*;
    use proptest::sample::select;
    use serde_json::{Map, json};

    use super::*;

    const SHOP: &str = "\
# What the shop looks at on Mondays.
title: {en: The shop, zh: 店铺}
filters: {from: 2011-01-01, population: buyers}
tiles:
- title: Who comes back
  kind: retention
  question:
    count: on
    start: {event: order}
- {title: How often, kind: stickiness, width: 12, show: table}
";

    #[test]
    fn yaml_is_read_as_it_is_meant() {
        let dashboard = read(SHOP).unwrap();
        assert_eq!(
            json!(dashboard),
            json!({
                "title": {"en": "The shop", "zh": "店铺"},
                "filters": {"from": "2011-01-01", "population": "buyers"},
                "tiles": [
                    {"title": "Who comes back", "kind": "retention", "question": {"count": "on", "start": {"event": "order"}}},
                    {"title": "How often", "kind": "stickiness", "show": "table", "width": 12},
                ],
            })
        );
        let written = to_yaml(&dashboard).unwrap();
        assert!(written.contains("count: 'on'") || written.contains("count: \"on\""), "{written}");
        assert_eq!(read(&written).unwrap(), dashboard);
        assert_eq!(read(&json!(dashboard).to_string()).unwrap(), dashboard);
    }

    #[test]
    fn what_is_wrong_is_pointed_at() {
        let said = |text: &str| read(text).unwrap_err().to_string();
        assert!(said("title: [").starts_with("line 1, column"), "{}", said("title: ["));
        assert!(
            said("title: x\ntiles:\n- kind: : y").starts_with("line 3, column"),
            "{}",
            said("title: x\ntiles:\n- kind: : y")
        );
        assert!(
            said("{\"title\": \"x\",}").starts_with("line 1, column 15: no JSON"),
            "{}",
            said("{\"title\": \"x\",}")
        );
        let twice = said("title: x\ntitle: y\ntiles: []\n");
        assert!(twice.contains("line 2"), "{twice}");
        let tile = said(&SHOP.replace("width: 12", "width: 13"));
        assert_eq!(tile, "tile 2 (`How often`): `width` is `13`");
        assert!(
            said("title: x\ntiles: [{title: a, kind: rfm, question: {m: .nan}}]")
                .contains("line 2")
        );
    }

    #[test]
    fn a_text_that_grows_when_read_is_refused() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let before = format!("*a{}, ", level - 1).repeat(10);
            bomb.push_str(&format!("a{level}: &a{level} [{}]\n", before.trim_end_matches(", ")));
        }
        assert!(matches!(read(&bomb), Err(BoardError::Text { .. })));
    }

    #[test]
    fn the_overview_is_stable() {
        let written = to_yaml(&overview()).unwrap();
        let again = to_yaml(&read(&written).unwrap()).unwrap();
        assert_eq!(written, again);
        assert_eq!(read(&written).unwrap(), overview());
    }

    /// Texts that readers of YAML are known to trip over, and any other.
    fn texts() -> impl Strategy<Value = String> {
        let known = [
            "on",
            "no",
            "yes",
            "y",
            "n",
            "~",
            "null",
            "true",
            "1e3",
            "0x10",
            "012",
            ".5",
            "-",
            "- a",
            "2011-01-01",
            "12:30:00",
            "a: b",
            "a #b",
            "#a",
            "&a",
            "*a",
            "!a",
            "|",
            ">",
            "%a",
            "@a",
            "`a`",
            "'",
            "\"",
            "",
            " ",
            " a ",
            "a\nb",
            "a\n\n b\n",
            "\t",
            "a\\n",
            "{a}",
            "[a]",
            "客群：“好”",
            "=",
            "<<",
            "...",
            "---",
            "? a",
            "\u{7f}",
            "\u{85}",
            "\u{feff}",
            "\u{2028}",
            "🙂",
            "1_000",
            "+1",
            "0o7",
            ".inf",
            "nan",
            "a,b",
            "a\r\nb",
        ];
        prop_oneof![select(known.to_vec()).prop_map(str::to_owned), any::<String>(), "[ -~]{0,120}"]
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            (-1e6..1e6_f64).prop_map(Value::from),
            texts().prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((texts(), inner), 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
            ]
        })
    }

    proptest! {
        /// Out as YAML and in again it is the same, and out again the same text.
        #[test]
        fn yaml_round_trips(name in texts(), fields in prop::collection::vec((texts(), values()), 0..5)) {
            let mut dashboard = overview();
            dashboard.owner = Some(name);
            dashboard.tiles.truncate(2);
            dashboard.tiles[1].question = fields.into_iter().collect();
            let written = to_yaml(&dashboard).unwrap();
            let again = read(&written);
            prop_assert!(again.is_ok(), "{again:?}\n{written}");
            let again = again.unwrap();
            prop_assert_eq!(&again, &dashboard, "{}", &written);
            prop_assert_eq!(to_yaml(&again).unwrap(), written);
        }
    }
}
