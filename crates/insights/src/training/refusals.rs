//! What a learner refuses, in both languages.

use perennial_models::learn::LearnError;
use perennial_types::question::Refusal;

use crate::insight::AskError;

/// A learner's refusal as one of the question, with the same code.
pub fn refused(error: &LearnError) -> AskError {
    Refusal::new(error.code(), error.to_string(), error.hint())
        .in_chinese(reason_zh(error), hint_zh(error))
        .into()
}

/// A model of another kind.
pub fn model_of_another_kind(found: &str, kind: &str) -> Refusal {
    Refusal::new(
        "model_of_another_kind",
        format!("the model is one of `{found}`, not of `{kind}`"),
        format!("give a model trained for `{kind}`"),
    )
    .in_chinese(
        format!("该模型属于 `{found}`，而非 `{kind}`"),
        format!("请提供为 `{kind}` 训练的模型"),
    )
}

/// A model that is none.
pub fn model_damaged(what: &str) -> Refusal {
    Refusal::new(
        "model_damaged",
        format!("the model cannot be read: {what}"),
        "train it again, or restore it from a backup",
    )
    .in_chinese(format!("无法读取模型：{what}"), "请重新训练，或从备份恢复")
}

/// A model that knows what comes after the day it is asked about.
pub fn model_from_the_future(trained: &str, day: &str) -> Refusal {
    Refusal::new(
        "model_from_the_future",
        format!("the model knows what happened until {trained}, after the {day} asked about"),
        "ask about a later date, or train with that `as_of`",
    )
    .in_chinese(
        format!("模型已知 {trained} 之前发生的事，晚于所问的 {day}"),
        "请询问更晚的日期，或以该 `as_of` 重新训练",
    )
}

fn reason_zh(error: &LearnError) -> String {
    match error {
        LearnError::NoRows => "没有任何数据行".to_owned(),
        LearnError::NoColumns => "没有任何特征列".to_owned(),
        LearnError::Length { found, expected, .. } => {
            format!("应有 {expected} 行，实际为 {found} 行")
        }
        LearnError::ColumnTwice { column } => format!("列“{column}”出现了两次"),
        LearnError::ColumnAbsent { column } => format!("缺少列“{column}”"),
        LearnError::ColumnKind { column, .. } => format!("列“{column}”的类型与训练时不同"),
        LearnError::NotFinite { column, row, value } => {
            format!("列“{column}”第 {row} 行的值为 {value}")
        }
        LearnError::MissingValue { column, row } => format!("列“{column}”第 {row} 行缺失"),
        LearnError::CodeWithoutLabel { column, row, .. } => {
            format!("列“{column}”第 {row} 行的类别没有名称")
        }
        LearnError::TooManyCategories { column, n_categories, max } => {
            format!("列“{column}”有 {n_categories} 个类别，超过 {max} 个")
        }
        LearnError::TooManyColumns { n_columns, max } => format!("{n_columns} 列超过 {max} 列"),
        LearnError::TooManyRows { n_rows, max } => format!("{n_rows} 行超过 {max} 行"),
        LearnError::OneClass { n_rows, label } => {
            let which = if *label { "流失" } else { "留存" };
            format!("全部 {n_rows} 行都是{which}")
        }
        LearnError::TooFewRows { label, n_rows, needed } => {
            let which = if *label { "流失" } else { "留存" };
            format!("{which}的只有 {n_rows} 行，至少需要 {needed} 行")
        }
        LearnError::Weight { row, value } => format!("第 {row} 行的权重为 {value}"),
        LearnError::Score { row, value } => format!("第 {row} 行的得分为 {value}"),
        LearnError::Setting { name, value, .. } => format!("`{name}` 不能为 {value}"),
        LearnError::ConstantColumn { column } => format!("列“{column}”每一行的值都相同"),
        LearnError::Collinear { column, with } => {
            format!("列“{column}”完全由 {} 决定", with.join("、"))
        }
        LearnError::Separation { columns } => {
            format!("{} 能毫无误差地区分流失与留存", columns.join("、"))
        }
        LearnError::NotPositiveDefinite => "矩阵不是正定的".to_owned(),
        LearnError::Damaged { what } => format!("所存模型已损坏（{what}）"),
        LearnError::NoConvergence { n_iterations } => format!("{n_iterations} 次迭代后仍未收敛"),
        _ => format!("模型无法计算（{}）", error.code()),
    }
}

fn hint_zh(error: &LearnError) -> &'static str {
    match error {
        LearnError::NoRows | LearnError::TooFewRows { .. } => "请选择更长的时间或更大的客户范围",
        LearnError::NoColumns => "请至少指定一个特征",
        LearnError::OneClass { .. } => "请选择既有流失又有留存客户的时间",
        LearnError::ColumnAbsent { .. } | LearnError::ColumnKind { .. } => {
            "请按训练时的方式读取该列，或重新训练"
        }
        LearnError::Damaged { .. } => "请重新训练，或从备份恢复",
        LearnError::ConstantColumn { .. } | LearnError::TooManyCategories { .. } => "请去掉该列",
        LearnError::Collinear { .. } | LearnError::NotPositiveDefinite => "请去掉含义重复的列",
        LearnError::Separation { .. } => "请检查该列是否已包含结果；若不是，请使用带惩罚的模型",
        LearnError::Setting { .. } => "请选择允许的取值",
        LearnError::TooManyColumns { .. } => "请去掉作用最小的列",
        LearnError::TooManyRows { .. } => "请抽取部分行",
        LearnError::NoConvergence { .. } => "请使用带惩罚的模型",
        _ => "请更正数据后重试",
    }
}
