//! The definition under the numbers, in both languages.

use perennial_types::filter::Language;
use perennial_types::question::{Definition, Population};

use super::plan::Plan;

/// The definition of a question.
pub fn definition(plan: &Plan) -> Definition {
    let question = &plan.question;
    let flags = plan.rule.is_open_ended().then(|| "open_ended".to_owned());
    Definition {
        en: english(plan),
        zh: chinese(plan),
        population: question.population.name().to_owned(),
        denominator: format!("customers active in at least one {}", question.period.name()),
        denominator_zh: format!("至少在一个{}活跃的客户", question.period.name_zh()),
        window: format!("calendar {}s of the range", question.period.name()),
        window_zh: format!("范围内的各自然{}", question.period.name_zh()),
        zone: question.zone.name().to_owned(),
        from: question.from,
        to: question.to,
        as_of: question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
        mean: Some("sum of days over sum of days".to_owned()),
        mean_zh: Some("各日之和相除".to_owned()),
        interval: None,
        interval_zh: None,
        closed: !plan.rule.is_open_ended(),
        flags: flags.into_iter().collect(),
    }
}

fn english(plan: &Plan) -> String {
    let question = &plan.question;
    let occurrence = match (&question.event, question.population) {
        (Some(filter), _) => filter.in_words(Language::English),
        (None, Population::Everyone) => "any event".to_owned(),
        (None, _) => "a purchase".to_owned(),
    };
    let population = match question.population {
        Population::Everyone => "all customers",
        Population::Buyers => "customers with a purchase, from the first one on",
        Population::NetBuyers => "customers who bought and have not been refunded everything",
    };
    let unit = question.period.name();
    let times = match question.min_occurrences {
        1 => String::new(),
        n => format!(", {n} times or more"),
    };
    format!(
        "A customer is active in a {unit} with {occurrence} in it{times}. Shares are of the customers active in at least one {unit} of the range. DAU, WAU and MAU of a day: customers with {occurrence} on it, in the 7 and in the 30 civil days that end with it; the ratios of the range are sums of days over sums of days, of days that are over by {}. Gaps: {unit}s from one active {unit} to the next, regular when their standard deviation is less than half their mean, loose when less than the mean. Population: {population}. Zone {}.",
        question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
        question.zone.name(),
    )
}

fn chinese(plan: &Plan) -> String {
    let question = &plan.question;
    let occurrence = match (&question.event, question.population) {
        (Some(filter), _) => filter.in_words(Language::Chinese),
        (None, Population::Everyone) => "任意事件".to_owned(),
        (None, _) => "购买".to_owned(),
    };
    let population = match question.population {
        Population::Everyone => "全部客户",
        Population::Buyers => "有过购买的客户，自首次购买起计",
        Population::NetBuyers => "购买后未全额退款的客户",
    };
    let unit = question.period.name_zh();
    let times = match question.min_occurrences {
        1 => String::new(),
        n => format!("至少 {n} 次"),
    };
    format!(
        "一个{unit}内有{occurrence}{times}的客户在该{unit}活跃。占比以范围内至少在一个{unit}活跃的客户为分母。某日的日活、周活、月活：当日、截至当日的 7 个与 30 个自然日内有{occurrence}的客户；整个范围的比值为各日之和相除，只计在 {} 前已结束的日子。间隔：相邻两个活跃{unit}之间相差的{unit}数；标准差小于均值一半为规律，小于均值为较规律，否则为不规律。人群：{population}。时区 {}。",
        question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
        question.zone.name(),
    )
}
