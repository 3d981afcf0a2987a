//! Which version a name means, what is shown of a document, and what a report looks like.

use perennial_insights::present::CellValue;
use serde_json::json;

use super::report::presentation;
use super::score::{last_day, score_name};
use super::*;

fn model(name: &str, version: i64, is_retired: bool) -> Model {
    Model {
        name: name.to_owned(),
        version,
        kind: "churn_risk".to_owned(),
        created_at: 0,
        summary: json!({"stale_after_days": 90}),
        sequence: 7,
        snapshot_id: 3,
        note: None,
        retired_at: is_retired.then_some(9),
    }
}

fn registry() -> Registry {
    let models = vec![
        model("churn", 3, true),
        model("churn", 2, false),
        model("churn", 1, false),
        model("gold", 1, true),
    ];
    Registry { models }
}

#[test]
fn a_name_is_its_newest_version_in_use() {
    let registry = registry();
    let version = |called: &str| registry.in_use(called).map(title);
    assert_eq!(version("churn").unwrap(), "churn@2");
    assert_eq!(version("churn@1").unwrap(), "churn@1");
    for (called, says, mend) in [
        ("churn@3", "`churn@3` is retired", "train it anew"),
        ("gold", "`gold@1` is retired", "train it anew"),
        ("churn@9", "no version `9`", "newest version is 3"),
        ("chrn", "no model is called `chrn`", "did you mean `churn`?"),
        ("another thing", "no model is called `another thing`", "perennial model list"),
        ("churn@x", "no model is called `churn@x`", "`churn`"),
    ] {
        let error = version(called).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
        assert!(error.hint().contains(mend), "{}", error.hint());
    }
    assert_eq!(title(registry.get("gold").unwrap()), "gold@1", "looking at it is allowed");
    let in_use: Vec<String> = registry.all_in_use().into_iter().map(title).collect();
    assert_eq!(in_use, ["churn@2"]);
    assert_eq!(registry.names().collect::<Vec<_>>(), ["churn", "gold"]);
}

#[test]
fn two_models_of_a_kind_do_not_share_a_name_of_scores() {
    let mut own = model("churn_risk", 1, false);
    assert_eq!(score_name(&own, "churn_risk"), "churn_risk");
    own.name = "uk".to_owned();
    assert_eq!(score_name(&own, "churn_risk"), "uk.churn_risk");
}

#[test]
fn a_summary_is_without_what_was_learnt() {
    let document = json!({"kind": "churn_risk", "model": {"trees": []}, "reference": {}, "report": {"auc": 0.8}});
    assert_eq!(summary(&document), json!({"kind": "churn_risk", "report": {"auc": 0.8}}));
    assert!(kind_of(&json!({})).is_err());
}

#[test]
fn the_last_day_is_the_one_that_is_over_where_it_is() {
    // 2024-03-01T04:00Z: still the last of February in New York, the first of March in Shanghai.
    let now = 1_709_265_600_000_000;
    for (zone, day) in
        [("UTC", "2024-02-29"), ("America/New_York", "2024-02-28"), ("Asia/Shanghai", "2024-02-29")]
    {
        let zone = perennial_types::calendar::Zone::named(zone).unwrap();
        assert_eq!(last_day(&zone, now).unwrap().to_string(), day, "{}", zone.name());
    }
}

#[test]
fn a_report_is_laid_out_without_knowing_it() {
    let document = json!({
        "trained": {"n_rows": 1200, "cuts": ["2024-01-31", "2024-02-29"]},
        "report": {
            "auc": 0.812_345, "brier": {"model": 0.000_123_4, "base": null},
            "lift": [{"top": 0.05, "lift": 3.25}, {"top": 0.1, "capture": 0.5}],
            "tested": [{"cut": null, "top": [{"share": 0.05, "n": 3}, {"share": 0.1, "n": 7}]}],
        },
        "model": {"secret": 1},
    });
    let tables = presentation(&document).tables;
    let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["trained", "report", "report.lift", "report.tested"]);
    let text = |text: &str| CellValue::Text(text.to_owned());
    assert_eq!(
        tables[0].rows,
        [
            vec![text("n_rows"), CellValue::Count(1200)],
            vec![text("cuts"), text("2024-01-31, 2024-02-29")],
        ]
    );
    assert_eq!(tables[1].rows[0], [text("auc"), text("0.8123")]);
    assert_eq!(tables[1].rows[1], [text("brier.model"), text("1.234e-4")]);
    assert_eq!(tables[1].rows[2], [text("brier.base"), CellValue::Absent]);
    let heads: Vec<&str> = tables[2].columns.iter().map(|head| head.name.as_str()).collect();
    assert_eq!(heads, ["top", "lift", "capture"]);
    assert_eq!(tables[2].rows[1], [text("0.1000"), CellValue::Absent, text("0.5000")]);
    assert_eq!(tables[3].rows[0][1], text("share 0.0500, n 3; share 0.1000, n 7"));
}
