//! Names of kinds, tables, columns and lines in both languages: the one list to add a word to.
//!
//! Presentations speak the names that stand here in the first column; a reader of Chinese sees the
//! third. What does not stand here is data (a customer, a country, a date) and is shown as it is.
//! A test presents every kind and fails on a heading without Chinese.

use perennial_types::question::Text;

/// The name, in English, in Chinese.
type Word = (&'static str, &'static str, &'static str);

static WORDS: &[Word] = &[
    // kinds
    ("retention", "Retention", "客户留存"),
    ("crr", "Retention rate", "客户留存率"),
    // tables
    ("mean", "mean", "均值"),
    ("customers", "customers", "客户"),
    ("cells", "cells", "单元格"),
    ("periods", "periods", "周期"),
    ("benchmarks", "benchmarks", "行业参考"),
    // columns
    ("acquired", "acquired", "新获得"),
    ("as_quoted", "as quoted", "引用时间"),
    ("churn", "churn", "流失率"),
    ("classic", "classic", "传统口径"),
    ("cohort", "cohort", "群组"),
    ("cohorts", "cohorts", "群组数"),
    ("complete", "complete", "完整"),
    ("customer", "customer", "客户"),
    ("e", "E", "期末 E"),
    ("end", "end", "结束"),
    ("group", "group", "分组"),
    ("high", "high", "上限"),
    ("history_too_short", "history too short", "历史过短"),
    ("index", "index", "第几期"),
    ("industry", "industry", "行业"),
    ("kept", "kept", "留存"),
    ("lost", "lost", "流失"),
    ("low", "low", "下限"),
    ("n", "N", "新增 N"),
    ("note", "note", "备注"),
    ("of", "of", "总数"),
    ("period", "period", "周期"),
    ("reason", "reason", "原因"),
    ("returned", "returned", "回访"),
    ("s", "S", "期初 S"),
    ("set", "set", "集合口径"),
    ("share", "share", "占比"),
    ("size", "size", "人数"),
    ("source", "source", "来源"),
    ("start", "start", "开始"),
    ("value", "value", "数值"),
    ("verified", "verified", "已核实"),
    ("won_back", "won back", "召回"),
    // pictures
    ("customer_retention_rate", "Customer retention rate", "客户留存率"),
    ("retention_curve", "Retention curve", "留存曲线"),
];

/// The word of a name, whatever its case and whether it is written with spaces or underscores.
fn word(name: &str) -> Option<&'static Word> {
    let name = name.to_lowercase().replace(' ', "_");
    WORDS.iter().find(|(known, ..)| *known == name)
}

/// A name in Chinese, if it is a word of ours.
pub fn in_chinese(name: &str) -> Option<&'static str> {
    word(name).map(|(_, _, zh)| *zh)
}

/// A name in both languages; as it is where it is no word of ours.
pub fn text(name: &str) -> Text {
    word(name).map_or_else(|| Text::new(name, name), |(_, en, zh)| Text::new(*en, *zh))
}

#[cfg(test)]
mod tests {
    use perennial_testkit::{Layout, block_on, session, world};
    use perennial_types::question::Definition;

    use super::*;
    use crate::insight::Insight;
    use crate::present::Presentation;

    fn is_chinese(text: &str) -> bool {
        text.chars().any(|one| ('\u{4e00}'..='\u{9fff}').contains(&one))
    }

    /// The sample of a kind, asked of a small shop: its answer, laid out.
    fn asked(insight: &dyn Insight) -> (serde_json::Value, Presentation) {
        let shop = world(
            "anna  2024-01-01,2024-01-20,2024-03-02  order  amount=12.50 currency=EUR
             bert  2024-01-03,2024-02-11             order  amount=7 currency=EUR country=DE
             cora  2024-02-01                        order  amount=9 currency=EUR",
        );
        let mut question = insight.sample();
        question["as_of"] = "2024-04-01T00:00:00Z".into();
        let source = shop.source(Layout { n_buckets: 2, n_partitions: 1, batch_rows: 100 });
        let reply = block_on(crate::ask::ask(&session(), &source, insight.kind(), &question));
        let answer = reply.unwrap_or_else(|error| panic!("{}: {error}", insight.kind())).answer;
        let presentation = insight.present(&answer).unwrap();
        (answer, presentation)
    }

    #[test]
    fn every_heading_of_every_kind_has_chinese() {
        for insight in crate::all() {
            let kind = insight.kind();
            assert!(is_chinese(&insight.title().zh), "the kind `{kind}` is no word of the glossary");
            assert!(is_chinese(insight.summary_zh()), "`{kind}`: write `fn summary_zh`");
            let (_, presentation) = asked(*insight);
            let is_data = |name: &str| name.parse::<f64>().is_ok();
            for table in &presentation.tables {
                let heads = table.columns.iter().map(|column| column.name.as_str());
                for name in heads.chain([table.name.as_str()]).filter(|name| !is_data(name)) {
                    assert!(in_chinese(name).is_some(), "`{name}` of `{kind}` is no word of the glossary");
                }
            }
        }
    }

    #[test]
    fn every_definition_has_chinese_for_each_of_its_terms() {
        for insight in crate::all() {
            let (answer, presentation) = asked(*insight);
            let definition: Definition = serde_json::from_value(answer["definition"].clone()).unwrap();
            let Definition { zh, denominator_zh, window_zh, mean, mean_zh, interval, interval_zh, .. } = definition;
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
        assert_eq!(chinese.tables[0].rows, presentation.tables[0].rows);
        assert_eq!(chinese.definition.0, presentation.definition.1);
    }

    #[test]
    fn every_word_stands_once_and_has_chinese() {
        for (at, (name, en, zh)) in WORDS.iter().enumerate() {
            assert!(WORDS.iter().skip(at + 1).all(|(other, ..)| other != name), "`{name}` twice");
            assert!(en.is_ascii() && zh.chars().any(|one| !one.is_ascii()), "`{name}`");
        }
    }
}
