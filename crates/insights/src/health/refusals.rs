//! Why there is no score, no learned weight, no warning; in both languages.

use perennial_models::health::HealthError;
use perennial_types::question::Refusal;

use crate::insight::AskError;
use crate::training::refusals::refused;

/// The code of [`nothing_to_learn`].
pub const NO_WARNING: &str = "no_warning";

/// No warning was asked for, or a model brings it.
pub fn nothing_to_learn() -> Refusal {
    Refusal::new(
        NO_WARNING,
        "no early warning was asked for",
        "ask with `warning` of `forest` or `ranks`",
    )
    .in_chinese("未要求预警", "请将 `warning` 设为 `forest` 或 `ranks`")
}

/// Nothing is known of past customers before the first date.
pub fn no_past_for_weights(first: &str) -> Refusal {
    Refusal::new(
        "history_too_short",
        format!("no past horizon was over by {first}, the first of `dates`, to learn weights from"),
        "take `weights` of `expert`, fewer dates, or a shorter `horizon_days`",
    )
    .in_chinese(
        format!("在首个日期 {first} 之前没有已结束的观察期，无法学习权重"),
        "请将 `weights` 设为 `expert`，或减少日期，或缩短 `horizon_days`",
    )
}

/// A health model's refusal as one of the question.
pub fn of_health(error: &HealthError) -> AskError {
    let (reason_zh, hint_zh) = match error {
        HealthError::Learn(error) => return refused(error),
        HealthError::NothingLearned { n_dimensions } => (
            format!("{n_dimensions} 个维度中没有任何一个与留存同向"),
            "请使用专家权重，或选择其他维度",
        ),
        HealthError::TooLittleKnown { coverage, needed } => (
            format!("已知指标的权重占 {coverage:.2}，至少需要 {needed:.2}"),
            "请收集更多指标，或降低 `min_coverage`",
        ),
        _ => (format!("无法计算健康度（{}）", error.code()), "请更正数据后重试"),
    };
    Refusal::new(error.code(), error.to_string(), error.hint())
        .in_chinese(reason_zh, hint_zh)
        .into()
}

/// A model past its time.
pub fn stale_model(trained_until: &str, stale_from: &str) -> Refusal {
    Refusal::new(
        "stale_model",
        format!(
            "the model knows the world until {trained_until} and is stale from {stale_from} on"
        ),
        "train it again",
    )
    .in_chinese(
        format!("该模型的训练数据截至 {trained_until}，自 {stale_from} 起已过期"),
        "请重新训练",
    )
}
