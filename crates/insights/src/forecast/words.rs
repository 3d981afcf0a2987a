//! The definition under the numbers, in both languages.

use perennial_types::filter::Language;
use perennial_types::question::{Definition, Population, Text};

use super::plan::Plan;
use crate::stays::population_in_words;

/// The definition of a question.
pub fn definition(plan: &Plan) -> Definition {
    let question = &plan.question;
    let is_open = plan.rule.is_open_ended();
    let occurrence = match (&question.event, question.population) {
        (Some(filter), _) => {
            Text::new(filter.in_words(Language::English), filter.in_words(Language::Chinese))
        }
        (None, Population::Everyone) => Text::new("any event", "任意事件"),
        (None, _) => Text::new("a purchase", "购买"),
    };
    let whose = population_in_words(question.population);
    let (unit, unit_zh) = (question.period.name(), question.period.name_zh());
    let as_of = question.as_of.map(|ts| ts.to_string()).unwrap_or_default();
    let (ahead, zone) = (question.ahead, question.zone.name());
    Definition {
        en: format!(
            "Active in a {unit} is who had {} in it; new, whose first ever lies in it; kept, who was active in the {unit} before too; the retention rate is kept ÷ active in the {unit} before. The next {ahead} {unit}s are foretold from those that are over: directly, by the plain method that erred least from origins in the past, and by cohorts, each carried on by the share active at its age, newcomers foretold apart; what erred less is proposed. Population: {}. Zone {zone}. Known until {as_of}.",
            occurrence.en, whose.en
        ),
        zh: format!(
            "{unit_zh}内有{}即为活跃；历史首次落在其中为新客户；上一{unit_zh}也活跃为留存；留存率 = 留存 ÷ 上一{unit_zh}活跃。由已结束的周期预测未来 {ahead} 个{unit_zh}：直接法取以过去各起点回测误差最小的简单方法，群组法按各年龄活跃占比外推每个群组并另行预测新客户；推荐误差较小者。人群：{}。时区 {zone}。数据截至 {as_of}。",
            occurrence.zh, whose.zh
        ),
        population: question.population.name().to_owned(),
        denominator: format!("customers active in the {unit} before"),
        denominator_zh: format!("上一{unit_zh}活跃的客户"),
        window: format!("calendar {unit}s"),
        window_zh: format!("自然周期（{unit_zh}）"),
        zone: zone.to_owned(),
        from: None,
        to: None,
        as_of,
        mean: None,
        mean_zh: None,
        interval: Some("quantiles of the errors from origins in the past".to_owned()),
        interval_zh: Some("过去各起点回测误差的分位数".to_owned()),
        closed: !is_open,
        flags: is_open.then(|| "open_ended".to_owned()).into_iter().collect(),
    }
}
