//! The definition under the numbers, and what their reader should know, in both languages.

use perennial_types::filter::Language;
use perennial_types::question::{Definition, Population, Warning};

use super::plan::Plan;
use super::question::ChurnRiskQuestion;
use crate::training::{Calibration, Document, DriftAnswer};

/// The definition of a question, answered with a model.
pub fn definition(plan: &Plan, document: &Document<ChurnRiskQuestion>) -> Definition {
    let question = &plan.question;
    let window = plan.sampling.windows().last();
    Definition {
        en: english(plan, document),
        zh: chinese(plan, document),
        population: question.sample.population.name().to_owned(),
        denominator: "customers at risk at the end of the day".to_owned(),
        denominator_zh: "当日结束时有流失风险的客户".to_owned(),
        window: format!(
            "{} civil days after the day, the first {} left out",
            question.sample.horizon_days, question.sample.embargo_days
        ),
        window_zh: format!(
            "当日之后 {} 个自然日，其中前 {} 日不计",
            question.sample.horizon_days, question.sample.embargo_days
        ),
        zone: question.sample.zone.name().to_owned(),
        from: window.and_then(|window| window.date.tomorrow().ok()),
        to: window.map(|window| window.horizon_end),
        as_of: question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
        mean: None,
        mean_zh: None,
        interval: None,
        interval_zh: None,
        // It foretells: nothing of it has happened yet.
        closed: false,
        flags: Vec::new(),
    }
}

fn population(population: Population) -> (&'static str, &'static str) {
    match population {
        Population::Everyone => ("customers", "客户"),
        Population::Buyers => ("buyers", "购买过的客户"),
        Population::NetBuyers => {
            ("buyers who have not had everything refunded", "未全额退款的购买客户")
        }
    }
}

fn english(plan: &Plan, document: &Document<ChurnRiskQuestion>) -> String {
    let sample = &plan.question.sample;
    let said = |filter: &Option<perennial_types::filter::EventFilter>| {
        filter.as_ref().map_or_else(String::new, |filter| filter.in_words(Language::English))
    };
    let (stays, leaves) = (said(&sample.stays), said(&sample.leaves));
    let active = sample.active_within_days.unwrap_or(sample.horizon_days);
    let from = sample.embargo_days + 1;
    let leaving = match sample.leaves.is_some() {
        true => format!(
            "an event that says so ({leaves}) from day {from} to day {}",
            sample.horizon_days
        ),
        false => format!("no such event from day {from} to day {}", sample.horizon_days),
    };
    let calibration = match document.trained.calibration {
        Calibration::Isotonic => {
            "made true by an isotonic curve on a later cut than it learnt from"
        }
        Calibration::Platt => "made true by Platt's curve on a later cut than it learnt from",
        Calibration::Auto | Calibration::None => "as the learner says it, not calibrated",
    };
    format!(
        "At risk: {} with an event that shows they are here ({stays}) in the {active} civil days up to the day. Leaving: {leaving}. The probability is that of `{}`, {calibration}. It learnt from {} rows of cuts {}, whose labels were known; features see nothing after their cut. Every figure of the backtest is of a cut later than all labels its model had seen. Value at risk: money of the 365 days up to the day times the probability. Reasons are the model's, not causes. Zone {}.",
        population(sample.population).0,
        document.report.learner,
        document.trained.n_rows,
        document.trained.cuts.join(", "),
        sample.zone.name(),
    )
}

fn chinese(plan: &Plan, document: &Document<ChurnRiskQuestion>) -> String {
    let sample = &plan.question.sample;
    let said = |filter: &Option<perennial_types::filter::EventFilter>| {
        filter.as_ref().map_or_else(String::new, |filter| filter.in_words(Language::Chinese))
    };
    let (stays, leaves) = (said(&sample.stays), said(&sample.leaves));
    let active = sample.active_within_days.unwrap_or(sample.horizon_days);
    let from = sample.embargo_days + 1;
    let leaving = match sample.leaves.is_some() {
        true => {
            format!("第 {from} 日至第 {} 日发生表示离开的事件（{leaves}）", sample.horizon_days)
        }
        false => format!("第 {from} 日至第 {} 日未发生上述事件", sample.horizon_days),
    };
    let calibration = match document.trained.calibration {
        Calibration::Isotonic => "并在更晚的截止日期上以保序曲线校准",
        Calibration::Platt => "并在更晚的截止日期上以 Platt 曲线校准",
        Calibration::Auto | Calibration::None => "未经校准",
    };
    format!(
        "有风险：截至当日 {active} 个自然日内发生过代表仍在的事件（{stays}）的{}。流失：{leaving}。概率由 `{}` 给出，{calibration}。模型学习了截止日期 {} 的 {} 行数据，其结果当时均已知；特征不含截止日期之后的任何信息。回测的每个数值都来自晚于其模型所见全部结果的截止日期。风险金额：截至当日 365 天的金额乘以概率。原因是模型的依据，并非因果。时区 {}。",
        population(sample.population).1,
        document.report.learner,
        document.trained.cuts.join("、"),
        document.trained.n_rows,
        sample.zone.name(),
    )
}

/// That probabilities are as the learner says them, where that was not asked for.
pub fn not_calibrated(plan: &Plan) -> Option<Warning> {
    (plan.question.calibration != Calibration::None).then(|| Warning {
        code: "not_calibrated".to_owned(),
        message: "probabilities are as the learner says them: no later cut with customers of both fates is known to calibrate on".to_owned(),
        message_zh: "概率未经校准：没有更晚且同时包含流失与留存客户的截止日期可用于校准".to_owned(),
        nearest: Vec::new(),
    })
}

/// That today's customers are not those the model learnt from.
pub fn drifted(drift: &DriftAnswer) -> Option<Warning> {
    if drift.verdict != "strong" {
        return None;
    }
    let names: Vec<&str> = drift.features.iter().take(3).map(|one| one.name.as_str()).collect();
    let (what, what_zh) = match names.is_empty() {
        true => ("their risks".to_owned(), "风险分布".to_owned()),
        false => (names.join(", "), names.join("、")),
    };
    Some(Warning {
        code: "drift".to_owned(),
        message: format!(
            "today's customers are unlike those the model learnt from: {what} have moved; read the probabilities with care"
        ),
        message_zh: format!(
            "当前客户与模型学习时的客户明显不同：{what_zh}已发生变化，请谨慎看待概率"
        ),
        nearest: Vec::new(),
    })
}
