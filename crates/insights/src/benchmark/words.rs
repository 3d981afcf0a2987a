//! What the rates are called, the definition under them, and what to mind when comparing, in both
//! languages.

use perennial_types::question::{Definition, Population, Text, Warning};

use super::answer::MeasureAnswer;
use super::compare::{Comparison, Difference};
use super::plan::Plan;
use crate::benchmarks::Measure;

/// What a rate is called.
pub fn measure(measure: Measure) -> Text {
    match measure {
        Measure::RetentionRate => Text::new("customer retention rate", "客户留存率"),
        Measure::ChurnRate => Text::new("churn rate", "客户流失率"),
        Measure::NextPeriodRetention => Text::new("next-period retention", "次期留存率"),
        Measure::NewCustomerRetention => {
            Text::new("next-period retention of new customers", "新客次期留存率")
        }
        Measure::RepeatPurchaseRate => Text::new("repeat purchase rate", "复购率"),
    }
}

/// The definition of a question.
pub fn definition(plan: &Plan) -> Definition {
    let question = &plan.question;
    let unit = question.period;
    let is_open_ended = question.population == Population::NetBuyers;
    Definition {
        en: english(plan),
        zh: chinese(plan),
        population: question.population.name().to_owned(),
        denominator: "`of` of each rate: active at the start; customers of the period before; new customers of the period before; customers who have bought".to_owned(),
        denominator_zh: "各比率的 `of`：期初活跃的客户；上一期的客户；上一期的新客户；购买过的客户".to_owned(),
        window: format!("the latest calendar {} of the range that is over", unit.name()),
        window_zh: format!("所选范围内最近一个已结束的自然{}", unit.name_zh()),
        zone: question.zone.name().to_owned(),
        from: question.from,
        to: question.to,
        as_of: question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
        mean: None,
        mean_zh: None,
        interval: Some("wilson".to_owned()),
        interval_zh: Some("Wilson 区间".to_owned()),
        closed: false,
        flags: is_open_ended.then(|| "open_ended".to_owned()).into_iter().collect(),
    }
}

fn english(plan: &Plan) -> String {
    let question = &plan.question;
    let unit = question.period.name();
    let population = match question.population {
        Population::Everyone => "all customers, by any event",
        Population::Buyers => "customers with a purchase, by their purchases",
        Population::NetBuyers => {
            "customers who bought and have not been refunded everything, by their purchases"
        }
    };
    let active = match (&question.active.subscription, question.active.trailing_days) {
        (Some(one), _) => {
            format!("the latest of `{}` and `{}` is `{}`", one.start, one.end, one.start)
        }
        (None, Some(days)) => format!("something happened in the {days} days before"),
        (None, None) => {
            "something happened in the 90th percentile of the gaps between purchases before"
                .to_owned()
        }
    };
    format!(
        "Of the latest {unit} of the range that is over: customer retention rate = active when it begins and when it ends ÷ active when it begins, churn rate = 1 − that; active at an instant: {active}. Next-period retention = customers of the {unit} before who are there in it ÷ customers of the {unit} before; of new customers, likewise. Repeat purchase rate = customers who have bought more than once ÷ customers who have bought, of those whose first purchase lies in the range; it still grows. Population: {population}. A value is below, within or above a band; clear where its interval is so too. Zone {}. Known until {}.",
        question.zone.name(),
        question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
    )
}

fn chinese(plan: &Plan) -> String {
    let question = &plan.question;
    let unit = question.period.name_zh();
    let population = match question.population {
        Population::Everyone => "全部客户，按任意事件计",
        Population::Buyers => "有过购买的客户，按购买计",
        Population::NetBuyers => "购买后未全额退款的客户，按购买计",
    };
    let active = match (&question.active.subscription, question.active.trailing_days) {
        (Some(one), _) => format!("“{}”与“{}”中最近一次为“{}”", one.start, one.end, one.start),
        (None, Some(days)) => format!("此前 {days} 天内有发生"),
        (None, None) => "此前（购买间隔的第 90 百分位数）内有发生".to_owned(),
    };
    format!(
        "取所选范围内最近一个已结束的{unit}：客户留存率 = 期初期末均活跃 ÷ 期初活跃，流失率 = 1 − 留存率；某一时刻活跃：{active}。次期留存率 = 上一{unit}的客户中本{unit}再次出现者 ÷ 上一{unit}的客户；新客次期留存率同理。复购率 = 购买不止一次的客户 ÷ 购买过的客户，限首次购买落在范围内者，仍会上升。人群：{population}。数值低于、处于或高于参考区间；其置信区间也如此时为明确。时区 {}。截至 {} 已知。",
        question.zone.name(),
        question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
    )
}

/// A warning for every band that is defined otherwise, and one for those that do not say.
pub fn about_definitions(measures: &[MeasureAnswer]) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut silent: Vec<&str> = Vec::new();
    for comparison in measures.iter().flat_map(|measure| &measure.comparisons) {
        let (said, unsaid): (Vec<&Difference>, Vec<&Difference>) =
            comparison.differences.iter().partition(|one| one.theirs.is_some());
        if !said.is_empty() {
            warnings.push(differs(comparison, &said));
        }
        if !unsaid.is_empty() && !silent.contains(&comparison.row.industry.as_str()) {
            silent.push(&comparison.row.industry);
        }
    }
    if !silent.is_empty() {
        let quoted = |open: char, close: char| -> Vec<String> {
            silent.iter().map(|name| format!("{open}{name}{close}")).collect()
        };
        warnings.push(Warning {
            code: "definition_unknown".to_owned(),
            message: format!(
                "the source of the band of {} does not say all of what it counts: `differences` lists it; it is no measure of these figures",
                quoted('`', '`').join(", ")
            ),
            message_zh: format!(
                "{}的参考区间，其来源未完整说明口径（见 `differences`），不能用来衡量这里的数字",
                quoted('“', '”').join("、")
            ),
            nearest: Vec::new(),
        });
    }
    warnings
}

fn differs(comparison: &Comparison, said: &[&Difference]) -> Warning {
    let row = &comparison.row;
    let part = |one: &&Difference| {
        let theirs = one.theirs.as_deref().unwrap_or_default();
        Text::new(
            format!("{} is `{theirs}` there, `{}` here", one.field, one.ours),
            format!("{}：对方为“{theirs}”，此处为“{}”", field_zh(&one.field), one.ours),
        )
    };
    let (en, zh): (Vec<String>, Vec<String>) =
        said.iter().map(part).map(|text| (text.en, text.zh)).unzip();
    Warning {
        code: "definitions_differ".to_owned(),
        message: format!(
            "the band of `{}` ({}) is defined otherwise: {}",
            row.industry,
            row.source,
            en.join(", ")
        ),
        message_zh: format!(
            "“{}”的参考区间（{}）口径不同：{}",
            row.industry,
            row.source,
            zh.join("；")
        ),
        nearest: Vec::new(),
    }
}

fn field_zh(field: &str) -> &'static str {
    match field {
        "period" => "周期",
        "population" => "人群",
        _ => "是否按合同",
    }
}
