//! The definition under the rates, and why their two forms differ, in both languages.

use perennial_types::question::{Definition, Population, Text};

use super::answer::ActiveAnswer;
use super::plan::{DAY, Plan, Rule, Window};
use crate::present::percent;

/// Why the classic form is higher than the set form, in English and in Chinese.
pub fn difference(won_back: u64, s: u64) -> (String, String) {
    let points = percent(won_back as f64 / s as f64).replace(" %", "");
    let (counted, s) = (thousands(won_back), thousands(s));
    let (customers, they) =
        if won_back == 1 { ("customer", "stands") } else { ("customers", "stand") };
    let english = format!(
        "the classic form is {points} points higher: {counted} {customers} won back {they} in E though neither in S nor in N, and {counted} ÷ {s} of S is the difference"
    );
    let chinese = format!(
        "传统口径高出 {points} 个百分点：{counted} 位召回的客户计入期末 E，却既不在期初 S 也不在新客 N 之中，差额即 {counted} ÷ {s}"
    );
    (english, chinese)
}

/// When a customer is active, and where that comes from.
pub fn active(plan: &Plan) -> ActiveAnswer {
    let trailing_days = plan.window().map(|window| window as f64 / DAY);
    let chosen = match (&plan.rule, &plan.question.active.subscription) {
        (Rule::Trailing(Window::Measured(_, n_gaps)), _) => {
            format!("p90 of {} gaps between purchases", thousands(*n_gaps as u64))
        }
        (Rule::Trailing(Window::Given(_)), _) => "as asked".to_owned(),
        (Rule::Trailing(Window::Unknown), _) => {
            "nothing to measure: there are no events".to_owned()
        }
        (Rule::Subscription { .. }, subscription) => {
            subscription.as_ref().map_or_else(String::new, |one| {
                format!("subscription from `{}` to `{}`", one.start, one.end)
            })
        }
    };
    ActiveAnswer { trailing_days, chosen }
}

/// The definition of a question.
pub fn definition(plan: &Plan) -> Definition {
    let question = &plan.question;
    let follows_data = matches!(plan.rule, Rule::Trailing(Window::Measured(..) | Window::Unknown));
    let mut flags = Vec::new();
    if plan.is_open_ended() {
        flags.push("open_ended".to_owned());
    }
    if follows_data {
        flags.push("window_follows_data".to_owned());
    }
    let window = window(plan);
    Definition {
        en: english(plan),
        zh: chinese(plan),
        population: question.population.name().to_owned(),
        denominator: "customers active at the start of the period".to_owned(),
        denominator_zh: "期初活跃的客户".to_owned(),
        window: window.en,
        window_zh: window.zh,
        zone: question.zone.name().to_owned(),
        from: question.from,
        to: question.to,
        as_of: question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
        mean: None,
        mean_zh: None,
        interval: Some("wilson".to_owned()),
        interval_zh: Some("Wilson 区间".to_owned()),
        closed: !plan.is_open_ended() && !follows_data,
        flags,
    }
}

pub(crate) fn days(micros: i64) -> String {
    let days = format!("{:.1}", micros as f64 / DAY);
    days.strip_suffix(".0").map_or(days.clone(), str::to_owned)
}

/// A count with its thousands apart.
pub(crate) fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn window(plan: &Plan) -> Text {
    match (plan.window(), &plan.question.active.subscription) {
        (Some(window), _) => Text::new(
            format!("trailing {} days", days(window)),
            format!("此前 {} 天", days(window)),
        ),
        (None, Some(one)) => {
            Text::new(active(plan).chosen, format!("订阅：自“{}”起，至“{}”止", one.start, one.end))
        }
        (None, None) => Text::new(active(plan).chosen, "没有事件，无从测量"),
    }
}

fn english(plan: &Plan) -> String {
    let question = &plan.question;
    let (occurrence, population) = match question.population {
        Population::Everyone => ("event", "all customers"),
        Population::Buyers => ("purchase", "customers with a purchase"),
        Population::NetBuyers => {
            ("purchase", "customers who bought and have not been refunded everything")
        }
    };
    let chosen = active(plan).chosen;
    let (active, first) = match (&plan.question.active.subscription, plan.window()) {
        (Some(one), _) => {
            let active = format!(
                "the latest of `{}` and `{}` before it is `{}`",
                one.start, one.end, one.start
            );
            let buyer = if plan.needs_orders() { " as a buyer" } else { "" };
            (active, format!("`{}`{buyer}", one.start))
        }
        (None, Some(window)) => {
            let active = format!(
                "at least one {occurrence} in the {} days before it ({chosen})",
                days(window)
            );
            (active, occurrence.to_owned())
        }
        (None, None) => (
            format!("at least one {occurrence} in the window before it ({chosen})"),
            occurrence.to_owned(),
        ),
    };
    let split = if plan.splits_new() {
        " `new` are those acquired in the period before, `old` those acquired earlier; whoever is acquired in the period itself is in neither group."
    } else {
        ""
    };
    format!(
        "Per {}: S is the customers active when it begins, E those active when it ends, N those of E acquired in it (first {first} of all history); a customer acquired in it and gone before its end is in neither. Kept are in S and in E; won back are in E, not in S, and acquired earlier. Classic = (E − N) ÷ S, set = kept ÷ S, churn = 1 − set; they differ by won back ÷ S. Active at an instant: {active}.{split} Population: {population}. Rates of single periods do not multiply to the overall one, which has its own S. Zone {}. A period is complete when it has ended by {}.",
        question.period.name(),
        question.zone.name(),
        question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
    )
}

fn chinese(plan: &Plan) -> String {
    let question = &plan.question;
    let (occurrence, population) = match question.population {
        Population::Everyone => ("事件", "全部客户"),
        Population::Buyers => ("购买", "有过购买的客户"),
        Population::NetBuyers => ("购买", "购买后未全额退款的客户"),
    };
    let unit = question.period.name_zh();
    let (active, first) = match (&plan.question.active.subscription, &plan.rule) {
        (Some(one), _) => {
            let active = format!("此前“{}”与“{}”中最近一次为“{}”", one.start, one.end, one.start);
            let buyer = if plan.needs_orders() { "且已购买" } else { "" };
            (active, format!("“{}”{buyer}", one.start))
        }
        (None, Rule::Trailing(window)) => {
            let chosen = match window {
                Window::Measured(_, n_gaps) => {
                    format!("{} 个购买间隔的第 90 百分位数", thousands(*n_gaps as u64))
                }
                Window::Given(_) => "由提问指定".to_owned(),
                Window::Unknown => "没有事件，无从测量".to_owned(),
            };
            let length = window
                .micros()
                .map_or_else(|| "窗口".to_owned(), |micros| format!("{} 天", days(micros)));
            (format!("此前{length}内至少有一次{occurrence}（{chosen}）"), occurrence.to_owned())
        }
        (None, Rule::Subscription { .. }) => (String::new(), String::new()),
    };
    let split = if plan.splits_new() {
        "“new”为上一周期获得的客户，“old”为更早获得的客户；本周期获得的客户不在两组之内。"
    } else {
        ""
    };
    format!(
        "按{unit}统计：S 是期初活跃的客户，E 是期末活跃的客户，N 是 E 中在本周期内获得的客户（历史上首次{first}落在本周期）；本周期内获得、期末前已流失的客户不计入任何一项。留存：同时在 S 与 E 中；召回：在 E 中、不在 S 中、且更早获得。传统口径 =（E − N）÷ S，集合口径 = 留存 ÷ S，流失率 = 1 − 集合口径；两者之差为召回 ÷ S。某一时刻活跃：{active}。{split}人群：{population}。各周期的比率不能相乘得到总比率，总比率有自己的 S。时区 {}。周期在 {} 前结束才算完整。",
        question.zone.name(),
        question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
    )
}
