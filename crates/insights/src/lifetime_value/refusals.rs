//! Why a model refuses, as refusals of a question and in both languages.

use perennial_models::lifetime::LifetimeError;
use perennial_types::question::Refusal;

pub use crate::refused::lifetime as cannot_fit;

/// As [`cannot_fit`], where the plain rate would still answer.
pub fn nothing_fits(error: &LifetimeError) -> Refusal {
    let plain = cannot_fit(error);
    Refusal {
        hint: format!("{}; `learner`: `rate` carries everybody's own past rate on", plain.hint),
        hint_zh: format!("{}；也可将 `learner` 设为 `rate`，按各自过去的频率推算", plain.hint_zh),
        ..plain
    }
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
