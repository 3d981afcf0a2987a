//! The definition under the triangle, in both languages.

use perennial_types::calendar::Unit;
use perennial_types::filter::Language;
use perennial_types::question::{Definition, Population};

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
    Definition {
        en: english(plan),
        zh: chinese(plan),
        population: question.population.name().to_owned(),
        denominator: denominator(plan).to_owned(),
        window: window(plan),
        zone: question.zone.name().to_owned(),
        from: question.from,
        to: question.to,
        as_of: question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
        mean: Some(question.mean.kind.formula().to_owned()),
        interval: IntervalKind::of(plan).map(|kind| kind.name().to_owned()),
        closed: !plan.is_open_ended(),
        flags,
    }
}

fn denominator(plan: &Plan) -> &'static str {
    match (plan.question.share, plan.question.incomplete) {
        (Share::Absolute, _) => "none: counts only",
        (Share::Previous, _) => "customers of the cell before",
        (Share::Cohort, Incomplete::Eligible) => "members of the row whose own window is over",
        (Share::Cohort, _) => "customers of the row",
    }
}

fn window(plan: &Plan) -> String {
    let length = match &plan.question.period {
        Period::Unit(unit) => unit.name().to_owned(),
        Period::Own(Own::PurchaseCycle) => {
            return format!("rolling, the customer's purchase cycle; the usual one is {}", days(plan.usual_cycle));
        }
        Period::Brackets { brackets, unit } => {
            let sizes: Vec<String> = brackets.iter().map(u32::to_string).collect();
            format!("brackets of {} {}s", sizes.join(", "), unit.name())
        }
    };
    match plan.question.window {
        Window::Calendar => format!("calendar {length}"),
        Window::Rolling => format!("rolling {length}, elapsed time from the start"),
    }
}

fn days(micros: i64) -> String {
    match micros {
        0 => "not known".to_owned(),
        _ => format!("{:.1} days", micros as f64 / 86_400_000_000.0),
    }
}

fn english(plan: &Plan) -> String {
    let question = &plan.question;
    let start = question.start.in_words(Language::English);
    let return_ = question.return_.in_words(Language::English);
    let enter = match question.enter {
        Enter::EveryPeriod => format!("Each row holds the customers with {start} in its period, from the first one on"),
        Enter::FirstInRange => format!("Each row holds the customers whose first {start} within the rows falls in its period"),
        Enter::FirstMatching => format!("Each row holds the customers whose first ever {start} falls in its period"),
        Enter::FirstEver => format!("Each row holds the customers whose very first event of that name satisfies {start} and falls in its period"),
    };
    let counts = match question.count {
        Count::Named(CountKind::On) => format!("who had {return_} in window k after it"),
        Count::Named(CountKind::OnOrAfter) => format!("who had {return_} in window k or any later one"),
        Count::Named(CountKind::OnOrBefore) => format!("who had {return_} in window k or any earlier one"),
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
    let min = minimum_words(plan);
    format!(
        "{enter}; column k counts those {counts}{min}. Windows: {}. Population: {population}. Column 0 is the row's size; share is of {}. Zone {}. A cell is complete when its last member's window has ended by {}.",
        window(plan),
        denominator(plan),
        question.zone.name(),
        question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
    )
}

fn minimum_words(plan: &Plan) -> String {
    let min = &plan.question.min;
    let mut parts = Vec::new();
    if min.occurrences > 1 {
        parts.push(format!("at least {} times", min.occurrences));
    }
    if let Some(amount) = min.amount {
        parts.push(format!("worth at least {amount}"));
    }
    if min.days > 1 {
        parts.push(format!("on at least {} days", min.days));
    }
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
}

fn chinese(plan: &Plan) -> String {
    let question = &plan.question;
    let start = question.start.in_words(Language::Chinese);
    let return_ = question.return_.in_words(Language::Chinese);
    let enter = match question.enter {
        Enter::EveryPeriod => format!("每一行是在该周期内发生过{start}的客户，自周期内首次发生起算"),
        Enter::FirstInRange => format!("每一行是在所选范围内首次发生{start}落在该周期的客户"),
        Enter::FirstMatching => format!("每一行是历史上首次发生{start}落在该周期的客户"),
        Enter::FirstEver => format!("每一行是历史上首次发生同名事件且满足{start}、并落在该周期的客户"),
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
    let unit = |unit: &Unit| match unit {
        Unit::Hour => "小时",
        Unit::Day => "日",
        Unit::Week => "周",
        Unit::Month => "月",
        Unit::Quarter => "季度",
        Unit::Year => "年",
    };
    let length = match &question.period {
        Period::Unit(one) => unit(one).to_owned(),
        Period::Own(Own::PurchaseCycle) => "客户自身购买周期".to_owned(),
        Period::Brackets { brackets, unit: one } => format!("自定义区间 {brackets:?} {}", unit(one)),
    };
    let window = match (question.window, plan.needs_cycle()) {
        (Window::Calendar, false) => format!("自然{length}"),
        _ => format!("滚动{length}（自起点起的经过时间）"),
    };
    let share = match (question.share, question.incomplete) {
        (Share::Absolute, _) => "不计算占比",
        (Share::Previous, _) => "占比的分母是前一格的客户",
        (Share::Cohort, Incomplete::Eligible) => "占比的分母是窗口已结束的成员",
        (Share::Cohort, _) => "占比的分母是该行客户",
    };
    format!(
        "{enter}；第 k 列统计其中{counts}的客户。窗口：{window}。人群：{population}。第 0 列是该行的客户数；{share}。时区 {}。当最后一位成员的窗口在 {} 前结束时，该格才算完整。",
        question.zone.name(),
        question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
    )
}
