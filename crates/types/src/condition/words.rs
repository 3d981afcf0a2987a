//! A condition in words: the sentence under a segment and under every answer about some customers.

use super::span::{Ago, Dates};
use super::{
    Aggregate, Answer, CustomerCondition, Did, How, Regularly, Sequence, Span, Times, Trait, Window,
};
use crate::calendar::Unit;
use crate::filter::{Condition, Language};

impl CustomerCondition {
    /// Whom the condition means, as a sentence.
    pub fn in_words(&self, language: Language) -> String {
        match (self, language) {
            (CustomerCondition::All(parts), Language::English) if parts.is_empty() => {
                "All customers.".to_owned()
            }
            (CustomerCondition::All(parts), Language::Chinese) if parts.is_empty() => {
                "全部客户。".to_owned()
            }
            (_, Language::English) => format!("Customers who {}.", self.english(true)),
            (_, Language::Chinese) => format!("符合以下条件的客户：{}。", self.chinese(true)),
        }
    }

    fn english(&self, is_outermost: bool) -> String {
        let joined = |parts: &[CustomerCondition], word: &str, none: &str| {
            let phrases: Vec<String> =
                parts.iter().map(|part| part.english(parts.len() == 1 && is_outermost)).collect();
            match phrases.len() {
                0 => none.to_owned(),
                1 => phrases.concat(),
                _ if is_outermost => phrases.join(word),
                _ => format!("({})", phrases.join(word)),
            }
        };
        match self {
            CustomerCondition::All(parts) => joined(parts, " and ", "are any customer"),
            CustomerCondition::Any(parts) => joined(parts, " or ", "are no customer at all"),
            CustomerCondition::Not(inner) => match &**inner {
                CustomerCondition::Did(one) if one.times.is_once() && one.window.is_ever() => {
                    format!("never did {}", one.did.in_words(Language::English))
                }
                CustomerCondition::Did(one) => format!("did not do {}", did_english(one)),
                CustomerCondition::Segment(name) => format!("are not in the segment “{name}”"),
                CustomerCondition::Answer(one) => {
                    format!("are not behind {} in the answer of `{}`", cell_of(one), one.answer)
                }
                other => format!("are not among those who {}", other.english(false)),
            },
            CustomerCondition::Segment(name) => format!("are in the segment “{name}”"),
            CustomerCondition::Answer(one) => {
                format!("are behind {} in the answer of `{}`", cell_of(one), one.answer)
            }
            CustomerCondition::Did(one) => format!("did {}", did_english(one)),
            CustomerCondition::First(one) => {
                format!(
                    "did {} for the first time{}",
                    one.first.in_words(Language::English),
                    when_english(&one.window)
                )
            }
            CustomerCondition::Last(one) => {
                format!(
                    "did {} for the last time{}",
                    one.last.in_words(Language::English),
                    when_english(&one.window)
                )
            }
            CustomerCondition::Regularly(one) => regularly_english(one),
            CustomerCondition::Stopped(one) => {
                let since =
                    one.within.map_or(String::new(), |span| format!(" within the last {span}"));
                let event = one.stopped.in_words(Language::English);
                format!("did {event} before{since}, but not in the last {}", one.r#for)
            }
            CustomerCondition::Restarted(one) => format!(
                "did {} in the last {} after a pause of at least {}",
                one.restarted.in_words(Language::English),
                one.within,
                one.after
            ),
            CustomerCondition::Sequence(one) => sequence_english(one),
            CustomerCondition::Aggregate(one) => {
                let Aggregate { aggregate, field, of, window, op, value } = one;
                let how = match aggregate {
                    How::Sum => "sum",
                    How::Mean => "mean",
                    How::Min => "smallest value",
                    How::Max => "largest value",
                };
                format!(
                    "have a {how} of {} over {}{} that is {} {}",
                    field.name(),
                    of.in_words(Language::English),
                    when_english(window),
                    op.name(),
                    value.normalize()
                )
            }
            CustomerCondition::Trait(one) => {
                let at = one.as_of.map_or(String::new(), |date| format!(" at the end of {date}"));
                format!("have as latest known value{at}: {}", tested(one, Language::English))
            }
        }
    }

    fn chinese(&self, is_outermost: bool) -> String {
        let joined = |parts: &[CustomerCondition], word: &str, none: &str| {
            let phrases: Vec<String> =
                parts.iter().map(|part| part.chinese(parts.len() == 1 && is_outermost)).collect();
            match phrases.len() {
                0 => none.to_owned(),
                1 => phrases.concat(),
                _ if is_outermost => phrases.join(word),
                _ => format!("（{}）", phrases.join(word)),
            }
        };
        match self {
            CustomerCondition::All(parts) => joined(parts, "，且", "任意客户"),
            CustomerCondition::Any(parts) => joined(parts, "，或", "没有任何客户"),
            CustomerCondition::Not(inner) => match &**inner {
                CustomerCondition::Did(one) if one.times.is_once() && one.window.is_ever() => {
                    format!("从未发生{}", one.did.in_words(Language::Chinese))
                }
                CustomerCondition::Did(one) if one.times.is_once() => {
                    format!(
                        "{}没有发生{}",
                        when_chinese(&one.window),
                        one.did.in_words(Language::Chinese)
                    )
                }
                CustomerCondition::Segment(name) => format!("不在客群“{name}”中"),
                other => format!("不符合：{}", other.chinese(false)),
            },
            CustomerCondition::Segment(name) => format!("在客群“{name}”中"),
            CustomerCondition::Answer(one) => {
                format!("属于问题“{}”的答案中 {} 的客户", one.answer, cell_of(one))
            }
            CustomerCondition::Did(one) => did_chinese(one),
            CustomerCondition::First(one) => {
                format!(
                    "首次{}发生在{}",
                    one.first.in_words(Language::Chinese),
                    when_chinese(&one.window)
                )
            }
            CustomerCondition::Last(one) => {
                format!(
                    "最近一次{}发生在{}",
                    one.last.in_words(Language::Chinese),
                    when_chinese(&one.window)
                )
            }
            CustomerCondition::Regularly(one) => {
                let times = if one.times == 1 {
                    String::new()
                } else {
                    format!("各至少 {} 次", one.times)
                };
                format!(
                    "最近 {} 中至少 {} 个发生{}{times}",
                    span_chinese(Span { n: one.of, unit: one.unit }),
                    one.at_least,
                    one.regularly.in_words(Language::Chinese)
                )
            }
            CustomerCondition::Stopped(one) => {
                let since = one
                    .within
                    .map_or("以前".to_owned(), |span| format!("最近{}内", span_chinese(span)));
                let event = one.stopped.in_words(Language::Chinese);
                format!("{since}发生过{event}，但最近{}内没有", span_chinese(one.r#for))
            }
            CustomerCondition::Restarted(one) => format!(
                "中断至少{}后，最近{}内又发生{}",
                span_chinese(one.after),
                span_chinese(one.within),
                one.restarted.in_words(Language::Chinese)
            ),
            CustomerCondition::Sequence(one) => sequence_chinese(one),
            CustomerCondition::Aggregate(one) => {
                let how = match one.aggregate {
                    How::Sum => "之和",
                    How::Mean => "的平均值",
                    How::Min => "的最小值",
                    How::Max => "的最大值",
                };
                format!(
                    "{}{}的 {} {how} {} {}",
                    when_chinese(&one.window),
                    one.of.in_words(Language::Chinese),
                    one.field.name(),
                    one.op.name(),
                    one.value.normalize()
                )
            }
            CustomerCondition::Trait(one) => {
                let at = one.as_of.map_or(String::new(), |date| format!("{date} 结束时"));
                format!("{at}最近已知的 {}", tested(one, Language::Chinese))
            }
        }
    }
}

fn tested(one: &Trait, language: Language) -> String {
    Condition::Test(one.test.clone()).in_words(language)
}

fn did_english(one: &Did) -> String {
    let times = |n: u32| if n == 1 { "once".to_owned() } else { format!("{n} times") };
    let often = match one.times {
        Times::AtLeast(1) => String::new(),
        Times::AtLeast(n) => format!(" at least {}", times(n)),
        Times::Exactly(n) => format!(" exactly {}", times(n)),
        Times::AtMost(n) => format!(" at most {}", times(n)),
    };
    format!("{}{often}{}", one.did.in_words(Language::English), when_english(&one.window))
}

fn did_chinese(one: &Did) -> String {
    let often = match one.times {
        Times::AtLeast(1) => String::new(),
        Times::AtLeast(n) => format!("至少 {n} 次"),
        Times::Exactly(n) => format!("恰好 {n} 次"),
        Times::AtMost(n) => format!("至多 {n} 次"),
    };
    format!("{}发生{}{often}", when_chinese(&one.window), one.did.in_words(Language::Chinese))
}

fn regularly_english(one: &Regularly) -> String {
    let times =
        if one.times == 1 { String::new() } else { format!(" at least {} times each", one.times) };
    format!(
        "did {}{times} in at least {} of the last {}",
        one.regularly.in_words(Language::English),
        one.at_least,
        Span { n: one.of, unit: one.unit }
    )
}

fn sequence_english(one: &Sequence) -> String {
    let mut out = String::from("did ");
    for (position, step) in one.sequence.iter().enumerate() {
        out.push_str(if position == 0 { "" } else { ", then " });
        out.push_str(&step.filter().in_words(Language::English));
        match (step.after, step.within) {
            (None, None) => {}
            (Some(after), None) => out.push_str(&format!(" at least {after} later")),
            (None, Some(within)) => out.push_str(&format!(" within {within}")),
            (Some(after), Some(within)) => out.push_str(&format!(" {after} to {within} later")),
        }
    }
    if one.window.is_ever() { out } else { out + ", all of it" + &when_english(&one.window) }
}

fn sequence_chinese(one: &Sequence) -> String {
    let mut out = if one.window.is_ever() { String::new() } else { when_chinese(&one.window) };
    for (position, step) in one.sequence.iter().enumerate() {
        out.push_str(if position == 0 { "先发生" } else { "，然后" });
        match (step.after, step.within) {
            (None, None) => {}
            (Some(after), None) => out.push_str(&format!("至少{}后", span_chinese(after))),
            (None, Some(within)) => out.push_str(&format!("在{}内", span_chinese(within))),
            (Some(after), Some(within)) => {
                out.push_str(&format!("在{}至{}后", span_chinese(after), span_chinese(within)));
            }
        }
        out.push_str(if position == 0 { "" } else { "发生" });
        out.push_str(&step.filter().in_words(Language::Chinese));
    }
    out
}

/// The window with a space before it; nothing where it leaves nothing out.
fn when_english(window: &Window) -> String {
    match window {
        Window::Ever | Window::Dates(Dates { from: None, to: None }) => String::new(),
        Window::Within(span) if span.n == 1 => format!(" in the last {}", span.unit.name()),
        Window::Within(span) => format!(" in the last {span}"),
        Window::MoreThan(span) => format!(" more than {span} ago"),
        Window::Ago(Ago { from, to }) => format!(" between {from} and {to} ago"),
        Window::Dates(Dates { from: Some(from), to: Some(to) }) => format!(" from {from} to {to}"),
        Window::Dates(Dates { from: Some(from), to: None }) => format!(" since {from}"),
        Window::Dates(Dates { from: None, to: Some(to) }) => format!(" until {to}"),
    }
}

fn when_chinese(window: &Window) -> String {
    match window {
        Window::Ever | Window::Dates(Dates { from: None, to: None }) => "历史上".to_owned(),
        Window::Within(span) => format!("最近{}内", span_chinese(*span)),
        Window::MoreThan(span) => format!("{}以前", span_chinese(*span)),
        Window::Ago(Ago { from, to }) => {
            format!("{}前至{}前", span_chinese(*from), span_chinese(*to))
        }
        Window::Dates(Dates { from: Some(from), to: Some(to) }) => format!("{from} 至 {to}"),
        Window::Dates(Dates { from: Some(from), to: None }) => format!("{from} 以来"),
        Window::Dates(Dates { from: None, to: Some(to) }) => format!("截至 {to}"),
    }
}

fn span_chinese(span: Span) -> String {
    let unit = match span.unit {
        Unit::Hour => "小时",
        Unit::Day => "天",
        Unit::Week => "周",
        Unit::Month => "个月",
        Unit::Quarter => "个季度",
        Unit::Year => "年",
    };
    format!(" {} {unit}", span.n)
}

/// The number of an answer, then what else its question says.
fn cell_of(one: &Answer) -> String {
    let Some(question) = one.question.as_object() else { return one.question.to_string() };
    let rest: Vec<String> = question
        .iter()
        .filter(|(name, _)| *name != "cell")
        .map(|(name, value)| format!("`{name}` {value}"))
        .collect();
    let cell = question.get("cell").map(ToString::to_string).unwrap_or_default();
    match rest.is_empty() {
        true => format!("`cell` {cell}"),
        false => format!("`cell` {cell} ({})", rest.join(", ")),
    }
}
