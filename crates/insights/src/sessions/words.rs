//! The definition under the sessions, in both languages.

use perennial_types::filter::Language;
use perennial_types::question::{Definition, Population};

use super::plan::Plan;

/// The definition of a question.
pub fn definition(plan: &Plan) -> Definition {
    let question = &plan.question;
    Definition {
        en: english(plan),
        zh: chinese(plan),
        population: question.population.name().to_owned(),
        denominator: "finished sessions for bounces and exits, all sessions for entries, first sessions whose horizon is over for behaviours".to_owned(),
        denominator_zh: "跳出与退出以已结束的会话为分母，入口以全部会话为分母，行为以期限已到的首次会话为分母".to_owned(),
        window: question.session.in_words(Language::English),
        window_zh: question.session.in_words(Language::Chinese),
        zone: question.zone.name().to_owned(),
        from: question.from,
        to: question.to,
        as_of: question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
        mean: None,
        mean_zh: None,
        interval: Some("wilson".to_owned()),
        interval_zh: Some("Wilson 区间".to_owned()),
        closed: question.to.is_some() && !plan.is_open_ended(),
        flags: if plan.is_open_ended() { vec!["open_ended".to_owned()] } else { Vec::new() },
    }
}

fn english(plan: &Plan) -> String {
    let question = &plan.question;
    let population = match question.population {
        Population::Everyone => "all customers",
        Population::Buyers => "customers who had bought by the session",
        Population::NetBuyers => {
            "customers who had bought by the session and have not been refunded everything"
        }
    };
    format!(
        "Sessions of {}; {}; they count where they begin in the range. A session is open where it may still go on at {}: it is in no length, depth, bounce or exit. Length is from first to last event in whole seconds, depth the number of events, a bounce a session of one event. Rows that share an order id are one event. Coming back: {} after the end of the first session ever, from {} until {} after its beginning, the end excluded; whose horizon is not over is in no behaviour. Lift = share of those who met it ÷ share of all; p-values are those of having met it against not, corrected by {}. That they go together does not say that one makes the other. Population: {population}. Zone {}.",
        question.events.in_words(Language::English),
        question.session.in_words(Language::English),
        question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
        question.retained.return_.in_words(Language::English),
        question.retained.after.words().0,
        question.retained.within.words().0,
        question.correction.name(),
        question.zone.name(),
    )
}

fn chinese(plan: &Plan) -> String {
    let question = &plan.question;
    let population = match question.population {
        Population::Everyone => "全部客户",
        Population::Buyers => "会话开始时已购买的客户",
        Population::NetBuyers => "会话开始时已购买且未全额退款的客户",
    };
    format!(
        "由{}构成的会话；{}；始于范围内的会话才计入。在 {} 时仍可能继续的会话为未结束，不计入时长、深度、跳出与退出。时长为首末事件之间的整秒数，深度为事件数，跳出为只有一个事件的会话。同一订单号的多行算一次事件。回访：首次会话结束之后、其开始后 {} 起至 {} 前（不含端点）有{}；期限未到者不计入行为。提升度 = 有该行为者的回访率 ÷ 全体回访率；p 值为有与无该行为之比较，经 {} 校正。同时出现并不说明因果。人群：{population}。时区 {}。",
        question.events.in_words(Language::Chinese),
        question.session.in_words(Language::Chinese),
        question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
        question.retained.after.words().1,
        question.retained.within.words().1,
        question.retained.return_.in_words(Language::Chinese),
        question.correction.name(),
        question.zone.name(),
    )
}
