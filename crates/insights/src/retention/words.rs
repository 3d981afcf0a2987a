//! The definition under the triangle, in both languages.

use perennial_types::calendar::Unit;
use perennial_types::filter::Language;
use perennial_types::question::{Definition, Population, Text};

use super::answer::IntervalKind;
use super::plan::Plan;
use super::question::{Count, CountKind, Enter, Incomplete, Own, Period, Share, Window};

impl Plan {
    /// What a row is called in questions: its first civil date, or its first hour.
    pub fn row_name(&self, row: usize) -> String {
        match self.question.rows {
            Some(Unit::Hour) => self.row_label(row),
            _ => self.rows.date(row).map(|date| date.to_string()).unwrap_or_default(),
        }
    }

    /// What a row is called in a table.
    pub fn row_label(&self, row: usize) -> String {
        let unit = self.question.rows.unwrap_or(Unit::Month);
        let start = self.rows.start(row).unwrap_or_default();
        match (unit, self.rows.date(row)) {
            (Unit::Hour, _) | (_, None) => self.calendar.label(unit, start),
            (_, Some(date)) => self.calendar.label_of_date(unit, date),
        }
    }
}

/// The definition of a question.
pub fn definition(plan: &Plan) -> Definition {
    let question = &plan.question;
    let mut flags = Vec::new();
    if plan.is_open_ended() {
        flags.push("open_ended".to_owned());
    }
    if plan.needs_cycle() {
        flags.push("own_cycle_falls_back_to_the_usual_one".to_owned());
    }
    let (denominator, window, mean) =
        (denominator(plan), window(plan), question.mean.kind.formula());
    let interval = IntervalKind::of(plan).map(IntervalKind::name);
    Definition {
        en: english(plan, &window.en, &denominator.en),
        zh: chinese(plan, &window.zh, &denominator.zh),
        population: question.population.name().to_owned(),
        denominator: denominator.en,
        denominator_zh: denominator.zh,
        window: window.en,
        window_zh: window.zh,
        zone: question.zone.name().to_owned(),
        from: question.from,
        to: question.to,
        as_of: question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
        mean: Some(mean.en),
        mean_zh: Some(mean.zh),
        interval: interval.as_ref().map(|text| text.en.clone()),
        interval_zh: interval.map(|text| text.zh),
        closed: !plan.is_open_ended(),
        flags,
    }
}

fn denominator(plan: &Plan) -> Text {
    match (plan.question.share, plan.question.incomplete) {
        (Share::Absolute, _) => Text::new("none: counts only", "无：只计客户数"),
        (Share::Previous, _) => Text::new("customers of the cell before", "前一格的客户"),
        (Share::Cohort, Incomplete::Eligible) => {
            Text::new("members of the row whose own window is over", "该行中自身窗口已结束的成员")
        }
        (Share::Cohort, _) => Text::new("customers of the row", "该行的客户"),
    }
}

fn window(plan: &Plan) -> Text {
    let length = match &plan.question.period {
        Period::Unit(unit) => Text::new(unit.name(), unit.name_zh()),
        Period::Own(Own::PurchaseCycle) => {
            let (en, zh) = match plan.usual_cycle {
                0 => ("not known".to_owned(), "尚不可知".to_owned()),
                cycle => (format!("{} days", days(cycle)), format!("{} 天", days(cycle))),
            };
            return Text::new(
                format!("rolling, the customer's purchase cycle; the usual one is {en}"),
                format!("滚动，按客户自身的购买周期；通常的周期为 {zh}"),
            );
        }
        Period::Brackets { brackets, unit } => {
            let sizes: Vec<String> = brackets.iter().map(u32::to_string).collect();
            Text::new(
                format!("brackets of {} {}s", sizes.join(", "), unit.name()),
                format!("区间（{} {}）", sizes.join("、"), unit.name_zh()),
            )
        }
    };
    match plan.question.window {
        Window::Calendar => {
            Text::new(format!("calendar {}", length.en), format!("自然{}", length.zh))
        }
        Window::Rolling => Text::new(
            format!("rolling {}, elapsed time from the start", length.en),
            format!("滚动{}（自起点起的经过时间）", length.zh),
        ),
    }
}

fn days(micros: i64) -> String {
    format!("{:.1}", micros as f64 / 86_400_000_000.0)
}

fn english(plan: &Plan, window: &str, denominator: &str) -> String {
    let question = &plan.question;
    let start = question.start.in_words(Language::English);
    let return_ = question.return_.in_words(Language::English);
    let enter = match question.enter {
        Enter::EveryPeriod => format!(
            "Each row holds the customers with {start} in its period, from the first one on"
        ),
        Enter::FirstInRange => format!(
            "Each row holds the customers whose first {start} within the rows falls in its period"
        ),
        Enter::FirstMatching => {
            format!("Each row holds the customers whose first ever {start} falls in its period")
        }
        Enter::FirstEver => format!(
            "Each row holds the customers whose very first event of that name satisfies {start} and falls in its period"
        ),
    };
    let counts = match question.count {
        Count::Named(CountKind::On) => format!("who had {return_} in window k after it"),
        Count::Named(CountKind::OnOrAfter) => {
            format!("who had {return_} in window k or any later one")
        }
        Count::Named(CountKind::OnOrBefore) => {
            format!("who had {return_} in window k or any earlier one")
        }
        Count::Named(CountKind::Streak) => format!("who had {return_} in every window from 1 to k"),
        Count::AtLeast { at_least, of } => {
            format!("who had {return_} in at least {at_least} of the {of} windows ending with k")
        }
    };
    let population = match question.population {
        Population::Everyone => "all customers",
        Population::Buyers => "customers with a purchase at or before their start",
        Population::NetBuyers => "customers who bought and have not been refunded everything",
    };
    let min = minimum_words(plan).en;
    format!(
        "{enter}; column k counts those {counts}{min}. Windows: {window}. Population: {population}. Column 0 is the row's size; share is of {denominator}. Zone {}. A cell is complete when its last member's window has ended by {}.",
        question.zone.name(),
        question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
    )
}

/// What a window needs to count, in brackets; nothing where any return is enough.
fn minimum_words(plan: &Plan) -> Text {
    let min = &plan.question.min;
    let mut parts = Vec::new();
    if min.occurrences > 1 {
        let n = min.occurrences;
        parts.push(Text::new(format!("at least {n} times"), format!("至少 {n} 次")));
    }
    if let Some(amount) = min.amount {
        parts.push(Text::new(format!("worth at least {amount}"), format!("金额至少 {amount}")));
    }
    if min.days > 1 {
        let n = min.days;
        parts.push(Text::new(format!("on at least {n} days"), format!("至少在 {n} 个不同的日子")));
    }
    if parts.is_empty() {
        return Text::default();
    }
    let (en, zh): (Vec<String>, Vec<String>) =
        parts.into_iter().map(|part| (part.en, part.zh)).unzip();
    Text::new(format!(" ({})", en.join(", ")), format!("（{}）", zh.join("、")))
}

fn chinese(plan: &Plan, window: &str, denominator: &str) -> String {
    let question = &plan.question;
    let start = question.start.in_words(Language::Chinese);
    let return_ = question.return_.in_words(Language::Chinese);
    let enter = match question.enter {
        Enter::EveryPeriod => {
            format!("每一行是在该周期内发生过{start}的客户，自周期内首次发生起算")
        }
        Enter::FirstInRange => format!("每一行是在所选范围内首次发生{start}落在该周期的客户"),
        Enter::FirstMatching => format!("每一行是历史上首次发生{start}落在该周期的客户"),
        Enter::FirstEver => {
            format!("每一行是历史上首次发生同名事件且满足{start}、并落在该周期的客户")
        }
    };
    let counts = match question.count {
        Count::Named(CountKind::On) => format!("在第 k 个窗口内发生{return_}"),
        Count::Named(CountKind::OnOrAfter) => format!("在第 k 个窗口或之后发生{return_}"),
        Count::Named(CountKind::OnOrBefore) => format!("在第 k 个窗口或之前发生{return_}"),
        Count::Named(CountKind::Streak) => format!("从第 1 到第 k 个窗口每个都发生{return_}"),
        Count::AtLeast { at_least, of } => {
            format!("在截至第 k 个的 {of} 个窗口中至少 {at_least} 个发生{return_}")
        }
    };
    let population = match question.population {
        Population::Everyone => "全部客户",
        Population::Buyers => "起点时已有购买的客户",
        Population::NetBuyers => "购买后未全额退款的客户",
    };
    let min = minimum_words(plan).zh;
    let share = match question.share {
        Share::Absolute => "不计算占比".to_owned(),
        Share::Cohort | Share::Previous => format!("占比的分母是{denominator}"),
    };
    format!(
        "{enter}；第 k 列统计其中{counts}{min}的客户。窗口：{window}。人群：{population}。第 0 列是该行的客户数；{share}。时区 {}。当最后一位成员的窗口在 {} 前结束时，该格才算完整。",
        question.zone.name(),
        question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
    )
}
