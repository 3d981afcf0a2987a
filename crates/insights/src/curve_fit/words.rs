//! The definition under the curves, in both languages.

use perennial_types::question::Definition;

use super::plan::Plan;
use crate::stays::{leaving_in_words, population_in_words, start_in_words};

/// The definition of a question.
pub fn definition(plan: &Plan) -> Definition {
    let question = &plan.question;
    let is_open = plan.stays.rule.is_open_ended();
    let population = question.population();
    let start = start_in_words(question.start.as_ref(), question.event.as_ref(), population);
    let leaving = leaving_in_words(&question.leave, question.event.as_ref(), population);
    let whose = population_in_words(population);
    let (unit, unit_zh) = (question.period.name(), question.period.name_zh());
    let as_of = question.as_of.map(|ts| ts.to_string()).unwrap_or_default();
    let percent = (question.level * 1000.0).round() / 10.0;
    let (zone, draws, seed) = (question.zone.name(), question.draws, question.seed);
    Definition {
        en: format!(
            "A cohort are the customers whose stay begins in the same {unit}, with {}; {}. They are there after t {unit}s when they have not left before the t-th {unit} after it begins; only {unit}s that have begun are looked at. Curves are fitted by maximum likelihood to all cohorts together, and the one is proposed whose error on the last held-out {unit}s, as a share of the customers seen, is least. Population: {}. Zone {zone}. Known until {as_of}.",
            start.en, leaving.en, whose.en
        ),
        zh: format!(
            "群组为停留始于同一{unit_zh}的客户，停留自{}开始；{}。若客户在其后第 t 个{unit_zh}开始前未离开，则 t 个{unit_zh}后仍在；只看已开始的{unit_zh}。各曲线以最大似然拟合全部群组，并推荐在最后留出的周期上误差（占所见客户之比）最小者。人群：{}。时区 {zone}。数据截至 {as_of}。",
            start.zh, leaving.zh, whose.zh
        ),
        population: population.name().to_owned(),
        denominator: "customers who started, of cohorts followed so long".to_owned(),
        denominator_zh: "跟踪至该年龄的群组中开始的客户".to_owned(),
        window: format!("calendar {unit}s since the one of the start"),
        window_zh: format!("自开始所在周期起的自然周期（{unit_zh}）"),
        zone: zone.to_owned(),
        from: question.from,
        to: question.to,
        as_of,
        mean: None,
        mean_zh: None,
        interval: Some(format!(
            "{percent} %, percentiles of {draws} Poisson bootstrap fits, seed {seed}"
        )),
        interval_zh: Some(format!("{percent}%，{draws} 次泊松自助拟合的分位数，种子 {seed}")),
        closed: !is_open,
        flags: is_open.then(|| "open_ended".to_owned()).into_iter().collect(),
    }
}
