//! Models, the choice among them, and amounts as the answer tells them.

use perennial_models::lifetime::amounts::Amounts;
use perennial_models::lifetime::backtest::Score;
use perennial_models::lifetime::{Estimate, Finding, Fit, LifetimeError};
use perennial_types::money::decimal_text;
use perennial_types::question::Text;

use super::amounts::FittedAmounts;
use super::answer::{
    AmountsAnswer, ChosenAnswer, FindingAnswer, HoldoutAnswer, ModelAnswer, ParameterAnswer,
    RepeatsAnswer, ScoreAnswer,
};
use super::fitting::{Because, Modelled, Models, akaike};
use super::plan::Plan;
use super::question::Yardstick;
use super::refusals::cannot_fit;

/// Every model, the one that is believed first, then by the days held out.
pub fn models(plan: &Plan, models: &Models) -> Vec<ModelAnswer> {
    let yardstick = plan.question.yardstick.of_backtest();
    let mut all: Vec<(usize, &Modelled)> = models.all.iter().enumerate().collect();
    let distance = |one: &Modelled| match &one.score {
        Some(Ok(score)) => score.distance(yardstick),
        _ => f64::INFINITY,
    };
    all.sort_by(|(at, a), (other, b)| {
        let is_believed = (*other == models.chosen).cmp(&(*at == models.chosen));
        is_believed.then(distance(a).total_cmp(&distance(b)))
    });
    all.into_iter().map(|(_, one)| model(one)).collect()
}

fn model(one: &Modelled) -> ModelAnswer {
    let candidate = one.fitted.as_ref().ok();
    let fit = candidate.and_then(|candidate| candidate.fit.as_ref());
    let plain = candidate.map(|candidate| candidate.model.parameters()).unwrap_or_default();
    let score = one.score.as_ref();
    ModelAnswer {
        learner: one.name.to_owned(),
        parameters: parameters(fit, &plain),
        log_likelihood: fit.map(|fit| fit.log_likelihood),
        akaike: candidate.and_then(akaike),
        findings: findings(fit),
        refused: one.fitted.as_ref().err().map(cannot_fit),
        holdout: score.and_then(|score| score.as_ref().ok()).map(told),
        holdout_refused: score.and_then(|score| score.as_ref().err()).map(cannot_fit),
    }
}

/// The parameters with their errors where there is a fit, else as the model has them.
fn parameters(fit: Option<&Fit>, plain: &[(&'static str, f64)]) -> Vec<ParameterAnswer> {
    let of_fit = |one: &Estimate| ParameterAnswer {
        name: one.name.clone(),
        value: one.value,
        standard_error: one.standard_error,
    };
    let of_model = |(name, value): &(&'static str, f64)| ParameterAnswer {
        name: (*name).to_owned(),
        value: *value,
        standard_error: None,
    };
    match fit {
        Some(fit) => fit.estimates.iter().map(of_fit).collect(),
        None => plain.iter().map(of_model).collect(),
    }
}

fn findings(fit: Option<&Fit>) -> Vec<FindingAnswer> {
    let told = |one: &Finding| FindingAnswer {
        code: one.code().to_owned(),
        en: one.meaning(),
        zh: one.meaning_in_chinese(),
    };
    fit.map(|fit| fit.findings.iter().map(told).collect()).unwrap_or_default()
}

fn told(score: &Score) -> ScoreAnswer {
    ScoreAnswer {
        actual: score.actual,
        predicted: score.predicted,
        total_error: (score.actual > 0.0).then(|| score.predicted / score.actual - 1.0),
        mean_absolute_error: score.mean_absolute_error,
        root_mean_squared_error: score.root_mean_squared_error,
        correlation: score.correlation,
        by_repeats: score
            .by_repeats
            .iter()
            .map(|group| RepeatsAnswer {
                repeats: group.n_repeats,
                customers: group.n_customers,
                mean_actual: group.mean_actual,
                mean_predicted: group.mean_predicted,
            })
            .collect(),
    }
}

/// The days held out.
pub fn holdout(plan: &Plan, models: &Models) -> Option<HoldoutAnswer> {
    let calibration = plan.calibration.filter(|_| models.n_held_out > 0)?;
    Some(HoldoutAnswer {
        learnt_until: calibration.date.to_string(),
        days: plan.question.holdout_days?,
        customers: models.n_held_out,
    })
}

/// The model that is believed, and why.
pub fn chosen(plan: &Plan, models: &Models) -> Option<ChosenAnswer> {
    let (learner, _) = models.believed()?;
    let why = match models.because {
        Because::Asked => Text::new(
            format!("the question asks for `{learner}`"),
            format!("提问指定了 `{learner}`"),
        ),
        Because::Document => Text::new(
            format!("`{learner}` as it was trained before"),
            format!("使用此前训练的 `{learner}`"),
        ),
        Because::Likelihood => Text::new(
            format!(
                "`{learner}` has the smallest Akaike criterion; no days could be held out to see what the models foretell"
            ),
            format!("`{learner}` 的赤池信息量最小；没有可留出的日期来检验预测"),
        ),
        Because::Holdout => held_out(plan, models, learner),
    };
    Some(ChosenAnswer {
        learner: learner.to_owned(),
        because: models.because.code().to_owned(),
        en: why.en,
        zh: why.zh,
    })
}

/// `pareto_nbd` foretold the 273 days after 1997-09-30 best: 0.755 …, against 1.024 of `rate`.
fn held_out(plan: &Plan, models: &Models, learner: &str) -> Text {
    let yardstick = plan.question.yardstick;
    let of = |one: &Modelled| {
        let score = one.score.as_ref()?.as_ref().ok()?;
        Some((one.name, score.distance(yardstick.of_backtest())))
    };
    let scores = || models.all.iter().filter_map(of);
    let own = scores().find(|(name, _)| *name == learner).map_or(f64::NAN, |(_, error)| error);
    // Beside the plain rate, or where that won, beside the best of the others.
    let other = match learner {
        "rate" => scores().filter(|(name, _)| *name != learner).min_by(|a, b| a.1.total_cmp(&b.1)),
        _ => scores().find(|(name, _)| *name == "rate"),
    };
    let (en, zh) = match yardstick {
        Yardstick::MeanAbsoluteError => {
            ("mean absolute error per customer", "每位客户的平均绝对误差")
        }
        Yardstick::RootMeanSquaredError => {
            ("root mean squared error per customer", "每位客户的均方根误差")
        }
        Yardstick::Total => ("distance from the total", "与实际总数之差"),
    };
    let days = plan.question.holdout_days.unwrap_or_default();
    let since = plan.calibration.map(|cut| cut.date.to_string()).unwrap_or_default();
    let (against, against_zh) = other.map_or_else(Default::default, |(name, error)| {
        (format!(", against {error:.3} of `{name}`"), format!("，而 `{name}` 为 {error:.3}"))
    });
    Text::new(
        format!(
            "`{learner}` foretold the {days} days after {since} best: a {en} of {own:.3}{against}"
        ),
        format!("`{learner}` 对 {since} 之后 {days} 天的预测最好：{zh}为 {own:.3}{against_zh}"),
    )
}

/// What an order is expected to bring.
pub fn amounts(fitted: &FittedAmounts) -> AmountsAnswer {
    let mean = match &fitted.model {
        Amounts::GammaGamma(model) => model.mean_of_all().unwrap_or(fitted.mean_order),
        Amounts::OwnMean { of_all } => *of_all,
    };
    let fit = fitted.fit.as_ref();
    AmountsAnswer {
        learner: fitted.model.name().to_owned(),
        parameters: parameters(fit, &[]),
        log_likelihood: fit.map(|fit| fit.log_likelihood),
        customers: fit.map(|fit| fit.n_customers),
        mean: decimal_text((mean * 10_000.0).round() as i128),
        kept: fitted.kept_of_all,
        independence: fitted.independence,
        findings: findings(fit),
        refused: fitted.refused.as_ref().map(|error: &LifetimeError| cannot_fit(error)),
    }
}
