//! The definition under the numbers, in both languages.

use perennial_types::question::{Definition, Population, Warning};

use super::analysis::Analysis;
use super::answer::SeriesAnswer;
use super::question::{Form, SeasonalityQuestion, Shape};
use crate::series::Measured;

/// The warning of an answer without a period.
pub fn nothing_complete() -> Warning {
    Warning {
        code: "no_complete_period".to_owned(),
        message: "no period is over and known, so there is nothing to take apart".to_owned(),
        message_zh: "没有已结束且已知的周期，因此没有可分解的内容".to_owned(),
        nearest: Vec::new(),
    }
}

/// The definition of an answer.
pub fn definition(
    question: &SeasonalityQuestion,
    series: &SeriesAnswer,
    found: &Analysis,
    closed: bool,
) -> Definition {
    let flags = (!closed).then(|| "open_ended".to_owned());
    let inner = question.of.question.as_ref();
    let population = inner.and_then(|inner| inner.get("population")).and_then(|name| name.as_str());
    let is_share = series.measured == Measured::Share;
    let (denominator, denominator_zh) = match is_share {
        true => ("that of the other question's share", "与原问题的占比相同"),
        false => ("none: the series is of numbers, not of shares", "无：序列为数值而非占比"),
    };
    Definition {
        en: english(question, series, found),
        zh: chinese(question, series, found),
        population: population.unwrap_or(question.population.name()).to_owned(),
        denominator: denominator.to_owned(),
        denominator_zh: denominator_zh.to_owned(),
        window: format!("calendar {}s that are over", series.period.name()),
        window_zh: format!("已结束的各自然{}", series.period.name_zh()),
        zone: question.zone.name().to_owned(),
        from: question.from,
        to: question.to,
        as_of: question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
        mean: None,
        mean_zh: None,
        interval: has_holidays(found)
            .then(|| "mean of a holiday ± 1.96 robust deviations of other days ÷ √n".to_owned()),
        interval_zh: has_holidays(found)
            .then(|| "节日均值 ± 1.96 × 其他日的稳健标准差 ÷ √n".to_owned()),
        closed,
        flags: flags.into_iter().collect(),
    }
}

/// Whether holidays are told by themselves.
fn has_holidays(found: &Analysis) -> bool {
    found.holidays.reason.is_none() && !found.holidays.rows.is_empty()
}

fn seasons(found: &Analysis) -> String {
    found.seasons.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
}

fn english(question: &SeasonalityQuestion, series: &SeriesAnswer, found: &Analysis) -> String {
    let unit = series.period.name();
    let whose = match (&question.of.kind, question.population) {
        (Some(kind), _) => format!(" as `{kind}` tells it"),
        (None, Population::Everyone) => String::new(),
        (None, Population::Buyers) => " of buyers, from their first purchase on".to_owned(),
        (None, Population::NetBuyers) => {
            " of customers who were not refunded everything".to_owned()
        }
    };
    let form = match found.form {
        Some(Form::Multiplicative) => "trend × season × remainder",
        _ => "trend + season + remainder",
    };
    let robust = if question.robust { ", outliers counting for less" } else { "" };
    let hidden = match has_holidays(found) {
        true => "; the days of holidays are hidden from the fit and compared with trend and season",
        false => "",
    };
    let shape = match question.changes.shape {
        Shape::Level => "level",
        Shape::Line => "line",
    };
    format!(
        "{} per {unit}{whose}, {unit}s that are over by {} only. {form} by STL (seasons of {} {unit}s{robust}){hidden}. Adjusted: without the seasonal part. Index: mean distance from the centred average of one season. Year over year: {} {unit}s earlier. Changes: where the adjusted series leaves its {shape} (PELT, penalty by the modified BIC and the correlation of the noise). Zone {}.",
        series.title,
        question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
        seasons(found),
        found.year_over_year.lag,
        question.zone.name(),
    )
}

fn chinese(question: &SeasonalityQuestion, series: &SeriesAnswer, found: &Analysis) -> String {
    let unit = series.period.name_zh();
    let whose = match (&question.of.kind, question.population) {
        (Some(kind), _) => format!("（由 {kind} 给出）"),
        (None, Population::Everyone) => String::new(),
        (None, Population::Buyers) => "（买家，自首次购买起计）".to_owned(),
        (None, Population::NetBuyers) => "（未被全额退款的客户）".to_owned(),
    };
    let form = match found.form {
        Some(Form::Multiplicative) => "趋势 × 季节 × 余项",
        _ => "趋势 + 季节 + 余项",
    };
    let robust = if question.robust { "，异常值降权" } else { "" };
    let hidden = match has_holidays(found) {
        true => "；节日各日不参与拟合，再与趋势和季节之值比较",
        false => "",
    };
    let shape = match question.changes.shape {
        Shape::Level => "水平",
        Shape::Line => "直线",
    };
    format!(
        "每{unit}的{}{whose}，只计在 {} 前已结束的{unit}。以 STL 分解为{form}（季节长度 {} {unit}{robust}）{hidden}。季节调整值：去除季节部分。季节指数：与一季居中均值之差（或比）的均值。同比：与 {} 个{unit}之前相比。变化点：季节调整后的序列偏离其{shape}之处（PELT，罚项取修正 BIC 并计入噪声相关）。时区 {}。",
        series.title_zh,
        question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
        seasons(found),
        found.year_over_year.lag,
        question.zone.name(),
    )
}
