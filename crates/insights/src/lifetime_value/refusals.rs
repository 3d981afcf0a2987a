//! Why a model refuses, as refusals of a question and in both languages.

use perennial_models::lifetime::LifetimeError;
use perennial_types::question::Refusal;

/// The refusal of a model, with its own code, reason and mend.
pub fn cannot_fit(error: &LifetimeError) -> Refusal {
    let (reason, hint) = in_chinese(error);
    Refusal::new(error.code(), error.to_string(), error.hint()).in_chinese(reason, hint)
}

/// As [`cannot_fit`], where the plain rate would still answer.
pub fn nothing_fits(error: &LifetimeError) -> Refusal {
    let (reason, hint) = in_chinese(error);
    let mend = format!("{}; `learner`: `rate` carries everybody's own past rate on", error.hint());
    let mend_zh = format!("{hint}；也可将 `learner` 设为 `rate`，按各自过去的频率推算");
    Refusal::new(error.code(), error.to_string(), mend).in_chinese(reason, mend_zh)
}

/// The refusal of a budget under a model in which nobody leaves.
pub fn nobody_leaves(learner: &str) -> Refusal {
    Refusal::new(
        "no_risk_known",
        format!("in the model `{learner}` nobody leaves, so nobody's value is at risk"),
        "set `learner` to `mbg_nbd`, `pareto_nbd` or `bg_nbd`, or leave `budget` away",
    )
    .in_chinese(
        format!("模型 `{learner}` 假设无人流失，因此没有价值处于风险之中"),
        "请将 `learner` 设为 `mbg_nbd`、`pareto_nbd` 或 `bg_nbd`，或不填 `budget`",
    )
}

/// The refusal to train where nobody has bought anything.
pub fn nobody_known() -> Refusal {
    Refusal::new("too_few_customers", "`0` customers have bought anything", "take a later date")
        .in_chinese("有过购买的客户为 `0` 位", "请选择更晚的日期")
}

fn in_chinese(error: &LifetimeError) -> (String, &'static str) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_of_a_model_is_said_in_both_languages() {
        let errors = [
            LifetimeError::TooFewCustomers { n_customers: 3, needed: 30 },
            LifetimeError::NoTime { n_customers: 4 },
            LifetimeError::NoRepeatBuyers { n_customers: 40 },
            LifetimeError::OneOutcome { n_lost: 0, n_customers: 9 },
            LifetimeError::BadRow { row: 7, field: "age", value: -1.0, reason: "is negative" },
            LifetimeError::BadArgument { name: "margin", value: 2.0, reason: "is too large" },
            LifetimeError::NotSettled { n_evaluations: 99 },
            LifetimeError::NoMean { q: 0.9 },
            LifetimeError::OutOfReach { horizon: 1e9 },
        ];
        for error in &errors {
            for refusal in [cannot_fit(error), nothing_fits(error)] {
                assert_eq!(refusal.code, error.code());
                let is_chinese = |text: &str| text.chars().any(|one| one > '\u{2e80}');
                assert!(
                    is_chinese(&refusal.reason_zh) && is_chinese(&refusal.hint_zh),
                    "{refusal:?}"
                );
            }
        }
    }
}
