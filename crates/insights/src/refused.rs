//! What models refuse or find wanting, as an answer says it: code, reason and mend in both languages.

use perennial_models::forecast::ForecastError;
use perennial_models::lifetime::{Finding, LifetimeError};
use perennial_models::survival::SurvivalError;
use perennial_types::question::{Refusal, Text, Warning};

/// The refusal of a model of stays.
pub fn survival(error: &SurvivalError) -> Refusal {
    let (reason, hint) = survival_in_chinese(error);
    Refusal::new(error.code(), error.to_string(), error.hint()).in_chinese(reason, hint)
}

fn survival_in_chinese(error: &SurvivalError) -> (String, &'static str) {
    match error {
        SurvivalError::TooFewCustomers { n_customers, needed } => (
            format!("客户过少：只有 {n_customers} 位，至少需要 {needed} 位"),
            "请选择更长的时间范围或更大的人群",
        ),
        SurvivalError::NoEvents { n_customers } => (
            format!("观察期内 {n_customers} 位客户无人离开"),
            "请延长观察时间，或缩短判定离开的等待时间",
        ),
        SurvivalError::Lengths { name, n_rows, expected } => {
            (format!("{name} 有 {n_rows} 行，时长有 {expected} 行"), "请让每一列每行各有一个值")
        }
        SurvivalError::BadRow { row, column, value, .. } => {
            (format!("第 {row} 行的 {column} 为 {value}，不可用"), "请删除或补全该行")
        }
        SurvivalError::BadArgument { name, value, .. } => {
            (format!("{name} 为 {value}，超出允许范围"), "请给出允许范围内的有限数值")
        }
        SurvivalError::OneGroup { n_groups } => {
            (format!("只有 {n_groups} 个分组，无法比较"), "请选择至少有两个分组的细分字段")
        }
        SurvivalError::Constant { column } => (format!("列 {column} 只有一个取值"), "请去掉该列"),
        SurvivalError::Collinear { column } => {
            (format!("列 {column} 可由前面的列推出"), "请去掉该列")
        }
        SurvivalError::Separated { column } => (
            format!("列 {column} 完全区分了离开者与留下者，其系数没有有限值"),
            "请去掉该列、合并其稀少取值，或将两组分开报告",
        ),
        SurvivalError::NotSettled { n_steps } => {
            (format!("求解在 {n_steps} 步后仍未收敛"), "请去掉含极端取值的列，或对其设上限")
        }
    }
}

/// The refusal of a model of lifetimes.
pub fn lifetime(error: &LifetimeError) -> Refusal {
    let (reason, hint) = lifetime_in_chinese(error);
    Refusal::new(error.code(), error.to_string(), error.hint()).in_chinese(reason, hint)
}

fn lifetime_in_chinese(error: &LifetimeError) -> (String, &'static str) {
    match error {
        LifetimeError::TooFewCustomers { n_customers, needed } => (
            format!("`{n_customers}` 位客户太少，拟合模型至少需要 {needed} 位"),
            "请选择更长的时期或更大的人群",
        ),
        LifetimeError::NoTime { n_customers } => (
            format!("`{n_customers}` 位客户中没有一位的首次购买早于该日"),
            "请选择更晚的日期，或更早到来的客户",
        ),
        LifetimeError::NoRepeatBuyers { n_customers } => (
            format!("{n_customers} 位客户中有 `0` 位再次购买"),
            "请选择更长的时期，或改问第二次购买的时间",
        ),
        LifetimeError::OneOutcome { n_lost, n_customers } => (
            format!("{n_customers} 位客户中有 `{n_lost}` 位流失，无法由此得出流失率"),
            "请选择足够久的群组，使其中既有流失者也有留下者",
        ),
        LifetimeError::BadRow { row, field, value, .. } => (
            format!("第 {row} 行的 {field} 为 `{value}`，不成立"),
            "时间须满足 0 ≤ 最近一次复购 ≤ 年龄，单位一致；无复购时为 0",
        ),
        LifetimeError::BadArgument { name, value, .. } => {
            (format!("{name} 为 `{value}`，不成立"), "请给出所述范围内的有限数")
        }
        LifetimeError::NotSettled { n_evaluations } => (
            format!("搜索在 `{n_evaluations}` 次计算后仍未收敛"),
            "请检查时间单位是否混用，或与各自过去的频率比较",
        ),
        LifetimeError::NoMean { q } => (
            format!("客户之间的消费差异过大，均值不存在：q 为 `{q}`"),
            "请剔除或封顶少数最大的订单，或使用各客户自己的均值",
        ),
        LifetimeError::OutOfReach { horizon } => {
            (format!("{horizon} 个时间单位的期望超出双精度范围"), "请缩短预测期")
        }
    }
}

/// The refusal of a forecast.
pub fn forecast(error: &ForecastError) -> Refusal {
    let (reason, hint) = match error {
        ForecastError::TooShort { needed, found } => (
            format!("序列只有 {found} 个周期，预测至少需要 {needed} 个"),
            "请选择更长的历史或更短的周期",
        ),
        ForecastError::NotFinite { at, value } => {
            (format!("第 {at} 个数值 {value} 无法计算"), "请给出有限数值")
        }
        ForecastError::BadArgument { name, value, .. } => {
            (format!("{name} 为 {value}，超出允许范围"), "请给出允许范围内的数值")
        }
    };
    Refusal::new(error.code(), error.to_string(), error.hint()).in_chinese(reason, hint)
}

/// What the data do not show of a model's parameters.
pub fn finding(finding: &Finding) -> Warning {
    Warning {
        code: finding.code().to_owned(),
        message: finding.meaning(),
        message_zh: finding.meaning_in_chinese(),
        nearest: Vec::new(),
    }
}

/// A refusal of a part of an answer, as a line above it.
pub fn line(refusal: &Refusal) -> Text {
    Text::new(
        format!("{}: {}; {}", refusal.code, refusal.reason, refusal.hint),
        format!("{}：{}；{}", refusal.code, refusal.reason_zh, refusal.hint_zh),
    )
}
