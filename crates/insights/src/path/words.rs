//! The definition under the paths, in both languages.

use perennial_types::filter::{EventFilter, Language};
use perennial_types::question::{Definition, Population, Text};

use super::plan::{Direction, Plan};
use super::question::{Collapse, Count, Enter};
use crate::funnel::Length;

/// The definition of a question.
pub fn definition(plan: &Plan) -> Definition {
    let question = &plan.question;
    let window = match &question.within {
        Some(within) => Text::new(
            format!("{} from the anchor, its end excluded", within.words().0),
            format!("自锚点起 {}（不含端点）", within.words().1),
        ),
        None => Text::new("the session", "会话"),
    };
    Definition {
        en: english(plan),
        zh: chinese(plan),
        population: question.population.name().to_owned(),
        denominator: "paths that come through the node an edge leaves; all paths for sequences"
            .to_owned(),
        denominator_zh: "经过边的起始节点的路径；序列以全部路径为分母".to_owned(),
        window: window.en,
        window_zh: window.zh,
        zone: question.zone.name().to_owned(),
        from: question.from,
        to: question.to,
        as_of: question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
        mean: None,
        mean_zh: None,
        interval: None,
        interval_zh: None,
        closed: question.to.is_some() && !plan.is_open_ended(),
        flags: if plan.is_open_ended() { vec!["open_ended".to_owned()] } else { Vec::new() },
    }
}

fn words(filter: Option<&EventFilter>, language: Language) -> String {
    filter.map_or_else(String::new, |filter| filter.in_words(language))
}

fn english(plan: &Plan) -> String {
    let question = &plan.question;
    let language = Language::English;
    let (start, end) =
        (words(question.start.as_ref(), language), words(question.end.as_ref(), language));
    let what = match plan.direction {
        Direction::Session => "Paths from the beginning of a session".to_owned(),
        Direction::Forward => format!("Paths from {start} on"),
        Direction::Backward => format!("Paths back from {end}"),
        Direction::Between => format!("Paths from {start} to the next {end}"),
    };
    let count = match (question.count, question.enter) {
        (Count::Customers, Enter::FirstInRange) => "the first of every customer in the range",
        (Count::Customers, Enter::FirstEver) => {
            "the first ever of every customer, where it begins in the range"
        }
        (Count::Sessions, _) => "the first of every session",
        (Count::Paths, _) => "one from every such event, so they may overlap",
    };
    let session = question
        .session
        .as_ref()
        .map_or_else(|| "sessions are not looked at".to_owned(), |rule| rule.in_words(language));
    let reach = match &question.within {
        Some(within) => format!("; a path reaches less than {} from its anchor", within.words().0),
        None => String::new(),
    };
    let node = match question.node.by.as_str() {
        "event" => "A node is an event name".to_owned(),
        "stage" => {
            "A node is the stage of the journey the event belongs to; events of none take no part"
                .to_owned()
        }
        field => format!("A node is the value of `{field}`; events without one take no part"),
    };
    let clean = if question.node.clean.is_empty() {
        ""
    } else {
        ", cleaned by the replacements of the question"
    };
    let collapse = match question.collapse {
        Collapse::Repeats => "the same node several times in a row is one, at its first instant",
        Collapse::None => "every event is a node of its own",
    };
    let compare = question.compare.as_ref().map_or_else(String::new, |compare| {
        format!(
            " Customers stayed who had {} from {} until {} after the anchor, its end excluded; whose horizon is not over is in neither group; p-values are corrected by {}.",
            compare.return_.in_words(language),
            compare.after.map_or_else(|| "just".to_owned(), |after| after.words().0),
            compare.within.words().0,
            question.correction.name(),
        )
    });
    let population = match question.population {
        Population::Everyone => "all customers",
        Population::Buyers => "customers who had bought by the anchor",
        Population::NetBuyers => {
            "customers who had bought by the anchor and have not been refunded everything"
        }
    };
    format!(
        "{what}, at most {} nodes; {count}. Of the events {} take part; {session}{reach}. {node}{clean}; {collapse}. Rows that share an order id are one event, with the node of the first. A path is dropped where nothing follows and its session or window is over, open where something still can follow at {}, cut where it goes on beyond the last step. `Other` is every node beyond the {} most frequent. Count = gone on + dropped + open + cut + arrived at every node. Times are in whole seconds. Population: {population}.{compare} Zone {}.",
        question.steps,
        question.events.in_words(language),
        question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
        question.top,
        question.zone.name(),
    )
}

fn chinese(plan: &Plan) -> String {
    let question = &plan.question;
    let language = Language::Chinese;
    let (start, end) =
        (words(question.start.as_ref(), language), words(question.end.as_ref(), language));
    let what = match plan.direction {
        Direction::Session => "自会话开始的路径".to_owned(),
        Direction::Forward => format!("自{start}起的路径"),
        Direction::Backward => format!("自{end}回溯的路径"),
        Direction::Between => format!("自{start}到下一次{end}的路径"),
    };
    let count = match (question.count, question.enter) {
        (Count::Customers, Enter::FirstInRange) => "每位客户取范围内的第一条",
        (Count::Customers, Enter::FirstEver) => "每位客户取有史以来的第一条，且须始于范围内",
        (Count::Sessions, _) => "每次会话取第一条",
        (Count::Paths, _) => "每个这样的事件各一条，可重叠",
    };
    let session = question
        .session
        .as_ref()
        .map_or_else(|| "不分会话".to_owned(), |rule| rule.in_words(language));
    let reach = question.within.map_or_else(String::new, |within: Length| {
        format!("；路径止于锚点后 {}（不含端点）", within.words().1)
    });
    let node = match question.node.by.as_str() {
        "event" => "节点为事件名".to_owned(),
        "stage" => "节点为事件所属的旅程阶段，不属于任何阶段的事件不参与".to_owned(),
        field => format!("节点为“{field}”的值，无值的事件不参与"),
    };
    let clean =
        if question.node.clean.is_empty() { "" } else { "（按提问中的替换规则清洗）" };
    let collapse = match question.collapse {
        Collapse::Repeats => "连续相同的节点合为一个，取最早时刻",
        Collapse::None => "每个事件各为一个节点",
    };
    let compare = question.compare.as_ref().map_or_else(String::new, |compare| {
        format!(
            "留下的客户：锚点后 {} 起至 {} 前有{}；期限未到者不计入两组；p 值经 {} 校正。",
            compare.after.map_or_else(|| "即刻".to_owned(), |after| after.words().1),
            compare.within.words().1,
            compare.return_.in_words(language),
            question.correction.name(),
        )
    });
    let population = match question.population {
        Population::Everyone => "全部客户",
        Population::Buyers => "锚点时已购买的客户",
        Population::NetBuyers => "锚点时已购买且未全额退款的客户",
    };
    format!(
        "{what}，最多 {} 个节点；{count}。参与的事件：{}；{session}{reach}。{node}{clean}；{collapse}。同一订单号的多行算一次事件，节点取首行。流失：其后无事件且会话或窗口已结束；未结束：在 {} 时仍可能继续；截断：超出所示步数。“其他”为前 {} 个常见节点以外的全部。每个节点：数量 = 继续 + 流失 + 未结束 + 截断 + 到达。时间以整秒计。人群：{population}。{compare}时区 {}。",
        question.steps,
        question.events.in_words(language),
        question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
        question.top,
        question.zone.name(),
    )
}
