//! Sentences: what each driver goes with, and what exactly was computed, in both languages.

use perennial_types::filter::{EventFilter, Language};
use perennial_types::question::{Definition, Refusal, Text, Warning};

use super::answer::{Direction, EffectAnswer};
use super::columns::{About, Columns, MAX_ROWS};
use super::importance::CURVE_ROWS;
use super::plan::Plan;
use super::question::Method;
use crate::customer_table::features::Measure;
use crate::training::Sample;

/// A number without digits nobody reads: three that count.
pub(super) fn figure(number: f64) -> String {
    let n_decimals = match number.abs() {
        0.0 => 0,
        size if size < 0.001 => return format!("{number:.1e}"),
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 3,
    };
    let text = format!("{number:.n_decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// A p-value as people read it: one too small for a number is not 0.
pub(super) fn chance(p: f64) -> String {
    if p < 1e-300 { "< 1e-300".to_owned() } else { figure(p) }
}

/// How sure the sentence of a driver is.
pub(super) struct Certainty {
    pub p_adjusted: f64,
    pub confidence: f64,
    pub is_significant: bool,
}

/// The sentence of a driver, by its strongest effect.
pub(super) fn sentence(
    about: &About,
    effect: Option<&EffectAnswer>,
    direction: Direction,
    method: Method,
    sure: &Certainty,
) -> Text {
    let p = chance(sure.p_adjusted);
    let Some(effect) = effect.filter(|_| sure.is_significant && direction != Direction::Unclear)
    else {
        return Text::new(
            format!(
                "{}: what goes with it can be chance (adjusted p = {p}), the other drivers alike.",
                capital(&about.en)
            ),
            format!("{}：在其他驱动因素相同时，其关联可能只是偶然（校正 p = {p}）。", about.zh),
        );
    };
    let stays = effect.ratio < 1.0;
    let turned = |ratio: f64| if stays { 1.0 / ratio } else { ratio };
    let (ratio, mut low, mut high) =
        (turned(effect.ratio), turned(effect.ratio_low), turned(effect.ratio_high));
    if stays {
        std::mem::swap(&mut low, &mut high);
    }
    let (ratio, low, high) = (figure(ratio), figure(low), figure(high));
    let percent = figure(100.0 * sure.confidence);
    let (who, who_zh) = whom(about, effect);
    let (of, of_zh) = match (method, stays) {
        (Method::Logistic, true) => ("the odds of staying", "留存几率"),
        (Method::Logistic, false) => ("the odds of leaving", "流失几率"),
        (Method::Cox, true) => {
            ("the staying power (one over the hazard of leaving)", "留存力（流失风险率的倒数）")
        }
        (Method::Cox, false) => ("the hazard of leaving", "流失风险率"),
    };
    Text::new(
        format!(
            "Customers {who} have {ratio} times {of} ({percent} % interval {low} to {high}), the other drivers alike. This is association, not cause."
        ),
        format!(
            "其他驱动因素相同时，{who_zh}的客户{of_zh}为 {ratio} 倍（{percent} % 区间 {low} 至 {high}）。这是关联，并非因果。"
        ),
    )
}

/// Whose odds the ratio is of, against whom.
fn whom(about: &About, effect: &EffectAnswer) -> (String, String) {
    if let (Some(value), Some(reference)) = (&effect.value, &effect.reference) {
        return (
            format!("whose {} is “{value}” rather than “{reference}”", about.en),
            format!("{}为“{value}”而非“{reference}”", about.zh),
        );
    }
    match effect.per {
        None => (format!("with {}", about.en), format!("具有“{}”", about.zh)),
        Some(_) if about.is_factor => (
            format!("with one deviation more of “{}”", about.en),
            format!("“{}”高一个标准差", about.zh),
        ),
        Some(per) => {
            let (unit, unit_zh) = match about.unit {
                Some(Measure::Days) => (" days", " 天"),
                Some(Measure::Seconds) => (" seconds", " 秒"),
                _ => ("", ""),
            };
            let per = figure(per);
            (
                format!("with {per}{unit} more in “{}”", about.en),
                format!("“{}”多 {per}{unit_zh}", about.zh),
            )
        }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What every reader is told, then what is particular to this answer.
pub(super) fn warnings(sample: Option<&Sample>, columns: Option<&Columns>) -> Vec<Warning> {
    let warning = |code: &str, message: String, message_zh: String| Warning {
        code: code.to_owned(),
        message,
        message_zh,
        nearest: Vec::new(),
    };
    let mut all = vec![warning(
        "association",
        "association is not cause: who stays may use more because they stay; each driver says which experiment would tell".to_owned(),
        "关联不等于因果：客户可能因留存而使用更多；每个驱动因素均附有可检验因果的实验".to_owned(),
    )];
    let labelled = sample.map(|sample| sample.left.iter().filter(|left| left.is_some()).count());
    if let Some(n_rows) = labelled.filter(|n_rows| *n_rows > MAX_ROWS) {
        all.push(warning(
            "drawn",
            format!("effects are estimated from {MAX_ROWS} rows drawn from {n_rows}"),
            format!("效应由 {n_rows} 行中随机抽取的 {MAX_ROWS} 行估计"),
        ));
    }
    let n_cuts = columns.map(|columns| {
        let mut cuts = columns.cut_of.clone();
        cuts.sort_unstable();
        cuts.dedup();
        cuts.len()
    });
    if n_cuts == Some(1) {
        all.push(warning(
            "one_cut",
            "only one cut has a known outcome, so the forest is judged by other customers of the same time".to_owned(),
            "仅有一个截止日期的结果已知，因此森林由同一时期的其他客户检验".to_owned(),
        ));
    }
    all
}

/// Why there is neither importance nor curve.
pub(super) fn no_forest(refusal: &Refusal) -> Warning {
    Warning {
        code: "no_forest".to_owned(),
        message: format!("there is neither importance nor curve: {}", refusal.reason),
        message_zh: format!("没有重要性与曲线：{}", refusal.reason_zh),
        nearest: Vec::new(),
    }
}

/// What exactly was computed.
pub(super) fn definition(plan: &Plan) -> Definition {
    let question = &plan.question;
    let sample = &question.sample;
    let windows = plan.sampling.windows();
    let interval =
        |percent: &str| format!("{percent} %, Wald's, customers as clusters where odds are told");
    let percent = figure(100.0 * question.confidence);
    Definition {
        en: english(plan),
        zh: chinese(plan),
        population: sample.population.name().to_owned(),
        denominator: "rows whose outcome is known, one per customer at risk and cut".to_owned(),
        denominator_zh: "结果已知的行：每位有流失风险的客户在每个截止日期一行".to_owned(),
        window: format!("{} days after each cut", sample.horizon_days),
        window_zh: format!("每个截止日期之后 {} 天", sample.horizon_days),
        zone: sample.zone.name().to_owned(),
        from: windows.first().map(|window| window.date),
        to: windows.last().map(|window| window.horizon_end),
        as_of: question.as_of.map(|ts| ts.to_string()).unwrap_or_default(),
        mean: None,
        mean_zh: None,
        interval: Some(interval(&percent)),
        interval_zh: Some(format!("{percent} % Wald 区间；几率以客户为聚类")),
        closed: true,
        flags: Vec::new(),
    }
}

fn said(filter: Option<&EventFilter>, language: Language) -> String {
    filter.map_or_else(String::new, |filter| filter.in_words(language))
}

fn english(plan: &Plan) -> String {
    let (question, sample) = (&plan.question, &plan.question.sample);
    let stays = said(sample.stays.as_ref(), Language::English);
    let label = match &sample.leaves {
        Some(leaves) => format!("leaving is {}", leaves.in_words(Language::English)),
        None => format!("leaving is no {stays}"),
    };
    let n_active = sample.active_within_days.unwrap_or(sample.horizon_days);
    let model = match question.method {
        Method::Logistic => "one logistic regression of all drivers",
        Method::Cox => "one Cox regression of all drivers over the age of the relationship",
    };
    let embargo = match sample.embargo_days {
        0 => String::new(),
        days => format!(" the first {days} of which do not count"),
    };
    format!(
        "At risk at a cut: customers with {stays} in the {n_active} days up to it; {label} in the {} days after it,{embargo} as known then. Columns are what was known at the cut. Columns whose mean association (Spearman's rank correlation, its correlation ratio, Cramér's V) is at least {} are one driver; the one that goes most with leaving speaks for it. Effects: {model}, numbers per deviation, their lowest and highest hundredth counting as the quantile there, gaps filled with the mean and marked; p-values by Wald's test, corrected by {} for all drivers looked at. Importance: the AUC a random forest loses at a later cut when a driver's columns are permuted together. Curve: that forest's mean probability of leaving if every row had the value, over at most {CURVE_ROWS} rows, drawn.",
        sample.horizon_days,
        figure(question.group_from),
        question.correction.name(),
    )
}

fn chinese(plan: &Plan) -> String {
    let (question, sample) = (&plan.question, &plan.question.sample);
    let stays = said(sample.stays.as_ref(), Language::Chinese);
    let label = match &sample.leaves {
        Some(leaves) => format!("流失指{}", leaves.in_words(Language::Chinese)),
        None => format!("流失指没有{stays}"),
    };
    let n_active = sample.active_within_days.unwrap_or(sample.horizon_days);
    let model = match question.method {
        Method::Logistic => "将所有驱动因素放入同一逻辑回归",
        Method::Cox => "将所有驱动因素放入同一 Cox 回归（以客户时长为时间轴）",
    };
    let embargo = match sample.embargo_days {
        0 => String::new(),
        days => format!("（前 {days} 天不计）"),
    };
    format!(
        "有流失风险：截止日期前 {n_active} 天内有{stays}的客户；{label}，观察其后 {} 天{embargo}，均按当时所知。各列为截止时所知。平均关联（Spearman 秩相关、相关比、Cramér V）不低于 {} 的列视为同一驱动因素，由与流失关联最强者代表。效应：{model}，数值按一个标准差计，最低与最高 1 % 以该处分位数计，缺失以均值填补并标记；p 值为 Wald 检验，按 {} 对全部考察的驱动因素校正。重要性：在更晚的截止日期，将该驱动因素各列一并打乱后随机森林损失的 AUC。曲线：若每行均取该值，该森林给出的平均流失概率，至多取 {CURVE_ROWS} 行，随机抽取。",
        sample.horizon_days,
        figure(question.group_from),
        question.correction.name(),
    )
}
