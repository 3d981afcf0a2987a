//! Every word of an answer has its Chinese, and every kind can be told in both languages.

use std::sync::LazyLock;

use perennial_testkit::{Layout, block_on, session, world};
use perennial_types::question::Definition;
use serde_json::Value;

use super::*;
use crate::insight::Insight;
use crate::present::{CellValue, Presentation};

fn is_chinese(text: &str) -> bool {
    text.chars().any(|one| ('\u{4e00}'..='\u{9fff}').contains(&one))
}

/// The samples of all kinds, asked of a small shop: their answers, laid out. Asked once for all
/// tests, since some train models.
static ASKED: LazyLock<Vec<(&'static str, Value, Presentation)>> = LazyLock::new(|| {
    let mut lines = "anna  2024-01-01,2024-01-20,2024-03-02  order  amount=12.50 currency=EUR
         bert  2024-01-03,2024-02-11             order  amount=7 currency=EUR country=DE
         cora  2024-02-01                        order  amount=9 currency=EUR"
        .to_owned();
    // Enough others for a model to be fitted.
    lines.push_str(&learnable());
    let shop = world(&lines);
    let source = shop.source(Layout { n_buckets: 2, n_partitions: 1, batch_rows: 100 });
    let ask = |insight: &&dyn Insight| {
        let kind = insight.kind();
        let mut question = insight.sample();
        question["as_of"] = "2024-04-01T00:00:00Z".into();
        let reply = block_on(crate::ask::ask(&session(), &source, kind, &question));
        let answer = reply.unwrap_or_else(|error| panic!("{kind}: {error}")).answer;
        // Written in one pass it is what it is as a tree.
        assert_eq!(serde_json::to_string(&answer).unwrap(), answer.tree().to_string());
        let answer = answer.into_tree();
        let presentation = insight.present(&answer).unwrap();
        (kind, answer, presentation)
    };
    crate::all().iter().map(ask).collect()
});

/// The answer to the sample of a kind, laid out.
fn asked(insight: &dyn Insight) -> (Value, Presentation) {
    let known = ASKED.iter().find(|(kind, ..)| *kind == insight.kind());
    let (_, answer, presentation) = known.expect("every kind is asked");
    (answer.clone(), presentation.clone())
}

/// Two hundred customers of half a year, of whom those with long gaps go first.
fn learnable() -> String {
    let start = jiff::civil::date(2023, 9, 1);
    let mut lines = String::new();
    for number in 0..200_i64 {
        let gap = 4 + number * 7 % 23;
        let n_orders = 3 + number * 11 % 29;
        for order in 0..n_orders {
            let date = start + jiff::ToSpan::days(number % 20 + order * gap);
            lines.push_str(&format!(
                "\n c{number} {date} order amount={} currency=EUR",
                5 + number % 9
            ));
        }
    }
    lines
}

#[test]
fn every_heading_of_every_kind_has_chinese() {
    for insight in crate::all() {
        let kind = insight.kind();
        assert!(is_chinese(&insight.title().zh), "the kind `{kind}` is no word of the glossary");
        assert!(is_chinese(insight.summary_zh()), "`{kind}`: write `fn summary_zh`");
        let (_, mut presentation) = asked(*insight);
        for picture in &mut presentation.pictures {
            let title = picture.title_mut();
            assert!(
                in_chinese(title).is_some(),
                "`{title}` of `{kind}` is no word of the glossary"
            );
        }
        let is_data = |name: &str| name.parse::<f64>().is_ok();
        for table in &presentation.tables {
            let heads = table.columns.iter().map(|column| column.name.as_str());
            for name in heads.chain([table.name.as_str()]).filter(|name| !is_data(name)) {
                assert!(
                    in_chinese(name).is_some(),
                    "`{name}` of `{kind}` is no word of the glossary"
                );
            }
        }
    }
}

#[test]
fn every_definition_has_chinese_for_each_of_its_terms() {
    for insight in crate::all() {
        let (answer, presentation) = asked(*insight);
        let definition: Definition = serde_json::from_value(answer["definition"].clone()).unwrap();
        let Definition {
            zh, denominator_zh, window_zh, mean, mean_zh, interval, interval_zh, ..
        } = definition;
        let mut texts = vec![zh, denominator_zh, window_zh];
        texts.extend(mean.map(|_| mean_zh.unwrap_or_default()));
        texts.extend(interval.map(|_| interval_zh.unwrap_or_default()));
        texts.extend(presentation.warnings.into_iter().map(|warning| warning.zh));
        for text in texts {
            assert!(is_chinese(&text), "`{}` says `{text}` in Chinese", insight.kind());
        }
    }
}

#[test]
fn a_presentation_in_chinese_translates_headings_and_leaves_data() {
    let retention = crate::named("retention").unwrap();
    let (_, presentation) = asked(retention);
    let chinese = presentation.clone().in_chinese();
    assert_eq!(chinese.tables[0].name, "客户留存");
    assert_eq!(chinese.tables[0].columns[1].name, "客户");
    let (rows, translated) = (&presentation.tables[0].rows, &chinese.tables[0].rows);
    let n_cohorts = rows.len() - 1;
    assert_eq!(translated[..n_cohorts], rows[..n_cohorts]);
    assert_eq!(translated[n_cohorts][0], CellValue::Text("均值".to_owned()), "below the cohorts");
    assert_eq!(translated[n_cohorts][1..], rows[n_cohorts][1..]);
    assert_eq!(chinese.definition.0, presentation.definition.1);
}

#[test]
fn words_in_cells_and_pictures_are_translated_and_data_stays() {
    let mut seen = 0;
    for insight in crate::all() {
        let (_, presentation) = asked(*insight);
        let titles: Vec<String> =
            presentation.pictures.clone().iter_mut().map(|one| one.title_mut().clone()).collect();
        for (title, mut picture) in titles.iter().zip(presentation.in_chinese().pictures) {
            if !is_worded_picture(title) {
                continue;
            }
            for name in picture.names_mut() {
                seen += 1;
                assert!(is_chinese(name), "`{name}` of `{title}` has no Chinese");
            }
        }
    }
    assert!(seen > 40, "{seen}");
    let series = |name: &str| crate::present::Series {
        name: name.to_owned(),
        values: Vec::new(),
        band: Vec::new(),
    };
    let curve = |names: &[&str]| {
        let series = names.iter().map(|name| series(name)).collect();
        let picture = crate::present::Curve { title: "x".to_owned(), points: Vec::new(), series };
        let pictures = vec![crate::present::Picture::Curve(picture)];
        let mut shown = Presentation { pictures, ..Presentation::default() }.in_chinese();
        shown.pictures[0].names_mut().into_iter().map(|name| name.clone()).collect::<Vec<_>>()
    };
    let days = |title| days_in_chinese(title, "R 5 · ≤ 17 d");
    assert_eq!(days("Customers by recency and frequency").as_deref(), Some("R 5 · ≤ 17 天"));
    assert_eq!(days("Share of each item"), None, "data stays");
    assert_eq!(curve(&["set", "classic"]), ["集合口径", "传统口径"]);
    assert_eq!(curve(&["everybody", "new", "pro", "Other"]), ["全部客户", "new", "pro", "其他"]);
    assert_eq!(beside("留存", "nothing to show"), "没有可显示的内容");
    assert_eq!(beside("Retention", "goes no further"), "hatched: goes no further");
}

#[test]
fn every_word_stands_once_and_has_chinese() {
    for (at, (name, en, zh)) in WORDS.iter().enumerate() {
        assert!(WORDS.iter().skip(at + 1).all(|(other, ..)| other != name), "`{name}` twice");
        assert!(en.is_ascii() && !zh.is_ascii(), "`{name}`");
    }
}
