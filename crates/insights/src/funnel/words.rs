//! The definition under the numbers, in both languages.

use perennial_types::calendar::Micros;
use perennial_types::filter::Language;
use perennial_types::question::{Definition, Population};

use super::plan::Plan;
use super::question::{Entry, Order, Touch};

/// The definition of a question.
pub fn definition(plan: &Plan) -> Definition {
    let question = &plan.question;
    let flags = if plan.is_open_ended() { vec!["open_ended".to_owned()] } else { Vec::new() };
    Definition {
        en: english(plan),
        zh: chinese(plan),
        population: question.population.name().to_owned(),
        denominator: "customers who did the first step in the range".to_owned(),
        denominator_zh: "范围内完成第一步的客户".to_owned(),
        window: format!("{} from the first step, inclusive", question.within.words().0),
        window_zh: format!("自第一步起 {}（含端点）", question.within.words().1),
        zone: question.zone.name().to_owned(),
        from: question.from,
        to: question.to,
        as_of: question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
        mean: None,
        mean_zh: None,
        interval: Some("wilson".to_owned()),
        interval_zh: Some("Wilson 区间".to_owned()),
        closed: !plan.is_open_ended() && plan.entries.1 != Micros::MAX && question.to.is_some(),
        flags,
    }
}

fn steps(plan: &Plan, language: Language) -> String {
    let steps = plan.question.steps.iter().enumerate().map(|(position, step)| {
        let optional = match (step.optional, language) {
            (false, _) => "",
            (true, Language::English) => " (optional)",
            (true, Language::Chinese) => "（可选）",
        };
        format!("{}. {}{optional}", position + 1, step.filter().in_words(language))
    });
    steps.collect::<Vec<_>>().join(match language {
        Language::English => ", ",
        Language::Chinese => "，",
    })
}

fn english(plan: &Plan) -> String {
    let question = &plan.question;
    let order = match question.order {
        Order::Ordered => "one after the other, whatever comes between",
        Order::Strict if question.reentry => {
            "one after the other with no other event between; repetitions of a step done, the first one included, are passed over"
        }
        Order::Strict => {
            "one after the other with no other event between; repetitions of a step done are passed over, the first step amid an entry ends it"
        }
        Order::Any => "in any order; step k is reached when k of them are done",
    };
    let entry = match question.entry {
        Entry::Best => {
            "Of several entries of a customer the one that comes furthest counts, and of those the first to get there, counted back to the latest earlier steps."
        }
        Entry::First => {
            "Only the first entry of a customer counts, with the first event of every step."
        }
    };
    let mut rules = String::new();
    if !question.once {
        rules.push_str(" One event may stand for several steps.");
    }
    if question.strict_increase {
        rules.push_str(" Every step comes later than the one before, not at the same instant.");
    }
    if question.strict_deduplication {
        rules.push_str(" A later step that comes again ends the search.");
    }
    if let Some(hold) = &plan.hold {
        rules.push_str(&format!(" `{}` is the same at every step.", hold.name()));
    }
    for exclusion in &question.exclude {
        let what = exclusion.filter().in_words(Language::English);
        let (after, before) =
            (exclusion.after.unwrap_or(1), exclusion.before.unwrap_or(plan.n_steps));
        rules.push_str(&format!(
            " {what} after step {after} and before step {before} ends an entry."
        ));
    }
    let population = match question.population {
        Population::Everyone => "all customers",
        Population::Buyers => "customers who had bought by their entry",
        Population::NetBuyers => {
            "customers who had bought by their entry and have not been refunded everything"
        }
    };
    let groups = match (plan.breakdown.is_empty(), plan.touch) {
        (true, _) => String::new(),
        (false, Touch::First) => " Groups are those of the first step.".to_owned(),
        (false, Touch::Last) => " Groups are those of the last step reached.".to_owned(),
        (false, Touch::Each) => {
            " Every step stands in the group of its own event, so a customer may stand in several."
                .to_owned()
        }
    };
    let tests = if plan.breakdown.is_empty() || plan.touch == Touch::Each {
        String::new()
    } else {
        format!(
            " Groups are compared among entries whose window is over; p-values are corrected by {}.",
            question.correction.name()
        )
    };
    format!(
        "Customers by how far they come: {}; {order}; all within {} of the first step, its end included. {entry}{rules} Rows that share an order id are one event at their earliest instant; events of one instant stand in the order in which they were accepted. A customer dropped at a step did not take the next required one and cannot any more; an open one still can at {}. Population: {population}.{groups}{tests} Zone {}.",
        steps(plan, Language::English),
        question.within.words().0,
        question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
        question.zone.name(),
    )
}

fn chinese(plan: &Plan) -> String {
    let question = &plan.question;
    let order = match question.order {
        Order::Ordered => "依次发生，中间可有其他事件",
        Order::Strict if question.reentry => {
            "依次发生，中间不得有其他事件；已完成步骤（含第一步）的重复不计"
        }
        Order::Strict => {
            "依次发生，中间不得有其他事件；已完成步骤的重复不计，途中再现第一步则该次进入结束"
        }
        Order::Any => "不分先后；完成 k 步即到达第 k 步",
    };
    let entry = match question.entry {
        Entry::Best => "同一客户多次进入时取走得最远的一次，并取最先到达者，向前取最近的各步。",
        Entry::First => "只计客户的第一次进入，各步取最早的事件。",
    };
    let mut rules = String::new();
    if !question.once {
        rules.push_str("同一事件可充当多个步骤。");
    }
    if question.strict_increase {
        rules.push_str("每一步须晚于前一步，不得同时。");
    }
    if question.strict_deduplication {
        rules.push_str("后续步骤重复出现则搜索结束。");
    }
    if let Some(hold) = &plan.hold {
        rules.push_str(&format!("各步的 {} 必须相同。", hold.name()));
    }
    for exclusion in &question.exclude {
        let what = exclusion.filter().in_words(Language::Chinese);
        let (after, before) =
            (exclusion.after.unwrap_or(1), exclusion.before.unwrap_or(plan.n_steps));
        rules.push_str(&format!("第 {after} 步之后、第 {before} 步之前出现{what}则该次进入结束。"));
    }
    let population = match question.population {
        Population::Everyone => "全部客户",
        Population::Buyers => "进入时已购买的客户",
        Population::NetBuyers => "进入时已购买且未全额退款的客户",
    };
    let groups = match (plan.breakdown.is_empty(), plan.touch) {
        (true, _) => "",
        (false, Touch::First) => "分组取第一步的值。",
        (false, Touch::Last) => "分组取到达的最后一步的值。",
        (false, Touch::Each) => "每一步按其自身事件的值分组，客户可出现在多个组。",
    };
    let tests = if plan.breakdown.is_empty() || plan.touch == Touch::Each {
        String::new()
    } else {
        format!("组间比较只用窗口已结束的进入，p 值经 {} 校正。", question.correction.name())
    };
    format!(
        "按客户走到的步骤统计：{}；{order}；全部须在第一步之后 {}内（含端点）。{entry}{rules}同一订单号的多行按最早时刻算一次事件；同一时刻的事件按接收顺序排列。流失：未到下一必需步骤且已不可能；未结束：在 {} 时仍有可能。人群：{population}。{groups}{tests}时区 {}。",
        steps(plan, Language::Chinese),
        question.within.words().1,
        question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
        question.zone.name(),
    )
}
