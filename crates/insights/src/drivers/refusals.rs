//! What factor analysis and Cox's regression refuse, in both languages, and columns left out for it.

use perennial_models::factor::FactorError;
use perennial_models::survival::SurvivalError;
use perennial_types::question::Refusal;

use super::answer::LeftOut;
use crate::insight::AskError;

/// A column left out for a refusal.
pub(super) fn left_out(name: &str, error: AskError) -> LeftOut {
    let refusal = refusal_of(error);
    LeftOut {
        name: name.to_owned(),
        code: refusal.code,
        reason: refusal.reason,
        reason_zh: refusal.reason_zh,
    }
}

/// The refusal an error is.
pub(super) fn refusal_of(error: AskError) -> Refusal {
    match error {
        AskError::Refused(refusal) => refusal,
        other => Refusal::new("failed", other.to_string(), "ask again")
            .in_chinese(other.to_string(), "请重新提问"),
    }
}

/// A column beyond what so few customers can tell apart.
pub(super) fn too_many_effects(name: &str, n_rarer: usize, n_per_effect: usize) -> LeftOut {
    LeftOut {
        name: name.to_owned(),
        code: "too_few_rows".to_owned(),
        reason: format!(
            "the rarer outcome has `{n_rarer}` rows, enough for {} effects: stronger columns took them",
            n_rarer / n_per_effect
        ),
        reason_zh: format!(
            "较少的一类结果只有 {n_rarer} 行，仅够估计 {} 个效应，已由关联更强的列占用",
            n_rarer / n_per_effect
        ),
    }
}

/// A feature with too many gaps to make factors of.
pub(super) fn too_sparse(name: &str) -> LeftOut {
    LeftOut {
        name: name.to_owned(),
        code: "too_few_known".to_owned(),
        reason: format!("column `{name}` is known in less than half of the rows"),
        reason_zh: format!("列“{name}”仅在不到一半的行中已知"),
    }
}

/// A refusal of factor analysis, with the same code.
pub(super) fn of_factors(error: &FactorError) -> AskError {
    let (reason, hint) = match error {
        FactorError::TooFewRows { n_rows, n_columns, needed } => (
            format!("{n_columns} 列至少需要 {needed} 行，实际只有 {n_rows} 行"),
            "请选择更长的时间或更少的特征",
        ),
        FactorError::TooFewColumns { n_columns, needed } => {
            (format!("只有 {n_columns} 个数值特征，至少需要 {needed} 个"), "请指定更多特征")
        }
        FactorError::Constant { column } => (format!("列“{column}”每一行的值都相同"), "请去掉该列"),
        FactorError::Collinear { column, with } => {
            (format!("列“{column}”完全由 {} 决定", with.join("、")), "请去掉含义重复的列")
        }
        FactorError::NumberOfFactors { n_factors, n_columns, most } => (
            format!("{n_columns} 个特征最多只能区分 {most} 个因子，而要求 {n_factors} 个"),
            "请减少因子数，或指定更多特征",
        ),
        FactorError::Heywood { column } => {
            (format!("最佳拟合使列“{column}”没有自身的方差"), "请减少因子数，或去掉该列")
        }
        FactorError::NoFactor { n_columns } => {
            (format!("{n_columns} 个特征中没有任何因子超出偶然水平"), "请逐个查看特征")
        }
        _ => (format!("因子分析无法计算（{}）", error.code()), "请更正数据后重试"),
    };
    Refusal::new(error.code(), error.to_string(), error.hint()).in_chinese(reason, hint).into()
}

/// A refusal of Cox's regression, with the same code.
pub(super) fn of_cox(error: &SurvivalError) -> AskError {
    let (reason, hint) = match error {
        SurvivalError::TooFewCustomers { n_customers, needed } => (
            format!("流失的只有 {n_customers} 行，至少需要 {needed} 行"),
            "请选择更长的时间或更大的客户范围",
        ),
        SurvivalError::NoEvents { n_customers } => {
            (format!("{n_customers} 行中没有任何流失"), "请选择既有流失又有留存客户的时间")
        }
        SurvivalError::Constant { column } => {
            (format!("列“{column}”每一行的值都相同"), "请去掉该列")
        }
        SurvivalError::Collinear { column } => {
            (format!("列“{column}”完全由其他列决定"), "请去掉该列")
        }
        SurvivalError::Separated { column } => {
            (format!("列“{column}”能毫无误差地区分流失与留存"), "请检查该列是否已包含结果")
        }
        _ => (format!("生存模型无法计算（{}）", error.code()), "请更正数据后重试"),
    };
    Refusal::new(error.code(), error.to_string(), error.hint()).in_chinese(reason, hint).into()
}
